//! Lets the client in Python loose on an installation of its own, as `make up` starts one.
#![expect(clippy::expect_used, reason = "checks that cannot be made say why and end")]

use std::{path::Path, time::Duration};

use sandbox::{Output, Process, Scratch, Signal, Spec, free_port, until, workspace};

/// Generous, because it may run beside other work.
const READY: Duration = Duration::from_mins(3);
const STOPPED: Duration = Duration::from_secs(40);
/// The checks take about two minutes.
const CHECKED: Duration = Duration::from_mins(10);
/// Made by `dev/setup tests`.
const PYTHON: &str = ".dev/conformance/bin/python";

/// Whether every check held. What did not is on standard output.
pub async fn run() -> bool {
    let home = Scratch::new("conformance").expect("a folder for an installation");
    let mut up = start(home.path());
    until("an installation", READY, || {
        let is_ready = home.path().join("demo.json").is_file();
        std::future::ready(is_ready || !up.is_running())
    })
    .await
    .expect("`make up` is ready");
    assert!(up.is_running(), "{}", said(home.path()));

    let held = check(&home.path().join("demo.json")).await;

    up.signal(Signal::INT).expect("the installation can be stopped");
    let stopped = up.ended(STOPPED).await.expect("the installation stops");
    held && stopped.success()
}

fn start(home: &Path) -> Process {
    let program = sandbox::binary("dev");
    let folder = program.parent().expect("a program lies in a folder");
    let spec = Spec::new("up", &program)
        .args(["up", "--port", &free_port().to_string(), "--home"])
        .arg(home)
        .env("SPOTTER_BINARIES", folder)
        .output(Output::File(home.join("up.log")));
    Process::start(spec).expect("the runner starts")
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

fn said(home: &Path) -> String {
    std::fs::read_to_string(home.join("up.log")).unwrap_or_default()
}
