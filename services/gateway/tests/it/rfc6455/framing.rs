//! Sections 1, 3 and 4: lengths of frames, reserved bits, reserved opcodes, masks.

use testkit::Person;

use super::{
    case::{Case, Heard, command, message},
    peer::{BINARY, FIN, TEXT, frame, head, ping, text},
};

const LENGTHS: [usize; 6] = [125, 126, 127, 128, 65_535, 65_536];

pub fn cases(anna: &Person) -> Vec<Case> {
    [lengths(anna), reserved_bits(), reserved_opcodes(), masks()]
        .into_iter()
        .flatten()
        .collect()
}

fn lengths(anna: &Person) -> Vec<Case> {
    let mut cases = vec![Case::new("1.1 an empty text is a message", vec![text("")]).hears(Heard::BadFrame)];
    for length in LENGTHS {
        let name = format!("1.1 a text of {length} bytes");
        let case = || Case::new(&name, vec![text(command(1, length))]).hears(Heard::Answer(1));
        cases.push(case());
        // Whole, but in as many segments as it takes.
        cases.push(case().chopped(if length > 1_000 { 997 } else { 1 }));
    }
    for length in [0].into_iter().chain(LENGTHS) {
        let binary = frame(FIN | BINARY, &vec![0xfe; length]);
        cases.push(
            Case::new(
                format!("1.2 binary of {length} bytes is not spoken"),
                vec![binary],
            )
            .closes(1003),
        );
    }
    for words in ["x".repeat(4_000), "ready for Monday".to_owned()] {
        let (said, heard) = message(anna, &words);
        cases.push(Case::new("1.1 a text arrives as it was sent", vec![text(said)]).hears(heard));
    }
    let (said, heard) = message(anna, &"7 bytes at once ".repeat(20));
    cases.push(
        Case::new("1.1 a text arrives as it was sent", vec![text(said)])
            .chopped(7)
            .hears(heard),
    );
    cases
}

fn reserved_bits() -> Vec<Case> {
    let mut cases = Vec::new();
    for bits in 1..=7_u8 {
        let reserved = bits << 4;
        for (kind, opcode) in [("text", TEXT), ("binary", BINARY), ("ping", 0x9), ("close", 0x8)] {
            let bad = frame(FIN | reserved | opcode, b"");
            let name = format!("3 reserved bits {bits:03b} of a {kind}");
            cases.push(Case::new(name, vec![bad]).closes(1002));
        }
    }
    let after = [
        text(command(1, 125)),
        frame(FIN | 0x40 | TEXT, b"x"),
        ping("late"),
    ]
    .concat();
    for case in [
        Case::new("3 reserved bits after a good text", vec![after.clone()]),
        Case::new("3 reserved bits after a good text", vec![after]).chopped(1),
    ] {
        cases.push(case.hears(Heard::Answer(1)).closes(1002));
    }
    cases
}

fn reserved_opcodes() -> Vec<Case> {
    let mut cases = Vec::new();
    for opcode in (3..=7_u8).chain(11..=15) {
        for payload in [&b""[..], b"x"] {
            let bad = frame(FIN | opcode, payload);
            let name = format!("4 reserved opcode {opcode} with {} bytes", payload.len());
            cases.push(Case::new(name, vec![bad.clone()]).closes(1002));
            let name = format!(
                "4 reserved opcode {opcode} with {} bytes after a good text",
                payload.len()
            );
            let says = vec![text(command(1, 125)), bad, ping("late")];
            cases.push(Case::new(name, says).hears(Heard::Answer(1)).closes(1002));
        }
    }
    cases
}

fn masks() -> Vec<Case> {
    let mut zero = head(FIN | TEXT, 125);
    let at = zero.len() - 4;
    zero.truncate(at);
    zero.extend([0; 4]);
    zero.extend(command(1, 125).bytes());
    let unmasked = |first: u8| vec![FIN | first, 1, b'x'];
    vec![
        Case::new("5.3 a mask of zeros is a mask", vec![zero]).hears(Heard::Answer(1)),
        Case::new("5.1 an unmasked text", vec![unmasked(TEXT)]).closes(1002),
        Case::new("5.1 an unmasked ping", vec![unmasked(0x9)]).closes(1002),
        Case::new(
            "5.1 an unmasked text after a good one",
            vec![text(command(1, 125)), unmasked(TEXT)],
        )
        .hears(Heard::Answer(1))
        .closes(1002),
    ]
}
