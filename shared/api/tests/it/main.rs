//! What callers get: problems, pages, rates, and what other origins may see.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a helper of a test fails its test"
)]

mod callers;
mod noticeboard;
mod observed;
mod origins;
mod problems;
mod rates;
