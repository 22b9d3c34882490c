use std::time::Duration;

use testkit::proxy::{Proxy, Snip, Weather};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinSet,
    time::timeout,
};

#[tokio::test]
async fn in_fine_weather_everything_passes() {
    let (proxy, _echo) = proxied_echo().await;
    let mut line = connect(&proxy).await;

    line.write_all(b"hello").await.unwrap();

    assert_eq!(heard(&mut line).await.as_deref(), Some(&b"hello"[..]));
}

#[tokio::test]
async fn a_black_hole_holds_bytes_back_and_lets_them_go_afterwards() {
    let (proxy, _echo) = proxied_echo().await;
    let mut line = connect(&proxy).await;

    proxy.set(Weather::BlackHole);
    line.write_all(b"hello").await.unwrap();
    assert_eq!(heard(&mut line).await, None);
    proxy.set(Weather::Fine);

    assert_eq!(heard(&mut line).await.as_deref(), Some(&b"hello"[..]));
}

#[tokio::test]
async fn a_cut_ends_live_connections() {
    let (proxy, _echo) = proxied_echo().await;
    let mut line = connect(&proxy).await;
    line.write_all(b"hello").await.unwrap();
    heard(&mut line).await;

    proxy.set(Weather::Cut);

    let mut byte = [0];
    let end = timeout(Duration::from_secs(5), line.read(&mut byte))
        .await
        .unwrap();
    assert!(matches!(end, Ok(0) | Err(_)));
}

#[tokio::test]
async fn a_thin_line_passes_everything_in_slices() {
    let (proxy, _echo) = proxied_echo().await;
    proxy.set(Weather::Thin {
        bytes: 1,
        pause: Duration::ZERO,
    });
    let mut line = connect(&proxy).await;

    line.write_all(b"hello").await.unwrap();

    let mut all = [0; 5];
    timeout(Duration::from_secs(5), line.read_exact(&mut all))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(&all, b"hello");
}

#[tokio::test]
async fn a_reset_ends_live_connections_and_no_further_ones() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let proxy = Proxy::start(listener.local_addr().unwrap()).await;
    let (mut line, served) = (connect(&proxy).await, listener.accept().await.unwrap());
    proxy.set(Weather::BlackHole);
    line.write_all(b"never heard").await.unwrap();

    proxy.reset();
    proxy.set(Weather::Fine);

    let end = timeout(Duration::from_secs(5), line.read(&mut [0]))
        .await
        .unwrap();
    assert!(matches!(end, Ok(0) | Err(_)));
    drop(served);
    let mut next = connect(&proxy).await;
    let (mut server, _) = listener.accept().await.unwrap();
    next.write_all(b"hello").await.unwrap();
    assert_eq!(heard(&mut server).await.as_deref(), Some(&b"hello"[..]));
}

#[tokio::test]
async fn a_snip_lets_exactly_so_many_bytes_pass() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let proxy = Proxy::start(listener.local_addr().unwrap()).await;
    proxy.snip([Snip::Up(3)]);
    let mut line = connect(&proxy).await;
    let (mut server, _) = listener.accept().await.unwrap();

    line.write_all(b"hello").await.unwrap();

    let mut heard = Vec::new();
    drop(
        timeout(Duration::from_secs(5), server.read_to_end(&mut heard))
            .await
            .unwrap(),
    );
    assert_eq!(heard, b"hel");
    assert_eq!(proxy.snips_left(), 0);
}

async fn proxied_echo() -> (Proxy, JoinSet<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let proxy = Proxy::start(listener.local_addr().unwrap()).await;
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let (mut read, mut write) = stream.split();
        drop(tokio::io::copy(&mut read, &mut write).await);
    });
    (proxy, tasks)
}

async fn connect(proxy: &Proxy) -> TcpStream {
    TcpStream::connect(("127.0.0.1", proxy.port())).await.unwrap()
}

/// What comes within a moment; silence is `None`.
async fn heard(line: &mut TcpStream) -> Option<Vec<u8>> {
    let mut buffer = vec![0; 64];
    let read = timeout(Duration::from_millis(500), line.read(&mut buffer))
        .await
        .ok()?
        .ok()?;
    buffer.truncate(read);
    Some(buffer)
}
