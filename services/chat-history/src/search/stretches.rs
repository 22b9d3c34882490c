//! Which stretches of a person's conversations may hold what is looked for, newest first.

use protocol::{UserId, error::Role};
use sqlx::PgConnection;
use time::OffsetDateTime;

use super::{Cursor, signature::Signature};

/// Stretches of one read, beside two for each conversation: at any moment so many overlap, and each read has
/// the newest part of each. So a read always gets further back than the one before.
const STRETCHES: i64 = 256;

/// Stretches that may hold it, and until when they are all there are.
pub struct Stretches {
    pub conversation: Vec<i64>,
    pub first: Vec<i64>,
    pub beyond: Vec<i64>,
    /// Messages sent later than this are all in these stretches.
    pub complete_after: Option<OffsetDateTime>,
}

/// A person's conversations.
pub async fn own(conn: &mut PgConnection, (user, role): (UserId, Role)) -> Result<Vec<i64>, sqlx::Error> {
    // Each half has an index of its own and does not run for the other role.
    sqlx::query_scalar!(
        r#"select id as "id!" from chat.conversation where $2 and trainer_id = $1
           union all
           select id from chat.conversation where not $2 and client_id = $1"#,
        user.0,
        role == Role::Trainer,
    )
    .fetch_all(conn)
    .await
}

/// Beside the stretches with a filter that has the mask's bits, what each conversation has without one.
pub async fn candidates(
    conn: &mut PgConnection,
    own: &[i64],
    mask: &Signature,
    after: Option<Cursor>,
) -> Result<Stretches, sqlx::Error> {
    let conversations = i64::try_from(own.len()).unwrap_or(i64::MAX / 4);
    let most = 2 * conversations + STRETCHES;
    let mut rows = sqlx::query!(
        r#"with mask as materialized (select $2::text::bit(4096) as bits)
           select part.id as "id!", part.first as "first!", part.beyond as "beyond!", part.newest as "newest!"
           from (
               select own.id, d.chunk * 32 as first, d.chunk * 32 + 32 as beyond, d.newest
               from unnest($1::bigint[]) own(id)
               cross join mask
               join chat.digest d on d.conversation_id = own.id
               where d.signature & mask.bits = mask.bits
                 -- A stretch without messages, only changes of others, never gets one.
                 and d.newest > to_timestamp(0)
                 and ($3::timestamptz is null or d.oldest <= $3)
               union all
               select c.id, tail.first, c.head + 1, c.last_activity_at
               from unnest($1::bigint[]) own(id)
               join chat.conversation c on c.id = own.id
               cross join lateral (
                   select coalesce(max(chunk) + 1, 0) * 32 as first
                   from chat.digest
                   where conversation_id = c.id
               ) tail
               where c.head >= tail.first
           ) part
           order by part.newest desc
           limit $4"#,
        own,
        mask.to_bits(),
        after.map(|cursor| cursor.sent_at),
        most + 1,
    )
    .fetch_all(conn)
    .await?;
    let is_whole = rows.len() <= usize::try_from(most).unwrap_or(usize::MAX);
    let complete_after = rows.pop_if(|_| !is_whole).map(|row| row.newest);
    Ok(Stretches {
        conversation: rows.iter().map(|row| row.id).collect(),
        first: rows.iter().map(|row| row.first).collect(),
        beyond: rows.iter().map(|row| row.beyond).collect(),
        complete_after,
    })
}
