//! What comes back from the log and the verifier, and what the session does with it.

use std::time::{Instant, SystemTime};

use auth::{Identity, Refused, Verifier};
use axum::{Error, extract::ws::Message};
use bus::{Bus, ChatKind, Headers, Subject};
use futures_util::{FutureExt, Sink, Stream, future::BoxFuture};
use protocol::{
    CloseCode, ConversationId, ErrorCode, UserId,
    error::{Refusal, Role},
    frame::{Ack, Ref, ServerFrame},
    limits,
    marks::MarkRequest,
};
use tracing::trace;

use super::{Asked, End, Session, opening, state::Event};
use crate::{
    commands::ask::{self, Entry, Page},
    positions::Question,
    presence::Presence,
};

/// The end of something the session waited for.
pub enum Answer {
    Change {
        r#ref: Ref,
        conversation: ConversationId,
        since: Instant,
        asked: ask::Asked,
    },
    Marked {
        conversation: ConversationId,
        outcome: Result<(), Refusal>,
    },
    Page {
        peer: UserId,
        r#ref: Option<Ref>,
        outcome: Result<Page, Refusal>,
    },
    Entry {
        peer: UserId,
        outcome: Result<Option<Entry>, Refusal>,
    },
    Token {
        r#ref: Ref,
        outcome: Result<Identity, Refused>,
    },
    /// It is known who of those watched is here.
    Looked {
        r#ref: Ref,
        outcome: Result<(), Refusal>,
    },
    /// Somebody was told that the person types; nobody waits for it.
    Typed,
}

pub fn change(asked: Asked, bus: Bus) -> BoxFuture<'static, Answer> {
    async move {
        let change = asked.change.taken(SystemTime::now() - asked.since.elapsed());
        Answer::Change {
            r#ref: asked.r#ref,
            conversation: change.conversation,
            since: asked.since,
            asked: ask::change(&bus, &change, asked.traceparent.as_deref()).await,
        }
    }
    .boxed()
}

pub fn mark(request: MarkRequest, bus: Bus) -> BoxFuture<'static, Answer> {
    async move {
        Answer::Marked {
            conversation: request.conversation,
            outcome: ask::mark(&bus, &request).await,
        }
    }
    .boxed()
}

pub fn verify(r#ref: Ref, token: String, verifier: Verifier) -> BoxFuture<'static, Answer> {
    async move {
        Answer::Token {
            r#ref,
            outcome: verifier.verify(&token).await,
        }
    }
    .boxed()
}

pub fn look(r#ref: Ref, users: Vec<UserId>, presence: Presence) -> BoxFuture<'static, Answer> {
    async move {
        Answer::Looked {
            r#ref,
            outcome: presence.look(users).await,
        }
    }
    .boxed()
}

/// Tells the other of the two that `me` types. Without a broker nobody is told.
pub fn typing(me: UserId, conversation: ConversationId, bus: Bus) -> BoxFuture<'static, Answer> {
    async move {
        let frame = ServerFrame::Typing {
            conversation_id: conversation,
            user_id: me,
            ttl_ms: limits::TYPING_TTL_MS,
        };
        if let Ok(frame) = serde_json::to_vec(&frame) {
            let subject = Subject::chat(ChatKind::Typing, conversation);
            let told = bus.publish(subject, Headers::default(), frame.into()).await;
            trace!(is_told = told.is_ok(), "Typing");
        }
        Answer::Typed
    }
    .boxed()
}

/// Puts a question to the log.
pub fn ask(question: Question, me: UserId, role: Role, bus: Bus) -> BoxFuture<'static, Answer> {
    async move {
        match question {
            Question::Sync { peer, after, r#ref } => {
                let outcome = match ConversationId::of(me, role, peer) {
                    Some(conversation) => ask::sync(&bus, conversation, after, r#ref).await,
                    None => Err(ErrorCode::NotFound.into()),
                };
                Answer::Page { peer, r#ref, outcome }
            }
            Question::Entry { peer } => Answer::Entry {
                peer,
                outcome: ask::entry(&bus, me, role, peer).await,
            },
        }
    }
    .boxed()
}

impl<S> Session<S>
where
    S: Stream<Item = Result<Message, Error>> + Sink<Message, Error = Error> + Unpin,
{
    pub(super) async fn on_answer(&mut self, answer: Answer) -> Result<(), End> {
        let now = Instant::now();
        match answer {
            Answer::Change {
                r#ref,
                conversation,
                since,
                asked,
            } => {
                if let Some(next) = self.lanes.done(conversation) {
                    self.start(next);
                }
                let metrics = &self.gateway.metrics;
                metrics
                    .ack_seconds
                    .observe(since.elapsed().as_secs_f64(), asked.trace);
                match asked.outcome {
                    Ok(ack) => self.say(&ServerFrame::Ack { r#ref, ack }).await,
                    Err(refusal) => self.refuse(Some(r#ref), Some(conversation), refusal).await,
                }
            }
            Answer::Marked {
                conversation,
                outcome,
            } => self.on_marked(conversation, outcome).await,
            Answer::Page { peer, r#ref, outcome } => {
                self.asking -= 1;
                self.on_page(peer, r#ref, outcome, now).await
            }
            Answer::Entry { peer, outcome } => {
                self.asking -= 1;
                self.on_entry(peer, outcome, now).await
            }
            Answer::Token { r#ref, outcome } => self.on_token(r#ref, outcome, now).await,
            Answer::Looked { r#ref, outcome } => self.on_looked(r#ref, outcome).await,
            Answer::Typed => Ok(()),
        }
    }

    /// Answers everyone whose mark was part of the question. Who gave no `ref` hears only of a refusal.
    async fn on_marked(
        &mut self,
        conversation: ConversationId,
        outcome: Result<(), Refusal>,
    ) -> Result<(), End> {
        let (refs, next) = self.marking.done(conversation);
        if let Some(marks) = next {
            self.mark(conversation, marks);
        }
        if let Err(refusal) = outcome {
            if refs.is_empty() {
                return self.refuse(None, Some(conversation), refusal).await;
            }
            for r#ref in refs {
                self.refuse(Some(r#ref), Some(conversation), refusal.clone())
                    .await?;
            }
            return Ok(());
        }
        for r#ref in refs {
            let ack = Ack {
                conversation_id: conversation,
                id: None,
                seq: None,
                position: None,
                sent_at: None,
                duplicate: false,
            };
            self.say(&ServerFrame::Ack { r#ref, ack }).await?;
        }
        Ok(())
    }

    async fn on_page(
        &mut self,
        peer: UserId,
        r#ref: Option<Ref>,
        outcome: Result<Page, Refusal>,
        now: Instant,
    ) -> Result<(), End> {
        match outcome {
            Ok(page)
                if self
                    .gateway
                    .hub
                    .epoch()
                    .is_some_and(|ours| ours != page.headers.epoch) =>
            {
                self.gateway.hub.learn_epoch(page.headers.epoch);
                Err(CloseCode::GoingAway.into())
            }
            Ok(page) => {
                self.gateway.metrics.sync_pages.inc();
                self.wire.write(page.frame, &self.socket.queue).await?;
                self.positions
                    .on_synced(peer, page.headers.to, page.headers.more, now);
                Ok(())
            }
            Err(refusal) => {
                let told = r#ref.is_some() || self.positions.is_catching_up(peer);
                match refusal.code {
                    ErrorCode::NotFound => self.positions.on_gone(peer, now),
                    _ => self.positions.on_failed(peer, now),
                }
                if told {
                    self.refuse(r#ref, self.conversation(peer), refusal).await
                } else {
                    Ok(())
                }
            }
        }
    }

    async fn on_entry(
        &mut self,
        peer: UserId,
        outcome: Result<Option<Entry>, Refusal>,
        now: Instant,
    ) -> Result<(), End> {
        match outcome {
            Ok(Some(entry)) if self.gateway.hub.epoch().is_some_and(|ours| ours != entry.epoch) => {
                self.gateway.hub.learn_epoch(entry.epoch);
                return Err(CloseCode::GoingAway.into());
            }
            // Marks were told meanwhile that the entry does not know: written, they would go back.
            Ok(Some(entry)) if self.positions.is_beyond(entry.head) => {
                self.positions.on_stale_entry(peer, now);
            }
            Ok(Some(entry)) => {
                self.wire.write(entry.frame, &self.socket.queue).await?;
                self.positions.set_open(peer, entry.can_send);
                self.positions.on_entry(entry.head, now);
            }
            Ok(None) => self.positions.on_gone(peer, now),
            Err(_) => self.positions.on_failed(peer, now),
        }
        Ok(())
    }

    /// A token of another person or role ends the socket; one that is merely bad is refused.
    async fn on_token(
        &mut self,
        r#ref: Ref,
        outcome: Result<Identity, Refused>,
        now: Instant,
    ) -> Result<(), End> {
        match outcome {
            Ok(renewed) if (renewed.user, renewed.role) != (self.me.user, self.me.role) => {
                Err(CloseCode::TokenExpired.into())
            }
            // Revoked after it was verified: the doorbell looked at the token before.
            Ok(renewed) if self.gateway.revocations.is_revoked(&renewed) => Err(CloseCode::Revoked.into()),
            Ok(renewed) => {
                let expires_at = renewed.expires_at;
                self.state.on(
                    Event::Renewed {
                        expires: opening::expiry(&renewed, now),
                    },
                    now,
                );
                self.me = renewed;
                self.say(&ServerFrame::AuthOk { r#ref, expires_at }).await
            }
            Err(refused) => self.refuse(Some(r#ref), None, refused.code().into()).await,
        }
    }
}
