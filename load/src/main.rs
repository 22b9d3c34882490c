//! Measures Spotter on this machine: memory of idle sockets, durable messages per second, delivery times,
//! the return of a herd.

use std::process::ExitCode;

use clap::Parser;
use load::{delivery, durable, herd, hold, idle};

/// Measures Spotter; every number comes from real processes that this program starts
#[derive(Parser)]
enum Command {
    /// Memory of one gateway per idle socket
    Idle(idle::Plan),
    /// Durable messages per second, and times from send to delivery
    Bench(durable::Plan),
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
        Command::Herd(plan) => return herd::report(&plan).await,
        Command::Hold(plan) => hold::run(plan).await,
    }
    ExitCode::SUCCESS
}
