//! One connection: `wire` moves bytes, `state` decides when to speak or end, `positions` which events
//! pass, `sendqueue` holds what is still to be sent. This file carries out what they say.

mod answers;
mod deliveries;
mod frames;
mod opening;
pub mod sendqueue;
pub mod state;
mod watching;
mod wire;

use std::{collections::VecDeque, sync::Arc, time::Instant};

use auth::Identity;
use axum::{
    Error,
    extract::ws::{Message, Utf8Bytes},
};
use futures_util::{Sink, Stream, StreamExt, future::BoxFuture, stream::FuturesUnordered};
use protocol::{
    ConversationId, UserId,
    error::Refusal,
    frame::{ErrorFrame, Ref, ServerFrame},
    internal::Change,
    limits,
};
use serde::Serialize;
use tokio::time;
use tracing::info;

use crate::{
    Gateway,
    commands::{lanes::Lanes, marks::Marking, typing::Typed},
    hub::{Joined, Socket},
    positions::{Positions, Question, Step},
};
use answers::Answer;
use opening::Open;
use sendqueue::Taken;
use state::{Action, Event, State};
use watching::Watching;
pub use wire::End;
use wire::Wire;

/// Questions of one socket to the log that may be in flight: a device that comes back to hundreds of
/// conversations takes its turn.
const QUESTIONS: usize = 8;

/// Questions that may wait for their turn before a client's next is refused: those of a whole resume, and some.
const WAITING: usize = limits::RESUME_POSITIONS + 64;

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
    /// Keeps the socket in the hub.
    joined: Joined,
    /// Which client this is, for logs.
    client: String,
    state: State,
    positions: Positions,
    lanes: Lanes<Asked>,
    marking: Marking,
    typed: Typed,
    watching: Option<Box<Watching>>,
    /// What waits for its turn to be asked.
    questions: VecDeque<Question>,
    asking: usize,
    answers: FuturesUnordered<BoxFuture<'static, Answer>>,
}

/// What a waiting session wakes up for.
enum Happened {
    Frame(Result<Utf8Bytes, End>),
    Taken(Taken),
    Answer(Answer),
    /// A deadline has come, of `state` or `positions`.
    Due,
}

/// Runs a socket from its upgrade to its end. Whatever is not needed while the socket waits lives in boxed
/// futures: this one is what an idle socket costs.
pub async fn run<S>(socket: S, me: Identity, gateway: Arc<Gateway>)
where
    S: Stream<Item = Result<Message, Error>> + Sink<Message, Error = Error> + Unpin,
{
    let _drain = gateway.life.tasks.drain_guard();
    gateway.metrics.sockets.inc();
    let user = me.user;
    let begun = Instant::now();
    match Box::pin(begin(Wire::new(socket), me, &gateway)).await {
        Ok(mut session) => {
            let end = session.live().await;
            let Session {
                wire, joined, client, ..
            } = *session;
            info!(user.id = %user, session.id = %joined.socket.session, client, "Socket left");
            drop(joined);
            Box::pin(conclude(wire, end, (user, begun), &gateway)).await;
        }
        Err((wire, end)) => Box::pin(conclude(wire, end, (user, begun), &gateway)).await,
    }
}

/// Says hello and welcome; a session that could not begin hands its wire back.
async fn begin<S>(
    mut wire: Wire<S>,
    me: Identity,
    gateway: &Arc<Gateway>,
) -> Result<Box<Session<S>>, (Wire<S>, End)>
where
    S: Stream<Item = Result<Message, Error>> + Sink<Message, Error = Error> + Unpin,
{
    let mut state = opening::state(&me, gateway);
    let opened = opening::open(&mut wire, &me, gateway, &mut state).await;
    match opened {
        Ok(open) => Ok(Box::new(Session::new(wire, me, state, open, gateway.clone()))),
        Err(end) => Err((wire, end)),
    }
}

/// The one line of a socket that ended, and our close frame, first or in answer.
async fn conclude<S>(wire: Wire<S>, end: End, (user, begun): (UserId, Instant), gateway: &Gateway)
where
    S: Stream<Item = Result<Message, Error>> + Sink<Message, Error = Error> + Unpin,
{
    gateway.metrics.sockets.dec();
    let reason = match end {
        End::Close(code) => code.reason(),
        End::Left => "left",
        End::Gone => "gone",
    };
    info!(user.id = %user, seconds = begun.elapsed().as_secs(), reason, "Socket ended: {reason}");
    match end {
        End::Close(code) => {
            gateway.metrics.closed(code);
            wire.close(code).await;
        }
        End::Left => wire.leave().await,
        End::Gone => {}
    }
}

impl<S> Session<S>
where
    S: Stream<Item = Result<Message, Error>> + Sink<Message, Error = Error> + Unpin,
{
    fn new(wire: Wire<S>, me: Identity, state: State, open: Open, gateway: Arc<Gateway>) -> Self {
        Self {
            wire,
            gateway,
            me,
            socket: open.joined.socket.clone(),
            joined: open.joined,
            client: open.client,
            state,
            positions: open.positions,
            lanes: Lanes::default(),
            marking: Marking::default(),
            typed: Typed::default(),
            watching: None,
            questions: VecDeque::new(),
            asking: 0,
            answers: FuturesUnordered::new(),
        }
    }

    async fn live(&mut self) -> End {
        let socket = self.socket.clone();
        let mut happened = Happened::Due;
        loop {
            if let Err(end) = Box::pin(self.on(happened)).await {
                return end;
            }
            let deadline = self.deadline();
            happened = tokio::select! {
                frame = self.wire.read() => Happened::Frame(frame),
                taken = socket.queue.take() => Happened::Taken(taken),
                Some(answer) = self.answers.next(), if !self.answers.is_empty() => Happened::Answer(answer),
                () = time::sleep_until(deadline) => Happened::Due,
            };
        }
    }

    async fn on(&mut self, happened: Happened) -> Result<(), End> {
        match happened {
            Happened::Frame(frame) => self.on_frame(&frame?).await?,
            Happened::Taken(taken) => self.on_taken(taken).await?,
            Happened::Answer(answer) => self.on_answer(answer).await?,
            Happened::Due => {}
        }
        self.carry_out().await
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
                    match event.journey {
                        Some(journey) => journey.write(write).await?,
                        None => write.await?,
                    }
                }
                Step::Ask(question) => {
                    if self.is_repair(&question) {
                        self.gateway.metrics.repairs.inc();
                    }
                    self.questions.push_back(question);
                }
            }
        }
        Ok(())
    }

    /// Whether it asks for something that should have come by itself.
    fn is_repair(&self, question: &Question) -> bool {
        matches!(*question, Question::Sync { peer, r#ref: None, .. } if !self.positions.is_catching_up(peer))
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
