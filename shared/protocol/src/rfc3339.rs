//! Times on the wire: RFC 3339 in UTC with milliseconds. For `#[serde(with = "rfc3339")]`.

use serde::{Deserialize, Deserializer, Serializer, de, ser};
use time::{OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339};

/// Cuts a time to the precision of the wire, so that what is stored equals what was told.
pub fn millis(time: OffsetDateTime) -> OffsetDateTime {
    // A time whose UTC lies beyond the last year that can be written stays in its own offset.
    let time = time.checked_to_offset(UtcOffset::UTC).unwrap_or(time);
    time.replace_millisecond(time.millisecond()).unwrap_or(time)
}

pub fn serialize<S: Serializer>(time: &OffsetDateTime, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&millis(*time).format(&Rfc3339).map_err(ser::Error::custom)?)
}

pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<OffsetDateTime, D::Error> {
    let raw = <std::borrow::Cow<'_, str>>::deserialize(deserializer)?;
    OffsetDateTime::parse(&raw, &Rfc3339).map_err(de::Error::custom)
}

/// The same for a time that may be absent.
pub mod option {
    use super::{Deserialize, Deserializer, OffsetDateTime, Rfc3339, Serializer, de};

    pub fn serialize<S: Serializer>(time: &Option<OffsetDateTime>, serializer: S) -> Result<S::Ok, S::Error> {
        match time {
            Some(time) => super::serialize(time, serializer),
            None => serializer.serialize_none(),
        }
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<OffsetDateTime>, D::Error> {
        let raw = Option::<std::borrow::Cow<'_, str>>::deserialize(deserializer)?;
        raw.map(|raw| OffsetDateTime::parse(&raw, &Rfc3339).map_err(de::Error::custom))
            .transpose()
    }
}
