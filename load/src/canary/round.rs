//! One message from one person to the other, both newly signed in.

use std::{
    fs,
    path::PathBuf,
    time::{Duration, Instant},
};

use client::{
    Authority, Socket,
    socket::{Ended, Options, Refused},
};
use protocol::{ConversationId, UserId, error::Role};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

/// What the message says: nobody reads it.
const TEXT: &str = "canary";
const REF: u64 = 1;
/// A farewell must not keep the next round waiting.
const CLOSED_WITHIN: Duration = Duration::from_secs(1);

/// Who takes part, and by which door.
#[derive(Debug, Clone)]
pub struct Person {
    pub socket: String,
    pub token_file: PathBuf,
    pub authority: Option<Authority>,
}

/// How far a round has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Both are let in, and told what there is.
    SignIn,
    Ack,
    Deliver,
}

impl Step {
    pub const ALL: [Self; 3] = [Self::SignIn, Self::Ack, Self::Deliver];

    pub fn name(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::Ack => "ack",
            Self::Deliver => "deliver",
        }
    }
}

/// What a round that succeeded took. The last two are counted from the send.
#[derive(Debug, Clone, Copy)]
pub struct Times {
    pub sign_in: Duration,
    pub ack: Duration,
    pub deliver: Duration,
}

/// Why a round failed.
#[derive(Debug)]
pub struct Failed(pub String);

/// What the canary reads of a `welcome`.
#[derive(Debug, Deserialize)]
struct Welcome {
    user: Me,
}

#[derive(Debug, Clone, Copy, Deserialize)]
struct Me {
    id: UserId,
    role: Role,
}

/// Makes a round; `step` tells how far it has come, also when it is given up.
pub async fn make(sender: &Person, receiver: &Person, step: &mut Step) -> Result<Times, Failed> {
    *step = Step::SignIn;
    let begun = Instant::now();
    let ((mut sending, me), (mut receiving, peer)) =
        tokio::try_join!(Box::pin(enter(sender)), Box::pin(enter(receiver)))?;
    let sign_in = begun.elapsed();
    let conversation = ConversationId::of(me.id, me.role, peer.id)
        .filter(|_| me.role != peer.role)
        .ok_or_else(|| Failed("the two are no trainer and client".to_owned()))?;

    let (ack, deliver) = send(&mut sending, &mut receiving, conversation, step).await?;
    leave(sending, receiving).await;
    Ok(Times {
        sign_in,
        ack,
        deliver,
    })
}

/// Sends a message; answers the times to its ack and to its arrival, of which either may be the first.
async fn send(
    sending: &mut Socket,
    receiving: &mut Socket,
    conversation: ConversationId,
    step: &mut Step,
) -> Result<(Duration, Duration), Failed> {
    *step = Step::Ack;
    let id = Uuid::now_v7();
    let send = json!({"type": "send", "ref": REF, "conversationId": conversation, "id": id, "text": TEXT});
    let sent = Instant::now();
    sending.send_json(&send).await?;
    let arrival = async {
        receiving
            .find(|frame| is_message(frame, id))
            .await
            .map(|_| sent.elapsed())
    };
    let answer = async {
        sending
            .find(is_answer)
            .await
            .map(|answer| (answer, sent.elapsed()))
    };
    tokio::pin!(arrival, answer);
    let mut early = None;
    // Both are listened to at once; an ack that does not come is told as such, whatever has arrived.
    let (answer, ack) = loop {
        tokio::select! {
            answered = &mut answer => break answered?,
            arrived = &mut arrival, if early.is_none() => early = Some(arrived),
        }
    };
    is_ack(&answer)?;
    *step = Step::Deliver;
    let deliver = match early {
        Some(arrived) => arrived?,
        None => arrival.await?,
    };
    Ok((ack, deliver))
}

/// Signs in and waits until everything is told that there was.
async fn enter(person: &Person) -> Result<(Socket, Me), Failed> {
    let token = fs::read_to_string(&person.token_file)
        .map_err(|error| Failed(format!("could not read {}: {error}", person.token_file.display())))?;
    let options = Options {
        authority: person.authority.clone(),
        ..Options::native(token.trim())
    };
    let mut socket = Socket::connect(&person.socket, &options).await?;
    let hello = json!({"type": "hello", "device": Uuid::new_v4(), "client": {"name": "canary", "version": env!("CARGO_PKG_VERSION")}});
    socket.send_json(&hello).await?;
    let welcome = socket.find(|frame| is(frame, "welcome")).await?;
    let welcome: Welcome =
        serde_json::from_value(welcome).map_err(|error| Failed(format!("no welcome: {error}")))?;
    socket.find(|frame| is(frame, "synced")).await?;
    Ok((socket, welcome.user))
}

async fn leave(sending: Socket, receiving: Socket) {
    let both = async { tokio::join!(sending.close(), receiving.close()) };
    drop(tokio::time::timeout(CLOSED_WITHIN, both).await);
}

fn is(frame: &Value, kind: &str) -> bool {
    frame.get("type").and_then(Value::as_str) == Some(kind)
}

fn is_answer(frame: &Value) -> bool {
    frame.get("ref").and_then(Value::as_u64) == Some(REF) && (is(frame, "ack") || is(frame, "error"))
}

fn is_ack(answer: &Value) -> Result<(), Failed> {
    if is(answer, "ack") {
        return Ok(());
    }
    let code = answer.get("code").and_then(Value::as_str).unwrap_or_default();
    Err(Failed(format!("refused with {code}")))
}

fn is_message(frame: &Value, id: Uuid) -> bool {
    let told = frame.get("message").and_then(|message| message.get("id"));
    is(frame, "message") && told.and_then(Value::as_str) == Some(id.to_string().as_str())
}

impl From<Ended> for Failed {
    fn from(ended: Ended) -> Self {
        Self(ended.to_string())
    }
}

impl From<Refused> for Failed {
    fn from(refused: Refused) -> Self {
        Self(refused.to_string())
    }
}
