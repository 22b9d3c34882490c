//! Migrations of a real PostgreSQL under those who use it.
#![cfg(test)]

use std::time::{Duration, Instant};

use sandbox::{Postgres, PostgresOptions};
use sqlx::{
    AssertSqlSafe, Connection, PgConnection, SqlSafeStr,
    migrate::{Migration, MigrationType, Migrator},
};

const WITHIN: Duration = Duration::from_secs(20);

async fn server() -> Postgres {
    let server = Postgres::start(PostgresOptions::default()).await.unwrap();
    server.create_database("house", None).await.unwrap();
    server
}

fn migrations(list: &[(&'static str, bool)]) -> Migrator {
    let numbered = (1..).zip(list).map(|(version, (sql, no_tx))| {
        let sql = AssertSqlSafe(*sql).into_sql_str();
        Migration::new(version, "step".into(), MigrationType::Simple, sql, *no_tx)
    });
    Migrator::with_migrations(numbered.collect())
}

const ROOMS: (&str, bool) = ("create table rooms (id int primary key, name text)", false);
const WINDOWS: (&str, bool) = ("alter table rooms add column windows int", false);
const INDEX: (&str, bool) = (
    "create index concurrently if not exists rooms_name on rooms (name)",
    true,
);

async fn migrate(server: &Postgres, list: &[(&'static str, bool)]) -> PgConnection {
    let options = server.url("house").parse().unwrap();
    let migrated = schema::migrate(options, "house", &migrations(list)).await;
    migrated.unwrap()
}

async fn is_valid(connection: &mut PgConnection, index: &str) -> bool {
    sqlx::query_scalar("select indisvalid from pg_index where indexrelid = $1::regclass")
        .bind(index)
        .fetch_one(connection)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_migration_that_waits_for_a_lock_lets_writers_pass_within_a_second() {
    let server = server().await;
    migrate(&server, &[ROOMS]).await;
    let mut reader = PgConnection::connect(&server.url("house")).await.unwrap();
    let mut reading = reader.begin().await.unwrap();
    sqlx::query("select from house.rooms")
        .execute(&mut *reading)
        .await
        .unwrap();
    let mut writer = PgConnection::connect(&server.url("house")).await.unwrap();

    let held = async {
        let mut longest = Duration::ZERO;
        let mut waited = 0;
        for id in 0..400 {
            let asked = Instant::now();
            sqlx::query("insert into house.rooms (id) values ($1)")
                .bind(id)
                .execute(&mut writer)
                .await
                .unwrap();
            longest = longest.max(asked.elapsed());
            waited += usize::from(asked.elapsed() > Duration::from_millis(100));
            if waited == 3 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        reading.commit().await.unwrap();
        (longest, waited)
    };
    let both = async { tokio::join!(held, migrate(&server, &[ROOMS, WINDOWS])) };
    let both = tokio::time::timeout(WITHIN, both).await;
    let ((longest, waited), mut connection) = both.expect("writers pass");

    println!("a writer waited {longest:?} at most, {waited} times");
    assert!(waited > 0, "nobody came behind the migration");
    assert!(longest < Duration::from_millis(900), "{longest:?}");
    let added = sqlx::query("select windows from rooms")
        .execute(&mut connection)
        .await;
    assert!(added.is_ok(), "it is applied in the end");
}

#[tokio::test]
async fn an_index_that_is_made_concurrently_waits_and_is_valid() {
    let server = server().await;
    migrate(&server, &[ROOMS]).await;
    let mut writer = PgConnection::connect(&server.url("house")).await.unwrap();
    let mut writing = writer.begin().await.unwrap();
    sqlx::query("insert into house.rooms values (1, 'hall')")
        .execute(&mut *writing)
        .await
        .unwrap();

    let held = async {
        let mut other = PgConnection::connect(&server.url("house")).await.unwrap();
        // Longer than any lock is waited for elsewhere.
        let since = Instant::now();
        while since.elapsed() < Duration::from_millis(1_500) {
            sqlx::query("insert into house.rooms (id) values ((random() * 1e9)::int)")
                .execute(&mut other)
                .await
                .unwrap();
        }
        writing.commit().await.unwrap();
    };
    let (mut connection, ()) = tokio::join!(migrate(&server, &[ROOMS, INDEX]), held);

    assert!(is_valid(&mut connection, "rooms_name").await);
}

#[tokio::test]
async fn many_who_migrate_at_once_take_turns() {
    let server = server().await;
    let all = [ROOMS, INDEX, WINDOWS];

    let migrated = tokio::time::timeout(WITHIN, async {
        tokio::join!(
            migrate(&server, &all),
            migrate(&server, &all),
            migrate(&server, &all),
        )
    });

    let (mut connection, ..) = migrated.await.unwrap();
    let applied: i64 = sqlx::query_scalar("select count(*) from _sqlx_migrations where success")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(applied, 3);
    assert!(is_valid(&mut connection, "rooms_name").await);
}

#[tokio::test]
async fn a_database_that_is_not_there_yet_is_waited_for() {
    let mut server = server().await;
    server.kill();

    let options = server.url("house").parse().unwrap();
    let all = migrations(&[ROOMS]);

    // It asks in vain first: a server takes longer to start than a connection to be refused.
    let both = async { tokio::join!(schema::migrate(options, "house", &all), server.restart()) };
    let (migrated, started) = tokio::time::timeout(WITHIN, both).await.expect("in time");

    started.unwrap();
    assert!(migrated.is_ok(), "{:?}", migrated.err());
}

#[tokio::test]
async fn an_index_that_was_given_up_half_made_is_made_anew() {
    let server = server().await;
    let unique = (
        "create unique index concurrently if not exists rooms_once on rooms (name)",
        true,
    );
    let mut connection = migrate(&server, &[ROOMS]).await;
    sqlx::query("insert into rooms values (1, 'hall'), (2, 'hall')")
        .execute(&mut connection)
        .await
        .unwrap();
    let options = server.url("house").parse().unwrap();
    let failed = schema::migrate(options, "house", &migrations(&[ROOMS, unique])).await;
    assert!(failed.unwrap_err().to_string().contains("rooms_once"));
    assert!(!is_valid(&mut connection, "rooms_once").await);

    sqlx::query("delete from rooms where id = 2")
        .execute(&mut connection)
        .await
        .unwrap();
    migrate(&server, &[ROOMS, unique]).await;

    assert!(is_valid(&mut connection, "rooms_once").await);
}

#[tokio::test]
async fn a_migration_that_cannot_be_right_fails_at_once_and_leaves_nothing() {
    let server = server().await;
    let options = server.url("house").parse().unwrap();
    let broken = migrations(&[ROOMS, ("create table halls (id int); select nonsense", false)]);

    let failed = schema::migrate(options, "house", &broken).await;

    assert!(failed.unwrap_err().to_string().contains("nonsense"));
    let mut connection = migrate(&server, &[ROOMS]).await;
    let left: bool = sqlx::query_scalar("select to_regclass('halls') is not null")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert!(!left);
}
