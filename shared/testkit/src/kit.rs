//! Everything a story needs, started for it alone.

use std::sync::Arc;

use client::Digest;
use protocol::{ConversationId, UserId, error::Role};
use sandbox::{Nats, NatsOptions, Postgres, S3, S3Options, Scratch};
use sqlx::{PgPool, postgres::PgPoolOptions};
use tokio::sync::{Mutex, MutexGuard};
use uuid::Uuid;

use crate::{Gateway, Service, TokenOptions, database, http, people, proxy::Proxy};

mod cast;
mod environment;
mod options;

pub(crate) use environment::migrations;
use environment::{broker_users, database_line, environment, line, of_replica};
pub use options::Options;

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
    database_line: Option<Proxy>,
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
            database::server(&options),
            Nats::start(NatsOptions {
                users: Some(broker_users()),
                jetstream: options.directory_stream,
                ..NatsOptions::default()
            })
        );
        let nats = nats.expect("nats-server starts");
        let database = database::create(&postgres).await;
        let s3 = options
            .files
            .then(|| S3::start(S3Options::default()).expect("S3 starts"));
        let environment = environment(&options, scratch.path(), &nats.url(), &database, s3.as_ref());

        let (broker_line, of_gateways) = line(options.proxied_broker, &nats, &environment).await;
        let (history_line, of_histories) = line(options.proxied_history, &nats, &environment).await;
        let (database_line, behind_it) = database_line(options.proxied_database.is_some(), &database)
            .await
            .unzip();

        let start = |name: &str, index: usize, environment: &[(String, String)]| {
            let log = scratch.path().join(format!("{name}-{index}.log"));
            let told = of_replica(&options, (name, index), environment, behind_it.as_deref());
            Service::start(name, log, &told)
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
        self.roster.ready().await;
        for service in self.histories.iter().chain(&self.files) {
            service.ready().await;
        }
        for gateway in &self.gateways {
            gateway.ready().await;
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

    /// The line between the service that the story named and its database.
    pub fn database_line(&self) -> &Proxy {
        self.database_line
            .as_ref()
            .expect("the story was started with a proxied database")
    }

    /// Where the broker is.
    pub async fn nats_url(&self) -> String {
        self.nats.lock().await.url()
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
            &self.environment,
            scratch.path().join("rotate.log"),
        )
        .await;
    }

    /// What a service's own tool prints, and whether it succeeded: `trainer-roster --prove-erased <id>`.
    pub async fn tool(&self, service: &str, arguments: &[&str]) -> (bool, String) {
        Service::ask(
            service,
            arguments,
            &environment::of_service(service, &self.environment),
        )
        .await
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

fn pool(database: &str) -> PgPool {
    PgPoolOptions::new()
        .max_connections(4)
        .connect_lazy(database)
        .expect("the database has a URL")
}
