//! What operators and the orchestrator ask, on a port of its own.

use axum::{
    Json, Router,
    extract::State,
    http::{
        HeaderMap, StatusCode,
        header::{ACCEPT, CONTENT_TYPE},
    },
    response::{IntoResponse, Response},
    routing::get,
};
use prometheus::{Encoder as _, TextEncoder};
use serde_json::json;

use crate::{Lifecycle, verbosity};

/// The format that knows exemplars.
const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

pub(crate) fn routes(life: &Lifecycle) -> Router {
    Router::new()
        .route("/healthz", get(|| async { "alive" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .with_state(life.clone())
        .merge(verbosity::routes(life))
}

async fn ready(State(life): State<Lifecycle>) -> Response {
    let failing = life.health.failing();
    let status = if failing.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (
        status,
        Json(json!({ "ready": failing.is_empty(), "failing": failing })),
    )
        .into_response()
}

/// The classic text for people and tools; for who asks so, as Prometheus does, OpenMetrics.
async fn metrics(State(life): State<Lifecycle>, headers: HeaderMap) -> Response {
    let encoder = TextEncoder::new();
    let mut text = String::new();
    if let Err(error) = encoder.encode_utf8(&life.registry.gather(), &mut text) {
        return (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response();
    }
    let accept = headers.get(ACCEPT).and_then(|accept| accept.to_str().ok());
    if accept.is_some_and(|accept| accept.contains("application/openmetrics-text")) {
        ([(CONTENT_TYPE, OPENMETRICS)], life.exemplars.openmetrics(&text)).into_response()
    } else {
        ([(CONTENT_TYPE, encoder.format_type())], text).into_response()
    }
}
