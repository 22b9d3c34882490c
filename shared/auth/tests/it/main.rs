//! Which tokens are believed, which are not, and what that costs.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a helper of a test fails its test"
)]

mod attacks;
mod families;
mod garbage;
mod issuer;
mod jwks;
mod revoked;
