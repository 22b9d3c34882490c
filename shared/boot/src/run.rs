//! The life of a process: read settings, start telemetry, serve, drain, end.

use std::{env, process::ExitCode, time::Duration};

use tokio::{
    runtime::Runtime,
    signal::unix::{Signal, SignalKind, signal},
};
use tracing::{error, info};

use crate::{Error, Invalid, Lifecycle, Settings, catalogue, checkup, configuration};

/// How long everything may take to end after the hard stop.
const LAST_WORDS: Duration = Duration::from_secs(3);

/// Runs a service from its first line to its exit code.
///
/// Bad configuration exits 64 with one line that names the variable. SIGTERM and SIGINT stop
/// softly; a second one, or the end of the drain, stops hard. `<service> health` asks the one that
/// runs, and `<service> configuration` tells what can be set.
pub fn run<S, F, Fut>(service: &'static str, serve: F) -> ExitCode
where
    S: Settings,
    F: FnOnce(S, Lifecycle) -> Fut,
    Fut: Future<Output = Result<(), Error>>,
{
    if let Some(code) = answer::<S>(service) {
        return code;
    }
    let settings = match configuration::read::<S>(service) {
        Ok(settings) => settings,
        Err(code) => return code,
    };
    let runtime = match Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            return configuration::refuse(&format_args!("SPOTTER_…: no runtime could start: {error}"));
        }
    };
    let _inside = runtime.enter();
    let telemetry = match telemetry::init(service, &settings.boot().telemetry) {
        Ok(guard) => guard,
        Err(error) => return configuration::refuse(&Invalid::new(error.variable(), error.to_string())),
    };
    log_panics();
    install_tls();
    let outcome = runtime.block_on(live(settings, serve));
    // The last spans leave through a connection that lives on the runtime.
    drop(telemetry);
    runtime.shutdown_timeout(Duration::from_secs(1));
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => match error.downcast_ref::<Invalid>() {
            Some(invalid) => configuration::refuse(invalid),
            None => ExitCode::FAILURE,
        },
    }
}

/// What this process was started for, when it is not to serve.
fn answer<S: Settings>(service: &'static str) -> Option<ExitCode> {
    let mut arguments = env::args_os().skip(1);
    match arguments.next()?.to_str()? {
        "health" => Some(checkup::check(service, arguments)),
        "configuration" => Some(catalogue::print(&S::command())),
        _ => None,
    }
}

/// Chooses the one TLS provider of the process. `run` does it; tests that open TLS connections call it too.
pub fn install_tls() {
    // Fails only when it was installed already, by the same call.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
}

async fn live<S, F, Fut>(settings: S, serve: F) -> Result<(), Error>
where
    S: Settings,
    F: FnOnce(S, Lifecycle) -> Fut,
    Fut: Future<Output = Result<(), Error>>,
{
    let life = Lifecycle::new();
    let drain = Duration::from_secs(settings.boot().drain_seconds);
    let signals = listen_to_signals(
        signal(SignalKind::terminate())?,
        signal(SignalKind::interrupt())?,
        life.clone(),
    );
    let drain = life.tasks.spawn("drain", life.clone().drain(drain));
    let signals = life.tasks.spawn("signals", signals);

    let outcome = tokio::select! {
        outcome = Box::pin(serve(settings, life.clone())) => outcome,
        () = overdue(&life) => Err("the service did not end in time".into()),
    };
    // A mistake in the configuration is told on a line of its own, at the very end.
    if let Err(error) = &outcome
        && !error.is::<Invalid>()
    {
        error!(
            error = error.as_ref() as &dyn std::error::Error,
            "Ended by an error"
        );
    }
    // Both are gone before the stop below, which would otherwise be told as a drain.
    for task in [signals, drain] {
        task.abort();
        let _ = task.await;
    }
    life.soft.cancel();
    life.hard.cancel();
    life.tasks.finish(LAST_WORDS).await;
    outcome
}

/// Returns when the hard stop was long ago.
async fn overdue(life: &Lifecycle) {
    life.hard.cancelled().await;
    tokio::time::sleep(LAST_WORDS).await;
}

async fn listen_to_signals(mut terminate: Signal, mut interrupt: Signal, life: Lifecycle) {
    for stop in [&life.soft, &life.hard] {
        tokio::select! {
            _ = terminate.recv() => info!(signal = "SIGTERM", "Told to stop"),
            _ = interrupt.recv() => info!(signal = "SIGINT", "Told to stop"),
        }
        stop.cancel();
    }
}

/// Panics belong in the log with everything else.
fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let cause = panic.payload_as_str().unwrap_or("no message");
        error!(panic.location = place, panic.message = cause, "Panicked");
    }));
}
