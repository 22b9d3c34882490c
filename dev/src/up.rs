//! `make up`: starts everything, watches over it, and stops it in order.

mod announce;
mod fleet;
mod plan;
mod servers;
mod service;

use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use tokio::signal::unix::{SignalKind, signal};

use crate::console::Console;
use crate::keys::Keys;
use crate::layout::Layout;
use crate::{Error, demo};
use fleet::Fleet;
use plan::Plan;
use servers::Servers;

/// What a change to be noticed may cost at most.
const WATCH: Duration = Duration::from_millis(100);

#[derive(clap::Args, Debug)]
pub struct Options {
    /// The edge's port
    #[arg(long, default_value_t = 7003)]
    port: u16,
    /// How many gateways
    #[arg(long, default_value_t = 2)]
    gateways: usize,
}

pub async fn run(options: Options) -> Result<(), Error> {
    let started = Instant::now();
    let layout = Layout::of_repository()?;
    let Some(_lock) = layout.lock()? else {
        return already_running(&layout);
    };
    let console = Console::new(layout.logs());
    let programs = build()?;
    let keys = Keys::load(&layout.keys())?;
    let plan = Plan::new(&layout, &keys, options.port, options.gateways)?;

    let mut servers = Servers::start(&layout, &plan, &console).await?;
    let mut fleet = Fleet::new(&plan, &servers, programs, console.clone());
    let interrupted = interruption()?;
    tokio::pin!(interrupted);
    let outcome = tokio::select! {
        outcome = serve(&layout, &plan, &keys, &mut servers, &mut fleet, started) => outcome,
        () = &mut interrupted => Ok(()),
    };

    console.say("\nStopping.");
    layout.forget_running();
    fleet.stop().await;
    servers.stop().await;
    outcome
}

/// Brings the services up, lets the demo people in, and then keeps everything running.
async fn serve(
    layout: &Layout,
    plan: &Plan,
    keys: &Keys,
    servers: &mut Servers,
    fleet: &mut Fleet,
    started: Instant,
) -> Result<(), Error> {
    fleet.migrate().await?;
    fleet.start().await?;
    servers.start_edge(plan).await?;
    let addresses = fleet.addresses();
    let demo = demo::Demo::new(keys, plan.url.clone(), addresses)?;
    demo.enter(&servers.database_url(), &layout.data("demo-loaded"))
        .await?;
    demo.write(&layout.demo())?;
    layout.write_running(&fleet.running(&plan.url))?;

    announce::ready(&demo, started.elapsed());
    fleet.console().stream();
    loop {
        tokio::time::sleep(WATCH).await;
        servers.watch(fleet.console()).await?;
        if fleet.watch()? {
            layout.write_running(&fleet.running(&plan.url))?;
        }
    }
}

fn already_running(layout: &Layout) -> Result<(), Error> {
    match layout.running() {
        Ok(running) => println!(
            "Spotter is already running at {} (process {}).",
            running.url, running.pid
        ),
        Err(_) => println!("Spotter is already being started."),
    }
    Ok(())
}

/// Builds the services and answers the folder they are in. The list is the one that `make up`
/// builds, this runner included, so that cargo compiles shared libraries once.
fn build() -> Result<PathBuf, Error> {
    let own = std::env::current_exe()?;
    let programs = own.parent().map(PathBuf::from).unwrap_or_default();
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.arg("build").current_dir(sandbox::workspace());
    for package in ["dev", "gateway", "chat-history", "trainer-roster", "file-upload"] {
        cargo.args(["--package", package]);
    }
    if programs.ends_with("release") {
        cargo.arg("--release");
    }
    if let Some(target) = programs.parent() {
        cargo.arg("--target-dir").arg(target);
    }
    if cargo.status()?.success() {
        Ok(programs)
    } else {
        Err("the services do not compile".into())
    }
}

async fn first_of(signals: [SignalKind; 3]) -> Result<(), Error> {
    let [mut a, mut b, mut c] = [signal(signals[0])?, signal(signals[1])?, signal(signals[2])?];
    tokio::select! { _ = a.recv() => {}, _ = b.recv() => {}, _ = c.recv() => {} }
    Ok(())
}

/// Ends when somebody wants the runner to stop.
fn interruption() -> Result<impl Future<Output = ()>, Error> {
    let wait = first_of([
        SignalKind::interrupt(),
        SignalKind::terminate(),
        SignalKind::hangup(),
    ]);
    Ok(async move { drop(wait.await) })
}
