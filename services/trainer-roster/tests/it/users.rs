//! `PUT /api/directory/users/{id}`.

use protocol::{UserId, internal::RosterChange};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::house::{House, token, user, with};

#[tokio::test]
async fn an_older_version_of_a_person_is_ignored() {
    let house = House::start().await;
    let (tom, anna) = (house.trainer("Tom").await, Uuid::new_v4());
    let told = |name: &str, version: Value| with(user(name, "User"), "version", version);
    house.put_user(anna, &told("Anna", json!(5))).await;
    house.book(tom, anna).await;
    let name = async || {
        house
            .get("/api/trainer/clients", &token(tom, "Trainer"))
            .await
            .names()[0]
            .to_owned()
    };

    assert_eq!(house.put_user(anna, &told("Older", json!(4))).await.status, 204);
    assert_eq!(name().await, "Anna");

    assert_eq!(house.put_user(anna, &told("Same", json!(5))).await.status, 204);
    assert_eq!(name().await, "Same");

    assert_eq!(
        house
            .put_user(anna, &told("Unversioned", Value::Null))
            .await
            .status,
        204
    );
    assert_eq!(name().await, "Unversioned");

    house.put_user(anna, &told("Older", json!(4))).await;
    assert_eq!(
        name().await,
        "Unversioned",
        "a version once told is not forgotten"
    );
}

#[tokio::test]
async fn an_older_version_changes_no_role_and_revokes_nothing() {
    let house = House::start().await;
    let anna = Uuid::new_v4();
    house
        .put_user(anna, &with(user("Anna", "User"), "version", 2))
        .await;

    house
        .put_user(anna, &with(user("Anna", "Trainer"), "version", 1))
        .await;

    assert!(house.changes().await.is_empty());
}

#[tokio::test]
async fn a_change_of_role_revokes_the_old_role_and_ends_its_relations() {
    let house = House::start().await;
    let history = house.neighbour().await;
    let (tom, anna) = (house.trainer("Tom").await, house.client("Anna").await);
    house.book(tom, anna).await;
    let old = token(tom, "Trainer");

    house.put_user(tom, &user("Tom", "User")).await;

    let changes = history.changes().await;
    let revoked = |change: &RosterChange| matches!(change, RosterChange::Revocation { user, .. } if *user == UserId(tom));
    assert!(changes.iter().any(|(_, change)| revoked(change)), "{changes:?}");
    assert_eq!(house.get("/api/trainer/clients", &old).await.refusal().0, 401);
    assert!(!history.relation(tom, anna).await.active);

    house.put_user(tom, &user("Tom", "Trainer")).await;
    assert!(
        history.relation(tom, anna).await.active,
        "the booking still stands"
    );
}

#[tokio::test]
async fn a_new_name_revokes_nothing() {
    let house = House::start().await;
    let anna = house.client("Anna").await;

    house.put_user(anna, &user("Anna Maria", "User")).await;

    assert!(house.changes().await.is_empty());
}

#[tokio::test]
async fn a_person_that_cannot_be_one_is_refused_by_the_name_of_the_field() {
    let house = House::start().await;
    let id = Uuid::new_v4();
    let anna = user("Anna", "User");
    let long = |letters: usize| "é".repeat(letters);

    for (field, value) in [
        ("name", json!("")),
        ("name", json!("a\u{0}b")),
        ("name", json!("a\nb")),
        ("name", json!(long(201))),
        ("email", json!("anna")),
        ("email", json!(format!("{}@spotter.test", long(320)))),
        ("email", json!("anna\u{7}@spotter.test")),
        ("role", json!("Platform")),
        ("role", json!("Admin")),
    ] {
        let reply = house
            .put_user(id, &with(anna.clone(), field, value.clone()))
            .await;
        assert_eq!(reply.refusal(), (422, "invalid_field", field), "{value}");
    }
    for body in [
        json!([]),
        json!({ "name": 1 }),
        with(anna.clone(), "version", "one"),
    ] {
        assert_eq!(house.put_user(id, &body).await.refusal().0, 400, "{body}");
    }
    let reply = house.put("/api/directory/users/anna", &anna).await;
    assert_eq!((reply.status, reply.refusal().1), (422, "invalid_field"));
    assert_eq!(
        house.put_user(id, &with(anna, "name", long(200))).await.status,
        204
    );
}

#[tokio::test]
async fn markup_in_a_name_is_kept_as_it_was_sent() {
    let house = House::start().await;
    let name = "<img src=x onerror=alert(1)>'; drop table roster.person; --";
    let (tom, anna) = (house.trainer("Tom").await, house.client(name).await);
    house.book(tom, anna).await;

    let clients = house.get("/api/trainer/clients", &token(tom, "Trainer")).await;

    assert_eq!(clients.names(), [name]);
}
