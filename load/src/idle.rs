//! How much a gateway keeps for a socket that does nothing.

use std::{
    io::{BufRead, BufReader},
    process::{Command, Stdio},
};

use testkit::{Kit, Options};

use crate::crowd;

#[derive(Debug, Clone, Copy, clap::Args)]
pub struct Plan {
    /// Sockets, each of a person of its own; an even number
    #[arg(long, default_value_t = 10_000)]
    sockets: usize,
}

/// Starts a gateway, fills it from another process, and compares.
pub async fn run(plan: Plan) {
    // Pings come early, so that each socket has answered one before memory is read.
    let options = crowd::unlimited(Options::default()).with("SPOTTER_HEARTBEAT_SECONDS", "10");
    let kit = Kit::start(options).await;
    let pairs = crowd::pairs(&kit, plan.sockets / 2).await;
    let gateway = kit.gateway(0);
    let empty = gateway.resident();

    let mut holder = hold(&gateway.socket_url(), &pairs);
    let counted = gateway.metric("gateway_sockets").await;
    let full = gateway.resident();

    println!("sockets                     {counted:>10}");
    println!("gateway, empty              {empty:>10} KiB");
    println!("gateway, with idle sockets  {full:>10} KiB");
    let each = (full.saturating_sub(empty)) as f64 / counted.max(1.0);
    println!("per socket                  {each:>10.2} KiB");
    println!("(each its own person, synced, one message and one ping answered)");
    drop(holder.stdin.take());
    drop(holder.wait());
}

/// Starts the other process and waits until all its sockets are idle.
fn hold(url: &str, pairs: &[crowd::Pair]) -> std::process::Child {
    let program = std::env::current_exe().expect("a running program has a path");
    let plan = std::env::temp_dir().join(format!("spotter-hold-{}.json", std::process::id()));
    let json = serde_json::to_vec(pairs).expect("pairs are JSON");
    std::fs::write(&plan, json).expect("the plan can be written");
    let mut holder = Command::new(program)
        .args(["hold", "--url", url, "--pairs"])
        .arg(&plan)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the holder starts");
    let output = holder.stdout.take().expect("its output is piped");
    let ready = BufReader::new(output)
        .lines()
        .map_while(Result::ok)
        .any(|line| line == "idle");
    drop(std::fs::remove_file(plan));
    assert!(ready, "the holder ended before its sockets were idle");
    holder
}
