//! Everything a story needs, started for it alone.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use client::Digest;
use protocol::{ConversationId, Seq, UserId, error::Role};
use sandbox::{Nats, Postgres, S3, S3Options, Scratch};
use sqlx::{PgPool, postgres::PgPoolOptions};
use tokio::sync::{Mutex, MutexGuard};
use uuid::Uuid;

use crate::{Gateway, Service, TokenOptions, database, http, people, proxy::Proxy, secrets};

mod brokers;
mod cast;
mod environment;
mod lines;
mod options;
mod replicas;
mod standby;

pub(crate) use environment::migrations;
use environment::{broker_users, database_line, environment, line, of_replica};
pub use lines::Lines;
pub use options::Options;
use replicas::Places;
use standby::Followed;

/// A private Spotter. Dropping it ends every process.
#[derive(Debug)]
pub struct Kit {
    gateways: Vec<Gateway>,
    histories: Vec<Service>,
    rosters: Vec<Service>,
    files: Vec<Service>,
    brokers: Vec<Mutex<Nats>>,
    lines: lines::All,
    postgres: Arc<Mutex<Postgres>>,
    followed: Option<Followed>,
    s3: Option<S3>,
    broker_line: Option<Proxy>,
    history_line: Option<Proxy>,
    database_line: Option<Proxy>,
    health_port: Option<u16>,
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
        // In boxes, as a story holds all of this in its own future.
        let postgres = Box::pin(database::server(&options));
        let (postgres, brokers) = tokio::join!(postgres, Box::pin(brokers::start(&options)));
        let nats = brokers.first().expect("a story has a broker");
        let database = database::create(&postgres).await;
        let (followed, database) = Box::pin(standby::reached(&options, &postgres, database)).await;
        let s3 = options
            .files
            .then(|| S3::start(S3Options::default()).expect("S3 starts"));
        let urls = brokers::urls(&brokers);
        let environment = environment(&options, scratch.path(), &urls, &database, s3.as_ref());

        let (broker_line, of_gateways) = line(options.proxied_broker, nats, &environment).await;
        let (history_line, of_histories) = line(options.proxied_history, nats, &environment).await;
        let (database_line, behind_it) = database_line(options.proxied_database.is_some(), &database)
            .await
            .unzip();
        let lines = lines::All::of(&options, &brokers, &database).await;

        let mut places = Places::new(options.addresses);
        let mut start = |name: &str, count: usize, environment: &[(String, String)]| -> Vec<_> {
            let one = |index| {
                let log = scratch.path().join(format!("{name}-{index}.log"));
                let mut told = of_replica(&options, (name, index), environment, behind_it.as_deref());
                told.extend(lines.told((name, index), &database));
                Service::start(name, places.give(), log, &told)
            };
            (0..count).map(one).collect()
        };
        let rosters = start("trainer-roster", options.rosters, &environment);
        let histories = start("chat-history", options.histories, &of_histories);
        let uploads = if options.files { options.uploads } else { 0 };
        let files = start("file-upload", uploads, &environment);
        let gateways = start("gateway", options.gateways, &of_gateways);
        let mut kit = Self {
            gateways: gateways.into_iter().map(Gateway::new).collect(),
            histories,
            rosters,
            files,
            health_port: places.health_port(),
            brokers: brokers.into_iter().map(Mutex::new).collect(),
            lines,
            postgres,
            followed,
            s3,
            broker_line,
            history_line,
            database_line,
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
        for service in self.services() {
            service.ready().await;
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

    pub fn histories(&self) -> &[Service] {
        &self.histories
    }

    pub fn rosters(&self) -> &[Service] {
        &self.rosters
    }

    pub fn uploads(&self) -> &[Service] {
        &self.files
    }

    pub fn roster(&self) -> &Service {
        self.rosters.first().expect("the story has a roster")
    }

    pub fn files(&self) -> &Service {
        self.files.first().expect("the story was started with files")
    }

    /// The lines of one replica of a story with `lines`.
    pub fn lines(&self, service: &'static str, index: usize) -> &Lines {
        self.lines.of_replica((service, index))
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

    /// The line between the service that the story named and its database.
    pub fn database_line(&self) -> &Proxy {
        self.database_line
            .as_ref()
            .expect("the story was started with a proxied database")
    }

    /// What a platform that feeds the directory by JetStream calls itself by at the broker.
    pub fn platform_password(&self) -> String {
        broker_users().password("platform")
    }

    /// Names this copy of the log anew, as the runbook does after a restore.
    pub async fn rotate_epoch(&self) {
        let scratch = self.scratch.as_ref().expect("a kit has a folder for logs");
        Service::run(
            "chat-history",
            "--rotate-epoch",
            &environment::of_owner("chat-history", &self.environment),
            scratch.path().join("rotate.log"),
        )
        .await;
    }

    /// What a service's own tool prints, and whether it succeeded: `trainer-roster --prove-erased <id>`.
    pub async fn tool(&self, service: &str, arguments: &[&str]) -> (bool, String) {
        let told = if arguments.contains(&"--migrate") {
            environment::of_owner(service, &self.environment)
        } else {
            environment::of_service(service, &self.environment)
        };
        Service::ask(service, arguments, &told).await
    }

    pub async fn postgres(&self) -> MutexGuard<'_, Postgres> {
        self.postgres.lock().await
    }

    pub fn s3(&self) -> &S3 {
        self.s3.as_ref().expect("the story was started with files")
    }

    /// Where the kit's own database is, for who may do everything there.
    pub fn database_url(&self) -> &str {
        &self.database
    }

    /// The same for one of its roles: a service, or the owner of a schema.
    pub fn database_as(&self, role: &str) -> String {
        environment::as_role(&self.database, role)
    }

    pub fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// `(id, seq, position, hash of row)` of a conversation, as the log has it.
    pub async fn log(&self, conversation: ConversationId) -> Vec<Digest> {
        database::digests(&self.pool, conversation).await
    }

    /// `(delivered, read)` of everybody in every conversation, as the log has it.
    pub async fn marks(&self) -> BTreeMap<(ConversationId, UserId), (Seq, Seq)> {
        database::marks(&self.pool).await
    }
}

impl Kit {
    /// Where the services' logs are, each as `<service>-<replica>.log`.
    pub fn logs(&self) -> &Path {
        self.scratch.as_ref().expect("a kit has a folder for logs").path()
    }

    fn keep_logs(&mut self) {
        if let Some(scratch) = self.scratch.take() {
            tracing::error!(logs = %scratch.path().display(), "The story failed; its logs are kept");
            std::mem::forget(scratch);
        }
    }
}

/// # Panics
/// When a service has logged a token, what somebody wrote, or a signed link: no story may end so.
impl Drop for Kit {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return self.keep_logs();
        }
        let found = secrets::in_logs(self.logs(), &secrets::written_in(&self.database));
        if !found.is_empty() {
            self.keep_logs();
            assert!(
                found.is_empty(),
                "a log of this story carries\n{}",
                found.join("\n")
            );
        }
    }
}

fn pool(database: &str) -> PgPool {
    PgPoolOptions::new()
        .max_connections(4)
        .connect_lazy(database)
        .expect("the database has a URL")
}
