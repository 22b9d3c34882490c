//! The schema `chat`: its pool, its migrations, its epoch.

use std::time::Duration;

use sqlx::{
    Connection, PgConnection, PgPool, Postgres, Transaction,
    migrate::{MigrateError, Migrator},
    pool::PoolConnection,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use tokio::time;

static MIGRATOR: Migrator = sqlx::migrate!("./migrations");
/// What the service's own role may do afterwards.
const GRANTS: &str = include_str!("../grants.sql");

/// The longest wait for another writer's lock.
const LOCK_TIMEOUT: &str = "1s";
const STATEMENT_TIMEOUT: &str = "3s";
/// Ends a transaction whose owner is gone, so that its locks go too.
const IDLE_IN_TRANSACTION: &str = "5s";
const ACQUIRE_WITHIN: Duration = Duration::from_secs(2);
/// The longest a question to the database may take as a whole.
pub const WITHIN: Duration = Duration::from_secs(3);

/// A pool that connects when it is first used, so that the service starts while the database is down.
pub fn pool(options: PgConnectOptions, connections: u32) -> PgPool {
    let options = options.application_name("chat-history").options([
        ("lock_timeout", LOCK_TIMEOUT),
        ("statement_timeout", STATEMENT_TIMEOUT),
        ("idle_in_transaction_session_timeout", IDLE_IN_TRANSACTION),
        // Every statement looks up keys. Its plan is made once, and must not be the one that suits an
        // empty table: a plan that reads a whole table is never right here.
        ("plan_cache_mode", "force_generic_plan"),
        ("enable_seqscan", "off"),
        ("enable_hashjoin", "off"),
        ("enable_mergejoin", "off"),
        ("jit", "off"),
    ]);
    PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(ACQUIRE_WITHIN)
        .connect_lazy_with(options)
}

/// Applies what is missing. The bookkeeping table lies in the schema itself, which is made first.
pub async fn migrate(options: PgConnectOptions) -> Result<(), MigrateError> {
    let mut connection = schema::migrate(options, "chat", &MIGRATOR).await?;
    schema::grant(&mut connection, "chat-history", GRANTS).await?;
    connection.close().await?;
    Ok(())
}

/// Whether all migrations that this release knows have been applied.
pub async fn is_migrated(pool: &PgPool) -> Result<bool, sqlx::Error> {
    let newest = MIGRATOR.iter().map(|migration| migration.version).max();
    let applied = sqlx::query_scalar::<_, bool>(
        "select exists (select from chat._sqlx_migrations where version = $1 and success)",
    );
    applied.bind(newest).fetch_one(pool).await
}

/// Names this copy of the log anew, after a restore from backup.
pub async fn rotate_epoch(options: PgConnectOptions) -> Result<(), sqlx::Error> {
    let mut conn = PgConnection::connect_with(&options).await?;
    sqlx::query!("update chat.meta set epoch = gen_random_uuid()")
        .execute(&mut conn)
        .await?;
    conn.close().await
}

/// Answers within [`WITHIN`] or fails as a pool without a free connection would.
pub async fn within<T, E: From<sqlx::Error>>(work: impl Future<Output = Result<T, E>>) -> Result<T, E> {
    let timed_out = |_| Err(sqlx::Error::PoolTimedOut.into());
    time::timeout(WITHIN, work).await.unwrap_or_else(timed_out)
}

/// A connection that goes back to the pool only when its holder says that all is well. A holder that
/// fails or is dropped in the middle closes the socket at once: a connection that hangs would
/// otherwise keep its place in the pool for as long as it hangs.
pub struct Lease(Option<PoolConnection<Postgres>>);

impl Lease {
    pub async fn take(pool: &PgPool) -> Result<Self, sqlx::Error> {
        pool.acquire().await.map(|conn| Self(Some(conn)))
    }

    pub fn conn(&mut self) -> Result<&mut PgConnection, sqlx::Error> {
        self.0.as_deref_mut().ok_or(sqlx::Error::PoolClosed)
    }

    /// Everything read through it is of one moment.
    pub async fn snapshot(&mut self) -> Result<Transaction<'_, Postgres>, sqlx::Error> {
        let conn = self.conn()?;
        conn.begin_with("begin isolation level repeatable read, read only")
            .await
    }

    /// Gives the connection back.
    pub fn keep(mut self) {
        self.0.take();
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(conn) = self.0.take() {
            drop(conn.detach());
        }
    }
}
