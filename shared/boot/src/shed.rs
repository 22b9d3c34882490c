//! Connections over the bound hear 503 and when to come back, at the least cost.

use std::time::Duration;

use protocol::{ErrorCode, http::Problem};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use tokio_util::task::TaskTracker;

/// How many refused connections are seen off politely at once; the rest are just closed.
const POLITE: usize = 256;
/// How long a refused client may take to read its answer.
const LINGER: Duration = Duration::from_secs(1);
const RETRY_AFTER_SECONDS: u64 = 2;

/// Answers 503 without reading the request.
pub(crate) fn refuse(mut stream: TcpStream, connections: &TaskTracker) {
    // Every served connection is one of these tasks too, so the bound is on what comes on top.
    let Ok(place) = PLACES.try_acquire() else { return };
    connections.spawn(async move {
        let _place = place;
        let farewell = async {
            stream.write_all(answer().as_bytes()).await?;
            stream.shutdown().await?;
            // Closing with unread bytes would reset the connection and lose the answer.
            let mut unread = [0; 1024];
            while stream.read(&mut unread).await? > 0 {}
            std::io::Result::Ok(())
        };
        let _ = tokio::time::timeout(LINGER, farewell).await;
    });
}

static PLACES: tokio::sync::Semaphore = tokio::sync::Semaphore::const_new(POLITE);

fn answer() -> String {
    let code = ErrorCode::Overloaded;
    let problem = Problem {
        r#type: "about:blank".to_owned(),
        title: code.message().to_owned(),
        detail: None,
        status: code.http_status(),
        code,
        retryable: code.retryable(),
        retry_after_ms: Some(RETRY_AFTER_SECONDS * 1000),
        field: None,
        trace_id: None,
    };
    let body = serde_json::to_string(&problem).unwrap_or_default();
    format!(
        "HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/problem+json\r\nretry-after: \
         {RETRY_AFTER_SECONDS}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )
}
