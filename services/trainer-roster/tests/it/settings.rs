//! `GET` and `PUT /api/me/settings`, and when people were last seen.

use bus::Subject;
use protocol::{
    UserId,
    internal::{PullRequest, Pulled, RosterChange},
    presence::{LastSeenRequest, Seen, SeenReport},
};
use reqwest::Method;
use serde_json::{Value, json};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::house::{House, Neighbour, Reply, from, platform, token};

const PATH: &str = "/api/me/settings";
const WITHIN: std::time::Duration = std::time::Duration::from_secs(20);

#[tokio::test]
async fn what_one_hides_is_kept_and_each_change_is_numbered_once() {
    let house = House::start().await;
    let gateway = house.neighbour().await;
    let (tom, anna) = (house.trainer("Tom").await, house.client("Anna").await);
    house.book(tom, anna).await;
    let mine = token(anna, "User");
    let shown = json!({"presence": true, "receipts": true});
    let hidden = json!({"presence": false, "receipts": true});
    assert_eq!(house.get(PATH, &mine).await.body, shown);

    put(&house, &mine, &shown).await;
    assert_eq!(settings(&gateway, 0).await.items, []);
    for _ in 0..3 {
        assert_eq!(put(&house, &mine, &hidden).await.body, hidden);
    }

    assert_eq!(house.get(PATH, &mine).await.body, hidden);
    let page = settings(&gateway, 0).await;
    assert_eq!(page.items, [(2, of(anna, false, true))]);
    assert_eq!(page.to, 2);
    put(&house, &mine, &shown).await;
    // The latest is all a follower needs.
    assert_eq!(settings(&gateway, 0).await.items, [(3, of(anna, true, true))]);
    assert_eq!(settings(&gateway, 3).await.items, []);
    // A release that does not know settings follows a list without them.
    let others = gateway.changes().await;
    assert_eq!(others.len(), 1, "{others:?}");
}

#[tokio::test]
async fn settings_are_a_persons_own_and_whole() {
    let house = House::start().await;
    let anna = token(house.client("Anna").await, "User");

    for (wrong, refusal) in [
        (json!({}), (422, "invalid_field", "presence")),
        (json!({"presence": true}), (422, "invalid_field", "receipts")),
        (json!({"presence": 1, "receipts": true}), (400, "bad_frame", "")),
    ] {
        let reply = house.call(Method::PUT, PATH, &anna, Some(&wrong)).await;
        assert_eq!(reply.refusal(), refusal, "{wrong}");
    }
    assert_eq!(house.get(PATH, &platform()).await.status, 403);
    let stranger = token(Uuid::new_v4(), "User");
    let whole = json!({"presence": false, "receipts": false});
    let reply = house.call(Method::PUT, PATH, &stranger, Some(&whole)).await;
    assert_eq!(reply.refusal(), (404, "not_found", ""));
}

#[tokio::test]
async fn an_erased_person_hides_nothing_and_was_never_seen() {
    let house = House::start().await;
    let gateway = house.neighbour().await;
    let anna = house.client("Anna").await;
    put(
        &house,
        &token(anna, "User"),
        &json!({"presence": false, "receipts": false}),
    )
    .await;
    report(&gateway, anna, OffsetDateTime::now_utc()).await;

    let path = format!("/api/directory/users/{anna}");
    house.call(Method::DELETE, &path, &platform(), None).await;
    report(&gateway, anna, OffsetDateTime::now_utc()).await;

    assert_eq!(
        settings(&gateway, 0).await.items.last().unwrap().1,
        of(anna, true, true)
    );
    assert_eq!(last_seen(&gateway, anna).await, []);
    let kept: i64 = sqlx::query_scalar("select count(*) from roster.setting")
        .fetch_one(&house.pool)
        .await
        .unwrap();
    assert_eq!(kept, 0);
}

#[tokio::test]
async fn who_was_seen_later_was_not_seen_before() {
    let house = House::start().await;
    let gateway = house.neighbour().await;
    let anna = house.client("Anna").await;
    let at = |minutes| OffsetDateTime::UNIX_EPOCH + time::Duration::minutes(minutes);

    for minutes in [5, 9, 7] {
        report(&gateway, anna, at(minutes)).await;
    }
    report(&gateway, Uuid::new_v4(), at(1)).await;

    let (user, at) = (UserId(anna), at(9));
    assert_eq!(last_seen(&gateway, anna).await, [Seen { user, at }]);
}

async fn put(house: &House, token: &str, body: &Value) -> Reply {
    let reply = house.call(Method::PUT, PATH, token, Some(body)).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    reply
}

fn of(user: Uuid, presence: bool, receipts: bool) -> RosterChange {
    RosterChange::Settings {
        user: UserId(user),
        presence,
        receipts,
    }
}

async fn settings(gateway: &Neighbour, after: i64) -> Pulled<RosterChange> {
    let question: PullRequest = from(after);
    let answer = gateway.bus.ask(Subject::ROSTER_SETTINGS, &question, WITHIN);
    answer.await.unwrap().unwrap()
}

async fn report(gateway: &Neighbour, user: Uuid, at: OffsetDateTime) {
    let user = UserId(user);
    let report = SeenReport {
        seen: vec![Seen { user, at }],
    };
    let told = gateway.bus.ask::<_, ()>(Subject::ROSTER_SEEN, &report, WITHIN);
    told.await.unwrap().unwrap();
}

async fn last_seen(gateway: &Neighbour, user: Uuid) -> Vec<Seen> {
    let users = vec![UserId(user)];
    let question = LastSeenRequest { users };
    let answer = gateway.bus.ask(Subject::ROSTER_LAST_SEEN, &question, WITHIN);
    answer.await.unwrap().unwrap()
}
