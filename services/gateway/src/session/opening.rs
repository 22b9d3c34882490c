//! From an accepted upgrade to `welcome`: hello, interest, the log's word on every conversation.

use std::{collections::HashMap, sync::Arc, time::Instant};

use auth::Identity;
use axum::{Error, extract::ws::Message};
use futures_util::{Sink, Stream};
use protocol::{
    CloseCode, ConversationId, Epoch, ErrorCode, Position, UserId,
    error::Refusal,
    frame::{Backoff, ErrorFrame, Heartbeat, Me, Reset, ServerFrame, Sync, Welcome},
    ids::SessionId,
    internal::{Head, Opened},
    limits::{self, Limits},
};
use serde::Serialize;
use serde_json::value::RawValue;
use time::OffsetDateTime;
use tokio::time as clock;
use uuid::Uuid;

use super::{
    End,
    sendqueue::Queue,
    state::{Event, State},
    wire::Wire,
};
use crate::{
    Gateway,
    commands::{
        ask,
        parse::{self, Command, Greeting},
    },
    hub::{Joined, Party, Socket},
    metrics::Resumption,
    positions::Positions,
};

const BACKOFF: Backoff = Backoff {
    min_ms: 250,
    max_ms: 30_000,
};

/// How long a device too many waits for another of the person's to leave, milliseconds.
const ANOTHER_LEAVES_MS: u64 = 10_000;

/// A session that has said `welcome`.
pub struct Open {
    pub joined: Joined,
    pub positions: Positions,
    /// Which client this is, for logs.
    pub client: String,
}

/// `welcome` with chat-history's own bytes inside.
#[derive(Serialize)]
struct WelcomeFrame {
    r#type: &'static str,
    #[serde(flatten)]
    welcome: Welcome<Box<RawValue>>,
}

/// The first frame must be `hello`, in time.
async fn greeting<S>(
    wire: &mut Wire<S>,
    me: &Identity,
    state: &mut State,
    queue: &Queue,
) -> Result<Greeting, End>
where
    S: Stream<Item = Result<Message, Error>> + Sink<Message, Error = Error> + Unpin,
{
    let deadline = clock::Instant::from_std(state.next_deadline());
    let Ok(text) = clock::timeout_at(deadline, wire.read()).await else {
        return Err(CloseCode::NoHello.into());
    };
    match parse::parse(&text?, me.user, me.role) {
        Ok(Command::Hello(greeting)) => Ok(greeting),
        Ok(_) => Err(CloseCode::ProtocolError.into()),
        Err(refused) => {
            wire.say(&ServerFrame::Error(*refused.0), queue).await?;
            Err(CloseCode::ProtocolError.into())
        }
    }
}

/// Waits for hello, joins the hub, listens, asks the log, says `welcome`. The subscription comes first, so
/// that a message committed in between arrives twice rather than never.
pub async fn open<S>(
    wire: &mut Wire<S>,
    me: &Identity,
    gateway: &Arc<Gateway>,
    state: &mut State,
) -> Result<Open, End>
where
    S: Stream<Item = Result<Message, Error>> + Sink<Message, Error = Error> + Unpin,
{
    let greeting = greeting(wire, me, state, &Queue::new(gateway.bounds)).await?;
    let party = Party {
        user: me.user,
        role: me.role,
    };
    let session = SessionId(Uuid::now_v7());
    let socket = Socket::new(party, greeting.device, session, Queue::new(gateway.bounds));
    let Ok(joined) = gateway.hub.join(socket, gateway.devices) else {
        let refusal = Refusal {
            retry_after_ms: Some(ANOTHER_LEAVES_MS),
            ..ErrorCode::RateLimited.into()
        };
        let error = ServerFrame::Error(ErrorFrame::new(refusal));
        wire.say(&error, &Queue::new(gateway.bounds)).await?;
        return Err(CloseCode::RateLimited.into());
    };
    // From here on a revocation reaches the socket; one between its upgrade and this line did not.
    if gateway.revocations.is_revoked(me) {
        return Err(CloseCode::Revoked.into());
    }
    let queue = &joined.socket.queue;
    let opened = match listen_and_ask(gateway, party).await {
        Ok(opened) => opened,
        Err(refusal) => {
            gateway.metrics.refused(refusal.code);
            wire.say(&ServerFrame::Error(ErrorFrame::new(refusal)), queue)
                .await?;
            return Err(CloseCode::Internal.into());
        }
    };
    gateway.hub.learn_epoch(opened.epoch);
    let most = limits::WELCOME_CONVERSATIONS.min(opened.heads.len());
    let told = opened.shown.unwrap_or(most);
    let resume = Resume::new(&greeting, &opened, me);
    gateway.metrics.opened(resume.kind);
    wire.say(
        &welcome(
            session,
            me,
            gateway,
            opened.conversations,
            (opened.epoch, opened.more),
        ),
        queue,
    )
    .await?;
    for frame in resume.frames {
        wire.say(&frame, queue).await?;
    }
    let mut positions = Positions::open(&opened.heads, told, &resume.positions);
    positions.close(&opened.closed);
    state.on(Event::Welcomed, Instant::now());
    Ok(Open {
        joined,
        positions,
        client: greeting.client,
    })
}

async fn listen_and_ask(gateway: &Gateway, party: Party) -> Result<Opened, Refusal> {
    let first = gateway
        .interests
        .ensure(party)
        .await
        .map_err(|error| error.code())?;
    let opened = ask::open(&gateway.bus, party.user, party.role).await?;
    if first {
        gateway.soon.check(party);
    }
    Ok(opened)
}

fn welcome(
    session: SessionId,
    me: &Identity,
    gateway: &Gateway,
    conversations: Box<RawValue>,
    (epoch, more): (Epoch, bool),
) -> WelcomeFrame {
    let millis = |duration: std::time::Duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    let welcome = Welcome {
        protocol: 1,
        session,
        user: Me {
            id: me.user,
            role: me.role,
        },
        epoch,
        expires_at: me.expires_at,
        server_time: OffsetDateTime::now_utc(),
        heartbeat: Heartbeat {
            interval_ms: millis(gateway.times.heartbeat),
            grace_ms: millis(gateway.times.grace),
        },
        backoff: BACKOFF,
        limits: Limits::default(),
        conversations,
        more,
    };
    WelcomeFrame {
        r#type: "welcome",
        welcome,
    }
}

/// What a resuming device is told at once, and where the others stand.
struct Resume {
    kind: Resumption,
    frames: Vec<ServerFrame>,
    positions: HashMap<UserId, Position>,
}

impl Resume {
    fn new(greeting: &Greeting, opened: &Opened, me: &Identity) -> Self {
        let mut resume = Self {
            kind: Resumption::Fresh,
            frames: Vec::new(),
            positions: HashMap::new(),
        };
        let Some(parse::Resumed {
            epoch,
            positions,
            foreign,
        }) = &greeting.resume
        else {
            return resume;
        };
        resume.kind = Resumption::Lossless;
        resume.frames.extend(foreign.iter().copied().map(not_found));
        let heads: HashMap<UserId, Position> = opened
            .heads
            .iter()
            .map(|&Head(peer, head, ..)| (peer, head))
            .collect();
        for (&peer, &position) in positions {
            let Some(conversation_id) = ConversationId::of(me.user, me.role, peer) else {
                continue;
            };
            match heads.get(&peer) {
                None => resume.frames.push(not_found(conversation_id)),
                Some(&head) if *epoch != opened.epoch => {
                    resume.kind = Resumption::Reset;
                    resume
                        .frames
                        .push(ServerFrame::Sync(reset(conversation_id, position, head)));
                }
                Some(&head) => {
                    resume.take(position, head);
                    resume.positions.insert(peer, position);
                }
            }
        }
        resume
    }

    /// What a conversation costs that stands at `position` of `head`; the dearest one counts. Of more changes
    /// than a page of `sync` may skip, the log says whether as many rows changed; here they count as such.
    fn take(&mut self, position: Position, head: Position) {
        let is_reset = position > head || head - position > limits::SYNC_TOO_FAR as u64;
        if is_reset {
            self.kind = Resumption::Reset;
        } else if position < head && self.kind == Resumption::Lossless {
            self.kind = Resumption::Replayed;
        }
    }
}

fn not_found(conversation_id: ConversationId) -> ServerFrame {
    ServerFrame::Error(ErrorFrame {
        conversation_id: Some(conversation_id),
        ..ErrorFrame::new(ErrorCode::NotFound.into())
    })
}

/// Positions of another epoch mean nothing: the device starts over.
fn reset(conversation_id: ConversationId, from: Position, to: Position) -> Sync {
    Sync {
        r#ref: None,
        conversation_id,
        from,
        to,
        messages: Vec::new(),
        more: false,
        reset: Some(Reset::EpochChanged),
    }
}

/// The state of a session whose token ends at `me.expires_at`.
pub fn state(me: &Identity, gateway: &Gateway) -> State {
    let now = Instant::now();
    State::new(gateway.times, expiry(me, now), now)
}

/// Wall-clock expiry as a point of the monotonic clock.
pub fn expiry(me: &Identity, now: Instant) -> Instant {
    let left = me.expires_at - OffsetDateTime::now_utc();
    now + std::time::Duration::try_from(left).unwrap_or_default()
}
