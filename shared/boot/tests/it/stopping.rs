//! SIGTERM: not ready any more, requests in flight finish, then the end.

use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::greeter::Greeter;

#[tokio::test]
async fn a_request_in_flight_finishes_while_the_service_drains() {
    let mut greeter = Greeter::start(&[]).await;
    assert_eq!(greeter.operator("/readyz").await.0, 200);
    let (answer, ()) = tokio::join!(greeter.get("/until-told"), async {
        in_flight(&greeter).await;

        greeter.signal(Signal::TERM);

        not_ready(&greeter).await;
        // Whoever has not heard of it yet is still answered, and asked to come back elsewhere.
        let late = greeter.post("/told").await.unwrap();
        assert_eq!(
            (late.status().as_u16(), &late.headers()["connection"]),
            (200, &"close".parse().unwrap())
        );
    });

    assert_eq!(answer.unwrap().text().await.unwrap(), "told");
    assert_eq!(greeter.ended().await.code(), Some(0));
}

#[tokio::test]
async fn a_second_signal_ends_at_once() {
    let mut greeter = Greeter::start(&[("SPOTTER_DRAIN_SECONDS", "600")]).await;
    let (answer, told) = tokio::join!(greeter.get("/until-told"), async {
        in_flight(&greeter).await;

        greeter.signal(Signal::TERM);
        not_ready(&greeter).await;
        greeter.signal(Signal::INT);
        Instant::now()
    });

    assert!(answer.is_err(), "the request was answered");
    assert_eq!(greeter.ended().await.code(), Some(0));
    assert!(told.elapsed() < Duration::from_secs(10), "{:?}", told.elapsed());
}

#[tokio::test]
async fn the_drain_ends_after_its_deadline() {
    let mut greeter = Greeter::start(&[("SPOTTER_DRAIN_SECONDS", "1")]).await;
    let (answer, ()) = tokio::join!(greeter.get("/until-told"), async {
        in_flight(&greeter).await;

        greeter.signal(Signal::TERM);

        nobody_listens(&greeter).await;
    });

    assert!(answer.is_err(), "the request was answered");
    assert!(greeter.logs("Stopping").await.contains("\"drained\":false"));
    assert_eq!(greeter.ended().await.code(), Some(0));
}

#[tokio::test]
async fn an_idle_service_ends_without_waiting() {
    let mut greeter = Greeter::start(&[]).await;
    greeter.get("/").await.unwrap();

    greeter.signal(Signal::TERM);

    assert!(greeter.logs("Stopping").await.contains("\"drained\":true"));
    assert_eq!(greeter.ended().await.code(), Some(0));
}

/// Waits until a request is with its handler.
pub async fn in_flight(greeter: &Greeter) {
    while greeter.metric("requests_in_flight{listener=\"public\"}").await < 1.0 {
        tokio::task::yield_now().await;
    }
}

pub async fn not_ready(greeter: &Greeter) {
    loop {
        let (status, body) = greeter.operator("/readyz").await;
        if status == 503 {
            assert!(body.contains("draining"), "{body}");
            return;
        }
    }
}

/// Waits until nobody listens any more.
async fn nobody_listens(greeter: &Greeter) {
    while tokio::net::TcpStream::connect(greeter.public).await.is_ok() {
        tokio::task::yield_now().await;
    }
}
