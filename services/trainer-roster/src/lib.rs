//! trainer-roster: the only place that knows who people are and who works with whom.
//!
//! Reading order: the platform tells `directory` of people and bookings, one by one or as a stream
//! (`directory::import`), or over a stream of the broker (`intake`); `relations` adds them up per pair; `blocks` are made by people themselves;
//! `audit` writes down who did what; `changes` numbers what came out for the services that follow, and
//! `bell` rings for them. `clients`, `trainers` and `people` show it to its people, page by page
//! (`listing`), found by letters without accents (`fold`). `settings` is what they hide, `seen` when they were
//! last connected. `contacts` follows chat-history, `revocations` follows this
//! service's own list, `questions` answers the others. `export` hands a person everything
//! of theirs, from all services; `proof` shows that nothing is left of a person who was erased.

mod audit;
mod bell;
mod blocks;
mod changes;
mod clients;
mod config;
mod contacts;
mod database;
mod directory;
mod error;
mod export;
mod fold;
mod intake;
mod listing;
#[doc(hidden)]
pub mod outside;
mod people;
mod proof;
mod questions;
mod relations;
mod revocations;
mod routes;
mod seen;
mod settings;
mod trainers;

use std::time::Duration;

use api::Stack;
use auth::{Revocations, Verifier};
use boot::Lifecycle;
use bus::{Bus, Subject};
use protocol::UserId;
use sqlx::PgPool;
use time::OffsetDateTime;

use bell::Bell;
pub use config::Config;
use directory::Numbered;
use error::Error;

/// The longest anybody waits for an answer, however the database is.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

/// What the handlers share.
#[derive(Clone)]
struct App {
    pool: PgPool,
    bell: Bell,
    revocations: Revocations,
    imports: directory::Places,
    exports: export::Desk,
}

impl App {
    /// Lets a committed revocation hold here at once and tells the others to look.
    fn revoked(&self, user: UserId, at: OffsetDateTime) {
        self.revocations.revoke(user, at);
        self.bell.ring();
    }

    /// The same for whatever was kept and committed at this time.
    fn announce(&self, numbered: Numbered, at: OffsetDateTime) {
        match numbered {
            Numbered::Nothing => {}
            Numbered::Change => self.bell.ring(),
            Numbered::Revocation(user) => self.revoked(user, at),
        }
    }
}

/// Serves until told to stop, or does what it was started for.
pub async fn run(config: Config, life: Lifecycle) -> Result<(), boot::Error> {
    let url = config.database_url()?;
    if config.migrate {
        return database::migrate(&url).await;
    }
    let pool = database::pool(&url, config.database_connections)?;
    if config.list_parked {
        return intake::commands::list(&pool).await;
    }
    if let Some(id) = config.discard_parked {
        return intake::commands::discard(&pool, id).await;
    }
    let bus = Bus::connect(&config.bus, "trainer-roster", &life).await?;
    if config.rebuild_contacts {
        return contacts::rebuild(&bus, &pool).await;
    }
    if config.replay_parked {
        return intake::commands::replay(&pool, &bus).await;
    }
    if let Some(person) = config.prove_erased {
        return proof::nothing_is_left(&pool, &bus, person).await;
    }
    serve(config, pool, bus, life).await
}

async fn serve(config: Config, pool: PgPool, bus: Bus, life: Lifecycle) -> Result<(), boot::Error> {
    schema::pool::register(&pool, &life.registry)?;
    database::await_migrations(&pool, &life);
    questions::answer(&bus, &pool, &life).await?;
    let (asking, kept) = (bus.clone(), pool.clone());
    bus.follow("contacts", Subject::HISTORY_CONTACTED.into(), &life, move || {
        contacts::pull(asking.clone(), kept.clone())
    });

    let revocations = Revocations::default();
    let max_life = Duration::from_secs(config.auth.jwt_max_lifetime_seconds.into());
    revocations::follow(&pool, &bus, &revocations, max_life, &life);
    let verifier = Verifier::new(&config.auth, revocations.clone(), &life).await?;
    let app = App {
        exports: export::Desk::new(&pool, &bus, &life),
        bell: Bell::hang(bus.clone(), &life),
        pool,
        revocations,
        imports: directory::Places::default(),
    };
    if let Some(stream) = &config.directory_stream {
        intake::follow(&app, bus, stream, config.directory_attempts, &life)?;
    }
    let stack = Stack::new(&config.api, verifier, &life).timeout(ANSWER_WITHIN);
    let public = stack.wrap(routes::routes().with_state(app));
    life.serve(&config.boot, public).await
}
