mod spec;

use std::fs::OpenOptions;
use std::io::{PipeReader, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process, kill_process_group};

use crate::{Error, until};

pub use spec::{Output, Spec};

/// A running child; dropped, it is killed and reaped.
#[derive(Debug)]
pub struct Process {
    spec: Spec,
    child: Child,
    output: Option<PipeReader>,
}

impl Process {
    pub fn start(spec: Spec) -> Result<Self, Error> {
        let failed = |source| Error::Spawn {
            program: spec.name.clone(),
            source,
        };
        let mut command = spec.command();
        let mut reader = None;
        match &spec.output {
            Output::Discard => drop(command.stdout(Stdio::null()).stderr(Stdio::null())),
            Output::Inherit => {}
            Output::File(path) => {
                let file = OpenOptions::new().create(true).append(true).open(path);
                let file = file.map_err(Error::at("open", path))?;
                command.stderr(file.try_clone().map_err(failed)?).stdout(file);
            }
            Output::Pipe => {
                let (read, write) = std::io::pipe().map_err(failed)?;
                command.stderr(write.try_clone().map_err(failed)?).stdout(write);
                reader = Some(read);
            }
        }
        let child = command.spawn().map_err(failed)?;
        Ok(Self {
            spec,
            child,
            output: reader,
        })
    }

    pub fn name(&self) -> &str {
        &self.spec.name
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What the program prints, when it was started with [`Output::Pipe`].
    pub fn take_output(&mut self) -> Option<PipeReader> {
        self.output.take()
    }

    /// The exit status once the program has ended.
    pub fn status(&mut self) -> Option<ExitStatus> {
        let status = self.child.try_wait().ok().flatten();
        if status.is_some() {
            self.release();
        }
        status
    }

    pub fn is_running(&mut self) -> bool {
        self.status().is_none()
    }

    /// Sends SIGKILL to the program and its process group, and reaps it.
    pub fn kill(&mut self) {
        if let Some(pid) = self.living() {
            let _ = kill_process_group(pid, Signal::KILL);
        }
        let _ = self.child.wait();
    }

    /// Asks the program to end (SIGTERM), which it does in its own time: see [`Process::ended`].
    pub fn terminate(&mut self) -> Result<(), Error> {
        self.signal(Signal::TERM)
    }

    /// Freezes the program (SIGSTOP): its connections stay open and answer nothing.
    pub fn stop(&mut self) -> Result<(), Error> {
        self.signal(Signal::STOP)
    }

    pub fn resume(&mut self) -> Result<(), Error> {
        self.signal(Signal::CONT)
    }

    pub fn signal(&mut self, signal: Signal) -> Result<(), Error> {
        let Some(pid) = self.living() else { return Ok(()) };
        kill_process(pid, signal).map_err(|errno| Error::Signal {
            pid: self.pid(),
            source: errno.into(),
        })
    }

    /// Waits for the program's own end; its status says how.
    pub async fn ended(&mut self, within: Duration) -> Result<ExitStatus, Error> {
        let mut status = None;
        let what = format!("the end of {}", self.spec.name);
        until(&what, within, || {
            status = self.status();
            std::future::ready(status.is_some())
        })
        .await?;
        Ok(status.unwrap_or_else(|| ExitStatus::from_raw(0)))
    }

    /// Kills what is left and starts the same again.
    pub fn restart(&mut self) -> Result<(), Error> {
        self.kill();
        *self = Self::start(self.spec.clone())?;
        Ok(())
    }

    /// Waits until `ready` holds, and fails at once when the program ends instead.
    pub async fn ready<F, Fut>(&mut self, within: Duration, mut ready: F) -> Result<(), Error>
    where
        F: FnMut() -> Fut,
        Fut: Future<Output = bool>,
    {
        let mut status = None;
        let what = format!("{} ready", self.spec.name);
        let reached = until(&what, within, || {
            status = self.status();
            let probe = ready();
            async move { status.is_some() || probe.await }
        })
        .await;
        match status {
            Some(status) => Err(Error::Ended {
                program: self.spec.name.clone(),
                status: status.to_string(),
                log: self.spec.log(),
            }),
            None => reached,
        }
    }

    /// The pid, as long as it is certain to be this program's own.
    fn living(&mut self) -> Option<Pid> {
        if self.status().is_some() {
            return None;
        }
        Pid::from_raw(self.child.id().cast_signed())
    }

    /// Tells the watcher of a program that has ended to go as well.
    fn release(&mut self) {
        if let Some(mut lifeline) = self.child.stdin.take() {
            let _ = lifeline.write_all(b"\n");
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // The line goes out first, so that the watcher of a program that has already ended
        // does not take the closing pipe for its parent's death.
        self.release();
        self.kill();
    }
}
