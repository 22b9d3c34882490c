//! Lines of one replica alone, so that a story can harm one and not its siblings.

use std::collections::HashMap;

use sandbox::Nats;

use super::{Options, environment};
use crate::proxy::{Proxy, Weather};

type Replica = (&'static str, usize);

/// How one replica reaches what it needs.
#[derive(Debug)]
pub struct Lines {
    brokers: Vec<Proxy>,
    database: Option<Proxy>,
}

impl Lines {
    /// The weather between the replica and every broker.
    pub fn to_brokers(&self, weather: Weather) {
        for line in &self.brokers {
            line.set(weather);
        }
    }

    /// Resets what hung on its lines to the brokers, and clears them.
    pub fn clear_brokers(&self) {
        for line in &self.brokers {
            line.reset();
            line.set(Weather::Fine);
        }
    }

    /// The line to its database; a gateway has none.
    pub fn database(&self) -> Option<&Proxy> {
        self.database.as_ref()
    }
}

/// The lines of all replicas; none without `Options::lines`.
#[derive(Debug, Default)]
pub(super) struct All(HashMap<Replica, Lines>);

impl All {
    pub async fn of(options: &Options, brokers: &[Nats], database: &str) -> Self {
        let mut all = HashMap::new();
        if !options.lines {
            return Self(all);
        }
        let uploads = if options.files { options.uploads } else { 0 };
        for (service, count) in [
            ("gateway", options.gateways),
            ("chat-history", options.histories),
            ("trainer-roster", options.rosters),
            ("file-upload", uploads),
        ] {
            for index in 0..count {
                let mut lines = Lines {
                    brokers: Vec::new(),
                    database: None,
                };
                for broker in brokers {
                    lines
                        .brokers
                        .push(Proxy::start(([127, 0, 0, 1], broker.port()).into()).await);
                }
                let stores = sandbox::schema_of(service).is_some();
                let line = environment::database_line(stores, database).await;
                lines.database = line.map(|(line, _)| line);
                all.insert((service, index), lines);
            }
        }
        Self(all)
    }

    pub fn of_replica(&self, replica: Replica) -> &Lines {
        self.0.get(&replica).expect("the story was started with lines")
    }

    /// Where a replica is told that everything is.
    pub fn told(&self, replica: (&str, usize), database: &str) -> Vec<(String, String)> {
        let found = self.0.iter().find(|(of, _)| **of == replica);
        let Some((_, lines)) = found else {
            return Vec::new();
        };
        let doors: Vec<_> = lines
            .brokers
            .iter()
            .map(|line| format!("nats://127.0.0.1:{}", line.port()))
            .collect();
        let mut told = vec![("SPOTTER_NATS_URL".to_owned(), doors.join(","))];
        if let Some(line) = &lines.database {
            let behind = environment::at_port(database, line.port());
            told.push((
                environment::DATABASE_URL.to_owned(),
                environment::as_role(&behind, replica.0),
            ));
        }
        told
    }
}
