//! Lets two strangers loose on an installation of its own, as `make up` starts one: a client in Python that knows the
//! wire from its documents, and schemathesis, which makes requests of its own from the same documents.
#![expect(clippy::expect_used, reason = "checks that cannot be made say why and end")]

use std::{path::Path, time::Duration};

use sandbox::{Output, Process, Spec, workspace};

use crate::installation::Installation;

/// The client takes about two minutes, schemathesis about one.
const CHECKED: Duration = Duration::from_mins(10);
/// Made by `dev/setup tests`.
const PROGRAMS: &str = ".dev/conformance/bin";
const FOLDER: &str = "e2e/conformance";

/// Who is let loose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stranger {
    Client,
    Schemathesis,
}

/// Whether every check of each held. What did not is on standard output.
pub async fn run(strangers: &[Stranger]) -> bool {
    let installation = Installation::start("conformance").await;

    let mut held = true;
    for stranger in strangers {
        let spec = match stranger {
            Stranger::Client => client(&installation.demo()),
            Stranger::Schemathesis => schemathesis(&installation).await,
        };
        held &= check(spec).await;
    }

    let stopped = installation.stop().await;
    held && stopped
}

async fn check(spec: Spec) -> bool {
    let mut python = Process::start(spec).expect("`dev/setup tests` has made the Python environment");
    let status = python.ended(CHECKED).await.expect("the checks end");
    status.success()
}

fn client(demo: &Path) -> Spec {
    let root = workspace();
    Spec::new("conformance", root.join(PROGRAMS).join("python"))
        .arg(root.join(FOLDER).join("run.py"))
        .arg("--demo")
        .arg(demo)
        .output(Output::Inherit)
}

/// In the installation's folder, where it keeps what it found.
async fn schemathesis(installation: &Installation) -> Spec {
    let (root, demo) = (workspace(), installation.demo());
    let told = tokio::fs::read(&demo)
        .await
        .expect("an installation says what runs");
    let told: serde_json::Value = serde_json::from_slice(&told).expect("in JSON");
    let url = told.get("url").and_then(serde_json::Value::as_str);
    Spec::new("schemathesis", root.join(PROGRAMS).join("schemathesis"))
        .arg("--config-file")
        .arg(root.join(FOLDER).join("schemathesis.toml"))
        .arg("run")
        .arg(root.join("docs/openapi.json"))
        .args(["--url", url.expect("with its address"), "--tls-verify", "false"])
        .args(["--warnings", "off"])
        .env("SPOTTER_DEMO", demo)
        .env("PYTHONPATH", root.join(FOLDER))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .directory(installation.home())
        .output(Output::Inherit)
}
