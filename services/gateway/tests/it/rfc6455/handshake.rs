//! Section 4 of the RFC: what is no opening handshake opens nothing.

use testkit::{Kit, Options};

use super::peer::{ask, request};

/// How a request differs from one that nobody can find fault with.
enum Change {
    /// The line that begins with the first is the second instead.
    Line(&'static str, &'static str),
    Without(&'static str),
    With(&'static str),
}
use Change::{Line, With, Without};

#[tokio::test]
async fn an_upgrade_is_answered_as_rfc_6455_says_or_not_at_all() {
    let kit = Kit::start(Options::default().unlimited()).await;
    let (anna, _) = kit.client_with_trainer("Anna", "Tom").await;
    let gateway = kit.gateway(0);
    let asked = async |change: &Change| {
        let request = changed(request(gateway, &anna), change);
        let (_, answer) = ask(gateway, &request).await.unwrap();
        answer
    };

    for good in GOOD {
        let answer = asked(&good.1).await;
        assert!(answer.starts_with("HTTP/1.1 101 "), "{}: {answer}", good.0);
        // The answer to the RFC's own example.
        assert!(
            answer.contains("sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"),
            "{answer}"
        );
        assert!(
            answer.contains("sec-websocket-protocol: chat.v1\r\n"),
            "{}: {answer}",
            good.0
        );
        assert!(
            !answer.contains("sec-websocket-extensions"),
            "{}: {answer}",
            good.0
        );
    }
    for (name, change, status) in BAD {
        let answer = asked(&change).await;
        let first = answer.lines().next().unwrap_or_default();
        assert!(first.split(' ').nth(1) == Some(status), "{name}: {answer}");
        assert!(
            answer.contains("content-type: application/problem+json"),
            "{name}: {answer}"
        );
    }
    for version in ["8", "14", "", "13, 8", "x"] {
        let line = format!("Sec-WebSocket-Version: {version}");
        let mut request = request(gateway, &anna);
        request.retain(|line| !line.starts_with("Sec-WebSocket-Version"));
        request.push(line);
        let (_, answer) = ask(gateway, &request).await.unwrap();
        assert!(
            answer.starts_with("HTTP/1.1 400 "),
            "version {version:?}: {answer}"
        );
        assert!(
            answer.contains("sec-websocket-version: 13\r\n"),
            "version {version:?}: {answer}"
        );
    }
}

const GOOD: [(&str, Change); 6] = [
    ("as it should be", With("X-Nothing: to see")),
    ("words of another case", Line("Upgrade", "upgrade: WebSocket")),
    (
        "a connection that is more",
        Line("Connection", "Connection: keep-alive, Upgrade"),
    ),
    (
        "other protocols too",
        Line(
            "Sec-WebSocket-Protocol",
            "Sec-WebSocket-Protocol: soap, chat.v1,  wamp",
        ),
    ),
    (
        "an extension that is not spoken",
        With("Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits"),
    ),
    (
        "the names in lower case",
        Line("Sec-WebSocket-Version", "sec-websocket-version: 13"),
    ),
];

const BAD: [(&str, Change, &str); 16] = [
    ("another method", Line("GET", "POST /ws/chat HTTP/1.1"), "405"),
    ("an older HTTP", Line("GET", "GET /ws/chat HTTP/1.0"), "400"),
    ("no host", Without("Host"), "400"),
    ("no upgrade", Without("Upgrade"), "400"),
    (
        "an upgrade to something else",
        Line("Upgrade", "Upgrade: h2c"),
        "400",
    ),
    ("no connection", Without("Connection"), "400"),
    (
        "another connection",
        Line("Connection", "Connection: keep-alive"),
        "400",
    ),
    ("no key", Without("Sec-WebSocket-Key"), "400"),
    (
        "an empty key",
        Line("Sec-WebSocket-Key", "Sec-WebSocket-Key: "),
        "400",
    ),
    (
        "a key that is no base64",
        Line("Sec-WebSocket-Key", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZ!=="),
        "400",
    ),
    (
        "a key of 15 bytes",
        Line("Sec-WebSocket-Key", "Sec-WebSocket-Key: AAECAwQFBgcICQoLDA0O"),
        "400",
    ),
    (
        "a key of 17 bytes",
        Line("Sec-WebSocket-Key", "Sec-WebSocket-Key: AAECAwQFBgcICQoLDA0ODxA="),
        "400",
    ),
    (
        "two keys",
        With("Sec-WebSocket-Key: AAECAwQFBgcICQoLDA0ODw=="),
        "400",
    ),
    ("no version", Without("Sec-WebSocket-Version"), "400"),
    ("no protocol", Without("Sec-WebSocket-Protocol"), "400"),
    (
        "another protocol",
        Line("Sec-WebSocket-Protocol", "Sec-WebSocket-Protocol: chat.v2"),
        "400",
    ),
];

fn changed(mut request: Vec<String>, change: &Change) -> Vec<String> {
    let at =
        |request: &[String], start: &str| request.iter().position(|line| line.starts_with(start)).unwrap();
    match change {
        Line(start, instead) => {
            let at = at(&request, start);
            request[at] = (*instead).to_owned();
        }
        Without(start) => {
            let at = at(&request, start);
            request.remove(at);
        }
        With(line) => request.push((*line).to_owned()),
    }
    request
}
