//! A real device, following the device rules of the protocol.
//!
//! `state` decides, and is pure; `run` owns the socket and the clock; [`Device`] is the handle.

use std::{sync::Arc, time::Duration, time::Instant};

use protocol::{ConversationId, Message, MessageId, Position, UserId, frame::Ack, ids::DeviceId};
use tokio::{sync::mpsc, task::JoinSet, time::timeout};
use tokio_util::sync::CancellationToken;

mod acts;
mod life;
pub mod link;
mod marks;
pub mod outbox;
pub mod record;
mod run;
pub mod state;
pub mod thread;

pub use life::Presence;
pub use link::Stop;
pub use outbox::Change;
pub use state::{Answer, State};
pub use thread::Thread;

use crate::{
    http::{Api, Token},
    socket::PATIENCE,
    tls::Authority,
};
use link::Link;
use record::Event as Recorded;
use run::{Command, Driver, Shared};
use state::Event;

const COMMANDS: usize = 256;

/// Who a device belongs to and where it connects.
#[derive(Debug, Clone)]
pub struct Options {
    pub user: UserId,
    pub token: Token,
    /// WebSocket addresses of the gateways; the first is tried first, the next after a failure.
    pub gateways: Vec<String>,
    /// Where `/api/chat/*` is served.
    pub http: String,
    /// Whose certificates to believe; the machine's own authorities when absent.
    pub authority: Option<Authority>,
    /// The conversation that `send_text` writes to.
    pub talks_in: Option<ConversationId>,
    /// Loads threads back to their first message, not only the newest page.
    pub whole_history: bool,
    /// Shortens the longest backoff, for stories that kill servers by the dozen.
    pub backoff_cap: Option<Duration>,
    /// Decides the jitter.
    pub seed: u64,
}

/// A handle to a running device. Dropping it ends the device.
#[derive(Debug)]
pub struct Device {
    shared: Arc<Shared>,
    commands: mpsc::Sender<Command>,
    talks_in: Option<ConversationId>,
    last_sent: Option<MessageId>,
    stop: CancellationToken,
    tasks: JoinSet<()>,
}

impl Device {
    /// Starts the device; it connects by itself.
    pub fn start(options: Options) -> Result<Self, crate::http::Error> {
        let api = Api::new(&options.http, options.token.clone(), options.authority.as_ref())?;
        let now = Instant::now();
        let link = Link::new(options.seed, options.backoff_cap, now);
        let device = DeviceId(uuid::Uuid::new_v4());
        let shared = Arc::new(Shared::new(State::new(device, options.user, link, now)));
        let (commands, inbox) = mpsc::channel(COMMANDS);
        let stop = CancellationToken::new();
        let talks_in = options.talks_in;
        let driver = Driver::new(options, api, shared.clone(), inbox);
        let mut tasks = JoinSet::new();
        tasks.spawn(driver.run(stop.clone()));
        Ok(Self {
            shared,
            commands,
            talks_in,
            last_sent: None,
            stop,
            tasks,
        })
    }

    /// Cuts the socket without a word, as a lost network does; the device comes back by itself.
    pub async fn cut(&self) {
        self.tell(Command::Cut).await;
    }

    /// Says `auth` with what the token callback gives.
    pub async fn authenticate(&self) {
        self.tell(Command::Authenticate).await;
    }

    /// Connects again after a close that stopped the device.
    pub async fn wake(&self) {
        self.tell(Command::Happened(Event::Wake)).await;
    }

    /// Closes politely and waits for the device to end.
    pub async fn stop(mut self) -> Vec<Recorded> {
        self.stop.cancel();
        while self.tasks.join_next().await.is_some() {}
        self.record()
    }

    async fn tell(&self, command: Command) {
        // Only a device that was stopped does not listen.
        drop(self.commands.send(command).await);
    }

    /// # Panics
    /// When the device was started without one: this is for tests.
    #[expect(
        clippy::expect_used,
        reason = "a story names the conversation of a device that writes"
    )]
    fn own_conversation(&self) -> ConversationId {
        self.talks_in.expect("this device has no conversation of its own")
    }
}

/// Waiting for what should happen, with a deadline.
impl Device {
    /// Waits until `wanted` holds for what the device knows.
    ///
    /// # Panics
    /// When it does not come true in time: this is for tests.
    pub async fn wait(&self, what: &str, wanted: impl Fn(&State) -> bool) {
        self.wait_within(what, PATIENCE, wanted).await;
    }

    /// Like `wait`, with a deadline of the story's own; answers how long it took.
    pub async fn wait_within(
        &self,
        what: &str,
        within: Duration,
        wanted: impl Fn(&State) -> bool,
    ) -> Duration {
        let started = Instant::now();
        let mut changed = self.shared.changed.subscribe();
        let waiting = async {
            while !wanted(&self.shared.state()) {
                if changed.changed().await.is_err() {
                    break;
                }
            }
        };
        let in_time = timeout(within, waiting).await.is_ok();
        assert!(
            in_time,
            "waited {within:?} for {what}; the device stands at {}",
            self.describe()
        );
        started.elapsed()
    }

    /// Waits until the socket is welcomed, resumed, and nothing is missing.
    pub async fn synced(&self) {
        self.wait("synced", State::is_synced).await;
    }

    /// Waits until a row with this text is in a thread.
    pub async fn expect_text(&self, text: &str) -> Message {
        self.wait(&format!("the text {text:?}"), |state| {
            find_text(state, text).is_some()
        })
        .await;
        find_text(&self.state(), text)
            .unwrap_or_else(|| unreachable!("a thread never loses a text it waited for"))
    }

    /// Waits for the ack of what was sent last.
    pub async fn expect_confirmation(&self) -> Ack {
        let id = self
            .last_sent
            .unwrap_or_else(|| unreachable!("a story sends before it expects an ack"));
        self.expect_ack(id).await
    }

    /// Waits for the ack of a change.
    #[expect(
        clippy::panic,
        reason = "an expectation of a test that fails says so where it stands"
    )]
    pub async fn expect_ack(&self, id: MessageId) -> Ack {
        match self.answer(id).await {
            Answer::Acked(ack) => ack,
            Answer::Refused(code) => panic!("expected an ack, refused with `{code}`"),
        }
    }

    /// Waits for the last word on a change.
    pub async fn answer(&self, id: MessageId) -> Answer {
        self.wait("an answer", |state| state.answer(id).is_some()).await;
        let answer = self.state().answer(id).cloned();
        answer.unwrap_or_else(|| unreachable!("an answer is never taken back"))
    }

    /// Waits until the copy of a conversation stands at `position` or later.
    pub async fn wait_until(&self, conversation: ConversationId, position: Position) {
        let reached = |state: &State| {
            let copy = state.copy(conversation);
            copy.is_some_and(|thread| thread.position() >= position)
        };
        self.wait(&format!("position {position}"), reached).await;
    }

    /// Waits until everything this device sent is answered.
    pub async fn flushed(&self) {
        self.wait("an empty outbox", |state| state.outbox().is_empty())
            .await;
    }

    /// Waits until a change has left and is not answered; answers which.
    pub async fn in_flight(&self, conversation: ConversationId) -> MessageId {
        loop {
            let leaves = |state: &State| state.outbox().in_flight(conversation).is_some();
            self.wait("a change in flight", leaves).await;
            // It may have been answered meanwhile.
            if let Some(id) = self.state().outbox().in_flight(conversation) {
                return id;
            }
        }
    }

    /// Waits until the device gave up, and tells why.
    pub async fn stopped(&self) -> Stop {
        self.wait("a stop", |state| state.link().stopped().is_some())
            .await;
        let stopped = self.state().link().stopped().cloned();
        stopped.unwrap_or_else(|| unreachable!("only `wake` takes a stop back"))
    }
}

/// Looking at what the device knows.
impl Device {
    /// Not to be held across an await: the device needs it too.
    pub fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.shared.state()
    }

    /// The address of the gateway this device is connected to.
    pub fn connected_to(&self) -> Option<String> {
        self.shared.gateway()
    }

    pub fn record(&self) -> Vec<Recorded> {
        self.state().record().to_vec()
    }

    /// Rows of one conversation, oldest first.
    pub fn rows(&self, conversation: ConversationId) -> Vec<Message> {
        let state = self.state();
        let copy = state.copy(conversation);
        copy.map(|thread| thread.rows().cloned().collect())
            .unwrap_or_default()
    }

    /// Texts of the device's own conversation, oldest first.
    pub fn texts(&self) -> Vec<String> {
        let rows = self.rows(self.own_conversation());
        rows.into_iter().map(|row| row.text.unwrap_or_default()).collect()
    }

    fn describe(&self) -> String {
        let state = self.state();
        let positions: Vec<_> = state
            .conversations()
            .into_iter()
            .filter_map(|id| state.copy(id).map(Thread::position))
            .collect();
        format!(
            "positions {positions:?}, {} unanswered, welcomed: {}, live: {}, synced: {}, stopped: {:?}",
            state.outbox().len(),
            state.link().is_welcomed(),
            state.link().is_live(),
            state.is_synced(),
            state.link().stopped(),
        )
    }
}

fn find_text(state: &State, text: &str) -> Option<Message> {
    let conversations = state.conversations();
    let threads = conversations.into_iter().filter_map(|id| state.copy(id));
    threads
        .flat_map(Thread::rows)
        .find(|row| row.text.as_deref() == Some(text))
        .cloned()
}
