//! Measures Spotter on this machine. Reading order: `crowd` makes people, each other module is one measurement.
#![expect(clippy::print_stdout, reason = "a tool that prints what it measured")]
#![expect(
    clippy::expect_used,
    reason = "a measurement that cannot be made says why and ends"
)]
#![expect(
    clippy::cast_precision_loss,
    reason = "rates and sizes are shown with three digits"
)]

pub mod canary;
pub mod crowd;
pub mod delivery;
pub mod durable;
pub mod herd;
pub mod hold;
pub mod idle;
pub mod many;
pub mod raw;
pub mod usage;
