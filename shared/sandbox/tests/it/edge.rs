use std::process::Command;

use sandbox::{Edge, EdgeOptions, Scratch, Upstreams};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

#[tokio::test]
async fn the_edge_speaks_tls_and_sends_each_path_to_its_service() {
    let edge = edge_before(&[("gateways", "gateway"), ("histories", "history")]).await;

    assert_eq!(get(&edge, "/docs", &[]), "gateway");
    assert_eq!(get(&edge, "/api/chat/history?userId=1", &[]), "history");
    // Which says `not_found` with a trace, as for its own paths.
    assert_eq!(get(&edge, "/api/nothing", &[]), "history");
}

#[tokio::test]
async fn every_path_of_the_app_is_its_page_and_nothing_inline_runs_in_it() {
    let folder = Scratch::new("pages").unwrap();
    let (app, host) = (folder.path().join("app"), folder.path().join("host"));
    for (path, content) in [
        (app.join("index.html"), "the app"),
        (app.join("assets/app-1a2b.js"), "a script"),
        (host.join("host.js"), "the host"),
        (host.join("host/people.json"), "people"),
    ] {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }
    let edge = Edge::start(EdgeOptions {
        pages: Some(app),
        host: Some(host),
        ..Default::default()
    })
    .await
    .unwrap();

    assert_eq!(get(&edge, "/", &[]), "the app");
    assert_eq!(get(&edge, "/trainer/messages?client=1", &[]), "the app");
    assert_eq!(get(&edge, "/assets/app-1a2b.js", &[]), "a script");
    // An asset of another release is missing; the page in its place would run as a script.
    assert_eq!(get(&edge, "/assets/app-3c4d.js", &[]), "");
    let missing = asked(&edge, "/assets/app-3c4d.js", &["--head"]).to_lowercase();
    assert!(
        missing.contains("cache-control: no-store") && !missing.contains("immutable"),
        "{missing}"
    );
    assert_eq!(get(&edge, "/host.js", &[]), "the host");
    assert_eq!(get(&edge, "/host/people.json", &[]), "people");
    for path in ["/", "/messages", "/host.js"] {
        let policy = policy(&edge, path);
        assert!(policy.contains("script-src 'self';"), "{path}: {policy}");
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
        assert!(
            policy.contains(&format!("wss://localhost:{}", edge.port())),
            "{path}: {policy}"
        );
    }
}

#[tokio::test]
async fn without_a_replica_the_edge_says_unavailable_as_the_services_do() {
    let edge = edge_before(&[]).await;

    // At once: for each the edge waits some seconds for a replica.
    std::thread::scope(|scope| {
        for path in ["/api/chat/history", "/api/files/links", "/ws/chat"] {
            let edge = &edge;
            scope.spawn(move || {
                let problem: serde_json::Value = serde_json::from_str(&get(edge, path, &[])).unwrap();
                assert_eq!(problem["code"], "unavailable", "{path}");
                assert_eq!(problem["retryable"], true, "{path}");
                assert!(problem["traceId"].is_string(), "{path}: {problem}");
            });
        }
    });
}

#[tokio::test]
async fn a_token_or_a_signed_link_never_reaches_the_edges_log() {
    let edge = edge_before(&[("gateways", "gateway")]).await;

    for header in [
        "Sec-WebSocket-Protocol: chat.v1, bearer.secret-1",
        "Authorization: Bearer secret-2",
    ] {
        get(&edge, "/docs", &[header]);
    }
    // Nothing answers here: an error is logged with its request too.
    get(
        &edge,
        "/api/files/1/full?exp=1&sig=secret-3",
        &["Sec-WebSocket-Protocol: bearer.secret-4"],
    );

    for path in [
        "/api/chat/search?q=secret-5",
        "/api/trainer/clients?search=secret-6",
    ] {
        get(&edge, path, &[]);
    }

    let log = std::fs::read_to_string(edge.log()).unwrap();
    assert!(log.contains("/api/files/1/full?hidden"), "{log}");
    assert!(!log.contains("secret-"), "{log}");
}

#[tokio::test]
async fn a_dead_replica_costs_the_edge_one_more_try() {
    let (alive, _task) = upstream("alive").await;
    let dead = format!("127.0.0.1:{}", sandbox::free_port());
    let upstreams = Upstreams {
        gateways: vec![dead, alive],
        ..Default::default()
    };
    let edge = Edge::start(EdgeOptions {
        upstreams,
        ..Default::default()
    })
    .await
    .unwrap();

    for _ in 0..4 {
        assert_eq!(get(&edge, "/ws/chat", &[]), "alive");
    }
}

async fn edge_before(services: &[(&str, &'static str)]) -> Edge {
    let mut upstreams = Upstreams::default();
    for (service, answer) in services {
        let (address, _task) = upstream(answer).await;
        match *service {
            "gateways" => upstreams.gateways.push(address),
            _ => upstreams.histories.push(address),
        }
    }
    Edge::start(EdgeOptions {
        upstreams,
        ..Default::default()
    })
    .await
    .unwrap()
}

/// A service that answers every request with one word.
async fn upstream(word: &'static str) -> (String, std::thread::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .into_std()
        .unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let thread = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let listener = TcpListener::from_std(listener).unwrap();
            while let Ok((mut stream, _)) = listener.accept().await {
                let length = word.len();
                let answer =
                    format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{word}");
                let _ = stream.read(&mut [0; 4096]).await;
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        });
    });
    (address, thread)
}

fn policy(edge: &Edge, path: &str) -> String {
    let headers = asked(edge, path, &["--head"]).to_lowercase();
    let policy = headers
        .lines()
        .find_map(|line| line.strip_prefix("content-security-policy: "));
    policy.unwrap().to_owned()
}

fn get(edge: &Edge, path: &str, headers: &[&str]) -> String {
    let arguments: Vec<&str> = headers.iter().flat_map(|header| ["--header", header]).collect();
    asked(edge, path, &arguments)
}

fn asked(edge: &Edge, path: &str, arguments: &[&str]) -> String {
    let mut curl = Command::new("curl");
    curl.args(["--silent", "--show-error", "--max-time", "20", "--cacert"])
        .arg(edge.root_certificate())
        .args(arguments);
    let output = curl.arg(format!("{}{path}", edge.url())).output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}
