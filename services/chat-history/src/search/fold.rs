//! Letters without case and accents, one at a time, so that what was found can be pointed at in the text as it
//! was written.
//!
//! The roster folds names with all marks off. Here the vowels of Thai and Indic scripts, which are marks to
//! Unicode, stay: without them other words would be found.

use unicode_normalization::char::decompose_compatible;

/// A text as it is compared.
#[derive(Debug, Default)]
pub struct Folded {
    pub letters: Vec<char>,
    /// For each letter, the character of the text it comes from.
    pub from: Vec<usize>,
    /// Characters of the text.
    pub len: usize,
}

impl Folded {
    pub fn of(text: &str) -> Self {
        let mut folded = Self::default();
        for (place, written) in text.chars().enumerate() {
            folded.len = place + 1;
            if written.is_ascii() {
                folded.push(written.to_ascii_lowercase(), place);
            } else {
                folded.push_decomposed(written, place);
            }
        }
        folded
    }

    fn push_decomposed(&mut self, written: char, place: usize) {
        decompose_compatible(written, |part| {
            for letter in part.to_lowercase().filter(|letter| !is_accent(*letter)) {
                match plain(letter) {
                    Some(plain) => plain.chars().for_each(|letter| self.push(letter, place)),
                    None => self.push(letter, place),
                }
            }
        });
    }

    fn push(&mut self, letter: char, place: usize) {
        self.letters.push(letter);
        self.from.push(place);
    }

    /// Where in the text the letters from `start` to before `end` stand, with the accents that follow.
    pub fn place(&self, start: usize, end: usize) -> (usize, usize) {
        let at = |letter: usize| self.from.get(letter).copied().unwrap_or(self.len);
        let first = at(start);
        let last = at(end.saturating_sub(1));
        let next = at(end);
        // Between this letter and the next there is only what folding takes away.
        (first, next.max(last + 1))
    }
}

/// Marks that people leave out when they type: accents, and the points of Hebrew and Arabic.
fn is_accent(letter: char) -> bool {
    matches!(u32::from(letter),
        0x0300..=0x036F | 0x0483..=0x0489 | 0x0591..=0x05BD | 0x05BF..=0x05C7 | 0x0610..=0x061A
        | 0x064B..=0x065F | 0x0670 | 0x06D6..=0x06DC | 0x1AB0..=0x1AFF | 0x1DC0..=0x1DFF
        | 0x20D0..=0x20FF | 0xFE00..=0xFE0F | 0xFE20..=0xFE2F)
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

/// How letters join to what can be looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Of scripts that part words with spaces: words are found by their beginnings.
    Spaced,
    /// Of scripts that do not, and signs such as emoji: found wherever they stand.
    Unspaced,
    /// Parts words.
    Gap,
}

pub fn kind(letter: char) -> Kind {
    let code = u32::from(letter);
    match code {
        // Thai, Lao, Tibetan, Myanmar, Khmer; kana; Han.
        0x0E00..=0x0FFF
        | 0x1000..=0x109F
        | 0x1780..=0x17FF
        | 0x3040..=0x30FF
        | 0x31F0..=0x31FF
        | 0x3400..=0x4DBF
        | 0x4E00..=0x9FFF
        | 0xF900..=0xFAFF
        | 0x2_0000..=0x3_FFFF => Kind::Unspaced,
        _ if letter.is_alphanumeric() || is_vowel_sign(code) => Kind::Spaced,
        // Emoji and other signs, not punctuation.
        0x2190..=0x2BFF | 0x1_F000..=0x1_FAFF | 0x00A2..=0x00A9 | 0x20A0..=0x20CF => Kind::Unspaced,
        _ => Kind::Gap,
    }
}

/// Marks of Indic scripts that are no letters to Rust, and part no word.
fn is_vowel_sign(code: u32) -> bool {
    matches!(code, 0x0900..=0x0DFF | 0x1B00..=0x1CFF | 0xA800..=0xA9FF)
}
