//! Whom the sockets of this gateway watch, and which gateways have them. Pure: no clock, no channel.

use std::{collections::HashMap, sync::Arc};

use protocol::{UserId, presence::Seen};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::hub::Socket;

/// Rounds of questions that a gateway may leave unanswered before it counts as gone. Two, so that a lost
/// question and a slow gateway turn nobody offline.
const MISSED: u8 = 2;

/// What a watcher is told of somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Shown {
    pub online: bool,
    pub last_seen_at: Option<OffsetDateTime>,
}

#[derive(Default)]
pub struct Table {
    watched: HashMap<UserId, Watched>,
}

/// Somebody who is watched; forgotten with the last watcher.
#[derive(Default)]
struct Watched {
    /// A socket is here as often as it watches: a new list comes before the old one goes.
    watchers: Vec<Arc<Socket>>,
    /// The gateways that have the person.
    on: Vec<On>,
    seen_at: Option<OffsetDateTime>,
    /// Everybody was asked once.
    looked: bool,
}

struct On {
    replica: Uuid,
    /// Rounds since it was last heard.
    missed: u8,
}

impl Watched {
    fn saw(&mut self, at: OffsetDateTime) {
        self.seen_at = self.seen_at.max(Some(at));
    }
}

impl Table {
    /// Answers whether nothing is known of the person yet.
    pub fn add(&mut self, user: UserId, socket: &Arc<Socket>) -> bool {
        let watched = self.watched.entry(user).or_default();
        watched.watchers.push(socket.clone());
        !watched.looked
    }

    pub fn remove(&mut self, user: UserId, socket: &Arc<Socket>) {
        let Some(watched) = self.watched.get_mut(&user) else {
            return;
        };
        if let Some(place) = watched
            .watchers
            .iter()
            .position(|other| Arc::ptr_eq(other, socket))
        {
            watched.watchers.swap_remove(place);
        }
        if watched.watchers.is_empty() {
            self.watched.remove(&user);
        }
    }

    pub fn watchers(&self, user: UserId) -> impl Iterator<Item = &Arc<Socket>> {
        self.watched.get(&user).into_iter().flat_map(|it| &it.watchers)
    }

    pub fn everybody(&self) -> Vec<UserId> {
        self.watched.keys().copied().collect()
    }

    pub fn shown(&self, user: UserId) -> Shown {
        let Some(watched) = self.watched.get(&user) else {
            return Shown::default();
        };
        let online = !watched.on.is_empty();
        Shown {
            online,
            last_seen_at: watched.seen_at.filter(|_| !online),
        }
    }

    /// A gateway has the person. Answers whether that changes what is shown.
    pub fn came(&mut self, user: UserId, replica: Uuid, at: OffsetDateTime) -> bool {
        let Some(watched) = self.watched.get_mut(&user) else {
            return false;
        };
        watched.saw(at);
        if let Some(on) = watched.on.iter_mut().find(|on| on.replica == replica) {
            on.missed = 0;
            return false;
        }
        watched.on.push(On { replica, missed: 0 });
        watched.on.len() == 1
    }

    /// A gateway has the person no more. Answers whether that changes what is shown.
    pub fn went(&mut self, user: UserId, replica: Uuid, at: OffsetDateTime) -> bool {
        let Some(watched) = self.watched.get_mut(&user) else {
            return false;
        };
        watched.saw(at);
        let before = watched.on.len();
        watched.on.retain(|on| on.replica != replica);
        before > 0 && watched.on.is_empty()
    }

    pub fn seen(&mut self, seen: &[Seen]) {
        for seen in seen {
            if let Some(watched) = self.watched.get_mut(&seen.user) {
                watched.saw(seen.at);
            }
        }
    }

    pub fn looked(&mut self, users: &[UserId]) {
        for user in users {
            if let Some(watched) = self.watched.get_mut(user) {
                watched.looked = true;
            }
        }
    }

    /// Everybody is asked again. Answers who is not here any more, because a gateway has not answered for too long.
    pub fn round(&mut self) -> Vec<UserId> {
        let mut gone = Vec::new();
        for (user, watched) in &mut self.watched {
            let before = watched.on.len();
            watched.on.retain_mut(|on| {
                on.missed += 1;
                on.missed <= MISSED
            });
            if before > 0 && watched.on.is_empty() {
                gone.push(*user);
            }
        }
        gone
    }
}

#[cfg(test)]
mod tests {
    use protocol::{
        error::Role,
        ids::{DeviceId, SessionId},
    };
    use time::Duration;

    use super::*;
    use crate::{
        hub::Party,
        session::sendqueue::{Bounds, Queue},
    };

    const ANNA: UserId = UserId(Uuid::from_u128(1));
    const ONE: Uuid = Uuid::from_u128(11);
    const TWO: Uuid = Uuid::from_u128(12);
    const NOON: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

    fn watched() -> (Table, Arc<Socket>) {
        let (mut table, socket) = (Table::default(), socket());
        table.add(ANNA, &socket);
        (table, socket)
    }

    #[test]
    fn who_is_on_two_gateways_is_here_until_both_have_lost_them() {
        let (mut table, _socket) = watched();

        assert!(table.came(ANNA, ONE, NOON));
        assert!(!table.came(ANNA, TWO, NOON));
        assert!(!table.went(ANNA, ONE, NOON));
        assert!(table.shown(ANNA).online);
        assert!(table.went(ANNA, TWO, NOON + Duration::HOUR));

        let last_seen_at = Some(NOON + Duration::HOUR);
        let online = false;
        assert_eq!(table.shown(ANNA), Shown { online, last_seen_at });
    }

    #[test]
    fn a_gateway_that_answers_no_more_holds_nobody_after_three_rounds() {
        let (mut table, _socket) = watched();
        table.came(ANNA, ONE, NOON);

        for _ in 0..10 {
            assert!(table.round().is_empty());
            assert!(table.round().is_empty());
            table.came(ANNA, ONE, NOON);
        }
        assert!(table.round().is_empty());
        assert!(table.round().is_empty());

        assert_eq!(table.round(), [ANNA]);
        assert_eq!(table.shown(ANNA).last_seen_at, Some(NOON));
    }

    #[test]
    fn an_older_word_of_the_roster_changes_nothing() {
        let (mut table, _socket) = watched();
        table.came(ANNA, ONE, NOON);
        table.went(ANNA, ONE, NOON);

        let (user, at) = (ANNA, NOON - Duration::DAY);
        table.seen(&[Seen { user, at }]);

        assert_eq!(table.shown(ANNA).last_seen_at, Some(NOON));
    }

    #[test]
    fn nothing_is_kept_of_whom_nobody_watches() {
        let (mut table, first) = watched();
        let second = socket();
        table.looked(&[ANNA]);
        assert!(!table.add(ANNA, &second), "it is known already");
        assert!(!table.add(ANNA, &second), "a new list of the same socket");

        table.remove(ANNA, &first);
        table.remove(ANNA, &second);
        assert_eq!(table.watchers(ANNA).count(), 1);
        table.remove(ANNA, &second);

        assert!(table.watched.is_empty());
        assert!(!table.came(ANNA, ONE, NOON));
        assert!(table.watched.is_empty());
    }

    fn socket() -> Arc<Socket> {
        let bounds = Bounds { frames: 8, bytes: 1 };
        let party = Party {
            user: UserId(Uuid::from_u128(9)),
            role: Role::Trainer,
        };
        let (device, session) = (DeviceId(Uuid::from_u128(2)), SessionId(Uuid::from_u128(3)));
        Socket::new(party, device, session, Queue::new(bounds))
    }
}
