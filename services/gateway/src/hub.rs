//! Who is connected here: people, their sockets, and what reaches them.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use protocol::{
    CloseCode, ConversationId, Epoch, UserId,
    error::Role,
    ids::{DeviceId, SessionId},
    internal::HeadsSum,
};

use crate::{
    interest::Interest,
    positions::Sums,
    session::sendqueue::{Delivery, Queue},
};

/// A person in the role their token gave them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Party {
    pub user: UserId,
    pub role: Role,
}

impl Party {
    /// The two people of a conversation.
    pub fn both(conversation: ConversationId) -> [Self; 2] {
        [
            Self {
                user: conversation.trainer,
                role: Role::Trainer,
            },
            Self {
                user: conversation.client,
                role: Role::User,
            },
        ]
    }
}

/// One accepted socket, as the rest of the gateway sees it.
pub struct Socket {
    pub party: Party,
    pub device: DeviceId,
    pub session: SessionId,
    pub queue: Queue,
    /// Written by the session after each step of its positions; read by the heads check.
    positions: AtomicU64,
    access: AtomicU64,
    marks: AtomicU64,
}

impl Socket {
    pub fn new(party: Party, device: DeviceId, session: SessionId, queue: Queue) -> Arc<Self> {
        Arc::new(Self {
            party,
            device,
            session,
            queue,
            positions: AtomicU64::new(0),
            access: AtomicU64::new(0),
            marks: AtomicU64::new(0),
        })
    }

    pub fn set_sums(&self, sums: Sums) {
        self.positions.store(sums.positions, Ordering::Relaxed);
        self.access.store(sums.access, Ordering::Relaxed);
        self.marks.store(sums.marks, Ordering::Relaxed);
    }

    pub fn sums(&self) -> HeadsSum {
        HeadsSum {
            user: self.party.user,
            role: self.party.role,
            positions: self.positions.load(Ordering::Relaxed),
            access: self.access.load(Ordering::Relaxed),
            marks: self.marks.load(Ordering::Relaxed),
        }
    }
}

/// Why a socket may not join.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooManyDevices;

/// The people connected here. Cheap to clone.
#[derive(Clone, Default)]
pub struct Hub {
    shared: Arc<Mutex<Shared>>,
}

#[derive(Default)]
struct Shared {
    people: HashMap<Party, Person>,
    epoch: Option<Epoch>,
}

#[derive(Default)]
struct Person {
    sockets: Vec<Arc<Socket>>,
    /// Held while the person is here and for a grace after; with one interest for all, never.
    interest: Option<Interest>,
    left: Option<Instant>,
}

impl Hub {
    /// Whether the person's conversations are already listened to.
    pub fn has_interest(&self, party: Party) -> bool {
        self.lock()
            .people
            .get(&party)
            .is_some_and(|person| person.interest.is_some())
    }

    /// Takes a person's interest; answers false when there is one already and this one is not needed.
    pub fn add_interest(&self, party: Party, interest: Interest) -> bool {
        let mut shared = self.lock();
        let person = shared.people.entry(party).or_default();
        if person.interest.is_some() {
            return false;
        }
        person.interest = Some(interest);
        // Who connects joins first and is then listened to; only who left in between is not here.
        if person.sockets.is_empty() {
            person.left.get_or_insert_with(Instant::now);
        }
        true
    }

    /// Adds a socket. An older socket of the same device is replaced; over `devices`, it is refused.
    pub fn join(&self, socket: Arc<Socket>, devices: usize) -> Result<Joined, TooManyDevices> {
        let mut shared = self.lock();
        let person = shared.people.entry(socket.party).or_default();
        person.sockets.retain(|older| {
            let replaced = older.device == socket.device;
            if replaced {
                older.queue.end(CloseCode::Replaced);
            }
            !replaced
        });
        if person.sockets.len() >= devices {
            return Err(TooManyDevices);
        }
        person.left = None;
        person.sockets.push(socket.clone());
        drop(shared);
        Ok(Joined {
            hub: self.clone(),
            socket,
        })
    }

    /// Hands a delivery to each socket of one person.
    pub fn deliver(&self, party: Party, delivery: &Delivery) {
        if let Some(person) = self.lock().people.get(&party) {
            for socket in &person.sockets {
                socket.queue.push(delivery.clone());
            }
        }
    }

    /// Every socket there is.
    pub fn sockets(&self) -> Vec<Arc<Socket>> {
        self.lock()
            .people
            .values()
            .flat_map(|person| person.sockets.iter().cloned())
            .collect()
    }

    pub fn sockets_of(&self, party: Party) -> Vec<Arc<Socket>> {
        self.lock()
            .people
            .get(&party)
            .map(|person| person.sockets.clone())
            .unwrap_or_default()
    }

    pub fn epoch(&self) -> Option<Epoch> {
        self.lock().epoch
    }

    /// The log names its epoch. When it is another than before, every socket ends: positions of different
    /// epochs mean different things.
    pub fn learn_epoch(&self, epoch: Epoch) {
        let before = self.lock().epoch.replace(epoch);
        if before.is_some_and(|before| before != epoch) {
            tracing::warn!(%epoch, "The log has another epoch; closing all sockets");
            for socket in self.sockets() {
                socket.queue.end(CloseCode::GoingAway);
            }
        }
    }

    /// Lets go of people who left longer than `grace` ago; answers how many remain.
    pub fn sweep(&self, grace: std::time::Duration) -> usize {
        let mut shared = self.lock();
        shared
            .people
            .retain(|_, person| person.left.is_none_or(|left| left.elapsed() < grace));
        shared.people.len()
    }

    fn leave(&self, socket: &Arc<Socket>) {
        let mut shared = self.lock();
        if let Entry::Occupied(mut entry) = shared.people.entry(socket.party) {
            let person = entry.get_mut();
            person.sockets.retain(|other| !Arc::ptr_eq(other, socket));
            if person.sockets.is_empty() {
                person.left = Some(Instant::now());
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Keeps a socket in the hub; leaves it when dropped.
pub struct Joined {
    hub: Hub,
    pub socket: Arc<Socket>,
}

impl Drop for Joined {
    fn drop(&mut self) {
        self.hub.leave(&self.socket);
    }
}

#[cfg(test)]
mod tests {
    use std::{future::pending, time::Duration};

    use tokio::task::JoinSet;
    use uuid::Uuid;

    use super::*;
    use crate::session::sendqueue::Bounds;

    const ANNA: Party = Party {
        user: UserId(Uuid::from_u128(1)),
        role: Role::User,
    };

    #[tokio::test]
    async fn who_joined_before_being_listened_to_stays_past_the_grace() {
        let (hub, mut tasks) = (Hub::default(), JoinSet::new());

        let joined = hub.join(socket(), 10).ok().unwrap();
        assert!(hub.add_interest(ANNA, Interest::of(tasks.spawn(pending::<()>()))));

        assert_eq!(hub.sweep(Duration::ZERO), 1);
        assert_eq!(hub.sockets_of(ANNA).len(), 1);
        drop(joined);
        assert_eq!(hub.sweep(Duration::ZERO), 0);
    }

    #[tokio::test]
    async fn who_left_while_the_interest_was_made_is_let_go() {
        let (hub, mut tasks) = (Hub::default(), JoinSet::new());

        drop(hub.join(socket(), 10));
        assert!(hub.add_interest(ANNA, Interest::of(tasks.spawn(pending::<()>()))));

        assert_eq!(hub.sweep(Duration::from_mins(1)), 1);
        assert_eq!(hub.sweep(Duration::ZERO), 0);
    }

    fn socket() -> Arc<Socket> {
        let bounds = Bounds {
            frames: 8,
            bytes: 1_024,
        };
        let (device, session) = (DeviceId(Uuid::from_u128(2)), SessionId(Uuid::from_u128(3)));
        Socket::new(ANNA, device, session, Queue::new(bounds))
    }
}
