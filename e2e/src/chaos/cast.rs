//! The people: trainers with two clients each, and a device for every side of every conversation.

use std::time::Duration;

use client::Device;
use futures_util::{StreamExt, stream};
use protocol::ConversationId;
use testkit::{Person, Role};

use super::{cluster::Cluster, deeds::Deeds, plan::Plan};

/// Conversations that are prepared at once.
const TOGETHER: usize = 6;
/// Every so manieth client has another device, which only listens.
const LISTENERS: usize = 4;
const READY: Duration = Duration::from_mins(1);

/// One device, and what its person did with it.
pub struct Member {
    pub person: Person,
    pub device: Device,
    pub writes: bool,
    pub deeds: Deeds,
}

pub struct Cast {
    pub members: Vec<Member>,
    pub conversations: Vec<ConversationId>,
}

impl Cast {
    /// Puts everybody into the directory, lets them know each other, and connects their devices.
    pub async fn gather(cluster: &Cluster, plan: &Plan) -> Self {
        let pairs: Vec<_> = stream::iter(0..plan.conversations.div_ceil(2))
            .map(|number| team(cluster, number))
            .buffered(TOGETHER)
            .collect()
            .await;
        let pairs = pairs.into_iter().flatten().take(plan.conversations);
        let mut members = Vec::new();
        let mut conversations = Vec::new();
        for (number, (client, trainer)) in pairs.enumerate() {
            conversations.push(client.conversation());
            if number % LISTENERS == 0 {
                members.push(Member::new(cluster, &client, number + 2, false));
            }
            members.push(Member::new(cluster, &client, number, true));
            members.push(Member::new(cluster, &trainer, number + 1, true));
        }
        for member in &members {
            let synced = |state: &client::device::State| state.is_synced();
            member.device.wait_within("everything", READY, synced).await;
        }
        Self {
            members,
            conversations,
        }
    }
}

impl Member {
    fn new(cluster: &Cluster, person: &Person, place: usize, writes: bool) -> Self {
        Self {
            device: cluster.device(person, place),
            person: person.clone(),
            writes,
            deeds: Deeds::default(),
        }
    }

    pub fn conversation(&self) -> ConversationId {
        self.person.conversation()
    }
}

/// A trainer and two clients of theirs: of each conversation the client and the trainer.
async fn team(cluster: &Cluster, number: usize) -> Vec<(Person, Person)> {
    let kit = cluster.kit();
    let trainer = kit.person(&format!("Tom {number}"), Role::Trainer).await;
    let mut pairs = Vec::new();
    for name in ["Anna", "Eva"] {
        let client = kit.person(&format!("{name} {number}"), Role::User).await;
        let (client, trainer, _) = kit.booked(client, trainer.clone()).await;
        pairs.push((client, trainer));
    }
    pairs
}
