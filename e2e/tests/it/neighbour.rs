//! A stranger in the house's own network.

use bus::Bus;
use clap::Parser;
use testkit::Kit;

/// Someone on the same broker, with every right.
pub struct Neighbour {
    pub bus: Bus,
    _life: boot::Lifecycle,
}

#[derive(clap::Parser)]
struct Line {
    #[command(flatten)]
    bus: bus::Config,
}

impl Neighbour {
    pub async fn of(kit: &Kit) -> Self {
        let life = boot::Lifecycle::new();
        let line = Line::parse_from(["neighbour", "--nats-url", &kit.nats_url().await]);
        let bus = Bus::connect(&line.bus, "chat-history", &life).await.unwrap();
        let mut status = bus.status();
        status.wait_for(|status| status.live).await.unwrap();
        Self { bus, _life: life }
    }
}
