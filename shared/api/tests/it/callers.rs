//! Roles open the calls that are theirs.

use crate::noticeboard::{Noticeboard, token};

#[tokio::test]
async fn each_role_may_use_exactly_its_calls() {
    let board = Noticeboard::start(&[]).await;

    for (role, calls) in [
        ("Trainer", ["/me", "/person", "/trainer"].as_slice()),
        ("User", &["/me", "/person", "/user"]),
        ("Platform", &["/me", "/platform"]),
    ] {
        let token = token(role);
        for call in ["/me", "/person", "/trainer", "/user", "/platform"] {
            let expected = if calls.contains(&call) { 200 } else { 403 };
            assert_eq!(board.get_as(&token, call).await.status, expected, "{role} {call}");
        }
    }
}

#[tokio::test]
async fn a_token_is_read_from_the_authorization_header_alone() {
    let board = Noticeboard::start(&[]).await;
    let token = token("User");

    let in_query = board
        .get(&format!("/me?access_token={token}&token={token}"))
        .await;
    let basic = board
        .request(reqwest::Method::GET, "/me")
        .header("authorization", format!("Basic {token}"));
    let lower = board
        .request(reqwest::Method::GET, "/me")
        .header("authorization", format!("bearer {token}"));

    assert_eq!(in_query.status, 401);
    assert_eq!(basic.send().await.unwrap().status(), 401);
    assert_eq!(lower.send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn pages_are_linked() {
    let board = Noticeboard::start(&[]).await;

    let reply = board.get("/notices?limit=5").await;

    assert_eq!(
        reply.header("link"),
        Some("</notices?limit=5&after=7>; rel=\"next\"")
    );
}
