//! All gateways die at once, and everyone comes back at once.

use std::{
    collections::BTreeMap,
    fmt,
    net::{IpAddr, Ipv4Addr},
    process::ExitCode,
    sync::Arc,
    time::{Duration, Instant},
};

use client::{
    Socket,
    socket::{Options as SocketOptions, Refused},
};
use protocol::frame::ClientFrame;
use rand::Rng;
use serde_json::{Value, json};
use testkit::{Gateway, Kit, Options};
use tokio::{
    sync::{Semaphore, watch},
    task::JoinSet,
    time::{sleep, timeout},
};
use uuid::Uuid;

use crate::crowd;

/// Handshakes at once while the herd gathers.
const AT_ONCE: usize = 64;
/// A client that is not welcomed and synced within this gives the socket up.
const WELCOME_WITHIN: Duration = Duration::from_secs(15);
/// The promise.
const BACK_WITHIN: Duration = Duration::from_secs(30);
/// What `welcome` asks for.
const BACKOFF: (u64, u64) = (250, 30_000);

#[derive(Debug, Clone, clap::Args)]
pub struct Plan {
    /// Devices, each of a person of its own
    #[arg(long, default_value_t = 5_000)]
    pub devices: usize,
    /// Addresses they come from: 127.0.0.2 and following
    #[arg(long, default_value_t = 50)]
    pub addresses: u8,
    #[arg(long, default_value_t = 2)]
    pub gateways: usize,
    /// Handshakes of one address: <per second>/<burst>
    #[arg(long, default_value = "20/200")]
    pub rate: String,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Outcome {
    /// From the kill until each device was synced again, shortest first.
    pub back: Vec<Duration>,
    /// Refused upgrades by status and whether they said when to come back.
    pub refused: BTreeMap<(u16, bool), usize>,
    /// Connections that came to nothing, most of them while nobody listened.
    pub failed: usize,
}

impl Outcome {
    pub fn last(&self) -> Duration {
        self.back.last().copied().unwrap_or_default()
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = |of_100: usize| {
            let place = (self.back.len() * of_100).div_ceil(100);
            let took = self.back.get(place.saturating_sub(1));
            took.map_or(0.0, Duration::as_secs_f64)
        };
        writeln!(f, "devices back                      {:>8}", self.back.len())?;
        writeln!(f, "half of them within               {:>6.2} s", at(50))?;
        writeln!(f, "99 of 100 within                  {:>6.2} s", at(99))?;
        writeln!(f, "the last after                    {:>6.2} s", at(100))?;
        write!(f, "connections that came to nothing  {:>8}", self.failed)?;
        for ((status, told), count) in &self.refused {
            let told = if *told { "with" } else { "without" };
            write!(f, "\nrefused with {status} {told} Retry-After {count:>8}")?;
        }
        Ok(())
    }
}

/// Prints what came of it; fails when somebody took longer than is promised.
pub async fn report(plan: &Plan) -> ExitCode {
    let outcome = run(plan).await;
    println!("{outcome}");
    let told = outcome.refused.keys().all(|(_, told)| *told);
    if told && outcome.last() <= BACK_WITHIN {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Gathers the herd, kills every gateway and starts them again at once.
pub async fn run(plan: &Plan) -> Outcome {
    let options = Options {
        gateways: plan.gateways,
        ..Options::default()
    };
    let options = options.with("SPOTTER_RATE_HANDSHAKES", &plan.rate);
    let kit = Kit::start(options.with("SPOTTER_LOG", "error")).await;
    let killed = watch::Sender::new(None);
    let mut herd = gather(&kit, plan, &killed).await;

    killed.send_replace(Some(Instant::now()));
    kit.gateways().iter().for_each(|gateway| gateway.kill());
    kit.gateways().iter().for_each(|gateway| gateway.revive());

    let mut outcome = Outcome::default();
    let mut sockets = Vec::new();
    while let Some(returned) = herd.join_next().await {
        let returned = returned.expect("a device comes back in the end");
        outcome.back.push(returned.took);
        outcome.failed += returned.failed;
        sockets.extend(returned.socket);
        for refusal in returned.refused {
            *outcome.refused.entry(refusal).or_default() += 1;
        }
    }
    outcome.back.sort();
    outcome
}

/// Connects everyone; answers what becomes of them.
async fn gather(kit: &Kit, plan: &Plan, killed: &watch::Sender<Option<Instant>>) -> JoinSet<Returned> {
    let pairs = crowd::pairs(kit, plan.devices.div_ceil(2)).await;
    let tokens = pairs
        .into_iter()
        .flat_map(|pair| [pair.trainer_token, pair.client_token]);
    let urls: Arc<[String]> = kit.gateways().iter().map(Gateway::socket_url).collect();
    let (places, here) = (Arc::new(Semaphore::new(AT_ONCE)), Arc::new(Semaphore::new(0)));
    let mut herd = JoinSet::new();
    for (number, token) in tokens.take(plan.devices).enumerate() {
        let mut device = Member {
            options: SocketOptions {
                from: Some(address(number, plan.addresses)),
                ..SocketOptions::native(&token)
            },
            urls: urls.clone(),
            turn: number,
            returned: Returned::default(),
        };
        let (places, here, killed) = (places.clone(), here.clone(), killed.subscribe());
        herd.spawn(async move {
            let place = places.acquire().await;
            let mut socket = device.come_in().await;
            drop(place);
            here.add_permits(1);
            device.stay(&mut socket).await;
            let killed = killed.borrow().expect("nobody leaves before the kill");
            let socket = device.come_in().await;
            device.returned.took = killed.elapsed();
            // Held, as people hold theirs.
            device.returned.socket = Some(socket);
            device.returned
        });
    }
    let everyone = u32::try_from(plan.devices).expect("fewer devices than that");
    drop(
        here.acquire_many(everyone)
            .await
            .expect("nobody closes the count"),
    );
    herd
}

fn address(number: usize, addresses: u8) -> IpAddr {
    let last = number % usize::from(addresses.max(1)) + 2;
    let last = u8::try_from(last).unwrap_or(u8::MAX);
    Ipv4Addr::new(127, 0, 0, last).into()
}

/// How one device came back.
#[derive(Debug, Default)]
struct Returned {
    took: Duration,
    refused: Vec<(u16, bool)>,
    failed: usize,
    socket: Option<Socket>,
}

/// One device, as far as connecting goes.
struct Member {
    options: SocketOptions,
    urls: Arc<[String]>,
    /// Which gateway is tried next.
    turn: usize,
    returned: Returned,
}

impl Member {
    /// Tries until it is synced, waiting between attempts as long as the protocol asks for.
    async fn come_in(&mut self) -> Socket {
        self.returned = Returned::default();
        let mut most = BACKOFF.0;
        loop {
            let at_least = match self.attempt().await {
                Ok(socket) => return socket,
                Err(refused) => self.note(&refused),
            };
            self.turn += 1;
            most = (most * 2).min(BACKOFF.1);
            let jitter = rand::rng().random_range(BACKOFF.0..=most);
            sleep(Duration::from_millis(jitter).max(at_least)).await;
        }
    }

    /// Answers pings until the gateway is gone.
    async fn stay(&self, socket: &mut Socket) {
        while let Ok(frame) = socket.next_frame().await {
            let pinged = frame.get("type").and_then(Value::as_str) == Some("ping");
            if pinged && socket.send_json(&ClientFrame::Pong).await.is_err() {
                return;
            }
        }
    }

    async fn attempt(&self) -> Result<Socket, Refused> {
        let url = self.urls.get(self.turn % self.urls.len().max(1));
        let url = url.map(String::as_str).unwrap_or_default();
        let mut socket = Socket::connect(url, &self.options).await?;
        let greeted = async {
            let hello = json!({"type": "hello", "device": Uuid::new_v4()});
            socket.send_json(&hello).await?;
            socket
                .find(|frame| frame.get("type").and_then(Value::as_str) == Some("synced"))
                .await
        };
        match timeout(WELCOME_WITHIN, greeted).await {
            Ok(Ok(_)) => Ok(socket),
            Ok(Err(ended)) => Err(Refused::Failed(ended.to_string())),
            Err(late) => Err(Refused::Failed(late.to_string())),
        }
    }

    /// Counts what an attempt came to; answers how long the server wants it to wait.
    fn note(&mut self, refused: &Refused) -> Duration {
        let wait = refused.retry_after();
        match refused.status() {
            Some(status) => self.returned.refused.push((status, wait.is_some())),
            None => self.returned.failed += 1,
        }
        wait.unwrap_or_default()
    }
}
