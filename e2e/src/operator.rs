//! Somebody on a story's broker who has every right there.
#![expect(clippy::expect_used, reason = "without a broker there is nothing to tell")]

use boot::Lifecycle;
use bus::Bus;
use clap::Parser;
use testkit::Kit;

#[derive(clap::Parser)]
struct Line {
    #[command(flatten)]
    bus: bus::Config,
}

/// A line to the broker, for as long as the lifecycle is kept.
///
/// # Panics
/// When the broker lets nobody in.
pub async fn enter(kit: &Kit) -> (Bus, Lifecycle) {
    let life = Lifecycle::new();
    let line = Line::parse_from(["neighbour", "--nats-url", &kit.nats_url().await]);
    let bus = Bus::connect(&line.bus, "chat-history", &life).await;
    (bus.expect("the broker lets everybody in"), life)
}
