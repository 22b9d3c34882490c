//! Every frame of a client × everybody with a socket × every id.

use std::collections::BTreeSet;

use client::{Socket, socket::PATIENCE};
use protocol::ErrorCode::{self, Forbidden, InvalidField, NotFound, Unauthenticated};
use serde_json::{Value, json};
use testkit::{Kit, Person};
use tokio::time::timeout;

use super::{
    cast::{Caller, Ids, Who, Whose},
    fill, reference,
};

/// What a frame is answered with.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Answer {
    Ack,
    /// A page of the conversation asked for.
    Sync,
    AuthOk,
    Presence,
    Not(ErrorCode),
    Closed(u16),
    /// No answer, and no complaint.
    Quiet,
}

use Answer::{Ack, AuthOk, Closed, Not, Presence, Quiet, Sync};

/// One frame, asked about one kind of id.
struct Row {
    /// A name in braces stands for the id asked for, with `my.` for one's own.
    frame: &'static str,
    answers: [Answer; 5],
}

const HELLO: &str =
    r#"{"type":"hello","device":"{new}","resume":{"epoch":"{epoch}","positions":{"{conversation}":0}}}"#;
const SEND: &str = r#"{"type":"send","ref":1,"conversationId":"{conversation}","id":"{new}","text":"hi"}"#;
const PHOTO: &str =
    r#"{"type":"send","ref":1,"conversationId":"{my.conversation}","id":"{new}","attachments":["{file}"]}"#;
const EDIT: &str =
    r#"{"type":"edit","ref":1,"conversationId":"{conversation}","seq":{seq},"text":"changed"}"#;
const EDIT_OF_NONE: &str =
    r#"{"type":"edit","ref":1,"conversationId":"{conversation}","seq":999999,"text":"changed"}"#;
const DELETE: &str = r#"{"type":"delete","ref":1,"conversationId":"{conversation}","seq":{seq}}"#;
const REACT: &str =
    r#"{"type":"react","ref":1,"conversationId":"{conversation}","seq":{seq},"emoji":"💪","on":true}"#;
const DELIVERED: &str = r#"{"type":"delivered","ref":1,"conversationId":"{conversation}","seq":{seq}}"#;
const READ: &str = r#"{"type":"read","ref":1,"conversationId":"{conversation}","seq":{seq}}"#;
const TYPING: &str = r#"{"type":"typing","conversationId":"{conversation}"}"#;
const WATCH: &str = r#"{"type":"watch","ref":1,"userIds":["{peer}"]}"#;
const SYNC: &str = r#"{"type":"sync","ref":1,"conversationId":"{conversation}","after":0}"#;
const AUTH: &str = r#"{"type":"auth","ref":1,"token":"{token}"}"#;
const PONG: &str = r#"{"type":"pong"}"#;
/// Refused at once, which shows that what went before it was not.
const MARK: &str = r#"{"type":"sync","ref":2,"conversationId":"no-id","after":0}"#;

/// The whole law. Rows are said in this order, each by everybody who has a socket.
#[rustfmt::skip]
const TABLE: &[Row] = &[
    //  frame         own               the peer's        others'           absent            malformed
    row(HELLO,        [Sync,            Sync,             Not(NotFound),    Not(NotFound),    Not(InvalidField)]),
    row(SYNC,         [Sync,            Sync,             Not(NotFound),    Not(NotFound),    Not(InvalidField)]),
    row(SEND,         [Ack,             Ack,              Not(NotFound),    Not(NotFound),    Not(InvalidField)]),
    row(PHOTO,        [Ack,             Not(NotFound),    Not(NotFound),    Not(NotFound),    Not(InvalidField)]),
    row(EDIT,         [Ack,             Not(Forbidden),   Not(NotFound),    Not(NotFound),    Not(InvalidField)]),
    row(EDIT_OF_NONE, [Not(NotFound),   Not(NotFound),    Not(NotFound),    Not(NotFound),    Not(InvalidField)]),
    row(REACT,        [Ack,             Ack,              Not(NotFound),    Not(NotFound),    Not(InvalidField)]),
    row(DELIVERED,    [Ack,             Ack,              Not(NotFound),    Not(NotFound),    Not(InvalidField)]),
    row(READ,         [Ack,             Ack,              Not(NotFound),    Not(NotFound),    Not(InvalidField)]),
    row(DELETE,       [Ack,             Not(Forbidden),   Not(NotFound),    Not(NotFound),    Not(InvalidField)]),
    row(AUTH,         [AuthOk,          Closed(4401),     Closed(4401),     Closed(4401),     Not(Unauthenticated)]),
    row(PONG,         [Quiet,           Quiet,            Quiet,            Quiet,            Quiet]),
    row(WATCH,        [Presence,        Presence,         Not(NotFound),    Not(NotFound),    Not(InvalidField)]),
    row(TYPING,       [Quiet,           Quiet,            Not(NotFound),    Not(NotFound),    Not(InvalidField)]),
];

const fn row(frame: &'static str, answers: [Answer; 5]) -> Row {
    Row { frame, answers }
}

/// Says everything the table knows, in the name of everybody who gets a socket; answers what went otherwise.
pub async fn say_all(kit: &Kit, callers: &[Caller], epoch: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    let people = callers
        .iter()
        .filter_map(|caller| Some((caller, caller.person.as_ref()?)));
    let mut speakers: Vec<_> = people
        .map(|(caller, person)| Speaker {
            caller,
            person,
            socket: None,
        })
        .collect();
    for row in TABLE {
        for speaker in &mut speakers {
            wrong.extend(row.say(kit, speaker, epoch).await);
        }
    }
    wrong
}

/// Frames of the reference without a row.
pub fn forgotten() -> Vec<String> {
    let told: BTreeSet<_> = TABLE.iter().map(Row::kind).collect();
    reference::frames().difference(&told).cloned().collect()
}

impl Row {
    /// Says the frame about every kind of id in one caller's name; answers what went otherwise.
    async fn say(&self, kit: &Kit, speaker: &mut Speaker<'_>, epoch: &str) -> Vec<String> {
        let caller = speaker.caller;
        let (mut wrong, mut unseen) = (Vec::new(), Vec::new());
        for (whose, expected) in Whose::ALL.into_iter().zip(&self.answers) {
            let Some(ids) = self.ids(caller, whose, epoch) else {
                continue;
            };
            let case = format!("{}: {} of {whose:?}", caller.name, self.frame);
            let (answer, frame) = speaker.say(kit, &fill(self.frame, &ids)).await;
            if answer != *expected {
                wrong.push(format!("{case}: {expected:?}, but {answer:?}: {frame}"));
            }
            if caller
                .secrets
                .iter()
                .any(|secret| frame.to_string().contains(secret))
            {
                wrong.push(format!("{case} tells what others wrote: {frame}"));
            }
            if matches!(whose, Whose::Others | Whose::Absent) {
                unseen.push(frame);
            }
        }
        if unseen.iter().any(|frame| frame != &unseen[0]) {
            wrong.push(format!(
                "{}: {} tells foreign from absent: {unseen:?}",
                caller.name, self.frame
            ));
        }
        wrong
    }

    fn kind(&self) -> String {
        let rest = self.frame.strip_prefix(r#"{"type":""#).unwrap_or_default();
        rest.split('"').next().unwrap_or_default().to_owned()
    }

    fn ids(&self, caller: &Caller, whose: Whose, epoch: &str) -> Option<Ids> {
        let own = caller.ids(Whose::Own);
        if self.frame.contains("{my.") && own.is_none() {
            return None;
        }
        let mut ids = caller.ids(whose)?;
        ids.insert("epoch", epoch.to_owned());
        let peer = if caller.who == Who::Trainer {
            "client"
        } else {
            "trainer"
        };
        ids.insert("peer", ids[peer].clone());
        Some(super::with_own(ids, &own.unwrap_or_default()))
    }
}

/// Somebody who gets a socket, and the one they have.
struct Speaker<'a> {
    caller: &'a Caller,
    person: &'a Person,
    socket: Option<Socket>,
}

impl Speaker<'_> {
    /// Says one frame; answers what it was answered with, and the frame that said so.
    async fn say(&mut self, kit: &Kit, frame: &str) -> (Answer, Value) {
        let first = frame.contains(r#""hello""#);
        let mut socket = match self.socket.take() {
            _ if first => kit.gateway(0).socket(self.person).await,
            Some(socket) => socket,
            None => kit.gateway(0).greeted(self.person).await.0,
        };
        socket.send_text(frame).await.unwrap();
        // Not after what may take its time, or end the socket.
        let quiet = [r#""pong""#, r#""typing""#]
            .iter()
            .any(|quiet| frame.contains(quiet));
        if quiet {
            socket.send_text(MARK).await.unwrap();
        }
        let watches = frame.contains(r#""watch""#);
        let heard = timeout(PATIENCE, hear(&mut socket, (first, watches))).await;
        let heard = heard.unwrap_or_else(|_| panic!("{frame} was never answered"));
        if quiet && heard.0 != Answer::Quiet {
            socket.find(|frame| frame["ref"] == 2).await.unwrap();
        }
        let is_over = matches!(heard.0, Answer::Closed(_));
        self.socket = Some(socket).filter(|_| !first && !is_over);
        heard
    }
}

/// Who watches is told of changes later on too: those answer nothing.
async fn hear(socket: &mut Socket, (first, watches): (bool, bool)) -> (Answer, Value) {
    loop {
        let mut frame = match socket.next_frame().await {
            Ok(frame) => frame,
            Err(ended) => return (Closed(ended.code.unwrap_or_default()), Value::Null),
        };
        let is_answer = first || frame["ref"] == 1;
        let answer = match frame["type"].as_str().unwrap() {
            "ack" if is_answer => Ack,
            "sync" if is_answer => Sync,
            "authOk" if is_answer => AuthOk,
            "presence" if watches => Presence,
            "error" if frame["ref"] == 2 => Quiet,
            "error" => Not(serde_json::from_value(frame["code"].clone()).unwrap()),
            _ => continue,
        };
        // Which conversation was asked for is no secret to who asked.
        for named in ["conversationId", "retryAfterMs"] {
            frame.as_object_mut().map(|fields| fields.remove(named));
        }
        let frame = if answer == Quiet { json!(null) } else { frame };
        return (answer, frame);
    }
}
