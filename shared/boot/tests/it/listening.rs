//! Slow, many and broken connections; the operators' own port.

use std::time::{Duration, Instant};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::greeter::Greeter;

const UPGRADE: &str = "GET /socket HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
                       sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

#[tokio::test]
async fn slow_headers_are_cut_after_ten_seconds() {
    let greeter = Greeter::start(&[]).await;
    let mut slow = TcpStream::connect(greeter.public).await.unwrap();
    let mut silent = TcpStream::connect(greeter.public).await.unwrap();
    let began = Instant::now();

    slow.write_all(b"GET / HTTP/1.1\r\nhost: x\r\nx-slow: ")
        .await
        .unwrap();
    let (slow, silent) = tokio::join!(all(&mut slow), all(&mut silent));

    let took = began.elapsed();
    assert!(!slow.contains("200 OK") && silent.is_empty(), "{slow}{silent}");
    assert!(
        took > Duration::from_secs(8) && took < Duration::from_secs(14),
        "{took:?}"
    );
}

#[tokio::test]
async fn a_body_that_stops_coming_is_given_up() {
    let greeter = Greeter::start(&[]).await;
    let mut slow = TcpStream::connect(greeter.public).await.unwrap();
    let began = Instant::now();

    slow.write_all(b"POST /length HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nfive.")
        .await
        .unwrap();
    let answer = all(&mut slow).await;

    let took = began.elapsed();
    assert!(answer.starts_with("HTTP/1.1 4"), "{answer}");
    assert!(
        took > Duration::from_secs(8) && took < Duration::from_secs(25),
        "{took:?}"
    );
}

#[tokio::test]
async fn a_client_that_is_still_sending_sees_why_it_was_refused() {
    let greeter = Greeter::start(&[]).await;
    let mut client = TcpStream::connect(greeter.public).await.unwrap();
    let head = "POST /refuse HTTP/1.1\r\nhost: x\r\ncontent-length: 16777216\r\n\r\n";

    client.write_all(head.as_bytes()).await.unwrap();
    for _ in 0..2_048 {
        client
            .write_all(&vec![0; 65_536])
            .await
            .expect("the connection was reset");
    }

    let answer = all(&mut client).await;
    assert!(
        answer.starts_with("HTTP/1.1 401") && answer.contains("connection: close"),
        "{answer}"
    );
}

#[tokio::test]
async fn a_connection_is_used_again_after_a_body_that_was_read() {
    let greeter = Greeter::start(&[]).await;
    let mut client = TcpStream::connect(greeter.public).await.unwrap();
    let one = "POST /length HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\n\r\nfour";
    let last = "POST /length HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 2\r\n\r\nhi";

    client
        .write_all(format!("{one}{one}{last}").as_bytes())
        .await
        .unwrap();

    let answers = all(&mut client).await;
    assert_eq!(answers.matches("HTTP/1.1 200").count(), 3, "{answers}");
}

#[tokio::test]
async fn headers_over_the_buffer_are_refused() {
    let greeter = Greeter::start(&[]).await;
    let mut client = TcpStream::connect(greeter.public).await.unwrap();

    let request = format!(
        "GET / HTTP/1.1\r\nhost: x\r\nx-large: {}\r\n\r\n",
        "x".repeat(64 * 1024)
    );
    let _ = client.write_all(request.as_bytes()).await;

    assert!(all(&mut client).await.starts_with("HTTP/1.1 431"));
    assert_eq!(greeter.get("/").await.unwrap().status(), 200);
}

#[tokio::test]
async fn connections_over_the_bound_hear_503_and_places_come_back() {
    let greeter = Greeter::start(&[("SPOTTER_MAX_CONNECTIONS", "2")]).await;
    let first = TcpStream::connect(greeter.public).await.unwrap();
    // An upgraded socket keeps its place, though its HTTP connection has ended.
    let second = upgraded(&greeter).await;
    open(&greeter, 2.0).await;

    let mut third = TcpStream::connect(greeter.public).await.unwrap();
    let refusal = all(&mut third).await;
    drop((first, second));
    open(&greeter, 0.0).await;

    assert!(refusal.starts_with("HTTP/1.1 503"), "{refusal}");
    assert!(
        refusal.contains("retry-after: 2") && refusal.contains("\"code\":\"overloaded\""),
        "{refusal}"
    );
    assert_eq!(greeter.get("/").await.unwrap().status(), 200);
    let refused = greeter
        .metric("connections_refused_total{listener=\"public\"}")
        .await;
    assert!(refused > 0.5 && refused < 1.5, "{refused}");
}

#[tokio::test]
async fn a_shortage_of_open_files_sheds_and_the_service_stays_healthy() {
    let greeter = Greeter::with_open_files(256).await;
    let mut clients = Vec::new();
    for _ in 0..400 {
        clients.push(TcpStream::connect(greeter.public).await.unwrap());
    }

    let refused = all(clients.last_mut().unwrap()).await;
    let healthy = greeter.operator("/healthz").await;
    drop(clients);
    open(&greeter, 0.0).await;

    assert!(refused.starts_with("HTTP/1.1 503"), "{refused}");
    assert_eq!(healthy.0, 200);
    assert_eq!(greeter.get("/").await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_service_takes_as_many_open_files_as_it_may_have() {
    let greeter = Greeter::with_open_files_up_to(256, 1_024).await;
    let mut clients = Vec::new();
    for _ in 0..400 {
        clients.push(TcpStream::connect(greeter.public).await.unwrap());
    }

    assert_eq!(greeter.get("/").await.unwrap().status(), 200);
}

#[tokio::test]
async fn operators_have_a_port_of_their_own() {
    let greeter = Greeter::start(&[]).await;

    assert_eq!(greeter.operator("/healthz").await.0, 200);
    assert_eq!(
        greeter.operator("/readyz").await,
        (200, r#"{"failing":[],"ready":true}"#.to_owned())
    );
    for path in ["/metrics", "/readyz", "/healthz"] {
        assert_eq!(greeter.get(path).await.unwrap().status(), 404);
    }
    assert!(greeter.metric("process_resident_memory_bytes").await > 0.0);
}

#[tokio::test]
async fn a_panic_costs_one_connection_and_is_in_the_log() {
    let mut greeter = Greeter::start(&[]).await;

    assert!(greeter.get("/panic").await.is_err());

    assert!(greeter.logs("Panicked").await.contains("a handler panicked"));
    assert_eq!(greeter.get("/").await.unwrap().status(), 200);
}

async fn upgraded(greeter: &Greeter) -> TcpStream {
    let mut socket = TcpStream::connect(greeter.public).await.unwrap();
    socket.write_all(UPGRADE.as_bytes()).await.unwrap();
    let mut head = [0; 12];
    socket.read_exact(&mut head).await.unwrap();
    assert_eq!(&head, b"HTTP/1.1 101");
    socket
}

/// Waits until so many public connections are open.
async fn open(greeter: &Greeter, count: f64) {
    while greeter
        .metric("connections_open{listener=\"public\"}")
        .await
        .to_bits()
        != count.to_bits()
    {
        tokio::task::yield_now().await;
    }
}

/// Reads until the server closes, which it must do by itself.
async fn all(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    // A reset is an end as well.
    let _ = tokio::time::timeout(Duration::from_secs(30), stream.read_to_end(&mut text))
        .await
        .expect("left open");
    String::from_utf8_lossy(&text).into_owned()
}
