//! The pool, the schema's migrations, and whether both are fit to serve.

use std::{str::FromStr, time::Duration};

use boot::{Lifecycle, Probe};
use protocol::{ErrorCode, error::Refusal};
use secrecy::{ExposeSecret, SecretString};
use sqlx::{
    Connection, PgPool,
    migrate::Migrator,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use tokio::time::timeout;
use tracing::{error, warn};

static MIGRATIONS: Migrator = sqlx::migrate!();
/// What the service's own role may do afterwards.
const GRANTS: &str = include_str!("../grants.sql");

const PROBE_EVERY: Duration = Duration::from_secs(2);
/// How long a request waits for a connection.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long any question may take as a whole.
const WITHIN: Duration = Duration::from_secs(4);

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
    let mut connection = schema::migrate(options(url)?, "files", &MIGRATIONS).await?;
    schema::grant(&mut connection, "file-upload", GRANTS).await?;
    connection.close().await?;
    Ok(())
}

/// What the caller is told comes with the answer: a question that fails or takes too long becomes a
/// refusal, and its cause is logged here. The server's own deadlines do not count when it hangs.
pub async fn ask<T>(question: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, Refusal> {
    let answer = timeout(WITHIN, question)
        .await
        .unwrap_or(Err(sqlx::Error::PoolTimedOut));
    answer.map_err(|cause| {
        let cause_seen = &cause as &dyn std::error::Error;
        if is_passing(&cause) {
            warn!(error = cause_seen, "The database is not available");
            ErrorCode::Unavailable.into()
        } else {
            error!(error = cause_seen, "The database refused a statement");
            ErrorCode::Internal.into()
        }
    })
}

/// Asks where nobody waits for the answer.
pub async fn background<T>(question: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, boot::Error> {
    let answer = ask(question).await;
    answer.map_err(|refusal| format!("the database did not do its part: {}", refusal.code).into())
}

/// Whether the same question may be answered later.
fn is_passing(cause: &sqlx::Error) -> bool {
    use sqlx::Error as E;
    // Connections, who may connect, resources, operators, locks and timeouts, serialization, the system itself.
    const CLASSES: [&str; 7] = ["08", "28", "53", "57", "55", "40", "58"];
    match cause {
        E::Io(_) | E::Tls(_) | E::PoolTimedOut | E::PoolClosed | E::WorkerCrashed => true,
        E::Database(refused) => {
            let code = refused.code().unwrap_or_default();
            CLASSES.iter().any(|class| code.starts_with(class))
        }
        _ => false,
    }
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
        let missing = timeout(WITHIN, missing_migrations(&pool))
            .await
            .unwrap_or(Err(sqlx::Error::PoolTimedOut));
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
