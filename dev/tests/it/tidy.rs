//! `make tidy`: house rules.

mod deployed;
mod files;
mod graph;
mod manifests;
mod variables;

use std::path::Path;
use std::process::Command;

/// Fails with every offence, one a line.
fn expect_none(rule: &str, offences: impl IntoIterator<Item = String>) {
    let offences: Vec<String> = offences.into_iter().collect();
    assert!(offences.is_empty(), "{rule}:\n  {}\n", offences.join("\n  "));
}

/// What a command prints, run at the root of the repository.
fn output(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(root())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{program}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

fn root() -> &'static Path {
    sandbox::workspace()
}
