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
}

impl Standing {
    /// A trainer writes to own clients: those booked, and those who wrote. A client writes to anyone,
    /// but as a stranger only so often.
    pub fn may_send(self, role: Role) -> bool {
        match role {
            Role::Trainer => self.related || self.client_wrote,
            Role::User => !self.is_stranger() || self.contact_messages < limits::FIRST_CONTACT_MESSAGES,
            Role::Platform => false,
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
    fn a_service_never_writes() {
        let mut standing = Standing::default();
        standing.relate(true);

        assert_eq!(standing.check(Role::Platform), Err(ErrorCode::ReadOnly.into()));
    }
}
