//! Everything that reads what comes from outside, each with a body that `make fuzz` feeds with bytes.
//!
//! A body that returns is content: nothing panicked, and whatever it asserts of what was read holds. The seeds of
//! each target, and every input that was ever found to break one, are in `seeds/`; `cargo test` runs them all.
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "a promise that does not hold is what a fuzzer looks for"
)]

pub mod bus_payloads;
pub mod client_frames;
pub mod cursors;
pub mod documents;
pub mod forwarded_addresses;
pub mod ids;
pub mod import_lines;
pub mod key_sets;
pub mod links;
pub mod pictures;
pub mod positions;
pub mod search;
pub mod server_frames;
pub mod sessions;
pub mod subjects;
pub mod tokens;
pub mod uploads;

use protocol::{UserId, error::Role};
use uuid::Uuid;

/// A target's body.
pub type Body = fn(&[u8]);

/// Every target by its name.
pub const TARGETS: [(&str, Body); 17] = [
    ("bus_payloads", bus_payloads::run),
    ("client_frames", client_frames::run),
    ("cursors", cursors::run),
    ("documents", documents::run),
    ("forwarded_addresses", forwarded_addresses::run),
    ("ids", ids::run),
    ("import_lines", import_lines::run),
    ("key_sets", key_sets::run),
    ("links", links::run),
    ("pictures", pictures::run),
    ("positions", positions::run),
    ("search", search::run),
    ("server_frames", server_frames::run),
    ("sessions", sessions::run),
    ("subjects", subjects::run),
    ("tokens", tokens::run),
    ("uploads", uploads::run),
];

/// Who speaks.
const ME: UserId = UserId(Uuid::from_u128(1));

/// The first byte chooses, the rest is read.
fn choice(bytes: &[u8]) -> (u8, &[u8]) {
    bytes
        .split_first()
        .map_or((0, bytes), |(first, rest)| (*first, rest))
}

/// The role that a byte stands for.
fn role(chosen: u8) -> Role {
    if chosen.is_multiple_of(2) {
        Role::Trainer
    } else {
        Role::User
    }
}
