//! One of our own programs, started again whenever it ends.

use std::path::Path;
use std::time::{Duration, Instant};

use sandbox::{Output, Process, Spec};

use super::plan::Place;
use crate::Error;
use crate::console::Console;

const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// After this long alive, an end is not held against it.
const STEADY: Duration = Duration::from_secs(10);

pub struct Service {
    pub place: Place,
    spec: Spec,
    process: Process,
    started: Instant,
    pause: Duration,
    revive_at: Option<Instant>,
}

impl Service {
    pub fn start(
        place: Place,
        folder: &Path,
        settings: &[(&'static str, String)],
        console: &Console,
    ) -> Result<Self, Error> {
        let spec = spec(place.program, folder, settings)
            .env("SPOTTER_LISTEN", format!("127.0.0.1:{}", place.public))
            .env("SPOTTER_INTERNAL_LISTEN", format!("127.0.0.1:{}", place.internal));
        let process = start(&place.name, &spec, console)?;
        Ok(Self {
            place,
            spec,
            process,
            started: Instant::now(),
            pause: FIRST_PAUSE,
            revive_at: None,
        })
    }

    pub fn pid(&self) -> u32 {
        self.process.pid()
    }

    pub fn is_running(&mut self) -> bool {
        self.process.is_running()
    }

    pub fn ready_url(&self) -> String {
        format!("http://127.0.0.1:{}/readyz", self.place.internal)
    }

    /// Starts it again when it has ended, after a pause that grows while it keeps ending.
    /// True when it was started.
    pub fn watch(&mut self, console: &Console) -> Result<bool, Error> {
        let now = Instant::now();
        let Some(status) = self.process.status() else {
            return Ok(false);
        };
        let Some(at) = self.revive_at else {
            if self.started.elapsed() > STEADY {
                self.pause = FIRST_PAUSE;
            }
            console.say(&format!(
                "{} ended ({status}); starting it again.",
                self.place.name
            ));
            self.revive_at = Some(now + self.pause);
            self.pause = (self.pause * 2).min(LONGEST_PAUSE);
            return Ok(false);
        };
        if now < at {
            return Ok(false);
        }
        self.process = start(&self.place.name, &self.spec, console)?;
        (self.started, self.revive_at) = (now, None);
        Ok(true)
    }

    pub fn terminate(&mut self) {
        let _ = self.process.terminate();
    }

    pub async fn ended(&mut self, within: Duration) {
        let _ = self.process.ended(within).await;
    }
}

/// Runs `<service> --migrate` to its end.
pub async fn migrate(program: &str, folder: &Path, settings: &[(&'static str, String)]) -> Result<(), Error> {
    let mut process = Process::start(
        spec(program, folder, settings)
            .arg("--migrate")
            .output(Output::Pipe),
    )?;
    let output = process.take_output();
    let status = process.ended(Duration::from_mins(2)).await?;
    if status.success() {
        return Ok(());
    }
    let said = output
        .and_then(|output| std::io::read_to_string(output).ok())
        .unwrap_or_default();
    Err(format!("{program} --migrate: {status}\n{said}").into())
}

fn spec(program: &str, folder: &Path, settings: &[(&'static str, String)]) -> Spec {
    let spec = Spec::new(program, folder.join(program)).output(Output::Pipe);
    settings
        .iter()
        .fold(spec, |spec, (variable, value)| spec.env(*variable, value))
}

fn start(name: &str, spec: &Spec, console: &Console) -> Result<Process, Error> {
    let mut process = Process::start(spec.clone())?;
    if let Some(output) = process.take_output() {
        console.follow(name, output)?;
    }
    Ok(process)
}
