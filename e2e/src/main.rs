//! What tests run beside `cargo test`, and long forms of the stories: `cargo run -p e2e -- --help`.
#![expect(clippy::print_stdout, reason = "a tool that prints what came of it")]

use std::{
    process::ExitCode,
    time::{Duration, Instant},
};

use clap::Parser;
use e2e::{
    browser,
    chaos::{self, Form},
    conformance::{self, Stranger},
    exchange::{self, Plan},
    mutants::{self, Mutants},
    runbook,
};

/// The promise to devices whose gateway is killed: p99.
const CAUGHT_UP_SECONDS: f64 = 5.0;

/// Long forms of Spotter's stories
#[derive(Parser)]
enum Command {
    /// Breaks a whole Spotter in every way, from one seed, while people write, and judges what they saw
    Chaos(Form),
    /// Takes each safeguard away in turn: what it kept must be seen to break
    Mutants(Mutants),
    /// Two people on two gateways exchange messages while gateways are killed
    Exchange(Plan),
    /// A client in Python and schemathesis check every call and frame of an installation of their own
    Conformance,
    /// schemathesis alone
    Schemathesis,
    /// An operator types what the runbook says, on an installation of its own
    Runbook,
    /// Two people in two real browsers, on an installation of its own
    Browser(browser::Stories),
}

#[tokio::main]
async fn main() -> ExitCode {
    let succeeded = match Command::parse() {
        Command::Chaos(form) => chaos(&form).await,
        Command::Mutants(which) => mutants::run(which).await,
        Command::Exchange(plan) => exchange(plan).await,
        Command::Conformance => conformance::run(&[Stranger::Client, Stranger::Schemathesis]).await,
        Command::Schemathesis => conformance::run(&[Stranger::Schemathesis]).await,
        Command::Runbook => runbook::run().await,
        Command::Browser(stories) => browser::run(stories).await,
    };
    if succeeded {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// One run, or runs for as many minutes as asked; ends with the first that is not good.
async fn chaos(form: &Form) -> bool {
    let mut plan = form.plan();
    let until = Instant::now() + Duration::from_secs(60 * form.minutes.unwrap_or(0));
    loop {
        let outcome = Box::pin(chaos::run(plan.clone())).await;
        println!("{outcome}");
        if !outcome.is_good() {
            return false;
        }
        if Instant::now() >= until {
            return true;
        }
        plan = plan.next();
    }
}

async fn exchange(plan: Plan) -> bool {
    let outcome = exchange::run(plan).await;
    println!("{outcome}");
    let in_time = outcome.catching_up(99) <= CAUGHT_UP_SECONDS;
    let complete = outcome.messages == plan.messages && outcome.kills >= plan.kills;
    complete && in_time && outcome.anomalies.is_empty()
}
