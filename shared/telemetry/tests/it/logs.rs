//! One event is one line.

use serde_json::json;

use crate::speaker::{speak, speak_json};

#[tokio::test]
async fn a_line_says_who_what_and_in_which_trace() {
    let lines = speak_json(&[]).await;

    let [said, failed, outside] = lines.as_slice() else {
        panic!("{lines:?}")
    };
    for (field, value) in [
        ("service.name", json!("speaker")),
        ("level", json!("INFO")),
        ("message", json!("Said something")),
        ("span", json!("inner")),
        ("number", json!(0.5)),
        ("deep", json!(true)),
        ("user.id", json!(8)),
        ("later", json!("known")),
        ("target", json!("speaker")),
    ] {
        assert_eq!(said[field], value, "{field} in {said}");
    }
    let trace = said["trace_id"].as_str().unwrap();
    let traceparent = said["traceparent"].as_str().unwrap();
    assert!(
        traceparent.starts_with(&format!("00-{trace}-")) && traceparent.ends_with("-00"),
        "{traceparent}"
    );
    assert!(said["timestamp"].as_str().unwrap().ends_with('Z'));
    assert!(said.get("otel.kind").is_none());
    assert_eq!(failed["error"], "could not reach the broker: connection refused");
    assert_eq!(
        (&failed["type"], &failed["user.id"], &failed["trace_id"]),
        (&json!("kind"), &json!(7), &json!(trace))
    );
    assert!(outside.get("trace_id").is_none() && outside.get("span").is_none());
}

#[tokio::test]
async fn what_is_logged_can_be_chosen() {
    let errors = speak_json(&["--log=error"]).await;
    let none = speak(&["--log=off"]).await;
    let pretty = speak(&["--log-format=pretty"]).await;

    assert_eq!(errors.len(), 1);
    assert!(none.is_empty());
    assert!(
        pretty[0].contains("Said something") && !pretty[0].starts_with('{'),
        "{pretty:?}"
    );
}
