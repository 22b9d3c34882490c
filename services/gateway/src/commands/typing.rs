//! How often one socket may say that its person types: once in a while in each conversation.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use protocol::{UserId, limits};

const EVERY: Duration = Duration::from_millis(limits::TYPING_EVERY_MS);
/// Conversations of one socket in which somebody may type at once; nobody types in more.
const CONVERSATIONS: usize = 16;

/// When one socket last typed, by peer. Made when somebody first types: most sockets are idle.
#[derive(Debug, Default)]
pub struct Typed(Option<Box<Recent>>);

#[derive(Debug, Default)]
struct Recent(BTreeMap<UserId, Instant>);

impl Typed {
    /// Whether the peer is told now; what is said again too soon is let go.
    pub fn enter(&mut self, peer: UserId, now: Instant) -> bool {
        let Recent(typed) = &mut **self.0.get_or_insert_default();
        typed.retain(|_, last| now - *last < EVERY);
        let is_news = !typed.contains_key(&peer) && typed.len() < CONVERSATIONS;
        if is_news {
            typed.insert(peer, now);
        }
        is_news
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn typing_is_told_every_three_seconds_in_each_conversation() {
        let (mut typed, now) = (Typed::default(), Instant::now());
        let peer = |n| UserId(Uuid::from_u128(n));

        assert!(typed.enter(peer(1), now));
        assert!(typed.enter(peer(2), now));
        assert!(!typed.enter(peer(1), now + EVERY / 2));
        assert!(typed.enter(peer(1), now + EVERY));
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let (mut typed, now) = (Typed::default(), Instant::now());

        let told = (0..1_000).filter(|n| typed.enter(UserId(Uuid::from_u128(*n)), now));

        assert_eq!(told.count(), CONVERSATIONS);
        assert!(typed.enter(UserId(Uuid::from_u128(2_000)), now + EVERY));
        assert_eq!(typed.0.unwrap().0.len(), 1);
    }
}
