//! Who works with whom, as the roster says: pulled by number, kept in the conversations' own rows.

use std::collections::{BTreeMap, BTreeSet};

use bus::{Bus, Subject};
use protocol::{
    ConversationId, Epoch,
    error::Role,
    internal::{PullRequest, Pulled, RosterChange},
};
use sqlx::{PgConnection, PgPool};
use time::OffsetDateTime;
use tokio::time::Duration;
use uuid::Uuid;

use crate::{
    changes::{
        publish::Publisher,
        read,
        thread::{AccessChange, Conversation},
    },
    database::{Lease, within},
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
        let question = PullRequest {
            after,
            limit: PAGE,
            revocations_since: None,
        };
        let page: Pulled<RosterChange> = self
            .bus
            .ask(Subject::ROSTER_CHANGES, &question, ASK_WITHIN)
            .await?
            .map_err(|refusal| format!("the roster refused: {}", refusal.code))?;
        if page.to == after {
            return Ok(page.more);
        }
        if let Some(applied) = within(self.apply(after, &page)).await? {
            self.publisher.ring_access(applied.epoch, &applied.access).await;
        }
        Ok(page.more)
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
        let mut lease = Lease::take(&self.pool).await?;
        let mut tx = sqlx::Connection::begin(lease.conn()?).await?;
        let reached = sqlx::query_scalar!("select number from chat.follow where name = $1 for update", LIST)
            .fetch_one(&mut *tx)
            .await?;
        let applied = if reached == after {
            let access = relate(&mut tx, &latest(page), OffsetDateTime::now_utc()).await?;
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

/// What the page leaves true of each pair.
fn latest(page: &Pulled<RosterChange>) -> BTreeMap<ConversationId, bool> {
    let relations = page.items.iter().filter_map(|(_, change)| match change {
        // Nobody can be the other side of themselves.
        RosterChange::Relation {
            trainer,
            client,
            active,
        } if trainer != client => Some((ConversationId::new(*trainer, *client), *active)),
        RosterChange::Relation { .. } | RosterChange::Revocation { .. } => None,
    });
    relations.collect()
}

/// Writes the relations under the conversations' locks, taken in the order of all writers; a relation
/// that becomes active opens the conversation.
async fn relate(
    conn: &mut PgConnection,
    relations: &BTreeMap<ConversationId, bool>,
    now: OffsetDateTime,
) -> Result<Vec<(ConversationId, AccessChange)>, sqlx::Error> {
    let active = relations.iter().filter(|(_, active)| **active);
    let opened = insert(conn, active.map(|(people, _)| *people).collect(), now).await?;
    let people: Vec<ConversationId> = relations.keys().copied().collect();
    let mut changed = Vec::new();
    let mut access = Vec::new();
    for mut conversation in read::lock(conn, &people).await? {
        let mut standing = conversation.standing;
        standing.relate(relations.get(&conversation.people).copied().unwrap_or_default());
        if standing == conversation.standing {
            continue;
        }
        let people = conversation.people;
        let changes = if opened.contains(&people) {
            // Neither had the conversation before: to both it is news that they may write.
            [Role::Trainer, Role::User]
                .map(|role| conversation.access(role, standing))
                .into()
        } else {
            conversation.access_changes(standing)
        };
        conversation.standing = standing;
        changed.push((conversation, !changes.is_empty()));
        access.extend(changes.into_iter().map(|change| (people, change)));
    }
    write(conn, &changed, now).await?;
    Ok(access)
}

/// Answers which were not there before.
async fn insert(
    conn: &mut PgConnection,
    people: Vec<ConversationId>,
    now: OffsetDateTime,
) -> Result<BTreeSet<ConversationId>, sqlx::Error> {
    let (trainers, clients): (Vec<Uuid>, Vec<Uuid>) = people
        .iter()
        .map(|people| (people.trainer.0, people.client.0))
        .unzip();
    let rows = sqlx::query!(
        "insert into chat.conversation (trainer_id, client_id, access_changed_at, last_activity_at)
         select trainer_id, client_id, $3, $3
         from unnest($1::uuid[], $2::uuid[]) related(trainer_id, client_id)
         order by trainer_id, client_id
         on conflict (trainer_id, client_id) do nothing
         returning trainer_id, client_id",
        &trainers,
        &clients,
        now,
    )
    .fetch_all(conn)
    .await?;
    let opened = rows
        .into_iter()
        .map(|row| ConversationId::new(protocol::UserId(row.trainer_id), protocol::UserId(row.client_id)));
    Ok(opened.collect())
}

async fn write(
    conn: &mut PgConnection,
    changed: &[(Conversation, bool)],
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let id: Vec<i64> = changed.iter().map(|(conversation, _)| conversation.id).collect();
    let related: Vec<bool> = changed.iter().map(|(it, _)| it.standing.related).collect();
    let answered: Vec<bool> = changed.iter().map(|(it, _)| it.standing.answered).collect();
    let access_changed: Vec<bool> = changed.iter().map(|(_, changed)| *changed).collect();
    sqlx::query!(
        "update chat.conversation c
         set related = u.related,
             answered = u.answered,
             access_version = c.access_version + u.access_changed::int,
             access_changed_at = case when u.access_changed then $5 else c.access_changed_at end
         from unnest($1::bigint[], $2::bool[], $3::bool[], $4::bool[])
             as u(id, related, answered, access_changed)
         where c.id = u.id",
        &id,
        &related,
        &answered,
        &access_changed,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}
