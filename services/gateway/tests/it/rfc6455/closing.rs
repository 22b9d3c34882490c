//! Section 7: who closes is answered, with the code, and hears nothing more.

use super::{
    case::{Case, Heard, command},
    peer::{CLOSE, FIN, TEXT, close, frame, ping, text},
};

const VALID: [u16; 16] = [
    1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 3000, 3999, 4000, 4505, 4999,
];
const INVALID: [u16; 13] = [
    0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535,
];

pub fn cases() -> Vec<Case> {
    [codes(), payloads(), order()].into_iter().flatten().collect()
}

fn codes() -> Vec<Case> {
    let valid = VALID.map(|code| {
        Case::new(
            format!("7.7 a close of {code} is answered alike"),
            vec![close(code, b"")],
        )
        .closes(code)
    });
    let invalid = INVALID.map(|code| {
        Case::new(format!("7.9 no endpoint may say {code}"), vec![close(code, b"")]).closes(1002)
    });
    let reasons = INVALID.map(|code| {
        Case::new(
            format!("7.9 nor {code} with a reason"),
            vec![close(code, b"because")],
        )
        .closes(1002)
    });
    valid.into_iter().chain(invalid).chain(reasons).collect()
}

fn payloads() -> Vec<Case> {
    let raw = |payload: &[u8]| vec![frame(FIN | CLOSE, payload)];
    vec![
        Case::new("7.3 a close without a payload", raw(b"")).closes_without_code(),
        Case::new("7.3 a close without a payload", raw(b""))
            .chopped(1)
            .closes_without_code(),
        Case::new("7.3 a close of one byte", raw(b"\x03")).closes(1002),
        Case::new("7.3 a close with a reason", vec![close(1000, b"Hello World!")]).closes(1000),
        Case::new("7.3 a reason of 123 bytes", vec![close(1000, &[b'*'; 123])]).closes(1000),
        Case::new("7.3 a reason of 123 bytes", vec![close(1000, &[b'*'; 123])])
            .chopped(1)
            .closes(1000),
        Case::new("7.3 a reason of 124 bytes", vec![close(1000, &[b'*'; 124])]).closes(1002),
        Case::new(
            "7.5 a reason that is no text",
            vec![close(1000, b"\xce\xba\xe1\xbd\xb9\xed\xa0\x80")],
        )
        .closes(1007),
        Case::new(
            "7.5 a reason that ends within a character",
            vec![close(1000, b"\xf0\x9f\x92")],
        )
        .closes(1007),
        Case::new("7.5 a reason in Greek", vec![close(1000, "κόσμε".as_bytes())]).closes(1000),
    ]
}

fn order() -> Vec<Case> {
    let bye = || close(1000, b"");
    vec![
        Case::new(
            "7.1 a text before a close is answered",
            vec![text(command(1, 200)), bye()],
        )
        .hears(Heard::Answer(1))
        .closes(1000),
        Case::new("7.1 a second close is not answered", vec![bye(), bye()]).closes(1000),
        Case::new(
            "7.1 a ping after a close is not answered",
            vec![bye(), ping("late")],
        )
        .closes(1000),
        Case::new(
            "7.1 a text after a close is not answered",
            vec![[bye(), text(command(1, 200))].concat()],
        )
        .closes(1000),
        Case::new(
            "7.1 a close inside a message of fragments",
            vec![frame(TEXT, b"begun"), bye(), frame(FIN, b"end")],
        )
        .closes(1000),
        Case::new(
            "7.1 a great deal after a close is not answered",
            vec![text(command(1, 200)), bye(), text("x".repeat(60_000)).repeat(4)],
        )
        .hears(Heard::Answer(1))
        .closes(1000),
    ]
}
