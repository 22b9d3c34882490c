//! Stories over real processes: people, tokens, services, a broker and a database of their own.
//!
//! Reading order: `kit` starts everything, `people` signs tokens, `gateway` and `service` are what
//! a story connects to and kills, `canary` the program beside them, `http` asks as the edge would, `database` looks into the log.
#![expect(
    clippy::expect_used,
    reason = "this crate is only for tests: what fails here fails the story, where it stands"
)]

mod canary;
mod database;
mod gateway;
mod http;
mod kit;
pub mod otlp;
mod people;
pub mod proxy;
pub mod secrets;
mod service;

pub use canary::Canary;
pub use gateway::Gateway;
pub use http::{Answer, Http, plain};
pub use kit::{Kit, Lines, Options};
pub use people::{Person, TokenOptions, sign, sign_claims};
pub use protocol::error::Role;
pub use service::Service;

/// The one origin that services of a kit allow.
pub const ORIGIN: &str = "https://app.spotter.test";
/// Who issues the tokens of a kit, and for whom.
pub const ISSUER: &str = "https://id.spotter.test";
pub const AUDIENCE: &str = "spotter";
