//! Which files go, and which stay.

use std::{sync::atomic::Ordering, time::Duration};

use file_upload::bucket::Object;
use protocol::{FileId, file::Variant};
use reqwest::StatusCode;
use sandbox::until;
use uuid::{NoContext, Timestamp, Uuid};

use crate::{
    house::{House, Person, message},
    pictures::{halves, jpeg},
};

const SOON: Duration = Duration::from_secs(15);

#[tokio::test]
async fn a_file_that_was_never_sent_goes_after_seven_days() {
    let house = house().await;
    let anna = Person::client();
    let (old, young) = (photo(&house, &anna).await, photo(&house, &anna).await);
    house.age(old, 8).await;
    house.age(young, 6).await;

    gone(&house, old).await;
    // A second one, so that a sweep has passed the young one in any case.
    let second = photo(&house, &anna).await;
    house.age(second, 8).await;
    gone(&house, second).await;

    assert!(house.has_row(young).await && house.has_objects(young).await);
    assert_eq!(
        house.get(&house.link(old, Variant::Full)).await.status(),
        StatusCode::NOT_FOUND
    );
    assert!(house.renewable(&anna, &[old]).await.is_empty());
}

#[tokio::test]
async fn a_file_that_a_message_carries_stays_and_a_lost_attachment_comes_back() {
    let house = house().await;
    let (anna, tom) = (Person::client(), Person::trainer());
    let file = photo(&house, &anna).await;
    house.history.carry(&message(&anna, &tom, &anna, &[file]));
    house.age(file, 30).await;

    until("the attachment", SOON, || async {
        house.renewable(&tom, &[file]).await == [file]
    })
    .await
    .unwrap();

    assert!(house.has_objects(file).await);
}

#[tokio::test]
async fn nothing_goes_while_chat_history_does_not_say_what_it_carries() {
    let house = house().await;
    let file = photo(&house, &Person::client()).await;
    house.history.silent.store(true, Ordering::SeqCst);
    house.age(file, 30).await;

    until("three questions", SOON, || async {
        house.history.asked.load(Ordering::SeqCst) >= 3
    })
    .await
    .unwrap();
    assert!(house.has_row(file).await && house.has_objects(file).await);

    house.history.silent.store(false, Ordering::SeqCst);
    gone(&house, file).await;
}

#[tokio::test]
async fn a_message_that_was_refused_keeps_no_file() {
    let house = house().await;
    let (anna, tom) = (Person::client(), Person::trainer());
    let file = photo(&house, &anna).await;
    house.attach(&message(&anna, &tom, &anna, &[file])).await.unwrap();
    house.age(file, 8).await;

    gone(&house, file).await;
}

#[tokio::test]
async fn a_file_sent_in_two_messages_lives_until_the_last_is_deleted() {
    let house = house().await;
    let (anna, tom, ben) = (Person::client(), Person::trainer(), Person::client());
    let file = photo(&house, &tom).await;
    let to_anna = message(&tom, &tom, &anna, &[file]);
    let to_ben = message(&tom, &tom, &ben, &[file]);
    for sent in [&to_anna, &to_ben] {
        house.attach(sent).await.unwrap();
        house.history.carry(sent);
    }

    house.released(&[&to_anna]).await;
    until("the first to go", SOON, || async {
        house.renewable(&anna, &[file]).await.is_empty()
    })
    .await
    .unwrap();
    assert_eq!(house.renewable(&ben, &[file]).await, [file]);
    assert!(house.has_objects(file).await);

    house.released(&[&to_ben]).await;
    gone(&house, file).await;
}

#[tokio::test]
async fn a_deletion_whose_doorbell_was_lost_is_found_all_the_same() {
    let house = house().await;
    let (anna, tom) = (Person::client(), Person::trainer());
    let file = photo(&house, &anna).await;
    let sent = message(&anna, &tom, &anna, &[file]);
    house.attach(&sent).await.unwrap();

    house.history.release(&[&sent]);

    until("it to go", Duration::from_secs(30), || async {
        !house.has_row(file).await
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn objects_that_no_row_knows_leave_the_bucket_and_young_ones_stay() {
    let house = house().await;
    let known = FileId(Uuid::new_v7(days_ago(3)));
    let (orphan, young) = (FileId(Uuid::new_v7(days_ago(2))), FileId(Uuid::now_v7()));
    for id in [known, orphan, young] {
        store(&house, id).await;
    }
    let row = "insert into files.file (id, uploader, state, content_type, size, created_at, settled)
               values ($1, $1, 'ready', 'image/png', 5, now(), true)";
    sqlx::query(row).bind(known.0).execute(&house.pool).await.unwrap();

    sqlx::query("update files.chore set begun_at = begun_at - interval '2 days'")
        .execute(&house.pool)
        .await
        .unwrap();

    gone(&house, orphan).await;
    assert!(house.has_objects(known).await && house.has_objects(young).await);
}

async fn house() -> House {
    House::with(&[("SPOTTER_SWEEP_SECONDS", "1")]).await
}

async fn photo(house: &House, person: &Person) -> FileId {
    house.uploaded(person, jpeg(&halves(60, 40), 90)).await.id
}

/// Waits until neither row nor object is left.
async fn gone(house: &House, file: FileId) {
    until("the file to go", SOON, || async {
        !house.has_row(file).await && !house.has_objects(file).await
    })
    .await
    .unwrap();
}

/// What a process leaves whose row went while it stored.
async fn store(house: &House, file: FileId) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("object");
    std::fs::write(&path, b"bytes").unwrap();
    let object = Object {
        key: (file, Variant::Full),
        content_type: "image/png",
        name: None,
        path,
    };
    house.bucket.put(object).await.unwrap();
}

fn days_ago(days: i64) -> Timestamp {
    let then = time::OffsetDateTime::now_utc() - time::Duration::days(days);
    Timestamp::from_unix(NoContext, then.unix_timestamp().cast_unsigned(), 0)
}
