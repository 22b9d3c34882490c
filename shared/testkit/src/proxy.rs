//! A TCP proxy that a story can cut, delay or turn into a black hole.

use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

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

/// Where a connection ends: after so many bytes of one direction, wherever in a frame that is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Snip {
    Up(usize),
    Down(usize),
}

impl Snip {
    /// How much of this direction passes before the end.
    fn budget(self, way: Way) -> usize {
        match (self, way) {
            (Self::Up(bytes), Way::Up) | (Self::Down(bytes), Way::Down) => bytes,
            _ => usize::MAX,
        }
    }
}

/// A proxy in front of one server. Dropping it cuts everything.
#[derive(Debug)]
pub struct Proxy {
    port: u16,
    line: Line,
    _tasks: JoinSet<()>,
}

/// What connections of a proxy share.
#[derive(Debug, Clone)]
struct Line {
    weather: watch::Sender<Weather>,
    /// Grows with each reset.
    resets: watch::Sender<u64>,
    /// What becomes of the next connections, in their order; each takes one.
    snips: Arc<Mutex<VecDeque<Snip>>>,
    /// Where the next connections lead.
    upstream: Arc<Mutex<SocketAddr>>,
}

impl Proxy {
    pub async fn start(upstream: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener
            .local_addr()
            .expect("a bound listener has an address")
            .port();
        let line = Line {
            weather: watch::Sender::new(Weather::Fine),
            resets: watch::Sender::new(0),
            snips: Arc::default(),
            upstream: Arc::new(Mutex::new(upstream)),
        };
        let mut tasks = JoinSet::new();
        tasks.spawn(accept(listener, line.clone()));
        Self {
            port,
            line,
            _tasks: tasks,
        }
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// Changes the weather of live and future connections.
    pub fn set(&self, weather: Weather) {
        self.line.weather.send_replace(weather);
    }

    /// Resets live connections, with what they still held; further ones meet the weather there is.
    pub fn reset(&self) {
        self.line.resets.send_modify(|resets| *resets += 1);
    }

    /// Leads further connections to another server, and resets those to the old one.
    pub fn lead_to(&self, upstream: SocketAddr) {
        *lock(&self.line.upstream) = upstream;
        self.reset();
    }

    /// Each of the next connections is reset at its place, in the middle of whatever passes there.
    pub fn snip(&self, snips: impl IntoIterator<Item = Snip>) {
        self.line.snips().extend(snips);
    }

    /// How many connections are still to be snipped.
    pub fn snips_left(&self) -> usize {
        self.line.snips().len()
    }
}

impl Line {
    fn snips(&self) -> MutexGuard<'_, VecDeque<Snip>> {
        lock(&self.snips)
    }
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn accept(listener: TcpListener, line: Line) {
    let mut connections = JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        connections.spawn(connection(client, line.clone()));
        while connections.try_join_next().is_some() {}
    }
}

async fn connection(client: TcpStream, line: Line) {
    let (mut weather, mut resets) = (line.weather.subscribe(), line.resets.subscribe());
    let upstream = *lock(&line.upstream);
    let Ok(server) = TcpStream::connect(upstream).await else {
        return;
    };
    for stream in [&client, &server] {
        drop(stream.set_nodelay(true));
        // A cut is a reset, not a farewell.
        drop(stream.set_zero_linger());
    }
    let snip = line.snips().pop_front();
    let budget = |way| snip.map_or(usize::MAX, |snip| snip.budget(way));
    let (client_read, client_write) = client.into_split();
    let (server_read, server_write) = server.into_split();
    let up = Direction::new(Way::Up, budget(Way::Up), weather.clone());
    let down = Direction::new(Way::Down, budget(Way::Down), weather.clone());
    tokio::select! {
        () = both(up.copy(client_read, server_write), down.copy(server_read, client_write)) => {}
        _ = weather.wait_for(|weather| *weather == Weather::Cut) => {}
        _ = resets.changed() => {}
    }
}

/// Until both directions have ended, or one was snipped.
async fn both(up: impl Future<Output = End>, down: impl Future<Output = End>) {
    tokio::pin!(up, down);
    tokio::select! {
        end = &mut up => if end == End::Left { down.await; },
        end = &mut down => if end == End::Left { up.await; },
    }
}

/// How a direction ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// A side went away, or does not take any more.
    Left,
    Snipped,
}

/// Half of a connection.
struct Direction {
    way: Way,
    /// Bytes that may still pass before the connection is reset.
    left: usize,
    weather: watch::Receiver<Weather>,
}

impl Direction {
    fn new(way: Way, left: usize, weather: watch::Receiver<Weather>) -> Self {
        Self { way, left, weather }
    }

    /// Passes bytes until one side ends, or as many have passed as may.
    async fn copy(mut self, mut from: OwnedReadHalf, mut to: OwnedWriteHalf) -> End {
        let mut buffer = vec![0; 16 * 1024];
        while self.left > 0 {
            let limit = self.slice(buffer.len());
            let Some(room) = buffer.get_mut(..limit) else {
                return End::Left;
            };
            let Ok(read @ 1..) = from.read(room).await else {
                return End::Left;
            };
            if self.wait().await.is_none() {
                return End::Left;
            }
            let Some(chunk) = buffer.get(..read) else {
                return End::Left;
            };
            if to.write_all(chunk).await.is_err() {
                return End::Left;
            }
            self.left -= read;
        }
        End::Snipped
    }

    /// How much may pass at once.
    fn slice(&self, most: usize) -> usize {
        let slice = match *self.weather.borrow() {
            Weather::Thin { bytes, .. } => bytes.max(1),
            _ => most,
        };
        slice.min(most).min(self.left)
    }

    /// Bytes that were read wait here while the weather holds them up; `None` when the proxy is gone.
    async fn wait(&mut self) -> Option<()> {
        let way = self.way;
        let now = *self.weather.wait_for(|weather| weather.passes(way)).await.ok()?;
        if let Weather::Delayed(pause) | Weather::Thin { pause, .. } = now {
            // Even the shortest sleep lasts a millisecond, and there may be one for each byte.
            if pause > Duration::ZERO {
                tokio::time::sleep(pause).await;
            }
        }
        Some(())
    }
}
