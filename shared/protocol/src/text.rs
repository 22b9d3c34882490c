//! Message text: kept as sent, after NFC; never trimmed, escaped or stripped.

use serde::{Deserialize, Serialize};
use unicode_normalization::{UnicodeNormalization, is_nfc};

use crate::{error::ErrorCode, limits};

/// Text that may be stored. Only [`MessageText::parse`] makes one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MessageText(String);

/// Why a text was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    #[error("the text has more than {} characters", limits::TEXT_CHARS)]
    TooLong,
    #[error("the text holds a control character other than newline and tab")]
    ControlCharacter,
}

impl TextError {
    pub fn code(self) -> ErrorCode {
        match self {
            Self::TooLong => ErrorCode::TextTooLong,
            Self::ControlCharacter => ErrorCode::InvalidField,
        }
    }
}

impl MessageText {
    /// Normalises to NFC, refuses control characters, enforces [`limits::TEXT_CHARS`]; never trims.
    pub fn parse(raw: &str) -> Result<Self, TextError> {
        // A character is one to four bytes, and NFC at most triples a text: refuse early what cannot fit.
        if raw.len() > limits::TEXT_CHARS * 4 * 3 {
            return Err(TextError::TooLong);
        }
        let text = if is_nfc(raw) {
            raw.to_owned()
        } else {
            raw.nfc().collect()
        };
        if text.chars().any(|c| c.is_control() && c != '\n' && c != '\t') {
            return Err(TextError::ControlCharacter);
        }
        if text.chars().count() > limits::TEXT_CHARS {
            return Err(TextError::TooLong);
        }
        Ok(Self(text))
    }

    /// Nothing but white space: allowed only beside an attachment.
    pub fn is_blank(&self) -> bool {
        self.0.chars().all(char::is_whitespace)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn into_string(self) -> String {
        self.0
    }
}

impl<'de> Deserialize<'de> for MessageText {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <std::borrow::Cow<'_, str>>::deserialize(deserializer)?;
        Self::parse(&raw).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn text_is_composed_and_otherwise_kept_as_sent() {
        let text = MessageText::parse(" <b>Cafe\u{301}</b>\n\t").unwrap();

        assert_eq!(text.as_str(), " <b>Caf\u{e9}</b>\n\t");
    }

    #[test]
    fn control_characters_are_refused() {
        for raw in ["\0", "a\u{7}b", "\u{9f}", "a\rb"] {
            assert_eq!(
                MessageText::parse(raw),
                Err(TextError::ControlCharacter),
                "{raw:?}"
            );
        }
    }

    #[test]
    fn the_limit_counts_characters_not_bytes() {
        assert!(MessageText::parse(&"💪".repeat(limits::TEXT_CHARS)).is_ok());
        assert_eq!(
            MessageText::parse(&"💪".repeat(limits::TEXT_CHARS + 1)),
            Err(TextError::TooLong)
        );
    }

    proptest! {
        #[test]
        fn parsing_twice_changes_nothing(raw in "\\PC{0,200}") {
            if let Ok(text) = MessageText::parse(&raw) {
                prop_assert_eq!(MessageText::parse(text.as_str()), Ok(text));
            }
        }
    }
}
