//! What may be put on a message: one emoji of Unicode's list.

use serde::{Deserialize, Serialize};

use crate::error::{ErrorCode, Refusal};

/// An emoji of the list. Only [`Emoji::parse`] makes one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub struct Emoji(&'static str);

impl Emoji {
    /// Reads one emoji and nothing else. Spellings that differ only in how much they insist on the picture
    /// are one emoji, in the spelling of the list.
    pub fn parse(raw: &str) -> Result<Self, Refusal> {
        emojis::get(raw)
            .map(|emoji| Self(emoji.as_str()))
            .ok_or_else(|| Refusal::field(ErrorCode::InvalidField, "emoji"))
    }

    pub fn as_str(self) -> &'static str {
        self.0
    }
}

impl<'de> Deserialize<'de> for Emoji {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <std::borrow::Cow<'_, str>>::deserialize(deserializer)?;
        Self::parse(&raw).map_err(|_| serde::de::Error::custom("not an emoji"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_emoji_of_the_list_is_taken() {
        let variants = emojis::iter().flat_map(|emoji| {
            let tones = emoji.skin_tones().into_iter().flatten();
            std::iter::once(emoji).chain(tones)
        });
        for emoji in variants {
            assert_eq!(Emoji::parse(emoji.as_str()).unwrap().as_str(), emoji.as_str());
        }
    }

    #[test]
    fn spellings_of_one_emoji_are_one() {
        assert_eq!(Emoji::parse("\u{2764}"), Emoji::parse("\u{2764}\u{fe0f}"));
    }

    #[test]
    fn words_two_emoji_and_what_is_no_emoji_are_refused() {
        for raw in [
            "", "a", "1", "buy now", "💪💪", "💪 ", "\u{200d}", "\u{fe0f}", "🇦", "é", "<b>",
        ] {
            assert!(Emoji::parse(raw).is_err(), "{raw:?}");
        }
    }
}
