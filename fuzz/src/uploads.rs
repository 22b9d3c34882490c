//! Forms of uploads: any boundary, any body, in any pieces.

use std::{convert::Infallible, sync::LazyLock};

use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, HeaderValue, header},
};
use file_upload::outside::receive;
use futures_util::stream;
use protocol::limits::UPLOAD_BYTES;
use tokio::runtime::Runtime;

use crate::choice;

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .expect("a runtime")
});

/// A line that is the content type, then the body.
pub fn run(bytes: &[u8]) {
    let (size, rest) = choice(bytes);
    let at = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
    let (kind, body) = rest.split_at(at);
    let Ok(kind) = HeaderValue::from_bytes(kind) else {
        return;
    };
    let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, kind)]);
    let pieces: Vec<_> = body
        .get(1..)
        .unwrap_or_default()
        .chunks(usize::from(size).max(1) * 8)
        .map(|piece| Ok::<_, Infallible>(Bytes::copy_from_slice(piece)))
        .collect();
    let body = Body::from_stream(stream::iter(pieces));
    let scratch = std::env::temp_dir();
    match RUNTIME.block_on(receive(&headers, body, &scratch)) {
        Ok(received) => {
            assert!(received.size <= UPLOAD_BYTES);
            let name = received.name.unwrap_or_default();
            assert!(!name.contains(['/', '\\', '\r', '\n', '\0']), "{name:?}");
        }
        Err(refusal) => assert!(!refusal.code.retryable(), "{refusal:?}"),
    }
}
