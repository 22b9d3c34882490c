//! Who has written to whom: pulled from chat-history, which numbers each client's first message to a
//! trainer.

use std::time::Duration;

use bus::{Bus, Subject};
use protocol::{
    error::Refusal,
    internal::{ContactMade, PullRequest, Pulled},
};
use sqlx::{PgConnection, PgPool};
use time::OffsetDateTime;
use tracing::{debug, info, warn};
use uuid::Uuid;

const LIST: &str = "history.contacts";
const PAGE: u32 = 500;
const WITHIN: Duration = Duration::from_secs(3);

/// Pulls until chat-history has no more; called again when `history.contacted` rings.
pub async fn pull(bus: Bus, pool: PgPool) -> Result<bool, boot::Error> {
    let after = sqlx::query_scalar!("select after from roster.follow where name = $1", LIST)
        .fetch_one(&pool)
        .await?;
    let answer = ask(&bus, after).await;
    match answer {
        Ok(Ok(page)) => Ok(apply(&pool, after, &page, OffsetDateTime::now_utc()).await?),
        // Nothing is lost while nobody answers: the list waits with its owner.
        Ok(Err(refusal)) => {
            debug!(code = %refusal.code, "The list of contacts is not available");
            Ok(false)
        }
        Err(bus::Error::Malformed(error)) => Err(error.into()),
        Err(error) => {
            debug!(
                error = &error as &dyn std::error::Error,
                "The list of contacts is not available"
            );
            Ok(false)
        }
    }
}

async fn ask(bus: &Bus, after: i64) -> Result<Result<Pulled<ContactMade>, Refusal>, bus::Error> {
    let question = PullRequest {
        after,
        limit: PAGE,
        revocations_since: None,
    };
    bus.ask(Subject::HISTORY_CONTACTS, &question, WITHIN).await
}

/// `--rebuild-contacts`: reads the list from its start, forgets contacts that it does not know, and keeps
/// those that it does. What is right already is not touched.
pub async fn rebuild(bus: &Bus, pool: &PgPool) -> Result<(), boot::Error> {
    let mut all = Pulled {
        items: Vec::new(),
        to: 0,
        more: false,
    };
    loop {
        let page = ask(bus, all.to).await?;
        let page = page.map_err(|refusal| format!("chat-history refused: {}", refusal.code))?;
        all.items.extend(page.items);
        all.to = page.to;
        if !page.more {
            break;
        }
    }
    let mut tx = pool.begin().await?;
    sqlx::query_scalar!("select after from roster.follow where name = $1 for update", LIST)
        .fetch_one(&mut *tx)
        .await?;
    forget_others(&mut tx, &all).await?;
    keep(&mut tx, &all, OffsetDateTime::now_utc()).await?;
    sqlx::query!(
        "update roster.follow set after = $2 where name = $1",
        LIST,
        all.to
    )
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    info!(
        contacts = all.items.len(),
        "The contacts are as chat-history has them"
    );
    Ok(())
}

async fn forget_others(tx: &mut PgConnection, all: &Pulled<ContactMade>) -> Result<(), sqlx::Error> {
    let (trainers, clients) = columns(all);
    sqlx::query!(
        "update roster.relation r
        set contacted_at = null
        where contacted_at is not null
            and not exists (
                select from unnest($1::uuid[], $2::uuid[]) as listed (trainer_id, client_id)
                where listed.trainer_id = r.trainer_id and listed.client_id = r.client_id
            )",
        &trainers,
        &clients,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Keeps one page and answers whether to ask for more. A page that another replica has applied since,
/// or that is delivered twice, changes nothing.
async fn apply(
    pool: &PgPool,
    after: i64,
    page: &Pulled<ContactMade>,
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let mut tx = pool.begin().await?;
    let stored = sqlx::query_scalar!("select after from roster.follow where name = $1 for update", LIST)
        .fetch_one(&mut *tx)
        .await?;
    if stored != after {
        return Ok(true);
    }
    keep(&mut tx, page, now).await?;
    // A list that ends before its reader was restored from an older copy: it is read again from its start.
    let is_behind = page.to < after;
    if is_behind {
        warn!(
            after,
            to = page.to,
            "The list of contacts went back; reading it again"
        );
    }
    let to = if is_behind { 0 } else { page.to };
    sqlx::query!("update roster.follow set after = $2 where name = $1", LIST, to)
        .execute(&mut *tx)
        .await?;
    tx.commit().await?;
    Ok(page.more || is_behind)
}

async fn keep(
    tx: &mut PgConnection,
    page: &Pulled<ContactMade>,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let (trainers, clients) = columns(page);
    // People before pairs, as everywhere; in a statement of its own, so that the next sees an erasure
    // that this one waited for.
    sqlx::query!(
        "select from roster.person where id = any($1) or id = any($2) order by id for share",
        &trainers,
        &clients,
    )
    .fetch_all(&mut *tx)
    .await?;
    sqlx::query!(
        "insert into roster.relation as r (trainer_id, client_id, contacted_at, activity_at)
        select distinct listed.trainer_id, listed.client_id, $3::timestamptz, $3::timestamptz
        from unnest($1::uuid[], $2::uuid[]) as listed (trainer_id, client_id)
        where not exists (
            select from roster.person p
            where p.id in (listed.trainer_id, listed.client_id) and p.erased_at is not null
        )
        order by listed.trainer_id, listed.client_id
        on conflict (trainer_id, client_id) do update
        set contacted_at = excluded.contacted_at,
            activity_at = greatest(r.activity_at, excluded.activity_at)
        where r.contacted_at is null",
        &trainers,
        &clients,
        now,
    )
    .execute(tx)
    .await?;
    Ok(())
}

fn columns(page: &Pulled<ContactMade>) -> (Vec<Uuid>, Vec<Uuid>) {
    let contacts = page.items.iter().map(|(_, contact)| contact);
    contacts
        .map(|contact| (contact.trainer.0, contact.client.0))
        .unzip()
}
