//! Asks a neighbour's `/readyz`: for images of programs that are not ours, such as the edge's.

use std::{env, process::ExitCode};

fn main() -> ExitCode {
    boot::check("ready", env::args_os().skip(1))
}
