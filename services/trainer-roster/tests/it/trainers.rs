//! `GET /api/user/trainers`.

use serde_json::json;
use uuid::Uuid;

use crate::house::{House, booking, token, user, with};

const TRAINERS: &str = "/api/user/trainers";

#[tokio::test]
async fn a_trainer_has_the_same_fields_as_a_client() {
    let house = House::start().await;
    let (tom, anna) = (Uuid::new_v4(), house.client("Anna").await);
    house
        .put_user(tom, &with(user("Tom", "Trainer"), "email", "tom@example.com"))
        .await;
    house.book(tom, anna).await;

    let trainers = house.get(TRAINERS, &token(anna, "User")).await;

    assert_eq!(
        trainers.body,
        json!({ "data": [{ "userID": tom, "name": "Tom", "email": "tom@example.com", "role": "Trainer" }] })
    );
}

#[tokio::test]
async fn a_trainer_stays_on_the_list_when_the_booking_is_over() {
    let house = House::start().await;
    let anna = house.client("Anna").await;
    let (tom, eva, kim) = (
        house.trainer("Tom").await,
        house.trainer("Eva").await,
        house.trainer("Kim").await,
    );
    let toms = house.book(tom, anna).await;
    house.put_booking(toms, &booking(tom, anna, "cancelled")).await;
    house
        .put_booking(Uuid::new_v4(), &booking(eva, anna, "completed"))
        .await;
    house
        .put_booking(Uuid::new_v4(), &booking(kim, anna, "cancelled"))
        .await;

    let trainers = house.get(TRAINERS, &token(anna, "User")).await;

    assert_eq!(
        trainers.names(),
        ["Eva", "Tom"],
        "a booking that never began is none"
    );
}

#[tokio::test]
async fn pages_follow_each_other() {
    let house = House::start().await;
    let anna = house.client("Anna").await;
    for name in ["Tom", "Eva", "Kim"] {
        let trainer = house.trainer(name).await;
        house.book(trainer, anna).await;
    }

    let first = house
        .get(&format!("{TRAINERS}?limit=2"), &token(anna, "User"))
        .await;
    let second = house.get(&first.next().unwrap(), &token(anna, "User")).await;

    assert_eq!(first.names(), ["Kim", "Eva"]);
    assert_eq!(second.names(), ["Tom"]);
    assert_eq!(second.link, None);
}
