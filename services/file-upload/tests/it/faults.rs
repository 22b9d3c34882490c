//! What holds while the object store, the database or the service itself fails.

use std::time::{Duration, Instant};

use protocol::{ErrorCode, FileId, http::FileStatus};
use reqwest::StatusCode;
use sandbox::{Mood, until};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    house::{House, Person, message, problem},
    pictures::{halves, jpeg},
    processing::{ended, impatient, in_work},
};

const SOON: Duration = Duration::from_secs(15);

#[tokio::test]
async fn nothing_is_ready_while_the_object_store_fails_and_everything_works_after() {
    let house = House::start().await;
    let anna = Person::client();
    for mood in [Mood::Unavailable, Mood::Cuts] {
        house.s3.set_mood(mood);

        let refused = problem(house.upload(&anna, photo(), "photo.jpg").await).await;

        assert_eq!(
            (refused.code, refused.retryable),
            (ErrorCode::Unavailable, true),
            "{mood:?}"
        );
    }
    let rejected = ("rejected".to_owned(), Some("unavailable".to_owned()));
    assert!(house.rows().await.iter().all(|row| *row == rejected));

    house.s3.set_mood(Mood::Well);
    let file = house.uploaded(&anna, photo()).await;
    house.bytes(&file.url).await;
}

#[tokio::test]
async fn an_object_store_that_hangs_is_not_waited_for_longer_than_ten_seconds() {
    let house = House::with(&[("SPOTTER_UPLOAD_ANSWER_SECONDS", "8")]).await;
    let anna = Person::client();
    let file = house.uploaded(&anna, photo()).await;
    house.s3.set_mood(Mood::Hangs);
    let started = Instant::now();

    let (upload, download) = tokio::join!(house.upload(&anna, photo(), "photo.jpg"), house.get(&file.url));

    assert!(
        started.elapsed() < Duration::from_secs(15),
        "{:?}",
        started.elapsed()
    );
    assert_eq!(problem(download).await.code, ErrorCode::Unavailable);
    let told: FileStatus = upload.json().await.unwrap();
    assert!(matches!(told, FileStatus::Processing { .. }), "{told:?}");
    let rejected = ("rejected".to_owned(), Some("unavailable".to_owned()));
    until("the upload's end", Duration::from_secs(15), || async {
        house.rows().await.last() == Some(&rejected)
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn a_file_whose_upload_was_killed_is_never_visible() {
    let mut house = House::start().await;
    let (anna, tom) = (Person::client(), Person::trainer());
    house.s3.set_mood(Mood::Hangs);

    let upload = house.upload(&anna, photo(), "photo.jpg");
    let storing = until("a file in work", Duration::from_secs(20), || async {
        house.rows().await.len() == 1
    });
    tokio::select! {
        answer = upload => panic!("answered {}", answer.status()),
        row = storing => row.unwrap(),
    }
    house.process.kill();
    house.s3.set_mood(Mood::Well);
    house.process.restart().unwrap();
    house.ready().await;

    let id: Uuid = sqlx::query_scalar("select id from files.file")
        .fetch_one(&house.pool)
        .await
        .unwrap();
    let told: Value = house.status(&anna, FileId(id)).await.json().await.unwrap();
    assert_eq!(told, json!({"id": id, "state": "processing"}));
    assert!(house.renewable(&anna, &[FileId(id)]).await.is_empty());
    let attached = house.attach(&message(&anna, &tom, &anna, &[FileId(id)])).await;
    assert_eq!(attached.unwrap_err().code, ErrorCode::NotFound);
    house.uploaded(&anna, photo()).await;
}

#[tokio::test]
async fn what_a_killed_process_left_in_work_is_rejected_and_its_objects_go() {
    let house = House::with(&[("SPOTTER_SWEEP_SECONDS", "1")]).await;
    let anna = Person::client();
    let (dead, alive) = (
        house.uploaded(&anna, photo()).await.id,
        house.uploaded(&anna, photo()).await.id,
    );
    let back = "update files.file set state = 'processing', created_at = now() - make_interval(mins => $2) where id = $1";
    for (id, minutes) in [(dead, 11), (alive, 9)] {
        let query = sqlx::query(back).bind(id.0).bind(minutes);
        query.execute(&house.pool).await.unwrap();
    }

    until("the objects to go", Duration::from_secs(15), || async {
        !house.has_objects(dead).await
    })
    .await
    .unwrap();

    let told: FileStatus = house.status(&anna, dead).await.json().await.unwrap();
    let code = ErrorCode::Unavailable;
    assert_eq!(told, FileStatus::Rejected { id: dead, code });
    let told: FileStatus = house.status(&anna, alive).await.json().await.unwrap();
    assert_eq!(told, FileStatus::Processing { id: alive });
    assert!(house.has_objects(alive).await);
}

#[tokio::test]
async fn a_service_killed_while_a_file_goes_takes_up_where_it_was() {
    let mut house = House::with(&[("SPOTTER_SWEEP_SECONDS", "1")]).await;
    let (anna, tom) = (Person::client(), Person::trainer());
    let file = house.uploaded(&anna, photo()).await.id;
    let sent = message(&anna, &tom, &anna, &[file]);
    house.attach(&sent).await.unwrap();
    house.s3.set_mood(Mood::Hangs);
    house.released(&[&sent]).await;
    until("the row to go", SOON, || async { !house.has_row(file).await })
        .await
        .unwrap();

    house.process.kill();
    house.s3.set_mood(Mood::Well);
    house.process.restart().unwrap();
    house.ready().await;

    assert!(house.renewable(&tom, &[file]).await.is_empty());
    until("the objects to go", SOON, || async {
        !house.has_objects(file).await
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn pictures_are_still_shown_while_the_database_is_away() {
    let house = House::start().await;
    let (anna, tom) = (Person::client(), Person::trainer());
    let file = house.uploaded(&anna, photo()).await;
    house.lock_out_of_the_database().await;

    let upload = problem(house.upload(&anna, photo(), "photo.jpg").await).await;
    let attached = house.attach(&message(&anna, &tom, &anna, &[file.id])).await;

    assert_eq!(upload.code, ErrorCode::Unavailable);
    assert_eq!(attached.unwrap_err().code, ErrorCode::Unavailable);
    assert_eq!(house.get(&file.url).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_file_that_left_the_bucket_is_not_found() {
    let house = House::start().await;
    let file = house.uploaded(&Person::client(), photo()).await;
    house.empty_bucket();

    let refused = problem(house.get(&file.url).await).await;

    assert_eq!(refused.code, ErrorCode::NotFound);
}

#[tokio::test]
async fn objects_go_when_the_bucket_is_back_and_nobody_sees_them_meanwhile() {
    let house = House::with(&[("SPOTTER_SWEEP_SECONDS", "1")]).await;
    let (anna, tom) = (Person::client(), Person::trainer());
    let file = house.uploaded(&anna, photo()).await.id;
    let sent = message(&anna, &tom, &anna, &[file]);
    house.attach(&sent).await.unwrap();
    house.s3.set_mood(Mood::Unavailable);

    house.released(&[&sent]).await;
    until("the row to go", SOON, || async { !house.has_row(file).await })
        .await
        .unwrap();
    assert!(house.has_objects(file).await);
    assert!(house.renewable(&tom, &[file]).await.is_empty());

    house.s3.set_mood(Mood::Well);
    until("the objects to go", SOON, || async {
        !house.has_objects(file).await
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn a_file_in_work_or_rejected_is_not_sent() {
    let house = impatient().await;
    let (anna, tom) = (Person::client(), Person::trainer());
    house.s3.set_mood(Mood::Hangs);
    let id = in_work(&house, &anna, jpeg(&halves(60, 40), 90)).await;
    let send = || async { house.attach(&message(&anna, &tom, &anna, &[id])).await };

    let while_in_work = send().await;
    house.s3.set_mood(Mood::Unavailable);
    let told = ended(&house, &anna, id).await;
    let when_rejected = send().await;

    assert_eq!(while_in_work.unwrap_err().code, ErrorCode::NotFound);
    let code = ErrorCode::Unavailable;
    assert_eq!(told, FileStatus::Rejected { id, code });
    assert_eq!(when_rejected.unwrap_err().code, ErrorCode::NotFound);
}

fn photo() -> Vec<u8> {
    jpeg(&halves(300, 200), 90)
}
