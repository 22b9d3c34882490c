//! `roster.changes`, `roster.relation` and the doorbell `roster.changed`.

use std::time::Duration;

use bus::Subject;
use futures_util::StreamExt;
use protocol::internal::{PullRequest, RosterChange};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::house::{House, booking, from, relation, user};

#[tokio::test]
async fn a_follower_reads_the_list_page_by_page() {
    let house = House::start().await;
    let history = house.neighbour().await;
    let tom = house.trainer("Tom").await;
    let mut clients = Vec::new();
    for _ in 0..5 {
        let client = house.client("Client").await;
        house.book(tom, client).await;
        clients.push(client);
    }
    let page = async |after| {
        history
            .pull(PullRequest {
                limit: 2,
                ..from(after)
            })
            .await
    };

    let first = page(0).await;
    let second = page(first.to).await;
    let third = page(second.to).await;

    let read: Vec<_> = [&first, &second, &third]
        .into_iter()
        .flat_map(|page| page.items.clone())
        .collect();
    let all: Vec<_> = (1..)
        .zip(clients.iter().map(|client| relation(tom, *client, true)))
        .collect();
    assert_eq!(read, all);
    assert_eq!([first.more, second.more, third.more], [true, true, false]);
    assert_eq!([first.to, second.to, third.to], [2, 4, 5]);
    let end = page(5).await;
    assert_eq!((end.items.len(), end.to, end.more), (0, 5, false));
}

#[tokio::test]
async fn who_asks_for_revocations_gets_the_young_ones_and_no_relations() {
    let house = House::start().await;
    let gateway = house.neighbour().await;
    let (tom, anna) = (house.trainer("Tom").await, house.client("Anna").await);
    house.book(tom, anna).await;
    house.sign_out(anna).await;
    house.sign_out(tom).await;
    sqlx::query("update roster.change set revoked_at = revoked_at - interval '2 days' where user_id = $1")
        .bind(anna)
        .execute(&house.pool)
        .await
        .unwrap();

    let since = OffsetDateTime::now_utc() - time::Duration::days(1);
    let page = gateway
        .pull(PullRequest {
            revocations_since: Some(since),
            ..from(0)
        })
        .await;

    assert!(
        matches!(page.items.as_slice(), [(3, RosterChange::Revocation { user, .. })] if user.0 == tom),
        "{page:?}"
    );
    assert_eq!((page.to, page.more), (3, false));
}

#[tokio::test]
async fn a_filtered_page_moves_past_what_it_leaves_out() {
    let house = House::start().await;
    let gateway = house.neighbour().await;
    let (tom, anna) = (house.trainer("Tom").await, house.client("Anna").await);
    house.sign_out(tom).await;
    house.book(tom, anna).await;
    let ask = async |after, limit| {
        let since = Some(OffsetDateTime::now_utc() - time::Duration::hours(1));
        gateway
            .pull(PullRequest {
                after,
                limit,
                revocations_since: since,
            })
            .await
    };

    let page = ask(0, 1).await;

    assert_eq!((page.items.len(), page.to, page.more), (1, 2, false));
    assert!(ask(page.to, 1).await.items.is_empty());
}

#[tokio::test]
async fn a_limit_out_of_range_is_brought_into_it() {
    let house = House::start().await;
    let history = house.neighbour().await;
    house.sign_out(Uuid::new_v4()).await;
    house.sign_out(Uuid::new_v4()).await;

    let none = history.pull(PullRequest { limit: 0, ..from(0) }).await;
    let all = history
        .pull(PullRequest {
            limit: u32::MAX,
            ..from(0)
        })
        .await;
    let ahead = history.pull(from(i64::MAX)).await;

    assert_eq!((none.items.len(), none.more), (1, true));
    assert_eq!((all.items.len(), all.more), (2, false));
    assert_eq!((ahead.items.len(), ahead.to, ahead.more), (0, 2, false));
}

#[tokio::test]
async fn the_bell_rings_after_the_change_can_be_read() {
    let house = House::start().await;
    let history = house.neighbour().await;
    let (tom, anna) = (house.trainer("Tom").await, house.client("Anna").await);
    let mut bells = history
        .bus
        .subscribe(Subject::ROSTER_CHANGED.into())
        .await
        .unwrap();
    // A question goes the same way as the subscription, and so comes after it.
    history.changes().await;

    house.book(tom, anna).await;

    let rung = tokio::time::timeout(Duration::from_secs(5), bells.next()).await;
    assert!(rung.is_ok_and(|bell| bell.is_some()));
    assert_eq!(history.changes().await, [(1, relation(tom, anna, true))]);
}

#[tokio::test]
async fn a_relation_tells_who_is_known_and_whether_a_booking_joins_them() {
    let house = House::start().await;
    let history = house.neighbour().await;
    let (tom, anna) = (house.trainer("Tom").await, house.client("Anna").await);
    let told = async |trainer, client| {
        let relation = history.relation(trainer, client).await;
        (relation.both_known, relation.active)
    };

    assert_eq!(told(tom, anna).await, (true, false));
    assert_eq!(told(anna, tom).await, (false, false), "the roles count");
    assert_eq!(told(tom, Uuid::new_v4()).await, (false, false));

    let id = house.book(tom, anna).await;
    assert_eq!(told(tom, anna).await, (true, true));

    house.put_booking(id, &booking(tom, anna, "cancelled")).await;
    assert_eq!(told(tom, anna).await, (true, false));

    house.put_user(anna, &user("Anna", "Trainer")).await;
    assert_eq!(told(tom, anna).await, (false, false));
}
