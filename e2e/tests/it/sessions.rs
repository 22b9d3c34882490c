//! Tokens end: by their own time, or because the platform says so.

use std::time::{Duration, Instant};

use client::{device::Stop, http::Token, socket};
use serde_json::json;
use testkit::{Kit, Person, TokenOptions};

/// A revocation reaches live sockets within this.
const SOON: Duration = Duration::from_millis(2_500);
const SHORT: time::Duration = time::Duration::seconds(4);

#[tokio::test]
async fn a_token_about_to_expire_is_announced_and_then_closes_4401() {
    let kit = Kit::with_gateways(1).await;
    let anna = short_lived(&kit).await;
    let (mut socket, _) = kit.gateway(0).greeted(&anna).await;

    let notice = socket.expect("authExpiring").await;

    assert!(notice["inMs"].as_u64().unwrap() <= 4_000);
    assert_eq!(socket.expect_close().await, 4_401);
}

#[tokio::test]
async fn auth_with_a_fresh_token_keeps_the_socket() {
    let kit = Kit::with_gateways(1).await;
    let anna = short_lived(&kit).await;
    let (mut socket, _) = kit.gateway(0).greeted(&anna).await;
    let fresh = kit.token(&anna, TokenOptions::default());

    socket
        .send_json(&json!({"type": "auth", "ref": 3, "token": fresh}))
        .await
        .unwrap();

    let renewed = socket.expect("authOk").await;
    assert_eq!(renewed["ref"], 3);
    let beyond = Duration::from_secs(6);
    let ended = tokio::time::timeout(beyond, socket.end()).await;
    assert!(ended.is_err(), "the socket outlives its first token: {ended:?}");
}

#[tokio::test]
async fn auth_with_the_token_of_another_person_closes_4401() {
    let kit = Kit::with_gateways(1).await;
    let (anna, tom) = kit.client_with_trainer("Anna", "Tom").await;
    let (mut socket, _) = kit.gateway(0).greeted(&anna).await;

    socket
        .send_json(&json!({"type": "auth", "ref": 3, "token": tom.token}))
        .await
        .unwrap();

    assert_eq!(socket.expect_close().await, 4_401);
}

#[tokio::test]
async fn a_device_that_refreshes_its_token_stays_connected() {
    let kit = Kit::with_gateways(1).await;
    let (anna, tom) = kit.client_with_trainer("Anna", "Tom").await;
    let mut options = kit.gateway(0).options(&anna);
    let (id, role) = (anna.id, anna.role);
    options.token = Token::from_fn(move || testkit::sign(id, role, TokenOptions::lasting(SHORT)));
    let phone = kit.gateway(0).start(options);
    let mut desk = kit.gateway(0).connect(&tom).await;
    phone.synced().await;

    phone.wait("two renewals", |state| state.expiring() >= 3).await;
    desk.send_text("still there?").await;

    phone.expect_text("still there?").await;
    let closed =
        |event: &client::device::record::Event| matches!(event, client::device::record::Event::Closed { .. });
    assert!(!phone.record().iter().any(closed));
}

#[tokio::test]
async fn a_sign_out_closes_live_sockets_4505_and_refuses_the_token_everywhere() {
    let kit = Kit::with_gateways(2).await;
    let (anna, _) = kit.client_with_trainer("Anna", "Tom").await;
    let (mut here, _) = kit.gateway(0).greeted(&anna).await;
    let device = kit.gateway(1).connect(&anna).await;

    kit.sign_out(&anna).await;
    let told = Instant::now();

    assert_eq!(here.expect_close().await, 4_505);
    assert_eq!(device.stopped().await, Stop::Closed(4_505));
    assert!(
        told.elapsed() < Duration::from_millis(2_500),
        "took {:?}",
        told.elapsed()
    );
    let refused = kit
        .gateway(0)
        .upgrade(&socket::Options::native(&anna.token))
        .await;
    assert_eq!(refused.unwrap_err().status(), Some(401));
    refused_everywhere(&kit, &anna, told).await;
}

/// Each service hears the doorbell for itself, within the same time.
async fn refused_everywhere(kit: &Kit, person: &Person, told: Instant) {
    let left = SOON.saturating_sub(told.elapsed());
    let http = kit.http(person);
    let everywhere = async || {
        http.get("/api/chat/conversations").await.status == 401
            && http.get("/api/user/trainers").await.status == 401
    };
    sandbox::until("401 everywhere", left, everywhere).await.unwrap();
}

#[tokio::test]
async fn a_change_of_role_closes_live_sockets_4505_and_refuses_the_token_everywhere() {
    let kit = Kit::with_gateways(1).await;
    let (anna, _) = kit.client_with_trainer("Anna", "Tom").await;
    let (mut socket, _) = kit.gateway(0).greeted(&anna).await;
    let told = Instant::now();

    let path = format!("/api/directory/users/{}", anna.id);
    let trainer = json!({"name": "Anna", "email": "anna@spotter.test", "role": "Trainer"});
    assert_eq!(kit.platform().put(&path, &trainer).await.status, 204);

    assert_eq!(socket.expect_close().await, 4_505);
    assert!(told.elapsed() < SOON, "took {:?}", told.elapsed());
    refused_everywhere(&kit, &anna, told).await;
}

#[tokio::test]
async fn services_started_after_a_sign_out_refuse_the_token() {
    let kit = Kit::with_gateways(1).await;
    let (anna, _) = kit.client_with_trainer("Anna", "Tom").await;
    for service in [&**kit.gateway(0), kit.history(0)] {
        service.kill();
    }

    kit.sign_out(&anna).await;
    for service in [&**kit.gateway(0), kit.history(0)] {
        service.restart().await;
    }

    let refused = kit
        .gateway(0)
        .upgrade(&socket::Options::native(&anna.token))
        .await;
    assert_eq!(refused.unwrap_err().status(), Some(401));
    assert_eq!(kit.http(&anna).get("/api/chat/conversations").await.status, 401);
}

/// The roster committed the sign-out and died before it rang.
#[tokio::test]
async fn a_sign_out_whose_doorbell_was_lost_holds_everywhere_within_thirty_seconds() {
    let kit = Kit::with_gateways(1).await;
    let (anna, _) = kit.client_with_trainer("Anna", "Tom").await;
    let (mut socket, _) = kit.gateway(0).greeted(&anna).await;

    let committed = sqlx::query(
        "with counted as (update roster.counter set number = number + 1 returning number)
         insert into roster.change (number, user_id, revoked_at)
         select number, $1, now() from counted",
    );
    committed.bind(anna.id.0).execute(kit.pool()).await.unwrap();

    let lost = Duration::from_secs(30);
    let ended = tokio::time::timeout(lost, socket.end()).await.expect("in time");
    assert_eq!(ended.code, Some(4_505));
    let refused = sandbox::until("a refusal by chat-history", lost, || async {
        kit.http(&anna).get("/api/chat/conversations").await.status == 401
    });
    refused.await.unwrap();
}

#[tokio::test]
async fn a_token_issued_after_a_sign_out_is_good() {
    let kit = Kit::with_gateways(1).await;
    let (anna, _) = kit.client_with_trainer("Anna", "Tom").await;
    kit.sign_out(&anna).await;

    let signed_in = sandbox::until("a fresh sign-in", Duration::from_secs(10), || async {
        let token = kit.token(&anna, TokenOptions::default());
        kit.gateway(0)
            .upgrade(&socket::Options::native(&token))
            .await
            .is_ok()
    });

    signed_in.await.unwrap();
}

async fn short_lived(kit: &Kit) -> Person {
    let (mut anna, _) = kit.client_with_trainer("Anna", "Tom").await;
    anna.token = kit.token(&anna, TokenOptions::lasting(SHORT));
    anna
}
