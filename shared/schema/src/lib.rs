//! Brings a schema up to date without stopping those who use it.

pub mod pool;

use std::time::Duration;

use sqlx::{
    AssertSqlSafe, Connection, PgConnection,
    migrate::{MigrateError, Migration, Migrator},
    postgres::PgConnectOptions,
};
use tokio::time::{Instant, sleep};
use tracing::{info, warn};

/// Half of what an append waits for a lock: whoever queues behind a migration is let through in time.
const LOCK_WITHIN: &str = "500ms";
/// Between two tries; those who waited write meanwhile.
const PAUSE: Duration = Duration::from_millis(500);
/// After this long somebody has to see who holds the lock.
const GIVE_UP_AFTER: Duration = Duration::from_mins(2);

/// Names the lock under which rights are given: two who migrate would change the same rows of the catalog.
const GRANTING: i64 = 0x53_504f_5454_4552;

/// Creates the schema `name` if it is missing and applies what it lacks; answers the connection, which
/// looks into that schema.
pub async fn migrate(
    options: PgConnectOptions,
    name: &'static str,
    migrator: &Migrator,
) -> Result<PgConnection, MigrateError> {
    // Each step finds the list of migrations there, which is nothing to tell.
    let options = options.options([("search_path", name), ("client_min_messages", "warning")]);
    let give_up = Instant::now() + GIVE_UP_AFTER;
    let mut connection = connect(&options, give_up).await?;
    // Before the schema is made: `if not exists` fails when somebody else makes it meanwhile.
    take_turn(&mut connection, name, give_up).await?;
    let is_there: bool = sqlx::query_scalar("select to_regnamespace($1) is not null")
        .bind(name)
        .fetch_one(&mut connection)
        .await?;
    // Asked first: making a schema takes a right that its owner need not have.
    if !is_there {
        let create = format!("create schema if not exists {name}");
        sqlx::query(AssertSqlSafe(create))
            .execute(&mut connection)
            .await?;
    }
    let mut migrator = Migrator::with_migrations(migrator.iter().cloned().collect());
    migrator.set_locking(false);
    drop_half_made_indexes(&mut connection, name).await?;
    for migration in migrator.iter() {
        while let Err(error) = apply(&mut connection, &migrator, migration).await {
            if !is_locked(&error) || Instant::now() > give_up {
                return Err(error);
            }
            info!(
                migration = migration.version,
                "Somebody holds a lock; trying again"
            );
            drop_half_made_indexes(&mut connection, name).await?;
            sleep(PAUSE).await;
        }
    }
    sqlx::query("select pg_advisory_unlock(hashtext($1)), set_config('lock_timeout', '0', false)")
        .bind(name)
        .execute(&mut connection)
        .await?;
    Ok(connection)
}

/// Waits for a server that does not answer yet: whoever starts everything at once migrates first.
async fn connect(options: &PgConnectOptions, give_up: Instant) -> Result<PgConnection, MigrateError> {
    loop {
        let error = match PgConnection::connect_with(options).await {
            Ok(connection) => return Ok(connection),
            Err(error) => error,
        };
        if !is_absent(&error) || Instant::now() > give_up {
            return Err(error.into());
        }
        info!(error = %error, "The database is not there yet; trying again");
        sleep(PAUSE).await;
    }
}

/// One who migrates at a time, until the connection ends. Asked again and again: a statement that waits
/// holds a snapshot, for which an index that is made concurrently waits in turn.
async fn take_turn(connection: &mut PgConnection, name: &str, give_up: Instant) -> Result<(), MigrateError> {
    loop {
        let is_ours: bool = sqlx::query_scalar("select pg_try_advisory_lock(hashtext($1))")
            .bind(name)
            .fetch_one(&mut *connection)
            .await?;
        if is_ours {
            return Ok(());
        }
        if Instant::now() > give_up {
            return Err(MigrateError::Source(
                format!("somebody else goes on migrating schema `{name}`").into(),
            ));
        }
        sleep(PAUSE).await;
    }
}

/// What a concurrent index leaves behind that was given up: costly, of no use, and in the way of the next
/// try. The ones of `reindex` belong to whoever runs it.
async fn drop_half_made_indexes(connection: &mut PgConnection, name: &str) -> Result<(), MigrateError> {
    let half_made: Vec<String> = sqlx::query_scalar(
        "select indexrelid::regclass::text
        from pg_index join pg_class on pg_class.oid = indexrelid
        where not indisvalid and relnamespace = to_regnamespace($1) and relname !~ '_cc(new|old)\\d*$'",
    )
    .bind(name)
    .fetch_all(&mut *connection)
    .await?;
    for index in half_made {
        info!(index, "Dropping an index that was given up half-made");
        sqlx::query(AssertSqlSafe(format!(
            "drop index concurrently if exists {index}"
        )))
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

/// Applies everything up to `migration`: one at a time, so that each waits for locks in its own way.
async fn apply(
    connection: &mut PgConnection,
    migrator: &Migrator,
    migration: &Migration,
) -> Result<(), MigrateError> {
    // An index that is made concurrently stops nobody while it waits.
    let within = if migration.no_tx { "0" } else { LOCK_WITHIN };
    sqlx::query("select set_config('lock_timeout', $1, false)")
        .bind(within)
        .execute(&mut *connection)
        .await?;
    migrator.run_to(migration.version, connection).await
}

/// Gives the service's own role the rights that `grants` lists, all at once. Where nobody has made that role the
/// service signs in as whoever migrates, and needs none.
pub async fn grant(
    connection: &mut PgConnection,
    role: &str,
    grants: &'static str,
) -> Result<(), sqlx::Error> {
    let is_there: bool = sqlx::query_scalar("select exists (select from pg_roles where rolname = $1)")
        .bind(role)
        .fetch_one(&mut *connection)
        .await?;
    if !is_there {
        warn!(role, "There is no such role: see deploy/postgres");
        return Ok(());
    }
    let mut tx = connection.begin().await?;
    sqlx::query("select pg_advisory_xact_lock($1)")
        .bind(GRANTING)
        .execute(&mut *tx)
        .await?;
    sqlx::raw_sql(grants).execute(&mut *tx).await?;
    tx.commit().await
}

/// Nobody listens there, or it is still starting. Everything else is said at once.
fn is_absent(error: &sqlx::Error) -> bool {
    let code = error
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::code);
    matches!(error, sqlx::Error::Io(_)) || code.is_some_and(|code| code == "57P03")
}

fn is_locked(error: &MigrateError) -> bool {
    let (MigrateError::Execute(cause) | MigrateError::ExecuteMigration(cause, _)) = error else {
        return false;
    };
    let code = cause
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::code);
    // Lock timeout, and the deadlock that two who migrate can come to.
    code.is_some_and(|code| code == "55P03" || code == "40P01")
}
