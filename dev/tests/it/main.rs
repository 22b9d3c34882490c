//! The house: rules that no other tool knows, and the runner's own promises.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod compose;
mod configuration;
mod demo;
mod tidy;
mod up;
