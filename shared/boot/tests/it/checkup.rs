//! `greeter health`: what a container's health check hears.

use std::{
    net::TcpListener,
    time::{Duration, Instant},
};

use rustix::process::Signal;

use crate::{
    greeter::{Greeter, run},
    stopping::{in_flight, not_ready},
};

#[tokio::test]
async fn health_is_yes_while_it_serves_and_no_while_it_drains() {
    let mut greeter = Greeter::start(&[]).await;
    let address = greeter.internal.to_string();
    let arguments = ["health", "--internal-listen", &address];

    let serving = run(&arguments, &[]).await;
    // Somebody still waits for an answer, so that it goes on draining.
    let (_, draining) = tokio::join!(greeter.get("/until-told"), async {
        in_flight(&greeter).await;
        greeter.signal(Signal::TERM);
        not_ready(&greeter).await;
        let draining = run(&arguments, &[]).await;
        greeter.post("/told").await.unwrap();
        draining
    });

    assert_eq!(serving.status.code(), Some(0), "{serving:?}");
    assert_eq!(draining.status.code(), Some(1), "{draining:?}");
    assert!(String::from_utf8_lossy(&draining.stdout).contains("draining"));
    assert_eq!(greeter.ended().await.code(), Some(0));
}

#[tokio::test]
async fn health_is_no_where_nobody_listens_or_answers() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = silent.local_addr().unwrap().to_string();
    let gone = {
        let gone = TcpListener::bind("127.0.0.1:0").unwrap();
        gone.local_addr().unwrap().to_string()
    };
    let began = Instant::now();

    let stalled = run(
        &["health", "--within-seconds", "1"],
        &[("SPOTTER_INTERNAL_LISTEN", &silent)],
    )
    .await;
    let took = began.elapsed();
    let refused = run(&["health"], &[("SPOTTER_INTERNAL_LISTEN", &gone)]).await;
    let nonsense = run(&["health", "--internal-listen", "here"], &[]).await;

    assert_eq!(stalled.status.code(), Some(1), "{stalled:?}");
    assert!(took < Duration::from_secs(5), "{took:?}");
    assert_eq!(refused.status.code(), Some(1), "{refused:?}");
    assert_eq!(nonsense.status.code(), Some(64), "{nonsense:?}");
}

#[tokio::test]
async fn which_build_runs_is_told_to_whoever_scrapes() {
    let greeter = Greeter::start(&[]).await;

    let (_, metrics) = greeter.operator("/metrics").await;

    let told = metrics.lines().find(|line| line.starts_with("build_info{"));
    let told = told.unwrap_or_else(|| panic!("no build_info in {metrics}"));
    assert!(told.contains(concat!("version=\"", env!("CARGO_PKG_VERSION"), "\"")));
    assert!(told.ends_with(" 1"), "{told}");
}

#[tokio::test]
async fn every_variable_is_told_to_whoever_checks_manifests() {
    let output = run(&["configuration"], &[]).await;

    let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let find = |name: &str| {
        told.as_array()
            .unwrap()
            .iter()
            .find(|entry| entry["variable"] == name)
    };
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(find("SPOTTER_GREETER_NAME").unwrap()["required"], true);
    assert_eq!(find("SPOTTER_GREETER_SECRET").unwrap()["secret"], true);
    assert_eq!(find("SPOTTER_LISTEN").unwrap()["default"], "0.0.0.0:8080");
}
