//! Spans reach a collector, as children of who called.

use std::time::{Duration, Instant};

use crate::{
    collector::Collector,
    speaker::{speak, speak_json},
};

const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const UNSAMPLED: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";
const OTHER: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect()
}

#[tokio::test]
async fn spans_are_sent_as_children_of_their_caller_with_their_links() {
    let collector = Collector::start().await;

    let lines = speak_json(&[
        "--otlp-endpoint",
        &collector.endpoint,
        "--parent",
        PARENT,
        "--link",
        OTHER,
    ])
    .await;

    let spans = collector.spans();
    let find = |name: &str| {
        spans
            .iter()
            .find(|(_, span)| span.name == name)
            .unwrap_or_else(|| panic!("{spans:?}"))
    };
    let ((service, outer), (_, inner)) = (find("outer"), find("inner"));
    assert!(service.contains("speaker"), "{service}");
    assert_eq!(hex(&outer.trace_id), "4bf92f3577b34da6a3ce929d0e0e4736");
    assert_eq!(hex(&outer.parent_span_id), "00f067aa0ba902b7");
    assert_eq!(
        (&inner.trace_id, &inner.parent_span_id),
        (&outer.trace_id, &outer.span_id)
    );
    assert_eq!(hex(&outer.links[0].trace_id), "0af7651916cd43dd8448eb211c80319c");
    assert_eq!(
        lines[0]["traceparent"],
        format!("00-{}-{}-01", hex(&inner.trace_id), hex(&inner.span_id))
    );
}

#[tokio::test]
async fn a_caller_that_is_not_recorded_is_continued_unrecorded() {
    let collector = Collector::start().await;

    let lines = speak_json(&["--otlp-endpoint", &collector.endpoint, "--parent", UNSAMPLED]).await;

    assert!(collector.spans().is_empty());
    assert_eq!(lines[0]["trace_id"], "4bf92f3577b34da6a3ce929d0e0e4736");
}

#[tokio::test]
async fn a_ratio_of_zero_records_nothing_that_begins_here_and_garbage_begins_here() {
    let collector = Collector::start().await;

    let flags = [
        "--otlp-endpoint",
        &collector.endpoint,
        "--trace-ratio=0",
        "--parent=garbage",
        "--link=garbage",
    ];
    let lines = speak_json(&flags).await;

    assert!(collector.spans().is_empty());
    assert_eq!(lines.len(), 3);
}

#[tokio::test]
async fn a_collector_that_is_away_or_silent_fails_nothing_and_delays_little() {
    // Accepts connections in its backlog and never says a word.
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let silent = (format!("http://{}", silent.local_addr().unwrap()), silent);

    for endpoint in ["http://127.0.0.1:1", &silent.0] {
        let began = Instant::now();
        let lines = speak(&["--otlp-endpoint", endpoint]).await;

        assert!(lines.iter().any(|line| line.contains("Said something")));
        assert!(began.elapsed() < Duration::from_secs(8), "{:?}", began.elapsed());
    }
}
