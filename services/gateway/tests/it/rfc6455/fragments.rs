//! Section 5: messages in fragments, and what may stand between them.

use testkit::Person;

use super::{
    case::{Case, Heard, command, message},
    peer::{BINARY, CONTINUATION, FIN, TEXT, frame, ping, text},
};

pub fn cases(anna: &Person) -> Vec<Case> {
    [allowed(), arriving(anna), forbidden()]
        .into_iter()
        .flatten()
        .collect()
}

/// A text in fragments of these sizes, the rest in a last one.
fn parts(payload: &str, sizes: &[usize]) -> Vec<Vec<u8>> {
    let mut rest = payload.as_bytes();
    let mut parts = Vec::new();
    let mut opcode = TEXT;
    for size in sizes {
        let (part, more) = rest.split_at(*size);
        parts.push(frame(opcode, part));
        (rest, opcode) = (more, CONTINUATION);
    }
    parts.push(frame(FIN | opcode, rest));
    parts
}

fn allowed() -> Vec<Case> {
    let whole = command(1, 200);
    let mut cases = Vec::new();
    for (name, sizes) in [
        ("5.3 in two fragments", &[100][..]),
        ("5.4 whose first fragment is empty", &[0, 100]),
        ("5.5 whose middle is empty", &[100, 0, 0]),
        ("5.6 whose last is empty", &[200]),
        ("5.7 all empty but one", &[0, 0, 200, 0]),
    ] {
        let case = || Case::new(format!("{name}: a text"), parts(&whole, sizes)).hears(Heard::Answer(1));
        cases.push(case());
        cases.push(case().chopped(1));
    }
    let bytes = parts(&whole, &[1; 199]);
    cases.push(Case::new("5 of single bytes: a text", bytes).hears(Heard::Answer(1)));
    let empty = vec![frame(TEXT, b""), frame(CONTINUATION, b""), frame(FIN, b"")];
    cases.push(Case::new("6.1 of nothing: an empty text", empty).hears(Heard::BadFrame));

    let mut between = parts(&whole, &[50, 50, 50]);
    for (at, n) in [(3, 3), (2, 2), (1, 1)] {
        between.insert(at, ping(format!("between {n}")));
    }
    for case in [
        Case::new("5.19 pings between fragments", between.clone()),
        Case::new("5.20 pings between fragments", between).chopped(1),
    ] {
        let pongs = (1..=3).map(|n| Heard::Pong(format!("between {n}").into_bytes()));
        cases.push(pongs.fold(case, Case::hears).hears(Heard::Answer(1)));
    }
    cases
}

fn arriving(anna: &Person) -> Vec<Case> {
    let words = "one message, however it was cut: ".repeat(30);
    [1, 7, 100]
        .map(|size| {
            let (said, heard) = message(anna, &words);
            let sizes = vec![size; said.len() / size - 1];
            Case::new(
                format!("5 in fragments of {size} bytes arrives as it was sent"),
                parts(&said, &sizes),
            )
            .hears(heard)
        })
        .into()
}

fn forbidden() -> Vec<Case> {
    let good = || text(command(1, 125));
    let mut cases = Vec::new();
    for (kind, first) in [("final", FIN), ("unfinished", 0)] {
        let lone = frame(first | CONTINUATION, b"x");
        cases.push(
            Case::new(
                format!("5.9 a {kind} continuation of nothing"),
                vec![lone.clone()],
            )
            .closes(1002),
        );
        cases.push(
            Case::new(
                format!("5.12 a {kind} continuation after a whole text"),
                vec![good(), lone],
            )
            .hears(Heard::Answer(1))
            .closes(1002),
        );
        for (new, opcode) in [("text", TEXT), ("binary", BINARY)] {
            let inside = vec![frame(TEXT, b"begun"), frame(first | opcode, b"another")];
            cases.push(Case::new(format!("5.18 a {kind} {new} inside a text"), inside).closes(1002));
        }
    }
    let twice = vec![frame(TEXT, b"{"), frame(FIN, b"}"), frame(FIN, b"}")];
    cases.push(
        Case::new("5.15 a continuation after the end", twice)
            .hears(Heard::BadFrame)
            .closes(1002),
    );
    let binary = vec![frame(BINARY, b"ab"), frame(FIN, b"c")];
    cases.push(Case::new("5 a binary message in fragments is not spoken", binary).closes(1003));
    cases
}
