//! Every request is one span, one log line and one count; there are never too many at once.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use prometheus::{HistogramOpts, HistogramVec, Registry};
use protocol::ErrorCode;
use tokio::sync::Semaphore;
use tracing::{Instrument as _, Span, field::Empty, info, info_span};

use crate::Problem;

/// The trace's id, for people who report a failure.
const X_REQUEST_ID: &str = "x-request-id";
/// What one counts requests under that match no route, so that paths cannot grow the metrics.
const UNMATCHED: &str = "unmatched";
const BUCKETS: [f64; 11] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];

/// Measures requests, ends those that take too long, and refuses what comes on top of the bound.
#[derive(Clone)]
pub(crate) struct Observer {
    durations: HistogramVec,
    timeout: Duration,
    places: Arc<Semaphore>,
}

impl Observer {
    pub(crate) fn new(timeout: Duration, in_flight: usize, registry: &Registry) -> Self {
        let opts = HistogramOpts::new("http_request_duration_seconds", "Time until the response began")
            .buckets(BUCKETS.to_vec());
        let durations = match HistogramVec::new(opts, &["route", "method", "status"]) {
            Ok(durations) => durations,
            Err(error) => unreachable!("constant names are valid: {error}"),
        };
        // A second stack of one process keeps its own, unseen figures.
        let _ = registry.register(Box::new(durations.clone()));
        Self {
            durations,
            timeout,
            places: Arc::new(Semaphore::new(in_flight)),
        }
    }
}

impl Observer {
    /// Waiting in line would only make everybody's answer late: who comes on top is told so at once.
    async fn answer(&self, request: Request, next: Next) -> Response {
        let Ok(_place) = self.places.try_acquire() else {
            return Problem::from(ErrorCode::Overloaded).into_response();
        };
        match tokio::time::timeout(self.timeout, next.run(request)).await {
            Ok(response) => response,
            Err(_) => Problem::from(ErrorCode::Unavailable).into_response(),
        }
    }
}

/// Wraps all other layers, so that it sees what the caller gets.
pub(crate) async fn observe(State(observer): State<Observer>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let method = known(request.method());
    let route = request.extensions().get::<MatchedPath>().cloned();
    let route = route.as_ref().map_or(UNMATCHED, MatchedPath::as_str);
    let span = span(method, route, request.headers());
    async move {
        let mut response = observer.answer(request, next).await;
        name_request(&mut response);
        let status = response.status();
        let took = began.elapsed();
        let labels = [route, method, status.as_str()];
        observer
            .durations
            .with_label_values(&labels)
            .observe(took.as_secs_f64());
        record(status, took);
        response
    }
    .instrument(span)
    .await
}

fn span(method: &'static str, route: &str, headers: &HeaderMap) -> Span {
    let span = info_span!(
        "request",
        otel.name = format_args!("{method} {route}"),
        otel.kind = "server",
        otel.status_code = Empty,
        http.request.method = method,
        http.route = route,
        http.response.status_code = Empty,
        error.code = Empty,
        user.id = Empty,
        user.role = Empty,
    );
    // A caller is not trusted to decide what is recorded: its trace is pointed to, not joined.
    if let Some(caller) = headers.get("traceparent").and_then(|value| value.to_str().ok()) {
        telemetry::context::link(&span, caller);
    }
    span
}

fn record(status: StatusCode, took: Duration) {
    let span = Span::current();
    span.record("http.response.status_code", status.as_u16());
    if status.is_server_error() {
        span.record("otel.status_code", "ERROR");
    }
    let millis = took.as_secs_f64() * 1_000.0;
    info!(duration_ms = (millis * 100.0).round() / 100.0, "Answered");
}

fn name_request(response: &mut Response) {
    let trace = telemetry::context::trace_id().and_then(|trace| HeaderValue::try_from(trace).ok());
    if let Some(trace) = trace {
        response.headers_mut().insert(X_REQUEST_ID, trace);
    }
}

/// Methods people invent are counted as one.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        _ => "_OTHER",
    }
}
