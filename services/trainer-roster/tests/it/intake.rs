//! Users and bookings by JetStream.

use std::time::Duration;

use sandbox::{Postgres, PostgresOptions, Process, free_port};
use serde_json::json;
use uuid::Uuid;

use crate::{
    feed::{Feed, named},
    house::{booking, database, migration, relation, run, service, token, user, with},
};

const WITHIN: Duration = Duration::from_secs(30);

#[tokio::test]
async fn what_the_stream_tells_is_kept_numbered_and_written_down_like_a_call() {
    let mut feed = Feed::start().await;

    let tom = feed.person("Tom", "Trainer").await;
    let anna = feed.person("Anna", "User").await;
    feed.is_settled().await;
    feed.book(tom, anna).await;
    feed.is_settled().await;

    let house = &feed.house;
    let clients = house.get("/api/trainer/clients", &token(tom, "Trainer")).await;
    assert_eq!(clients.names(), ["Anna"]);
    let changes = house.neighbour().await.changes().await;
    assert_eq!(changes, [(1, relation(tom, anna, true))]);
    assert_eq!(
        feed.audit().await,
        ["intake user_added", "intake user_added", "intake booking_added"]
    );
    assert!(feed.parked().await.is_empty());
}

#[tokio::test]
async fn a_change_of_role_and_an_erasure_of_the_stream_end_the_persons_tokens() {
    let mut feed = Feed::start().await;
    let tom = feed.person("Tom", "Trainer").await;
    let anna = feed.person("Anna", "User").await;
    feed.is_settled().await;
    let (toms, annas) = (token(tom, "Trainer"), token(anna, "User"));
    assert_eq!(feed.house.get("/api/user/trainers", &annas).await.status, 200);

    feed.tell_user(tom, &user("Tom", "User")).await;
    feed.tell(&format!("directory.erase.{anna}"), b"").await;
    feed.is_settled().await;

    for (path, token) in [("/api/trainer/clients", &toms), ("/api/user/trainers", &annas)] {
        assert_eq!(feed.house.get(path, token).await.status, 401, "{path}");
    }
    assert_eq!(feed.audit().await[2..], ["intake role_changed", "intake erased"]);

    feed.tell_user(anna, &user("Anna", "User")).await;
    feed.is_settled().await;
    let name: String = sqlx::query_scalar("select name from roster.person where id = $1")
        .bind(anna)
        .fetch_one(&feed.house.pool)
        .await
        .unwrap();
    assert_eq!(
        (name.as_str(), feed.parked().await.len()),
        ("", 0),
        "nobody comes back"
    );
}

#[tokio::test]
async fn a_stream_that_is_made_later_is_found_and_read_from_its_start() {
    let mut feed = Feed::without_stream(database().await).await;
    let said = sandbox::until("a word about the missing stream", WITHIN, || async {
        feed.house.log().contains("No messages from the stream")
    });
    said.await.unwrap();
    assert_eq!(
        feed.house.readiness().await.0,
        200,
        "people are served all the same"
    );

    feed.make_stream().await;
    let tom = feed.person("Tom", "Trainer").await;

    is_known(&feed, tom, "Tom").await;
}

#[tokio::test]
async fn a_booking_that_comes_before_its_people_waits_for_them_and_for_nobody_else() {
    let mut feed = Feed::start().await;
    let (tom, anna) = (Uuid::new_v4(), Uuid::new_v4());
    feed.book(tom, anna).await;
    let refused = sandbox::until("a refusal", WITHIN, || async {
        let name = r#"roster_intake_total{outcome="put_off"}"#;
        feed.house.metric(name).await >= Some(1.0)
    });
    refused.await.unwrap();

    let eva = feed.person("Eva", "Trainer").await;
    is_known(&feed, eva, "Eva").await;
    feed.tell_user(tom, &user("Tom", "Trainer")).await;
    feed.tell_user(anna, &user("Anna", "User")).await;
    feed.is_settled().await;

    let clients = feed
        .house
        .get("/api/trainer/clients", &token(tom, "Trainer"))
        .await;
    assert_eq!(clients.names(), ["Anna"]);
    assert!(feed.parked().await.is_empty());
}

#[tokio::test]
async fn a_message_that_never_ends_in_time_lets_others_pass_and_is_parked() {
    let mut feed = Feed::start().await;
    let (tom, anna) = (
        feed.person("Tom", "Trainer").await,
        feed.person("Anna", "User").await,
    );
    feed.is_settled().await;
    let held = feed.book(tom, anna).await;
    feed.is_settled().await;
    let mut holder = feed.house.pool.begin().await.unwrap();
    sqlx::query("select from roster.booking where id = $1 for update")
        .bind(held)
        .execute(&mut *holder)
        .await
        .unwrap();

    feed.tell_booking(held, &booking(tom, anna, "cancelled")).await;
    let other = feed.book(tom, anna).await;

    let passed = sandbox::until("the other booking", Duration::from_mins(1), || async {
        let there: Option<i32> = sqlx::query_scalar("select 1 from roster.booking where id = $1")
            .bind(other)
            .fetch_optional(&feed.house.pool)
            .await
            .unwrap();
        there.is_some() && feed.parked().await.is_empty()
    });
    passed.await.unwrap();
    let parked = sandbox::until("the one that is held up", Duration::from_mins(2), || async {
        feed.parked().await == [("booking".to_owned(), "unavailable".to_owned(), None)]
    });
    parked.await.unwrap();
    holder.rollback().await.unwrap();
}

#[tokio::test]
async fn an_older_version_changes_nothing_whenever_it_comes() {
    let mut feed = Feed::start().await;
    let (tom, anna) = (feed.person("Tom", "Trainer").await, Uuid::new_v4());
    let person = user("Anna", "User");
    feed.tell_user(anna, &with(named(&person, "Anna 3"), "version", 3))
        .await;
    feed.tell_user(anna, &with(named(&person, "Anna 2"), "version", 2))
        .await;
    feed.is_settled().await;
    let id = Uuid::new_v4();
    feed.tell_booking(id, &with(booking(tom, anna, "cancelled"), "version", 8))
        .await;
    feed.tell_booking(id, &with(booking(tom, anna, "active"), "version", 7))
        .await;
    feed.is_settled().await;

    is_known(&feed, anna, "Anna 3").await;
    assert!(
        feed.house.changes().await.is_empty(),
        "the booking stays cancelled"
    );
}

#[tokio::test]
async fn everything_delivered_again_changes_nothing_with_and_without_versions() {
    let mut feed = Feed::start().await;
    let tom = feed.person("Tom", "Trainer").await;
    let (anna, person) = (Uuid::new_v4(), user("Anna", "User"));
    for name in ["Anna A", "Anna B", "Anna C"] {
        feed.tell_user(anna, &named(&person, name)).await;
    }
    feed.is_settled().await;
    let id = Uuid::new_v4();
    for status in ["active", "completed", "cancelled"] {
        feed.tell_booking(id, &booking(tom, anna, status)).await;
    }
    feed.tell("directory.user.42", b"{}").await;
    feed.is_settled().await;
    let before = (
        feed.audit().await,
        feed.house.changes().await,
        feed.parked().await,
    );

    feed.forget_what_was_settled().await;
    let again = sandbox::until("the second deliveries", WITHIN, || async {
        let kept = r#"roster_intake_total{outcome="kept"}"#;
        let parked = r#"roster_intake_total{outcome="parked"}"#;
        feed.house.metric(kept).await == Some(14.0) && feed.house.metric(parked).await == Some(2.0)
    });
    again.await.unwrap();

    let after = (
        feed.audit().await,
        feed.house.changes().await,
        feed.parked().await,
    );
    assert_eq!(after, before);
    is_known(&feed, anna, "Anna C").await;
}

#[tokio::test]
async fn killed_rosters_and_a_killed_broker_lose_and_repeat_nothing() {
    let mut feed = Feed::start().await;
    // A second replica shares the stream's messages, and is not killed.
    let (port, internal) = (free_port(), free_port());
    let spec = service(&feed.house.database, &feed.house.nats.url(), port, internal);
    let _second = Process::start(spec.env("SPOTTER_DIRECTORY_STREAM", "DIRECTORY")).unwrap();
    let tom = feed.person("Tom", "Trainer").await;
    let mut clients = Vec::new();

    for n in 0..120 {
        let client = feed.person(&format!("Client {n}"), "User").await;
        feed.book(tom, client).await;
        clients.push(client);
        match n {
            30 | 60 | 90 => feed.house.kill_and_start(),
            45 | 75 => feed.restart_broker().await,
            _ => {}
        }
    }
    feed.is_settled().await;

    assert_eq!(feed.parked().await, []);
    let mut counted: Vec<(String, i64)> =
        sqlx::query_as("select action, count(*) from roster.audit group by action order by action")
            .fetch_all(&feed.house.pool)
            .await
            .unwrap();
    counted.sort();
    assert_eq!(
        counted,
        [("booking_added".to_owned(), 120), ("user_added".to_owned(), 121)]
    );
    let numbers: Vec<i64> = (1..=120).collect();
    assert_eq!(
        feed.house.changes().await,
        numbers,
        "one change for each pair, none left out"
    );
}

#[tokio::test]
async fn while_the_database_is_away_messages_wait_and_none_is_parked() {
    let mut server = Postgres::start(PostgresOptions::default()).await.unwrap();
    server.create_database("roster", None).await.unwrap();
    server.prepare("roster").await.unwrap();
    assert_eq!(run(migration(&server.url("roster"))).await.0, Some(0));
    let mut feed = Feed::on(server.url("roster")).await;
    let tom = feed.person("Tom", "Trainer").await;
    is_known(&feed, tom, "Tom").await;

    server.kill();
    let anna = feed.person("Anna", "User").await;
    feed.book(tom, anna).await;
    let waits = sandbox::until("a message that waits", WITHIN, || async {
        feed.house.log().matches("A message waits").count() > 3
    });
    waits.await.unwrap();
    server.restart().await.unwrap();
    feed.is_settled().await;

    let clients = feed
        .house
        .get("/api/trainer/clients", &token(tom, "Trainer"))
        .await;
    assert_eq!(clients.names(), ["Anna"]);
    assert_eq!(feed.parked().await, []);
}

#[tokio::test]
async fn without_the_variable_the_stream_is_left_alone() {
    let mut feed = Feed::start().await;
    let other = crate::house::House::start().await;
    let tom = feed.person("Tom", "Trainer").await;
    is_known(&feed, tom, "Tom").await;

    assert!(other.metric("roster_parked").await.is_none());
    assert_eq!(
        json!(null),
        other.get("/api/people", &token(tom, "Trainer")).await.body["data"][0]
    );
}

/// Waits until the directory knows a person by this name.
async fn is_known(feed: &Feed, id: Uuid, name: &str) {
    let known = sandbox::until("a person of the stream", WITHIN, || async {
        let found: Option<String> = sqlx::query_scalar("select name from roster.person where id = $1")
            .bind(id)
            .fetch_optional(&feed.house.pool)
            .await
            .unwrap_or_default();
        found.as_deref() == Some(name)
    });
    if let Err(error) = known.await {
        panic!("{error}\n{}", feed.house.log());
    }
}
