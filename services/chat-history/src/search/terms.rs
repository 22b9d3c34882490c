//! What somebody looks for: each of its words must be in a message.

use protocol::{ErrorCode, error::Refusal, http::Highlight, limits};

use super::{
    fold::{Folded, Kind, kind},
    slices::{self, Wanted},
};

/// Words of one search.
const WORDS: usize = 16;

/// At least one word.
#[derive(Debug)]
pub struct Terms(Vec<Term>);

#[derive(Debug, PartialEq, Eq)]
pub struct Term {
    pub letters: Vec<char>,
    /// It begins a word; else it may stand anywhere.
    pub begins: bool,
}

impl Terms {
    /// Refuses what is too long, and what holds nothing to look for.
    pub fn parse(raw: &str) -> Result<Self, Refusal> {
        let refusal = || Refusal::field(ErrorCode::InvalidField, "q");
        if raw.chars().count() > limits::SEARCH_CHARS {
            return Err(refusal());
        }
        let terms: Vec<Term> = words(&Folded::of(raw))
            .map(|word| Term {
                letters: word.letters.to_vec(),
                begins: word.kind == Kind::Spaced,
            })
            .collect();
        if terms.is_empty() || terms.len() > WORDS {
            return Err(refusal());
        }
        Ok(Self(terms))
    }

    /// Where a stretch says which of its messages are worth a look.
    pub fn wanted(&self) -> Wanted {
        slices::wanted(&self.0)
    }

    /// Where the terms stand in `text`, in characters; `None` unless each does.
    pub fn find(&self, text: &str) -> Option<Vec<Highlight>> {
        let folded = Folded::of(text);
        let words: Vec<Word> = words(&folded).collect();
        let mut found = Vec::new();
        for term in &self.0 {
            let before = found.len();
            for word in &words {
                term.find_in(word, &folded, &mut found);
            }
            if found.len() == before {
                return None;
            }
        }
        Some(merged(found))
    }
}

impl Term {
    fn find_in(&self, word: &Word<'_>, folded: &Folded, found: &mut Vec<Highlight>) {
        if self.begins != (word.kind == Kind::Spaced) {
            return;
        }
        let starts = if self.begins {
            1
        } else {
            (word.letters.len() + 1).saturating_sub(self.letters.len())
        };
        for start in 0..starts {
            let is_here = word
                .letters
                .get(start..)
                .is_some_and(|rest| rest.starts_with(&self.letters));
            if is_here {
                let from = word.start + start;
                let (start, end) = folded.place(from, from + self.letters.len());
                found.push(Highlight { start, end });
            }
        }
    }
}

/// In order, those that touch as one.
fn merged(mut found: Vec<Highlight>) -> Vec<Highlight> {
    found.sort_unstable_by_key(|range| (range.start, range.end));
    let mut merged: Vec<Highlight> = Vec::with_capacity(found.len());
    for range in found {
        match merged.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => merged.push(range),
        }
    }
    merged
}

/// Letters of one kind that stand together.
#[derive(Debug)]
pub struct Word<'a> {
    pub letters: &'a [char],
    pub kind: Kind,
    start: usize,
}

/// The words of a text, in order.
pub fn words(folded: &Folded) -> impl Iterator<Item = Word<'_>> {
    let mut start = 0;
    let runs = folded.letters.chunk_by(|one, next| kind(*one) == kind(*next));
    runs.filter_map(move |letters| {
        let word = Word {
            letters,
            kind: kind(*letters.first()?),
            start,
        };
        start += letters.len();
        (word.kind != Kind::Gap).then_some(word)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(q: &str, text: &str) -> Option<Vec<String>> {
        let ranges = Terms::parse(q).unwrap().find(text)?;
        let letters: Vec<char> = text.chars().collect();
        let shown = ranges
            .iter()
            .map(|range| letters[range.start..range.end].iter().collect());
        Some(shown.collect())
    }

    fn shows(q: &str, text: &str, highlighted: &[&str]) {
        let expected = highlighted.iter().map(ToString::to_string).collect();
        assert_eq!(found(q, text), Some(expected), "{q} in {text}");
    }

    #[test]
    fn words_are_found_by_their_beginnings_without_case_and_accents() {
        shows("train", "Training, trainer and RETRAIN", &["Train", "train"]);
        shows("zoe", "Zoë and ZOÉ", &["Zoë", "ZOÉ"]);
        shows("strasse 5", "Straße 5a", &["Straße", "5"]);
        shows("łodz", "w Łodzi", &["Łodz"]);
        shows("jose", "Jose\u{301} came", &["Jose\u{301}"]);
        shows("привет", "ПРИВЕТ!", &["ПРИВЕТ"]);
        shows("σοφος", "ΣΟΦΟΣ", &["ΣΟΦΟΣ"]);
        assert_eq!(found("rain", "training"), None);
        assert_eq!(found("train leg", "leg day"), None, "each must be there");
    }

    #[test]
    fn scripts_without_spaces_and_signs_are_found_anywhere() {
        shows("训练", "明天训练腿", &["训练"]);
        shows("腿", "明天训练腿", &["腿"]);
        shows("กิน", "วันนี้กินข้าว", &["กิน"]);
        shows("トレ", "筋トレする", &["トレ"]);
        shows("💪", "well done 💪💪", &["💪💪"]);
        assert_eq!(found("กน", "วันนี้กินข้าว"), None, "a vowel is a letter there");
    }

    #[test]
    fn scripts_whose_letters_are_built_of_parts_are_found_while_they_are_typed() {
        shows("운", "운동하자", &["운"]);
        shows("우", "운동하자", &["운"]);
        shows("नमस्", "नमस्ते", &["नमस्"]);
        shows("שלום", "שָׁלוֹם", &["שָׁלוֹם"]);
    }

    #[test]
    fn what_overlaps_is_one_range() {
        shows("tra train", "training", &["train"]);
        shows("练练", "练练练", &["练练练"]);
    }

    #[test]
    fn what_holds_nothing_to_look_for_is_refused() {
        for q in [
            "",
            "  ",
            ".,!?",
            "…",
            &"x".repeat(limits::SEARCH_CHARS + 1),
            &"a ".repeat(17),
        ] {
            let refusal = Terms::parse(q).unwrap_err();
            assert_eq!(
                (refusal.code, refusal.field.as_deref()),
                (ErrorCode::InvalidField, Some("q"))
            );
        }
    }
}
