//! The first half of a child: it takes its own limits, then becomes the program. This service's own
//! binary does it, because an image holds no shell.

use std::{
    ffi::OsString,
    io,
    os::unix::process::CommandExt as _,
    process::{Command, ExitCode},
};

use rustix::process::{Resource, Rlimit, setrlimit};

/// The argument that makes the binary a limiter; memory, processor time, the program and its
/// arguments follow.
pub const FLAG: &str = "--contain";
/// How it ends when a limit could not be set or the program could not be started: without limits
/// nothing is decoded.
pub const NOT_STARTED: u8 = 125;

const MIB: u64 = 1024 * 1024;
const LARGEST_FILE: u64 = 64 * MIB;
const OPEN_FILES: u64 = 32;

/// Becomes the program; returns only when it cannot.
pub fn run(arguments: impl Iterator<Item = OsString>) -> ExitCode {
    // Nobody reads a child's errors: its parent logs how it ended.
    let _ = start(arguments);
    ExitCode::from(NOT_STARTED)
}

/// Returns why the program did not start.
fn start(mut arguments: impl Iterator<Item = OsString>) -> Option<io::Error> {
    let memory_mib = number(arguments.next())?;
    let cpu_seconds = number(arguments.next())?;
    let program = arguments.next()?;
    let mut program = Command::new(program);
    program.args(arguments);
    // Memory last: what is above may still need some.
    for (resource, most) in [
        (Resource::Core, 0),
        (Resource::Nofile, OPEN_FILES),
        (Resource::Fsize, LARGEST_FILE),
        (Resource::Cpu, cpu_seconds),
        (Resource::As, memory_mib.checked_mul(MIB)?),
    ] {
        let limit = Rlimit {
            current: Some(most),
            maximum: Some(most),
        };
        if let Err(error) = setrlimit(resource, limit) {
            return Some(error.into());
        }
    }
    Some(program.exec())
}

fn number(argument: Option<OsString>) -> Option<u64> {
    argument?.to_str()?.parse().ok()
}
