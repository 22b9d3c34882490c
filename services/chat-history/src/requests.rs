//! Questions from other services, over the broker.

use std::sync::Arc;

use boot::Lifecycle;
use bus::{Bus, Headers, Message, Subject};
use bytes::Bytes;
use links::Links;
use protocol::{
    error::Refusal,
    frame::ServerFrame,
    internal::{
        CarriedRequest, Change, Entries, EntriesRequest, EntryFrame, HeadsRequest, OpenRequest, Opened,
        PullRequest, Reply, SyncRequest,
    },
    limits,
};
use serde_json::value::to_raw_value;
use sqlx::PgPool;

use crate::{
    contacts, conversations,
    failure::Error,
    files, heads,
    intake::Intake,
    sync::{self, Page},
};

/// Changes in work: they wait for their batch, not for a connection.
const CHANGES: usize = 4_096;
/// Other questions in work.
const READS: usize = 64;

#[derive(Clone)]
pub struct Desk {
    pub pool: PgPool,
    pub links: Arc<Links>,
    pub intake: Intake,
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
    let handler = move |message| {
        let at = at.clone();
        async move { at.sync(message).await }
    };
    bus.answer_raw(Subject::HISTORY_SYNC, READS, life, handler).await
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
        let newest = limits::WELCOME_CONVERSATIONS;
        let person = (question.user, question.role);
        let (epoch, lines, entries) = conversations::open(&self.pool, person, newest).await?;
        Ok(Opened {
            epoch,
            conversations: to_raw_value(&entries).map_err(encode)?,
            more: lines.len() > newest,
            heads: lines.iter().map(|line| line.head(question.user)).collect(),
        })
    }

    async fn entries(&self, question: EntriesRequest) -> Result<Entries, Error> {
        let person = (question.user, question.role);
        let (epoch, lines) = conversations::with_peers(&self.pool, person, &question.peers).await?;
        let frames = lines.into_iter().map(|(line, entry)| {
            Ok(EntryFrame {
                head: line.head(question.user),
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
