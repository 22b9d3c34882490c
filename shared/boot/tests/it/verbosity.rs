//! Logs say more for a while.

use std::time::{Duration, Instant};

use crate::greeter::Greeter;

#[tokio::test]
async fn a_service_logs_more_without_a_restart_and_less_again_by_itself() {
    let mut greeter = Greeter::start(&[]).await;
    greeter.get("/").await.unwrap();

    assert_eq!(greeter.log_level(r#"{"level":"debug","seconds":1}"#).await, 200);
    assert!(!greeter.logged_before("Greeted", "Log level changed").await);
    greeter.get("/").await.unwrap();
    assert!(
        greeter
            .logged_before("Greeted", "Log level is as configured again")
            .await
    );

    greeter.get("/").await.unwrap();
    assert_eq!(greeter.log_level(r#"{"level":"debug"}"#).await, 200);
    assert!(!greeter.logged_before("Greeted", "Log level changed").await);
}

#[tokio::test]
async fn who_asked_for_more_may_take_it_back() {
    let mut greeter = Greeter::start(&[]).await;

    greeter.log_level(r#"{"level":"debug"}"#).await;
    assert_eq!(greeter.log_as_configured().await, 204);
    greeter.logs("as configured again").await;

    greeter.get("/").await.unwrap();
    greeter.log_level(r#"{"level":"info"}"#).await;
    assert!(!greeter.logged_before("Greeted", "Log level changed").await);
}

#[tokio::test]
async fn a_later_wish_takes_the_place_of_an_earlier() {
    let mut greeter = Greeter::start(&[]).await;
    greeter.log_level(r#"{"level":"debug","seconds":1}"#).await;

    let later = Instant::now();
    greeter.log_level(r#"{"level":"debug","seconds":2}"#).await;

    greeter.logs("as configured again").await;
    assert!(later.elapsed() >= Duration::from_secs(2), "{:?}", later.elapsed());
}

#[tokio::test]
async fn a_level_that_is_none_or_for_ever_changes_nothing() {
    let greeter = Greeter::start(&[]).await;

    for (wish, status) in [
        (r#"{"level":"loud"}"#, 422),
        (r#"{"level":"debug","seconds":0}"#, 422),
        (r#"{"level":"debug","seconds":3601}"#, 422),
        (r#"{"level":"hyper=trace"}"#, 422),
        (r#"{"level":"debug","target":"hyper"}"#, 422),
        ("debug", 400),
    ] {
        assert_eq!(greeter.log_level(wish).await, status, "{wish}");
    }
    assert_eq!(greeter.get("/log-level").await.unwrap().status(), 404);
}
