//! All replicas of a story, and where they listen.

use std::net::Ipv4Addr;

use sandbox::{Upstreams, free_port};

use super::Kit;
use crate::{Service, service::Place};

impl Kit {
    /// Every replica of every service: whom others ask comes first.
    pub fn services(&self) -> impl Iterator<Item = &Service> {
        let gateways = self.gateways.iter().map(|gateway| &**gateway);
        self.rosters
            .iter()
            .chain(&self.histories)
            .chain(&self.files)
            .chain(gateways)
    }

    /// What an edge in front of the story is told.
    pub fn upstreams(&self) -> Upstreams {
        let addresses = |services: &[Service]| services.iter().map(Service::address).collect();
        Upstreams {
            gateways: self.gateways.iter().map(|gateway| gateway.address()).collect(),
            histories: addresses(&self.histories),
            rosters: addresses(&self.rosters),
            files: addresses(&self.files),
        }
    }

    /// Where every replica of a story with `addresses` says how it is.
    pub fn health_port(&self) -> Option<u16> {
        self.health_port
    }
}

/// Gives each replica a place to listen.
pub(super) struct Places {
    health_port: Option<u16>,
    given: u8,
}

impl Places {
    pub fn new(addresses: bool) -> Self {
        Self {
            health_port: addresses.then(free_port),
            given: 0,
        }
    }

    pub fn health_port(&self) -> Option<u16> {
        self.health_port
    }

    pub fn give(&mut self) -> Place {
        let Some(health_port) = self.health_port else {
            return Place::free();
        };
        self.given += 1;
        Place::at(Ipv4Addr::new(127, 0, 1, self.given).into(), health_port)
    }
}
