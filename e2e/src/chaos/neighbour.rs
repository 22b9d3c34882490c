//! Somebody on the brokers who repeats what was told, in another order, and tells what never was.
#![expect(clippy::expect_used, reason = "without a broker there is nothing to run")]

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use bus::{Bus, ChatKind, Headers, Message, Pattern, Subject, subject::parse_chat};
use futures_util::StreamExt;
use serde_json::json;
use testkit::Kit;
use tokio::{task::JoinSet, time::sleep};

use crate::operator;

/// Events that are remembered, of all conversations together.
const REMEMBERED: usize = 200;
const PACE: Duration = Duration::from_millis(100);
/// Further ahead than any conversation of a run comes.
const FUTURE: u64 = 1_000_000;

pub struct Neighbour {
    bus: Bus,
    heard: Arc<Mutex<VecDeque<Message>>>,
    _listening: JoinSet<()>,
    _life: boot::Lifecycle,
}

impl Neighbour {
    pub async fn enter(kit: &Kit) -> Self {
        let (bus, life) = operator::enter(kit).await;
        let heard: Arc<Mutex<VecDeque<Message>>> = Arc::default();
        let mut listening = JoinSet::new();
        let told = bus.subscribe(Pattern::every_conversation()).await;
        let mut told = told.expect("an operator may listen");
        let remember = heard.clone();
        listening.spawn(async move {
            while let Some(message) = told.next().await {
                if matches!(parse_chat(&message.subject), Some((ChatKind::Event, _))) {
                    let mut heard = remember.lock().unwrap_or_else(PoisonError::into_inner);
                    heard.push_back(message);
                    let surplus = heard.len().saturating_sub(REMEMBERED);
                    heard.drain(..surplus);
                }
            }
        });
        Self {
            bus,
            heard,
            _listening: listening,
            _life: life,
        }
    }

    /// Tells the latest events again, the last first.
    pub async fn repeat(&self, lasting: Duration) {
        let until = Instant::now() + lasting;
        while Instant::now() < until {
            for message in self.latest(20) {
                if let Some((_, conversation)) = parse_chat(&message.subject) {
                    let subject = Subject::chat(ChatKind::Event, conversation);
                    self.tell(subject, message.headers, message.payload).await;
                }
            }
            sleep(PACE).await;
        }
    }

    /// Tells of messages that nobody wrote, at positions that nobody has reached.
    pub async fn invent(&self, lasting: Duration) {
        let until = Instant::now() + lasting;
        let mut future = FUTURE;
        while Instant::now() < until {
            for message in self.latest(5) {
                let Some((_, conversation)) = parse_chat(&message.subject) else {
                    continue;
                };
                let Ok(mut frame) = serde_json::from_slice::<serde_json::Value>(&message.payload) else {
                    continue;
                };
                future += 1;
                if let Some(position) = frame.get_mut("position") {
                    *position = json!(future);
                }
                if let Some(row) = frame.get_mut("message").and_then(|row| row.as_object_mut()) {
                    row.insert("position".to_owned(), json!(future));
                    row.insert("text".to_owned(), json!("from the future"));
                }
                let headers = Headers {
                    position: Some(future),
                    ..message.headers
                };
                let subject = Subject::chat(ChatKind::Event, conversation);
                self.tell(subject, headers, frame.to_string().into()).await;
            }
            sleep(PACE).await;
        }
    }

    /// While the broker itself is away, nothing is told.
    async fn tell(&self, subject: Subject, headers: Headers, payload: bytes::Bytes) {
        drop(tokio::time::timeout(PACE, self.bus.publish(subject, headers, payload)).await);
    }

    fn latest(&self, count: usize) -> Vec<Message> {
        let heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        heard.iter().rev().take(count).cloned().collect()
    }
}
