//! Which messages of a stretch may hold what: for each of 256 hashes, one bit a message. What is hashed are
//! the beginnings of words, and pairs of letters where words are not parted. It may say yes wrongly, never no.

use super::{
    digest::STRETCH,
    fold::{Folded, Kind},
    terms::{Term, words},
};

pub const SLICES: usize = 256;
/// Slices that one search looks at; what more it has is left to the look at the text.
pub const LOOKED_AT: usize = 8;
/// Beginnings of a word that are kept, in letters. A longer search is narrowed down by all it has.
const BEGINNINGS: [usize; 4] = [1, 2, 4, 7];

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slices([u32; SLICES]);

/// Where to look for all of a search's terms, as PostgreSQL counts: from 1.
pub type Wanted = [i32; LOOKED_AT];

impl Default for Slices {
    fn default() -> Self {
        Self([0; SLICES])
    }
}

impl Slices {
    /// Takes in the text of the message at `seq`.
    pub fn add(&mut self, seq: u64, text: &str) {
        let bit = 1 << (seq % STRETCH);
        for word in words(&Folded::of(text)) {
            if word.kind == Kind::Spaced {
                beginnings(word.letters).for_each(|slice| self.set(slice, bit));
            } else {
                parts(word.letters).for_each(|slice| self.set(slice, bit));
                word.letters
                    .iter()
                    .for_each(|letter| self.set(slice(&[*letter], false), bit));
            }
        }
    }

    fn set(&mut self, slice: usize, bit: u32) {
        if let Some(messages) = self.0.get_mut(slice) {
            *messages |= bit;
        }
    }

    /// As PostgreSQL reads `int[]`.
    pub fn to_array(&self) -> String {
        let numbers: Vec<String> = self.0.iter().map(|bits| bits.cast_signed().to_string()).collect();
        format!("{{{}}}", numbers.join(","))
    }
}

/// The slices of which a message that has all `terms` has every one: of each term in turn the longest
/// beginning first, because it is the rarest.
pub fn wanted(terms: &[Term]) -> Wanted {
    let mut each: Vec<Vec<usize>> = terms
        .iter()
        .map(|term| {
            if term.begins {
                beginnings(&term.letters).collect()
            } else {
                parts(&term.letters).collect()
            }
        })
        .collect();
    let mut wanted = Vec::with_capacity(LOOKED_AT);
    while wanted.len() < LOOKED_AT && each.iter().any(|slices| !slices.is_empty()) {
        for slice in each.iter_mut().filter_map(Vec::pop) {
            if !wanted.contains(&slice) {
                wanted.push(slice);
            }
        }
    }
    let mut around = wanted.iter().cycle();
    std::array::from_fn(|_| {
        let slice = around.next().copied().unwrap_or_default();
        i32::try_from(slice + 1).unwrap_or(1)
    })
}

fn beginnings(letters: &[char]) -> impl Iterator<Item = usize> {
    BEGINNINGS
        .iter()
        .filter_map(|len| letters.get(..*len))
        .map(|beginning| slice(beginning, true))
}

/// Of what may stand anywhere: each pair of letters, or the only one.
fn parts(letters: &[char]) -> impl Iterator<Item = usize> {
    let len = letters.len().clamp(1, 2);
    letters.windows(len).map(|part| slice(part, false))
}

fn slice(letters: &[char], begins: bool) -> usize {
    usize::try_from(hash(letters, begins) % SLICES as u64).unwrap_or_default()
}

/// FNV-1a, the same on every machine and in every release: what was stored was hashed by it.
fn hash(letters: &[char], begins: bool) -> u64 {
    let letters = letters.iter().flat_map(|letter| u32::from(*letter).to_le_bytes());
    let bytes = std::iter::once(u8::from(begins)).chain(letters);
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    // The low bits of FNV alone mix badly.
    hash ^ (hash >> 32)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::search::Terms;

    /// The messages that may hold it, one bit each, as the statement in `stretches` has them.
    fn hits(slices: &Slices, terms: &Terms) -> u32 {
        let slice = |place: &i32| slices.0[usize::try_from(*place).unwrap() - 1];
        terms
            .wanted()
            .iter()
            .map(slice)
            .fold(u32::MAX, |all, slice| all & slice)
    }

    proptest! {
        /// Whatever a search finds in a text, the slices of the text do not hide.
        #[test]
        fn slices_never_hide_what_a_search_finds(
            text in "([a-zA-ZäößŁ 明天训练腿กินข้าว💪운동नमस्ते.,!]{1,12} ?){1,8}",
            from in 0_usize..40,
            len in 1_usize..30,
            seq in 0_u64..100,
        ) {
            let q: String = text.chars().skip(from).take(len).collect();
            let Ok(terms) = Terms::parse(&q) else { return Ok(()) };
            let mut slices = Slices::default();
            slices.add(seq + 1, "something else entirely");
            slices.add(seq, &text);

            if terms.find(&text).is_some() {
                prop_assert!(hits(&slices, &terms) >> (seq % 32) & 1 == 1, "{} in {}", q, text);
            }
        }
    }

    #[test]
    fn most_of_what_is_not_there_is_ruled_out() {
        let mut slices = Slices::default();
        for n in 0..32 {
            slices.add(
                n,
                &format!("see you on Monday at seven, bring water and shoe number {n}"),
            );
        }

        let absent = [
            "deadlift",
            "protein",
            "physiotherapist",
            "squats",
            "marathon",
            "腿",
        ];
        let held = absent
            .iter()
            .map(|q| hits(&slices, &Terms::parse(q).unwrap()).count_ones());

        assert!(held.sum::<u32>() <= 32, "of six times 32");
        assert_eq!(hits(&slices, &Terms::parse("monday shoe").unwrap()), u32::MAX);
    }

    #[test]
    fn one_message_has_all_words_of_a_search_and_not_its_neighbour_the_rest() {
        let mut slices = Slices::default();
        slices.add(1, "deadlift");
        slices.add(2, "monday");
        slices.add(35, "deadlift on monday");

        assert_eq!(hits(&slices, &Terms::parse("monday deadlift").unwrap()), 1 << 3);
    }
}
