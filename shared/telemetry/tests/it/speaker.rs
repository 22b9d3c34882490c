//! The example program as a child process.

use std::{path::PathBuf, time::Duration};

use serde_json::Value;
use tokio::process::Command;

/// Runs the speaker to its end; answers its log lines.
pub async fn speak(arguments: &[&str]) -> Vec<String> {
    let output = Command::new(program())
        .args(arguments)
        .kill_on_drop(true)
        .output();
    let output = tokio::time::timeout(Duration::from_secs(20), output)
        .await
        .expect("still running")
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    assert!(output.stdout.is_empty(), "{output:?}");
    String::from_utf8(output.stderr)
        .unwrap()
        .lines()
        .map(str::to_owned)
        .collect()
}

/// The same for a log of JSON lines.
pub async fn speak_json(arguments: &[&str]) -> Vec<Value> {
    let lines = speak(arguments).await;
    lines
        .iter()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}")))
        .collect()
}

/// Cargo builds examples next to the tests, unless it is told to build one test alone.
fn program() -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    tests.parent().unwrap().parent().unwrap().join("examples/speaker")
}
