//! `POST /api/directory/users/{id}/sign-out`.

use protocol::internal::RosterChange;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::house::{House, issued};

const CLIENTS: &str = "/api/trainer/clients";

#[tokio::test]
async fn signing_out_refuses_every_token_issued_until_then_and_is_a_numbered_change() {
    let house = House::start().await;
    let gateway = house.neighbour().await;
    let tom = house.trainer("Tom").await;
    let before = OffsetDateTime::now_utc();
    let earlier = issued(tom, "Trainer", before - Duration::minutes(5));
    assert_eq!(house.get(CLIENTS, &earlier).await.status, 200);

    assert_eq!(house.sign_out(tom).await.status, 204);

    let after = OffsetDateTime::now_utc();
    assert_eq!(
        house.get(CLIENTS, &earlier).await.refusal(),
        (401, "unauthenticated", "")
    );
    let changes = gateway.changes().await;
    let [(1, RosterChange::Revocation { user, revoked_at })] = changes.as_slice() else {
        panic!("{changes:?}");
    };
    assert_eq!(user.0, tom);
    // The wire cuts a time to milliseconds.
    assert!((before - Duration::milliseconds(1)..=after).contains(revoked_at));
}

/// `iat` counts whole seconds, so a token of the same second may be older than the sign-out: it is
/// refused. One of the next second is newer.
#[tokio::test]
async fn a_token_of_the_second_of_the_sign_out_is_refused_and_one_of_the_next_is_not() {
    let house = House::start().await;
    let tom = house.trainer("Tom").await;
    house.sign_out(tom).await;
    let revoked_at: OffsetDateTime = sqlx::query_scalar("select revoked_at from roster.change")
        .fetch_one(&house.pool)
        .await
        .unwrap();

    let same = issued(tom, "Trainer", revoked_at);
    let next = issued(tom, "Trainer", revoked_at + Duration::seconds(1));

    assert_eq!(house.get(CLIENTS, &same).await.status, 401);
    let accepted = sandbox::until("the next second", std::time::Duration::from_secs(3), || async {
        house.get(CLIENTS, &next).await.status == 200
    });
    accepted.await.unwrap();
}

#[tokio::test]
async fn others_stay_signed_in() {
    let house = House::start().await;
    let (tom, eva) = (house.trainer("Tom").await, house.trainer("Eva").await);

    house.sign_out(tom).await;

    let evas = issued(eva, "Trainer", OffsetDateTime::now_utc() - Duration::minutes(1));
    assert_eq!(house.get(CLIENTS, &evas).await.status, 200);
}

#[tokio::test]
async fn somebody_the_directory_does_not_know_can_be_signed_out_too() {
    let house = House::start().await;

    assert_eq!(house.sign_out(Uuid::new_v4()).await.status, 204);

    assert_eq!(house.changes().await, [1]);
}

#[tokio::test]
async fn a_sign_out_survives_a_restart_and_reaches_other_replicas() {
    let house = House::start().await;
    let second = House::start_on(house.database.clone()).await;
    let tom = house.trainer("Tom").await;
    let earlier = issued(tom, "Trainer", OffsetDateTime::now_utc() - Duration::minutes(5));
    assert_eq!(second.get(CLIENTS, &earlier).await.status, 200);

    house.sign_out(tom).await;

    // The second replica is on a broker of its own: no bell reaches it, as when a ring is lost.
    let refused = sandbox::until(
        "the other replica's refusal",
        std::time::Duration::from_secs(30),
        || async { second.get(CLIENTS, &earlier).await.status == 401 },
    );
    refused.await.unwrap();
    let third = House::start_on(house.database.clone()).await;
    assert_eq!(
        third.get(CLIENTS, &earlier).await.status,
        401,
        "known before it is ready"
    );
}

#[tokio::test]
async fn signing_out_works_while_the_broker_is_down() {
    let mut house = House::start().await;
    let tom = house.trainer("Tom").await;
    let earlier = issued(tom, "Trainer", OffsetDateTime::now_utc() - Duration::minutes(5));
    house.nats.kill();

    assert_eq!(house.sign_out(tom).await.status, 204);

    assert_eq!(house.get(CLIENTS, &earlier).await.status, 401);
    house.nats.restart().await.unwrap();
    let gateway = house.neighbour().await;
    assert_eq!(
        gateway.changes_in_time().await.len(),
        1,
        "the broker hears of it when it is back"
    );
}
