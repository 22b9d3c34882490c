//! `PUT /api/directory/bookings/{id}`.

use std::{collections::BTreeMap, time::Duration};

use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};
use protocol::internal::RosterChange;
use serde_json::json;
use uuid::Uuid;

use crate::house::{House, booking, relation, token, user, with};

#[tokio::test]
async fn the_first_active_booking_makes_a_relation_and_the_last_one_ends_it() {
    let house = House::start().await;
    let history = house.neighbour().await;
    let (tom, anna) = (house.trainer("Tom").await, house.client("Anna").await);

    let first = house.book(tom, anna).await;
    let second = house.book(tom, anna).await;
    house.put_booking(first, &booking(tom, anna, "completed")).await;
    assert_eq!(history.changes().await, [(1, relation(tom, anna, true))]);

    house.put_booking(second, &booking(tom, anna, "cancelled")).await;
    assert_eq!(
        history.changes().await,
        [(1, relation(tom, anna, true)), (2, relation(tom, anna, false))]
    );
}

#[tokio::test]
async fn the_same_booking_told_twice_changes_nothing() {
    let house = House::start().await;
    let (tom, anna, ben) = (
        house.trainer("Tom").await,
        house.client("Anna").await,
        house.client("Ben").await,
    );
    let annas = house.book(tom, anna).await;
    house.book(tom, ben).await;

    let told = with(booking(tom, anna, "active"), "version", 7);
    assert_eq!(house.put_booking(annas, &told).await.status, 204);

    assert_eq!(house.changes().await, [1, 2]);
    let clients = house.get("/api/trainer/clients", &token(tom, "Trainer")).await;
    assert_eq!(clients.names(), ["Ben", "Anna"], "repeating is no activity");
}

#[tokio::test]
async fn an_older_version_of_a_booking_is_ignored() {
    let house = House::start().await;
    let history = house.neighbour().await;
    let (tom, anna) = (house.trainer("Tom").await, house.client("Anna").await);
    let id = Uuid::new_v4();
    let told = |status, version| with(booking(tom, anna, status), "version", version);
    house.put_booking(id, &told("active", 3)).await;

    assert_eq!(house.put_booking(id, &told("cancelled", 2)).await.status, 204);
    assert!(history.relation(tom, anna).await.active);

    house.put_booking(id, &told("cancelled", 3)).await;
    assert!(!history.relation(tom, anna).await.active);
}

#[tokio::test]
async fn an_older_version_is_ignored_even_when_its_people_are_gone() {
    let house = House::start().await;
    let (tom, anna) = (house.trainer("Tom").await, house.client("Anna").await);
    let id = Uuid::new_v4();
    let told = |trainer, version| with(booking(trainer, anna, "active"), "version", version);
    house.put_booking(id, &told(tom, 3)).await;

    assert_eq!(house.put_booking(id, &told(Uuid::new_v4(), 2)).await.status, 204);
}

#[tokio::test]
async fn a_booking_moved_to_another_pair_settles_both() {
    let house = House::start().await;
    let history = house.neighbour().await;
    let (tom, anna, ben) = (
        house.trainer("Tom").await,
        house.client("Anna").await,
        house.client("Ben").await,
    );
    let id = house.book(tom, anna).await;

    house.put_booking(id, &booking(tom, ben, "active")).await;

    assert!(!history.relation(tom, anna).await.active);
    assert!(history.relation(tom, ben).await.active);
    assert_eq!(house.changes().await, [1, 2, 3]);
}

#[tokio::test]
async fn a_booking_needs_a_known_trainer_and_a_known_client() {
    let house = House::start().await;
    let (tom, anna) = (house.trainer("Tom").await, house.client("Anna").await);
    let id = Uuid::new_v4();

    for (field, trainer, client) in [
        ("trainerId", Uuid::new_v4(), anna),
        ("trainerId", anna, anna),
        ("clientId", tom, Uuid::new_v4()),
        ("clientId", tom, tom),
        ("trainerId", anna, tom),
    ] {
        let reply = house.put_booking(id, &booking(trainer, client, "active")).await;
        assert_eq!(reply.refusal(), (422, "invalid_field", field));
    }
    assert!(house.changes().await.is_empty());
}

#[tokio::test]
async fn a_malformed_booking_is_refused_by_the_name_of_the_field() {
    let house = House::start().await;
    let (tom, anna) = (house.trainer("Tom").await, house.client("Anna").await);
    let good = booking(tom, anna, "active");
    let id = Uuid::new_v4();

    for (field, value) in [
        ("trainerId", json!("tom")),
        ("clientId", json!("")),
        ("status", json!("paused")),
        ("startsAt", json!("tomorrow")),
        ("endsAt", json!("2026-13-01T00:00:00Z")),
        ("endsAt", json!("2026-01-01T00:00:00Z")),
        ("endsAt", json!("9999-12-31T23:59:59-23:00")),
    ] {
        let reply = house
            .put_booking(id, &with(good.clone(), field, value.clone()))
            .await;
        assert_eq!(reply.refusal(), (422, "invalid_field", field), "{value}");
    }
    let reply = house.put("/api/directory/bookings/1", &good).await;
    assert_eq!((reply.status, reply.refusal().1), (422, "invalid_field"));
    assert_eq!(house.put_booking(id, &json!("booking")).await.refusal().0, 400);
    assert_eq!(
        house
            .put_booking(id, &with(good, "clientId", 5))
            .await
            .refusal()
            .0,
        400
    );
}

#[tokio::test]
async fn the_change_is_numbered_in_the_transaction_of_the_booking() {
    let house = House::start().await;
    let (tom, anna) = (house.trainer("Tom").await, house.client("Anna").await);
    let id = Uuid::new_v4();
    // Whoever holds the counter holds back every change, and with it the booking itself.
    let mut holder = house.pool.begin().await.unwrap();
    sqlx::query("select from roster.counter for update")
        .execute(&mut *holder)
        .await
        .unwrap();

    let reply = house.put_booking(id, &booking(tom, anna, "active")).await;
    assert_eq!(reply.refusal(), (503, "unavailable", ""));
    let stored = async || {
        sqlx::query_scalar::<_, i64>("select count(*) from roster.booking")
            .fetch_one(&house.pool)
            .await
            .unwrap()
    };
    assert_eq!(stored().await, 0);

    holder.rollback().await.unwrap();
    assert_eq!(
        house.put_booking(id, &booking(tom, anna, "active")).await.status,
        204
    );
    assert_eq!(stored().await, 1);
    assert_eq!(house.changes().await, [1], "the refused try left no gap");
}

/// Each of the two sees the other's booking still active when it begins.
#[tokio::test]
async fn the_last_two_bookings_may_end_at_the_same_moment() {
    let house = House::start().await;
    let history = house.neighbour().await;
    let (tom, anna) = (house.trainer("Tom").await, house.client("Anna").await);
    let (first, second) = (house.book(tom, anna).await, house.book(tom, anna).await);
    let mut holder = house.pool.begin().await.unwrap();
    sqlx::query("select from roster.relation for update")
        .execute(&mut *holder)
        .await
        .unwrap();

    let cancelled = booking(tom, anna, "cancelled");
    let ends = async {
        tokio::join!(
            house.put_booking(first, &cancelled),
            house.put_booking(second, &cancelled)
        )
    };
    let release = async {
        let both_wait = sandbox::until("both waiting", Duration::from_secs(1), || async {
            let waiting = "select count(*) from pg_stat_activity
                where datname = current_database() and wait_event_type = 'Lock'";
            let waiting: i64 = sqlx::query_scalar(waiting).fetch_one(&house.pool).await.unwrap();
            waiting == 2
        });
        let both_wait = both_wait.await;
        holder.rollback().await.unwrap();
        both_wait.unwrap();
    };
    let ((first, second), ()) = tokio::join!(ends, release);

    assert_eq!((first.status, second.status), (204, 204));
    assert_eq!(
        history.changes().await,
        [(1, relation(tom, anna, true)), (2, relation(tom, anna, false))]
    );
}

#[tokio::test]
async fn concurrent_bookings_lose_no_change_and_leave_no_gap() {
    let house = House::start().await;
    let history = house.neighbour().await;
    let tom = house.trainer("Tom").await;
    let mut clients = Vec::new();
    for name in ["Anna", "Ben", "Cleo"] {
        clients.push(house.client(name).await);
    }
    let bookings: Vec<Uuid> = (0..6).map(|_| Uuid::new_v4()).collect();

    // Each round all bookings change at once, many of them on the same pair or moving between pairs.
    for round in 0..12 {
        let calls = bookings.iter().enumerate().map(|(n, id)| {
            let client = clients[(n * round / 2) % clients.len()];
            let status = if (n + round) % 3 == 0 {
                "cancelled"
            } else {
                "active"
            };
            let body = booking(tom, client, status);
            let house = &house;
            async move { assert_eq!(house.put_booking(*id, &body).await.status, 204) }
        });
        futures_util::future::join_all(calls).await;
    }

    let changes = history.changes().await;
    let numbers: Vec<i64> = changes.iter().map(|(number, _)| *number).collect();
    assert_eq!(
        numbers,
        (1..=i64::try_from(changes.len()).unwrap()).collect::<Vec<_>>()
    );
    let followed = follow(&changes);
    for client in clients {
        let active: bool = sqlx::query_scalar(
            "select exists (select from roster.booking where client_id = $1 and status = 'active')",
        )
        .bind(client)
        .fetch_one(&house.pool)
        .await
        .unwrap();
        assert_eq!(followed.get(&(tom, client)).copied().unwrap_or(false), active);
        assert_eq!(history.relation(tom, client).await.active, active);
    }
}

#[tokio::test]
async fn roles_may_change_while_bookings_do() {
    let house = House::start().await;
    let history = house.neighbour().await;
    let (tom, anna) = (house.trainer("Tom").await, house.client("Anna").await);
    let ids: [Uuid; 4] = std::array::from_fn(|_| Uuid::new_v4());

    for round in 0..10 {
        let role = if round % 2 == 0 { "User" } else { "Trainer" };
        let flip = async { assert_eq!(house.put_user(tom, &user("Tom", role)).await.status, 204) };
        let calls = ids.iter().enumerate().map(|(n, id)| {
            let status = if (n + round) % 2 == 0 {
                "cancelled"
            } else {
                "active"
            };
            let (house, body) = (&house, booking(tom, anna, status));
            async move {
                let reply = house.put_booking(*id, &body).await;
                // While Tom is no trainer, he cannot be booked; nothing else may go wrong.
                let refused = reply.refusal() == (422, "invalid_field", "trainerId");
                assert!(reply.status == 204 || refused, "{}", reply.body);
            }
        });
        futures_util::future::join(flip, futures_util::future::join_all(calls)).await;
    }

    let active: bool =
        sqlx::query_scalar("select exists (select from roster.booking where status = 'active')")
            .fetch_one(&house.pool)
            .await
            .unwrap();
    let followed = follow(&history.changes().await);
    assert_eq!(followed.get(&(tom, anna)).copied().unwrap_or(false), active);
    assert_eq!(history.relation(tom, anna).await.active, active);
}

#[tokio::test]
async fn concurrent_puts_of_one_new_booking_make_one_booking() {
    let house = House::start().await;
    let (tom, anna) = (house.trainer("Tom").await, house.client("Anna").await);
    let id = Uuid::new_v4();

    let calls = (1..=12).map(|version| {
        let body = with(booking(tom, anna, "active"), "version", version);
        let house = &house;
        async move { assert_eq!(house.put_booking(id, &body).await.status, 204) }
    });
    futures_util::future::join_all(calls).await;

    let version: i64 = sqlx::query_scalar("select version from roster.booking where id = $1")
        .bind(id)
        .fetch_one(&house.pool)
        .await
        .unwrap();
    assert_eq!(version, 12);
    assert_eq!(house.changes().await, [1]);
}

/// One thing the platform tells: booking, client, status, version.
type Told = (usize, usize, usize, Option<i64>);

const STATUS: [&str; 3] = ["active", "completed", "cancelled"];

#[tokio::test]
async fn whatever_the_platform_tells_the_numbered_list_adds_up_to_the_bookings() {
    let house = House::start().await;
    let history = house.neighbour().await;
    let told = (0..3usize, 0..3usize, 0..3usize, proptest::option::of(0..4i64));
    let stories = proptest::collection::vec(told, 1..12);
    let mut runner = TestRunner::deterministic();

    for _ in 0..25 {
        let story: Vec<Told> = stories.new_tree(&mut runner).unwrap().current();
        let tom = house.trainer("Tom").await;
        let mut clients = Vec::new();
        for _ in 0..3 {
            clients.push(house.client("Client").await);
        }
        let ids: [Uuid; 3] = std::array::from_fn(|_| Uuid::new_v4());

        for (id, client, status, version) in &story {
            let body = booking(tom, clients[*client], STATUS[*status]);
            let body = with(body, "version", *version);
            assert_eq!(house.put_booking(ids[*id], &body).await.status, 204);
        }

        let expected = model(&story);
        let followed = follow(&history.changes().await);
        for (n, client) in clients.iter().enumerate() {
            let active = followed.get(&(tom, *client)).copied().unwrap_or(false);
            assert_eq!(active, expected.contains(&n), "client {n} after {story:?}");
        }
    }
}

/// The clients with an active booking, by the plainest reading of the rules.
fn model(story: &[Told]) -> Vec<usize> {
    let mut bookings: BTreeMap<usize, (usize, usize, Option<i64>)> = BTreeMap::new();
    for (id, client, status, version) in story {
        let stored = bookings.get(id).and_then(|(_, _, version)| *version);
        if version.is_none_or(|version| stored.is_none_or(|stored| version >= stored)) {
            bookings.insert(*id, (*client, *status, version.or(stored)));
        }
    }
    let active = bookings.values().filter(|(_, status, _)| *status == 0);
    active.map(|(client, ..)| *client).collect()
}

/// What a follower of the list knows; each change of a pair must turn it.
fn follow(changes: &[(i64, RosterChange)]) -> BTreeMap<(Uuid, Uuid), bool> {
    let mut known = BTreeMap::new();
    for (number, change) in changes {
        if let RosterChange::Relation {
            trainer,
            client,
            active,
        } = change
        {
            let before = known.insert((trainer.0, client.0), *active).unwrap_or(false);
            assert_ne!(before, *active, "change {number} changes nothing");
        }
    }
    known
}
