//! Moves bytes and time for `state`: one task owns the socket, and every call it starts.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use protocol::{
    ConversationId,
    frame::{ClientFrame, Ref, ServerFrame},
    limits::HISTORY_ROWS,
};
use tokio::{
    sync::{mpsc, watch},
    task::JoinSet,
    time::{sleep_until, timeout},
};
use tokio_util::sync::CancellationToken;

use super::{
    Options,
    state::{Action, Event, State},
};
use crate::{
    http::{Api, Error, History},
    socket::{self, Ended, Refused, Socket},
};

const WRITE_TIMEOUT: Duration = Duration::from_secs(5);
/// Without a deadline of its own the loop looks at the clock this often.
const IDLE: Duration = Duration::from_mins(1);

/// What a handle asks of the task.
#[derive(Debug)]
pub enum Command {
    Happened(Event),
    /// Loses the network: the socket is cut without a word.
    Cut,
    /// Says `auth` with a fresh token.
    Authenticate,
}

/// The state, shared with handles that look at it, and the bell that tells them to look again.
#[derive(Debug)]
pub struct Shared {
    state: Mutex<State>,
    /// Where the socket leads; written by the task when it connects and loses it.
    gateway: Mutex<Option<String>>,
    pub changed: watch::Sender<u64>,
}

impl Shared {
    pub fn new(state: State) -> Self {
        Self {
            state: Mutex::new(state),
            gateway: Mutex::new(None),
            changed: watch::Sender::new(0),
        }
    }

    pub fn gateway(&self) -> Option<String> {
        self.gateway
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn leads_to(&self, gateway: Option<String>) {
        *self.gateway.lock().unwrap_or_else(PoisonError::into_inner) = gateway;
    }

    /// Never held across an await.
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A call that ended.
#[derive(Debug)]
enum Done {
    Dialed(String, Result<Box<Socket>, Refused>),
    Called(Event),
    /// A socket that was handed over is closed.
    Left,
}

pub struct Driver {
    options: Options,
    api: Api,
    shared: Arc<Shared>,
    commands: mpsc::Receiver<Command>,
    socket: Option<Socket>,
    calls: JoinSet<Done>,
    /// Which of the gateways is dialed next.
    turn: usize,
    last_auth: Ref,
}

impl Driver {
    pub fn new(options: Options, api: Api, shared: Arc<Shared>, commands: mpsc::Receiver<Command>) -> Self {
        Self {
            options,
            api,
            shared,
            commands,
            socket: None,
            calls: JoinSet::new(),
            turn: 0,
            // Refs of the state count up from 1: these can never meet.
            last_auth: 1 << 40,
        }
    }

    pub async fn run(mut self, stop: CancellationToken) {
        self.happened(Event::Tick).await;
        loop {
            let deadline = self.shared.state().deadline();
            let deadline = deadline.unwrap_or_else(|| Instant::now() + IDLE);
            tokio::select! {
                () = stop.cancelled() => break,
                command = self.commands.recv() => match command {
                    Some(command) => self.obey(command).await,
                    None => break,
                },
                text = read(&mut self.socket) => self.received(text).await,
                Some(done) = self.calls.join_next() => self.done(done).await,
                () = sleep_until(deadline.into()) => self.happened(Event::Tick).await,
            }
        }
        if let Some(socket) = self.socket {
            // A polite farewell must not keep anybody waiting.
            drop(timeout(Duration::from_secs(1), socket.close()).await);
        }
    }

    async fn obey(&mut self, command: Command) {
        match command {
            Command::Happened(event) => self.happened(event).await,
            Command::Authenticate => self.authenticate().await,
            Command::Cut => {
                if let Some(socket) = self.socket.take() {
                    socket.cut();
                    let reason = "cut by the story".to_owned();
                    self.happened(Event::Closed(Ended { code: None, reason })).await;
                }
            }
        }
    }

    async fn received(&mut self, text: Result<String, Ended>) {
        match text {
            // Frame types that this client does not know are ignored, as the protocol asks.
            Ok(text) => match serde_json::from_str::<ServerFrame>(&text) {
                Ok(frame) => self.happened(Event::Frame(Box::new(frame))).await,
                Err(error) => tracing::debug!(%error, "Ignored a frame that is not known"),
            },
            Err(ended) => {
                tracing::debug!(code = ended.code, reason = ended.reason, "The socket ended");
                self.socket = None;
                self.happened(Event::Closed(ended)).await;
            }
        }
    }

    async fn done(&mut self, done: Result<Done, tokio::task::JoinError>) {
        match done {
            Ok(Done::Dialed(gateway, Ok(socket))) => {
                self.shared.leads_to(Some(gateway));
                if let Some(old) = self.socket.replace(*socket) {
                    self.calls.spawn(async move {
                        drop(timeout(Duration::from_secs(1), old.close()).await);
                        Done::Left
                    });
                }
                self.happened(Event::Opened).await;
            }
            Ok(Done::Dialed(_, Err(refused))) => {
                tracing::debug!(%refused, "Could not connect");
                self.turn += 1;
                self.happened(Event::Refused(refused)).await;
            }
            Ok(Done::Called(event)) => self.happened(event).await,
            Ok(Done::Left) => {}
            Err(error) => tracing::error!(%error, "A call of the device panicked"),
        }
    }

    /// Feeds the state, then does what it asks for.
    async fn happened(&mut self, event: Event) {
        if matches!(event, Event::Closed(_)) {
            self.shared.leads_to(None);
        }
        if matches!(&event, Event::Frame(frame) if matches!(**frame, ServerFrame::Reconnect { .. })) {
            // The next socket should not meet the server that is going away.
            self.turn += 1;
        }
        let actions = self.shared.state().on(event, Instant::now());
        for action in actions {
            self.act(action).await;
        }
        self.shared.changed.send_modify(|version| *version += 1);
    }

    async fn act(&mut self, action: Action) {
        match action {
            Action::Dial => self.dial(),
            Action::GiveUp => self.socket = None,
            Action::Frame(frame) => self.say(&frame).await,
            Action::Authenticate => self.authenticate().await,
            Action::Load(conversation) => {
                let (api, whole) = (self.api.clone(), self.options.whole_history);
                self.call(async move {
                    let result = load(&api, conversation, whole).await;
                    Event::Loaded { conversation, result }
                });
            }
            Action::Post {
                conversation,
                key,
                body,
            } => {
                let api = self.api.clone();
                self.call(async move {
                    let result = api.send(&body).await;
                    Event::Posted {
                        conversation,
                        key,
                        result,
                    }
                });
            }
            Action::Poll(request) => {
                let api = self.api.clone();
                self.call(async move { Event::Polled(api.sync(&request).await) });
            }
        }
    }

    fn call(&mut self, call: impl Future<Output = Event> + Send + 'static) {
        self.calls.spawn(async move { Done::Called(call.await) });
    }

    fn dial(&mut self) {
        let gateways = &self.options.gateways;
        let url = gateways
            .get(self.turn % gateways.len().max(1))
            .cloned()
            .unwrap_or_default();
        let options = socket::Options {
            authority: self.options.authority.clone(),
            ..socket::Options::native(&self.options.token.get())
        };
        self.calls.spawn(async move {
            let socket = Socket::connect(&url, &options).await;
            Done::Dialed(url, socket.map(Box::new))
        });
    }

    async fn authenticate(&mut self) {
        self.last_auth += 1;
        let token = self.options.token.get();
        let frame = ClientFrame::Auth {
            r#ref: self.last_auth,
            token,
        };
        self.say(&frame).await;
    }

    /// A write that fails needs no word here: reading tells the same, with the close code.
    async fn say(&mut self, frame: &ClientFrame) {
        let Some(socket) = &mut self.socket else { return };
        if timeout(WRITE_TIMEOUT, socket.send_json(frame)).await.is_err() {
            self.socket = None;
            let reason = "could not write in time".to_owned();
            let closed = Event::Closed(Ended { code: None, reason });
            // The actions of a close are calls and timers: they never write to this socket.
            Box::pin(self.happened(closed)).await;
        }
    }
}

async fn read(socket: &mut Option<Socket>) -> Result<String, Ended> {
    match socket {
        Some(socket) => socket.next_text().await,
        None => std::future::pending().await,
    }
}

/// The newest page, and with `whole` everything before it.
async fn load(api: &Api, conversation: ConversationId, whole: bool) -> Result<History, Error> {
    let mut history = api.history(conversation, None, HISTORY_ROWS).await?;
    let mut page = history.rows.len();
    while whole && page == HISTORY_ROWS as usize {
        let before = history.rows.first().map(|row| row.seq);
        let mut older = api.history(conversation, before, HISTORY_ROWS).await?.rows;
        page = older.len();
        older.append(&mut history.rows);
        history.rows = older;
    }
    Ok(history)
}
