//! A stranger in the house's own network.

use std::time::{Duration, Instant};

use bus::{Bus, Headers, Subject};
use e2e::operator;
use protocol::{
    MessageId, MessageText,
    internal::{Action, Change},
};
use testkit::{Kit, Person};

/// Someone on the same broker, with every right.
pub struct Neighbour {
    pub bus: Bus,
    _life: boot::Lifecycle,
}

impl Neighbour {
    pub async fn of(kit: &Kit) -> Self {
        let (bus, life) = operator::enter(kit).await;
        let mut status = bus.status();
        status.wait_for(|status| status.live).await.unwrap();
        Self { bus, _life: life }
    }

    /// Asks for changes without waiting for answers, as many gateways together would, so many in each 10 ms;
    /// answers how many bytes that were.
    pub async fn pour(&self, person: &Person, text: &str, many: (usize, Duration)) -> usize {
        let first = MessageId::generate();
        let change = serde_json::to_string(&send(person, first, text)).unwrap();
        let mut ticks = tokio::time::interval(Duration::from_millis(10));
        let until = Instant::now() + many.1;
        let mut poured = 0;
        while Instant::now() < until {
            ticks.tick().await;
            for _ in 0..many.0 {
                let change = change.replace(&first.to_string(), &MessageId::generate().to_string());
                poured += change.len();
                let asked = self
                    .bus
                    .publish(Subject::HISTORY_APPEND, Headers::default(), change.into());
                asked.await.unwrap();
            }
        }
        poured
    }
}

fn send(person: &Person, id: MessageId, text: &str) -> Change {
    Change {
        actor: person.id,
        role: person.role,
        conversation: person.conversation(),
        action: Action::Send {
            id,
            text: MessageText::parse(text).ok(),
            attachments: Vec::new(),
            reply_to: None,
        },
        since: None,
    }
}
