//! Text without case and accents, for search: `Zoë` is found by `zoe`, `ŁUKASZ` by `lukasz`.
//!
//! It is done here and not by PostgreSQL's `unaccent`, so that the same letters meet on both sides on
//! every server, and migrations need no right to create extensions. What is stored was folded by the
//! release that stored it: after a change here, `roster.person.folded` is written anew.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// Folds one text.
pub fn text(raw: &str) -> String {
    let mut folded = String::with_capacity(raw.len());
    let letters = raw
        .nfkd()
        .flat_map(char::to_lowercase)
        .filter(|letter| !is_combining_mark(*letter));
    for letter in letters {
        match plain(letter) {
            Some(plain) => folded.push_str(plain),
            None => folded.push(letter),
        }
    }
    folded
}

/// What `search` looks in. A line break keeps a name's end from joining the address's beginning.
pub fn person(name: &str, email: &str) -> String {
    text(&format!("{name}\n{email}"))
}

/// A `like` pattern for each word of a search; each of them must be found.
pub fn patterns(search: &str) -> Vec<String> {
    text(search)
        .split_whitespace()
        .map(|word| {
            let literal = word.replace('\\', r"\\").replace('%', r"\%").replace('_', r"\_");
            format!("%{literal}%")
        })
        .collect()
}

/// The pattern that an index narrows down best: the longest.
pub fn narrowest(patterns: &[String]) -> Option<&str> {
    patterns
        .iter()
        .map(String::as_str)
        .max_by_key(|pattern| pattern.len())
}

/// Letters that Unicode does not take apart, as people type them without the accent.
fn plain(letter: char) -> Option<&'static str> {
    Some(match letter {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ø' => "o",
        'đ' | 'ð' => "d",
        'ł' => "l",
        'þ' => "th",
        'ı' => "i",
        'ħ' => "h",
        'ŧ' => "t",
        'ς' => "σ",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn case_and_accents_do_not_matter() {
        for (written, typed) in [
            ("Zoë", "ZOE"),
            ("ŁUKASZ", "lukasz"),
            ("Straße", "STRASSE"),
            ("Ångström", "angstrom"),
            ("İbrahim", "ibrahim"),
            ("Jose\u{301}", "José"),
            ("Ζωής", "ΖΩΗΣ"),
        ] {
            assert_eq!(text(written), text(typed), "{written} {typed}");
        }
    }

    #[test]
    fn what_means_something_to_like_is_taken_literally() {
        assert_eq!(patterns(r"50%_a\ B"), [r"%50\%\_a\\%", "%b%"]);
        assert!(patterns(" \t ").is_empty());
    }

    proptest! {
        #[test]
        fn folding_twice_changes_nothing(raw in "\\PC{0,60}") {
            let once = text(&raw);
            prop_assert_eq!(text(&once), once);
        }
    }
}
