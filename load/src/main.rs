//! Measures Spotter on this machine: memory of idle sockets, durable messages per second, delivery times.
#![expect(clippy::print_stdout, reason = "a tool that prints what it measured")]
#![expect(
    clippy::expect_used,
    reason = "a measurement that cannot be made says why and ends"
)]
#![expect(
    clippy::cast_precision_loss,
    reason = "rates and sizes are shown with three digits"
)]

use clap::Parser;

mod crowd;
mod delivery;
mod durable;
mod hold;
mod idle;
mod raw;
mod usage;

/// Measures Spotter; every number comes from real processes that this program starts
#[derive(Parser)]
enum Command {
    /// Memory of one gateway per idle socket
    Idle(idle::Plan),
    /// Durable messages per second, and times from send to delivery
    Bench(durable::Plan),
    /// Holds sockets for `idle`, in a process of its own
    #[command(hide = true)]
    Hold(hold::Plan),
}

#[tokio::main]
async fn main() {
    match Command::parse() {
        Command::Idle(plan) => idle::run(plan).await,
        Command::Bench(plan) => {
            durable::run(plan).await;
            delivery::run().await;
        }
        Command::Hold(plan) => hold::run(plan).await,
    }
}
