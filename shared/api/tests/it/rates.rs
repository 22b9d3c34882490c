//! Nobody asks more often than they may, and nobody pays for another.

use futures_util::{StreamExt as _, stream::FuturesUnordered};
use reqwest::Method;

use crate::noticeboard::{Noticeboard, Reply, token};

#[tokio::test]
async fn a_person_over_the_rate_is_told_when_to_come_back() {
    let board = Noticeboard::start(&[("SPOTTER_RATE_HTTP", "1/3")]).await;
    let (anna, tom) = (token("User"), token("User"));

    let mut replies = Vec::new();
    for _ in 0..5 {
        replies.push(board.get_as(&anna, "/me").await);
    }
    let other = board.get_as(&tom, "/me").await;

    let statuses: Vec<_> = replies.iter().map(|reply| reply.status).collect();
    assert_eq!(statuses, [200, 200, 200, 429, 429]);
    let last = replies.last().unwrap();
    assert_eq!(last.refusal(), (429, "rate_limited".to_owned()));
    assert_eq!(last.header("retry-after"), Some("1"));
    let wait = last.problem()["retryAfterMs"].as_u64().unwrap();
    assert!((1..=1000).contains(&wait), "{wait}");
    assert_eq!(other.status, 200);
}

#[tokio::test]
async fn requests_over_the_bound_are_told_at_once_and_places_come_back() {
    let board = Noticeboard::start(&[]).await;

    // Eight places, and nobody who takes one is answered before the timeout.
    let mut replies: Vec<_> = (0..9)
        .map(|_| board.get("/never"))
        .collect::<FuturesUnordered<_>>()
        .collect()
        .await;
    let after = board.get("/notices").await;

    let refused = replies.remove(0);
    assert_eq!(refused.refusal(), (503, "overloaded".to_owned()));
    assert_eq!(refused.header("retry-after"), Some("1"));
    for late in &replies {
        assert_eq!(late.refusal(), (503, "unavailable".to_owned()));
    }
    assert_eq!(after.status, 200);
}

#[tokio::test]
async fn an_address_without_a_valid_token_is_limited_and_people_behind_it_are_not() {
    let board = Noticeboard::start(&[("SPOTTER_RATE_UNAUTHENTICATED", "1/3")]).await;

    let mut statuses = Vec::new();
    for _ in 0..5 {
        statuses.push(board.get_as("garbage", "/me").await.status);
    }

    assert_eq!(statuses, [401, 401, 401, 429, 429]);
    assert_eq!(board.get_as(&token("User"), "/me").await.status, 200);
}

#[tokio::test]
async fn forwarded_addresses_are_believed_from_trusted_proxies_alone() {
    let strangers = Noticeboard::start(&[]).await;
    let proxied = Noticeboard::start(&[("SPOTTER_TRUSTED_PROXIES", "127.0.0.0/8,::1")]).await;
    let forwarded = "198.51.100.7, 203.0.113.9";

    let forged = strangers
        .request(Method::GET, "/address")
        .header("x-forwarded-for", forwarded);
    let believed = proxied
        .request(Method::GET, "/address")
        .header("x-forwarded-for", forwarded);

    assert_eq!(Reply::of(forged).await.text, "127.0.0.1");
    assert_eq!(Reply::of(believed).await.text, "203.0.113.9");
}

#[tokio::test]
async fn a_forged_forwarded_address_does_not_escape_the_rate() {
    let board = Noticeboard::start(&[("SPOTTER_RATE_UNAUTHENTICATED", "1/2")]).await;

    let mut statuses = Vec::new();
    for n in 0..4 {
        let request = board
            .request(Method::GET, "/me")
            .header("x-forwarded-for", format!("198.51.100.{n}"));
        statuses.push(Reply::of(request).await.status);
    }

    assert_eq!(statuses, [401, 401, 429, 429]);
}
