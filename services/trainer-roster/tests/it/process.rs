//! The service as a process: configuration, migrations, what happens while others are away.

use std::time::{Duration, Instant};

use sandbox::{Postgres, PostgresOptions};
use serde_json::Value;
use uuid::Uuid;

use crate::house::{House, booking, database, migration, platform, postgres, run, service, token};

const WITHIN: Duration = Duration::from_secs(20);

#[tokio::test]
async fn bad_configuration_ends_with_64_and_one_line_that_names_the_variable() {
    let good = || service("postgres://127.0.0.1:1/none", "nats://127.0.0.1:1", 1, 2);

    for (variable, spec) in [
        (
            "SPOTTER_DATABASE_URL",
            good().env("SPOTTER_DATABASE_URL", "mysql://x"),
        ),
        ("SPOTTER_DATABASE_URL", good().env("SPOTTER_DATABASE_URL", "")),
        (
            "SPOTTER_DATABASE_CONNECTIONS",
            good().env("SPOTTER_DATABASE_CONNECTIONS", "0"),
        ),
        (
            "SPOTTER_DIRECTORY_STREAM",
            good().env("SPOTTER_DIRECTORY_STREAM", "people.*"),
        ),
        (
            "SPOTTER_DIRECTORY_STREAM",
            good().env("SPOTTER_DIRECTORY_STREAM", ""),
        ),
        (
            "SPOTTER_DIRECTORY_ATTEMPTS",
            good().env("SPOTTER_DIRECTORY_ATTEMPTS", "0"),
        ),
        ("--migrate", good().args(["--migrate", "--list-parked"])),
        ("SPOTTER_NATS_URL", good().env("SPOTTER_NATS_URL", "http://[")),
        ("SPOTTER_JWT_SECRET", good().env("SPOTTER_JWT_SECRET", "short")),
    ] {
        let (code, printed) = run(spec).await;
        assert_eq!(code, Some(64), "{variable}: {printed}");
        assert_eq!(printed.lines().count(), 1, "{printed}");
        assert!(printed.starts_with(variable), "{printed}");
    }
}

#[tokio::test]
async fn migrations_can_be_applied_again_and_live_in_the_own_schema() {
    let database = database().await;

    assert_eq!(run(migration(&database)).await.0, Some(0));

    let house = House::start_on(database).await;
    let schemas: Vec<String> = sqlx::query_scalar(
        "select table_schema::text from information_schema.tables where table_name = '_sqlx_migrations'",
    )
    .fetch_all(&house.pool)
    .await
    .unwrap();
    assert_eq!(schemas, ["roster"]);
}

/// Owners of the database and of an empty schema alike. The latter may not create extensions: it does
/// without the index of `search` until somebody else has.
#[tokio::test]
async fn a_role_that_owns_only_its_schema_can_migrate_it() {
    let server = postgres().await;
    let admin = sqlx::PgPool::connect(&server.url("postgres")).await.unwrap();
    for statement in [
        "create role migrator login nosuperuser",
        "create database owned owner migrator",
        "create database prepared",
    ] {
        sqlx::query(statement).execute(&admin).await.unwrap();
    }
    let prepared = sqlx::PgPool::connect(&server.url("prepared")).await.unwrap();
    sqlx::query("create schema roster authorization migrator")
        .execute(&prepared)
        .await
        .unwrap();

    let url = |database: &str| server.url(database).replace("postgres@", "migrator@");
    assert_eq!(run(migration(&url("owned"))).await, (Some(0), String::new()));

    let (code, printed) = run(migration(&url("prepared"))).await;
    assert_eq!((code, printed.lines().count()), (Some(0), 1), "{printed}");
    assert!(printed.contains("create extension pg_trgm"), "{printed}");
    sqlx::query("create extension pg_trgm")
        .execute(&prepared)
        .await
        .unwrap();
    assert_eq!(run(migration(&url("prepared"))).await.0, Some(0));
    let is_valid: bool = sqlx::query_scalar(
        "select indisvalid from pg_index where indexrelid = 'roster.person_folded'::regclass",
    )
    .fetch_one(&prepared)
    .await
    .unwrap();
    assert!(is_valid);
}

#[tokio::test]
async fn without_migrations_the_service_is_not_ready_and_then_is() {
    let name = "unmigrated";
    let server = postgres().await;
    server.create_database(name, None).await.unwrap();
    server.prepare(name).await.unwrap();
    let house = House::starting_on(server.url(name)).await;
    let says_so = sandbox::until("an unready service", WITHIN, || async {
        let (status, body) = house.readiness().await;
        status == 503 && body.contains("database")
    });
    says_so.await.unwrap();

    assert_eq!(run(migration(&server.url(name))).await.0, Some(0));

    house.is_ready().await;
}

#[tokio::test]
async fn a_release_waits_for_the_migrations_it_knows() {
    let database = database().await;
    let pool = sqlx::PgPool::connect(&database).await.unwrap();
    let succeeded = async |success: bool| {
        sqlx::query("update roster._sqlx_migrations set success = $1 where version = 2")
            .bind(success)
            .execute(&pool)
            .await
            .unwrap();
    };
    succeeded(false).await;
    let house = House::starting_on(database.clone()).await;
    let waits = sandbox::until("the log of a missing migration", WITHIN, || async {
        house.log().contains("migration 2 is missing")
    });
    waits.await.unwrap();
    let refuses = sandbox::until("an answer that says so", WITHIN, || async {
        house.readiness().await.0 == 503
    });
    refuses.await.unwrap();

    succeeded(true).await;

    house.is_ready().await;
}

#[tokio::test]
async fn while_the_broker_is_down_people_and_platform_are_answered() {
    let mut house = House::start().await;
    let (tom, anna) = (house.trainer("Tom").await, house.client("Anna").await);
    house.nats.kill();

    house.book(tom, anna).await;

    let clients = house.get("/api/trainer/clients", &token(tom, "Trainer")).await;
    assert_eq!(clients.names(), ["Anna"]);
}

#[tokio::test]
async fn while_the_database_is_down_the_answer_is_unavailable_and_then_it_recovers() {
    let mut server = Postgres::start(PostgresOptions::default()).await.unwrap();
    server.create_database("roster", None).await.unwrap();
    server.prepare("roster").await.unwrap();
    assert_eq!(run(migration(&server.url("roster"))).await.0, Some(0));
    let house = House::start_on(server.url("roster")).await;
    let (tom, anna) = (house.trainer("Tom").await, house.client("Anna").await);
    let id = house.book(tom, anna).await;

    server.kill();
    let refused = house.put_booking(id, &booking(tom, anna, "cancelled")).await;
    assert_eq!(refused.refusal(), (503, "unavailable", ""));

    server.restart().await.unwrap();
    is_booked(&house, id, &booking(tom, anna, "cancelled")).await;

    server.stop().unwrap();
    let asked = Instant::now();
    let refused = house.put_booking(id, &booking(tom, anna, "active")).await;
    assert_eq!(refused.refusal(), (503, "unavailable", ""));
    assert!(asked.elapsed() < Duration::from_secs(8), "{:?}", asked.elapsed());

    server.resume().unwrap();
    is_booked(&house, id, &booking(tom, anna, "active")).await;
    assert_eq!(house.changes().await, [1, 2, 3]);
}

#[tokio::test]
async fn logs_hold_no_names_addresses_or_tokens() {
    let house = House::start().await;
    let (tom, anna) = (
        house.trainer("Tomasz-Secret").await,
        house.client("Anna-Secret").await,
    );
    house.book(tom, anna).await;
    let mine = token(tom, "Trainer");
    house.get("/api/trainer/clients?search=anna-secret", &mine).await;
    house.put_booking(anna, &booking(anna, tom, "active")).await;

    let log = house.log().to_lowercase();

    for secret in [
        "secret",
        "spotter.test\"",
        &mine.to_lowercase(),
        &platform().to_lowercase(),
    ] {
        assert!(!log.contains(secret), "{secret} in {log}");
    }
}

async fn is_booked(house: &House, id: Uuid, body: &Value) {
    let accepted = sandbox::until("the booking", WITHIN, || async {
        house.put_booking(id, body).await.status == 204
    });
    accepted.await.unwrap();
}
