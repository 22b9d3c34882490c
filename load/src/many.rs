//! What a trainer with many conversations costs: connecting, resuming, the check of heads, memory.

use std::time::{Duration, Instant};

use bus::{Bus, Subject};
use clap::Parser;
use client::{Socket, socket};
use protocol::{
    ConversationId, UserId,
    error::{Refusal, Role},
    internal::{HeadsReply, HeadsRequest, HeadsSum},
};
use serde_json::{Map, Value, json};
use testkit::{Kit, Options, TokenOptions, sign};
use uuid::Uuid;

use crate::crowd;

#[derive(Debug, Clone, clap::Args)]
pub struct Plan {
    /// Conversations of one trainer, one measurement each
    #[arg(long, value_delimiter = ',', default_value = "500,2000,10000")]
    conversations: Vec<i64>,
    /// Times each trainer connects
    #[arg(long, default_value_t = 100)]
    connects: usize,
    /// Sockets of each trainer that are open while memory is read
    #[arg(long, default_value_t = 40)]
    sockets: usize,
}

/// Positions a device may resume with.
const RESUMED: usize = 500;

pub async fn run(plan: Plan) {
    let options = crowd::unlimited(Options::default()).with("SPOTTER_DEVICES", "100000");
    let kit = Kit::start(options).await;
    let broker = Broker::of(&kit).await;
    println!(
        "conversations |  welcome p50 |          p99 | resume of 500, p50 |  heads equal |    heads told | per conversation and socket"
    );
    for conversations in &plan.conversations {
        let trainer = UserId(Uuid::new_v4());
        let clients = fill(&kit, trainer, *conversations).await;
        let token = sign(trainer, Role::Trainer, TokenOptions::default());
        let url = kit.gateway(0).socket_url();
        let (mut welcomes, epoch) = welcomes(&url, &token, plan.connects).await;
        let mut resumes = resumes(&url, &token, (trainer, &clients, &epoch), plan.connects / 5).await;

        let before = kit.gateway(0).resident();
        let mut open = Vec::with_capacity(plan.sockets);
        for _ in 0..plan.sockets {
            open.push(crowd::greet(&url, &token).await);
        }
        let kept = kit.gateway(0).resident().saturating_sub(before) * 1_024;
        let lines = plan.sockets as f64 * *conversations as f64;
        println!(
            "{conversations:>13} | {:>12.1?} | {:>12.1?} | {:>18.1?} | {:>12.1?} | {:>12.1?} | {:>6.0} bytes",
            at(&mut welcomes, 50),
            at(&mut welcomes, 99),
            at(&mut resumes, 50),
            broker.heads(trainer, *conversations, plan.connects).await,
            broker.heads(trainer, 0, plan.connects).await,
            kept as f64 / lines
        );
        drop(open);
    }
}

/// Asks chat-history as a gateway does.
struct Broker {
    bus: Bus,
    _life: boot::Lifecycle,
}

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    bus: bus::Config,
}

impl Broker {
    async fn of(kit: &Kit) -> Self {
        let life = boot::Lifecycle::new();
        let line = Line::parse_from(["many", "--nats-url", &kit.nats_url().await]);
        let bus = Bus::connect(&line.bus, "gateway", &life).await;
        let bus = bus.expect("the broker lets operators in");
        let live = bus.status().wait_for(|status| status.live).await.is_ok();
        assert!(live, "the broker answers");
        Self { bus, _life: life }
    }

    /// How long the check of one person takes, in the middle: with the right sums, or with those of nobody.
    async fn heads(&self, trainer: UserId, conversations: i64, times: usize) -> Duration {
        let count = u64::try_from(conversations).unwrap_or_default();
        let people = vec![HeadsSum {
            user: trainer,
            role: Role::Trainer,
            positions: 3 * count,
            access: count,
            marks: 0,
        }];
        let question = HeadsRequest { people };
        let mut took = Vec::with_capacity(times);
        for _ in 0..times {
            let begun = Instant::now();
            let answer = self
                .bus
                .ask(Subject::HISTORY_HEADS, &question, Duration::from_secs(5));
            let answer: Result<HeadsReply, Refusal> = answer.await.expect("chat-history answers");
            let behind = answer.expect("heads can be compared").behind.len();
            took.push(begun.elapsed());
            assert_eq!(behind, usize::from(conversations == 0), "as the sums say");
        }
        at(&mut took, 50)
    }
}

/// A trainer's clients, each with a conversation of three messages.
async fn fill(kit: &Kit, trainer: UserId, conversations: i64) -> Vec<Uuid> {
    sqlx::query_scalar(
        "with made as (
             insert into chat.conversation
                 (trainer_id, client_id, head, related, answered, access_changed_at, last_activity_at)
             select $1, gen_random_uuid(), 3, true, true, now(), now() - make_interval(secs => n)
             from generate_series(1, $2) n
             returning id, client_id
         ), written as (
             insert into chat.message (conversation_id, seq, position, id, sender, text, sent_at)
             select made.id, n, n, overlay(gen_random_uuid()::text placing '7' from 15)::uuid, made.client_id, 'see you on Monday', now()
             from made, generate_series(1, 3) n
         )
         select client_id from made",
    )
    .bind(trainer.0)
    .bind(conversations)
    .fetch_all(kit.pool())
    .await
    .expect("conversations can be stored")
}

/// From `hello` to `welcome`, and the epoch.
async fn welcomes(url: &str, token: &str, connects: usize) -> (Vec<Duration>, Value) {
    let (mut took, mut epoch) = (Vec::with_capacity(connects), Value::Null);
    for _ in 0..connects {
        let mut socket = dial(url, token).await;
        let begun = Instant::now();
        hello(&mut socket, None).await;
        let welcome = socket.expect("welcome").await;
        took.push(begun.elapsed());
        epoch = welcome.get("epoch").cloned().unwrap_or_default();
        socket.close().await;
    }
    (took, epoch)
}

/// From `hello` to `synced` of a device that is one message behind in 500 conversations.
async fn resumes(
    url: &str,
    token: &str,
    (trainer, clients, epoch): (UserId, &[Uuid], &Value),
    connects: usize,
) -> Vec<Duration> {
    let positions: Map<String, Value> = clients
        .iter()
        .take(RESUMED)
        .map(|client| {
            let id = ConversationId::new(trainer, UserId(*client));
            (id.to_string(), json!(2))
        })
        .collect();
    let resume = json!({"epoch": epoch, "positions": positions});
    let mut took = Vec::with_capacity(connects);
    for _ in 0..connects.max(1) {
        let mut socket = dial(url, token).await;
        let begun = Instant::now();
        hello(&mut socket, Some(resume.clone())).await;
        socket.expect("synced").await;
        took.push(begun.elapsed());
        socket.close().await;
    }
    took
}

async fn dial(url: &str, token: &str) -> Socket {
    let options = socket::Options::native(token);
    let socket = Socket::connect(url, &options).await;
    socket.expect("the gateway lets everyone in")
}

async fn hello(socket: &mut Socket, resume: Option<Value>) {
    let mut hello = json!({"type": "hello", "device": Uuid::new_v4()});
    if let (Some(resume), Some(fields)) = (resume, hello.as_object_mut()) {
        fields.insert("resume".to_owned(), resume);
    }
    socket.send_json(&hello).await.expect("a live socket");
}

fn at(took: &mut [Duration], share: usize) -> Duration {
    took.sort();
    let place = (took.len() * share / 100).min(took.len().saturating_sub(1));
    took.get(place).copied().unwrap_or_default()
}
