//! PostgreSQL, nats-server, S3 and the edge of a local installation.

use sandbox::{
    Edge, EdgeOptions, Nats, NatsOptions, NatsUsers, Postgres, PostgresOptions, S3, S3Options, Upstreams,
    schema_of,
};
use sqlx::{Connection, PgConnection};

use super::plan::Plan;
use crate::Error;
use crate::console::Console;
use crate::demo::Broker;
use crate::keys::Keys;
use crate::layout::Layout;

const DATABASE: &str = "spotter";
const DATABASE_URL: &str = "SPOTTER_DATABASE_URL";
pub struct Servers {
    layout: Layout,
    postgres: Postgres,
    nats: Nats,
    broker_users: NatsUsers,
    s3: S3,
    edge: Option<Edge>,
}

impl Servers {
    pub async fn start(layout: &Layout, keys: &Keys, console: &Console) -> Result<Self, Error> {
        console.say("Starting PostgreSQL, nats-server and S3 …");
        let s3 = S3::start(S3Options {
            dir: Some(layout.data("s3")),
            ..Default::default()
        })?;
        let (postgres, nats) = tokio::join!(
            Postgres::start(PostgresOptions {
                dir: Some(layout.data("postgres")),
                ..Default::default()
            }),
            Nats::start(NatsOptions {
                dir: Some(layout.data("nats")),
                users: Some(keys.broker().clone()),
                jetstream: true,
                ..Default::default()
            })
        );
        let servers = Self {
            layout: layout.clone(),
            postgres: postgres?,
            nats: nats?,
            broker_users: keys.broker().clone(),
            s3,
            edge: None,
        };
        servers.prepare_database().await?;
        servers.nats.make_directory(keys.broker()).await?;
        Ok(servers)
    }

    pub async fn start_edge(&mut self, plan: &Plan) -> Result<(), Error> {
        let options = EdgeOptions {
            port: Some(plan.port),
            dir: Some(self.layout.data("edge")),
            upstreams: Upstreams {
                gateways: plan.upstreams("gateway"),
                histories: plan.upstreams("chat-history"),
                rosters: plan.upstreams("trainer-roster"),
                files: plan.upstreams("file-upload"),
            },
            health_port: None,
            pages: Some(sandbox::workspace().join("web/app/dist")),
            host: Some(self.layout.host()),
            output: None,
        };
        self.edge = Some(Edge::start(options).await?);
        Ok(())
    }

    /// Where a service finds what it depends on.
    pub fn settings(&self, program: &str) -> Vec<(&'static str, String)> {
        let mut settings = vec![
            ("SPOTTER_NATS_URL", self.nats.url()),
            ("SPOTTER_NATS_USER", program.to_owned()),
            ("SPOTTER_NATS_PASSWORD", self.broker_users.password(program)),
            ("SPOTTER_S3_ENDPOINT", self.s3.endpoint()),
        ];
        if schema_of(program).is_some() {
            settings.push((DATABASE_URL, self.postgres.url_as(program, DATABASE)));
        }
        if program == "trainer-roster" {
            // What a platform may tell it: see docs/integrate.md.
            settings.push(("SPOTTER_DIRECTORY_STREAM", "DIRECTORY".to_owned()));
        }
        settings
    }

    /// Where a service's `--migrate` finds the database: as the owner of the service's schema.
    pub fn migrations(&self, program: &str) -> Option<(&'static str, String)> {
        let url = |owner| (DATABASE_URL, self.postgres.url_as(owner, DATABASE));
        schema_of(program).map(url)
    }

    pub fn broker_of_the_platform(&self) -> Broker {
        Broker {
            address: format!("127.0.0.1:{}", self.nats.port()),
            password: self.broker_users.password("platform"),
        }
    }

    /// For what no service may do: making the demo's past.
    pub fn database_url(&self) -> String {
        self.postgres.url(DATABASE)
    }

    pub fn broker_pid(&mut self) -> u32 {
        self.nats.process().pid()
    }

    /// Starts again what has died; true when something was started.
    pub async fn watch(&mut self, console: &Console) -> Result<bool, Error> {
        let mut started = false;
        if !self.postgres.process().is_running() {
            console.say("PostgreSQL ended; starting it again.");
            self.postgres.restart().await?;
            started = true;
        }
        if !self.nats.process().is_running() {
            console.say("nats-server ended; starting it again.");
            self.nats.restart().await?;
            started = true;
        }
        if let Some(edge) = &mut self.edge
            && !edge.process().is_running()
        {
            console.say("The edge ended; starting it again.");
            edge.restart().await?;
            started = true;
        }
        Ok(started)
    }

    pub async fn stop(mut self) {
        drop(self.edge.take());
        let _ = self.postgres.shut_down().await;
    }

    /// One database; each service owns one schema in it and can touch no other.
    async fn prepare_database(&self) -> Result<(), Error> {
        let mut connection = PgConnection::connect(&self.postgres.url("postgres")).await?;
        let exists: bool = sqlx::query_scalar("select exists (select from pg_database where datname = $1)")
            .bind(DATABASE)
            .fetch_one(&mut connection)
            .await?;
        if !exists {
            self.postgres.create_database(DATABASE, None).await?;
        }
        connection.close().await?;

        self.postgres.prepare(DATABASE).await?;
        Ok(())
    }
}
