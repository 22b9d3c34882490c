//! Who hides receipts, as the roster says: pulled by number. Where one of the two hides them, neither is
//! told of the other's marks; the marks themselves are kept, and count what is unread.

use bus::{Bus, Subject};
use protocol::internal::{PullRequest, Pulled, RosterChange};
use sqlx::{PgConnection, PgPool};
use tokio::time::Duration;
use uuid::Uuid;

use crate::database::{Lease, within};

const LIST: &str = "roster.settings";
const PAGE: u32 = 500;
const ASK_WITHIN: Duration = Duration::from_secs(3);

/// Keeps the projection.
#[derive(Clone)]
pub struct Settings {
    pub pool: PgPool,
    pub bus: Bus,
}

impl Settings {
    /// Pulls one page and applies it; answers whether there is more. Several replicas may pull at once.
    pub async fn pull(&self) -> Result<bool, boot::Error> {
        let after = within(self.reached()).await?;
        let page = self.ask(after).await?;
        if page.to == after {
            return Ok(false);
        }
        within(self.apply(after, &page)).await?;
        // A lower number than ours means that the roster was restored from a backup: begin again.
        Ok(page.more || page.to < after)
    }

    async fn ask(&self, after: i64) -> Result<Pulled<RosterChange>, boot::Error> {
        let question = PullRequest {
            after,
            limit: PAGE,
            revocations_since: None,
        };
        let answer = self
            .bus
            .ask(Subject::ROSTER_SETTINGS, &question, ASK_WITHIN)
            .await?;
        answer.map_err(|refusal| format!("the roster refused: {}", refusal.code).into())
    }

    async fn reached(&self) -> Result<i64, sqlx::Error> {
        sqlx::query_scalar!("select number from chat.follow where name = $1", LIST)
            .fetch_one(&self.pool)
            .await
    }

    /// Does nothing when another replica has been faster.
    async fn apply(&self, after: i64, page: &Pulled<RosterChange>) -> Result<(), sqlx::Error> {
        let mut lease = Lease::take(&self.pool).await?;
        let mut tx = sqlx::Connection::begin(lease.conn()?).await?;
        let reached = sqlx::query_scalar!("select number from chat.follow where name = $1 for update", LIST)
            .fetch_one(&mut *tx)
            .await?;
        if reached == after {
            let to = if page.to < after { 0 } else { page.to };
            write(&mut tx, page).await?;
            sqlx::query!("update chat.follow set number = $2 where name = $1", LIST, to)
                .execute(&mut *tx)
                .await?;
        }
        tx.commit().await?;
        lease.keep();
        Ok(())
    }
}

async fn write(conn: &mut PgConnection, page: &Pulled<RosterChange>) -> Result<(), sqlx::Error> {
    let settings = page.items.iter().filter_map(|(_, change)| match change {
        RosterChange::Settings { user, receipts, .. } => Some((user.0, *receipts)),
        _ => None,
    });
    let (hidden, shown): (Vec<(Uuid, bool)>, Vec<_>) = settings.partition(|(_, receipts)| !receipts);
    let ids = |people: Vec<(Uuid, bool)>| people.into_iter().map(|(user, _)| user).collect::<Vec<_>>();
    let (hidden, shown) = (ids(hidden), ids(shown));
    sqlx::query!("delete from chat.hides_receipts where user_id = any($1)", &shown)
        .execute(&mut *conn)
        .await?;
    sqlx::query!(
        "insert into chat.hides_receipts (user_id)
         select *
         from unnest($1::uuid[])
         on conflict (user_id) do nothing",
        &hidden,
    )
    .execute(conn)
    .await?;
    Ok(())
}
