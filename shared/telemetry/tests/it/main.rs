//! What a log reader and a collector get.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a helper of a test fails its test"
)]

mod collector;
mod logs;
mod speaker;
mod traces;
