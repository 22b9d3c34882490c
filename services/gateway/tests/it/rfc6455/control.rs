//! Section 2: pings and pongs.

use super::{
    case::{Case, Heard, command},
    peer::{CLOSE, FIN, PING, PONG, frame, ping, text},
};

/// Pings sent without waiting for an answer.
const MANY: usize = 10;

pub fn cases() -> Vec<Case> {
    let payloads: [(&str, Vec<u8>); 5] = [
        ("nothing", Vec::new()),
        ("words", b"Hello, world!".to_vec()),
        ("bytes that are no text", vec![0, 0xff, 0xfe, 0xfd, 0xc0, 0]),
        ("124 bytes", vec![0xfe; 124]),
        ("125 bytes", vec![0xfe; 125]),
    ];
    let mut cases = Vec::new();
    for (what, payload) in payloads {
        let case = || {
            Case::new(
                format!("2 a ping of {what} is answered alike"),
                vec![ping(&payload)],
            )
            .hears(Heard::Pong(payload.clone()))
        };
        cases.push(case());
        cases.push(case().chopped(1));
    }
    for (kind, opcode) in [("ping", PING), ("pong", PONG), ("close", CLOSE)] {
        let long = frame(FIN | opcode, &[0xfe; 126]);
        cases.push(Case::new(format!("2.5 a {kind} of 126 bytes"), vec![long]).closes(1002));
        let part = frame(opcode, b"");
        cases.push(Case::new(format!("5.5 a {kind} in fragments"), vec![part]).closes(1002));
    }
    cases.push(Case::new(
        "2.7 a pong that nobody asked for",
        vec![frame(FIN | PONG, b"")],
    ));
    cases.push(Case::new(
        "2.8 a pong that nobody asked for, of words",
        vec![frame(FIN | PONG, b"hm")],
    ));
    let unasked = vec![frame(FIN | PONG, b"unasked"), ping("asked")];
    cases.push(
        Case::new("2.9 a pong that nobody asked for, then a ping", unasked)
            .hears(Heard::Pong(b"asked".to_vec())),
    );
    cases.push(many("2.10 ten pings are answered ten times, in order"));
    cases.push(many("2.11 ten pings are answered ten times, in order").chopped(1));
    let around = vec![ping("before"), text(command(1, 200)), ping("after")];
    cases.push(
        Case::new("2 pings around a text are answered in order", around)
            .hears(Heard::Pong(b"before".to_vec()))
            .hears(Heard::Answer(1))
            .hears(Heard::Pong(b"after".to_vec())),
    );
    cases
}

fn many(name: &str) -> Case {
    let payloads: Vec<_> = (0..MANY).map(|n| format!("payload {n}").into_bytes()).collect();
    let says = vec![payloads.iter().flat_map(ping).collect()];
    payloads.into_iter().fold(Case::new(name, says), |case, payload| {
        case.hears(Heard::Pong(payload))
    })
}
