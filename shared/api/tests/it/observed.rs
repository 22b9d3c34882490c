//! What operators see of a request, and what they must never see.

use serde_json::json;
use uuid::Uuid;

use crate::noticeboard::{Noticeboard, token_of};

#[tokio::test]
async fn a_request_is_one_log_line_without_tokens() {
    let mut board = Noticeboard::start(&[("SPOTTER_LOG", "trace")]).await;
    let anna = Uuid::new_v4();
    let token = token_of(anna, "User");

    let reply = board
        .get_as(&token, &format!("/notices/{anna}?access_token={token}"))
        .await;
    let line = board.logs("Answered").await;

    assert_eq!(reply.status, 200);
    for (field, value) in [
        ("service.name", json!("noticeboard")),
        ("http.request.method", json!("GET")),
        ("http.route", json!("/notices/{id}")),
        ("http.response.status_code", json!(200)),
        ("user.id", json!(anna)),
        ("user.role", json!("User")),
        ("trace_id", json!(reply.header("x-request-id"))),
    ] {
        assert_eq!(line[field], value, "{field} in {line}");
    }
    assert!(line["duration_ms"].is_number());
    assert!(
        !line.to_string().contains(&token) && !line.to_string().contains("127.0.0.1"),
        "{line}"
    );
}

#[tokio::test]
async fn the_cause_of_a_failure_is_in_the_log_with_the_trace_that_the_caller_was_told() {
    let mut board = Noticeboard::start(&[]).await;

    let reply = board.get("/broken").await;
    let line = board.logs("Failed to answer").await;

    assert_eq!(line["trace_id"], reply.problem()["traceId"]);
    assert_eq!(line["error"], "the password of the database is hunter2");
    let answered = board.logs("Answered").await;
    assert_eq!(
        (&answered["error.code"], &answered["http.response.status_code"]),
        (&json!("internal"), &json!(500))
    );
}

#[tokio::test]
async fn requests_are_counted_by_route_and_paths_cannot_grow_the_metrics() {
    let board = Noticeboard::start(&[]).await;
    for n in 0..20 {
        board.get(&format!("/nowhere/{n}")).await;
    }
    board.get("/notices").await;
    let odd = reqwest::Method::from_bytes(b"ODD").unwrap();
    board.request(odd, "/notices").send().await.unwrap();

    let metrics = board.metrics().await;

    for line in [
        r#"http_request_duration_seconds_count{method="GET",route="unmatched",status="404"} 20"#,
        r#"http_request_duration_seconds_count{method="GET",route="/notices",status="200"} 1"#,
        r#"http_request_duration_seconds_count{method="_OTHER",route="/notices",status="405"} 1"#,
    ] {
        assert!(metrics.contains(line), "{line} in {metrics}");
    }
    assert!(!metrics.contains("nowhere"));
}
