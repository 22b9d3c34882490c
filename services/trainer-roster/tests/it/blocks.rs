//! `POST /api/trainer/clients/{id}/block`, `POST /api/user/trainers/{id}/block`, and `…/unblock`.

use protocol::{UserId, error::Role, internal::RosterChange};
use reqwest::Method;
use uuid::Uuid;

use crate::house::{House, Reply, booking, token, with};

#[tokio::test]
async fn each_sides_block_is_a_numbered_change_and_so_is_its_end() {
    let house = House::start().await;
    let history = house.neighbour().await;
    let (tom, anna) = (house.trainer("Tom").await, house.client("Anna").await);
    house.book(tom, anna).await;

    for (caller, action) in [
        (Caller::Trainer, "block"),
        (Caller::Client, "block"),
        (Caller::Trainer, "unblock"),
    ] {
        assert_eq!(caller.call(&house, (tom, anna), action).await.status, 204);
    }

    let block = |by, on| RosterChange::Block {
        trainer: UserId(tom),
        client: UserId(anna),
        by,
        on,
    };
    let changes = history.changes().await;
    assert_eq!(
        changes[1..],
        [
            (2, block(Role::Trainer, true)),
            (3, block(Role::User, true)),
            (4, block(Role::Trainer, false)),
        ]
    );
}

#[tokio::test]
async fn a_block_that_stands_and_one_that_does_not_are_no_change() {
    let house = House::start().await;
    let (tom, anna) = (house.trainer("Tom").await, house.client("Anna").await);
    house.book(tom, anna).await;

    for action in ["unblock", "block", "block", "unblock", "unblock"] {
        let reply = Caller::Client.call(&house, (tom, anna), action).await;
        assert_eq!(reply.status, 204, "{action}");
    }

    assert_eq!(house.changes().await, [1, 2, 3]);
}

#[tokio::test]
async fn somebody_elses_somebody_known_and_nobody_are_not_found_alike() {
    let house = House::start().await;
    let (tom, anna) = (house.trainer("Tom").await, house.client("Anna").await);
    let (eva, ben) = (house.trainer("Eva").await, house.client("Ben").await);
    house.book(tom, anna).await;
    house.book(eva, ben).await;
    let cancelled = booking(tom, ben, "cancelled");
    assert_eq!(house.put_booking(Uuid::new_v4(), &cancelled).await.status, 204);

    let mut replies = Vec::new();
    for action in ["block", "unblock"] {
        for client in [ben, eva, tom, Uuid::new_v4()] {
            replies.push(Caller::Trainer.call(&house, (tom, client), action).await);
        }
        for trainer in [eva, ben, anna, Uuid::new_v4()] {
            replies.push(Caller::Client.call(&house, (trainer, anna), action).await);
        }
    }

    let bodies: Vec<_> = replies.into_iter().map(without_trace).collect();
    assert!(bodies.iter().all(|body| *body == bodies[0]), "{bodies:?}");
    assert_eq!(bodies[0].0, 404);
    assert_eq!(house.changes().await, [1, 2]);
}

#[tokio::test]
async fn a_block_stays_when_the_booking_ends_and_can_still_be_taken_back() {
    let house = House::start().await;
    let (tom, anna) = (house.trainer("Tom").await, house.client("Anna").await);
    let id = house.book(tom, anna).await;
    Caller::Trainer.call(&house, (tom, anna), "block").await;

    house.put_booking(id, &booking(tom, anna, "cancelled")).await;

    assert_eq!(blocks(&house).await, 1);
    let reply = Caller::Trainer.call(&house, (tom, anna), "unblock").await;
    assert_eq!((reply.status, blocks(&house).await), (204, 0));
}

#[tokio::test]
async fn two_who_block_at_once_are_numbered_one_after_the_other() {
    let house = House::start().await;
    let (tom, anna) = (house.trainer("Tom").await, house.client("Anna").await);
    house.book(tom, anna).await;

    let calls = (0..20).map(|n| {
        let caller = if n % 2 == 0 {
            Caller::Trainer
        } else {
            Caller::Client
        };
        let house = &house;
        async move { caller.call(house, (tom, anna), "block").await.status }
    });
    let statuses = futures_util::future::join_all(calls).await;

    assert!(statuses.iter().all(|status| *status == 204), "{statuses:?}");
    assert_eq!(house.changes().await, [1, 2, 3]);
}

#[derive(Clone, Copy)]
enum Caller {
    Trainer,
    Client,
}

impl Caller {
    async fn call(self, house: &House, (trainer, client): (Uuid, Uuid), action: &str) -> Reply {
        let (path, mine) = match self {
            Self::Trainer => (
                format!("/api/trainer/clients/{client}/{action}"),
                token(trainer, "Trainer"),
            ),
            Self::Client => (
                format!("/api/user/trainers/{trainer}/{action}"),
                token(client, "User"),
            ),
        };
        house.call(Method::POST, &path, &mine, None).await
    }
}

fn without_trace(reply: Reply) -> (u16, serde_json::Value) {
    (reply.status, with(reply.body, "traceId", ""))
}

async fn blocks(house: &House) -> i64 {
    sqlx::query_scalar("select count(*) from roster.block")
        .fetch_one(&house.pool)
        .await
        .unwrap()
}
