//! Several brokers that are one: what one is told reaches whoever listens at another.

use std::time::Duration;

use super::{Nats, Options};
use crate::{Error, free_port, until};

/// Generous, because tests share busy machines.
const MET: Duration = Duration::from_secs(30);

impl Nats {
    /// Starts `count` brokers alike that know each other. Clients learn of none but those they are told of,
    /// so that whoever stands between a client and a broker is not gone around.
    pub async fn cluster(count: usize, options: Options) -> Result<Vec<Self>, Error> {
        let doors: Vec<_> = (0..count)
            .map(|_| format!("nats://127.0.0.1:{}", free_port()))
            .collect();
        let mut brokers = Vec::new();
        for door in &doors {
            let mut one = options.clone();
            let arguments = [
                "--cluster_name",
                "spotter",
                "--no_advertise=true",
                "--cluster",
                door,
                "--routes",
            ];
            one.arguments.extend(arguments.map(ToOwned::to_owned));
            one.arguments.push(doors.join(","));
            brokers.push(Self::start(one).await?);
        }
        for broker in &brokers {
            let others = count.saturating_sub(1);
            until("brokers that know each other", MET, || {
                std::future::ready(broker.routes() >= others)
            })
            .await?;
        }
        Ok(brokers)
    }

    /// How often it has met another broker, as its log says.
    fn routes(&self) -> usize {
        let said = std::fs::read_to_string(&self.log).unwrap_or_default();
        said.matches("Route connection created").count()
    }
}
