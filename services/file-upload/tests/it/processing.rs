//! Uploads that take their time.

use std::time::Duration;

use image::{DynamicImage, ImageFormat};
use protocol::{ErrorCode, FileId, http::FileStatus};
use reqwest::StatusCode;
use sandbox::until;
use serde_json::{Value, json};

use crate::{
    house::{House, Person, message},
    pictures::{encode, halves, jpeg},
};

const SOON: Duration = Duration::from_secs(30);

#[tokio::test]
async fn an_upload_that_takes_long_is_answered_processing_and_ends_ready() {
    let house = impatient().await;
    let (anna, tom) = (Person::client(), Person::trainer());

    let answer = house
        .upload(&anna, jpeg(&halves(900, 600), 90), "front.jpg")
        .await;

    assert_eq!(answer.status(), StatusCode::CREATED);
    let told: Value = answer.json().await.unwrap();
    assert_eq!(told, json!({"id": told["id"], "state": "processing"}));
    let id: FileId = serde_json::from_value(told["id"].clone()).unwrap();
    let FileStatus::Ready(file) = ended(&house, &anna, id).await else {
        panic!("rejected")
    };
    assert_eq!((file.id, file.width), (id, Some(900)));
    assert_eq!(house.get(&file.url).await.status(), StatusCode::OK);
    house.attach(&message(&anna, &tom, &anna, &[id])).await.unwrap();
}

#[tokio::test]
async fn a_bad_upload_that_takes_long_ends_rejected_with_its_code() {
    let house = impatient().await;
    let anna = Person::client();
    let photo = jpeg(&halves(900, 600), 90);

    let id = in_work(&house, &anna, photo[..photo.len() / 2].to_vec()).await;

    let code = ErrorCode::UploadRejected;
    assert_eq!(ended(&house, &anna, id).await, FileStatus::Rejected { id, code });
}

#[tokio::test]
async fn an_upload_goes_on_when_its_uploader_goes_away() {
    let house = House::with(&[("SPOTTER_RENDER_CPU_SECONDS", "60")]).await;
    let anna = Person::client();
    let large = encode(&DynamicImage::new_rgb8(2_000, 2_000), ImageFormat::Png);

    let upload = house.upload(&anna, large, "front.png");
    let begun = until("a file in work", SOON, || async { house.rows().await.len() == 1 });
    tokio::select! {
        answer = upload => panic!("answered {}", answer.status()),
        begun = begun => begun.unwrap(),
    }

    until("the file", SOON, || async { house.rows().await[0].0 == "ready" })
        .await
        .unwrap();
}

#[tokio::test]
async fn an_upload_in_work_is_finished_before_the_service_stops() {
    let mut house = impatient().await;
    let anna = Person::client();
    let large = encode(&DynamicImage::new_rgb8(2_000, 2_000), ImageFormat::Png);
    in_work(&house, &anna, large).await;

    house.process.terminate().unwrap();
    house.process.ended(SOON).await.unwrap();

    assert_eq!(house.rows().await[0].0, "ready");
}

/// A service that answers at once, whatever is still to be done.
pub async fn impatient() -> House {
    House::with(&[
        ("SPOTTER_UPLOAD_ANSWER_SECONDS", "0"),
        // Time for a machine that runs many tests at once.
        ("SPOTTER_RENDER_CPU_SECONDS", "60"),
    ])
    .await
}

pub async fn in_work(house: &House, person: &Person, bytes: Vec<u8>) -> FileId {
    let answer = house.upload(person, bytes, "front.jpg").await;
    assert_eq!(answer.status(), StatusCode::CREATED);
    match answer.json().await.unwrap() {
        FileStatus::Processing { id } => id,
        other => panic!("{other:?}"),
    }
}

/// What is told of the file when it is in work no longer.
pub async fn ended(house: &House, person: &Person, id: FileId) -> FileStatus {
    let asked = || async {
        let answer = house.status(person, id).await;
        answer.json::<FileStatus>().await.unwrap()
    };
    until("the upload's end", SOON, || async {
        !matches!(asked().await, FileStatus::Processing { .. })
    })
    .await
    .unwrap();
    asked().await
}
