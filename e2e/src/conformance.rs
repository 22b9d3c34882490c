//! Lets the client in Python loose on an installation of its own, as `make up` starts one.
#![expect(clippy::expect_used, reason = "checks that cannot be made say why and end")]

use std::{path::Path, time::Duration};

use sandbox::{Output, Process, Spec, workspace};

use crate::installation::Installation;

/// The checks take about two minutes.
const CHECKED: Duration = Duration::from_mins(10);
/// Made by `dev/setup tests`.
const PYTHON: &str = ".dev/conformance/bin/python";

/// Whether every check held. What did not is on standard output.
pub async fn run() -> bool {
    let installation = Installation::start("conformance").await;

    let held = check(&installation.demo()).await;

    let stopped = installation.stop().await;
    held && stopped
}

async fn check(demo: &Path) -> bool {
    let root = workspace();
    let spec = Spec::new("conformance", root.join(PYTHON))
        .arg(root.join("e2e/conformance/run.py"))
        .arg("--demo")
        .arg(demo)
        .output(Output::Inherit);
    let mut python = Process::start(spec).expect("`dev/setup tests` has made the Python environment");
    let status = python.ended(CHECKED).await.expect("the checks end");
    status.success()
}
