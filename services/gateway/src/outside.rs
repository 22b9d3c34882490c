//! What reads what clients say, in the open for `fuzz/`.

pub use crate::{
    commands::parse::{Command, Refused, parse},
    session::state,
};
