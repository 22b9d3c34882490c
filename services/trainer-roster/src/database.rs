//! The pool, the schema's migrations, and whether they have been applied.

mod index;

use std::{str::FromStr, time::Duration};

use boot::Lifecycle;
use secrecy::{ExposeSecret, SecretString};
use sqlx::{
    Connection, PgPool,
    migrate::Migrator,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use tracing::warn;

static MIGRATIONS: Migrator = sqlx::migrate!();
/// What the service's own role may do afterwards.
const GRANTS: &str = include_str!("../grants.sql");

const ASK_AGAIN: Duration = Duration::from_secs(1);
/// The longest a request waits for a connection.
const PATIENCE: Duration = Duration::from_secs(2);

/// A pool that connects when it is first used, so that the service starts before its database.
pub fn pool(url: &SecretString, connections: u32) -> Result<PgPool, sqlx::Error> {
    let options = options(url)?.options([
        ("statement_timeout", "3s"),
        ("lock_timeout", "2s"),
        // A replica that is cut off must not hold the counter for the others.
        ("idle_in_transaction_session_timeout", "5s"),
        // Whether a search has an index to use depends on what is searched for: it is planned each time.
        ("plan_cache_mode", "force_custom_plan"),
    ]);
    Ok(PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(PATIENCE)
        .connect_lazy_with(options))
}

/// Creates the schema if it is missing and brings it up to date. Its list of migrations lives in it.
pub async fn migrate(url: &SecretString) -> Result<(), boot::Error> {
    let mut connection = schema::migrate(options(url)?, "roster", &MIGRATIONS).await?;
    schema::grant(&mut connection, "trainer-roster", GRANTS).await?;
    index::ensure(&mut connection).await?;
    connection.close().await?;
    Ok(())
}

/// Sets the probe `database` once the database answers and has every migration this release knows.
/// It stays set: a database that goes away is away for all replicas, and they can say `unavailable`
/// only while requests still reach them.
pub fn await_migrations(pool: &PgPool, life: &Lifecycle) {
    let probe = life.health.probe("database");
    let (pool, stop) = (pool.clone(), life.hard.clone());
    life.tasks.spawn("database probe", async move {
        let asked = async {
            until_migrated(&pool).await;
            probe.set(true);
        };
        stop.run_until_cancelled(asked).await;
    });
}

/// Whether the database answers at this moment.
pub async fn answers(pool: &PgPool) -> bool {
    let asked = tokio::time::timeout(PATIENCE, sqlx::query("select 1").execute(pool));
    matches!(asked.await, Ok(Ok(_)))
}

/// Returns once the database answers and has every migration this release knows.
pub async fn until_migrated(pool: &PgPool) {
    while let Err(why) = is_migrated(pool).await {
        warn!(
            error = &*why as &dyn std::error::Error,
            "The database is not ready"
        );
        tokio::time::sleep(ASK_AGAIN).await;
    }
}

async fn is_migrated(pool: &PgPool) -> Result<(), boot::Error> {
    // Not checked while compiling: the table belongs to the migrator.
    let applied: Vec<i64> = sqlx::query_scalar("select version from roster._sqlx_migrations where success")
        .fetch_all(pool)
        .await?;
    match MIGRATIONS
        .iter()
        .find(|migration| !applied.contains(&migration.version))
    {
        Some(missing) => Err(format!("migration {} is missing: run with --migrate", missing.version).into()),
        None => Ok(()),
    }
}

/// Whether this can be the address of a PostgreSQL; sqlx itself takes any scheme.
pub fn is_address(url: &SecretString) -> bool {
    let has_scheme = ["postgres://", "postgresql://"]
        .iter()
        .any(|scheme| url.expose_secret().starts_with(scheme));
    has_scheme && options(url).is_ok()
}

fn options(url: &SecretString) -> Result<PgConnectOptions, sqlx::Error> {
    Ok(PgConnectOptions::from_str(url.expose_secret())?.application_name("trainer-roster"))
}
