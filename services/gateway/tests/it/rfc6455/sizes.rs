//! Sections 9 and 10: messages up to the limit, whatever pieces they come in, and none over it.

use protocol::limits::FRAME_BYTES;

use super::{
    case::{Case, Heard, command},
    peer::{BINARY, CONTINUATION, FIN, TEXT, frame, head, text},
};

pub fn cases() -> Vec<Case> {
    let mut cases = vec![
        Case::new("9.1 a text of the limit", vec![text(command(1, FRAME_BYTES))]).hears(Heard::Answer(1)),
        Case::new(
            "9.1 a text of one byte more",
            vec![text(command(1, FRAME_BYTES + 1))],
        )
        .closes(1009),
        Case::new("9.1 a megabyte", vec![text("x".repeat(1 << 20))]).closes(1009),
    ];
    for size in [64, 256, 1_024, 1_300, 4_096, 16_384, 32_768] {
        let name = format!("fragments of {size} bytes");
        cases.push(
            Case::new(
                format!("9.3 a text of the limit in {name}"),
                cut(FRAME_BYTES, size),
            )
            .hears(Heard::Answer(1)),
        );
        cases.push(
            Case::new(
                format!("9.3 a text of one byte more in {name}"),
                cut(FRAME_BYTES + 1, size),
            )
            .closes(1009),
        );
    }
    for size in [64, 128, 1_024, 2_048] {
        let whole = vec![text(command(1, FRAME_BYTES))];
        cases.push(
            Case::new("9.5 a text of the limit", whole)
                .chopped(size)
                .hears(Heard::Answer(1)),
        );
    }
    cases.push(
        Case::new(
            "10.1 a text of the limit in fragments of 1,300 bytes",
            cut(FRAME_BYTES, 1_300),
        )
        .hears(Heard::Answer(1)),
    );
    cases.extend(declared());
    cases
}

/// What is declared is refused before it is sent.
fn declared() -> Vec<Case> {
    let mut cases = Vec::new();
    for (name, declared) in [
        ("one byte more than the limit", 65_537),
        ("64 MiB", 64 << 20),
        ("4 GiB", 1 << 32),
        ("all there is", u64::MAX >> 1),
    ] {
        for (kind, opcode) in [("text", TEXT), ("binary", BINARY)] {
            let head = head(FIN | opcode, declared);
            cases.push(
                Case::new(
                    format!("9 {name} declared by a {kind}, and nothing sent"),
                    vec![head],
                )
                .closes(1009),
            );
        }
    }
    let later = vec![frame(TEXT, b"{"), head(FIN | CONTINUATION, FRAME_BYTES as u64)];
    cases.push(
        Case::new(
            "9 a last fragment that declares to end over the limit",
            [later, vec![vec![b'x'; FRAME_BYTES]]].concat(),
        )
        .closes(1009),
    );
    cases
}

/// A command of so many bytes in fragments of one size.
fn cut(length: usize, size: usize) -> Vec<Vec<u8>> {
    let whole = command(1, length);
    let count = whole.len().div_ceil(size);
    let frames = whole.as_bytes().chunks(size).enumerate().map(|(at, part)| {
        let opcode = if at == 0 { TEXT } else { CONTINUATION };
        frame(opcode | if at + 1 == count { FIN } else { 0 }, part)
    });
    frames.collect()
}
