//! Published keys: fetched in the background, refetched rarely, never taken from the token.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use auth::{Refused, Revocations, Verifier};
use axum::{Router, http::StatusCode, routing::get};
use boot::{Lifecycle, Tasks};
use serde_json::{Value, json};

use crate::issuer::{Issuer, claims, config, refusal};

/// A server that publishes what it is told to, and counts who asks.
struct Publisher {
    address: SocketAddr,
    body: Arc<Mutex<(StatusCode, String)>>,
    asked: Arc<AtomicUsize>,
    _tasks: Tasks,
}

impl Publisher {
    async fn start() -> Self {
        let body = Arc::new(Mutex::new((StatusCode::SERVICE_UNAVAILABLE, String::new())));
        let asked = Arc::new(AtomicUsize::new(0));
        let (shown, counted) = (body.clone(), asked.clone());
        let routes = Router::new().route(
            "/jwks",
            get(move || {
                counted.fetch_add(1, Ordering::SeqCst);
                let reply = shown.lock().unwrap().clone();
                async move { reply }
            }),
        );
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let tasks = Tasks::new();
        tasks.spawn("publisher", async move { axum::serve(listener, routes).await });
        Self {
            address,
            body,
            asked,
            _tasks: tasks,
        }
    }

    fn publish(&self, keys: &[Value]) {
        *self.body.lock().unwrap() = (StatusCode::OK, json!({ "keys": keys }).to_string());
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    async fn verifier(&self, life: &Lifecycle, flags: &[&str]) -> Verifier {
        let url = format!("http://{}/jwks", self.address);
        let config = config(&[&["--jwt-jwks-url", &url], flags].concat());
        Verifier::new(&config, Revocations::default(), life)
            .await
            .unwrap()
    }
}

async fn ready(life: &Lifecycle) {
    while !life.health.failing().is_empty() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn tokens_are_believed_once_the_keys_were_fetched() {
    let publisher = Publisher::start().await;
    let (issuer, life) = (Issuer::rsa(), Lifecycle::new());
    let verifier = publisher.verifier(&life, &[]).await;
    let token = issuer.token_with(json!({"kid": "one"}), &claims());

    assert_eq!(refusal(verifier.verify(&token).await), Refused::Unavailable);
    assert_eq!(life.health.failing(), ["jwks"]);
    publisher.publish(&[issuer.published("one")]);
    ready(&life).await;

    assert!(verifier.verify(&token).await.is_ok());
    assert!(
        verifier.verify(&issuer.token(&claims())).await.is_ok(),
        "the only key needs no name"
    );
}

#[tokio::test]
async fn a_new_key_is_fetched_when_a_token_names_it_and_unknown_ones_fetch_once() {
    let publisher = Publisher::start().await;
    let (old, new, life) = (Issuer::ed25519(), Issuer::ed25519(), Lifecycle::new());
    publisher.publish(&[old.published("old")]);
    let verifier = publisher.verifier(&life, &[]).await;
    ready(&life).await;
    publisher.publish(&[old.published("old"), new.published("new")]);

    let rotated = verifier
        .verify(&new.token_with(json!({"kid": "new"}), &claims()))
        .await;
    let after_rotation = publisher.asked();
    for kid in 0..50 {
        let token = new.token_with(json!({"kid": format!("unknown-{kid}")}), &claims());
        assert_eq!(refusal(verifier.verify(&token).await), Refused::Invalid);
    }

    assert!(rotated.is_ok());
    assert_eq!((after_rotation, publisher.asked()), (2, 2));
}

#[tokio::test]
async fn a_flood_of_unknown_keys_shares_one_fetch() {
    let publisher = Publisher::start().await;
    let (issuer, life) = (Issuer::ed25519(), Lifecycle::new());
    publisher.publish(&[issuer.published("one")]);
    let verifier = publisher.verifier(&life, &[]).await;
    ready(&life).await;
    let tasks = Tasks::new();

    let flood: Vec<_> = (0..100)
        .map(|kid| {
            let token = issuer.token_with(json!({"kid": format!("unknown-{kid}")}), &claims());
            let verifier = verifier.clone();
            tasks.spawn("flood", async move { verifier.verify(&token).await })
        })
        .collect();
    for attempt in flood {
        assert_eq!(refusal(attempt.await.unwrap()), Refused::Invalid);
    }

    assert_eq!(publisher.asked(), 2);
}

#[tokio::test]
async fn an_issuer_that_goes_away_leaves_its_keys_behind() {
    let publisher = Publisher::start().await;
    let (issuer, life) = (Issuer::p256(), Lifecycle::new());
    publisher.publish(&[issuer.published("one")]);
    let verifier = publisher.verifier(&life, &[]).await;
    ready(&life).await;

    *publisher.body.lock().unwrap() = (StatusCode::INTERNAL_SERVER_ERROR, String::new());
    let unknown = issuer.token_with(json!({"kid": "two"}), &claims());
    refusal(verifier.verify(&unknown).await);

    assert!(
        verifier
            .verify(&issuer.token_with(json!({"kid": "one"}), &claims()))
            .await
            .is_ok()
    );
    assert!(life.health.failing().is_empty());
}

#[tokio::test]
async fn published_secrets_and_keys_of_other_families_are_left_out() {
    let publisher = Publisher::start().await;
    let (ed, rsa, life) = (Issuer::ed25519(), Issuer::rsa(), Lifecycle::new());
    let secret = json!({"kty": "oct", "k": "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LTMyYg", "kid": "secret", "alg": "HS256"});
    let mut encryption = rsa.published("enc");
    encryption["use"] = json!("enc");
    publisher.publish(&[
        secret,
        json!({"kty": "new"}),
        json!(7),
        encryption,
        ed.published("ed"),
        rsa.published("rsa"),
    ]);

    let pinned_by_set = publisher.verifier(&life, &[]).await;
    let pinned_by_flag = publisher.verifier(&life, &["--jwt-algorithm=RS256"]).await;
    ready(&life).await;
    let of_ed = ed.token_with(json!({"kid": "ed"}), &claims());
    let of_rsa = rsa.token_with(json!({"kid": "rsa"}), &claims());

    assert!(pinned_by_set.verify(&of_ed).await.is_ok());
    assert_eq!(refusal(pinned_by_set.verify(&of_rsa).await), Refused::Invalid);
    assert!(pinned_by_flag.verify(&of_rsa).await.is_ok());
    assert_eq!(refusal(pinned_by_flag.verify(&of_ed).await), Refused::Invalid);
    for kid in ["secret", "enc"] {
        let token = ed.token_with(json!({"kid": kid}), &claims());
        assert_eq!(refusal(pinned_by_set.verify(&token).await), Refused::Invalid);
    }
}
