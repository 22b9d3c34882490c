use std::process::ExitCode;

fn main() -> ExitCode {
    boot::run("gateway", gateway::serve)
}
