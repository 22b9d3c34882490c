use std::process::ExitCode;

use clap::Parser;
use dev::{Cli, Command, run};

fn main() -> ExitCode {
    match Cli::parse().command {
        Command::Up(options) => run(dev::up::run(options)),
        Command::Talk(options) => run(dev::talk::run(options)),
        Command::KillGateway => run(async { dev::kill::gateway() }),
        Command::Trust => run(async { dev::trust::run() }),
        Command::S3(options) => run(dev::s3::run(options)),
        Command::People(options) => run(dev::people::run(options)),
        Command::Queries(options) => run(dev::queries::run(options)),
    }
}
