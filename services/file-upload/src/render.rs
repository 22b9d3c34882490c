//! Makes the stored variants of an image in a child process of bounded memory and time, so that a
//! panic, a bomb or a stall in a decoder harms the one request that brought it.

mod child;
mod encode;
mod scale;

use std::{
    os::unix::process::ExitStatusExt,
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    time::Duration,
};

use tokio::{
    io::AsyncReadExt,
    process::{Child, Command},
    sync::Semaphore,
    time::timeout,
};
use tracing::warn;

pub use child::{CHILD_FLAG, Report, SIDES, SOURCE, run_child};

/// Longest report; ours have some 150 bytes.
const REPORT_BYTES: u64 = 4_096;
/// How long a request waits for a place before it is told to come back.
const PATIENCE: Duration = Duration::from_secs(20);

/// Sets the limits and becomes the renderer. 125 tells that a limit could not be set: without
/// limits nothing is decoded.
const LIMITED: &str = "ulimit -v \"$1\" && ulimit -t \"$2\" && ulimit -c 0 && ulimit -n 32 && ulimit -f 131072 \
                       || exit 125; exec \"$0\" --render";
/// What a shell answers when it could not set a limit, could not execute or did not find a program.
const NOT_STARTED: std::ops::RangeInclusive<i32> = 125..=127;

#[derive(Debug, Clone)]
pub struct Options {
    /// The binary that is started with [`CHILD_FLAG`].
    pub program: PathBuf,
    /// Children at once.
    pub concurrency: usize,
    /// Address space of one child.
    pub memory_mib: u64,
    /// Processor time of one child. A file that needs more is refused.
    pub cpu_seconds: u64,
    /// After this long a child is killed, whatever it waits for.
    pub deadline: Duration,
}

#[derive(Debug)]
pub struct Renderer {
    options: Options,
    places: Semaphore,
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the image cannot be used")]
    Rejected,
    #[error("no renderer was free, or the machine was too slow")]
    Busy,
    #[error("the renderer could not be started or watched")]
    Start(#[source] std::io::Error),
    #[error("the renderer ended with {0}")]
    Broken(ExitStatus),
}

impl Renderer {
    pub fn new(options: Options) -> Self {
        let places = Semaphore::new(options.concurrency);
        Self { options, places }
    }

    /// Renders the file called [`SOURCE`] in `directory`; the variants are written beside it. The
    /// child dies when the caller goes away.
    pub async fn render(&self, directory: &Path) -> Result<Report, Error> {
        let _place = timeout(PATIENCE, self.places.acquire())
            .await
            .ok()
            .and_then(Result::ok)
            .ok_or(Error::Busy)?;
        let child = self.command(directory).spawn().map_err(Error::Start)?;
        let (status, report) = timeout(self.options.deadline, finish(child))
            .await
            .map_err(|_| Error::Busy)?
            .map_err(Error::Start)?;
        judge(status, &report)
    }

    fn command(&self, directory: &Path) -> Command {
        let mut command = Command::new("/bin/sh");
        command
            .args(["-c", LIMITED])
            .arg(&self.options.program)
            .arg((self.options.memory_mib * 1024).to_string())
            .arg(self.options.cpu_seconds.to_string())
            .current_dir(directory)
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

fn judge(status: ExitStatus, report: &[u8]) -> Result<Report, Error> {
    if status.success() {
        return serde_json::from_slice(report).map_err(|_| Error::Broken(status));
    }
    if status.code().is_some_and(|code| NOT_STARTED.contains(&code)) {
        return Err(Error::Broken(status));
    }
    if status.code() != Some(1) {
        warn!(
            signal = status.signal(),
            code = status.code(),
            "A renderer did not survive its image"
        );
    }
    Err(Error::Rejected)
}
