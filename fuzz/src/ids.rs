//! Ids, texts and emoji: what is taken is written as it reads, and only what may be is taken.

use std::{fmt::Display, str::FromStr};

use protocol::{ConversationId, Emoji, Epoch, FileId, MessageId, MessageText, UserId, limits};

use crate::{ME, choice, role};

pub fn run(bytes: &[u8]) {
    let (chosen, raw) = choice(bytes);
    let Ok(raw) = std::str::from_utf8(raw) else { return };
    written_again::<UserId>(raw);
    written_again::<FileId>(raw);
    written_again::<Epoch>(raw);
    written_again::<MessageId>(raw);
    written_again::<ConversationId>(raw);
    if let Ok(written) = raw.parse::<ConversationId>()
        && let Some(own) = written.seen_by(ME, role(chosen))
    {
        assert_eq!(
            own.seen_by(ME, role(chosen)),
            Some(own),
            "the canonical order is one's own"
        );
        assert!(own.trainer == ME || own.client == ME);
    }
    if let Ok(text) = MessageText::parse(raw) {
        let again = MessageText::parse(text.as_str()).expect("a text that was taken is one");
        assert_eq!(again.as_str(), text.as_str());
        assert!(text.as_str().chars().count() <= limits::TEXT_CHARS);
        assert!(
            !text
                .as_str()
                .chars()
                .any(|c| c.is_control() && c != '\n' && c != '\t')
        );
    }
    if let Ok(emoji) = Emoji::parse(raw) {
        assert_eq!(
            Emoji::parse(emoji.as_str()).map(Emoji::as_str),
            Ok(emoji.as_str())
        );
    }
}

fn written_again<T: FromStr + Display + PartialEq>(raw: &str) {
    if let Ok(read) = raw.parse::<T>() {
        assert!(
            read.to_string().parse().is_ok_and(|again: T| again == read),
            "{raw}"
        );
    }
}
