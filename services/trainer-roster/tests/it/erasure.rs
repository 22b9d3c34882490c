//! `DELETE /api/directory/users/{id}`: what goes here, and what the other services are told.

use futures_util::future::join_all;
use protocol::{UserId, internal::RosterChange};
use reqwest::Method;
use uuid::Uuid;

use crate::house::{House, Reply, booking, platform, relation, token, user};

async fn erase(house: &House, id: Uuid) -> Reply {
    let path = format!("/api/directory/users/{id}");
    house.call(Method::DELETE, &path, &platform(), None).await
}

/// Rows that hold a name, an address, or say whom the person worked with.
async fn left(house: &House, id: Uuid) -> i64 {
    sqlx::query_scalar(
        "select (select count(*) from roster.person where id = $1 and concat(name, email, folded) <> '')
            + (select count(*) from roster.booking where $1 in (trainer_id, client_id))
            + (select count(*) from roster.relation where $1 in (trainer_id, client_id))
            + (select count(*) from roster.block where $1 in (trainer_id, client_id))",
    )
    .bind(id)
    .fetch_one(&house.pool)
    .await
    .unwrap()
}

#[tokio::test]
async fn an_erased_person_is_gone_from_every_table_and_list_and_the_log_keeps_who_did_it() {
    let house = House::start().await;
    let (tom, anna, ben) = (
        house.trainer("Tom").await,
        house.client("Anna").await,
        house.client("Ben").await,
    );
    house.book(tom, anna).await;
    house.book(tom, ben).await;
    let block = format!("/api/trainer/clients/{anna}/block");
    house
        .call(Method::POST, &block, &token(tom, "Trainer"), None)
        .await;

    assert_eq!(erase(&house, anna).await.status, 202);

    assert_eq!(left(&house, anna).await, 0);
    let toms = token(tom, "Trainer");
    assert_eq!(house.get("/api/trainer/clients", &toms).await.names(), ["Ben"]);
    let people = house.get(&format!("/api/people?id={anna}"), &toms).await;
    assert!(people.names().is_empty());
    let entry: (Option<Uuid>, Uuid) =
        sqlx::query_as("select actor, person_id from roster.audit where action = 'erased'")
            .fetch_one(&house.pool)
            .await
            .unwrap();
    assert_eq!(entry, (Some(Uuid::from_u128(1)), anna));
}

#[tokio::test]
async fn the_end_of_relations_the_revocation_and_the_erasure_are_numbered_together() {
    let house = House::start().await;
    let history = house.neighbour().await;
    let (tom, eva, anna) = (
        house.trainer("Tom").await,
        house.trainer("Eva").await,
        house.client("Anna").await,
    );
    house.book(tom, anna).await;
    let id = house.book(eva, anna).await;
    house.put_booking(id, &booking(eva, anna, "completed")).await;
    let mine = token(anna, "User");

    erase(&house, anna).await;

    let changes = history.changes().await;
    let told: Vec<_> = changes.iter().skip(3).map(|(_, change)| change).collect();
    let [
        ended,
        RosterChange::Revocation { user: revoked, .. },
        RosterChange::Erasure { user: erased, .. },
    ] = told.as_slice()
    else {
        panic!("{told:?}");
    };
    assert_eq!(**ended, relation(tom, anna, false));
    assert_eq!((revoked.0, erased.0), (anna, anna));
    assert_eq!(house.get("/api/user/trainers", &mine).await.status, 401);
}

#[tokio::test]
async fn a_follower_may_read_the_erasures_alone() {
    let house = House::start().await;
    let files = house.neighbour().await;
    let (tom, anna) = (house.trainer("Tom").await, house.client("Anna").await);
    house.book(tom, anna).await;
    erase(&house, anna).await;
    house.book(tom, house.client("Ben").await).await;

    let page = files.pull_erasures(crate::house::from(0)).await;

    let [(4, RosterChange::Erasure { user, .. })] = page.items.as_slice() else {
        panic!("{page:?}");
    };
    assert_eq!((*user, page.to, page.more), (UserId(anna), 5, false));
}

#[tokio::test]
async fn the_id_of_an_erased_person_is_never_used_again() {
    let house = House::start().await;
    let (tom, anna) = (house.trainer("Tom").await, house.client("Anna").await);
    erase(&house, anna).await;

    let again = house.put_user(anna, &user("Anna", "User")).await;
    let booked = house
        .put_booking(Uuid::new_v4(), &booking(tom, anna, "active"))
        .await;

    assert_eq!(again.refusal(), (404, "not_found", ""));
    assert_eq!(booked.refusal(), (422, "invalid_field", "clientId"));
    assert_eq!(left(&house, anna).await, 0);
}

#[tokio::test]
async fn erasing_again_or_somebody_unknown_is_accepted_and_numbered_once() {
    let house = House::start().await;
    let stranger = Uuid::new_v4();

    for _ in 0..3 {
        assert_eq!(erase(&house, stranger).await.status, 202);
    }

    assert_eq!(house.changes().await, [1, 2], "a revocation and an erasure");
}

#[tokio::test]
async fn whatever_comes_at_the_same_time_the_person_is_gone_afterwards() {
    let house = House::start().await;
    for _ in 0..5 {
        let (tom, anna) = (house.trainer("Tom").await, Uuid::new_v4());
        let body = user("Anna", "User");
        let calls = (0..12).map(|n| {
            let (house, body) = (&house, &body);
            async move {
                match n % 3 {
                    0 => house.put_user(anna, body).await.status,
                    1 => {
                        house
                            .put_booking(Uuid::from_u128(n), &booking(tom, anna, "active"))
                            .await
                            .status
                    }
                    _ => erase(house, anna).await.status,
                }
            }
        });

        let statuses = join_all(calls).await;

        assert!(statuses.iter().all(|status| *status < 500), "{statuses:?}");
        assert_eq!(left(&house, anna).await, 0);
        let listed = house.get("/api/trainer/clients", &token(tom, "Trainer")).await;
        assert!(listed.names().is_empty());
    }
}
