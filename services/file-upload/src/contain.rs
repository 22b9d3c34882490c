//! Runs a program on one upload in a child process of bounded memory and time, so that a panic, a
//! bomb or a stall in a decoder harms the one request that brought it.

pub mod limiter;

use std::{
    os::unix::process::ExitStatusExt,
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    time::Duration,
};

use tokio::{
    io::AsyncReadExt,
    process::{Child, Command},
    sync::{Semaphore, SemaphorePermit},
    time::timeout,
};
use tracing::warn;

/// Longest report; our renderer's have some 150 bytes, a prober's some 500.
const REPORT_BYTES: u64 = 8_192;
/// How long an upload waits for a place before it is told to come back.
const PATIENCE: Duration = Duration::from_secs(20);

/// What the system's loader answers when a program's libraries do not fit into its memory.
const NOT_LOADED: i32 = 127;

/// What one child may take.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Address space.
    pub memory_mib: u64,
    /// Processor time. A file that needs more is refused.
    pub cpu_seconds: u64,
    /// After this long a child is killed, whatever it waits for.
    pub deadline: Duration,
}

/// Where children run: so many at once, for all kinds of uploads together.
#[derive(Debug)]
pub struct Pen {
    /// The binary that is started with [`limiter::FLAG`]: this service's own.
    limiter: PathBuf,
    places: Semaphore,
}

/// One place in the pen, for as many children as one upload needs one after the other.
#[derive(Debug)]
pub struct Place<'a> {
    limiter: &'a Path,
    _permit: SemaphorePermit<'a>,
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the file cannot be used")]
    Rejected,
    #[error("no place was free, or the machine was too slow")]
    Busy,
    #[error("the program could not be started or watched")]
    Start(#[source] std::io::Error),
    #[error("the program ended with {0}")]
    Broken(ExitStatus),
    #[error("the program's report cannot be read")]
    Garbled(#[source] serde_json::Error),
}

impl Pen {
    pub fn new(limiter: PathBuf, places: usize) -> Self {
        Self {
            limiter,
            places: Semaphore::new(places),
        }
    }

    pub async fn enter(&self) -> Result<Place<'_>, Error> {
        let permit = timeout(PATIENCE, self.places.acquire())
            .await
            .ok()
            .and_then(Result::ok)
            .ok_or(Error::Busy)?;
        Ok(Place {
            limiter: &self.limiter,
            _permit: permit,
        })
    }
}

impl Place<'_> {
    /// Runs the program in `directory` and returns what it said. It dies when the caller goes away.
    pub async fn run(
        &self,
        program: &Path,
        arguments: &[&str],
        directory: &Path,
        limits: &Limits,
    ) -> Result<Vec<u8>, Error> {
        let child = self
            .command(program, arguments, limits)
            .current_dir(directory)
            .spawn()
            .map_err(Error::Start)?;
        let (status, report) = timeout(limits.deadline, finish(child))
            .await
            .map_err(|_| Error::Busy)?
            .map_err(Error::Start)?;
        judge(status)?;
        Ok(report)
    }

    fn command(&self, program: &Path, arguments: &[&str], limits: &Limits) -> Command {
        let mut command = Command::new(self.limiter);
        command
            .arg(limiter::FLAG)
            .arg(limits.memory_mib.to_string())
            .arg(limits.cpu_seconds.to_string())
            .arg(program)
            .args(arguments)
            // The child has no need of the service's secrets.
            .env_clear()
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true);
        command
    }
}

/// How the child ended, and what it said. One that says too much finds nobody listening.
async fn finish(mut child: Child) -> std::io::Result<(ExitStatus, Vec<u8>)> {
    let mut report = Vec::new();
    if let Some(said) = child.stdout.take() {
        said.take(REPORT_BYTES).read_to_end(&mut report).await?;
    }
    Ok((child.wait().await?, report))
}

fn judge(status: ExitStatus) -> Result<(), Error> {
    if status.success() {
        return Ok(());
    }
    let never_ran = [i32::from(limiter::NOT_STARTED), NOT_LOADED];
    if status.code().is_some_and(|code| never_ran.contains(&code)) {
        return Err(Error::Broken(status));
    }
    if status.code() != Some(1) {
        warn!(
            signal = status.signal(),
            code = status.code(),
            "A child did not survive its file"
        );
    }
    Err(Error::Rejected)
}
