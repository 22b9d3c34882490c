//! What the platform tells where it is no call of its own: lines of an import, messages of the stream.

use api::{Problem, read_json};
use protocol::{
    UserId,
    error::Refusal,
    http::{DirectoryBooking, DirectoryUser},
};
use sqlx::PgPool;
use uuid::Uuid;

use super::{Booking, User, bookings, erase, users};
use crate::{Error, audit::Act};

/// Something that may be kept.
#[derive(Debug)]
pub enum Told {
    User(UserId, User),
    Booking(Uuid, Booking),
    Erase(UserId),
}

/// What keeping it did, beyond the row itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Numbered {
    Nothing,
    Change,
    /// With a revocation of everything this person was issued up to now.
    Revocation(UserId),
}

impl Told {
    /// Reads the body of `PUT /api/directory/users/{id}`, with its refusals.
    pub fn user(id: UserId, body: &[u8]) -> Result<Self, Refusal> {
        let told: DirectoryUser = read_json(body).map_err(Problem::into_refusal)?;
        let user = User::parse(told).map_err(Error::into_refusal)?;
        Ok(Self::User(id, user))
    }

    /// Reads the body of `PUT /api/directory/bookings/{id}`, with its refusals.
    pub fn booking(id: Uuid, body: &[u8]) -> Result<Self, Refusal> {
        let told: DirectoryBooking = read_json(body).map_err(Problem::into_refusal)?;
        let booking = Booking::parse(told).map_err(Error::into_refusal)?;
        Ok(Self::Booking(id, booking))
    }

    pub async fn keep(&self, pool: &PgPool, act: &Act) -> Result<Numbered, Error> {
        let (is_numbered, numbered) = match self {
            Self::User(id, user) => (users::put(pool, *id, user, act).await?, Numbered::Revocation(*id)),
            Self::Booking(id, booking) => (bookings::put(pool, *id, booking, act).await?, Numbered::Change),
            Self::Erase(id) => (erase::erase(pool, *id, act).await?, Numbered::Revocation(*id)),
        };
        Ok(if is_numbered { numbered } else { Numbered::Nothing })
    }
}
