//! What everything is done to: three gateways, two of each other service, three brokers, a database with a
//! synchronous standby, and a line of its own for everything that speaks to something else.
#![expect(
    clippy::expect_used,
    reason = "a cluster that does not stand ends the run, and says why"
)]

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use client::Device;
use sandbox::{Scratch, until};
use testkit::{Kit, Options, Person, Service, TokenOptions, proxy::Proxy};

use super::faults::{BROKERS, GATEWAYS, REPLICAS};

/// The replica whose clock can be turned.
pub const CLOCKED: (&str, usize) = ("chat-history", 1);
/// Tokens are so old that a replica an hour behind does not take them for forged.
const ISSUED: time::Duration = time::Duration::hours(-2);

pub struct Cluster {
    kit: Kit,
    /// Before each gateway: what devices connect to.
    fronts: Vec<Proxy>,
    /// Where failpoints are armed and the clock is set.
    levers: Scratch,
    has_clock: bool,
}

impl Cluster {
    pub async fn start() -> Self {
        let levers = Scratch::new("levers").expect("a folder for levers");
        let clock = faketime();
        let options = Options {
            gateways: GATEWAYS,
            histories: REPLICAS,
            rosters: REPLICAS,
            files: true,
            uploads: REPLICAS,
            brokers: BROKERS,
            standby: true,
            lines: true,
            ..Options::default()
        };
        let failpoint = |step: &str| {
            let armed_by = format!("{step}:{}", levers.path().join(step).display());
            [("SPOTTER_FAILPOINT", armed_by)]
        };
        let mut options = options
            .unlimited()
            .with("SPOTTER_DRAIN_SECONDS", "2")
            .with_replica(("chat-history", 0), &failpoint("after_commit"))
            .with_replica(("chat-history", 1), &failpoint("after_publish"));
        if let Some(library) = &clock {
            let hands = levers.path().join("clock");
            fs::write(&hands, "+0").expect("the clock can be set");
            options = options.with_replica(CLOCKED, &turned(library, &hands));
        }
        let kit = Kit::start(options).await;
        let mut fronts = Vec::new();
        for gateway in kit.gateways() {
            fronts.push(Proxy::start(([127, 0, 0, 1], gateway.port()).into()).await);
        }
        Self {
            kit,
            fronts,
            levers,
            has_clock: clock.is_some(),
        }
    }

    pub fn kit(&self) -> &Kit {
        &self.kit
    }

    /// The line between devices and one gateway.
    pub fn front(&self, index: usize) -> &Proxy {
        self.fronts.get(index).expect("every gateway has a front")
    }

    pub fn service(&self, name: &str, index: usize) -> &Service {
        let of_one_kind = match name {
            "gateway" => return self.kit.gateway(index),
            "chat-history" => self.kit.histories(),
            "trainer-roster" => self.kit.rosters(),
            _ => self.kit.uploads(),
        };
        of_one_kind.get(index).expect("the cluster has that many")
    }

    /// The file that arms a failpoint of chat-history.
    pub fn lever(&self, step: &str) -> PathBuf {
        self.levers.path().join(step)
    }

    /// Turns the clock of one replica; `false` where this machine has no means to.
    pub fn turn_clock(&self, by: &str) -> bool {
        self.has_clock && fs::write(self.levers.path().join("clock"), by).is_ok()
    }

    /// Starts a device of a person at one gateway; it knows the others too.
    pub fn device(&self, person: &Person, place: usize) -> Device {
        let token = self.kit.token(
            person,
            TokenOptions {
                issued: ISSUED,
                ..TokenOptions::default()
            },
        );
        let mut doors: Vec<_> = self.fronts.iter().map(door).collect();
        doors.rotate_left(place % GATEWAYS);
        let gateway = self.kit.gateway(place % GATEWAYS);
        let options = client::Options {
            token: token.into(),
            gateways: doors,
            http: self.service("chat-history", place % REPLICAS).url(),
            seed: place as u64,
            ..gateway.options(person)
        };
        gateway.start(options)
    }

    /// Waits until a service is ready, as its supervisor would: one that ended is started again.
    pub async fn is_up(&self, service: &Service, within: Duration) -> bool {
        let http = testkit::plain();
        let url = format!("{}/readyz", service.internal_url());
        let up = until("a service that is ready", within, || async {
            if !service.is_running() {
                service.revive();
            }
            let answer = http.get(&url).send().await;
            answer.is_ok_and(|answer| answer.status().is_success())
        });
        up.await.is_ok()
    }

    /// Waits until everything runs and is ready.
    ///
    /// # Panics
    /// When it does not in time.
    pub async fn is_whole(&self, within: Duration) {
        let deadline = Instant::now() + within;
        let in_step = self.kit.postgres().await.in_step().await;
        in_step.expect("the database has its standby");
        for service in self.kit.services() {
            let left = deadline.saturating_duration_since(Instant::now());
            let up = self.is_up(service, left).await;
            assert!(up, "not ready after everything has healed:\n{}", service.log());
        }
    }
}

fn door(front: &Proxy) -> String {
    format!("ws://127.0.0.1:{}/ws/chat", front.port())
}

/// What lets a program read its wall clock off a file.
fn turned(library: &Path, hands: &Path) -> [(&'static str, String); 5] {
    [
        ("LD_PRELOAD", library.display().to_string()),
        ("FAKETIME_TIMESTAMP_FILE", hands.display().to_string()),
        ("FAKETIME_CACHE_DURATION", "1".to_owned()),
        // Timers must go on as they do on a machine whose wall clock alone is wrong.
        ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
        ("FAKETIME_DISABLE_SHM", "1".to_owned()),
    ]
}

/// Where Debian and Ubuntu keep the library that turns a program's clock.
fn faketime() -> Option<PathBuf> {
    let folders = fs::read_dir("/usr/lib").ok()?.filter_map(Result::ok);
    folders
        .map(|folder| folder.path().join("faketime/libfaketimeMT.so.1"))
        .find(|library| library.is_file())
}
