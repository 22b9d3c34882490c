//! Which messages of a person's conversations may hold what is looked for, newest stretches first.

use protocol::{UserId, error::Role};
use sqlx::PgConnection;
use time::OffsetDateTime;

use super::{Cursor, digest::STRETCH, slices::Wanted};

/// Stretches of one read, beside one for each conversation: at any moment so many overlap, and each read has
/// the newest of each. So a read always gets further back than the one before.
const STRETCHES: i64 = 256;

/// Messages that may hold it, and until when they are all there are in stretches.
pub struct Candidates {
    pub conversation: Vec<i64>,
    pub seq: Vec<i64>,
    /// Messages sent later than this, and in no tail, are all among these.
    pub complete_after: Option<OffsetDateTime>,
}

/// What each conversation has beyond its last stretch, which nothing is known of: `first..beyond`.
#[derive(Default)]
pub struct Tails {
    pub conversation: Vec<i64>,
    pub first: Vec<i64>,
    pub beyond: Vec<i64>,
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

pub async fn tails(conn: &mut PgConnection, own: &[i64]) -> Result<Tails, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select c.id, known.until as "first!", c.head + 1 as "beyond!"
           from unnest($1::bigint[]) own(id)
           join chat.conversation c on c.id = own.id
           cross join lateral (
               select coalesce((
                   select until from chat.stretch where conversation_id = c.id order by chunk desc limit 1
               ), 0) as until
           ) known
           where c.head >= known.until"#,
        own,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().fold(Tails::default(), |mut tails, row| {
        tails.conversation.push(row.id);
        tails.first.push(row.first);
        tails.beyond.push(row.beyond);
        tails
    }))
}

pub async fn candidates(
    conn: &mut PgConnection,
    own: &[i64],
    wanted: &Wanted,
    after: Option<Cursor>,
) -> Result<Candidates, sqlx::Error> {
    let conversations = i64::try_from(own.len()).unwrap_or(i64::MAX / 4);
    let most = conversations + STRETCHES;
    let mut rows = sqlx::query!(
        r#"select s.conversation_id, s.chunk, s.newest,
                  s.slices[$2] & s.slices[$3] & s.slices[$4] & s.slices[$5]
                      & s.slices[$6] & s.slices[$7] & s.slices[$8] & s.slices[$9] as "hits!"
           from unnest($1::bigint[]) own(id)
           join chat.stretch s on s.conversation_id = own.id
           where s.slices[$2] & s.slices[$3] & s.slices[$4] & s.slices[$5]
                      & s.slices[$6] & s.slices[$7] & s.slices[$8] & s.slices[$9] <> 0
             -- A stretch without messages, only changes of others, never gets one.
             and s.newest > to_timestamp(0)
             and ($10::timestamptz is null or s.oldest <= $10)
           order by s.newest desc
           limit $11"#,
        own,
        wanted[0],
        wanted[1],
        wanted[2],
        wanted[3],
        wanted[4],
        wanted[5],
        wanted[6],
        wanted[7],
        after.map(|cursor| cursor.sent_at),
        most + 1,
    )
    .fetch_all(conn)
    .await?;
    let is_whole = rows.len() <= usize::try_from(most).unwrap_or(usize::MAX);
    let mut candidates = Candidates {
        complete_after: rows.pop_if(|_| !is_whole).map(|row| row.newest),
        conversation: Vec::new(),
        seq: Vec::new(),
    };
    for row in rows {
        for place in (0..STRETCH).filter(|place| row.hits >> place & 1 == 1) {
            candidates.conversation.push(row.conversation_id);
            candidates
                .seq
                .push((row.chunk.cast_unsigned() * STRETCH + place).cast_signed());
        }
    }
    Ok(candidates)
}
