//! Every HTTP call × everybody × every id.

use std::collections::BTreeSet;

use protocol::ErrorCode::{self, Forbidden, InvalidField, NotFound};
use serde_json::{Value, json};
use testkit::{Http, Kit};

use super::{
    cast::{Caller, Ids, Who, Whose},
    fill, reference,
};
use crate::rolled::PHOTO;

/// What comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    Done(u16),
    /// 200, and the thing is in it.
    Shows,
    /// 200, and the thing is not in it.
    Hides,
    Not(ErrorCode),
    /// There is no such case.
    Na,
}

use Answer::{Done, Hides, Na, Not, Shows};

/// One call, asked about one kind of id.
struct Row {
    /// Method and path; a name in braces stands for the id asked for, with `my.` for one's own.
    call: &'static str,
    body: &'static str,
    /// Which id the columns are about; empty when the call names none.
    about: &'static str,
    /// Whom it is for; everybody else is refused.
    who: &'static [Who],
    answers: [Answer; 5],
}

const BOTH: &[Who] = &[Who::Trainer, Who::User];
const TRAINERS: &[Who] = &[Who::Trainer];
const CLIENTS: &[Who] = &[Who::User];
const PLATFORM: &[Who] = &[Who::Platform];
/// Whoever holds the link, token or not.
const ANYBODY: &[Who] = &[];

const HISTORY: &str = "GET /api/chat/history?userId={client}&trainerId={trainer}";
const SEARCH: &str = "GET /api/chat/search?q=hi&conversationId={conversation}";
const MESSAGES: &str = "POST /api/chat/messages";
const TEXT: &str = r#"{"conversationId":"{conversation}","id":"{new}","text":"hi"}"#;
const PHOTO_OF: &str =
    r#"{"conversationId":"{my.conversation}","id":"{new}","text":"hi","attachments":["{file}"]}"#;
const SYNC: &str = r#"{"epoch":"{epoch}","positions":{"{conversation}":0}}"#;
const MARKS: &str = r#"{"conversationId":"{conversation}","readSeq":1}"#;
const SETTINGS: &str = r#"{"presence":true,"receipts":true}"#;
const USER: &str = r#"{"name":"Mallory","email":"m@spotter.test","role":"User"}"#;
const BOOKING: &str = r#"{"trainerId":"{my.trainer}","clientId":"{my.client}","status":"active","startsAt":"2026-01-05T08:00:00Z","endsAt":"2026-03-30T08:00:00Z"}"#;
const BOOKING_OF: &str = r#"{"trainerId":"{trainer}","clientId":"{client}","status":"active","startsAt":"2026-01-05T08:00:00Z","endsAt":"2026-03-30T08:00:00Z"}"#;
const BOOK: &str = "PUT /api/directory/bookings/{my.booking}";
const IMPORT: &str =
    r#"{"type":"user","id":"{client}","name":"Mallory","email":"m@spotter.test","role":"User"}"#;

/// The whole law. Rows are asked in this order, each by everybody.
#[rustfmt::skip]
const TABLE: &[Row] = &[
    //  call, body                                          about           who        own        the peer's  others'         absent             malformed
    row("GET /ws/chat", "",                                 "",             BOTH,      [Done(101), Na,        Na,             Na,                Na]),
    row(HISTORY, "",                                        "conversation", BOTH,      [Shows,     Shows,     Not(NotFound),  Not(NotFound),     Not(InvalidField)]),
    row("GET /api/chat/conversations", "",                  "conversation", BOTH,      [Shows,     Shows,     Hides,          Hides,             Na]),
    row("POST /api/chat/sync", SYNC,                        "conversation", BOTH,      [Shows,     Shows,     Hides,          Hides,             Not(InvalidField)]),
    row(MESSAGES, TEXT,                                     "conversation", BOTH,      [Done(201), Done(201), Not(NotFound),  Not(NotFound),     Not(InvalidField)]),
    row(MESSAGES, PHOTO_OF,                                 "file",         BOTH,      [Done(201), Not(NotFound), Not(NotFound), Not(NotFound),  Not(InvalidField)]),
    row("POST /api/chat/marks", MARKS,                      "conversation", BOTH,      [Shows,     Shows,     Not(NotFound),  Not(NotFound),     Not(InvalidField)]),
    // In the rows before, everybody has said "hi" where they may.
    row(SEARCH, "",                                         "conversation", BOTH,      [Shows,     Shows,     Not(NotFound),  Not(NotFound),     Not(InvalidField)]),
    row("GET /api/chat/search?q=hi", "",                    "conversation", BOTH,      [Shows,     Shows,     Hides,          Hides,             Na]),
    row("GET /api/trainer/clients", "",                     "client",       TRAINERS,  [Shows,     Shows,     Hides,          Hides,             Na]),
    row("GET /api/user/trainers", "",                       "trainer",      CLIENTS,   [Shows,     Shows,     Hides,          Hides,             Na]),
    row("GET /api/people?id={client}", "",                  "client",       TRAINERS,  [Shows,     Shows,     Hides,          Hides,             Not(InvalidField)]),
    row("GET /api/people?id={client}", "",                  "client",       CLIENTS,   [Hides,     Hides,     Hides,          Hides,             Not(InvalidField)]),
    row("GET /api/people?id={trainer}", "",                 "trainer",      TRAINERS,  [Hides,     Hides,     Hides,          Hides,             Not(InvalidField)]),
    // Any trainer may be looked up before they are written to.
    row("GET /api/people?id={trainer}", "",                 "trainer",      CLIENTS,   [Shows,     Shows,     Shows,          Hides,             Not(InvalidField)]),
    row("POST /api/trainer/clients/{client}/block", "",     "client",       TRAINERS,  [Done(204), Done(204), Not(NotFound),  Not(NotFound),     Not(InvalidField)]),
    row("POST /api/trainer/clients/{client}/unblock", "",   "client",       TRAINERS,  [Done(204), Done(204), Not(NotFound),  Not(NotFound),     Not(InvalidField)]),
    row("POST /api/user/trainers/{trainer}/block", "",      "trainer",      CLIENTS,   [Done(204), Done(204), Not(NotFound),  Not(NotFound),     Not(InvalidField)]),
    row("POST /api/user/trainers/{trainer}/unblock", "",    "trainer",      CLIENTS,   [Done(204), Done(204), Not(NotFound),  Not(NotFound),     Not(InvalidField)]),
    row("GET /api/me/settings", "",                         "",             BOTH,      [Done(200), Na,        Na,             Na,                Na]),
    row("PUT /api/me/settings", SETTINGS,                   "",             BOTH,      [Done(200), Na,        Na,             Na,                Na]),
    row("GET /api/me/export", "",                           "",             BOTH,      [Done(200), Na,        Na,             Na,                Na]),
    row("POST /api/files/upload", "",                       "",             BOTH,      [Done(201), Na,        Na,             Na,                Na]),
    row("GET /api/files/{file}", "",                        "file",         BOTH,      [Shows,     Not(NotFound), Not(NotFound), Not(NotFound),  Not(InvalidField)]),
    row("POST /api/files/links", r#"{"ids":["{file}"]}"#,   "file",         BOTH,      [Shows,     Shows,     Hides,          Hides,             Not(InvalidField)]),
    row("GET /api/files/{file}/{full}?{my.signature}", "",  "file",         ANYBODY,   [Done(200), Not(Forbidden), Not(Forbidden), Not(Forbidden), Not(NotFound)]),
    row("HEAD /api/files/{file}/{full}?{my.signature}", "", "file",         ANYBODY,   [Done(200), Done(403), Done(403),      Done(403),         Done(404)]),
    row("PUT /api/directory/users/{client}", USER,          "client",       PLATFORM,  [Done(204), Na,        Na,             Done(204),         Not(InvalidField)]),
    row("PUT /api/directory/bookings/{booking}", BOOKING,   "booking",      PLATFORM,  [Done(204), Na,        Na,             Done(204),         Not(InvalidField)]),
    row(BOOK, BOOKING_OF,                                   "trainer",      PLATFORM,  [Done(204), Na,        Na,             Not(InvalidField), Not(InvalidField)]),
    row("POST /api/directory/import", IMPORT,               "client",       PLATFORM,  [Done(200), Na,        Na,             Done(200),         Done(200)]),
    row("POST /api/directory/users/{client}/sign-out", "",  "client",       PLATFORM,  [Done(204), Na,        Na,             Done(204),         Not(InvalidField)]),
    row("DELETE /api/directory/users/{client}", "",         "client",       PLATFORM,  [Done(202), Na,        Na,             Done(202),         Not(InvalidField)]),
];

const fn row(
    call: &'static str,
    body: &'static str,
    about: &'static str,
    who: &'static [Who],
    answers: [Answer; 5],
) -> Row {
    Row {
        call,
        body,
        about,
        who,
        answers,
    }
}

/// Asks everything the table says, in everybody's name; answers what went otherwise.
pub async fn ask_all(kit: &Kit, callers: &[Caller], epoch: &str) -> Vec<String> {
    let documented = reference::calls();
    let mut wrong = Vec::new();
    for row in TABLE.iter().filter(|row| documented.contains(&row.shape())) {
        for caller in callers {
            wrong.extend(row.ask(kit, caller, epoch).await);
        }
    }
    wrong
}

/// Calls of the reference without a row.
pub fn forgotten() -> Vec<String> {
    let told: BTreeSet<_> = TABLE.iter().map(Row::shape).collect();
    reference::calls().difference(&told).cloned().collect()
}

impl Row {
    /// Asks for every kind of id in one caller's name; answers what went otherwise.
    async fn ask(&self, kit: &Kit, caller: &Caller, epoch: &str) -> Vec<String> {
        let mut wrong = Vec::new();
        let mut unseen = Vec::new();
        for whose in Whose::ALL {
            let expected = self.expected(caller, whose);
            let Some(ids) = self.ids(caller, whose, epoch).filter(|_| expected != Na) else {
                continue;
            };
            let heard = Heard::of(kit, caller, self, &ids).await;
            let case = format!("{}: {} of {whose:?} {}", caller.name, self.call, self.about);
            if !heard.is(expected, ids.get(self.about)) {
                wrong.push(format!("{case}: {expected:?}, but {heard:?}"));
            }
            if caller.secrets.iter().any(|secret| heard.text.contains(secret)) {
                wrong.push(format!("{case} tells what others wrote: {heard:?}"));
            }
            if matches!(whose, Whose::Others | Whose::Absent) {
                unseen.push((expected, heard.status, heard.problem(), case));
            }
        }
        if let [(foreign, status, body, case), (absent, ..)] = unseen.as_slice()
            && foreign == absent
            && unseen
                .iter()
                .any(|(_, other, other_body, _)| (other, other_body) != (status, body))
        {
            wrong.push(format!("{case} differs from absent: {unseen:?}"));
        }
        wrong
    }

    fn shape(&self) -> String {
        reference::shape(self.call)
    }

    fn is_for(&self, who: Who) -> bool {
        self.who.is_empty() || self.who.contains(&who)
    }

    fn expected(&self, caller: &Caller, whose: Whose) -> Answer {
        let answer = || {
            let column = Whose::ALL.iter().position(|kind| *kind == whose);
            column.map_or(Na, |column| self.answers[column])
        };
        let elsewhere = || {
            TABLE
                .iter()
                .any(|row| row.call == self.call && row.is_for(caller.who))
        };
        match caller.who {
            who if self.is_for(who) => answer(),
            Who::Nobody(code) if answer() != Na => Not(code),
            _ if elsewhere() || answer() == Na => Na,
            _ => Not(Forbidden),
        }
    }

    /// What stands for the names in braces. A call without ids is asked with anybody's.
    fn ids(&self, caller: &Caller, whose: Whose, epoch: &str) -> Option<Ids> {
        let own = caller.ids(Whose::Own);
        let needs_own = self.call.contains("{my.") || self.body.contains("{my.");
        if needs_own && own.is_none() {
            return None;
        }
        let mine = own.or_else(|| caller.ids(Whose::Others)).unwrap_or_default();
        let mut ids = if self.about.is_empty() {
            mine.clone()
        } else {
            caller.ids(whose)?
        };
        ids.insert("epoch", epoch.to_owned());
        ids.insert("full", "full".to_owned());
        Some(super::with_own(ids, &mine))
    }
}

#[derive(Debug)]
struct Heard {
    status: u16,
    text: String,
}

impl Heard {
    async fn of(kit: &Kit, caller: &Caller, row: &Row, ids: &Ids) -> Self {
        let (method, path) = row.call.split_once(' ').unwrap();
        let http: Http = kit.http_with(caller.token.as_deref().unwrap_or_default());
        let path = fill(path, ids);
        let body = fill(row.body, ids);
        let request = match (method, path.as_str()) {
            (_, "/api/files/upload") => http.form("front.png", "image/png", PHOTO.to_vec()),
            (_, "/api/directory/import") => http
                .request(method.parse().unwrap(), &path)
                .header("content-type", "application/x-ndjson")
                .body(body),
            _ if body.is_empty() => http.request(method.parse().unwrap(), &path),
            _ => http
                .request(method.parse().unwrap(), &path)
                .header("content-type", "application/json")
                .body(body),
        };
        let (client, request) = request.build_split();
        let mut request = request.unwrap();
        if caller.token.is_none() {
            request.headers_mut().remove("authorization");
        }
        if path == "/ws/chat" {
            request.url_mut().set_port(Some(kit.gateway(0).port())).unwrap();
            for (name, value) in UPGRADE {
                request.headers_mut().insert(name, value.parse().unwrap());
            }
        }
        let response = client.execute(request).await.unwrap();
        Self {
            status: response.status().as_u16(),
            text: response
                .bytes()
                .await
                .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
                .unwrap(),
        }
    }

    fn is(&self, expected: Answer, thing: Option<&String>) -> bool {
        let shown = || thing.is_some_and(|thing| self.text.contains(thing));
        match expected {
            Done(status) => self.status == status,
            Shows => self.status == 200 && shown(),
            Hides => self.status == 200 && !shown(),
            Not(code) => self.status == code.http_status() && self.problem()["code"] == json!(code),
            Na => false,
        }
    }

    /// The body without what names this one request.
    fn problem(&self) -> Value {
        let mut body: Value = serde_json::from_str(&self.text).unwrap_or_default();
        body.as_object_mut().map(|fields| fields.remove("traceId"));
        body
    }
}

const UPGRADE: [(&str, &str); 5] = [
    ("connection", "upgrade"),
    ("upgrade", "websocket"),
    ("sec-websocket-version", "13"),
    ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ("sec-websocket-protocol", "chat.v1"),
];
