//! A person's list of conversations.

mod entries;
mod lines;

use protocol::{
    ConversationId, Epoch, Position, UserId,
    error::Role,
    internal::{HEADS, Head},
    marks::Marked,
};
use sqlx::PgPool;
use time::OffsetDateTime;

pub use entries::entries;
pub use lines::{lines, lines_of};

use crate::{
    access::Standing,
    database::{Lease, within},
    failure::Error,
    lookup,
};

/// A conversation's place in the list.
#[derive(Debug, Clone, Copy)]
pub struct Line {
    pub id: i64,
    pub people: ConversationId,
    pub head: Position,
    pub access_version: u32,
    pub access_changed_at: OffsetDateTime,
    pub last_activity_at: OffsetDateTime,
    /// How far the marks of the trainer and of the client stand.
    pub marked: (u64, u64),
    pub standing: Standing,
}

impl Line {
    /// The line as gateways know it.
    pub fn head(&self, user: UserId) -> Head {
        let (trainer, client) = self.marked;
        let (mine, theirs) = if user == self.people.trainer {
            (trainer, client)
        } else {
            (client, trainer)
        };
        Head(
            self.people.peer_of(user),
            self.head,
            self.access_version,
            Marked { mine, theirs },
        )
    }

    /// Where the list goes on after this line.
    pub fn cursor(&self) -> Cursor {
        Cursor {
            at: self.last_activity_at,
            id: self.id,
        }
    }
}

/// A place in the list: stays valid whatever comes on top.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    pub at: OffsetDateTime,
    pub id: i64,
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}", self.at.unix_timestamp_nanos() / 1_000, self.id)
    }
}

impl std::str::FromStr for Cursor {
    type Err = protocol::ids::Malformed;

    fn from_str(raw: &str) -> Result<Self, Self::Err> {
        let malformed = protocol::ids::Malformed;
        let (micros, id) = raw.split_once('-').ok_or(malformed)?;
        let micros: i64 = micros.parse().map_err(|_| malformed)?;
        let at = OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1_000);
        Ok(Self {
            at: at.map_err(|_| malformed)?,
            id: id.parse().map_err(|_| malformed)?,
        })
    }
}

/// One page of the list, and where the next begins.
pub async fn page(
    pool: &PgPool,
    (user, role): (UserId, Role),
    after: Option<Cursor>,
    limit: u32,
) -> Result<(Vec<protocol::ConversationEntry>, Option<Cursor>), Error> {
    within(async {
        let mut lease = Lease::take(pool).await?;
        let mut snapshot = lease.snapshot().await?;
        let mut lines = lines(&mut snapshot, (user, role), after, Some(i64::from(limit) + 1)).await?;
        let more = lines.len() > limit as usize;
        lines.truncate(limit as usize);
        let entries = entries(&mut snapshot, (user, role), &lines).await?;
        snapshot.commit().await?;
        lease.keep();
        let next = lines.last().filter(|_| more).map(Line::cursor);
        Ok((entries, next))
    })
    .await
}

/// What a connecting device needs: a person's conversations, and the entries of the newest.
pub struct Opening {
    pub epoch: Epoch,
    pub lines: Vec<Line>,
    pub entries: Vec<protocol::ConversationEntry>,
    /// There are more lines than one answer holds: then these are those of the entries alone.
    pub more: bool,
}

/// Reads what a connecting device needs, by as many statements for a thousand conversations as for one.
pub async fn open(pool: &PgPool, (user, role): (UserId, Role), newest: usize) -> Result<Opening, Error> {
    within(async {
        let mut lease = Lease::take(pool).await?;
        let mut snapshot = lease.snapshot().await?;
        let epoch = lookup::epoch(&mut snapshot).await?;
        let most = i64::try_from(HEADS).unwrap_or(i64::MAX);
        let mut lines = lines(&mut snapshot, (user, role), None, Some(most + 1)).await?;
        let more = lines.len() > HEADS;
        if more {
            lines.truncate(newest);
        }
        let shown = lines.get(..newest).unwrap_or(&lines);
        let entries = entries(&mut snapshot, (user, role), shown).await?;
        snapshot.commit().await?;
        lease.keep();
        Ok(Opening {
            epoch,
            lines,
            entries,
            more,
        })
    })
    .await
}

/// One page of all of a person's conversations, by id: an order in which none moves while they are read. And
/// where the next page begins.
pub async fn page_of_all(
    pool: &PgPool,
    person: (UserId, Role),
    after: i64,
) -> Result<(Epoch, Vec<Line>, Option<i64>), Error> {
    within(async {
        let mut lease = Lease::take(pool).await?;
        let mut snapshot = lease.snapshot().await?;
        let epoch = lookup::epoch(&mut snapshot).await?;
        let ids = lines::ids_after(&mut snapshot, person, after).await?;
        let lines = lines::lines_by_id(&mut snapshot, &ids).await?;
        snapshot.commit().await?;
        lease.keep();
        let next = ids.last().copied().filter(|_| ids.len() == HEADS);
        Ok((epoch, lines, next))
    })
    .await
}

/// The entries of a person's conversations with `peers`, as far as there are any.
pub async fn with_peers(
    pool: &PgPool,
    (user, role): (UserId, Role),
    peers: &[UserId],
) -> Result<(Epoch, Vec<(Line, protocol::ConversationEntry)>), Error> {
    let people: Vec<ConversationId> = peers
        .iter()
        .filter_map(|peer| ConversationId::of(user, role, *peer))
        .collect();
    within(async {
        let mut lease = Lease::take(pool).await?;
        let mut snapshot = lease.snapshot().await?;
        let epoch = lookup::epoch(&mut snapshot).await?;
        let lines = lines_of(&mut snapshot, &people).await?;
        let entries = entries(&mut snapshot, (user, role), &lines).await?;
        snapshot.commit().await?;
        lease.keep();
        Ok((epoch, lines.into_iter().zip(entries).collect()))
    })
    .await
}
