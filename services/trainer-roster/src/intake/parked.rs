//! The messages that could not be kept.

use bytes::Bytes;
use protocol::error::Refusal;
use sqlx::PgPool;
use time::OffsetDateTime;
use uuid::Uuid;

use super::Message;

/// The most there are; whoever lets them gather meets a stream that stands still.
const MOST: i64 = 10_000;

pub enum Parking {
    /// It is there, from this call or from one before.
    Parked,
    /// It names somebody who was erased: nothing of it may stay.
    Erased,
    Full,
}

/// A parked message, as the list shows it: without its content, which holds names.
pub struct Entry {
    pub id: i64,
    /// Its place in the stream.
    pub sequence: i64,
    pub subject: String,
    pub payload_bytes: i64,
    /// Whether it was kept whole and can be replayed.
    pub is_whole: bool,
    pub published_at: OffsetDateTime,
    pub code: String,
    pub field: Option<String>,
}

/// Parks a message; again is no second time. Of one that names people who cannot be read, nothing is kept
/// but its place in the stream: no erasure would find it.
pub async fn park(pool: &PgPool, message: &Message, refusal: &Refusal) -> Result<Parking, sqlx::Error> {
    let mut tx = pool.begin().await?;
    let people = message.people();
    let payload = people.as_ref().map_or(&[][..], |_| &message.payload);
    let people = people.unwrap_or_default();
    // An erasure, also of somebody nobody told of, comes before and is seen in the next statement, or
    // waits here with its own part of this table, and takes the row along.
    sqlx::query!("lock table roster.parked in share row exclusive mode")
        .execute(&mut *tx)
        .await?;
    let is_erased = sqlx::query_scalar!(
        r#"select exists(
            select from roster.person where id = any($1) and erased_at is not null
        ) as "erased!""#,
        &people,
    )
    .fetch_one(&mut *tx)
    .await?;
    if is_erased {
        return Ok(Parking::Erased);
    }
    if count(&mut *tx).await? >= MOST {
        return Ok(Parking::Full);
    }
    sqlx::query!(
        "insert into roster.parked
            (published_at, sequence, subject, payload, payload_bytes, people, code, field, parked_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, now())
        on conflict (published_at, sequence) do nothing",
        message.published_at,
        message.sequence,
        message.readable_subject(),
        payload,
        i64::try_from(message.payload_bytes).unwrap_or(i64::MAX),
        &people,
        refusal.code.to_string(),
        refusal.field,
    )
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(Parking::Parked)
}

pub async fn count<'a>(database: impl sqlx::PgExecutor<'a>) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(r#"select count(*) as "count!" from roster.parked"#)
        .fetch_one(database)
        .await
}

/// All of them, people before bookings, and in the order in which they were told.
pub async fn list(pool: &PgPool) -> Result<Vec<Entry>, sqlx::Error> {
    sqlx::query_as!(
        Entry,
        r#"select id, sequence, subject, payload_bytes, published_at, code, field,
            octet_length(payload) = payload_bytes as "is_whole!"
        from roster.parked
        order by subject like 'directory.booking.%', published_at, sequence"#,
    )
    .fetch_all(pool)
    .await
}

/// `None` once it has gone.
pub async fn load(pool: &PgPool, id: i64) -> Result<Option<Message>, sqlx::Error> {
    let row = sqlx::query!(
        "select subject, payload, payload_bytes, sequence, published_at
        from roster.parked
        where id = $1",
        id,
    )
    .fetch_optional(pool)
    .await?;
    Ok(row.map(|row| Message {
        subject: row.subject,
        payload: Bytes::from(row.payload),
        payload_bytes: usize::try_from(row.payload_bytes).unwrap_or_default(),
        sequence: row.sequence,
        published_at: row.published_at,
    }))
}

/// Why it was refused this time.
pub async fn note(pool: &PgPool, id: i64, refusal: &Refusal) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update roster.parked set code = $2, field = $3 where id = $1",
        id,
        refusal.code.to_string(),
        refusal.field,
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// Answers whether it was there.
pub async fn remove(pool: &PgPool, id: i64) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!("delete from roster.parked where id = $1", id)
        .execute(pool)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Removes those that name a person who goes.
pub async fn forget(tx: &mut sqlx::PgConnection, person: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from roster.parked where $1 = any(people)", person)
        .execute(tx)
        .await?;
    Ok(())
}
