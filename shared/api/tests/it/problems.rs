//! Every refusal is a problem with a code, and none tells what is inside.

use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::noticeboard::{Noticeboard, Reply, expired, token, token_of};

#[tokio::test]
async fn a_problem_is_rfc_9457_with_a_code_and_a_trace() {
    let board = Noticeboard::start(&[]).await;

    let reply = board.get("/me").await;

    let mut problem = reply.problem();
    let trace = problem.as_object_mut().unwrap().remove("traceId").unwrap();
    assert_eq!(
        problem,
        json!({
            "type": "about:blank", "title": "a valid token is needed", "status": 401,
            "code": "unauthenticated", "retryable": false,
        })
    );
    assert_eq!(trace.as_str().unwrap().len(), 32);
    assert_eq!(reply.header("x-request-id"), trace.as_str());
    assert_eq!(reply.header("www-authenticate"), Some("Bearer"));
    assert_eq!(reply.header("cache-control"), Some("no-store"));
}

#[tokio::test]
async fn each_way_to_be_refused_has_its_code() {
    let board = Noticeboard::start(&[]).await;
    let (trainer, platform) = (token("Trainer"), token("Platform"));

    for (token, path, refusal) in [
        ("garbage", "/me", (401, "unauthenticated")),
        (&expired(), "/me", (401, "token_expired")),
        (&token("Admin"), "/me", (403, "forbidden")),
        (&trainer, "/user", (403, "forbidden")),
        (&trainer, "/platform", (403, "forbidden")),
        (&platform, "/person", (403, "forbidden")),
        (&trainer, "/nowhere", (404, "not_found")),
        (&trainer, "/notices/tom", (422, "invalid_field")),
        (&trainer, "/notices?limit=many", (422, "invalid_field")),
        (&trainer, "/broken", (500, "internal")),
        (&trainer, "/panic", (500, "internal")),
        (&trainer, "/never", (503, "unavailable")),
    ] {
        let reply = board.get_as(token, path).await;
        assert_eq!(reply.refusal(), (refusal.0, refusal.1.to_owned()), "{path}");
        assert!(!reply.text.contains("hunter2"), "{}", reply.text);
    }
}

#[tokio::test]
async fn a_wrong_method_is_a_problem_that_names_the_right_ones() {
    let board = Noticeboard::start(&[]).await;

    let reply = Reply::of(board.request(Method::DELETE, "/notices")).await;

    assert_eq!(reply.refusal(), (405, "not_found".to_owned()));
    let allowed = reply.header("allow").unwrap();
    assert!(allowed.contains("GET") && allowed.contains("POST"), "{allowed}");
}

#[tokio::test]
async fn what_is_anothers_and_what_never_was_look_alike() {
    let board = Noticeboard::start(&[]).await;
    let (anna, tom) = (Uuid::new_v4(), Uuid::new_v4());
    let (of_anna, of_tom) = (token_of(anna, "User"), token_of(tom, "User"));
    board.get_as(&of_tom, &format!("/notices/{tom}")).await;

    let foreign = board.get_as(&of_anna, &format!("/notices/{tom}")).await;
    let absent = board
        .get_as(&of_anna, &format!("/notices/{}", Uuid::new_v4()))
        .await;

    assert_eq!(bare(&foreign), bare(&absent));
    assert_eq!(foreign.refusal(), (404, "not_found".to_owned()));
}

#[tokio::test]
async fn bodies_are_refused_by_what_is_wrong_with_them() {
    let board = Noticeboard::start(&[]).await;
    let id = Uuid::new_v4();
    let large = format!(r#"{{"authorId":"{id}","text":"{}"}}"#, "x".repeat(300 * 1024));

    for (body, refusal, field) in [
        ("nonsense", (400, "bad_frame"), None),
        (r#"{"authorId":7,"text":""}"#, (400, "bad_frame"), None),
        (
            r#"{"authorId":"tom","text":""}"#,
            (422, "invalid_field"),
            Some("authorId"),
        ),
        (r#"{"text":""}"#, (422, "invalid_field"), Some("authorId")),
        (&large, (413, "payload_too_large"), None),
    ] {
        let request = board.request(Method::POST, "/notices").body(body.to_owned());
        let reply = Reply::of(request).await;
        assert_eq!(reply.refusal(), (refusal.0, refusal.1.to_owned()));
        assert_eq!(reply.problem().get("field").and_then(Value::as_str), field);
    }
    let good = board
        .request(Method::POST, "/notices")
        .json(&json!({"authorId": id, "text": "hi", "role": "Platform"}));
    assert_eq!(
        Reply::of(good).await.text,
        format!(r#"{{"authorId":"{id}","text":"hi"}}"#)
    );
}

/// A reply without what is different in every reply.
fn bare(reply: &Reply) -> (u16, Vec<(String, String)>, Value) {
    let mut problem = reply.problem();
    problem.as_object_mut().unwrap().remove("traceId");
    let headers = reply
        .headers
        .iter()
        .filter(|(name, _)| !["x-request-id", "date"].contains(&name.as_str()));
    let headers = headers
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect();
    (reply.status, headers, problem)
}
