use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use sandbox::{Nats, NatsOptions, Output, Postgres, PostgresOptions, Process, Scratch, Signal, Spec, until};

/// Set for the copy of this test program that plays the parent.
const ROLE: &str = "SANDBOX_TEST_REPORT";

#[tokio::test]
async fn nothing_is_left_of_a_parent_that_was_killed() {
    if let Some(report) = std::env::var_os(ROLE) {
        return play_the_parent(report.into()).await;
    }
    let scratch = Scratch::new("leftovers").unwrap();
    let report = scratch.path().join("report");
    let mut parent = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "leftovers::nothing_is_left_of_a_parent_that_was_killed",
        ])
        .env(ROLE, &report)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    until("the servers of the parent", Duration::from_mins(1), async || {
        report.is_file()
    })
    .await
    .unwrap();
    let told = std::fs::read_to_string(&report).unwrap();
    let (pids, folders): (Vec<&str>, Vec<&str>) = told.lines().partition(|line| !line.starts_with('/'));
    assert!(pids.len() > 5 && folders.len() == 2, "{told}");

    parent.kill().unwrap();
    parent.wait().unwrap();

    until("the end of every process", Duration::from_secs(15), async || {
        !pids.iter().any(|pid| lives(pid))
    })
    .await
    .unwrap();
    let any_folder = || folders.iter().any(|folder| PathBuf::from(folder).exists());
    until("the end of every folder", Duration::from_secs(10), async || {
        !any_folder()
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn a_program_that_ended_leaves_no_watcher() {
    let mut process = Process::start(Spec::new("short", "/bin/true").output(Output::Discard)).unwrap();
    let group = process.pid();

    assert!(process.ended(Duration::from_secs(5)).await.unwrap().success());

    until("the end of its watcher", Duration::from_secs(5), async || {
        members(group).is_empty()
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn a_dropped_process_is_gone_with_its_children() {
    let spec = Spec::new("tree", "/bin/sh")
        .args(["-c", "sleep 600 & sleep 600"])
        .output(Output::Discard);
    let process = Process::start(spec).unwrap();
    let group = process.pid();
    until("the children", Duration::from_secs(5), async || {
        members(group).len() >= 4
    })
    .await
    .unwrap();

    drop(process);

    until("the end of the group", Duration::from_secs(5), async || {
        members(group).is_empty()
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn a_process_can_be_asked_to_end_and_started_again() {
    let spec = Spec::new("sleeper", "/bin/sleep")
        .arg("600")
        .output(Output::Discard);
    let mut process = Process::start(spec).unwrap();
    let first = process.pid();

    process.terminate().unwrap();
    let status = process.ended(Duration::from_secs(5)).await.unwrap();
    process.restart().unwrap();

    assert_eq!(
        std::os::unix::process::ExitStatusExt::signal(&status),
        Some(Signal::TERM.as_raw())
    );
    assert!(process.is_running() && process.pid() != first);
}

/// Starts servers, writes down every process and folder of theirs, and waits to be killed.
async fn play_the_parent(report: PathBuf) {
    let mut postgres = Postgres::start(PostgresOptions::default()).await.unwrap();
    let mut nats = Nats::start(NatsOptions::default()).await.unwrap();
    let mut lines = Vec::new();
    for (process, log) in [
        (postgres.process().pid(), postgres.log().to_path_buf()),
        (nats.process().pid(), nats.log().to_path_buf()),
    ] {
        lines.extend(members(process));
        lines.extend(children(process));
        lines.push(log.parent().unwrap().display().to_string());
    }
    std::fs::write(report.with_extension("part"), lines.join("\n")).unwrap();
    std::fs::rename(report.with_extension("part"), report).unwrap();
    std::future::pending::<()>().await;
}

fn members(group: u32) -> Vec<String> {
    column_equals("pgid=", group)
}

fn children(parent: u32) -> Vec<String> {
    column_equals("ppid=", parent)
}

/// Living processes (zombies are nobody's harm) with that number in that column of `ps`.
fn column_equals(column: &str, number: u32) -> Vec<String> {
    let wanted = number.to_string();
    let output = Command::new("ps")
        .args(["-A", "-o", "pid=", "-o", "stat=", "-o", column])
        .output()
        .unwrap();
    let table = String::from_utf8(output.stdout).unwrap();
    let rows = table
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>());
    rows.filter(|row| !row[1].starts_with('Z') && row[2] == wanted)
        .map(|row| row[0].to_owned())
        .collect()
}

fn lives(pid: &str) -> bool {
    let output = Command::new("ps")
        .args(["-o", "stat=", "-p", pid])
        .output()
        .unwrap();
    let state = String::from_utf8(output.stdout).unwrap();
    !state.trim().is_empty() && !state.starts_with('Z')
}
