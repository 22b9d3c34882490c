//! A TCP proxy that a story can cut, delay or turn into a black hole.

use std::{net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
    task::JoinSet,
};

/// What happens to bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weather {
    Fine,
    /// Every chunk waits this long.
    Delayed(Duration),
    /// So many bytes at once, with a pause after each: a thin line.
    Thin {
        bytes: usize,
        pause: Duration,
    },
    /// Connections stay open and nothing passes, either way.
    BlackHole,
    /// Nothing passes from the server to the client.
    Deaf,
    /// Nothing passes from the client to the server.
    Mute,
    /// Connections are reset, and further ones too.
    Cut,
}

impl Weather {
    fn passes(self, way: Way) -> bool {
        match self {
            Self::Fine | Self::Delayed(_) | Self::Thin { .. } => true,
            Self::BlackHole | Self::Cut => false,
            Self::Deaf => way == Way::Up,
            Self::Mute => way == Way::Down,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Up,
    Down,
}

/// A proxy in front of one server. Dropping it cuts everything.
#[derive(Debug)]
pub struct Proxy {
    port: u16,
    weather: watch::Sender<Weather>,
    _tasks: JoinSet<()>,
}

impl Proxy {
    pub async fn start(upstream: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener
            .local_addr()
            .expect("a bound listener has an address")
            .port();
        let weather = watch::Sender::new(Weather::Fine);
        let mut tasks = JoinSet::new();
        tasks.spawn(accept(listener, upstream, weather.subscribe()));
        Self {
            port,
            weather,
            _tasks: tasks,
        }
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// Changes the weather of live and future connections.
    pub fn set(&self, weather: Weather) {
        self.weather.send_replace(weather);
    }
}

async fn accept(listener: TcpListener, upstream: SocketAddr, weather: watch::Receiver<Weather>) {
    let mut connections = JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        let weather = weather.clone();
        connections.spawn(connection(client, upstream, weather));
        while connections.try_join_next().is_some() {}
    }
}

async fn connection(client: TcpStream, upstream: SocketAddr, mut weather: watch::Receiver<Weather>) {
    let Ok(server) = TcpStream::connect(upstream).await else {
        return;
    };
    for stream in [&client, &server] {
        drop(stream.set_nodelay(true));
        // A cut is a reset, not a farewell.
        drop(stream.set_zero_linger());
    }
    let (client_read, client_write) = client.into_split();
    let (server_read, server_write) = server.into_split();
    let up = copy(client_read, server_write, Way::Up, weather.clone());
    let down = copy(server_read, client_write, Way::Down, weather.clone());
    tokio::select! {
        () = async { tokio::join!(up, down); } => {}
        _ = weather.wait_for(|weather| *weather == Weather::Cut) => {}
    }
}

async fn copy(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    way: Way,
    mut weather: watch::Receiver<Weather>,
) {
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let limit = match *weather.borrow() {
            Weather::Thin { bytes, .. } => bytes.clamp(1, buffer.len()),
            _ => buffer.len(),
        };
        let Some(room) = buffer.get_mut(..limit) else {
            return;
        };
        let Ok(read @ 1..) = from.read(room).await else {
            return;
        };
        // Bytes that were read wait here while the weather holds them up.
        let Ok(now) = weather
            .wait_for(|weather| weather.passes(way))
            .await
            .map(|weather| *weather)
        else {
            return;
        };
        if let Weather::Delayed(pause) | Weather::Thin { pause, .. } = now {
            // Even the shortest sleep lasts a millisecond, and there may be one for each byte.
            if pause > Duration::ZERO {
                tokio::time::sleep(pause).await;
            }
        }
        let Some(chunk) = buffer.get(..read) else { return };
        if to.write_all(chunk).await.is_err() {
            return;
        }
    }
}
