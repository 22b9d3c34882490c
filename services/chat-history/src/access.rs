//! Who may write: one rule, over facts that are kept in the conversation's own row.

use protocol::{ErrorCode, error::Refusal, error::Role, limits};

/// What decides who may write in a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Standing {
    /// An active booking joins the two.
    pub related: bool,
    /// The trainer has written, or a booking has ever joined them.
    pub answered: bool,
    pub client_wrote: bool,
    /// What the client wrote before `answered`.
    pub contact_messages: i32,
    /// The trainer blocks the client.
    pub trainer_blocks: bool,
    /// The client blocks the trainer.
    pub client_blocks: bool,
    /// One of the two was erased.
    pub gone: bool,
}

/// Why somebody may not write, as the `access` frame says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// This person blocks the other.
    Blocking,
    /// The other blocks this person.
    Blocked,
    /// One of the two was erased.
    Gone,
    /// No booking, or a stranger's messages are used up.
    ReadOnly,
}

impl Reason {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Blocking => "blocking",
            Self::Blocked => "blocked",
            Self::Gone => "gone",
            Self::ReadOnly => "read_only",
        }
    }
}

impl Standing {
    pub fn may_send(self, role: Role) -> bool {
        self.reason(role).is_none()
    }

    /// Why the role may not write; `None` where it may. Erasing one of the two silences the other for
    /// ever, a block of either side both. Else a trainer writes to own clients: those booked, and those who
    /// wrote. A client writes to anyone, but as a stranger only so often.
    pub fn reason(self, role: Role) -> Option<Reason> {
        let (own, others) = match role {
            Role::Trainer => (self.trainer_blocks, self.client_blocks),
            Role::User | Role::Platform => (self.client_blocks, self.trainer_blocks),
        };
        let is_open = match role {
            Role::Trainer => self.related || self.client_wrote,
            Role::User => !self.is_stranger() || self.contact_messages < limits::FIRST_CONTACT_MESSAGES,
            Role::Platform => false,
        };
        if self.gone {
            Some(Reason::Gone)
        } else if own {
            Some(Reason::Blocking)
        } else if others {
            Some(Reason::Blocked)
        } else {
            (!is_open).then_some(Reason::ReadOnly)
        }
    }

    pub fn check(self, role: Role) -> Result<(), Refusal> {
        if self.may_send(role) {
            Ok(())
        } else {
            Err(ErrorCode::ReadOnly.into())
        }
    }

    /// Whether the trainer has shown no interest in the client so far.
    pub fn is_stranger(self) -> bool {
        !self.related && !self.answered
    }

    /// A message was written.
    pub fn wrote(&mut self, role: Role) {
        match role {
            Role::Trainer => self.answered = true,
            Role::User => {
                self.client_wrote = true;
                if self.is_stranger() {
                    self.contact_messages += 1;
                }
            }
            Role::Platform => {}
        }
    }

    /// The roster says whether an active booking joins the two.
    pub fn relate(&mut self, active: bool) {
        self.related = active;
        self.answered |= active;
    }

    /// One side blocks the other, or no longer does.
    pub fn block(&mut self, by: Role, on: bool) {
        match by {
            Role::Trainer => self.trainer_blocks = on,
            Role::User => self.client_blocks = on,
            Role::Platform => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stranger_writes_three_messages_until_the_trainer_answers() {
        let mut standing = Standing::default();

        for _ in 0..limits::FIRST_CONTACT_MESSAGES {
            assert!(standing.may_send(Role::User));
            standing.wrote(Role::User);
        }
        assert!(!standing.may_send(Role::User));

        standing.wrote(Role::Trainer);
        assert!(standing.may_send(Role::User));
    }

    #[test]
    fn a_booking_opens_both_ways_and_its_end_leaves_the_client_a_voice() {
        let mut standing = Standing::default();
        assert!(!standing.may_send(Role::Trainer));

        standing.relate(true);
        assert!(standing.may_send(Role::Trainer) && standing.may_send(Role::User));

        standing.relate(false);
        assert!(!standing.may_send(Role::Trainer) && standing.may_send(Role::User));

        standing.wrote(Role::User);
        assert!(standing.may_send(Role::Trainer));
    }

    #[test]
    fn a_block_silences_both_until_the_same_side_takes_it_back() {
        let mut standing = Standing::default();
        standing.relate(true);

        standing.block(Role::User, true);
        assert_eq!(standing.reason(Role::User), Some(Reason::Blocking));
        assert_eq!(standing.reason(Role::Trainer), Some(Reason::Blocked));

        standing.block(Role::Trainer, true);
        standing.block(Role::User, false);
        assert_eq!(standing.reason(Role::Trainer), Some(Reason::Blocking));
        assert_eq!(standing.reason(Role::User), Some(Reason::Blocked));

        standing.block(Role::Trainer, false);
        assert!(standing.may_send(Role::Trainer) && standing.may_send(Role::User));
    }

    #[test]
    fn a_block_outlives_bookings() {
        let mut standing = Standing::default();
        standing.block(Role::Trainer, true);

        for active in [true, false, true] {
            standing.relate(active);
            assert!(!standing.may_send(Role::Trainer) && !standing.may_send(Role::User));
        }
    }

    #[test]
    fn a_service_never_writes() {
        let mut standing = Standing::default();
        standing.relate(true);

        assert_eq!(standing.check(Role::Platform), Err(ErrorCode::ReadOnly.into()));
    }
}
