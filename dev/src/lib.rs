//! What a developer runs: everything at once, a chat in the terminal, and small tools.
//!
//! Reading order: `up` starts and supervises, `demo` fills it with people who have something to
//! say, `talk` lets two of them go on.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "these programs talk to a person in a terminal"
)]

use std::fmt::Write;
use std::future::Future;
use std::process::ExitCode;

pub mod console;
pub mod demo;
pub mod host;
pub mod http;
pub mod keys;
pub mod kill;
pub mod layout;
pub mod people;
pub mod queries;
pub mod s3;
pub mod talk;
pub mod trust;
pub mod up;

/// What a tool can only tell its person.
pub type Error = Box<dyn std::error::Error + Send + Sync>;

/// Spotter on one machine, for developers.
#[derive(clap::Parser, Debug)]
#[command(version)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(clap::Subcommand, Debug)]
pub enum Command {
    /// Start everything, with demo people, until Ctrl-C
    Up(up::Options),
    /// Chat from this terminal as one of the demo people
    Talk(talk::Options),
    /// Kill one gateway of a running `up`; it is started again
    KillGateway,
    /// Let this machine's browsers trust the local certificate
    Trust,
    /// Serve an S3 from a folder
    S3(s3::Options),
    /// Bring the demo people into an installation that runs, and keep them signed in, until Ctrl-C
    People(people::Options),
    /// Refresh the checked-in descriptions of SQL queries
    Queries(queries::Options),
}

/// Runs a tool to its end; an error is one readable line.
pub fn run(tool: impl Future<Output = Result<(), Error>>) -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    match runtime
        .map_err(Error::from)
        .and_then(|runtime| runtime.block_on(tool))
    {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {}", chain(error.as_ref()));
            ExitCode::FAILURE
        }
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let _ = write!(text, ": {error}");
        cause = error.source();
    }
    text
}
