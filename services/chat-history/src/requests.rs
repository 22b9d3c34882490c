//! Questions from other services, over the broker.

use std::sync::Arc;

use boot::Lifecycle;
use bus::{Bus, Headers, Message, Subject};
use bytes::Bytes;
use links::Links;
use protocol::{
    ConversationEntry, UserId,
    error::{Refusal, Role},
    frame::ServerFrame,
    internal::{
        CarriedRequest, Change, Entries, EntriesRequest, EntryFrame, ErasedRequest, Head, HeadsRequest,
        HistoryExport, OpenRequest, Opened, PullRequest, Reply, SyncRequest,
    },
    limits,
    marks::MarkRequest,
};
use serde_json::value::{RawValue, to_raw_value};
use sqlx::PgPool;

use crate::{
    contacts,
    conversations::{self, Line},
    erase, export,
    failure::Error,
    files, heads,
    intake::Intake,
    marks::Register,
    sync::{self, Page},
};

/// Changes in work: they wait for their batch, not for a connection.
const CHANGES: usize = 4_096;
/// Of the entries in `welcome`; what else it says is far shorter than the rest of a frame.
const WELCOME_BYTES: usize = limits::SERVER_FRAME_BYTES - 16 * 1_024;
/// Other questions in work.
const READS: usize = 64;
/// Marks in work: they wait to be stored together.
const MARKS: usize = 4_096;

#[derive(Clone)]
pub struct Desk {
    pub pool: PgPool,
    pub links: Arc<Links>,
    pub intake: Intake,
    pub marks: Register,
}

/// Starts to answer.
pub async fn answer(bus: &Bus, desk: &Desk, life: &Lifecycle) -> Result<(), bus::Error> {
    let intake = Arc::new(desk.intake.clone());
    for subject in [Subject::HISTORY_APPEND, Subject::HISTORY_CHANGE] {
        let intake = intake.clone();
        let handler = move |change: Change| {
            let intake = intake.clone();
            async move { Reply::from(intake.take(change).await) }
        };
        bus.answer(subject, CHANGES, life, handler).await?;
    }
    marks(bus, desk, life).await?;
    let at = desk.clone();
    bus.answer(Subject::HISTORY_OPEN, READS, life, move |question| {
        let at = at.clone();
        async move { reply(at.open(question).await) }
    })
    .await?;
    let at = desk.clone();
    bus.answer(
        Subject::HISTORY_HEADS,
        READS,
        life,
        move |question: HeadsRequest| {
            let at = at.clone();
            async move { reply(heads::answer(&at.pool, &question).await) }
        },
    )
    .await?;
    let at = desk.clone();
    bus.answer(Subject::HISTORY_ENTRIES, READS, life, move |question| {
        let at = at.clone();
        async move { reply(at.entries(question).await) }
    })
    .await?;
    answer_roster(bus, desk, life).await?;
    let at = desk.clone();
    let handler = move |message| {
        let at = at.clone();
        async move { at.sync(message).await }
    };
    bus.answer_raw(Subject::HISTORY_SYNC, READS, life, handler).await
}

/// What trainer-roster asks.
async fn answer_roster(bus: &Bus, desk: &Desk, life: &Lifecycle) -> Result<(), bus::Error> {
    let at = desk.clone();
    bus.answer(
        Subject::HISTORY_CONTACTS,
        READS,
        life,
        move |question: PullRequest| {
            let at = at.clone();
            async move { reply(contacts::pull(&at.pool, question).await) }
        },
    )
    .await?;
    files_questions(bus, desk, life).await?;
    let at = desk.clone();
    bus.answer(
        Subject::HISTORY_ERASED,
        READS,
        life,
        move |question: ErasedRequest| {
            let at = at.clone();
            async move { reply(erase::left(&at.pool, question.user).await) }
        },
    )
    .await?;
    let at = desk.clone();
    bus.answer(
        Subject::HISTORY_EXPORT,
        READS,
        life,
        move |question: HistoryExport| {
            let at = at.clone();
            async move { reply(export::page(&at.pool, question).await) }
        },
    )
    .await
}

async fn marks(bus: &Bus, desk: &Desk, life: &Lifecycle) -> Result<(), bus::Error> {
    let marks = desk.marks.clone();
    let handler = move |question: MarkRequest| {
        let marks = marks.clone();
        async move { Reply::from(marks.raise(&question).await) }
    };
    bus.answer(Subject::HISTORY_MARK, MARKS, life, handler).await
}

/// What file-upload asks before it lets a file go.
async fn files_questions(bus: &Bus, desk: &Desk, life: &Lifecycle) -> Result<(), bus::Error> {
    let at = desk.clone();
    bus.answer(
        Subject::HISTORY_RELEASES,
        READS,
        life,
        move |question: PullRequest| {
            let at = at.clone();
            async move { reply(files::released(&at.pool, question).await) }
        },
    )
    .await?;
    let at = desk.clone();
    bus.answer(
        Subject::HISTORY_FILES,
        READS,
        life,
        move |question: CarriedRequest| {
            let at = at.clone();
            async move { reply(files::carried(&at.pool, &question).await) }
        },
    )
    .await
}

fn reply<T>(result: Result<T, Error>) -> Reply<T> {
    result.map_err(Refusal::from).into()
}

impl Desk {
    async fn open(&self, question: OpenRequest) -> Result<Opened, Error> {
        let person = (question.user, question.role);
        if let Some(after) = question.after {
            return self.page_of_heads(person, after).await;
        }
        let opening = conversations::open(&self.pool, person, limits::WELCOME_CONVERSATIONS).await?;
        let entries = fitting(&opening.entries).map_err(encode)?;
        let (heads, closed) = heads_of(&opening.lines, person);
        Ok(Opened {
            epoch: opening.epoch,
            conversations: to_raw_value(&entries).map_err(encode)?,
            more: opening.more || heads.len() > entries.len(),
            shown: Some(entries.len()),
            heads,
            closed,
            next: opening.more.then_some(0),
        })
    }

    async fn page_of_heads(&self, person: (UserId, Role), after: i64) -> Result<Opened, Error> {
        let (epoch, lines, next) = conversations::page_of_all(&self.pool, person, after).await?;
        let (heads, closed) = heads_of(&lines, person);
        Ok(Opened {
            epoch,
            conversations: to_raw_value::<[(); 0]>(&[]).map_err(encode)?,
            more: next.is_some(),
            shown: Some(0),
            heads,
            closed,
            next,
        })
    }

    async fn entries(&self, question: EntriesRequest) -> Result<Entries, Error> {
        let person = (question.user, question.role);
        let (epoch, lines) = conversations::with_peers(&self.pool, person, &question.peers).await?;
        let frames = lines.into_iter().map(|(line, entry)| {
            Ok(EntryFrame {
                head: line.head(question.user),
                can_send: entry.can_send,
                frame: to_raw_value(&ServerFrame::Conversation(entry)).map_err(encode)?,
            })
        });
        Ok(Entries {
            epoch,
            entries: frames.collect::<Result<_, Error>>()?,
        })
    }

    /// Answers the final frame; a refusal has no epoch among its headers.
    async fn sync(&self, message: Message) -> Result<(Headers, Bytes), bus::Error> {
        let question: SyncRequest =
            serde_json::from_slice(&message.payload).map_err(bus::Error::Malformed)?;
        let (headers, body) = match sync::answer(&self.pool, &self.links, question).await {
            Ok((epoch, page)) => (headers(epoch, &page), serde_json::to_vec(&page)),
            Err(error) => {
                let refused: Reply<()> = Reply::Refused(error.into());
                (Headers::default(), serde_json::to_vec(&refused))
            }
        };
        Ok((headers, body.map_err(bus::Error::Malformed)?.into()))
    }
}

/// The heads of `lines`, and in which of them the person may not write.
fn heads_of(lines: &[Line], (user, role): (UserId, Role)) -> (Vec<Head>, Vec<UserId>) {
    let closed = lines.iter().filter(|line| !line.standing.may_send(role));
    (
        lines.iter().map(|line| line.head(user)).collect(),
        closed.map(|line| line.people.peer_of(user)).collect(),
    )
}

/// The leading entries that fit into one frame, with room for the rest of it.
fn fitting(entries: &[ConversationEntry]) -> Result<Vec<Box<RawValue>>, serde_json::Error> {
    let (mut fitting, mut bytes) = (Vec::with_capacity(entries.len()), 0);
    for entry in entries {
        let entry = to_raw_value(entry)?;
        bytes += entry.get().len() + 1;
        if bytes > WELCOME_BYTES {
            break;
        }
        fitting.push(entry);
    }
    Ok(fitting)
}

fn headers(epoch: protocol::Epoch, page: &Page) -> Headers {
    Headers {
        epoch: Some(epoch),
        to: Some(page.to),
        more: page.more,
        ..Headers::default()
    }
}

fn encode(error: serde_json::Error) -> Error {
    sqlx::Error::Encode(error.into()).into()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_welcome_holds_as_many_entries_as_fit_into_a_frame() {
        let entries: Vec<ConversationEntry> = (0..50).map(|_| entry(&"x".repeat(12_000))).collect();

        let shown = fitting(&entries).unwrap();

        let bytes: usize = shown.iter().map(|entry| entry.get().len() + 1).sum();
        assert!((15..50).contains(&shown.len()), "{}", shown.len());
        assert!(bytes <= WELCOME_BYTES);
        assert_eq!(fitting(&[entry("short"), entry("and sweet")]).unwrap().len(), 2);
    }

    fn entry(text: &str) -> ConversationEntry {
        let (tom, anna) = (UserId(uuid::Uuid::from_u128(1)), UserId(uuid::Uuid::from_u128(2)));
        let conversation = protocol::ConversationId::new(tom, anna);
        serde_json::from_value(json!({
            "conversationId": conversation, "peerId": anna, "position": 1, "unread": 0, "readSeq": 0,
            "deliveredSeq": 0, "peerReadSeq": 0, "peerDeliveredSeq": 0, "canSend": true,
            "lastMessage": {
                "id": protocol::MessageId::generate(), "conversationId": conversation, "seq": 1, "position": 1,
                "senderId": anna, "text": text, "attachments": [], "replyTo": null, "reactions": [],
                "sentAt": "2026-01-01T00:00:00Z", "editedAt": null, "deletedAt": null,
            },
        }))
        .unwrap()
    }
}
