//! The broker, as Spotter uses it: a doorbell and a way to ask. What must not be lost is a numbered
//! row in its owner's database; a lost message here costs latency, never data.
//!
//! Reading order: `subject` and `message` are what travels, `bus` publishes and asks, `answer` serves
//! questions, `follow` pulls a numbered list when its doorbell rings, `durable` takes what others told a
//! stream, `pulse` knows whether the broker can be reached, `traffic` how much goes there.

mod answer;
mod bus;
mod config;
mod durable;
mod error;
mod follow;
mod message;
mod pulse;
pub mod subject;
mod traffic;

pub use bus::{Bus, Inbox, Subscription};
pub use config::Config;
pub use durable::{Durable, Kept, Settle};
pub use error::Error;
pub use message::{Headers, Message};
pub use pulse::Status;
pub use subject::{ChatKind, Pattern, Subject};
