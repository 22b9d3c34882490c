//! Long forms of the stories, run by hand: `cargo run --release -p e2e -- exchange`.
#![expect(clippy::print_stdout, reason = "a tool that prints what came of it")]

use std::process::ExitCode;

use clap::Parser;
use e2e::exchange::{self, Plan};

/// Long forms of Spotter's stories
#[derive(Parser)]
enum Command {
    /// Two people on two gateways exchange messages while gateways are killed
    Exchange(Plan),
}

#[tokio::main]
async fn main() -> ExitCode {
    let Command::Exchange(plan) = Command::parse();
    let outcome = exchange::run(plan).await;
    println!("{outcome}");
    let complete = outcome.messages == plan.messages && outcome.kills >= plan.kills;
    if complete && outcome.anomalies.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
