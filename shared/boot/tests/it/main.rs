//! What operators see of a service: its exit codes, its listeners and its end.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a helper of a test fails its test"
)]

mod checkup;
mod configuration;
mod greeter;
mod listening;
mod stopping;
mod verbosity;
