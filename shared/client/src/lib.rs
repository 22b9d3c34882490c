//! The chat client in Rust: what tests, `talk`, load and the canary speak to Spotter with.
//!
//! Reading order: `socket` says anything and expects anything, `http` is the HTTP API, `device`
//! follows the device rules of the protocol: outbox, positions, resume, backoff, fallback.

pub mod device;
pub mod digest;
pub mod http;
pub mod socket;
mod tls;

pub use device::{Device, Options, Presence};
pub use digest::Digest;
pub use socket::Socket;
pub use tls::Authority;
