//! Messages of the stream that cannot be kept: parked with their error, counted, listed, replayed.

use std::time::Duration;

use sandbox::Spec;
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use crate::{
    feed::Feed,
    house::{booking, run, service, token, user, with},
};

const WITHIN: Duration = Duration::from_secs(20);

/// A command of the service, as its operators run it.
fn command(feed: &Feed, arguments: &[&str]) -> Spec {
    service(&feed.house.database, &feed.house.nats.url(), 1, 2).args(arguments.iter().copied())
}

#[tokio::test]
async fn what_cannot_be_kept_is_parked_with_its_error_and_its_neighbours_are_kept() {
    let mut feed = Feed::start().await;
    let (tom, anna) = (Uuid::new_v4(), Uuid::new_v4());
    let person = user("Anna", "User");
    let text = |body: &serde_json::Value| body.to_string().into_bytes();
    let users = format!("directory.user.{anna}");
    let bookings = format!("directory.booking.{}", Uuid::new_v4());
    for (subject, body) in [
        (&users, b"no json".to_vec()),
        (&users, b"\xff\xfe\x00".to_vec()),
        (&users, text(&with(person.clone(), "name", 7))),
        (&users, text(&with(person.clone(), "email", "anna"))),
        (&users, text(&with(person.clone(), "role", "Platform"))),
        (&users, vec![b' '; 20_000]),
        (&"directory.user.42".to_owned(), text(&person)),
        (
            &bookings,
            text(&with(booking(tom, anna, "active"), "status", "lost")),
        ),
        (
            &bookings,
            text(&with(booking(tom, anna, "active"), "endsAt", "soon")),
        ),
        (&bookings, text(&booking(tom, anna, "active"))),
    ] {
        feed.tell(subject, &body).await;
    }
    feed.tell_user(anna, &person).await;
    feed.is_settled().await;

    let parked = feed.parked().await;
    let told: Vec<_> = parked
        .iter()
        .map(|(kind, code, field)| format!("{kind} {code} {}", field.as_deref().unwrap_or_default()))
        .collect();
    assert_eq!(
        told,
        [
            "user bad_frame ",
            "user bad_frame ",
            "user bad_frame ",
            "user invalid_field email",
            "user invalid_field role",
            "user payload_too_large ",
            "user invalid_field subject",
            "booking invalid_field status",
            "booking invalid_field endsAt",
            "booking invalid_field trainerId",
        ]
    );
    feed.says_parked(10.0).await;
    assert_eq!(feed.audit().await, ["intake user_added"]);
    let log = feed.house.log();
    assert!(!log.contains("spotter.test\"") && !log.contains("Anna"), "{log}");
}

#[tokio::test]
async fn parked_messages_are_listed_replayed_and_discarded_by_commands() {
    let mut feed = Feed::start().await;
    let tom = feed.person("Tom", "Trainer").await;
    let anna = Uuid::new_v4();
    feed.book(tom, anna).await;
    feed.tell("directory.user.42", b"{}").await;
    feed.says_parked(2.0).await;

    let (code, listed) = run(command(&feed, &["--list-parked"])).await;
    assert_eq!((code, listed.lines().count()), (Some(0), 2), "{listed}");
    assert!(listed.contains(": invalid_field (clientId)"), "{listed}");
    let (code, printed) = run(command(&feed, &["--replay-parked"])).await;
    assert_eq!(code, Some(1), "nothing has been mended yet: {printed}");
    assert!(printed.contains("0 kept, 2 refused"), "{printed}");

    feed.tell_user(anna, &user("Anna", "User")).await;
    feed.is_settled().await;
    let (code, printed) = run(command(&feed, &["--replay-parked"])).await;
    assert_eq!(code, Some(1), "the other one cannot be mended: {printed}");
    assert!(printed.contains("1 kept, 1 refused"), "{printed}");
    let clients = feed
        .house
        .get("/api/trainer/clients", &token(tom, "Trainer"))
        .await;
    assert_eq!(clients.names(), ["Anna"]);
    assert_eq!(feed.house.changes().await, [1]);

    let number = listed
        .lines()
        .find_map(|line| line.split_once(": directory.user.…, message"))
        .unwrap()
        .0;
    for (code, left) in [(Some(0), 0), (Some(1), 0)] {
        let discard = command(&feed, &["--discard-parked", number]);
        assert_eq!((run(discard).await.0, feed.parked().await.len()), (code, left));
    }
    let (code, printed) = run(command(&feed, &["--replay-parked"])).await;
    assert_eq!(code, Some(0), "{printed}");
    feed.says_parked(0.0).await;
}

#[tokio::test]
async fn a_replayed_message_is_as_old_as_it_was() {
    let mut feed = Feed::start().await;
    let (tom, anna) = (feed.person("Tom", "Trainer").await, Uuid::new_v4());
    let id = feed.book(tom, anna).await;
    feed.says_parked(1.0).await;
    feed.tell_user(anna, &user("Anna", "User")).await;
    feed.tell_booking(id, &booking(tom, anna, "cancelled")).await;
    feed.is_settled().await;

    let (code, printed) = run(command(&feed, &["--replay-parked"])).await;

    assert_eq!(code, Some(0), "{printed}");
    assert!(printed.contains("1 kept, 0 refused"), "{printed}");
    assert!(
        feed.house.changes().await.is_empty(),
        "the booking stays cancelled"
    );
}

#[tokio::test]
async fn nothing_parked_is_left_of_somebody_who_is_erased_nor_comes_later() {
    let mut feed = Feed::start().await;
    let (tom, anna) = (feed.person("Tom", "Trainer").await, Uuid::new_v4());
    feed.book(tom, anna).await;
    feed.tell(&format!("directory.user.{anna}"), br#"{"name":"Anna"}"#)
        .await;
    feed.tell(&format!("directory.user.{tom}"), br#"{"name":"Tom"}"#)
        .await;
    feed.says_parked(3.0).await;

    feed.tell(&format!("directory.erase.{anna}"), b"").await;
    feed.is_settled().await;
    assert_eq!(feed.parked().await.len(), 1, "only the one about Tom");
    feed.book(tom, anna).await;
    feed.tell(&format!("directory.user.{anna}"), br#"{"name":"Anna"}"#)
        .await;
    feed.is_settled().await;

    assert_eq!(feed.parked().await.len(), 1, "and none that comes late");
}

#[tokio::test]
async fn of_people_who_cannot_be_read_nothing_is_parked() {
    let mut feed = Feed::start().await;
    let (tom, anna) = (feed.person("Tom", "Trainer").await, Uuid::new_v4());
    let person = user("Anna", "User").to_string();
    let mut booking = booking(tom, anna, "active");
    booking["clientId"] = format!(" {anna} of Anna").into();
    for (subject, body) in [
        ("directory.user.Anna".to_owned(), person),
        (
            format!("directory.booking.{}", Uuid::new_v4()),
            booking.to_string(),
        ),
        (
            format!("directory.booking.{}", Uuid::new_v4()),
            format!("Anna, {anna}"),
        ),
    ] {
        feed.tell(&subject, body.as_bytes()).await;
    }
    feed.says_parked(3.0).await;

    let kept: String = sqlx::query_scalar(
        "select string_agg(p::text || encode(payload, 'escape'), ' ') from roster.parked p",
    )
    .fetch_one(&feed.house.pool)
    .await
    .unwrap();

    assert!(
        !kept.to_lowercase().contains("anna") && !kept.contains(&anna.to_string()),
        "{kept}"
    );
    let (code, printed) = run(command(&feed, &["--replay-parked"])).await;
    assert_eq!(code, Some(1), "{printed}");
    assert!(
        printed.contains("(not kept)") && printed.contains("0 kept, 3 refused"),
        "{printed}"
    );
}

#[tokio::test]
async fn what_is_parked_beside_an_erasure_goes_with_it() {
    let mut feed = Feed::start().await;
    let anna = Uuid::new_v4();
    let mut erasure = feed.house.pool.begin().await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(format!(
        "insert into roster.person (id, name, email, folded, role, erased_at)
        values ('{anna}', '', '', '', 'User', now());
        delete from roster.parked where '{anna}' = any(people)"
    )))
    .execute(&mut *erasure)
    .await
    .unwrap();

    feed.tell(&format!("directory.user.{anna}"), br#"{"name":"Anna"}"#)
        .await;
    let waits = sandbox::until("the parking to wait for the erasure", WITHIN, || async {
        let waiting =
            "select exists(select from pg_locks where not granted and relation = 'roster.parked'::regclass)";
        sqlx::query_scalar::<_, bool>(waiting)
            .fetch_one(&feed.house.pool)
            .await
            .unwrap()
            || !feed.parked().await.is_empty()
    });
    waits.await.unwrap();
    erasure.commit().await.unwrap();
    feed.is_settled().await;

    assert!(feed.parked().await.is_empty());
}

#[tokio::test]
async fn when_too_many_are_parked_the_rest_waits_at_the_broker() {
    let mut feed = Feed::start().await;
    sqlx::query(
        "insert into roster.parked
            (published_at, sequence, subject, payload, payload_bytes, people, code, parked_at)
        select now(), n, 'directory.user.x', '', 0, '{}', 'invalid_field', now()
        from generate_series(100000, 109999) n",
    )
    .execute(&feed.house.pool)
    .await
    .unwrap();

    feed.tell("directory.user.42", b"{}").await;
    let tom = feed.person("Tom", "Trainer").await;
    let waits = sandbox::until("a message that waits", WITHIN, || async {
        feed.house.log().contains("No room for another parked message")
    });
    waits.await.unwrap();
    let of_tom = || async {
        let name = sqlx::query_scalar("select name from roster.person where id = $1").bind(tom);
        name.fetch_optional(&feed.house.pool).await.unwrap()
    };
    let known: Option<String> = of_tom().await;
    assert_eq!(
        (known, feed.parked().await.len()),
        (None, 10_000),
        "the rest stays in its order"
    );

    sqlx::query("delete from roster.parked where sequence = 100000")
        .execute(&feed.house.pool)
        .await
        .unwrap();
    feed.is_settled().await;
    assert_eq!(of_tom().await.as_deref(), Some("Tom"));
    assert_eq!(feed.parked().await.len(), 10_000);
}
