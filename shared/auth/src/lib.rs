//! A token in, an [`Identity`] or a refusal out; the only crate that knows JWT.
//!
//! Reading order: `config` says whom to trust, `verifier` decides, `claims` reads what a
//! verified token says, `keys` and `jwks` hold the keys, `revocations` whose tokens ended early.

mod claims;
mod config;
mod jwks;
mod keys;
#[doc(hidden)]
pub mod outside;
pub mod revocations;
mod verifier;

pub use claims::Identity;
pub use config::{Algorithm, Config};
pub use revocations::Revocations;
pub use verifier::{Refused, Verifier};
