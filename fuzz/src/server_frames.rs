//! What a gateway says, as our own client reads it: what was read and is said again is the same.

use protocol::{Message, frame::ServerFrame, http::Problem};
use serde::{Serialize, de::DeserializeOwned};

use crate::choice;

pub fn run(bytes: &[u8]) {
    let (chosen, text) = choice(bytes);
    match chosen % 3 {
        0 => said_again::<ServerFrame>(text),
        1 => said_again::<Message>(text),
        _ => said_again::<Problem>(text),
    }
}

/// What can be read can be said, and reads as the same.
pub fn said_again<T: DeserializeOwned + Serialize>(bytes: &[u8]) {
    let Ok(read) = serde_json::from_slice::<T>(bytes) else {
        return;
    };
    let said = serde_json::to_string(&read).expect("what was read can be said");
    let again: T = serde_json::from_str(&said).unwrap_or_else(|error| panic!("{error}: {said}"));
    assert_eq!(serde_json::to_string(&again).ok().as_ref(), Some(&said));
}
