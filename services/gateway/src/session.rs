//! One connection: `wire` moves bytes, `state` decides when to speak or end, `positions` which events
//! pass, `sendqueue` holds what is still to be sent. This file carries out what they say.

mod answers;
mod deliveries;
mod frames;
mod opening;
pub mod sendqueue;
pub mod state;
mod wire;

use std::{collections::VecDeque, sync::Arc, time::Instant};

use auth::Identity;
use axum::{Error, extract::ws::Message};
use futures_util::{Sink, Stream, StreamExt, future::BoxFuture, stream::FuturesUnordered};
use protocol::{
    ConversationId, UserId,
    error::Refusal,
    frame::{ErrorFrame, Ref, ServerFrame},
    internal::Change,
};
use serde::Serialize;
use tokio::time;
use tracing::{Instrument, field::Empty, info, info_span};

use crate::{
    Gateway,
    commands::lanes::Lanes,
    hub::{Joined, Socket},
    positions::{Positions, Question, Step},
};
use answers::Answer;
use sendqueue::Queue;
use state::{Action, Event, State};
pub use wire::End;
use wire::Wire;

/// Questions of one socket to the log that may be in flight: a device that comes back to hundreds of
/// conversations takes its turn.
const QUESTIONS: usize = 8;

/// A change on its way, with what its answer needs.
struct Asked {
    r#ref: Ref,
    change: Change,
    traceparent: Option<String>,
    since: Instant,
}

struct Session<S> {
    wire: Wire<S>,
    gateway: Arc<Gateway>,
    me: Identity,
    socket: Arc<Socket>,
    state: State,
    positions: Positions,
    lanes: Lanes<Asked>,
    /// What waits for its turn to be asked.
    questions: VecDeque<Question>,
    asking: usize,
    answers: FuturesUnordered<BoxFuture<'static, Answer>>,
}

/// Runs a socket from its upgrade to its end.
pub async fn run<S>(socket: S, me: Identity, gateway: Arc<Gateway>)
where
    S: Stream<Item = Result<Message, Error>> + Sink<Message, Error = Error> + Unpin,
{
    let _drain = gateway.life.tasks.drain_guard();
    gateway.metrics.sockets.inc();
    let begun = Instant::now();
    let span = info_span!("socket", user.id = %me.user, session.id = Empty, client = Empty);
    let mut wire = Wire::new(socket);
    let end = match Box::pin(begin(&mut wire, me, &gateway)).await {
        Ok(begun) => {
            let Begun {
                me,
                state,
                joined,
                positions,
                client,
            } = begun;
            span.record("session.id", joined.socket.session.to_string());
            span.record("client", client);
            let mut session = Session::new(
                wire,
                me,
                state,
                (joined.socket.clone(), positions),
                gateway.clone(),
            );
            let end = session.live().instrument(span.clone()).await;
            drop(joined);
            wire = session.wire;
            end
        }
        Err(end) => end,
    };
    gateway.metrics.sockets.dec();
    let reason = match end {
        End::Close(code) => code.reason(),
        End::Gone => "gone",
    };
    info!(parent: &span, seconds = begun.elapsed().as_secs(), reason, "Socket ended: {reason}");
    if let End::Close(code) = end {
        gateway.metrics.closed(code);
        wire.close(code).await;
    }
}

/// A socket that was welcomed.
struct Begun {
    me: Identity,
    state: State,
    joined: Joined,
    positions: Positions,
    /// Which client this is, for logs.
    client: String,
}

async fn begin<S>(wire: &mut Wire<S>, me: Identity, gateway: &Arc<Gateway>) -> Result<Begun, End>
where
    S: Stream<Item = Result<Message, Error>> + Sink<Message, Error = Error> + Unpin,
{
    let mut state = opening::state(&me, gateway);
    let greeting = opening::greeting(wire, &me, &mut state, &Queue::new(gateway.bounds)).await?;
    let open = opening::open(wire, &me, gateway, &greeting).await?;
    opening::welcomed(&mut state);
    Ok(Begun {
        me,
        state,
        joined: open.joined,
        positions: open.positions,
        client: greeting.client,
    })
}

impl<S> Session<S>
where
    S: Stream<Item = Result<Message, Error>> + Sink<Message, Error = Error> + Unpin,
{
    fn new(
        wire: Wire<S>,
        me: Identity,
        state: State,
        (socket, positions): (Arc<Socket>, Positions),
        gateway: Arc<Gateway>,
    ) -> Self {
        Self {
            wire,
            gateway,
            me,
            socket,
            state,
            positions,
            lanes: Lanes::default(),
            questions: VecDeque::new(),
            asking: 0,
            answers: FuturesUnordered::new(),
        }
    }

    async fn live(&mut self) -> End {
        let socket = self.socket.clone();
        loop {
            if let Err(end) = self.carry_out().await {
                return end;
            }
            let deadline = self.deadline();
            let happened = tokio::select! {
                frame = self.wire.read() => match frame {
                    Ok(text) => self.on_frame(&text).await,
                    Err(end) => Err(end),
                },
                taken = socket.queue.take() => self.on_taken(taken).await,
                Some(answer) = self.answers.next(), if !self.answers.is_empty() => self.on_answer(answer).await,
                () = time::sleep_until(deadline) => Ok(()),
            };
            if let Err(end) = happened {
                return end;
            }
        }
    }

    fn deadline(&self) -> time::Instant {
        let deadline = self.state.next_deadline();
        time::Instant::from_std(
            self.positions
                .next_due()
                .map_or(deadline, |due| due.min(deadline)),
        )
    }

    /// Does what the pure parts ask for, until they ask for nothing, then flushes.
    async fn carry_out(&mut self) -> Result<(), End> {
        let now = Instant::now();
        self.positions.on_timer(now);
        self.take_steps().await?;
        while let Some(action) = self.state.on(Event::Tick, now) {
            self.act(action).await?;
        }
        if self.positions.is_caught_up()
            && let Some(action) = self.state.on(Event::CaughtUp, now)
        {
            self.act(action).await?;
        }
        self.wire.flush(&self.socket.queue).await?;
        // The next page is read when the last one has left.
        self.ask_questions();
        self.socket.set_sums(self.positions.sums());
        Ok(())
    }

    async fn take_steps(&mut self) -> Result<(), End> {
        for step in self.positions.take_steps() {
            match step {
                Step::Deliver(event) => {
                    self.gateway.metrics.deliveries.inc();
                    let write = self.wire.write(event.frame, &self.socket.queue);
                    write.instrument(event.span).await?;
                }
                Step::Ask(question) => self.questions.push_back(question),
            }
        }
        Ok(())
    }

    fn ask_questions(&mut self) {
        while self.asking < QUESTIONS
            && let Some(question) = self.questions.pop_front()
        {
            self.asking += 1;
            let answer = answers::ask(question, self.me.user, self.me.role, self.gateway.bus.clone());
            self.answers.push(answer);
        }
    }

    async fn act(&mut self, action: Action) -> Result<(), End> {
        match action {
            Action::Ping => self.say(&ServerFrame::Ping).await,
            Action::Synced => self.say(&ServerFrame::Synced).await,
            Action::AuthExpiring { left } => {
                let in_ms = u64::try_from(left.as_millis()).unwrap_or(u64::MAX);
                self.say(&ServerFrame::AuthExpiring { in_ms }).await
            }
            Action::Close(code) => Err(code.into()),
        }
    }

    async fn say<T: Serialize + std::marker::Sync>(&mut self, frame: &T) -> Result<(), End> {
        self.wire.say(frame, &self.socket.queue).await
    }

    async fn refuse(
        &mut self,
        r#ref: Option<Ref>,
        conversation_id: Option<ConversationId>,
        refusal: Refusal,
    ) -> Result<(), End> {
        self.gateway.metrics.refused(refusal.code);
        let error = ErrorFrame {
            r#ref,
            conversation_id,
            ..ErrorFrame::new(refusal)
        };
        self.say(&ServerFrame::Error(error)).await
    }

    fn conversation(&self, peer: UserId) -> Option<ConversationId> {
        ConversationId::of(self.me.user, self.me.role, peer)
    }
}
