//! `GET /api/chat/search`: words and beginnings of words in a person's own conversations, newest first.
//!
//! Reading order: `fold` takes case and accents off letters, `terms` are what is looked for, `slices` say
//! which messages of a stretch may hold it, `digest` makes them in the background, `stretches` and `rows` are
//! the statements. A search reads only messages that may hold all terms, newest first, and looks at their texts
//! itself: so it finds exactly what is there, and highlights it.

pub mod digest;
mod fold;
mod rows;
mod slices;
mod stretches;
mod terms;

use std::{sync::Arc, time::Duration};

use links::Links;
use protocol::{
    ConversationId, ErrorCode, UserId,
    error::{Refusal, Role},
    http::FoundMessage,
};
use sqlx::{PgConnection, PgPool};
use time::OffsetDateTime;
use tokio::{sync::Semaphore, time::timeout};

use crate::{
    conversations,
    database::{Lease, within},
    failure::Error,
};
pub use terms::Terms;

/// Messages of one page.
pub const PAGE: usize = 50;
/// Reads of one page: what so many hold is looked at, and a page that is not full by then says where to go on.
const READS: usize = 2;
/// The longest wait for one's turn.
const TURN: Duration = Duration::from_millis(500);

/// What somebody looks for.
#[derive(Debug)]
pub struct Question {
    pub user: UserId,
    pub role: Role,
    pub terms: Terms,
    /// In this conversation, which is one's own.
    pub conversation: Option<ConversationId>,
    pub after: Option<Cursor>,
}

#[derive(Debug)]
pub struct Answer {
    pub found: Vec<FoundMessage>,
    /// Where the next page begins. There may be nothing in it.
    pub next: Option<Cursor>,
}

/// A place among all messages, by the time they were sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    pub sent_at: OffsetDateTime,
    pub conversation: i64,
    pub seq: i64,
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let micros = self.sent_at.unix_timestamp_nanos() / 1_000;
        write!(f, "{micros}-{}-{}", self.conversation, self.seq)
    }
}

impl std::str::FromStr for Cursor {
    type Err = protocol::ids::Malformed;

    fn from_str(raw: &str) -> Result<Self, Self::Err> {
        let malformed = protocol::ids::Malformed;
        let mut parts = raw.splitn(3, '-').map(str::parse::<i64>);
        let mut part = || parts.next()?.ok();
        let (Some(micros), Some(conversation), Some(seq)) = (part(), part(), part()) else {
            return Err(malformed);
        };
        let sent_at = OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1_000);
        Ok(Self {
            sent_at: sent_at.map_err(|_| malformed)?,
            conversation,
            seq,
        })
    }
}

/// Searches that run at once in one replica: they hold a connection and read much, and appends come first.
const AT_ONCE: usize = 2;

/// Where searches take turns; cheap to clone.
#[derive(Clone)]
pub struct Searches {
    pool: PgPool,
    links: Arc<Links>,
    turns: Arc<Semaphore>,
}

impl Searches {
    pub fn new(pool: PgPool, links: Arc<Links>) -> Self {
        let turns = Arc::new(Semaphore::new(AT_ONCE));
        Self { pool, links, turns }
    }

    /// Answers from one snapshot; `overloaded` when too many search already.
    pub async fn answer(&self, question: &Question) -> Result<Answer, Error> {
        let turn = timeout(TURN, self.turns.acquire()).await;
        let Ok(Ok(_turn)) = turn else {
            return Err(Refusal::from(ErrorCode::Overloaded).into());
        };
        within(async {
            let mut lease = Lease::take(&self.pool).await?;
            let mut snapshot = lease.snapshot().await?;
            let own = match own(&mut snapshot, question).await {
                Ok(own) => own,
                Err(Error::Refused(refusal)) => {
                    snapshot.commit().await?;
                    lease.keep();
                    return Err(refusal.into());
                }
                Err(error) => return Err(error),
            };
            let answer = look(&mut snapshot, &self.links, question, &own).await?;
            snapshot.commit().await?;
            lease.keep();
            Ok(answer)
        })
        .await
    }
}

/// The conversations that are looked through; one that is not the caller's is not found, like one that is
/// not there.
async fn own(conn: &mut PgConnection, question: &Question) -> Result<Vec<i64>, Error> {
    let person = (question.user, question.role);
    let lines = match question.conversation {
        Some(people) => conversations::lines_of(conn, &[people]).await?,
        None => return Ok(stretches::own(conn, person).await?),
    };
    match lines.first() {
        Some(line) => Ok(vec![line.id]),
        None => Err(Refusal::from(ErrorCode::NotFound).into()),
    }
}

async fn look(
    conn: &mut PgConnection,
    links: &Links,
    question: &Question,
    own: &[i64],
) -> Result<Answer, sqlx::Error> {
    let wanted = question.terms.wanted();
    let tails = stretches::tails(conn, own).await?;
    let mut answer = Answer {
        found: Vec::new(),
        next: question.after,
    };
    let now = OffsetDateTime::now_utc();
    for _ in 0..READS {
        let candidates = stretches::candidates(conn, own, &wanted, answer.next).await?;
        let page = rows::page(conn, &candidates, &tails, answer.next).await?;
        for hit in page.hits {
            // A thousand long texts in a row would keep this thread from everybody else.
            tokio::task::yield_now().await;
            let Some(highlight) = question.terms.find(hit.text()) else {
                continue;
            };
            if answer.found.len() == PAGE {
                return Ok(answer);
            }
            answer.next = Some(hit.cursor());
            answer.found.push(FoundMessage {
                message: hit.show(links, now)?,
                highlight,
            });
        }
        answer.next = page.next;
        if answer.next.is_none() {
            break;
        }
    }
    Ok(answer)
}
