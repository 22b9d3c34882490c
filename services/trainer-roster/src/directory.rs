//! What the platform tells of its users and bookings, for service tokens only.

mod bookings;
mod erase;
pub mod import;
pub mod lines;
mod parse;
mod told;
mod users;

use api::{Json, Path, Platform, Problem};
use axum::{extract::State, http::StatusCode};
use protocol::{
    UserId,
    http::{DirectoryBooking, DirectoryUser},
};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{App, audit::Act};
pub use import::{IMPORT, Places, import};
pub use lines::LINE_BYTES;
use parse::{Booking, User};
pub use told::{Numbered, Told};

pub const USER: &str = "/api/directory/users/{id}";
pub const SIGN_OUT: &str = "/api/directory/users/{id}/sign-out";
pub const BOOKING: &str = "/api/directory/bookings/{id}";

pub async fn put_user(
    Platform(me): Platform,
    Path(id): Path<UserId>,
    State(app): State<App>,
    Json(told): Json<DirectoryUser>,
) -> Result<StatusCode, Problem> {
    let act = Act::of(me.user);
    if users::put(&app.pool, id, &User::parse(told)?, &act).await? {
        app.revoked(id, act.at);
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Answers when it is certain that everything goes; the other services follow.
pub async fn delete_user(
    Platform(me): Platform,
    Path(id): Path<UserId>,
    State(app): State<App>,
) -> Result<StatusCode, Problem> {
    let act = Act::of(me.user);
    if erase::erase(&app.pool, id, &act).await? {
        app.revoked(id, act.at);
    }
    Ok(StatusCode::ACCEPTED)
}

pub async fn sign_out(
    Platform(me): Platform,
    Path(id): Path<UserId>,
    State(app): State<App>,
) -> Result<StatusCode, Problem> {
    let act = Act::of(me.user);
    users::sign_out(&app.pool, id, &act).await?;
    app.revoked(id, act.at);
    Ok(StatusCode::NO_CONTENT)
}

pub async fn put_booking(
    Platform(me): Platform,
    Path(id): Path<Uuid>,
    State(app): State<App>,
    Json(told): Json<DirectoryBooking>,
) -> Result<StatusCode, Problem> {
    if bookings::put(&app.pool, id, &Booking::parse(told)?, &Act::of(me.user)).await? {
        app.bell.ring();
    }
    Ok(StatusCode::NO_CONTENT)
}

/// How old a state is that the platform tells of, or that is stored.
#[derive(Debug, Clone, Copy)]
struct Age {
    version: Option<i64>,
    /// When the broker took the message that told of it; nothing says so over HTTP, where a call holds from
    /// when it comes.
    published_at: Option<OffsetDateTime>,
    /// Since when it holds: the one or the other.
    holds_since: Option<OffsetDateTime>,
}

impl Age {
    /// Of what the platform tells in `act`.
    fn told(version: Option<i64>, act: &Act) -> Self {
        let published_at = act.via.published_at();
        Self {
            version,
            published_at,
            holds_since: published_at.or(Some(act.at)),
        }
    }

    fn stored(version: Option<i64>, holds_since: Option<OffsetDateTime>) -> Self {
        Self {
            version,
            published_at: None,
            holds_since,
        }
    }

    /// Versions decide where both have one and they differ; else a message that the broker took before the
    /// stored state began to hold, such as one that comes again after a call; else what comes last holds.
    fn is_before(self, stored: Self) -> bool {
        match (self.version, stored.version) {
            (Some(told), Some(stored)) if told != stored => told < stored,
            _ => {
                matches!((self.published_at, stored.holds_since), (Some(told), Some(stored)) if told < stored)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use time::Duration;

    use super::*;

    #[test]
    fn a_message_that_comes_again_after_a_call_is_before_it_whatever_their_versions() {
        let called_at = OffsetDateTime::UNIX_EPOCH;
        let message = |version, after| Age {
            version,
            published_at: Some(called_at + Duration::seconds(after)),
            holds_since: None,
        };
        let call = Age::stored(Some(5), Some(called_at));

        assert!(message(None, -1).is_before(call));
        assert!(message(Some(5), -1).is_before(call));
        assert!(message(Some(4), 1).is_before(call));
        assert!(!message(Some(6), -1).is_before(call));
        assert!(!message(None, 1).is_before(call));
        assert!(!message(None, -1).is_before(Age::stored(None, None)));
    }
}
