use std::process::ExitCode;

fn main() -> ExitCode {
    boot::run("trainer-roster", trainer_roster::run)
}
