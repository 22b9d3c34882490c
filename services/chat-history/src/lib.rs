//! chat-history: the log of all conversations.
//!
//! Reading order: `access` says who may write, `changes` writes, `row` is what is written; `intake`
//! takes a change from its door to its answer. `marks` keeps how far people have read. `history`, `sync`,
//! `poll`, `conversations`, `heads`, `contacts` and `files` read; `relations` follows the roster, `erase`
//! takes away what an erased person wrote, `export` hands it to its writer; `routes` and `requests` are the
//! two doors, HTTP and broker.

pub mod access;
pub mod changes;
pub mod config;
pub mod contacts;
pub mod conversations;
pub mod database;
pub mod erase;
pub mod export;
pub mod failpoint;
pub mod failure;
pub mod files;
pub mod heads;
pub mod history;
pub mod intake;
pub mod lookup;
pub mod marks;
pub mod metrics;
pub mod poll;
pub mod relations;
pub mod requests;
pub mod routes;
pub mod row;
pub mod search;
pub mod settings;
pub mod sync;

use std::{sync::Arc, time::Duration};

use auth::{Revocations, Verifier};
use boot::Lifecycle;
use bus::{Bus, Pattern, Subject};
use sqlx::PgPool;
use tracing::{info, warn};

pub use config::Config;

use erase::Eraser;

use changes::{
    batch::{Batcher, Tools},
    publish::Publisher,
};
use intake::Intake;
use marks::Register;
use metrics::Metrics;
use quota::Quota;
use relations::Relations;
use search::{Searches, digest::Full};
use settings::Settings;

/// Runs the service, or the one task its flags ask for.
pub async fn serve(config: Config, life: Lifecycle) -> Result<(), boot::Error> {
    let options = config.database()?;
    if config.migrate {
        database::migrate(options).await?;
        info!("The schema is up to date");
        return Ok(());
    }
    if config.rotate_epoch {
        database::rotate_epoch(options).await?;
        info!("The log has another epoch");
        return Ok(());
    }
    let pool = database::pool(options, config.database_connections);
    schema::pool::register(&pool, &life.registry)?;
    watch_schema(&pool, &life);
    let bus = Bus::connect(&config.bus, "chat-history", &life).await?;
    let parts = Parts::build(&config, pool, &bus, &life)?;

    if config.rebuild_relations {
        return parts.relations.rebuild().await;
    }
    let relations = parts.relations.clone();
    bus.follow(
        "relations",
        Pattern::from(Subject::ROSTER_CHANGED),
        &life,
        move || {
            let relations = relations.clone();
            async move { relations.pull().await }
        },
    );
    let settings = Settings {
        pool: parts.pool.clone(),
        bus: bus.clone(),
    };
    bus.follow(
        "settings",
        Pattern::from(Subject::ROSTER_CHANGED),
        &life,
        move || {
            let settings = settings.clone();
            async move { settings.pull().await }
        },
    );
    parts.relations.eraser.start(&life);
    requests::answer(&bus, &parts.desk(), &life).await?;

    let revocations = Revocations::default();
    let verifier = Verifier::new(&config.auth, revocations.clone(), &life).await?;
    let longest = Duration::from_secs(config.auth.jwt_max_lifetime_seconds.into());
    auth::revocations::follow(&bus, &revocations, longest, &life);
    let messages = Quota::new(config.messages.rate_messages, &life);
    let router = api::layer(routes::routes(parts.app(messages)), &config.api, verifier, &life);
    life.serve(&config.boot, router).await
}

/// What both doors lead to.
pub struct Parts {
    pub pool: PgPool,
    pub links: Arc<links::Links>,
    pub intake: Intake,
    pub relations: Relations,
    pub marks: Register,
    pub searches: Searches,
}

impl Parts {
    pub fn build(config: &Config, pool: PgPool, bus: &Bus, life: &Lifecycle) -> Result<Self, boot::Error> {
        let links = Arc::new(config.links()?);
        let publisher = Publisher {
            bus: bus.clone(),
            links: links.clone(),
        };
        let metrics = Metrics::new(life)?;
        let marks = Register::start(pool.clone(), bus.clone(), metrics.clone(), &life.tasks);
        let tools = Tools {
            pool: pool.clone(),
            publisher: publisher.clone(),
            metrics,
            full: Full::start(&pool, life),
            failpoint: config.failpoint.clone(),
        };
        let relations = Relations {
            pool: pool.clone(),
            bus: bus.clone(),
            eraser: Eraser::new(&pool, &publisher),
            publisher,
        };
        let intake = Intake {
            batcher: Batcher::start(config.writers, &tools, &life.tasks),
            bus: bus.clone(),
            relations: relations.clone(),
        };
        Ok(Self {
            searches: Searches::new(pool.clone(), links.clone()),
            pool,
            links,
            intake,
            relations,
            marks,
        })
    }

    pub fn desk(&self) -> requests::Desk {
        requests::Desk {
            pool: self.pool.clone(),
            links: self.links.clone(),
            intake: self.intake.clone(),
            marks: self.marks.clone(),
        }
    }

    pub fn app(&self, messages: Quota<protocol::UserId>) -> routes::App {
        routes::App {
            pool: self.pool.clone(),
            links: self.links.clone(),
            intake: self.intake.clone(),
            marks: self.marks.clone(),
            searches: self.searches.clone(),
            messages,
        }
    }
}

/// Sets the probe `database` once all migrations are there; a database that fails later refuses single
/// requests, which tells callers more than a replica that vanished.
fn watch_schema(pool: &PgPool, life: &Lifecycle) {
    let (probe, pool, hard) = (life.health.probe("database"), pool.clone(), life.hard.clone());
    life.tasks.spawn("schema", async move {
        loop {
            match database::is_migrated(&pool).await {
                Ok(true) => return probe.set(true),
                Ok(false) => warn!("Migrations are missing: run `chat-history --migrate`"),
                Err(error) => failure::report(&error),
            }
            tokio::select! {
                () = hard.cancelled() => return,
                () = tokio::time::sleep(Duration::from_secs(1)) => {}
            }
        }
    });
}
