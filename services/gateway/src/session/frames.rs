//! What the client says: counted against its rate, then carried out or put to the log.

use std::time::{Duration, Instant};

use axum::{Error, extract::ws::Message};
use futures_util::{Sink, Stream};
use protocol::{
    CloseCode, ConversationId, ErrorCode, Position,
    error::Refusal,
    frame::{Ref, ServerFrame},
    marks::{MarkRequest, Marks},
};

use super::{Asked, End, Session, WAITING, answers, state::Event};
use crate::commands::{
    lanes::Entered,
    marks,
    parse::{self, Command, Refused},
};

impl<S> Session<S>
where
    S: Stream<Item = Result<Message, Error>> + Sink<Message, Error = Error> + Unpin,
{
    pub(super) async fn on_frame(&mut self, text: &str) -> Result<(), End> {
        let now = Instant::now();
        let command = match parse::parse(text, self.me.user, self.me.role) {
            Ok(command) => command,
            Err(refused) => {
                return self.on_refused(refused, now).await;
            }
        };
        let quota = if command.is_message() {
            &self.gateway.messages
        } else {
            &self.gateway.commands
        };
        if let Err(wait) = quota.check(&self.me.user) {
            return self.limit(command.r#ref(), wait, now).await;
        }
        self.state.on(Event::Frame, now);
        self.on_command(command, now).await
    }

    /// Says what is wrong with a frame. One that could be read costs as much as a command: a refusal is
    /// work too.
    async fn on_refused(&mut self, refused: Refused, now: Instant) -> Result<(), End> {
        let event = if refused.is_bad_frame() {
            Event::BadFrame
        } else if let Err(wait) = self.gateway.commands.check(&self.me.user) {
            return self.limit(refused.0.r#ref, wait, now).await;
        } else {
            Event::Frame
        };
        self.gateway.metrics.refused(refused.0.code);
        self.say(&ServerFrame::Error(*refused.0)).await?;
        self.happened(event, now).await
    }

    async fn limit(&mut self, r#ref: Option<Ref>, wait: Duration, now: Instant) -> Result<(), End> {
        let retry_after_ms = Some(u64::try_from(wait.as_millis()).unwrap_or(u64::MAX).max(1));
        let refusal = Refusal {
            retry_after_ms,
            ..ErrorCode::RateLimited.into()
        };
        self.refuse(r#ref, None, refusal).await?;
        self.happened(Event::Limited { wait }, now).await
    }

    async fn happened(&mut self, event: Event, now: Instant) -> Result<(), End> {
        match self.state.on(event, now) {
            Some(action) => self.act(action).await,
            None => Ok(()),
        }
    }

    async fn on_command(&mut self, command: Command, now: Instant) -> Result<(), End> {
        match command {
            Command::Pong => Ok(()),
            Command::Hello(_) => Err(CloseCode::ProtocolError.into()),
            Command::Auth { r#ref, token } => {
                self.answers
                    .push(answers::verify(r#ref, token, self.gateway.verifier.clone()));
                Ok(())
            }
            Command::Sync {
                r#ref,
                conversation,
                after,
            } => self.on_sync(r#ref, conversation, after, now).await,
            Command::Watch { r#ref, users } => self.on_watch(r#ref, users).await,
            Command::Typing { conversation } => {
                self.on_typing(conversation, now);
                Ok(())
            }
            Command::Mark {
                r#ref,
                conversation,
                marks,
            } => self.on_mark(r#ref, conversation, marks).await,
            Command::Change {
                r#ref,
                change,
                traceparent,
            } => {
                let conversation = change.conversation;
                let asked = Asked {
                    r#ref,
                    change,
                    traceparent,
                    since: now,
                };
                match self.lanes.enter(conversation, asked) {
                    Entered::Start(asked) => self.start(asked),
                    Entered::Waits => {}
                    Entered::Full => {
                        return self
                            .refuse(Some(r#ref), Some(conversation), ErrorCode::Overloaded.into())
                            .await;
                    }
                }
                Ok(())
            }
        }
    }

    async fn on_sync(
        &mut self,
        r#ref: Ref,
        conversation: ConversationId,
        after: Position,
        now: Instant,
    ) -> Result<(), End> {
        let peer = conversation.peer_of(self.me.user);
        let is_asked =
            self.questions.len() < WAITING && self.positions.on_client_sync(peer, after, r#ref, now).is_ok();
        if is_asked {
            return Ok(());
        }
        self.refuse(Some(r#ref), Some(conversation), ErrorCode::Overloaded.into())
            .await
    }

    /// Nobody waits for an answer: where the person may not write, and too soon after the last, nothing comes of it.
    fn on_typing(&mut self, conversation: ConversationId, now: Instant) {
        let peer = conversation.peer_of(self.me.user);
        if self.positions.is_open(peer) && self.typed.enter(peer, now) {
            let told = answers::typing(self.me.user, conversation, self.gateway.bus.clone());
            self.answers.push(told);
        }
    }

    async fn on_mark(
        &mut self,
        r#ref: Option<Ref>,
        conversation: ConversationId,
        marks: Marks,
    ) -> Result<(), End> {
        match self.marking.enter(conversation, marks, r#ref) {
            marks::Entered::Start(marks) => self.mark(conversation, marks),
            marks::Entered::Waits => {}
            marks::Entered::Full => {
                return self
                    .refuse(r#ref, Some(conversation), ErrorCode::Overloaded.into())
                    .await;
            }
        }
        Ok(())
    }

    pub(super) fn mark(&mut self, conversation: ConversationId, marks: Marks) {
        let request = MarkRequest {
            user: self.me.user,
            role: self.me.role,
            conversation,
            marks,
        };
        self.answers
            .push(answers::mark(request, self.gateway.bus.clone()));
    }

    pub(super) fn start(&mut self, asked: Asked) {
        self.answers
            .push(answers::change(asked, self.gateway.bus.clone()));
    }
}
