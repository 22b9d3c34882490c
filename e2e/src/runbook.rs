//! Lets an operator loose on an installation of its own, who types what the runbook says.
#![expect(clippy::expect_used, reason = "commands that cannot be typed say why and end")]
#![expect(clippy::print_stdout, reason = "a tool that prints what came of it")]

use std::{fs, time::Duration};

use sandbox::{Output, Process, Spec, workspace};
use serde_json::Value;

use crate::{
    guide::{self, Block},
    installation::Installation,
};

/// The page's commands take about a minute.
const TYPED: Duration = Duration::from_mins(8);

/// Whether every command did what the page says. What did not is on standard output.
pub async fn run() -> bool {
    let page = fs::read_to_string(workspace().join("docs/runbook.md")).expect("there is a runbook");
    let blocks = guide::blocks(&page);
    let (typed, left): (Vec<_>, Vec<_>) = blocks.into_iter().partition(|block| block.not_run.is_none());
    println!("{} blocks are run, {} are not:", typed.len(), left.len());
    for Block { under, not_run, .. } in &left {
        println!("  {under}: {}", not_run.as_deref().unwrap_or_default());
    }

    let installation = Installation::start("runbook").await;
    let (succeeded, printed) = type_in(&installation, &guide::script(&typed)).await;
    let lies = guide::compare(&typed, &printed);
    for lie in &lies {
        println!("\n{lie}");
    }

    let stopped = installation.stop().await;
    succeeded && stopped && lies.is_empty() && typed.len() > left.len()
}

/// Whether no command failed, and what they printed.
async fn type_in(installation: &Installation, script: &str) -> (bool, String) {
    let home = installation.home();
    let running = fs::read(home.join("run.json")).expect("an installation says what runs");
    let running: Value = serde_json::from_slice(&running).expect("it says so in JSON");
    let told = |name: &str| {
        let told = running.get(name).and_then(Value::as_str);
        told.unwrap_or_default().to_owned()
    };
    let programs = sandbox::binary("dev");
    let folder = programs.parent().expect("a program lies in a folder").display();
    let path = std::env::var_os("PATH").unwrap_or_default();

    let printed = home.join("runbook.log");
    let spec = Spec::new("runbook", "/bin/bash")
        .args(["-euo", "pipefail", "-c", script])
        .directory(workspace())
        .env("PATH", format!("{folder}:{}", path.to_string_lossy()))
        .env("HOME_OF_UP", home)
        .env("PUBLIC", told("url"))
        .env("DATABASE", told("database"))
        .output(Output::File(printed.clone()));
    let mut shell = Process::start(spec).expect("there is a shell");
    let ended = shell.ended(TYPED).await;
    let printed = fs::read_to_string(printed).unwrap_or_default();
    (ended.is_ok_and(|status| status.success()), printed)
}
