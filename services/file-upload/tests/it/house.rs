//! One file-upload with its own database, broker and bucket, and people who use it.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::Duration,
};

use boot::Lifecycle;
use bus::{Bus, Subject};
use bytes::Bytes;
use clap::Parser;
use file_upload::bucket::Bucket;
use protocol::{
    ConversationId, ErrorCode, FileId, MessageId, UserId,
    error::{Refusal, Role},
    file::Variant,
    http::{Problem, Uploaded},
    internal::{
        AttachRequest, Attached, Carried, CarriedRequest, PullRequest, Pulled, Released, Reply, RosterChange,
    },
};
use reqwest::{
    Response, StatusCode,
    multipart::{Form, Part},
};
use sandbox::{
    Nats, NatsOptions, Output, Postgres, PostgresOptions, Process, S3, S3Options, Spec, free_port, until,
};
use sqlx::{Connection, PgConnection, PgPool};
use tempfile::TempDir;
use tokio::sync::OnceCell;
use uuid::Uuid;

use crate::{store, token};

pub const SERVICE: &str = env!("CARGO_BIN_EXE_file-upload");
pub const LINK_KEY: &str = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";
const SOON: Duration = Duration::from_secs(30);

pub struct House {
    pub s3: S3,
    pub process: Process,
    pub pool: PgPool,
    pub http: reqwest::Client,
    bus: Bus,
    /// What chat-history would say.
    pub history: Arc<History>,
    /// Where requests and link addresses start.
    url: String,
    internal_url: String,
    /// The service's bucket, for who goes behind its back.
    pub bucket: Bucket,
    /// The bucket's files, when it is the sandbox's.
    objects: TempDir,
    _nats: Nats,
    _life: Lifecycle,
}

impl House {
    pub async fn start() -> Self {
        Self::with(&[]).await
    }

    pub async fn with(variables: &[(&str, &str)]) -> Self {
        boot::install_tls();
        let database = database().await;
        let objects = tempfile::tempdir().unwrap();
        let s3 = S3::start(S3Options {
            dir: Some(objects.path().to_owned()),
            ..S3Options::default()
        })
        .unwrap();
        let nats = Nats::start(NatsOptions::default()).await.unwrap();
        let life = Lifecycle::new();
        let bus = broker(&nats, &life).await;
        let history = Arc::new(History::default());
        history.answer(&bus, &life).await;
        let (public, internal) = (free_port(), free_port());
        let url = format!("http://127.0.0.1:{public}");
        // Tests may do everything in the database; the service signs in as itself.
        let own = database.replacen("postgres://postgres@", "postgres://file-upload@", 1);
        let mut spec = service(&own)
            .env("SPOTTER_LISTEN", format!("127.0.0.1:{public}"))
            .env("SPOTTER_INTERNAL_LISTEN", format!("127.0.0.1:{internal}"))
            .env("SPOTTER_PUBLIC_URL", &url)
            .env("SPOTTER_NATS_URL", nats.url());
        let bucket = store::bucket(&s3);
        for (variable, value) in store::variables(&bucket) {
            spec = spec.env(variable, value);
        }
        for (variable, value) in variables {
            spec = spec.env(*variable, *value);
        }
        let house = Self {
            process: Process::start(spec).unwrap(),
            pool: PgPool::connect(&database).await.unwrap(),
            http: reqwest::Client::new(),
            bus,
            history,
            url,
            internal_url: format!("http://127.0.0.1:{internal}"),
            s3,
            bucket: Bucket::new(&bucket).unwrap(),
            objects,
            _nats: nats,
            _life: life,
        };
        house.ready().await;
        house
    }

    pub async fn ready(&self) {
        let asked = || async {
            let answer = self
                .http
                .get(format!("{}/readyz", self.internal_url))
                .send()
                .await;
            answer.is_ok_and(|answer| answer.status() == StatusCode::OK)
        };
        until("file-upload to be ready", SOON, asked).await.unwrap();
    }

    pub async fn metrics(&self) -> String {
        let answer = self
            .http
            .get(format!("{}/metrics", self.internal_url))
            .send()
            .await;
        answer.unwrap().text().await.unwrap()
    }

    pub async fn upload(&self, person: &Person, bytes: Vec<u8>, name: &str) -> Response {
        let part = Part::bytes(bytes).file_name(name.to_owned());
        self.post_form(person, Form::new().part("file", part)).await
    }

    pub async fn post_form(&self, person: &Person, form: Form) -> Response {
        let request = self.http.post(format!("{}/api/files/upload", self.url));
        request
            .bearer_auth(&person.token)
            .multipart(form)
            .send()
            .await
            .unwrap()
    }

    /// An upload that must work.
    pub async fn uploaded(&self, person: &Person, bytes: Vec<u8>) -> Uploaded {
        let answer = self.upload(person, bytes, "photo.jpg").await;
        assert_eq!(answer.status(), StatusCode::CREATED);
        answer.json().await.unwrap()
    }

    pub async fn get(&self, url: &str) -> Response {
        self.http.get(url).send().await.unwrap()
    }

    pub async fn bytes(&self, url: &str) -> Vec<u8> {
        let answer = self.get(url).await;
        assert_eq!(answer.status(), StatusCode::OK);
        answer.bytes().await.unwrap().to_vec()
    }

    pub async fn status(&self, person: &Person, id: FileId) -> Response {
        let request = self.http.get(format!("{}/api/files/{id}", self.url));
        request.bearer_auth(&person.token).send().await.unwrap()
    }

    pub async fn links(&self, person: &Person, ids: &[String]) -> Response {
        let request = self.http.post(format!("{}/api/files/links", self.url));
        let body = serde_json::json!({ "ids": ids });
        request
            .bearer_auth(&person.token)
            .json(&body)
            .send()
            .await
            .unwrap()
    }

    /// The ids that this person gets fresh links for.
    pub async fn renewable(&self, person: &Person, ids: &[FileId]) -> Vec<FileId> {
        let ids: Vec<_> = ids.iter().map(ToString::to_string).collect();
        let answer: protocol::http::List<protocol::http::FileLinks> =
            self.links(person, &ids).await.json().await.unwrap();
        answer.data.into_iter().map(|links| links.id).collect()
    }

    /// A link to one of a file's sizes, as services that know the key sign it.
    pub fn link(&self, id: FileId, variant: Variant) -> String {
        self.link_signed_by(LINK_KEY, id, variant)
    }

    pub fn link_signed_by(&self, key: &str, id: FileId, variant: Variant) -> String {
        let config = links::Config {
            public_url: self.url.clone(),
            file_link_keys: Some(key.to_owned().into()),
            file_link_keys_file: None,
        };
        let links = links::Links::new(&config).unwrap();
        links.sign(id, variant, time::OffsetDateTime::now_utc())
    }

    pub async fn attach(&self, asked: &AttachRequest) -> Result<Attached, Refusal> {
        self.bus.ask(Subject::FILES_ATTACH, asked, SOON).await.unwrap()
    }

    /// Deletes messages, as chat-history does, and rings.
    pub async fn released(&self, messages: &[&AttachRequest]) {
        self.history.release(messages);
        self.bus
            .publish(Subject::HISTORY_RELEASED, bus::Headers::default(), Bytes::new())
            .await
            .unwrap();
    }

    /// Whether the bucket has anything of a file. A link is signed and asks the bucket alone.
    pub async fn has_objects(&self, id: FileId) -> bool {
        for variant in [Variant::Full, Variant::Screen, Variant::Thumb] {
            match self.get(&self.link(id, variant)).await.status() {
                StatusCode::NOT_FOUND => {}
                _ => return true,
            }
        }
        false
    }

    /// Makes a file look as if it had been uploaded so many days ago.
    pub async fn age(&self, id: FileId, days: i32) {
        for statement in [
            "update files.file set created_at = created_at - make_interval(days => $2) where id = $1",
            "update files.attachment set attached_at = attached_at - make_interval(days => $2) where file_id = $1",
        ] {
            let aged = sqlx::query(statement).bind(id.0).bind(days);
            aged.execute(&self.pool).await.unwrap();
        }
    }

    pub async fn has_row(&self, id: FileId) -> bool {
        let row: Option<i32> = sqlx::query_scalar("select 1 from files.file where id = $1")
            .bind(id.0)
            .fetch_optional(&self.pool)
            .await
            .unwrap();
        row.is_some()
    }

    pub fn empty_bucket(&self) {
        let bucket = self.objects.path().join(S3::BUCKET);
        std::fs::remove_dir_all(&bucket).unwrap();
        std::fs::create_dir(&bucket).unwrap();
    }

    /// As if the database were gone, for the service alone.
    pub async fn lock_out_of_the_database(&self) {
        let name: String = sqlx::query_scalar("select current_database()")
            .fetch_one(&self.pool)
            .await
            .unwrap();
        let elsewhere = self.pool.connect_options().as_ref().clone().database("postgres");
        let mut elsewhere = PgConnection::connect_with(&elsewhere).await.unwrap();
        // A name cannot be bound; this one is ours.
        let close = format!("alter database {name} allow_connections false");
        sqlx::query(sqlx::AssertSqlSafe(close))
            .execute(&mut elsewhere)
            .await
            .unwrap();
        sqlx::query(
            "select pg_terminate_backend(pid) from pg_stat_activity
             where datname = $1 and application_name = 'file-upload'",
        )
        .bind(name)
        .execute(&mut elsewhere)
        .await
        .unwrap();
    }

    /// State and code of every file, oldest first.
    pub async fn rows(&self) -> Vec<(String, Option<String>)> {
        sqlx::query_as("select state, code from files.file order by created_at, id")
            .fetch_all(&self.pool)
            .await
            .unwrap()
    }
}

/// Says what a test wants of messages and their files.
#[derive(Default)]
pub struct History {
    released: Mutex<Vec<Released>>,
    carried: Mutex<Vec<Carried>>,
    /// Refuses to say which messages carry a file.
    pub silent: AtomicBool,
    /// Times that was asked.
    pub asked: AtomicU32,
}

impl History {
    pub fn release(&self, messages: &[&AttachRequest]) {
        let released = messages.iter().map(|message| Released {
            conversation_id: message.conversation_id,
            message_id: message.message_id,
        });
        self.released.lock().unwrap().extend(released);
    }

    /// Has a message that carries its files.
    pub fn carry(&self, message: &AttachRequest) {
        let carried = message.file_ids.iter().map(|file| Carried {
            file_id: *file,
            conversation_id: message.conversation_id,
            message_id: message.message_id,
        });
        self.carried.lock().unwrap().extend(carried);
    }

    async fn answer(self: &Arc<Self>, bus: &Bus, life: &Lifecycle) {
        let at = self.clone();
        let releases = move |asked: PullRequest| {
            let at = at.clone();
            async move { Reply::Ok(at.pulled(asked)) }
        };
        bus.answer(Subject::HISTORY_RELEASES, 1, life, releases)
            .await
            .unwrap();
        let at = self.clone();
        let files = move |asked: CarriedRequest| {
            let at = at.clone();
            async move { at.carrying(&asked) }
        };
        bus.answer(Subject::HISTORY_FILES, 1, life, files).await.unwrap();
    }

    fn pulled(&self, asked: PullRequest) -> Pulled<Released> {
        let released = self.released.lock().unwrap();
        let items: Vec<_> = (1..)
            .zip(released.iter().copied())
            .filter(|(number, _)| *number > asked.after)
            .collect();
        Pulled {
            to: items.last().map_or(asked.after, |(number, _)| *number),
            items,
            more: false,
        }
    }

    fn carrying(&self, asked: &CarriedRequest) -> Reply<Vec<Carried>> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        if self.silent.load(Ordering::SeqCst) {
            return Reply::Refused(ErrorCode::Unavailable.into());
        }
        let carried = self.carried.lock().unwrap();
        let named = carried.iter().filter(|it| asked.ids.contains(&it.file_id));
        Reply::Ok(named.copied().collect())
    }
}

#[derive(Clone)]
pub struct Person {
    pub id: UserId,
    token: String,
}

impl Person {
    pub fn trainer() -> Self {
        Self::new(Role::Trainer)
    }

    pub fn client() -> Self {
        Self::new(Role::User)
    }

    pub fn platform() -> Self {
        Self::new(Role::Platform)
    }

    fn new(role: Role) -> Self {
        let id = UserId(Uuid::new_v4());
        Self {
            id,
            token: token::of(id, role),
        }
    }

    pub fn nobody() -> Self {
        Self {
            id: UserId(Uuid::nil()),
            token: String::new(),
        }
    }
}

/// A message of `sender` that carries these files.
pub fn message(sender: &Person, trainer: &Person, client: &Person, files: &[FileId]) -> AttachRequest {
    AttachRequest {
        file_ids: files.to_vec(),
        sender: sender.id,
        conversation_id: ConversationId::new(trainer.id, client.id),
        message_id: MessageId::generate(),
    }
}

pub async fn problem(answer: Response) -> Problem {
    assert_eq!(answer.headers()["content-type"], "application/problem+json");
    let status = answer.status();
    let problem: Problem = answer.json().await.unwrap();
    assert_eq!(problem.status, status.as_u16());
    assert_eq!(problem.code.http_status(), status.as_u16());
    problem
}

/// The service with everything but its addresses.
fn service(database: &str) -> Spec {
    let fixed = HashMap::from([
        ("SPOTTER_DATABASE_URL", database),
        ("SPOTTER_JWT_SECRET", token::SECRET),
        ("SPOTTER_JWT_ISSUER", token::ISSUER),
        ("SPOTTER_JWT_AUDIENCE", token::AUDIENCE),
        ("SPOTTER_FILE_LINK_KEYS", LINK_KEY),
        ("SPOTTER_ALLOWED_ORIGINS", "https://spotter.test"),
        ("SPOTTER_RATE_HTTP", "1000/1000"),
        // A machine that runs many tests at once is waited for.
        ("SPOTTER_UPLOAD_ANSWER_SECONDS", "25"),
        ("SPOTTER_LOG", "warn"),
        ("SPOTTER_LOG_FORMAT", "pretty"),
    ]);
    fixed
        .into_iter()
        .fold(Spec::new("file-upload", SERVICE), |spec, (variable, value)| {
            spec.env(variable, value)
        })
        .output(Output::Inherit)
}

/// A database of its own, with every migration.
async fn database() -> String {
    static POSTGRES: OnceCell<Postgres> = OnceCell::const_new();
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let postgres = POSTGRES
        .get_or_init(|| async {
            let postgres = Postgres::start(PostgresOptions::default()).await.unwrap();
            postgres.create_database("template_files", None).await.unwrap();
            postgres.prepare("template_files").await.unwrap();
            let spec = service(&postgres.url_as("files", "template_files")).arg("--migrate");
            let migrated = Process::start(spec).unwrap().ended(SOON).await.unwrap();
            assert!(migrated.success(), "{migrated}");
            postgres
        })
        .await;
    let name = format!("files_{}", COUNT.fetch_add(1, Ordering::Relaxed));
    postgres
        .create_database(&name, Some("template_files"))
        .await
        .unwrap();
    postgres.prepare(&name).await.unwrap();
    postgres.url(&name)
}

/// A connection of the test's own, which also answers as a roster without revocations.
async fn broker(nats: &Nats, life: &Lifecycle) -> Bus {
    #[derive(Parser)]
    struct Arguments {
        #[command(flatten)]
        bus: bus::Config,
    }
    let arguments = Arguments::parse_from(["test", "--nats-url", &nats.url()]);
    let bus = Bus::connect(&arguments.bus, "test", life).await.unwrap();
    let roster = |asked: PullRequest| async move {
        Reply::Ok(Pulled::<RosterChange> {
            items: Vec::new(),
            to: asked.after,
            more: false,
        })
    };
    bus.answer(Subject::ROSTER_CHANGES, 1, life, roster)
        .await
        .unwrap();
    bus
}
