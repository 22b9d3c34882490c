//! The audit log: who did what to whom, and that nobody changes it afterwards.

use reqwest::Method;
use uuid::Uuid;

use crate::house::{House, booking, token, user, with};

const PLATFORM: Uuid = Uuid::from_u128(1);

type Entry = (Option<Uuid>, String, String, Uuid, Option<Uuid>, Option<Uuid>);

async fn log(house: &House) -> Vec<Entry> {
    sqlx::query_as("select actor, via, action, person_id, other_id, booking_id from roster.audit order by id")
        .fetch_all(&house.pool)
        .await
        .unwrap()
}

fn entry(actor: Uuid, action: &str, person: Uuid) -> Entry {
    (
        Some(actor),
        "http".to_owned(),
        action.to_owned(),
        person,
        None,
        None,
    )
}

fn of_booking(action: &str, (trainer, client): (Uuid, Uuid), id: Uuid) -> Entry {
    let (via, action) = ("http".to_owned(), action.to_owned());
    (Some(PLATFORM), via, action, client, Some(trainer), Some(id))
}

#[tokio::test]
async fn every_change_of_directory_and_blocks_says_who_did_what_to_whom() {
    let house = House::start().await;
    let (tom, anna) = (house.trainer("Tom").await, house.client("Anna").await);
    let id = house.book(tom, anna).await;
    house.put_booking(id, &booking(tom, anna, "completed")).await;
    for (path, mine) in [
        (
            format!("/api/trainer/clients/{anna}/block"),
            token(tom, "Trainer"),
        ),
        (
            format!("/api/trainer/clients/{anna}/unblock"),
            token(tom, "Trainer"),
        ),
        (format!("/api/user/trainers/{tom}/block"), token(anna, "User")),
    ] {
        house.call(Method::POST, &path, &mine, None).await;
    }
    house.put_user(anna, &user("Anna Berg", "User")).await;
    house.put_user(anna, &user("Anna Berg", "Trainer")).await;
    house.sign_out(tom).await;

    assert_eq!(
        log(&house).await,
        [
            entry(PLATFORM, "user_added", tom),
            entry(PLATFORM, "user_added", anna),
            of_booking("booking_added", (tom, anna), id),
            of_booking("booking_changed", (tom, anna), id),
            entry(tom, "blocked", anna),
            entry(tom, "unblocked", anna),
            entry(anna, "blocked", tom),
            entry(PLATFORM, "user_changed", anna),
            entry(PLATFORM, "role_changed", anna),
            entry(PLATFORM, "signed_out", tom),
        ]
    );
}

#[tokio::test]
async fn what_changes_nothing_leaves_no_entry() {
    let house = House::start().await;
    let (tom, anna) = (Uuid::new_v4(), house.client("Anna").await);
    let told = with(user("Tom", "Trainer"), "version", 3);
    house.put_user(tom, &told).await;
    let id = house.book(tom, anna).await;
    let before = log(&house).await;

    house.put_user(tom, &told).await;
    house
        .put_user(tom, &with(user("Thomas", "Trainer"), "version", 2))
        .await;
    house.put_booking(id, &booking(tom, anna, "active")).await;
    house.put_booking(id, &booking(anna, tom, "active")).await;
    let path = format!("/api/trainer/clients/{anna}/unblock");
    house
        .call(Method::POST, &path, &token(tom, "Trainer"), None)
        .await;

    assert_eq!(log(&house).await, before);
}

/// Not even the owner of the database, which the tests connect as.
#[tokio::test]
async fn nobody_changes_or_removes_an_entry() {
    let house = House::start().await;
    house.trainer("Tom").await;
    let before = log(&house).await;

    for statement in [
        "update roster.audit set actor = null",
        "delete from roster.audit",
        "truncate roster.audit",
    ] {
        let refused = sqlx::query(statement).execute(&house.pool).await.unwrap_err();
        let refused = refused.into_database_error().unwrap();
        assert_eq!(refused.code().as_deref(), Some("42501"), "{statement}: {refused}");
    }

    assert_eq!(log(&house).await, before);
}

#[tokio::test]
async fn the_log_holds_no_names_and_no_addresses() {
    let house = House::start().await;
    let (tom, anna) = (
        house.trainer("Tom-Secret").await,
        house.client("Anna-Secret").await,
    );
    house.book(tom, anna).await;

    let rows: Vec<String> = sqlx::query_scalar("select a::text from roster.audit a")
        .fetch_all(&house.pool)
        .await
        .unwrap();

    assert_eq!(rows.len(), 3);
    for row in rows {
        assert!(
            !row.to_lowercase().contains("secret") && !row.contains('@'),
            "{row}"
        );
    }
}
