//! What a person may upload in a day.

use futures_util::future::join_all;
use protocol::ErrorCode;
use reqwest::StatusCode;

use crate::{
    documents::pdf,
    house::{House, Person, problem},
};

const DAY_MS: u64 = 86_400_000;

#[tokio::test]
async fn a_person_whose_day_is_full_is_told_when_the_next_one_begins() {
    let mut house = House::with(&[("SPOTTER_DAILY_FILES", "2")]).await;
    let (anna, tom) = (Person::client(), Person::trainer());
    for _ in 0..2 {
        house.uploaded(&anna, pdf(300)).await;
    }
    // Counted in the database, and so by every replica and after a restart.
    house.process.kill();
    house.process.restart().unwrap();
    house.ready().await;

    let refused = problem(house.upload(&anna, pdf(300), "plan.pdf").await).await;

    assert_eq!(refused.code, ErrorCode::RateLimited);
    let now = time::OffsetDateTime::now_utc().unix_timestamp().unsigned_abs() * 1_000;
    let midnight = DAY_MS - now % DAY_MS;
    let wait = refused.retry_after_ms.unwrap();
    assert!(
        wait.abs_diff(midnight) < 60_000 || wait.abs_diff(midnight) > DAY_MS - 60_000,
        "{wait}"
    );
    house.uploaded(&tom, pdf(300)).await;

    sqlx::query("update files.day set day = day - 1")
        .execute(&house.pool)
        .await
        .unwrap();
    house.uploaded(&anna, pdf(300)).await;
}

#[tokio::test]
async fn bytes_are_counted_as_they_were_sent() {
    let house = House::with(&[("SPOTTER_DAILY_MIB", "1")]).await;
    let anna = Person::client();
    house.uploaded(&anna, pdf(700_000)).await;

    let refused = problem(house.upload(&anna, pdf(700_000), "plan.pdf").await).await;

    assert_eq!(refused.code, ErrorCode::RateLimited);
    house.uploaded(&anna, pdf(300_000)).await;
}

#[tokio::test]
async fn uploads_at_once_do_not_get_past_the_day() {
    let house = House::with(&[("SPOTTER_DAILY_FILES", "2")]).await;
    let anna = Person::client();

    let answers = join_all((0..4).map(|_| house.upload(&anna, pdf(300), "plan.pdf"))).await;

    let taken = answers
        .iter()
        .filter(|answer| answer.status() == StatusCode::CREATED);
    assert_eq!(taken.count(), 2);
    assert_eq!(house.rows().await.len(), 2);
}
