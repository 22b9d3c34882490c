//! A second origin asks, as its page's browser would.

use reqwest::Method;

use crate::noticeboard::{Noticeboard, Reply, token};

const APP: &str = "https://app.example.com";

async fn board() -> Noticeboard {
    Noticeboard::start(&[(
        "SPOTTER_ALLOWED_ORIGINS",
        "https://other.example.com,https://app.example.com",
    )])
    .await
}

#[tokio::test]
async fn a_listed_origin_may_call_and_read_the_exposed_headers() {
    let board = board().await;
    let preflight = board
        .request(Method::OPTIONS, "/notices")
        .header("origin", APP)
        .header("access-control-request-method", "GET")
        .header("access-control-request-headers", "authorization,if-none-match");

    let preflight = Reply::of(preflight).await;
    let reply = Reply::of(board.request(Method::GET, "/notices").header("origin", APP)).await;

    assert_eq!(preflight.status, 200);
    assert_eq!(preflight.header("access-control-allow-origin"), Some(APP));
    let headers = preflight.header("access-control-allow-headers").unwrap();
    assert!(
        headers.contains("authorization") && headers.contains("if-none-match"),
        "{headers}"
    );
    assert_eq!(reply.header("access-control-allow-origin"), Some(APP));
    let exposed = reply.header("access-control-expose-headers").unwrap();
    assert_eq!(exposed, "link,etag,chat-epoch,chat-position,retry-after");
    assert!(reply.header("vary").unwrap().contains("origin"));
    assert_eq!(reply.header("access-control-allow-credentials"), None);
}

#[tokio::test]
async fn a_listed_origin_may_read_refusals_too() {
    let board = board().await;

    for path in ["/me", "/nowhere", "/panic"] {
        let reply = Reply::of(board.request(Method::GET, path).header("origin", APP)).await;
        assert_eq!(reply.header("access-control-allow-origin"), Some(APP), "{path}");
    }
}

#[tokio::test]
async fn no_other_origin_is_let_in() {
    let board = board().await;

    for evil in [
        "https://evil.example",
        "null",
        "https://app.example.com.evil.example",
        "https://evilapp.example.com",
        "http://app.example.com",
        "https://app.example.com:444",
    ] {
        let preflight = board
            .request(Method::OPTIONS, "/me")
            .header("origin", evil)
            .header("access-control-request-method", "GET");
        let preflight = Reply::of(preflight).await;
        let request = board
            .request(Method::GET, "/me")
            .header("origin", evil)
            .bearer_auth(token("User"));
        let reply = Reply::of(request).await;

        assert_eq!(preflight.header("access-control-allow-origin"), None, "{evil}");
        assert_eq!(reply.header("access-control-allow-origin"), None, "{evil}");
    }
}
