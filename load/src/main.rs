//! Measures Spotter on this machine: memory of idle sockets, durable messages per second, delivery times,
//! the return of a herd.

use std::process::ExitCode;

use clap::Parser;
use load::{delivery, durable, herd, hold, idle, many};

/// Measures Spotter; every number comes from real processes that this program starts
#[derive(Parser)]
enum Command {
    /// Memory of one gateway per idle socket
    Idle(idle::Plan),
    /// Durable messages per second, and times from send to delivery
    Bench(durable::Plan),
    /// A trainer with many conversations: connecting, resuming, the check of heads, memory
    Many(many::Plan),
    /// All gateways are killed at once, and every device comes back
    Herd(herd::Plan),
    /// Holds sockets for `idle`, in a process of its own
    #[command(hide = true)]
    Hold(hold::Plan),
}

#[tokio::main]
async fn main() -> ExitCode {
    match Command::parse() {
        Command::Idle(plan) => idle::run(plan).await,
        Command::Bench(plan) => {
            durable::run(plan).await;
            delivery::run().await;
        }
        Command::Many(plan) => many::run(plan).await,
        Command::Herd(plan) => return herd::report(&plan).await,
        Command::Hold(plan) => hold::run(plan).await,
    }
    ExitCode::SUCCESS
}
