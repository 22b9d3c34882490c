//! Who may call what.

use reqwest::Method;
use uuid::Uuid;

use crate::house::{House, booking, token, user};

#[tokio::test]
async fn every_call_belongs_to_its_roles() {
    let house = House::start().await;
    let (tom, anna) = (house.trainer("Tom").await, house.client("Anna").await);
    let person = user("Eve", "Trainer");
    let booked = booking(tom, anna, "active");
    let user_path = format!("/api/directory/users/{}", Uuid::new_v4());
    let sign_out = format!("/api/directory/users/{tom}/sign-out");
    let booking_path = format!("/api/directory/bookings/{}", Uuid::new_v4());
    let (block_client, unblock_client, block_trainer, unblock_trainer) = (
        format!("/api/trainer/clients/{anna}/block"),
        format!("/api/trainer/clients/{anna}/unblock"),
        format!("/api/user/trainers/{tom}/block"),
        format!("/api/user/trainers/{tom}/unblock"),
    );
    let erased = format!("/api/directory/users/{}", Uuid::new_v4());
    let platform = ["Platform"].as_slice();

    for (method, path, body, allowed) in [
        (Method::PUT, user_path.as_str(), Some(&person), platform),
        (Method::PUT, booking_path.as_str(), Some(&booked), platform),
        (Method::GET, "/api/trainer/clients", None, &["Trainer"]),
        (Method::GET, "/api/user/trainers", None, &["User"]),
        (Method::GET, "/api/people", None, &["Trainer", "User"]),
        (Method::DELETE, erased.as_str(), None, platform),
        (Method::POST, block_client.as_str(), None, &["Trainer"]),
        (Method::POST, unblock_client.as_str(), None, &["Trainer"]),
        (Method::POST, block_trainer.as_str(), None, &["User"]),
        (Method::POST, unblock_trainer.as_str(), None, &["User"]),
        (Method::POST, "/api/directory/import", Some(&person), platform),
        // Last: it ends the tokens of the others.
        (Method::POST, sign_out.as_str(), None, platform),
    ] {
        for (id, role) in [(tom, "Trainer"), (anna, "User"), (Uuid::from_u128(1), "Platform")] {
            let reply = house.call(method.clone(), path, &token(id, role), body).await;
            if allowed.contains(&role) {
                assert!(reply.status < 300, "{role} {method} {path}: {}", reply.body);
            } else {
                assert_eq!(reply.refusal(), (403, "forbidden", ""), "{role} {method} {path}");
            }
        }
        let reply = house.call(method.clone(), path, "no.such.token", body).await;
        assert_eq!(reply.refusal(), (401, "unauthenticated", ""), "{method} {path}");
    }
}

#[tokio::test]
async fn a_forbidden_call_does_nothing() {
    let house = House::start().await;
    let (tom, anna) = (house.trainer("Tom").await, house.client("Anna").await);
    let mine = token(anna, "User");
    let body = booking(tom, anna, "active");

    let path = format!("/api/directory/bookings/{}", Uuid::new_v4());
    house.call(Method::PUT, &path, &mine, Some(&body)).await;
    let path = format!("/api/directory/users/{anna}");
    house
        .call(Method::PUT, &path, &mine, Some(&user("Anna", "Trainer")))
        .await;
    let path = format!("/api/directory/users/{tom}/sign-out");
    house.call(Method::POST, &path, &mine, None).await;

    assert!(house.changes().await.is_empty());
}

#[tokio::test]
async fn malformed_ids_in_paths_are_invalid_fields() {
    let house = House::start().await;
    let platform = crate::house::platform();

    for (method, path) in [
        (Method::PUT, "/api/directory/users/42"),
        (Method::PUT, "/api/directory/bookings/%00"),
        (Method::POST, "/api/directory/users/me/sign-out"),
    ] {
        let reply = house
            .call(method, path, &platform, Some(&user("Anna", "User")))
            .await;
        assert_eq!(
            (reply.status, reply.refusal().1),
            (422, "invalid_field"),
            "{path}"
        );
    }
}

/// Its parts are with other services, who are not here.
#[tokio::test]
async fn an_archive_is_for_people_and_refused_while_others_are_away() {
    let house = House::start().await;
    let tom = house.trainer("Tom").await;

    let platform = house.get("/api/me/export", &crate::house::platform()).await;
    let mine = house.get("/api/me/export", &token(tom, "Trainer")).await;

    assert_eq!(platform.refusal(), (403, "forbidden", ""));
    assert_eq!(mine.refusal(), (503, "unavailable", ""));
}
