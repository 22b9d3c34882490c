//! A message of the stream, as it came or as it was parked.

use bus::Kept;
use bytes::Bytes;
use protocol::{ErrorCode, UserId, error::Refusal};
use serde_json::Value;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::directory::{LINE_BYTES, Told};

/// No subject that can be read is longer.
const SUBJECT_CHARS: usize = 200;

#[derive(Debug)]
pub struct Message {
    pub subject: String,
    /// Empty for one that is too long, which nothing of is kept.
    pub payload: Bytes,
    /// How long it was.
    pub payload_bytes: usize,
    pub sequence: i64,
    pub published_at: OffsetDateTime,
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    User,
    Booking,
    Erase,
}

impl From<&Kept> for Message {
    fn from(kept: &Kept) -> Self {
        let fits = kept.payload.len() <= LINE_BYTES;
        // PostgreSQL keeps microseconds and no NUL.
        let nanosecond = kept.published.nanosecond() / 1_000 * 1_000;
        let printable = kept.subject.chars().filter(|c| !c.is_control());
        Self {
            subject: printable.take(SUBJECT_CHARS).collect(),
            payload: if fits { kept.payload.clone() } else { Bytes::new() },
            payload_bytes: kept.payload.len(),
            sequence: kept.sequence.cast_signed(),
            published_at: kept
                .published
                .replace_nanosecond(nanosecond)
                .unwrap_or(kept.published),
        }
    }
}

impl Message {
    /// What it tells. The bodies are those of the directory's calls, with their refusals.
    pub fn read(&self) -> Result<Told, Refusal> {
        let (kind, id) = self
            .about()
            .ok_or_else(|| Refusal::field(ErrorCode::InvalidField, "subject"))?;
        if self.payload_bytes > self.payload.len() {
            return Err(ErrorCode::PayloadTooLarge.into());
        }
        match kind {
            Kind::User => Told::user(UserId(id), &self.payload),
            Kind::Booking => Told::booking(id, &self.payload),
            // The subject says it all, so that the broker can refuse it to whoever may only tell of people.
            Kind::Erase => Ok(Told::Erase(UserId(id))),
        }
    }

    /// Whom it names; `None` unless all of them can be read, and an erasure can find it by them.
    pub fn people(&self) -> Option<Vec<Uuid>> {
        match self.about()? {
            (Kind::User | Kind::Erase, id) => Some(vec![id]),
            (Kind::Booking, _) => {
                let told: Value = serde_json::from_slice(&self.payload).ok()?;
                let id = |field: &str| told.get(field)?.as_str()?.parse().ok();
                Some(vec![id("trainerId")?, id("clientId")?])
            }
        }
    }

    /// The subject without what cannot be read of it, which may be anything.
    pub fn readable_subject(&self) -> &str {
        if self.about().is_some() {
            return &self.subject;
        }
        let kind = self.subject.split('.').nth(1);
        match kind {
            Some("user") => "directory.user.…",
            Some("booking") => "directory.booking.…",
            Some("erase") => "directory.erase.…",
            _ => "…",
        }
    }

    fn about(&self) -> Option<(Kind, Uuid)> {
        let (kind, id) = self.subject.strip_prefix("directory.")?.split_once('.')?;
        let kind = match kind {
            "user" => Kind::User,
            "booking" => Kind::Booking,
            "erase" => Kind::Erase,
            _ => return None,
        };
        Some((kind, id.parse().ok()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(subject: &str, payload: &[u8]) -> Message {
        Message::from(&Kept {
            subject: subject.to_owned(),
            payload: Bytes::copy_from_slice(payload),
            sequence: 1,
            published: OffsetDateTime::UNIX_EPOCH,
            deliveries: 1,
        })
    }

    fn refused(subject: &str, payload: &[u8]) -> (ErrorCode, Option<String>) {
        let refusal = message(subject, payload).read().unwrap_err();
        (refusal.code, refusal.field)
    }

    #[test]
    fn only_a_kind_and_an_id_are_a_subject() {
        let id = Uuid::from_u128(7);
        for subject in [
            "directory.user".to_owned(),
            "directory.user.42".to_owned(),
            "directory.user.\u{1}\0".to_owned(),
            format!("directory.gym.{id}"),
            format!("directory.user.{id}.x"),
            format!("chat.user.{id}"),
        ] {
            let field = Some("subject".to_owned());
            assert_eq!(
                refused(&subject, b"{}"),
                (ErrorCode::InvalidField, field),
                "{subject:?}"
            );
        }
    }

    #[test]
    fn of_a_message_that_is_too_long_nothing_is_kept() {
        let subject = format!("directory.user.{}", Uuid::from_u128(7));
        let longest = message(&subject, &vec![b' '; LINE_BYTES]);
        let longer = message(&subject, &vec![b' '; LINE_BYTES + 1]);

        assert_eq!(longest.read().unwrap_err().code, ErrorCode::BadFrame);
        assert_eq!(longer.read().unwrap_err().code, ErrorCode::PayloadTooLarge);
        assert!(longer.payload.is_empty());
        assert_eq!(longer.people(), Some(vec![Uuid::from_u128(7)]));
    }

    #[test]
    fn who_is_named_is_read_even_where_the_rest_cannot_be() {
        let (tom, anna) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let body = format!(r#"{{"trainerId":"{tom}","clientId":"{anna}","status":"lost"}}"#);

        let people = |subject: &str, body: &str| message(subject, body.as_bytes()).people();
        let booking = format!("directory.booking.{}", Uuid::from_u128(3));

        assert_eq!(people(&booking, &body), Some(vec![tom, anna]));
        assert_eq!(people(&booking, &body.replace("clientId", "client")), None);
        assert_eq!(people(&booking, "no json"), None);
        assert_eq!(
            people(&format!("directory.user.{anna}"), "no json"),
            Some(vec![anna])
        );
        assert_eq!(people("directory.user.anna", &body), None);
    }
}
