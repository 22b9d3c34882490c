//! Each server starts, is killed and comes back, and nothing outlives its parent.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod disk;
mod edge;
mod leftovers;
mod servers;
