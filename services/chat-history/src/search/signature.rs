//! What a stretch of messages may hold: a Bloom filter of the beginnings of words, and of pairs of letters
//! where words are not parted. It may say yes wrongly, never no.

use super::{
    fold::{Folded, Kind},
    terms::words,
};

pub const BITS: usize = 4_096;
/// Beginnings of a word that are kept, in letters. A longer search is narrowed down by all it has.
const BEGINNINGS: [usize; 3] = [2, 4, 7];

const WORDS: usize = BITS / 64;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature([u64; WORDS]);

impl Default for Signature {
    fn default() -> Self {
        Self([0; WORDS])
    }
}

impl Signature {
    /// Takes in a message's text.
    pub fn add(&mut self, text: &str) {
        for word in words(&Folded::of(text)) {
            self.wants(word.letters, word.kind == Kind::Spaced);
            if word.kind == Kind::Unspaced {
                word.letters.iter().for_each(|letter| self.set(&[*letter], false));
            }
        }
    }

    /// Takes in what a search looks for, of which a message's word that matches has every bit.
    pub fn wants(&mut self, letters: &[char], begins: bool) {
        if begins {
            for beginning in BEGINNINGS.iter().filter_map(|len| letters.get(..*len)) {
                self.set(beginning, true);
            }
        } else if letters.len() == 1 {
            self.set(letters, false);
        } else {
            letters.windows(2).for_each(|pair| self.set(pair, false));
        }
    }

    fn set(&mut self, letters: &[char], begins: bool) {
        let bit = usize::try_from(hash(letters, begins) % BITS as u64).unwrap_or_default();
        if let Some(word) = self.0.get_mut(bit / 64) {
            *word |= 1 << (bit % 64);
        }
    }

    /// As PostgreSQL reads `bit(4096)`.
    pub fn to_bits(&self) -> String {
        let mut bits = String::with_capacity(BITS);
        for word in self.0 {
            for place in (0..64).rev() {
                bits.push(if word >> place & 1 == 1 { '1' } else { '0' });
            }
        }
        bits
    }
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

    fn may_hold(signature: &Signature, mask: &Signature) -> bool {
        signature
            .0
            .iter()
            .zip(mask.0)
            .all(|(bits, wanted)| bits & wanted == wanted)
    }

    proptest! {
        /// Whatever a search finds in a text, the signature of the text does not hide.
        #[test]
        fn a_signature_never_hides_what_a_search_finds(
            text in "([a-zA-ZäößŁ 明天训练腿กินข้าว💪운동नमस्ते.,!]{1,12} ?){1,8}",
            from in 0_usize..40,
            len in 1_usize..10,
        ) {
            let q: String = text.chars().skip(from).take(len).collect();
            let Ok(terms) = Terms::parse(&q) else { return Ok(()) };
            let mut signature = Signature::default();
            signature.add("something else entirely");
            signature.add(&text);

            if terms.find(&text).is_some() {
                prop_assert!(may_hold(&signature, &terms.mask()), "{} in {}", q, text);
            }
        }
    }

    #[test]
    fn most_of_what_is_not_there_is_ruled_out() {
        let mut signature = Signature::default();
        for n in 0..32 {
            signature.add(&format!(
                "see you on Monday at seven, bring water and shoe number {n}"
            ));
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
            .filter(|q| may_hold(&signature, &Terms::parse(q).unwrap().mask()));

        assert!(held.count() <= 1);
        assert_eq!(signature.to_bits().len(), BITS);
    }
}
