//! Who did what to whom, and when: written in the transaction of what was done, and never changed.
//! The table's triggers refuse updates and deletions, whoever asks.

use protocol::{ConversationId, UserId};
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

/// Who does something, by which way in, and when.
#[derive(Debug, Clone, Copy)]
pub struct Act {
    /// Nobody with a token.
    pub actor: Option<UserId>,
    pub via: Via,
    pub at: OffsetDateTime,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Via {
    Http,
    /// A line of `POST /api/directory/import`.
    Import,
    /// A message that the platform told the stream, taken by the broker at this time.
    Intake(OffsetDateTime),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    UserAdded,
    UserChanged,
    RoleChanged,
    SignedOut,
    BookingAdded,
    BookingChanged,
    Blocked,
    Unblocked,
    Erased,
    Exported,
    SettingsChanged,
}

/// To whom.
#[derive(Debug, Clone, Copy)]
pub struct About {
    pub person: UserId,
    pub other: Option<UserId>,
    pub booking: Option<Uuid>,
}

impl Act {
    /// Somebody's call at this moment.
    pub fn of(caller: UserId) -> Self {
        Self {
            actor: Some(caller),
            via: Via::Http,
            at: OffsetDateTime::now_utc(),
        }
    }
}

impl About {
    pub fn person(person: UserId) -> Self {
        Self {
            person,
            other: None,
            booking: None,
        }
    }

    pub fn booking(id: Uuid, pair: ConversationId) -> Self {
        Self {
            person: pair.client,
            other: Some(pair.trainer),
            booking: Some(id),
        }
    }
}

impl Via {
    /// When the broker took what is done, where a broker did.
    pub fn published_at(self) -> Option<OffsetDateTime> {
        match self {
            Self::Intake(at) => Some(at),
            Self::Http | Self::Import => None,
        }
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Import => "import",
            Self::Intake(_) => "intake",
        }
    }
}

impl Action {
    fn as_str(self) -> &'static str {
        match self {
            Self::UserAdded => "user_added",
            Self::UserChanged => "user_changed",
            Self::RoleChanged => "role_changed",
            Self::SignedOut => "signed_out",
            Self::BookingAdded => "booking_added",
            Self::BookingChanged => "booking_changed",
            Self::Blocked => "blocked",
            Self::Unblocked => "unblocked",
            Self::Erased => "erased",
            Self::Exported => "exported",
            Self::SettingsChanged => "settings_changed",
        }
    }
}

pub async fn record(
    tx: &mut PgConnection,
    act: &Act,
    action: Action,
    about: About,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into roster.audit (at, actor, via, action, person_id, other_id, booking_id)
        values ($1, $2, $3, $4, $5, $6, $7)",
        act.at,
        act.actor.map(|actor| actor.0),
        act.via.as_str(),
        action.as_str(),
        about.person.0,
        about.other.map(|other| other.0),
        about.booking,
    )
    .execute(tx)
    .await?;
    Ok(())
}
