//! A gateway of a story, and the devices that connect to it.

use std::{ops::Deref, time::Duration};

use client::{
    Device, Socket,
    http::Token,
    socket::{Options as SocketOptions, Refused},
};
use serde_json::{Value, json};

use crate::{Person, Service};

/// Kills come quickly in stories: a device must not sulk for half a minute after a few of them.
const BACKOFF_CAP: Duration = Duration::from_millis(1_500);

/// One replica; dereferences to the process.
#[derive(Debug)]
pub struct Gateway {
    service: Service,
    /// Its own address first, then those of the others: where its devices go when it dies.
    pub(crate) sockets: Vec<String>,
    pub(crate) http: String,
}

impl Gateway {
    pub(crate) fn new(service: Service) -> Self {
        Self {
            service,
            sockets: Vec::new(),
            http: String::new(),
        }
    }

    /// The address of its socket endpoint.
    pub fn socket_url(&self) -> String {
        format!("ws://{}/ws/chat", self.service.address())
    }

    /// Connects a device, and waits until it has everything.
    pub async fn connect(&self, person: &Person) -> Device {
        let device = self.start(self.options(person));
        device.synced().await;
        device
    }

    /// What `connect` starts a device with, for stories that change a part of it.
    pub fn options(&self, person: &Person) -> client::Options {
        client::Options {
            user: person.id,
            token: Token::from(person.token.clone()),
            gateways: self.sockets.clone(),
            http: self.http.clone(),
            authority: None,
            talks_in: person.peer.map(|peer| person.conversation_with(peer)),
            whole_history: true,
            backoff_cap: Some(BACKOFF_CAP),
            seed: person.id.0.as_u64_pair().0,
        }
    }

    /// Starts a device without waiting for anything.
    pub fn start(&self, options: client::Options) -> Device {
        Device::start(options).expect("a device starts")
    }

    /// Opens a raw socket as native clients do.
    pub async fn socket(&self, person: &Person) -> Socket {
        self.upgrade(&SocketOptions::native(&person.token))
            .await
            .expect("the gateway lets this person in")
    }

    pub async fn upgrade(&self, options: &SocketOptions) -> Result<Socket, Refused> {
        Socket::connect(&self.socket_url(), options).await
    }

    /// Opens a raw socket, says hello and reads up to `synced`; answers the `welcome` too.
    pub async fn greeted(&self, person: &Person) -> (Socket, Value) {
        let mut socket = self.socket(person).await;
        let hello = json!({"type": "hello", "device": uuid::Uuid::new_v4()});
        socket.send_json(&hello).await.expect("hello can be said");
        let welcome = socket.expect("welcome").await;
        socket.expect("synced").await;
        (socket, welcome)
    }
}

impl Deref for Gateway {
    type Target = Service;

    fn deref(&self) -> &Service {
        &self.service
    }
}
