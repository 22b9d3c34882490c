//! Who works with whom and who blocks whom, as the roster says: pulled by number, kept in the
//! conversations' own rows.

mod news;
mod rebuild;
mod relate;

use bus::{Bus, Subject};
use protocol::{
    ConversationId, Epoch,
    internal::{PullRequest, Pulled, RosterChange},
};
use sqlx::PgPool;
use time::OffsetDateTime;
use tokio::time::Duration;

use crate::{
    changes::{publish::Publisher, thread::AccessChange},
    database::{Lease, within},
    erase::{self, Eraser},
    lookup,
};

const LIST: &str = "roster.changes";
const PAGE: u32 = 500;
const ASK_WITHIN: Duration = Duration::from_secs(3);

/// Keeps the projection.
#[derive(Clone)]
pub struct Relations {
    pub pool: PgPool,
    pub bus: Bus,
    pub publisher: Publisher,
    pub eraser: Eraser,
}

/// What applying a page changed.
struct Applied {
    epoch: Epoch,
    access: Vec<(ConversationId, AccessChange)>,
}

impl Relations {
    /// Pulls one page and applies it; answers whether there is more. Several replicas may pull at once.
    pub async fn pull(&self) -> Result<bool, boot::Error> {
        let after = within(self.reached()).await?;
        let page = self.ask(after).await?;
        if page.to == after {
            return Ok(page.more);
        }
        if let Some(applied) = within(self.apply(after, &page)).await? {
            self.publisher.ring_access(applied.epoch, &applied.access).await;
            self.eraser.wake();
        }
        Ok(page.more)
    }

    async fn ask(&self, after: i64) -> Result<Pulled<RosterChange>, boot::Error> {
        let question = PullRequest {
            after,
            limit: PAGE,
            revocations_since: None,
        };
        let answer = self
            .bus
            .ask(Subject::ROSTER_CHANGES, &question, ASK_WITHIN)
            .await?;
        answer.map_err(|refusal| format!("the roster refused: {}", refusal.code).into())
    }

    /// Pulls until nothing is left.
    pub async fn catch_up(&self) -> Result<(), boot::Error> {
        while self.pull().await? {}
        Ok(())
    }

    async fn reached(&self) -> Result<i64, sqlx::Error> {
        sqlx::query_scalar!("select number from chat.follow where name = $1", LIST)
            .fetch_one(&self.pool)
            .await
    }

    /// `None` when another replica has been faster.
    async fn apply(&self, after: i64, page: &Pulled<RosterChange>) -> Result<Option<Applied>, sqlx::Error> {
        let mut heard = news::Heard::new();
        news::hear(&mut heard, page.items.iter().map(|(_, change)| change));
        let mut lease = Lease::take(&self.pool).await?;
        let mut tx = sqlx::Connection::begin(lease.conn()?).await?;
        let reached = sqlx::query_scalar!("select number from chat.follow where name = $1 for update", LIST)
            .fetch_one(&mut *tx)
            .await?;
        let applied = if reached == after {
            let access = relate::write(&mut tx, &heard, OffsetDateTime::now_utc()).await?;
            erase::ask(&mut tx, &page.items, OffsetDateTime::now_utc()).await?;
            sqlx::query!(
                "update chat.follow set number = $2 where name = $1",
                LIST,
                page.to
            )
            .execute(&mut *tx)
            .await?;
            Some(Applied {
                epoch: lookup::epoch(&mut tx).await?,
                access,
            })
        } else {
            None
        };
        tx.commit().await?;
        lease.keep();
        Ok(applied)
    }
}
