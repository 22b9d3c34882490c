//! One roster with a database and a broker of its own, and the people in it.

use std::{io::Read, path::PathBuf, time::Duration};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use boot::Lifecycle;
use bus::{Bus, Subject};
use clap::Parser;
use hmac::{Hmac, Mac};
use protocol::{
    UserId,
    internal::{PullRequest, Pulled, Relation, RelationRequest, RosterChange},
};
use reqwest::Method;
use sandbox::{Nats, NatsOptions, Output, Postgres, PostgresOptions, Process, Scratch, Spec, free_port};
use serde_json::{Value, json};
use sha2::Sha256;
use sqlx::PgPool;
use time::OffsetDateTime;
use tokio::sync::OnceCell;
use uuid::Uuid;

const SECRET: &str = "a secret of at least thirty-two bytes";
const WITHIN: Duration = Duration::from_secs(20);
const MIGRATED: &str = "migrated";

/// The server of all tests of this run; each test has a database of its own in it.
pub async fn postgres() -> &'static Postgres {
    static SERVER: OnceCell<Postgres> = OnceCell::const_new();
    SERVER
        .get_or_init(|| async {
            // Nobody kills it, so it need not survive a power cut.
            let options = PostgresOptions {
                fsync: false,
                ..PostgresOptions::default()
            };
            let server = Postgres::start(options).await.unwrap();
            server.create_database(MIGRATED, None).await.unwrap();
            server.prepare(MIGRATED).await.unwrap();
            let mut migration = Process::start(migration(&server.url(MIGRATED))).unwrap();
            assert!(migration.ended(WITHIN).await.unwrap().success());
            server
        })
        .await
}

pub fn migration(database: &str) -> Spec {
    Spec::new("migration", sandbox::binary("trainer-roster"))
        .arg("--migrate")
        .env("SPOTTER_DATABASE_URL", signed_in(database, "roster"))
        .env("SPOTTER_JWT_SECRET", SECRET)
        .env("SPOTTER_JWT_ISSUER", "https://id.spotter.test")
        .env("SPOTTER_JWT_AUDIENCE", "spotter")
}

/// The service as its operators start it.
pub fn service(database: &str, broker: &str, port: u16, internal: u16) -> Spec {
    Spec::new("trainer-roster", sandbox::binary("trainer-roster"))
        .env("SPOTTER_LISTEN", format!("127.0.0.1:{port}"))
        .env("SPOTTER_INTERNAL_LISTEN", format!("127.0.0.1:{internal}"))
        .env("SPOTTER_DATABASE_URL", signed_in(database, "trainer-roster"))
        .env("SPOTTER_NATS_URL", broker)
        .env("SPOTTER_JWT_SECRET", SECRET)
        .env("SPOTTER_JWT_ISSUER", "https://id.spotter.test")
        .env("SPOTTER_JWT_AUDIENCE", "spotter")
        .env("SPOTTER_RATE_HTTP", "10000/10000")
}

/// Tests may do everything in the database; the service and its migrations sign in as themselves.
fn signed_in(database: &str, role: &str) -> String {
    database.replacen("postgres://postgres@", &format!("postgres://{role}@"), 1)
}

/// Runs to the end; exit code and everything printed.
pub async fn run(spec: Spec) -> (Option<i32>, String) {
    let mut process = Process::start(spec.output(Output::Pipe)).unwrap();
    let status = process.ended(WITHIN).await.unwrap();
    let mut printed = String::new();
    process
        .take_output()
        .unwrap()
        .read_to_string(&mut printed)
        .unwrap();
    (status.code(), printed)
}

/// A database of its own with every migration; its address.
pub async fn database() -> String {
    // A template must have no connections while it is copied.
    static COPYING: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
    let name = format!("roster_{}", Uuid::new_v4().simple());
    let server = postgres().await;
    let _one = COPYING.lock().await;
    server.create_database(&name, Some(MIGRATED)).await.unwrap();
    server.prepare(&name).await.unwrap();
    server.url(&name)
}

pub struct House {
    pub nats: Nats,
    roster: Process,
    pub pool: PgPool,
    pub database: String,
    internal: String,
    pub url: String,
    http: reqwest::Client,
    log: PathBuf,
    _scratch: Scratch,
}

impl House {
    pub async fn start() -> Self {
        Self::start_on(database().await).await
    }

    pub async fn start_on(database: String) -> Self {
        let house = Self::starting_on(database).await;
        house.is_ready().await;
        house
    }

    /// A house whose service may never become ready.
    pub async fn starting_on(database: String) -> Self {
        Self::starting_at(Nats::start(NatsOptions::default()).await.unwrap(), database, &[]).await
    }

    /// A house whose service is told more.
    pub async fn starting_at(nats: Nats, database: String, told: &[(&str, &str)]) -> Self {
        boot::install_tls();
        let scratch = Scratch::new("roster").unwrap();
        let log = scratch.path().join("roster.log");
        let (port, internal) = (free_port(), free_port());
        let spec = service(&database, &nats.url(), port, internal).output(Output::File(log.clone()));
        let spec = told
            .iter()
            .fold(spec, |spec, (name, value)| spec.env(*name, *value));
        Self {
            roster: Process::start(spec).unwrap(),
            pool: PgPool::connect(&database).await.unwrap(),
            nats,
            database,
            internal: format!("http://127.0.0.1:{internal}"),
            url: format!("http://127.0.0.1:{port}"),
            http: reqwest::Client::builder().timeout(WITHIN).build().unwrap(),
            log,
            _scratch: scratch,
        }
    }

    pub async fn is_ready(&self) {
        let ready = sandbox::until("the roster's readiness", WITHIN, || async {
            self.readiness().await.0 == 200
        });
        if let Err(error) = ready.await {
            let log = std::fs::read_to_string(&self.log).unwrap_or_default();
            panic!("{error}\n{log}");
        }
    }

    /// Status and body of `/readyz`; 0 while nothing listens.
    pub async fn readiness(&self) -> (u16, String) {
        match self.http.get(format!("{}/readyz", self.internal)).send().await {
            Ok(reply) => (reply.status().as_u16(), reply.text().await.unwrap_or_default()),
            Err(_) => (0, String::new()),
        }
    }

    pub async fn call(&self, method: Method, path: &str, token: &str, body: Option<&Value>) -> Reply {
        let mut request = self
            .http
            .request(method, format!("{}{path}", self.url))
            .bearer_auth(token);
        if let Some(body) = body {
            request = request.json(body);
        }
        let reply = request.send().await.unwrap();
        Reply {
            status: reply.status().as_u16(),
            link: reply
                .headers()
                .get("link")
                .map(|link| link.to_str().unwrap().to_owned()),
            body: serde_json::from_slice(&reply.bytes().await.unwrap()).unwrap_or(Value::Null),
        }
    }

    pub async fn get(&self, path: &str, token: &str) -> Reply {
        self.call(Method::GET, path, token, None).await
    }

    /// A call of the platform.
    pub async fn put(&self, path: &str, body: &Value) -> Reply {
        self.call(Method::PUT, path, &platform(), Some(body)).await
    }

    pub async fn put_user(&self, id: Uuid, body: &Value) -> Reply {
        self.put(&format!("/api/directory/users/{id}"), body).await
    }

    pub async fn put_booking(&self, id: Uuid, body: &Value) -> Reply {
        self.put(&format!("/api/directory/bookings/{id}"), body).await
    }

    pub async fn sign_out(&self, id: Uuid) -> Reply {
        let path = format!("/api/directory/users/{id}/sign-out");
        self.call(Method::POST, &path, &platform(), None).await
    }

    pub async fn person(&self, name: &str, role: &str) -> Uuid {
        let id = Uuid::new_v4();
        assert_eq!(self.put_user(id, &user(name, role)).await.status, 204);
        id
    }

    pub async fn trainer(&self, name: &str) -> Uuid {
        self.person(name, "Trainer").await
    }

    pub async fn client(&self, name: &str) -> Uuid {
        self.person(name, "User").await
    }

    /// An active booking of the two.
    pub async fn book(&self, trainer: Uuid, client: Uuid) -> Uuid {
        let id = Uuid::new_v4();
        let reply = self.put_booking(id, &booking(trainer, client, "active")).await;
        assert_eq!(reply.status, 204, "{}", reply.body);
        id
    }

    /// SIGKILL, and the same again at once.
    pub fn kill_and_start(&mut self) {
        self.roster.kill();
        self.roster.restart().unwrap();
    }

    /// A value of `/metrics`; `None` while nobody answers or it has none.
    pub async fn metric(&self, name: &str) -> Option<f64> {
        let asked = self.http.get(format!("{}/metrics", self.internal)).send().await;
        let page = asked.ok()?.text().await.ok()?;
        let line = page
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line?.parse().ok()
    }

    /// Another member of the house at the broker: chat-history, or whoever asks.
    pub async fn neighbour(&self) -> Neighbour {
        Neighbour::at(&self.nats.url()).await
    }

    /// All numbered changes, straight from the table.
    pub async fn changes(&self) -> Vec<i64> {
        sqlx::query_scalar("select number from roster.change order by number")
            .fetch_all(&self.pool)
            .await
            .unwrap()
    }

    pub fn pid(&self) -> u32 {
        self.roster.pid()
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap()
    }
}

pub struct Reply {
    pub status: u16,
    pub link: Option<String>,
    pub body: Value,
}

impl Reply {
    /// The values of one field of `data`, in order.
    pub fn column(&self, field: &str) -> Vec<&str> {
        let data = self.body["data"].as_array().expect("a list");
        data.iter().map(|line| line[field].as_str().unwrap()).collect()
    }

    pub fn names(&self) -> Vec<&str> {
        self.column("name")
    }

    /// Status, code and field of a refusal.
    pub fn refusal(&self) -> (u16, &str, &str) {
        let text = |field: &str| self.body[field].as_str().unwrap_or_default();
        (self.status, text("code"), text("field"))
    }

    /// The target of `Link: <…>; rel="next"`.
    pub fn next(&self) -> Option<String> {
        let link = self.link.as_deref()?;
        assert!(link.contains(r#"rel="next""#), "{link}");
        Some(link.split_once('<')?.1.split_once('>')?.0.to_owned())
    }
}

pub struct Neighbour {
    pub bus: Bus,
    pub life: Lifecycle,
}

#[derive(Parser)]
struct Arguments {
    #[command(flatten)]
    bus: bus::Config,
}

impl Neighbour {
    async fn at(broker: &str) -> Self {
        let life = Lifecycle::new();
        let arguments = Arguments::parse_from(["neighbour", "--nats-url", broker]);
        let bus = Bus::connect(&arguments.bus, "neighbour", &life).await.unwrap();
        bus.status().wait_for(|status| status.live).await.unwrap();
        Self { bus, life }
    }

    pub async fn pull(&self, request: PullRequest) -> Pulled<RosterChange> {
        self.bus
            .ask(Subject::ROSTER_CHANGES, &request, WITHIN)
            .await
            .unwrap()
            .unwrap()
    }

    pub async fn pull_erasures(&self, request: PullRequest) -> Pulled<RosterChange> {
        self.bus
            .ask(Subject::ROSTER_ERASURES, &request, WITHIN)
            .await
            .unwrap()
            .unwrap()
    }

    /// Every change, in order.
    pub async fn changes(&self) -> Vec<(i64, RosterChange)> {
        self.pull(from(0)).await.items
    }

    /// The same from a roster that may not be back yet.
    pub async fn changes_in_time(&self) -> Vec<(i64, RosterChange)> {
        let all = from(0);
        let back = sandbox::until("the roster's answer", WITHIN, || async {
            let answer = self
                .bus
                .ask::<_, Pulled<RosterChange>>(Subject::ROSTER_CHANGES, &all, WITHIN)
                .await;
            answer.is_ok()
        });
        back.await.unwrap();
        self.changes().await
    }

    pub async fn relation(&self, trainer: Uuid, client: Uuid) -> Relation {
        let question = RelationRequest {
            trainer: UserId(trainer),
            client: UserId(client),
        };
        self.bus
            .ask(Subject::ROSTER_RELATION, &question, WITHIN)
            .await
            .unwrap()
            .unwrap()
    }
}

impl Drop for Neighbour {
    fn drop(&mut self) {
        self.life.soft.cancel();
        self.life.hard.cancel();
    }
}

pub fn from(after: i64) -> PullRequest {
    PullRequest {
        after,
        limit: 1_000,
        revocations_since: None,
    }
}

pub fn relation(trainer: Uuid, client: Uuid, active: bool) -> RosterChange {
    RosterChange::Relation {
        trainer: UserId(trainer),
        client: UserId(client),
        active,
    }
}

pub fn user(name: &str, role: &str) -> Value {
    json!({ "name": name, "email": format!("{}@spotter.test", Uuid::new_v4().simple()), "role": role })
}

pub fn booking(trainer: Uuid, client: Uuid, status: &str) -> Value {
    json!({
        "trainerId": trainer,
        "clientId": client,
        "status": status,
        "startsAt": "2026-01-05T08:00:00Z",
        "endsAt": "2026-03-30T08:00:00Z",
    })
}

/// The same with one field changed.
pub fn with(mut body: Value, field: &str, value: impl Into<Value>) -> Value {
    body[field] = value.into();
    body
}

pub fn platform() -> String {
    token(Uuid::from_u128(1), "Platform")
}

pub fn token(id: Uuid, role: &str) -> String {
    issued(id, role, OffsetDateTime::now_utc())
}

/// A token as the platform would have issued it then.
pub fn issued(id: Uuid, role: &str, at: OffsetDateTime) -> String {
    let iat = at.unix_timestamp();
    let claims = json!({
        "iss": "https://id.spotter.test",
        "aud": "spotter",
        "sub": id,
        "role": role,
        "iat": iat,
        "exp": iat + 3_600,
    });
    let encode = |part: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(part);
    let head = encode(br#"{"alg":"HS256","typ":"JWT"}"#);
    let signed = format!("{head}.{}", encode(claims.to_string().as_bytes()));
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(signed.as_bytes());
    format!("{signed}.{}", encode(&mac.finalize().into_bytes()))
}
