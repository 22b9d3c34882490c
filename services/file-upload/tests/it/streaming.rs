//! Bodies are worked on as they arrive.

use std::time::Duration;

use futures_util::{StreamExt, future::join_all, stream};
use protocol::ErrorCode;
use reqwest::{
    StatusCode,
    multipart::{Form, Part},
};

use crate::{
    documents::pdf,
    house::{House, Person, problem},
    memory,
    pictures::{halves, jpeg},
};

const LARGEST: usize = 10 * 1024 * 1024;
const ALLOWED_MIB: f64 = 64.0;

#[tokio::test]
async fn a_wrong_kind_is_told_before_the_rest_has_arrived() {
    let (house, anna) = (House::start().await, Person::client());
    let mut first = b"GIF89a".to_vec();
    first.resize(4_096, 0);
    let body = stream::once(async { Ok::<_, std::io::Error>(first) }).chain(stream::pending());
    let part = Part::stream(reqwest::Body::wrap_stream(body)).file_name("photo.gif");

    let upload = house.post_form(&anna, Form::new().part("file", part));
    let answer = tokio::time::timeout(Duration::from_secs(20), upload)
        .await
        .unwrap();

    assert_eq!(problem(answer).await.code, ErrorCode::UnsupportedMediaType);
}

#[tokio::test]
async fn eight_uploads_of_ten_mebibytes_at_once_stay_under_64_mib_above_idle() {
    let house = House::start().await;
    let pid = house.process.pid();
    let mut photo = jpeg(&halves(600, 400), 90);
    photo.resize(LARGEST, 0);
    let bodies = [photo, pdf(LARGEST)];
    let idle = memory::resident(pid);
    memory::forget_peak(pid);

    let uploads = (0..8).map(|n| {
        let house = &house;
        let body = bodies[n % 2].clone();
        // Who is asked to come back on a busy machine does so.
        sandbox::until("an upload", Duration::from_mins(1), move || {
            let body = body.clone();
            async move {
                let status = house.upload(&Person::client(), body, "file").await.status();
                assert!(
                    [StatusCode::CREATED, StatusCode::SERVICE_UNAVAILABLE].contains(&status),
                    "{status}"
                );
                status == StatusCode::CREATED
            }
        })
    });
    for uploaded in join_all(uploads).await {
        uploaded.unwrap();
    }
    let above = memory::peak(pid) - idle;
    println!("eight uploads of 10 MiB at once: {idle:.1} MiB idle, {above:.1} MiB above it at most");
    assert!(above < ALLOWED_MIB, "{above} MiB above {idle}");
}
