//! A line of 16 kbit/s that breaks off in the middle of frames.

use std::{ffi::OsString, time::Duration};

use client::{Device, device::record::Event};
use e2e::talk::Talk;
use rand::{Rng, SeedableRng, rngs::StdRng};
use testkit::{
    Kit, Options, Person,
    proxy::{Proxy, Snip, Weather},
};

/// 16 kbit/s.
const THIN: Weather = Weather::Thin {
    bytes: 100,
    pause: Duration::from_millis(50),
};
/// Connections that break off on the thin line, and then on one that is only unreliable.
const SLOW: usize = 3;
const QUICK: usize = 24;
/// Beyond the upgrade (about 700 bytes up, 200 down) and `welcome`, well into the frames.
const UP: usize = 2_500;
const DOWN: usize = 5_000;
const PATIENCE: Duration = Duration::from_mins(1);

#[tokio::test]
async fn a_device_whose_line_is_thin_and_breaks_off_inside_frames_applies_only_whole_ones() {
    let seed = Seed::of_this_run();
    let mut chance = StdRng::seed_from_u64(seed.0);
    let options = Options {
        gateways: 1,
        ..Options::default()
    };
    let kit = Kit::start(options.unlimited()).await;
    let (anna, tom) = kit.client_with_trainer("Anna", "Tom").await;
    let line = Proxy::start(([127, 0, 0, 1], kit.gateway(0).port()).into()).await;
    let phone = only_over(&line, &kit, &anna);
    let desk = kit.gateway(0).connect(&tom).await;
    let mut talk = Talk::between((anna, tom), phone, desk).await;

    let snips = |chance: &mut StdRng, count| (0..count).map(|_| snip(chance)).collect::<Vec<_>>();
    talk.throughout(async {
        line.snip(snips(&mut chance, SLOW));
        line.set(THIN);
        line.reset();
        used_up(&line).await;
        line.snip(snips(&mut chance, QUICK));
        line.set(Weather::Fine);
        line.reset();
        used_up(&line).await;
    })
    .await;

    talk.healed(&kit).await;
    let lost = |event: &&Event| **event == Event::Closed { code: None };
    let lost = talk.phone.record().iter().filter(lost).count();
    println!("{lost} sockets broke off, besides upgrades");
    assert!(lost >= (SLOW + QUICK) / 3, "only {lost} sockets broke off");
    let verdict = talk.verdict(&kit).await;
    assert!(verdict.anomalies.is_empty(), "{verdict:?}");
    assert!(verdict.messages > 100, "{verdict:?}");
    assert!(!kit.gateway(0).log().contains("panicked"));
}

/// A device that has nothing but this line: not even HTTP.
fn only_over(line: &Proxy, kit: &Kit, person: &Person) -> Device {
    let mut options = kit.gateway(0).options(person);
    options.gateways = vec![format!("ws://127.0.0.1:{}/ws/chat", line.port())];
    options.http = format!("http://127.0.0.1:{}", sandbox::free_port());
    options.backoff_cap = Some(Duration::from_millis(250));
    kit.gateway(0).start(options)
}

fn snip(chance: &mut StdRng) -> Snip {
    if chance.random_bool(0.3) {
        Snip::Up(chance.random_range(1..UP))
    } else {
        Snip::Down(chance.random_range(1..DOWN))
    }
}

async fn used_up(line: &Proxy) {
    let used = sandbox::until("the last snip", PATIENCE, || {
        std::future::ready(line.snips_left() == 0)
    });
    used.await.unwrap();
}

/// Where connections break off. A failed story tells it; `SPOTTER_SEED` repeats it.
struct Seed(u64);

impl Seed {
    fn of_this_run() -> Self {
        let given = std::env::var_os("SPOTTER_SEED").map(OsString::into_string);
        let given = given.and_then(|seed| seed.ok()?.parse().ok());
        Self(given.unwrap_or_else(|| rand::rng().random()))
    }
}

impl Drop for Seed {
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("broke off with SPOTTER_SEED={}", self.0);
        }
    }
}
