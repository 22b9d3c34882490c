//! `GET /api/trainer/clients`.

use serde_json::json;
use uuid::Uuid;

use crate::house::{House, booking, token, user, with};

const CLIENTS: &str = "/api/trainer/clients";

#[tokio::test]
async fn a_client_has_exactly_the_seeds_fields() {
    let house = House::start().await;
    let (tom, john) = (house.trainer("Tom").await, Uuid::new_v4());
    house
        .put_user(
            john,
            &json!({ "name": "John Doe", "email": "john@example.com", "role": "User" }),
        )
        .await;
    house.book(tom, john).await;

    let clients = house.get(CLIENTS, &token(tom, "Trainer")).await;

    assert_eq!(clients.status, 200);
    assert_eq!(
        clients.body,
        json!({ "data": [
            { "userID": john, "name": "John Doe", "email": "john@example.com", "role": "User" }
        ] })
    );
    assert_eq!(clients.link, None);
}

#[tokio::test]
async fn a_trainer_sees_own_clients_with_an_active_booking_each_once() {
    let house = House::start().await;
    let (tom, eva) = (house.trainer("Tom").await, house.trainer("Eva").await);
    let (anna, ben, cleo) = (
        house.client("Anna").await,
        house.client("Ben").await,
        house.client("Cleo").await,
    );
    house.book(tom, anna).await;
    house.book(tom, anna).await;
    let bens = house.book(tom, ben).await;
    house.put_booking(bens, &booking(tom, ben, "completed")).await;
    house.book(eva, cleo).await;

    assert_eq!(house.get(CLIENTS, &token(tom, "Trainer")).await.names(), ["Anna"]);
    assert_eq!(house.get(CLIENTS, &token(eva, "Trainer")).await.names(), ["Cleo"]);
}

#[tokio::test]
async fn who_has_become_a_trainer_is_nobodys_client() {
    let house = House::start().await;
    let (tom, anna) = (house.trainer("Tom").await, house.client("Anna").await);
    house.book(tom, anna).await;

    house.put_user(anna, &user("Anna", "Trainer")).await;

    assert!(
        house
            .get(CLIENTS, &token(tom, "Trainer"))
            .await
            .names()
            .is_empty()
    );
}

#[tokio::test]
async fn search_knows_neither_case_nor_accents_and_looks_in_name_and_address() {
    let house = House::start().await;
    let tom = house.trainer("Tom").await;
    for (name, email) in [
        ("Zoë Müller", "zm@example.com"),
        ("Łukasz Nowak", "nowak@example.pl"),
        ("50% Off_Boss", "offers@example.com"),
    ] {
        let id = Uuid::new_v4();
        house
            .put_user(id, &with(user(name, "User"), "email", email))
            .await;
        house.book(tom, id).await;
    }
    let found = async |search: &str| {
        let path = format!("{CLIENTS}?search={search}");
        let reply = house.get(&path, &token(tom, "Trainer")).await;
        assert_eq!(reply.status, 200, "{search} {}", reply.body);
        reply
            .names()
            .iter()
            .map(|name| name.split(' ').next().unwrap().to_owned())
            .collect::<Vec<_>>()
    };

    assert_eq!(found("zoe").await, ["Zoë"]);
    assert_eq!(found("M%C3%9CLL").await, ["Zoë"]);
    assert_eq!(found("muller+zoe").await, ["Zoë"]);
    assert_eq!(found("LUKASZ").await, ["Łukasz"]);
    assert_eq!(found("EXAMPLE.PL").await, ["Łukasz"]);
    assert_eq!(found("%25").await, ["50%"]);
    assert_eq!(found("_").await, ["50%"]);
    assert_eq!(found("zoe+nowak").await, Vec::<String>::new());
    assert_eq!(found("'%20or%201=1").await, Vec::<String>::new());
    assert_eq!(found("+").await.len(), 3);
}

#[tokio::test]
async fn the_latest_activity_comes_first_and_pages_follow_without_a_gap() {
    let house = House::start().await;
    let tom = house.trainer("Tom").await;
    let mut expected = Vec::new();
    for n in 0..7 {
        let name = format!("Client {n}");
        let client = house.client(&name).await;
        house.book(tom, client).await;
        expected.insert(0, name);
    }
    // Equal times are told apart by id.
    sqlx::query("update roster.relation set activity_at = '2026-01-01T00:00:00.123456Z'")
        .execute(&house.pool)
        .await
        .unwrap();
    let anna = house.client("Anna").await;
    house.book(tom, anna).await;

    let whole = house.get(CLIENTS, &token(tom, "Trainer")).await;
    let mut read = Vec::new();
    let mut next = Some(format!("{CLIENTS}?limit=3&search=@spotter.test"));
    let mut pages = 0;
    while let Some(path) = next {
        let page = house.get(&path, &token(tom, "Trainer")).await;
        read.extend(page.column("userID").into_iter().map(str::to_owned));
        next = page.next();
        pages += 1;
    }

    assert_eq!(whole.names()[0], "Anna");
    assert_eq!(read, whole.column("userID"));
    assert_eq!((read.len(), pages), (8, 3));
    let ids = &whole.column("userID")[1..];
    assert!(ids.is_sorted(), "{ids:?}");
}

#[tokio::test]
async fn a_new_booking_moves_its_client_to_the_front() {
    let house = House::start().await;
    let tom = house.trainer("Tom").await;
    let (anna, ben) = (house.client("Anna").await, house.client("Ben").await);
    house.book(tom, anna).await;
    house.book(tom, ben).await;

    house.book(tom, anna).await;

    assert_eq!(
        house.get(CLIENTS, &token(tom, "Trainer")).await.names(),
        ["Anna", "Ben"]
    );
}

#[tokio::test]
async fn a_query_that_cannot_be_one_is_refused_by_the_name_of_the_field() {
    let house = House::start().await;
    let tom = token(house.trainer("Tom").await, "Trainer");
    let long = "a".repeat(201);

    for (field, query) in [
        ("limit", "limit=0"),
        ("limit", "limit=1001"),
        ("limit", "limit=-1"),
        ("limit", "limit=ten"),
        ("after", "after=1"),
        ("after", "after=x.y"),
        (
            "after",
            "after=9223372036854775807.00000000-0000-0000-0000-000000000000",
        ),
        ("search", "search=a%00b"),
        ("search", &format!("search={long}")),
    ] {
        let reply = house.get(&format!("{CLIENTS}?{query}"), &tom).await;
        assert_eq!(reply.refusal(), (422, "invalid_field", field), "{query}");
    }
    let after = "after=-99999999999999999.00000000-0000-0000-0000-000000000000";
    assert_eq!(house.get(&format!("{CLIENTS}?{after}"), &tom).await.status, 422);
}
