//! The reference pages at `/docs`: the HTTP API in a viewer, the socket as plain HTML, and both documents.
//!
//! Everything here is committed and served as it stands; `tests/it` prints it from `protocol`.

use axum::{
    Router,
    http::{HeaderName, HeaderValue, header},
    response::{IntoResponse, Response},
    routing::get,
};

/// Nothing from elsewhere, no inline script; the viewer writes its styles into the page.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; connect-src 'self'; \
     img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Pages and documents may be old for this long after a release.
const AN_HOUR: &str = "public, max-age=3600";
/// The viewer's file name carries its version.
const FOR_EVER: &str = "public, max-age=31536000, immutable";

/// `/docs`, `/docs/socket`, `/docs/openapi.json`, `/docs/asyncapi.json` and the viewer's script.
pub fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new()
        .route("/docs", get(async || page(include_str!("../pages/http.html"))))
        .route(
            "/docs/socket",
            get(async || page(include_str!("../pages/socket.html"))),
        )
        .route(
            "/docs/openapi.json",
            get(async || json(include_str!("../../../docs/openapi.json"))),
        )
        .route(
            "/docs/asyncapi.json",
            get(async || json(include_str!("../../../docs/asyncapi.json"))),
        )
        .route("/docs/rapidoc-9.3.8.js", get(async || viewer()))
}

fn page(html: &'static str) -> Response {
    served("text/html; charset=utf-8", AN_HOUR, html)
}

fn json(document: &'static str) -> Response {
    served("application/json", AN_HOUR, document)
}

/// The script is committed compressed and leaves compressed: every browser that runs it takes gzip.
fn viewer() -> Response {
    let script: &[u8] = include_bytes!("../vendor/rapidoc-9.3.8.min.js.gz");
    let mut response = served("text/javascript; charset=utf-8", FOR_EVER, script);
    response
        .headers_mut()
        .insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    response
}

fn served(kind: &'static str, cache: &'static str, body: impl IntoResponse) -> Response {
    const HEADERS: [(HeaderName, &str); 3] = [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    let kind = [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, cache)];
    (HEADERS, kind, body).into_response()
}
