//! One rule: what is said, what is heard, and how it ends.

use serde_json::{Value, json};
use testkit::{Gateway, Person};
use uuid::Uuid;

use super::peer::{CLOSE, FIN, Frame, PONG, Peer, TEXT, close, frame, ping, text};
use crate::hello;

/// What the server is expected to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    Pong(Vec<u8>),
    /// The answer to the command of this `ref`.
    Answer(u64),
    /// A text that was no command.
    BadFrame,
    /// The message of this id, with its text.
    Message(String, String),
}

/// How the connection ends.
#[derive(Debug, Clone, Copy)]
pub enum End {
    /// The socket is as good as before.
    Stays,
    /// The server closes, or answers a close, with this code.
    Closes(Option<u16>),
}

pub struct Case {
    name: String,
    /// Each is a write of its own.
    says: Vec<Vec<u8>>,
    hears: Vec<Heard>,
    end: End,
}

impl Case {
    pub fn new(name: impl Into<String>, says: Vec<Vec<u8>>) -> Self {
        Self {
            name: name.into(),
            says,
            hears: Vec::new(),
            end: End::Stays,
        }
    }

    pub fn hears(mut self, heard: Heard) -> Self {
        self.hears.push(heard);
        self
    }

    pub fn closes(mut self, code: u16) -> Self {
        self.end = End::Closes(Some(code));
        self
    }

    pub fn closes_without_code(mut self) -> Self {
        self.end = End::Closes(None);
        self
    }

    /// The same bytes, so many a write.
    pub fn chopped(mut self, size: usize) -> Self {
        self.name = format!("{}, {size} bytes a write", self.name);
        self.says = self.says.concat().chunks(size).map(<[u8]>::to_vec).collect();
        self
    }

    pub async fn run(self, gateway: &Gateway, person: &Person) -> Result<(), String> {
        let name = self.name.clone();
        self.tried(gateway, person)
            .await
            .map_err(|broken| format!("{name}: {broken}"))
    }

    async fn tried(self, gateway: &Gateway, person: &Person) -> Result<(), String> {
        let mut peer = Peer::upgrade(gateway, person).await?;
        peer.write(&text(hello().to_string())).await;
        until_synced(&mut peer).await?;

        for bytes in &self.says {
            peer.write(bytes).await;
        }

        for expected in &self.hears {
            let heard = next(&mut peer, expected).await?;
            if heard.as_ref() != Ok(expected) {
                return Err(format!("heard {heard:?} instead of {expected:?}"));
            }
        }
        match self.end {
            End::Stays => stays(&mut peer).await,
            End::Closes(code) => closes(&mut peer, code).await,
        }
    }
}

async fn until_synced(peer: &mut Peer) -> Result<(), String> {
    loop {
        let frame = peer.read().await?.ok_or("ended before it was synced")?;
        if json_of(&frame)["type"] == "synced" {
            return Ok(());
        }
    }
}

/// A ping is answered, and so is a close, and then the connection ends.
async fn stays(peer: &mut Peer) -> Result<(), String> {
    peer.write(&ping("still here")).await;
    let here = Heard::Pong(b"still here".to_vec());
    let heard = next(peer, &here).await?;
    if heard != Ok(here) {
        return Err(format!("heard {heard:?} instead of being as good as before"));
    }
    peer.write(&close(1000, b"")).await;
    closes(peer, Some(1000)).await
}

/// The next thing of meaning is a close frame of this code; after it the connection ends.
async fn closes(peer: &mut Peer, code: Option<u16>) -> Result<(), String> {
    let frame = loop {
        match peer.read().await? {
            None => return Err("cut without a close frame".to_owned()),
            Some(frame) if frame.opcode == TEXT && heard(&frame, None).is_none() => {}
            Some(frame) => break frame,
        }
    };
    let told = frame.payload.first_chunk().copied().map(u16::from_be_bytes);
    if frame.opcode != CLOSE || told != code {
        return Err(format!(
            "heard {frame:?} (code {told:?}) instead of a close of {code:?}"
        ));
    }
    let reason = frame.payload.get(2..).unwrap_or_default();
    if std::str::from_utf8(reason).is_err() {
        return Err(format!("a reason that is no text: {reason:x?}"));
    }
    // To a server that closed first this is the answer; one that was closed has ended already.
    peer.write(&self::frame(FIN | CLOSE, &frame.payload)).await;
    match peer.read().await? {
        None => Ok(()),
        Some(frame) => Err(format!("heard {frame:?} after the close")),
    }
}

/// The next frame of meaning; `expected` tells which message is looked for.
async fn next(peer: &mut Peer, expected: &Heard) -> Result<Result<Heard, Frame>, String> {
    let id = match expected {
        Heard::Message(id, _) => Some(id.as_str()),
        _ => None,
    };
    loop {
        let frame = peer.read().await?.ok_or("the connection ended")?;
        match frame.opcode {
            PONG => return Ok(Ok(Heard::Pong(frame.payload))),
            TEXT => {
                if let Some(heard) = heard(&frame, id) {
                    return Ok(Ok(heard));
                }
            }
            _ => return Ok(Err(frame)),
        }
    }
}

/// What a text frame means to a case, if anything: other devices of the person are heard too.
fn heard(frame: &Frame, id: Option<&str>) -> Option<Heard> {
    let said = json_of(frame);
    match said["type"].as_str()? {
        "error" => Some(said["ref"].as_u64().map_or(Heard::BadFrame, Heard::Answer)),
        "message" if said["message"]["id"].as_str() == id => Some(Heard::Message(
            id?.to_owned(),
            said["message"]["text"].as_str()?.to_owned(),
        )),
        _ => None,
    }
}

fn json_of(frame: &Frame) -> Value {
    serde_json::from_slice(&frame.payload).unwrap_or_default()
}

/// The beginning of a command that is refused with its `ref`.
pub const START: &str = r#"{"type":"sync","after":0,"conversationId":"x","#;

/// A command of exactly so many bytes, the last of which matter: its answer carries `ref`.
pub fn command(r#ref: u64, length: usize) -> String {
    let end = format!(r#""ref":{ref}}}"#);
    let pad = length
        .checked_sub(START.len() + end.len())
        .expect("a command has so many bytes");
    format!("{START}{}{end}", " ".repeat(pad))
}

/// A message of this text, and what its own sender hears of it.
pub fn message(person: &Person, words: &str) -> (String, Heard) {
    let id = Uuid::now_v7();
    let said =
        json!({"type": "send", "ref": 9, "conversationId": person.conversation(), "id": id, "text": words});
    (said.to_string(), Heard::Message(id.to_string(), words.to_owned()))
}
