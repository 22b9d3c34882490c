//! Fetching what a conversation lacks: its base over HTTP, its holes with `sync`; one fetch at a time.

use std::time::{Duration, Instant};

use protocol::{ConversationId, frame::ClientFrame};

use super::{Action, Recorded, State};
use crate::{
    device::thread::{Lack, Verdict},
    http,
};

/// A `sync` that was not answered is asked again.
const SYNC_TIMEOUT: Duration = Duration::from_secs(10);
const RETRY: Duration = Duration::from_secs(1);

/// How far fetching is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fetch {
    Wanted,
    /// An HTTP call is under way.
    Loading,
    /// `sync` was asked on the socket; it is asked again after this.
    Asked(Instant),
    Later(Instant),
}

impl Fetch {
    pub(super) fn deadline(self) -> Option<Instant> {
        match self {
            Self::Wanted | Self::Loading => None,
            Self::Asked(at) | Self::Later(at) => Some(at),
        }
    }

    /// What was asked on a socket that is gone is not answered.
    pub(super) fn forget_socket(&mut self) {
        if matches!(self, Self::Asked(_)) {
            *self = Self::Wanted;
        }
    }

    /// Nothing else will bring it.
    pub(super) fn hurry(&mut self) {
        if matches!(self, Self::Later(_)) {
            *self = Self::Wanted;
        }
    }

    fn is_due(self, now: Instant) -> bool {
        match self {
            Self::Wanted => true,
            Self::Loading => false,
            Self::Asked(at) | Self::Later(at) => at <= now,
        }
    }
}

impl State {
    /// Asks for everything that is wanted and can be asked for.
    pub(super) fn fetch(&mut self, actions: &mut Vec<Action>, now: Instant) {
        let due: Vec<_> = self
            .fetches
            .iter()
            .filter(|(_, fetch)| fetch.is_due(now))
            .map(|(id, _)| *id)
            .collect();
        for conversation in due {
            let fetch = match self.thread(conversation).lacks() {
                Lack::Nothing => {
                    self.fetches.remove(&conversation);
                    continue;
                }
                Lack::Base => {
                    actions.push(Action::Load(conversation));
                    Fetch::Loading
                }
                Lack::After(after) if self.link.is_live() && self.synced => {
                    actions.push(Action::Frame(ClientFrame::Sync {
                        r#ref: self.outbox.next_ref(),
                        conversation_id: conversation.to_string(),
                        after,
                    }));
                    Fetch::Asked(now + SYNC_TIMEOUT)
                }
                // Polling, or the pages of the resume under way, bring it.
                Lack::After(_) => Fetch::Later(now + RETRY),
            };
            self.fetches.insert(conversation, fetch);
        }
    }

    pub(super) fn loaded(
        &mut self,
        conversation: ConversationId,
        result: Result<http::History, http::Error>,
        now: Instant,
    ) {
        self.fetches.remove(&conversation);
        match result {
            Ok(history) if self.epoch.is_some_and(|epoch| epoch != history.epoch) => {
                self.fetch_later(conversation, true, now);
            }
            Ok(history) => {
                let position = history.position;
                if let Verdict::Applied(rows) = self.thread(conversation).load(history) {
                    self.record.push(Recorded::Loaded {
                        conversation,
                        position,
                        rows,
                    });
                }
                self.attend(conversation);
            }
            Err(error) => {
                let retryable = error.problem().is_none_or(|problem| problem.retryable);
                self.fetch_later(conversation, retryable, now);
            }
        }
    }

    pub(super) fn fetch_later(&mut self, conversation: ConversationId, retryable: bool, now: Instant) {
        if retryable {
            let pause = self.link.spread(RETRY);
            self.fetches.insert(conversation, Fetch::Later(now + pause));
        } else {
            self.fetches.remove(&conversation);
        }
    }
}
