//! The polling fallback: everything that changed for a device, in one answer.

use std::collections::HashMap;

use links::Links;
use protocol::{
    ConversationEntry, ConversationId, Epoch, ErrorCode, Position, UserId,
    error::{Refusal, Role},
    frame::Reset,
    http::SyncRequest,
    limits, parse,
};
use serde::Serialize;
use sqlx::{PgConnection, PgPool};
use time::{Duration, OffsetDateTime};

use crate::{
    conversations::{self, Line},
    database::{Lease, within},
    failure::Error,
    lookup::{self, Found},
    marks::store,
    sync::{self, Page},
};

/// Changed conversations in one answer; the others are there at the next poll.
const CHANGED: usize = 20;
/// Newest conversations among which those are looked for that the device does not know.
const NEWEST: i64 = 50;
/// A change of access or marks is told to whoever polls within this time; a device that was away for longer
/// has loaded its list anew.
const TOLD_FOR: Duration = Duration::MINUTE;

/// Where a device stands.
#[derive(Debug)]
pub struct Question {
    epoch: Epoch,
    positions: HashMap<ConversationId, Position>,
}

#[derive(Debug, Serialize)]
pub struct Answer {
    epoch: Epoch,
    syncs: Vec<Page>,
    conversations: Vec<ConversationEntry>,
}

impl Question {
    /// Conversations that are not the caller's are left out, as if they did not exist.
    pub fn parse(raw: &SyncRequest, (user, role): (UserId, Role)) -> Result<Self, Refusal> {
        if raw.positions.len() > limits::RESUME_POSITIONS {
            return Err(Refusal::field(ErrorCode::InvalidField, "positions"));
        }
        let mut positions = HashMap::with_capacity(raw.positions.len());
        for (id, position) in &raw.positions {
            let written: ConversationId = parse::id(id, "positions")?;
            positions.extend(written.seen_by(user, role).map(|people| (people, *position)));
        }
        Ok(Self {
            epoch: parse::id(&raw.epoch, "epoch")?,
            positions,
        })
    }
}

/// Answers from one snapshot.
pub async fn answer(
    pool: &PgPool,
    links: &Links,
    person: (UserId, Role),
    question: &Question,
) -> Result<Answer, Error> {
    within(async {
        let mut lease = Lease::take(pool).await?;
        let mut snapshot = lease.snapshot().await?;
        let epoch = lookup::epoch(&mut snapshot).await?;
        let people: Vec<ConversationId> = question.positions.keys().copied().collect();
        let known = conversations::lines_of(&mut snapshot, &people).await?;
        let syncs = syncs(&mut snapshot, links, epoch, question, &known).await?;
        let told = told(&mut snapshot, person, question, &known).await?;
        let conversations = conversations::entries(&mut snapshot, person, &told).await?;
        snapshot.commit().await?;
        lease.keep();
        Ok(Answer {
            epoch,
            syncs,
            conversations,
        })
    })
    .await
}

/// A page for each changed conversation; of too many, those that have waited longest.
async fn syncs(
    conn: &mut PgConnection,
    links: &Links,
    epoch: Epoch,
    question: &Question,
    known: &[Line],
) -> Result<Vec<Page>, sqlx::Error> {
    let found = |line: &Line| Found {
        epoch,
        id: line.id,
        people: line.people,
        head: line.head,
    };
    let positions = known.iter().rev().filter_map(|line| {
        let after = question.positions.get(&line.people)?;
        Some((found(line), *after))
    });
    if epoch != question.epoch {
        let reset = |(found, after): (Found, Position)| Page::reset(&found, after, Reset::EpochChanged);
        return Ok(positions.map(reset).collect());
    }
    let mut pages = Vec::new();
    for (found, after) in positions
        .filter(|(found, after)| found.head != *after)
        .take(CHANGED)
    {
        pages.push(sync::page(conn, links, &found, after).await?);
    }
    Ok(pages)
}

/// Conversations that are new to the device, and those whose access or marks changed lately.
async fn told(
    conn: &mut PgConnection,
    person: (UserId, Role),
    question: &Question,
    known: &[Line],
) -> Result<Vec<Line>, sqlx::Error> {
    let newest = conversations::lines(conn, person, None, Some(NEWEST)).await?;
    let new = newest
        .into_iter()
        .filter(|line| !question.positions.contains_key(&line.people));
    let lately = OffsetDateTime::now_utc() - TOLD_FOR;
    let ids: Vec<i64> = known.iter().map(|line| line.id).collect();
    let marked = store::lately(conn, &ids, person.0, TOLD_FOR.as_seconds_f64()).await?;
    let changed = known
        .iter()
        .filter(|line| line.access_changed_at > lately || marked.contains(&line.id))
        .copied();
    Ok(new.chain(changed).collect())
}
