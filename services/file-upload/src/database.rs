//! The pool, the schema's migrations, and whether both are fit to serve.

use std::{str::FromStr, time::Duration};

use boot::{Lifecycle, Probe};
use secrecy::{ExposeSecret, SecretString};
use sqlx::{
    Connection, PgConnection, PgPool,
    migrate::Migrator,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use tracing::warn;

static MIGRATIONS: Migrator = sqlx::migrate!();

const PROBE_EVERY: Duration = Duration::from_secs(2);
/// How long a request waits for a connection.
const PATIENCE: Duration = Duration::from_secs(3);

/// A pool that connects when it is first used, so that a service starts before its database.
pub fn pool(url: &SecretString, connections: u32) -> Result<PgPool, sqlx::Error> {
    let options = options(url)?.options([
        ("lock_timeout", "1s"),
        ("statement_timeout", "3s"),
        ("idle_in_transaction_session_timeout", "5s"),
    ]);
    Ok(PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(PATIENCE)
        .connect_lazy_with(options))
}

/// Creates the schema and brings it up to date. Its list of migrations lives in the schema too.
pub async fn migrate(url: &SecretString) -> Result<(), boot::Error> {
    let mut connection =
        PgConnection::connect_with(&options(url)?.options([("search_path", "files")])).await?;
    let exists: bool = sqlx::query_scalar("select to_regnamespace('files') is not null")
        .fetch_one(&mut connection)
        .await?;
    // Asked first: making a schema takes a right that its owner need not have.
    if !exists {
        sqlx::query("create schema if not exists files")
            .execute(&mut connection)
            .await?;
    }
    MIGRATIONS.run(&mut connection).await?;
    connection.close().await?;
    Ok(())
}

/// Keeps the probe `database` true while the database answers and has every migration.
pub fn watch(pool: PgPool, life: &Lifecycle) {
    let probe = life.health.probe("database");
    let stop = life.hard.clone();
    life.tasks.spawn("database probe", async move {
        stop.run_until_cancelled(keep_probing(pool, probe)).await;
    });
}

async fn keep_probing(pool: PgPool, probe: Probe) {
    let mut told = false;
    loop {
        let missing = missing_migrations(&pool).await;
        let fit = matches!(missing, Ok(0));
        if !fit && !told {
            match missing {
                Ok(count) => warn!(count, "The database lacks {count} migrations: run with --migrate"),
                Err(error) => warn!(
                    error = &error as &dyn std::error::Error,
                    "The database does not answer"
                ),
            }
        }
        told = !fit;
        probe.set(fit);
        tokio::time::sleep(PROBE_EVERY).await;
    }
}

async fn missing_migrations(pool: &PgPool) -> Result<usize, sqlx::Error> {
    // Not checked while compiling: the table is made by the first migration's run.
    let listed: bool = sqlx::query_scalar("select to_regclass('files._sqlx_migrations') is not null")
        .fetch_one(pool)
        .await?;
    if !listed {
        return Ok(MIGRATIONS.iter().count());
    }
    let applied: Vec<i64> = sqlx::query_scalar("select version from files._sqlx_migrations where success")
        .fetch_all(pool)
        .await?;
    Ok(MIGRATIONS
        .iter()
        .filter(|migration| !applied.contains(&migration.version))
        .count())
}

fn options(url: &SecretString) -> Result<PgConnectOptions, sqlx::Error> {
    Ok(PgConnectOptions::from_str(url.expose_secret())?.application_name("file-upload"))
}
