//! The edge before a story's services, and devices that know no other way in.
#![expect(clippy::expect_used, reason = "an edge that does not stand ends the story")]

use std::fs;

use client::{Authority, Device, socket};
use sandbox::{Edge, EdgeOptions};
use testkit::{Kit, Person};

/// Caddy with the deployed configuration: it asks every replica how it is, and gives new work to those that are well.
#[derive(Debug)]
pub struct Front {
    edge: Edge,
    certificate: Vec<u8>,
}

impl Front {
    /// Stands before all replicas of a story with `addresses`.
    ///
    /// # Panics
    /// When the edge does not start.
    pub async fn before(kit: &Kit) -> Self {
        let options = EdgeOptions {
            upstreams: kit.upstreams(),
            health_port: kit.health_port(),
            ..EdgeOptions::default()
        };
        let edge = Edge::start(options).await.expect("the edge starts");
        let certificate = fs::read(edge.root_certificate()).expect("the edge has an authority");
        Self { edge, certificate }
    }

    /// Where everything is, without a slash at the end.
    pub fn url(&self) -> String {
        self.edge.url()
    }

    pub fn socket_url(&self) -> String {
        format!("wss://localhost:{}/ws/chat", self.edge.port())
    }

    /// Connects a device, and waits until it has everything.
    ///
    /// # Panics
    /// When it cannot.
    pub async fn connect(&self, kit: &Kit, person: &Person) -> Device {
        let options = client::Options {
            gateways: vec![self.socket_url()],
            http: self.url(),
            authority: Some(self.authority()),
            ..kit.gateway(0).options(person)
        };
        let device = Device::start(options).expect("a device starts");
        device.synced().await;
        device
    }

    /// What a raw socket is opened with to believe this edge.
    pub fn believing(&self, options: socket::Options) -> socket::Options {
        socket::Options {
            authority: Some(self.authority()),
            ..options
        }
    }

    /// For calls over HTTP.
    ///
    /// # Panics
    /// When the edge's certificate is none.
    pub fn http(&self) -> reqwest::Client {
        let certificate = reqwest::Certificate::from_pem(&self.certificate).expect("a certificate");
        reqwest::Client::builder()
            .tls_certs_only([certificate])
            .build()
            .expect("an HTTP client can be made")
    }

    fn authority(&self) -> Authority {
        Authority::from_pem(&self.certificate).expect("a certificate")
    }
}
