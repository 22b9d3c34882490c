//! A database and a broker of one test's own, a roster that says what the test wants, and replicas.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use boot::Lifecycle;
use bus::{Bus, Subject};
use chat_history::{Config, Parts, database};
use clap::Parser;
use protocol::{
    ConversationId, FileId, MessageId, MessageText, UserId,
    error::{Refusal, Role},
    file::AttachedFile,
    frame::Ack,
    internal::{
        Action, AttachRequest, Change, PullRequest, Pulled, Relation, RelationRequest, Reply, RosterChange,
    },
};
use sandbox::{Nats, NatsOptions, Postgres, PostgresOptions};
use sqlx::PgPool;
use tokio::sync::OnceCell;
use uuid::Uuid;

pub const ISSUER: &str = "https://id.spotter.test";
pub const AUDIENCE: &str = "spotter";
pub const SECRET: &str = "a secret of the tests, long enough for HS256";
pub const LINK_KEY: &str = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";
const TEMPLATE: &str = "chat_template";

/// One server for all tests of the binary; each test has a database.
static POSTGRES: OnceCell<Postgres> = OnceCell::const_new();

/// Somebody who talks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Person {
    pub id: UserId,
    pub role: Role,
}

pub fn trainer() -> Person {
    Person {
        id: UserId(Uuid::new_v4()),
        role: Role::Trainer,
    }
}

pub fn client() -> Person {
    Person {
        id: UserId(Uuid::new_v4()),
        role: Role::User,
    }
}

impl Person {
    pub fn with(self, other: Self) -> ConversationId {
        ConversationId::of(self.id, self.role, other.id).unwrap()
    }

    pub fn key(self) -> (UserId, Role) {
        (self.id, self.role)
    }

    pub fn change(self, to: Self, action: Action) -> Change {
        Change {
            actor: self.id,
            role: self.role,
            conversation: self.with(to),
            action,
            since: None,
        }
    }

    pub fn text(self, to: Self, text: &str) -> Change {
        self.post(to, MessageId::generate(), text)
    }

    pub fn post(self, to: Self, id: MessageId, text: &str) -> Change {
        let text = Some(MessageText::parse(text).unwrap());
        self.change(
            to,
            Action::Send {
                id,
                text,
                attachments: Vec::new(),
                reply_to: None,
            },
        )
    }

    pub fn edit(self, to: Self, seq: u64, text: &str) -> Change {
        let text = MessageText::parse(text).unwrap();
        self.change(
            to,
            Action::Edit {
                seq,
                text,
                if_position: None,
            },
        )
    }

    pub fn delete(self, to: Self, seq: u64) -> Change {
        self.change(to, Action::Delete { seq })
    }

    pub fn photo(self, to: Self, file: FileId) -> Change {
        let id = MessageId::generate();
        self.change(
            to,
            Action::Send {
                id,
                text: None,
                attachments: vec![file],
                reply_to: None,
            },
        )
    }
}

/// What the roster knows: the test writes it, replicas pull it.
#[derive(Default)]
pub struct Roster {
    changes: Mutex<Vec<RosterChange>>,
    /// People the directory does not have.
    pub unknown: Mutex<Vec<UserId>>,
}

impl Roster {
    pub fn relate(&self, trainer: Person, client: Person, active: bool) {
        let (trainer, client) = (trainer.id, client.id);
        self.changes.lock().unwrap().push(RosterChange::Relation {
            trainer,
            client,
            active,
        });
    }

    pub fn block(&self, trainer: Person, client: Person, (by, on): (Role, bool)) {
        let (trainer, client) = (trainer.id, client.id);
        let block = RosterChange::Block {
            trainer,
            client,
            by,
            on,
        };
        self.changes.lock().unwrap().push(block);
    }

    pub fn erase(&self, person: Person) {
        let erasure = RosterChange::Erasure {
            user: person.id,
            erased_at: time::OffsetDateTime::now_utc(),
        };
        self.changes.lock().unwrap().push(erasure);
    }

    fn pulled(&self, question: PullRequest) -> Pulled<RosterChange> {
        let changes = self.changes.lock().unwrap();
        let numbered = (1i64..).zip(changes.iter().cloned());
        let items: Vec<_> = numbered
            .filter(|(n, _)| *n > question.after)
            .take(question.limit as usize)
            .collect();
        let to = items.last().map_or(question.after, |(n, _)| *n);
        Pulled {
            items,
            to,
            more: to < i64::try_from(changes.len()).unwrap(),
        }
    }

    fn relation(&self, question: RelationRequest) -> Relation {
        let unknown = self.unknown.lock().unwrap();
        let both_known = !unknown.contains(&question.trainer) && !unknown.contains(&question.client);
        let mut active = BTreeMap::new();
        for change in self.changes.lock().unwrap().iter() {
            if let RosterChange::Relation {
                trainer,
                client,
                active: now,
            } = change
            {
                active.insert((*trainer, *client), *now);
            }
        }
        let active = active.get(&(question.trainer, question.client)).copied();
        Relation {
            both_known,
            active: active.unwrap_or_default(),
        }
    }
}

pub struct Rig {
    pub url: String,
    /// May do everything, for what only a test does.
    pub pool: PgPool,
    /// The service's own, which may do what the service may.
    pub own: PgPool,
    pub bus: Bus,
    pub nats: Nats,
    pub roster: Arc<Roster>,
    pub life: Lifecycle,
    pub config: Config,
    pub one: Parts,
}

impl Rig {
    pub async fn start() -> Self {
        let postgres = POSTGRES.get_or_init(postgres).await;
        let name = format!("chat_{}", Uuid::new_v4().simple());
        postgres.create_database(&name, Some(TEMPLATE)).await.unwrap();
        postgres.prepare(&name).await.unwrap();
        Self::on(&postgres.url(&name)).await
    }

    /// On a migrated database.
    pub async fn on(database: &str) -> Self {
        let nats = Nats::start(NatsOptions::default()).await.unwrap();
        let config = config(&signed_in(database), &nats.url());
        let life = Lifecycle::new();
        let bus = Bus::connect(&config.bus, "chat-history", &life).await.unwrap();
        let pool = database::pool(database.parse().unwrap(), 10);
        let own = database::pool(config.database().unwrap(), 10);
        let one = Parts::build(&config, own.clone(), &bus, &life).unwrap();
        let rig = Self {
            url: database.to_owned(),
            pool,
            own,
            bus,
            nats,
            roster: Arc::default(),
            life,
            config,
            one,
        };
        rig.answer().await;
        rig
    }

    /// Another replica, with connections and writers of its own.
    pub fn replica(&self) -> Parts {
        let life = Lifecycle {
            tasks: self.life.tasks.clone(),
            ..Lifecycle::new()
        };
        let pool = database::pool(self.config.database().unwrap(), 10);
        Parts::build(&self.config, pool, &self.bus, &life).unwrap()
    }

    async fn answer(&self) {
        let roster = self.roster.clone();
        let relation = move |question| {
            let roster = roster.clone();
            async move { Reply::Ok(roster.relation(question)) }
        };
        self.bus
            .answer(Subject::ROSTER_RELATION, 64, &self.life, relation)
            .await
            .unwrap();
        let roster = self.roster.clone();
        let changes = move |question| {
            let roster = roster.clone();
            async move { Reply::Ok(roster.pulled(question)) }
        };
        self.bus
            .answer(Subject::ROSTER_CHANGES, 64, &self.life, changes)
            .await
            .unwrap();
        let attach = |question: AttachRequest| async move {
            Reply::Ok(question.file_ids.into_iter().map(photo).collect::<Vec<_>>())
        };
        self.bus
            .answer(Subject::FILES_ATTACH, 64, &self.life, attach)
            .await
            .unwrap();
    }

    /// A trainer and a client with an active booking, known to the log.
    pub async fn booked(&self) -> (Person, Person) {
        let (tom, anna) = (trainer(), client());
        self.roster.relate(tom, anna, true);
        self.one.relations.catch_up().await.unwrap();
        (tom, anna)
    }

    pub async fn take(&self, change: Change) -> Result<Ack, Refusal> {
        self.one.intake.take(change).await
    }

    /// Sends a text that must be taken.
    pub async fn say(&self, from: Person, to: Person, text: &str) -> Ack {
        self.take(from.text(to, text)).await.unwrap()
    }

    pub async fn head(&self, people: ConversationId) -> i64 {
        sqlx::query_scalar("select head from chat.conversation where trainer_id = $1 and client_id = $2")
            .bind(people.trainer.0)
            .bind(people.client.0)
            .fetch_one(&self.pool)
            .await
            .unwrap()
    }

    pub async fn epoch(&self) -> String {
        sqlx::query_scalar("select epoch::text from chat.meta")
            .fetch_one(&self.pool)
            .await
            .unwrap()
    }

    /// Lets the changes of access lie further back than a poll looks.
    pub async fn relax(&self) {
        sqlx::query("update chat.conversation set access_changed_at = now() - interval '1 hour'")
            .execute(&self.pool)
            .await
            .unwrap();
    }

    pub async fn count(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql).fetch_one(&self.pool).await.unwrap()
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        self.life.soft.cancel();
        self.life.hard.cancel();
    }
}

/// As many clients of one trainer, each with a conversation of three messages.
pub async fn many(pool: &PgPool, trainer: Person, conversations: i64) {
    sqlx::query(
        "with made as (
             insert into chat.conversation
                 (trainer_id, client_id, head, related, answered, access_changed_at, last_activity_at)
             select $1, gen_random_uuid(), 3, true, true, now(), now() - make_interval(secs => n)
             from generate_series(1, $2) n
             returning id, client_id
         )
         insert into chat.message (conversation_id, seq, position, id, sender, text, sent_at)
         select made.id, n, n, overlay(gen_random_uuid()::text placing '7' from 15)::uuid, made.client_id, 'hello', now()
         from made, generate_series(1, 3) n",
    )
    .bind(trainer.id.0)
    .bind(conversations)
    .execute(pool)
    .await
    .unwrap();
}

/// Tests may do everything in the database; the service signs in as itself.
pub fn signed_in(database: &str) -> String {
    database.replacen("postgres://postgres@", "postgres://chat-history@", 1)
}

pub fn config(database: &str, nats: &str) -> Config {
    Config::try_parse_from([
        "chat-history",
        "--database-url",
        database,
        "--nats-url",
        nats,
        "--jwt-secret",
        SECRET,
        "--jwt-issuer",
        ISSUER,
        "--jwt-audience",
        AUDIENCE,
        "--file-link-keys",
        LINK_KEY,
    ])
    .unwrap()
}

fn photo(id: FileId) -> AttachedFile {
    AttachedFile {
        id,
        content_type: "image/jpeg".to_owned(),
        size: 48_213,
        name: Some("front.jpg".to_owned()),
        width: Some(1_200),
        height: Some(1_600),
        placeholder: None,
        duration_ms: None,
        waveform: None,
    }
}

async fn postgres() -> Postgres {
    let options = PostgresOptions {
        fsync: false,
        ..PostgresOptions::default()
    };
    let postgres = Postgres::start(options).await.unwrap();
    postgres.create_database(TEMPLATE, None).await.unwrap();
    postgres.prepare(TEMPLATE).await.unwrap();
    let url = postgres.url_as("chat", TEMPLATE);
    database::migrate(url.parse().unwrap()).await.unwrap();
    postgres
}
