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

use crate::Error;
use crate::console::Console;
use crate::demo::Demo;
use crate::host::Host;
use crate::keys::Keys;
use crate::layout::{Layout, Running};
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
    /// Where everything is kept, instead of `.dev/`
    #[arg(long, value_name = "FOLDER")]
    home: Option<PathBuf>,
}

pub async fn run(options: Options) -> Result<(), Error> {
    let started = Instant::now();
    let layout = match &options.home {
        Some(home) => Layout::at(home)?,
        None => Layout::of_repository()?,
    };
    let Some(_lock) = layout.lock()? else {
        already_running(&layout);
        return Ok(());
    };
    let mut installation = Installation::new(layout, &options).await?;
    let outcome = tokio::select! {
        outcome = installation.serve(started) => outcome,
        interrupted = interruption() => interrupted,
    };
    installation.stop().await;
    outcome
}

/// Everything that runs on this machine.
struct Installation {
    layout: Layout,
    plan: Plan,
    keys: Keys,
    servers: Servers,
    fleet: Fleet,
}

impl Installation {
    async fn new(layout: Layout, options: &Options) -> Result<Self, Error> {
        let console = Console::new(layout.logs());
        let programs = build()?;
        let keys = Keys::load(&layout.keys())?;
        let plan = Plan::new(&layout, &keys, options.port, options.gateways)?;
        let servers = Servers::start(&layout, &keys, &console).await?;
        let fleet = Fleet::new(&plan, &servers, programs, console);
        Ok(Self {
            layout,
            plan,
            keys,
            servers,
            fleet,
        })
    }

    /// Brings the services up, lets the demo people in, and then keeps everything running.
    async fn serve(&mut self, started: Instant) -> Result<(), Error> {
        self.fleet.write_environments(&self.layout)?;
        self.fleet.migrate().await?;
        self.fleet.start().await?;
        self.servers.start_edge(&self.plan).await?;
        let demo = Demo::new(self.keys.issuer(), self.plan.url.clone(), self.fleet.addresses())?
            .with_broker(self.servers.broker_of_the_platform());
        demo.enter(&self.servers.database_url(), &self.layout.data("demo-loaded"))
            .await?;
        let mut host = Host::write(&self.layout.host(), &demo.people)?;
        demo.write(&self.layout.demo())?;
        self.tell_what_runs()?;

        announce::ready(&demo, started.elapsed());
        self.fleet.console().stream();
        loop {
            tokio::time::sleep(WATCH).await;
            let again = self.servers.watch(self.fleet.console()).await?;
            host.renew(&demo.people, self.keys.issuer())?;
            if self.fleet.watch()? || again {
                self.tell_what_runs()?;
            }
        }
    }

    /// For `kill-gateway`, and for a second `up`.
    fn tell_what_runs(&mut self) -> Result<(), Error> {
        let services = self.fleet.running();
        let gateways = services.iter().filter(|replica| replica.program == "gateway");
        self.layout.write_running(&Running {
            pid: std::process::id(),
            url: self.plan.url.clone(),
            gateways: gateways.cloned().collect(),
            broker: self.servers.broker_pid(),
            database: self.servers.database_url(),
            services,
        })
    }

    async fn stop(mut self) {
        println!("\nStopping.");
        self.layout.forget_running();
        self.fleet.stop().await;
        self.servers.stop().await;
    }
}

fn already_running(layout: &Layout) {
    match layout.running() {
        Ok(running) => println!(
            "Spotter is already running at {} (process {}).",
            running.url, running.pid
        ),
        Err(_) => println!("Spotter is already being started."),
    }
}

/// Builds the services and answers the folder they are in. The list is the one that `make up`
/// builds, this runner included, so that cargo compiles shared libraries once.
fn build() -> Result<PathBuf, Error> {
    if let Some(built) = std::env::var_os("SPOTTER_BINARIES") {
        return Ok(built.into());
    }
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

/// Ends when somebody wants the runner to stop.
pub(crate) async fn interruption() -> Result<(), Error> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hangup = signal(SignalKind::hangup())?;
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
        _ = hangup.recv() => {}
    }
    Ok(())
}
