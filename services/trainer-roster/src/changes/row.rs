//! A line of the list, as it is stored.

use protocol::{UserId, error::Role, internal::RosterChange};
use time::OffsetDateTime;
use uuid::Uuid;

/// A row of `roster.change`: the columns of one kind are filled.
pub struct Row {
    pub number: i64,
    pub trainer_id: Option<Uuid>,
    pub client_id: Option<Uuid>,
    pub active: Option<bool>,
    pub user_id: Option<Uuid>,
    pub revoked_at: Option<OffsetDateTime>,
    pub blocked_by: Option<String>,
    pub blocked: Option<bool>,
    pub erased_at: Option<OffsetDateTime>,
}

impl Row {
    pub fn into_item(self) -> Result<(i64, RosterChange), sqlx::Error> {
        let number = self.number;
        let change = self.of_pair().or_else(|| self.of_person());
        match change {
            Some(change) => Ok((number, change)),
            None => Err(sqlx::Error::Decode(
                format!("roster.change {number} is of no known kind").into(),
            )),
        }
    }

    fn of_pair(&self) -> Option<RosterChange> {
        let (trainer, client) = (UserId(self.trainer_id?), UserId(self.client_id?));
        Some(match self.active {
            Some(active) => RosterChange::Relation {
                trainer,
                client,
                active,
            },
            None => RosterChange::Block {
                trainer,
                client,
                by: self.blocked_by.as_deref()?.parse::<Role>().ok()?,
                on: self.blocked?,
            },
        })
    }

    fn of_person(&self) -> Option<RosterChange> {
        let user = UserId(self.user_id?);
        Some(match self.erased_at {
            Some(erased_at) => RosterChange::Erasure { user, erased_at },
            None => RosterChange::Revocation {
                user,
                revoked_at: self.revoked_at?,
            },
        })
    }
}
