//! `GET /api/people?id=…`.

use serde_json::json;
use uuid::Uuid;

use crate::house::{House, booking, token};

fn path(ids: &[Uuid]) -> String {
    let ids: Vec<String> = ids.iter().map(|id| format!("id={id}")).collect();
    format!("/api/people?{}", ids.join("&"))
}

#[tokio::test]
async fn a_trainer_learns_the_names_of_own_clients_past_ones_included() {
    let house = House::start().await;
    let (tom, eva) = (house.trainer("Tom").await, house.trainer("Eva").await);
    let (anna, ben, cleo) = (
        house.client("Anna").await,
        house.client("Ben").await,
        house.client("Cleo").await,
    );
    let annas = house.book(tom, anna).await;
    house.put_booking(annas, &booking(tom, anna, "completed")).await;
    house.book(tom, ben).await;
    house.book(eva, cleo).await;
    let kim = house.client("Kim").await;
    let never_began = booking(tom, kim, "cancelled");
    house.put_booking(Uuid::new_v4(), &never_began).await;

    let asked = path(&[ben, cleo, kim, eva, tom, Uuid::new_v4(), anna, ben]);
    let people = house.get(&asked, &token(tom, "Trainer")).await;

    assert_eq!(
        people.body,
        json!({ "data": [
            { "userID": ben, "name": "Ben", "role": "User" },
            { "userID": anna, "name": "Anna", "role": "User" },
        ] })
    );
}

#[tokio::test]
async fn a_client_learns_the_name_of_any_trainer_and_of_no_other_client() {
    let house = House::start().await;
    let (tom, anna, ben) = (
        house.trainer("Tom").await,
        house.client("Anna").await,
        house.client("Ben").await,
    );

    let people = house.get(&path(&[ben, tom, anna]), &token(anna, "User")).await;

    assert_eq!(
        people.body,
        json!({ "data": [{ "userID": tom, "name": "Tom", "role": "Trainer" }] })
    );
}

#[tokio::test]
async fn at_most_a_hundred_people_are_asked_for() {
    let house = House::start().await;
    let anna = token(house.client("Anna").await, "User");
    let ids: Vec<Uuid> = (0..101).map(|_| Uuid::new_v4()).collect();

    assert_eq!(house.get(&path(&ids[..100]), &anna).await.status, 200);
    assert_eq!(
        house.get(&path(&ids), &anna).await.refusal(),
        (422, "invalid_field", "id")
    );
    assert_eq!(
        house.get("/api/people?id=anna", &anna).await.refusal(),
        (422, "invalid_field", "id")
    );
    assert_eq!(house.get("/api/people", &anna).await.body, json!({ "data": [] }));
}
