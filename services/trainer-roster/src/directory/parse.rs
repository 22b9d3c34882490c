//! What a person and a booking must be beyond their types. Nobody inside holds one that is not.

use protocol::{
    error::Role,
    http::{DirectoryBooking, DirectoryUser},
    rfc3339,
};
use time::{OffsetDateTime, UtcOffset};
use unicode_normalization::UnicodeNormalization;

use crate::Error;

const NAME_CHARS: usize = 200;
const EMAIL_CHARS: usize = 320;

/// A person as the directory may hold one. Only [`User::parse`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    pub name: String,
    pub email: String,
    /// Never `Platform`: a service is not in the directory.
    pub role: Role,
    pub version: Option<i64>,
}

impl User {
    pub fn parse(told: DirectoryUser) -> Result<Self, Error> {
        let name: String = told.name.nfc().collect();
        if !is_name(&name) {
            return Err(Error::field("name"));
        }
        if !is_email(&told.email) {
            return Err(Error::field("email"));
        }
        if !told.role.converses() {
            return Err(Error::field("role"));
        }
        Ok(Self {
            name,
            email: told.email,
            role: told.role,
            version: told.version,
        })
    }
}

/// Kept as sent after NFC, encoded where it is shown.
fn is_name(raw: &str) -> bool {
    !raw.trim().is_empty() && raw.chars().count() <= NAME_CHARS && !raw.chars().any(char::is_control)
}

/// Only the outer shape: whether mail arrives there is for the platform to know.
fn is_email(raw: &str) -> bool {
    let has_two_sides = raw
        .split_once('@')
        .is_some_and(|(name, host)| !name.is_empty() && !host.is_empty());
    has_two_sides
        && raw.chars().count() <= EMAIL_CHARS
        && !raw.chars().any(|c| c.is_control() || c.is_whitespace())
}

/// A booking as the directory may hold one. Only [`Booking::parse`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Booking(DirectoryBooking);

impl Booking {
    /// Times are kept in milliseconds, so that a booking told again equals the stored one.
    pub fn parse(mut told: DirectoryBooking) -> Result<Self, Error> {
        told.starts_at = time(told.starts_at).ok_or_else(|| Error::field("startsAt"))?;
        told.ends_at = time(told.ends_at).ok_or_else(|| Error::field("endsAt"))?;
        if told.ends_at < told.starts_at {
            return Err(Error::field("endsAt"));
        }
        Ok(Self(told))
    }
}

/// `None` for a time that only its offset keeps within the years there are.
fn time(raw: OffsetDateTime) -> Option<OffsetDateTime> {
    raw.checked_to_offset(UtcOffset::UTC).map(rfc3339::millis)
}

impl std::ops::Deref for Booking {
    type Target = DirectoryBooking;

    fn deref(&self) -> &DirectoryBooking {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn user(name: &str, email: &str, role: Role) -> Result<User, Error> {
        let (name, email) = (name.to_owned(), email.to_owned());
        User::parse(DirectoryUser {
            name,
            email,
            role,
            version: None,
        })
    }

    fn refused(result: Result<User, Error>) -> String {
        result.unwrap_err().into_refusal().field.unwrap()
    }

    #[test]
    fn a_name_is_one_to_two_hundred_characters_without_control_characters() {
        assert!(user(&"é".repeat(200), "a@b", Role::User).is_ok());
        for name in ["", "  ", "a\0", "a\nb", &"é".repeat(201)] {
            assert_eq!(refused(user(name, "a@b", Role::User)), "name", "{name:?}");
        }
    }

    #[test]
    fn an_address_has_two_sides_and_at_most_320_characters() {
        assert!(user("Anna", &format!("{}@b", "a".repeat(318)), Role::User).is_ok());
        for email in [
            "",
            "anna",
            "@b",
            "a@",
            "a b@c",
            "a@b\n",
            &format!("{}@b", "a".repeat(319)),
        ] {
            assert_eq!(refused(user("Anna", email, Role::User)), "email", "{email:?}");
        }
    }

    #[test]
    fn a_service_is_not_in_the_directory() {
        assert_eq!(refused(user("Spotter", "a@b", Role::Platform)), "role");
    }

    proptest! {
        #[test]
        fn what_is_taken_can_be_stored(name in any::<String>(), email in any::<String>()) {
            if let Ok(user) = user(&name, &email, Role::User) {
                prop_assert!(!user.name.contains('\0') && !user.email.contains('\0'));
                prop_assert!(user.name.chars().count() <= NAME_CHARS);
            }
        }
    }
}
