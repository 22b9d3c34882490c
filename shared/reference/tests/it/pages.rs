//! The pages as a browser gets them.

use axum::{
    body::{Body, to_bytes},
    http::{Request, Response, StatusCode, header},
};
use tower::ServiceExt;

#[tokio::test]
async fn pages_allow_no_inline_script_and_nothing_from_elsewhere() {
    for path in ["/docs", "/docs/socket"] {
        let page = get(path).await;
        let policy = page.headers()[header::CONTENT_SECURITY_POLICY]
            .to_str()
            .unwrap()
            .to_owned();

        assert_eq!(page.status(), StatusCode::OK, "{path}");
        assert!(
            policy.contains("default-src 'none'; script-src 'self';"),
            "{policy}"
        );
        assert!(!text(page).await.contains("<script>"), "{path}");
    }
}

#[tokio::test]
async fn everything_a_page_refers_to_is_served() {
    for page in ["/docs", "/docs/socket"] {
        let html = text(get(page).await).await;
        let links = html
            .split('"')
            .filter(|part| part.starts_with("/docs"))
            .map(str::to_owned);

        for link in links.collect::<Vec<_>>() {
            assert_eq!(
                get(&link).await.status(),
                StatusCode::OK,
                "{page} refers to {link}"
            );
        }
    }
}

#[tokio::test]
async fn the_documents_are_json() {
    for path in ["/docs/openapi.json", "/docs/asyncapi.json"] {
        let document = get(path).await;

        assert_eq!(document.headers()[header::CONTENT_TYPE], "application/json");
        assert!(
            serde_json::from_str::<serde_json::Value>(&text(document).await)
                .unwrap()
                .is_object()
        );
    }
}

async fn get(path: &str) -> Response<Body> {
    let request = Request::get(path).body(Body::empty()).unwrap();
    reference::routes().oneshot(request).await.unwrap()
}

async fn text(response: Response<Body>) -> String {
    let bytes = to_bytes(response.into_body(), 4 << 20).await.unwrap();
    String::from_utf8(bytes.to_vec()).unwrap()
}
