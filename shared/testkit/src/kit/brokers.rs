//! The broker of a story, or the brokers of one cluster.

use sandbox::{Nats, NatsOptions};
use tokio::sync::MutexGuard;

use super::{Kit, Options, environment::broker_users};

pub(super) async fn start(options: &Options) -> Vec<Nats> {
    let users = NatsOptions {
        users: Some(broker_users()),
        jetstream: options.directory_stream,
        ..NatsOptions::default()
    };
    if options.brokers > 1 {
        let brokers = Nats::cluster(options.brokers, users).await;
        return brokers.expect("nats-servers start");
    }
    let nats = Nats::start(users).await.expect("nats-server starts");
    if options.directory_stream {
        let made = nats.make_directory(&broker_users()).await;
        made.expect("the stream can be made");
    }
    vec![nats]
}

/// What a service is told of them.
pub(super) fn urls(brokers: &[Nats]) -> String {
    let urls: Vec<_> = brokers.iter().map(Nats::url).collect();
    urls.join(",")
}

impl Kit {
    pub async fn nats(&self) -> MutexGuard<'_, Nats> {
        self.broker(0).await
    }

    /// One of several brokers.
    pub async fn broker(&self, index: usize) -> MutexGuard<'_, Nats> {
        let broker = self.brokers.get(index);
        broker.expect("the story has that many brokers").lock().await
    }

    /// Where the broker is.
    pub async fn nats_url(&self) -> String {
        self.nats().await.url()
    }
}
