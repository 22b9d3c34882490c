//! The layers around all routes of a service.

use std::{any::Any, net::IpAddr, sync::Arc, time::Duration};

use auth::Verifier;
use axum::{
    Extension, Router,
    extract::DefaultBodyLimit,
    http::{HeaderName, HeaderValue, Method, header, request::Parts},
    middleware,
    response::{IntoResponse as _, Response},
};
use boot::Lifecycle;
use protocol::{
    ErrorCode, UserId,
    http::{CHAT_EPOCH, CHAT_POSITION},
};
use quota::Quota;
use tower_http::{
    catch_panic::CatchPanicLayer,
    cors::{AllowOrigin, CorsLayer},
    sensitive_headers::SetSensitiveRequestHeadersLayer,
};

use crate::{
    Config, Network, Origins, Problem,
    observe::{Observer, observe},
};

/// Longer than the longest frame, with room for a resume of all conversations.
const BODY_BYTES: usize = 256 * 1024;
const TIMEOUT: Duration = Duration::from_secs(30);
/// Requests whose response has not begun. Past it a database that stands still would fill the memory.
const IN_FLIGHT: usize = 1_024;
/// How long a browser may remember what a preflight said.
const PREFLIGHT_AGE: Duration = Duration::from_hours(1);

/// Wraps `router` in everything a service needs around its routes, with the usual limits.
pub fn layer(router: Router, config: &Config, verifier: Verifier, life: &Lifecycle) -> Router {
    Stack::new(config, verifier, life).wrap(router)
}

/// The layers, for services that need other limits than the usual ones.
pub struct Stack {
    gate: Gate,
    origins: Origins,
    timeout: Duration,
    body_bytes: usize,
    in_flight: usize,
    registry: prometheus::Registry,
}

impl Stack {
    pub fn new(config: &Config, verifier: Verifier, life: &Lifecycle) -> Self {
        let gate = Inner {
            verifier,
            people: Quota::new(config.rate_http, life),
            strangers: Quota::new(config.rate_unauthenticated, life),
            trusted_proxies: config.trusted_proxies.clone(),
        };
        Self {
            gate: Gate(Arc::new(gate)),
            origins: config.origins(),
            timeout: TIMEOUT,
            body_bytes: BODY_BYTES,
            in_flight: IN_FLIGHT,
            registry: life.registry.clone(),
        }
    }

    /// Longest time until a response begins; after it the caller hears `unavailable`.
    #[must_use]
    pub fn timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    /// Largest body that is read as a whole. A route may set its own `DefaultBodyLimit`.
    #[must_use]
    pub fn body_limit(self, bytes: usize) -> Self {
        Self {
            body_bytes: bytes,
            ..self
        }
    }

    /// Most requests at once; more hear `overloaded`.
    #[must_use]
    pub fn in_flight(self, in_flight: usize) -> Self {
        Self { in_flight, ..self }
    }

    /// Each line stands outside of the lines above it.
    pub fn wrap(self, router: Router) -> Router {
        let observer = Observer::new(self.timeout, self.in_flight, &self.registry);
        router
            .fallback(|| async { Problem::from(ErrorCode::NotFound) })
            .method_not_allowed_fallback(|| async { Problem::method_not_allowed() })
            .layer(DefaultBodyLimit::max(self.body_bytes))
            .layer(Extension(self.gate))
            .layer(CatchPanicLayer::custom(panicked))
            .layer(middleware::from_fn_with_state(observer, observe))
            .layer(SetSensitiveRequestHeadersLayer::new([
                header::AUTHORIZATION,
                header::COOKIE,
                header::SEC_WEBSOCKET_PROTOCOL,
            ]))
            .layer(cors(self.origins))
    }
}

/// What extractors need to know who asks; cheap to clone.
#[derive(Clone)]
pub(crate) struct Gate(Arc<Inner>);

struct Inner {
    verifier: Verifier,
    people: Quota<UserId>,
    /// Counts what addresses send without a valid token.
    strangers: Quota<IpAddr>,
    trusted_proxies: Vec<Network>,
}

impl Gate {
    pub(crate) fn verifier(&self) -> &Verifier {
        &self.0.verifier
    }

    pub(crate) fn people(&self) -> &Quota<UserId> {
        &self.0.people
    }

    pub(crate) fn strangers(&self) -> &Quota<IpAddr> {
        &self.0.strangers
    }

    pub(crate) fn trusted_proxies(&self) -> &[Network] {
        &self.0.trusted_proxies
    }
}

fn cors(origins: Origins) -> CorsLayer {
    let allowed = move |origin: &HeaderValue, _: &Parts| origins.allows(origin);
    CorsLayer::new()
        .allow_origin(AllowOrigin::predicate(allowed))
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::DELETE])
        .allow_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            header::IF_NONE_MATCH,
            header::RANGE,
            HeaderName::from_static("traceparent"),
        ])
        .expose_headers([
            header::LINK,
            header::ETAG,
            HeaderName::from_static(CHAT_EPOCH),
            HeaderName::from_static(CHAT_POSITION),
            header::RETRY_AFTER,
        ])
        .max_age(PREFLIGHT_AGE)
}

/// The panic itself is in the log already; one request is lost and nothing else.
fn panicked(_panic: Box<dyn Any + Send>) -> Response {
    Problem::from(ErrorCode::Internal).into_response()
}
