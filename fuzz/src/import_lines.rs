//! NDJSON of the directory: whatever pieces a body comes in, the lines are the same.

use trainer_roster::outside::import;

use crate::choice;

pub fn run(bytes: &[u8]) {
    let (size, body) = choice(bytes);
    let whole = outcomes(std::iter::once(body));
    let pieces = outcomes(body.chunks(usize::from(size).max(1)));
    assert_eq!(whole, pieces);
}

fn outcomes<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> Vec<Option<(String, Option<String>)>> {
    let judged = import(pieces).into_iter();
    judged
        .map(|line| match line {
            Ok(()) => None,
            Err(None) => Some(("too long".to_owned(), None)),
            Err(Some(refusal)) => Some((refusal.code.to_string(), refusal.field)),
        })
        .collect()
}
