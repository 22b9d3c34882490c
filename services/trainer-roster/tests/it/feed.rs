//! A platform that feeds the directory over a stream of the broker.

use std::time::Duration;

use sandbox::{Nats, NatsLine, NatsOptions};
use serde_json::Value;
use uuid::Uuid;

use crate::house::{House, booking, database, user, with};

const WITHIN: Duration = Duration::from_secs(30);
const TOLD: [(&str, &str); 2] = [
    ("SPOTTER_DIRECTORY_STREAM", "DIRECTORY"),
    ("SPOTTER_DIRECTORY_ATTEMPTS", "3"),
];

pub struct Feed {
    pub house: House,
    line: NatsLine,
}

impl Feed {
    pub async fn start() -> Self {
        let mut feed = Self::without_stream(database().await).await;
        feed.make_stream().await;
        feed
    }

    pub async fn on(database: String) -> Self {
        let mut feed = Self::without_stream(database).await;
        feed.make_stream().await;
        feed
    }

    pub async fn without_stream(database: String) -> Self {
        let options = NatsOptions {
            jetstream: true,
            ..NatsOptions::default()
        };
        let nats = Nats::start(options).await.unwrap();
        let line = NatsLine::open(&nats).await.unwrap();
        let house = House::starting_at(nats, database, &TOLD).await;
        house.is_ready().await;
        Self { house, line }
    }

    pub async fn make_stream(&mut self) {
        let stream = std::fs::read(sandbox::workspace().join("deploy/nats/directory.json")).unwrap();
        let made = self.ask("$JS.API.STREAM.CREATE.DIRECTORY", &stream).await;
        assert!(made["error"].is_null(), "{made}");
    }

    /// Publishes, and hears that the stream keeps it.
    pub async fn tell(&mut self, subject: impl AsRef<[u8]>, body: &[u8]) {
        let kept = self.ask(subject, body).await;
        assert!(kept["seq"].is_u64(), "{kept}");
    }

    pub async fn tell_user(&mut self, id: Uuid, body: &Value) {
        self.tell(&format!("directory.user.{id}"), body.to_string().as_bytes())
            .await;
    }

    pub async fn tell_booking(&mut self, id: Uuid, body: &Value) {
        self.tell(&format!("directory.booking.{id}"), body.to_string().as_bytes())
            .await;
    }

    /// An active booking of the two; its id.
    pub async fn book(&mut self, trainer: Uuid, client: Uuid) -> Uuid {
        let id = Uuid::new_v4();
        self.tell_booking(id, &booking(trainer, client, "active")).await;
        id
    }

    pub async fn person(&mut self, name: &str, role: &str) -> Uuid {
        let id = Uuid::new_v4();
        self.tell_user(id, &user(name, role)).await;
        id
    }

    /// The broker forgets what was settled: everything is delivered again, as to a consumer of that name made anew.
    pub async fn forget_what_was_settled(&mut self) {
        for name in ["roster-people", "roster-bookings"] {
            let subject = format!("$JS.API.CONSUMER.DELETE.DIRECTORY.{name}");
            let gone = self.ask(&subject, b"").await;
            assert_eq!(gone["success"], true, "{gone}");
        }
    }

    /// Starts the broker again, from what it has on disk, after a SIGKILL.
    pub async fn restart_broker(&mut self) {
        let nats = &mut self.house.nats;
        nats.kill();
        nats.restart().await.unwrap();
        let back = sandbox::until("the stream", WITHIN, || async {
            let info = asked_anew(nats, "$JS.API.STREAM.INFO.DIRECTORY").await;
            info.is_some_and(|info| info["error"].is_null())
        });
        back.await.unwrap();
        self.line = NatsLine::open(&self.house.nats).await.unwrap();
    }

    /// Waits until nothing of the stream is on its way: all is delivered and settled.
    pub async fn is_settled(&self) {
        for name in ["roster-people", "roster-bookings"] {
            let subject = format!("$JS.API.CONSUMER.INFO.DIRECTORY.{name}");
            let settled = sandbox::until("a settled stream", WITHIN, || async {
                let info = asked_anew(&self.house.nats, &subject).await;
                info.is_some_and(|info| info["num_pending"] == 0 && info["num_ack_pending"] == 0)
            });
            if let Err(error) = settled.await {
                panic!("{error}\n{}", self.house.log());
            }
        }
    }

    /// `(subject's kind, code, field)` of each parked message.
    pub async fn parked(&self) -> Vec<(String, String, Option<String>)> {
        sqlx::query_as("select split_part(subject, '.', 2), code, field from roster.parked order by sequence")
            .fetch_all(&self.house.pool)
            .await
            .unwrap()
    }

    /// Waits until `roster_parked` says so.
    pub async fn says_parked(&self, count: f64) {
        let said = sandbox::until("the number of parked messages", WITHIN, || async {
            self.house.metric("roster_parked").await == Some(count)
        });
        said.await.unwrap();
    }

    /// `via action` of each entry of the audit log, in order.
    pub async fn audit(&self) -> Vec<String> {
        sqlx::query_scalar("select via || ' ' || action from roster.audit order by id")
            .fetch_all(&self.house.pool)
            .await
            .unwrap()
    }

    async fn ask(&mut self, subject: impl AsRef<[u8]>, payload: &[u8]) -> Value {
        self.line.ask(subject, payload).await.unwrap()
    }
}

/// The answer over a line of its own; `None` when there is none.
async fn asked_anew(nats: &Nats, subject: &str) -> Option<Value> {
    let mut line = NatsLine::open(nats).await.ok()?;
    line.ask(subject, b"").await.ok()
}

/// The same person under another name, which tells one state from another.
pub fn named(body: &Value, name: &str) -> Value {
    with(body.clone(), "name", name)
}
