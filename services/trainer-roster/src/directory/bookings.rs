//! Bookings, as the platform tells of them. Only their sum per pair leaves this service.

use protocol::{ConversationId, UserId, http::BookingStatus};
use sqlx::{PgConnection, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{Age, Booking, users};
use crate::{
    Error,
    audit::{self, About, Act, Action},
    relations,
};

/// Keeps a booking and settles its pair, and the pair it was moved from; answers whether a change was
/// numbered. An older version than the stored one is ignored.
///
/// Locks are taken in one order: people, booking, pairs, counter.
pub async fn put(pool: &PgPool, id: Uuid, booking: &Booking, act: &Act) -> Result<bool, Error> {
    let mut tx = pool.begin().await?;
    let people = users::check_pair(&mut tx, booking.trainer_id, booking.client_id).await?;
    let mut pairs = vec![pair(booking)];
    let mut action = Action::BookingAdded;
    let age = Age::told(booking.version, act);
    let is_first = people.is_ok() && insert(&mut tx, id, booking, age).await?;
    if !is_first {
        let stored = lock(&mut tx, id).await?;
        if let Some(stored) = &stored
            && age.is_before(stored.age())
        {
            return Ok(false);
        }
        people.map_err(Error::field)?;
        update(&mut tx, id, booking, age).await?;
        action = Action::BookingChanged;
        match stored {
            // The platform may tell the same again and again: that is no activity.
            Some(stored) if stored.says(booking) => pairs.clear(),
            Some(stored) => pairs.push(stored.pair()),
            None => {}
        }
    }
    if !pairs.is_empty() {
        audit::record(&mut tx, act, action, About::booking(id, pair(booking))).await?;
    }
    let numbered = relations::settle(&mut tx, pairs, act.at).await?;
    tx.commit().await?;
    Ok(numbered)
}

struct Stored {
    trainer_id: Uuid,
    client_id: Uuid,
    status: String,
    starts_at: OffsetDateTime,
    ends_at: OffsetDateTime,
    version: Option<i64>,
    published_at: Option<OffsetDateTime>,
}

impl Stored {
    fn age(&self) -> Age {
        Age::stored(self.version, self.published_at)
    }

    fn pair(&self) -> ConversationId {
        ConversationId::new(UserId(self.trainer_id), UserId(self.client_id))
    }

    fn says(&self, booking: &Booking) -> bool {
        self.pair() == pair(booking)
            && self.status == status(booking)
            && self.starts_at == booking.starts_at
            && self.ends_at == booking.ends_at
    }
}

fn pair(booking: &Booking) -> ConversationId {
    ConversationId::new(booking.trainer_id, booking.client_id)
}

fn status(booking: &Booking) -> &'static str {
    match booking.status {
        BookingStatus::Active => "active",
        BookingStatus::Completed => "completed",
        BookingStatus::Cancelled => "cancelled",
    }
}

async fn insert(tx: &mut PgConnection, id: Uuid, booking: &Booking, age: Age) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "insert into roster.booking (id, trainer_id, client_id, status, starts_at, ends_at, version, published_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8)
        on conflict (id) do nothing",
        id,
        booking.trainer_id.0,
        booking.client_id.0,
        status(booking),
        booking.starts_at,
        booking.ends_at,
        age.version,
        age.holds_since,
    )
    .execute(tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

async fn lock(tx: &mut PgConnection, id: Uuid) -> Result<Option<Stored>, sqlx::Error> {
    sqlx::query_as!(
        Stored,
        "select trainer_id, client_id, status, starts_at, ends_at, version, published_at
        from roster.booking
        where id = $1
        for update",
        id,
    )
    .fetch_optional(tx)
    .await
}

async fn update(tx: &mut PgConnection, id: Uuid, booking: &Booking, age: Age) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update roster.booking
        set trainer_id = $2, client_id = $3, status = $4, starts_at = $5, ends_at = $6,
            version = coalesce($7, version), published_at = greatest($8, published_at)
        where id = $1",
        id,
        booking.trainer_id.0,
        booking.client_id.0,
        status(booking),
        booking.starts_at,
        booking.ends_at,
        age.version,
        age.holds_since,
    )
    .execute(tx)
    .await?;
    Ok(())
}
