//! Who is connected here: people, their sockets, and what reaches them.

use std::{
    collections::{HashMap, hash_map::Entry},
    hash::{DefaultHasher, Hash, Hasher},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::sync::Notify;

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
    /// Which of so many parts the person belongs to.
    pub fn slice(self, slices: u64) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.hash(&mut hasher);
        hasher.finish() % slices
    }

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
    /// Whether the queue holds a nudge to look at who is here.
    nudged: AtomicBool,
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
            nudged: AtomicBool::new(false),
        })
    }

    /// Whether the socket has to be nudged: not while a nudge waits.
    pub fn is_news_of_presence(&self) -> bool {
        !self.nudged.swap(true, Ordering::AcqRel)
    }

    /// The session looks: what comes from here on is news.
    pub fn looks_at_presence(&self) {
        self.nudged.store(false, Ordering::Release);
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
    /// Rung when somebody came or left.
    moved: Arc<Notify>,
}

#[derive(Default)]
struct Shared {
    people: HashMap<Party, Person>,
    epoch: Option<Epoch>,
    /// People who came or left since somebody asked for news; [`Hub::news`] takes them.
    moved: Vec<Party>,
}

#[derive(Default)]
struct Person {
    sockets: Vec<Arc<Socket>>,
    /// Held while the person is here and for a grace after; with one interest for all, never.
    interest: Option<Interest>,
    left: Option<Instant>,
    /// Written by [`Hub::news`]: the others were told that the person is here.
    told: bool,
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
        if !person.told {
            shared.moved.push(socket.party);
            self.moved.notify_one();
        }
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
    pub fn sweep(&self, grace: Duration) -> usize {
        let mut shared = self.lock();
        shared
            .people
            .retain(|_, person| person.told || person.left.is_none_or(|left| left.elapsed() < grace));
        shared.people.len()
    }

    fn leave(&self, socket: &Arc<Socket>) {
        let mut shared = self.lock();
        if let Entry::Occupied(mut entry) = shared.people.entry(socket.party) {
            let person = entry.get_mut();
            person.sockets.retain(|other| !Arc::ptr_eq(other, socket));
            if person.sockets.is_empty() {
                person.left = Some(Instant::now());
                shared.moved.push(socket.party);
                drop(shared);
                self.moved.notify_one();
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Somebody came to this gateway or has left it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum News {
    Came(UserId),
    /// And when.
    Went(UserId, Instant),
}

/// Who is here, as others are told.
impl Hub {
    /// Waits until somebody came or left.
    pub async fn moved(&self) {
        self.moved.notified().await;
    }

    /// Who came, and who left longer than `grace` ago, each told once.
    pub fn news(&self, grace: Duration) -> Vec<News> {
        let mut shared = self.lock();
        let mut news = Vec::new();
        for party in std::mem::take(&mut shared.moved) {
            let Some(person) = shared.people.get_mut(&party) else {
                continue;
            };
            match person.left.filter(|_| person.sockets.is_empty()) {
                None if person.sockets.is_empty() || person.told => {}
                None => {
                    person.told = true;
                    news.push(News::Came(party.user));
                }
                Some(_) if !person.told => {}
                Some(left) if left.elapsed() >= grace => {
                    person.told = false;
                    news.push(News::Went(party.user, left));
                }
                Some(_) => shared.moved.push(party),
            }
        }
        news
    }

    /// Those of `users` who have a socket here.
    pub fn are_here(&self, users: &[UserId]) -> Vec<UserId> {
        let shared = self.lock();
        let is_here = |user: UserId| {
            [Role::Trainer, Role::User].into_iter().any(|role| {
                let person = shared.people.get(&Party { user, role });
                person.is_some_and(|person| !person.sockets.is_empty())
            })
        };
        users.iter().copied().filter(|user| is_here(*user)).collect()
    }

    /// One of `slices` parts of those who have a socket here.
    pub fn slice(&self, slice: u64, slices: u64) -> Vec<UserId> {
        let shared = self.lock();
        let here = shared
            .people
            .iter()
            .filter(|(party, person)| !person.sockets.is_empty() && party.slice(slices) == slice);
        here.map(|(party, _)| party.user).collect()
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
