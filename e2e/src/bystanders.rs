//! Devices that only listen, and how long each takes to have everything again when its gateway is killed.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use client::Device;
use protocol::{ConversationId, UserId};
use testkit::{Gateway, Kit, Person};
use tokio::task::JoinSet;

/// Per person and gateway; a person has at most ten devices, one of which writes.
const EACH: usize = 4;
/// Whoever takes longer has failed the story.
const PATIENCE: Duration = Duration::from_mins(1);

#[derive(Debug)]
pub struct Bystanders {
    devices: Vec<(UserId, Arc<Device>)>,
    watched: JoinSet<Duration>,
}

impl Bystanders {
    /// Connects listeners of these people to every gateway.
    pub async fn connect(kit: &Kit, people: [&Person; 2]) -> Self {
        let mut devices = Vec::new();
        for person in people {
            for gateway in kit.gateways() {
                for _ in 0..EACH {
                    let device = gateway.connect(person).await;
                    devices.push((person.id, Arc::new(device)));
                }
            }
        }
        Self {
            devices,
            watched: JoinSet::new(),
        }
    }

    /// Measures everyone at a gateway that is about to be killed, from here until they are at another
    /// and have what was there when it died.
    pub fn watch(&mut self, gateway: &Gateway, conversation: ConversationId) {
        let url = gateway.socket_url();
        let known = self
            .devices
            .iter()
            .map(|(_, device)| position(device, conversation));
        let head = known.max().unwrap_or(0);
        for (_, device) in &self.devices {
            if device.connected_to().as_ref() != Some(&url) {
                continue;
            }
            let device = device.clone();
            let begun = Instant::now();
            self.watched.spawn(async move {
                let lost = |state: &client::device::State| !state.link().is_welcomed();
                device.wait_within("the loss of a gateway", PATIENCE, lost).await;
                let has_all = |state: &client::device::State| {
                    let copy = state.copy(conversation);
                    state.is_synced() && copy.is_some_and(|copy| copy.position() >= head)
                };
                device.wait_within("everything", PATIENCE, has_all).await;
                begun.elapsed()
            });
        }
    }

    /// The times it took, shortest first, and the devices.
    pub async fn leave(self) -> (Vec<Duration>, Vec<(UserId, Device)>) {
        let mut times = self.watched.join_all().await;
        times.sort();
        let devices = self.devices.into_iter().filter_map(|(user, device)| {
            // Everyone who measured has let go.
            Some((user, Arc::into_inner(device)?))
        });
        (times, devices.collect())
    }
}

fn position(device: &Device, conversation: ConversationId) -> u64 {
    let state = device.state();
    state
        .copy(conversation)
        .map_or(0, client::device::Thread::position)
}
