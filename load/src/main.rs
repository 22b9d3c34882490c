//! Measures Spotter on this machine: memory of idle sockets, durable messages per second, delivery times,
//! the return of a herd.

use std::process::ExitCode;

use clap::Parser;
use load::{canary, delivery, durable, herd, hold, idle, many};

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
    /// Two people of the operators' own write to each other, and what came of it is a metric
    #[command(disable_help_flag = true)]
    Canary {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
        _flags: Vec<String>,
    },
    /// Asks the canary of this container how it is
    #[command(disable_help_flag = true)]
    Health {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
        _flags: Vec<String>,
    },
    /// Holds sockets for `idle`, in a process of its own
    #[command(hide = true)]
    Hold(hold::Plan),
}

fn main() -> ExitCode {
    match Command::parse() {
        // A service like the others: it reads its own flags, and has signals and metrics.
        Command::Canary { .. } | Command::Health { .. } => boot::run("canary", canary::serve),
        command => measure(command),
    }
}

#[tokio::main]
async fn measure(command: Command) -> ExitCode {
    match command {
        Command::Idle(plan) => idle::run(plan).await,
        Command::Bench(plan) => {
            durable::run(plan).await;
            delivery::run().await;
        }
        Command::Many(plan) => many::run(plan).await,
        Command::Herd(plan) => return herd::report(&plan).await,
        Command::Hold(plan) => hold::run(plan).await,
        Command::Canary { .. } | Command::Health { .. } => {}
    }
    ExitCode::SUCCESS
}
