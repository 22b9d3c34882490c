//! Searches: a text is found in itself, and what is highlighted is inside of it.

use chat_history::search::Terms;
use protocol::limits;

pub fn run(bytes: &[u8]) {
    let Ok(raw) = std::str::from_utf8(bytes) else {
        return;
    };
    // A line of what is looked for, then the text.
    let (query, text) = raw.split_once('\n').unwrap_or((raw, raw));
    if text.chars().count() > limits::TEXT_CHARS {
        return;
    }
    let Ok(terms) = Terms::parse(query) else { return };
    let _ = terms.wanted();
    assert!(terms.find(query).is_some(), "{query:?} is not found in itself");
    let length = text.chars().count();
    let mut before = 0;
    for range in terms.find(text).unwrap_or_default() {
        assert!(
            range.start < range.end && range.end <= length,
            "{range:?} of {length} in {text:?}"
        );
        assert!(before == 0 || range.start > before, "{range:?} after {before}");
        before = range.end;
    }
}
