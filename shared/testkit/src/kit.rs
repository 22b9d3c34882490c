//! Everything a story needs, started for it alone.

use std::{path::Path, sync::Arc, time::Duration};

use client::Digest;
use protocol::{
    ConversationId, UserId,
    error::Role,
    http::{BookingStatus, DirectoryBooking, DirectoryUser},
};
use sandbox::{Nats, NatsOptions, Postgres, S3, S3Options, Scratch};
use sqlx::{PgPool, postgres::PgPoolOptions};
use time::OffsetDateTime;
use tokio::sync::{Mutex, MutexGuard};
use uuid::Uuid;

use crate::{
    AUDIENCE, Gateway, Http, ISSUER, ORIGIN, Person, Service, TokenOptions, database, http, people,
    proxy::Proxy,
};

/// How many of what a story has.
#[derive(Debug, Clone)]
pub struct Options {
    pub gateways: usize,
    pub histories: usize,
    /// Also starts file-upload and an S3.
    pub files: bool,
    /// A PostgreSQL of the story's own, for stories that kill it.
    pub own_postgres: bool,
    /// More variables for every service.
    pub env: Vec<(&'static str, String)>,
    /// Gateways reach the broker through a proxy of the story: see `Kit::broker_line`.
    pub proxied_broker: bool,
    /// The same for chat-history: see `Kit::history_line`.
    pub proxied_history: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            gateways: 1,
            histories: 1,
            files: false,
            own_postgres: false,
            env: Vec::new(),
            proxied_broker: false,
            proxied_history: false,
        }
    }
}

impl Options {
    #[must_use]
    pub fn with(mut self, variable: &'static str, value: &str) -> Self {
        self.env.push((variable, value.to_owned()));
        self
    }
}

/// A private Spotter. Dropping it ends every process.
#[derive(Debug)]
pub struct Kit {
    gateways: Vec<Gateway>,
    histories: Vec<Service>,
    roster: Service,
    files: Option<Service>,
    nats: Mutex<Nats>,
    postgres: Arc<Mutex<Postgres>>,
    s3: Option<S3>,
    broker_line: Option<Proxy>,
    history_line: Option<Proxy>,
    database: String,
    pool: PgPool,
    http: reqwest::Client,
    platform: String,
    environment: Vec<(String, String)>,
    // Last, so that logs are there until every process has ended.
    scratch: Option<Scratch>,
}

impl Kit {
    pub async fn with_gateways(gateways: usize) -> Self {
        Self::start(Options {
            gateways,
            ..Options::default()
        })
        .await
    }

    pub async fn start(options: Options) -> Self {
        let scratch = Scratch::new("kit").expect("a folder for logs");
        let (postgres, nats) = tokio::join!(
            database::server(options.own_postgres),
            Nats::start(NatsOptions::default())
        );
        let nats = nats.expect("nats-server starts");
        let database = database::create(&postgres).await;
        let s3 = options
            .files
            .then(|| S3::start(S3Options::default()).expect("S3 starts"));
        let environment = environment(&options, scratch.path(), &nats.url(), &database, s3.as_ref());

        let (broker_line, of_gateways) = line(options.proxied_broker, &nats, &environment).await;
        let (history_line, of_histories) = line(options.proxied_history, &nats, &environment).await;

        let start = |name: &str, index: usize, environment: &[(String, String)]| {
            Service::start(
                name,
                scratch.path().join(format!("{name}-{index}.log")),
                environment,
            )
        };
        let roster = start("trainer-roster", 0, &environment);
        let histories: Vec<_> = (0..options.histories)
            .map(|index| start("chat-history", index, &of_histories))
            .collect();
        let files = options.files.then(|| start("file-upload", 0, &environment));
        let gateways = (0..options.gateways)
            .map(|index| Gateway::new(start("gateway", index, &of_gateways)))
            .collect();
        let mut kit = Self {
            gateways,
            histories,
            roster,
            files,
            nats: Mutex::new(nats),
            postgres,
            s3,
            broker_line,
            history_line,
            pool: pool(&database),
            database,
            http: http::plain(),
            platform: people::sign(UserId(Uuid::new_v4()), Role::Platform, TokenOptions::default()),
            environment,
            scratch: Some(scratch),
        };
        kit.introduce_gateways();
        kit.ready().await;
        kit
    }

    /// Devices of each gateway know the others, as behind a load balancer.
    fn introduce_gateways(&mut self) {
        let urls: Vec<_> = self.gateways.iter().map(Gateway::socket_url).collect();
        let http = self.histories.first().map(Service::url).unwrap_or_default();
        for (index, gateway) in self.gateways.iter_mut().enumerate() {
            gateway.sockets.clone_from(&urls);
            gateway.sockets.rotate_left(index);
            gateway.http.clone_from(&http);
        }
    }

    async fn ready(&self) {
        self.roster.ready().await;
        for service in self.histories.iter().chain(&self.files) {
            service.ready().await;
        }
        for gateway in &self.gateways {
            gateway.ready().await;
        }
    }
}

/// People and who works with whom.
impl Kit {
    /// Puts a person into the directory.
    pub async fn person(&self, name: &str, role: Role) -> Person {
        let id = UserId(Uuid::new_v4());
        let email = format!("{}@spotter.test", name.to_lowercase().replace(' ', "."));
        let user = DirectoryUser {
            name: name.to_owned(),
            email,
            role,
            version: None,
        };
        let answer = self
            .platform()
            .put(&format!("/api/directory/users/{id}"), &user)
            .await;
        assert_eq!(answer.status, 204, "{}", answer.body);
        Person {
            id,
            role,
            name: name.to_owned(),
            token: people::sign(id, role, TokenOptions::default()),
            peer: None,
        }
    }

    /// A client and the trainer they have booked, who talk with each other.
    pub async fn client_with_trainer(&self, client: &str, trainer: &str) -> (Person, Person) {
        let mut client = self.person(client, Role::User).await;
        let mut trainer = self.person(trainer, Role::Trainer).await;
        self.book(&client, &trainer, BookingStatus::Active).await;
        client.peer = Some(trainer.id);
        trainer.peer = Some(client.id);
        self.related(&client).await;
        (client, trainer)
    }

    /// Books, or ends a booking; answers its id.
    pub async fn book(&self, client: &Person, trainer: &Person, status: BookingStatus) -> Uuid {
        let id = Uuid::new_v4();
        self.rebook(id, client, trainer, status).await;
        id
    }

    /// Changes a booking.
    pub async fn rebook(&self, id: Uuid, client: &Person, trainer: &Person, status: BookingStatus) {
        let now = OffsetDateTime::now_utc();
        let booking = DirectoryBooking {
            trainer_id: trainer.id,
            client_id: client.id,
            status,
            starts_at: now - time::Duration::days(1),
            ends_at: now + time::Duration::days(30),
            version: None,
        };
        let answer = self
            .platform()
            .put(&format!("/api/directory/bookings/{id}"), &booking)
            .await;
        assert_eq!(answer.status, 204, "{}", answer.body);
    }

    /// Waits until chat-history has heard that the two work together.
    async fn related(&self, client: &Person) {
        let trainer = client.peer.map(|peer| peer.0).unwrap_or_default();
        let known = sandbox::until("a relation in the log", Duration::from_secs(20), || async {
            let found: Result<Option<bool>, _> = sqlx::query_scalar(
                "select related from chat.conversation where trainer_id = $1 and client_id = $2",
            )
            .bind(trainer)
            .bind(client.id.0)
            .fetch_optional(&self.pool)
            .await;
            found.ok().flatten() == Some(true)
        });
        known.await.expect("the relation reaches chat-history");
    }

    /// Refuses everything this person was issued up to now, as the platform does.
    pub async fn sign_out(&self, person: &Person) {
        let path = format!("/api/directory/users/{}/sign-out", person.id);
        let answer = self.platform().post(&path, &serde_json::json!({})).await;
        assert_eq!(answer.status, 204, "{}", answer.body);
    }

    /// A token of another age for the same person.
    pub fn token(&self, person: &Person, options: TokenOptions) -> String {
        people::sign(person.id, person.role, options)
    }

    /// HTTP calls in this person's name.
    pub fn http(&self, person: &Person) -> Http {
        self.http_with(&person.token)
    }

    /// HTTP calls in the platform's name.
    pub fn platform(&self) -> Http {
        self.http_with(&self.platform)
    }

    /// HTTP calls with any token.
    pub fn http_with(&self, token: &str) -> Http {
        let url = |service: Option<&Service>| service.map(Service::url).unwrap_or_default();
        Http {
            client: self.http.clone(),
            token: token.to_owned(),
            history: url(self.histories.first()),
            roster: self.roster.url(),
            files: url(self.files.as_ref()),
        }
    }
}

/// What can be looked into and killed.
impl Kit {
    pub fn gateway(&self, index: usize) -> &Gateway {
        self.gateways
            .get(index)
            .expect("the story has that many gateways")
    }

    pub fn gateways(&self) -> &[Gateway] {
        &self.gateways
    }

    pub fn history(&self, index: usize) -> &Service {
        self.histories
            .get(index)
            .expect("the story has that many chat-histories")
    }

    pub fn roster(&self) -> &Service {
        &self.roster
    }

    pub fn files(&self) -> &Service {
        self.files.as_ref().expect("the story was started with files")
    }

    pub async fn nats(&self) -> MutexGuard<'_, Nats> {
        self.nats.lock().await
    }

    /// The line between the gateways and the broker.
    pub fn broker_line(&self) -> &Proxy {
        self.broker_line
            .as_ref()
            .expect("the story was started with a proxied broker")
    }

    /// The line between chat-history and the broker.
    pub fn history_line(&self) -> &Proxy {
        self.history_line
            .as_ref()
            .expect("the story was started with a proxied history")
    }

    /// Where the broker is.
    pub async fn nats_url(&self) -> String {
        self.nats.lock().await.url()
    }

    /// Names this copy of the log anew, as the runbook does after a restore.
    pub async fn rotate_epoch(&self) {
        let scratch = self.scratch.as_ref().expect("a kit has a folder for logs");
        Service::run(
            "chat-history",
            "--rotate-epoch",
            &self.environment,
            scratch.path().join("rotate.log"),
        )
        .await;
    }

    pub async fn postgres(&self) -> MutexGuard<'_, Postgres> {
        self.postgres.lock().await
    }

    pub fn s3(&self) -> &S3 {
        self.s3.as_ref().expect("the story was started with files")
    }

    /// Where the kit's own database is.
    pub fn database_url(&self) -> &str {
        &self.database
    }

    pub fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// `(id, seq, position, hash of row)` of a conversation, as the log has it.
    pub async fn log(&self, conversation: ConversationId) -> Vec<Digest> {
        database::digests(&self.pool, conversation).await
    }
}

impl Drop for Kit {
    fn drop(&mut self) {
        if std::thread::panicking()
            && let Some(scratch) = self.scratch.take()
        {
            tracing::error!(logs = %scratch.path().display(), "The story failed; its logs are kept");
            std::mem::forget(scratch);
        }
    }
}

/// The environment of services that reach the broker through a proxy, if the story wants one.
async fn line(
    wanted: bool,
    nats: &Nats,
    environment: &[(String, String)],
) -> (Option<Proxy>, Vec<(String, String)>) {
    let mut environment = environment.to_vec();
    if !wanted {
        return (None, environment);
    }
    let line = Proxy::start(([127, 0, 0, 1], nats.port()).into()).await;
    // The last of two values for one variable counts.
    environment.push((
        "SPOTTER_NATS_URL".to_owned(),
        format!("nats://127.0.0.1:{}", line.port()),
    ));
    (Some(line), environment)
}

fn pool(database: &str) -> PgPool {
    PgPoolOptions::new()
        .max_connections(4)
        .connect_lazy(database)
        .expect("the database has a URL")
}

/// What every service of a kit is told.
fn environment(
    options: &Options,
    dir: &Path,
    nats: &str,
    database: &str,
    s3: Option<&S3>,
) -> Vec<(String, String)> {
    let mut variables = common(dir);
    variables.push(("SPOTTER_NATS_URL", nats.to_owned()));
    variables.push(("SPOTTER_DATABASE_URL", database.to_owned()));
    if let Some(s3) = s3 {
        variables.push(("SPOTTER_S3_ENDPOINT", s3.endpoint()));
        variables.push(("SPOTTER_S3_BUCKET", S3::BUCKET.to_owned()));
        variables.push(("SPOTTER_S3_REGION", S3::REGION.to_owned()));
        variables.push(("SPOTTER_S3_ACCESS_KEY", S3::ACCESS_KEY.to_owned()));
        variables.push(("SPOTTER_S3_SECRET_KEY", S3::SECRET_KEY.to_owned()));
    }
    variables.extend(options.env.iter().cloned());
    owned(variables)
}

/// What `--migrate` is told.
pub(crate) fn migrations(dir: &Path, database: &str) -> Vec<(String, String)> {
    let mut variables = common(dir);
    variables.push(("SPOTTER_DATABASE_URL", database.to_owned()));
    owned(variables)
}

fn owned(variables: Vec<(&'static str, String)>) -> Vec<(String, String)> {
    variables
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

/// What services need for themselves, whatever they connect to.
fn common(dir: &Path) -> Vec<(&'static str, String)> {
    let key = dir.join("jwt.pem");
    std::fs::write(&key, people::public_key_pem()).expect("the public key can be written");
    vec![
        ("SPOTTER_JWT_PUBLIC_KEY_FILE", key.display().to_string()),
        ("SPOTTER_JWT_ISSUER", ISSUER.to_owned()),
        ("SPOTTER_JWT_AUDIENCE", AUDIENCE.to_owned()),
        ("SPOTTER_ALLOWED_ORIGINS", ORIGIN.to_owned()),
        // base64 of 32 times "k": only for tests.
        (
            "SPOTTER_FILE_LINK_KEYS",
            "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s=".to_owned(),
        ),
        ("SPOTTER_PUBLIC_URL", "https://spotter.test".to_owned()),
    ]
}
