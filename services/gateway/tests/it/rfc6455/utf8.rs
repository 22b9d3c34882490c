//! Section 6: a text is UTF-8 as a whole, wherever it was cut.

use testkit::Person;

use super::{
    case::{Case, Heard, START, message},
    peer::{CONTINUATION, FIN, TEXT, frame, text},
};

const VALID: [char; 20] = [
    '\u{80}',
    '\u{7ff}',
    '\u{800}',
    '\u{d7ff}',
    '\u{e000}',
    '\u{fdd0}',
    '\u{fffd}',
    '\u{fffe}',
    '\u{ffff}',
    '\u{10000}',
    '\u{1fffe}',
    '\u{1ffff}',
    '\u{8ffff}',
    '\u{ffffe}',
    '\u{10fffe}',
    '\u{10ffff}',
    'µ',
    'κ',
    '💪',
    '\u{feff}',
];

/// Bytes that begin, continue or stand for what no text holds.
const INVALID: [(&str, &[u8]); 36] = [
    ("a lone continuation", b"\x80"),
    ("the last continuation alone", b"\xbf"),
    ("two continuations", b"\x80\xbf"),
    ("seven continuations", b"\x80\xbf\x80\xbf\x80\xbf\x80"),
    ("the first start of two", b"\xc2 "),
    ("the last start of two", b"\xdf "),
    ("the first start of three", b"\xe0 "),
    ("the last start of three", b"\xef "),
    ("the first start of four", b"\xf0 "),
    ("the last start of four", b"\xf4 "),
    ("a start of five", b"\xf8\x88\x80\x80\x80"),
    ("a start of six", b"\xfc\x84\x80\x80\x80\x80"),
    ("three of which the last lacks", b"\xe0\xa0"),
    ("four of which the last lacks", b"\xf0\x90\x80"),
    ("four of which two lack", b"\xf0\x90"),
    ("one character short, then another", b"\xe2\x82\xe2\x82\xac"),
    ("0xfe", b"\xfe"),
    ("0xff", b"\xff"),
    ("0xfe 0xfe 0xff 0xff", b"\xfe\xfe\xff\xff"),
    ("a slash in two bytes", b"\xc0\xaf"),
    ("a slash in three", b"\xe0\x80\xaf"),
    ("a slash in four", b"\xf0\x80\x80\xaf"),
    ("a slash in five", b"\xf8\x80\x80\x80\xaf"),
    ("the longest too long in two", b"\xc1\xbf"),
    ("the longest too long in three", b"\xe0\x9f\xbf"),
    ("the longest too long in four", b"\xf0\x8f\xbf\xbf"),
    ("NUL in two bytes", b"\xc0\x80"),
    ("the first surrogate", b"\xed\xa0\x80"),
    ("the last high surrogate", b"\xed\xaf\xbf"),
    ("the first low surrogate", b"\xed\xb0\x80"),
    ("the last surrogate", b"\xed\xbf\xbf"),
    ("a pair of surrogates", b"\xed\xa0\x80\xed\xb0\x80"),
    ("beyond Unicode", b"\xf4\x90\x80\x80"),
    ("far beyond Unicode", b"\xf7\xbf\xbf\xbf"),
    (
        "a good word before a bad byte",
        b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xed\xa0\x80",
    ),
    ("a bad byte before a good word", b"\xf5\xce\xba"),
];

pub fn cases(anna: &Person) -> Vec<Case> {
    let mut cases = Vec::new();
    for character in VALID {
        let payload = around(character.to_string().as_bytes());
        let name = format!("6 U+{:04X}", u32::from(character));
        cases.push(Case::new(&name, vec![text(&payload)]).hears(Heard::Answer(1)));
        cases.push(
            Case::new(format!("{name}, in fragments of one byte"), bytewise(&payload))
                .hears(Heard::Answer(1)),
        );
    }
    for (what, bytes) in INVALID {
        let payload = around(bytes);
        cases.push(Case::new(format!("6 {what}"), vec![text(&payload)]).closes(1007));
        cases.push(
            Case::new(format!("6 {what}, one byte a write"), vec![text(&payload)])
                .chopped(1)
                .closes(1007),
        );
        cases.push(Case::new(format!("6 {what}, in fragments of one byte"), bytewise(&payload)).closes(1007));
        // The message has no end: what is wrong is told when it is seen.
        let begun = frame(TEXT, &[bytes, b" and more"].concat());
        cases.push(Case::new(format!("6.4 {what}, in a message that has no end"), vec![begun]).closes(1007));
    }
    cases.extend(at_the_end());
    let (said, heard) = message(anna, "Hello-µ@ßöäüàá-UTF-8!! 💪🏽 κόσμε");
    cases.push(
        Case::new(
            "6.2 characters cut in fragments arrive as they were sent",
            bytewise(said.as_bytes()),
        )
        .hears(heard),
    );
    cases
}

/// A command with these bytes in a string that nobody reads.
fn around(bytes: &[u8]) -> Vec<u8> {
    [START.as_bytes(), br#""note":""#, bytes, br#"","ref":1}"#].concat()
}

fn bytewise(payload: &[u8]) -> Vec<Vec<u8>> {
    let last = payload.len() - 1;
    let frames = payload.iter().enumerate().map(|(at, byte)| {
        let opcode = if at == 0 { TEXT } else { CONTINUATION };
        frame(opcode | if at == last { FIN } else { 0 }, &[*byte])
    });
    frames.collect()
}

/// A character that is not finished when its message is.
fn at_the_end() -> Vec<Case> {
    let mut cases = Vec::new();
    for cut in [
        &b"\xc2"[..],
        b"\xe2",
        b"\xe2\x82",
        b"\xf0",
        b"\xf0\x9f",
        b"\xf0\x9f\x92",
    ] {
        let name = format!("6 a text that ends within a character, {} bytes in", cut.len());
        cases.push(Case::new(&name, vec![text(cut)]).closes(1007));
        let parts = vec![frame(TEXT, cut), frame(FIN | CONTINUATION, b"")];
        cases.push(Case::new(format!("{name}, in fragments"), parts).closes(1007));
    }
    cases
}
