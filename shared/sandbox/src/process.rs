use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::OpenOptions;
use std::io::{PipeReader, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process, kill_process_group};

use crate::{Error, until};

/// Starts a watcher beside the program and then becomes the program, so that the pid is the same.
///
/// The watcher holds the reading end of a pipe whose other end only the parent has. When the
/// parent dies, however it dies, reading ends and the watcher takes the program down: first with
/// the program's own farewell signal, after 5 s with SIGKILL, and its scratch folder with it.
/// A line on the pipe means that the parent cleaned up by itself.
const LIFELINE: &str = r#"
farewell=$1 scratch=$2; shift 2
exec 3<&0 0</dev/null
{
  exec >/dev/null 2>&1
  if ! read -r _ <&3; then
    kill -s "$farewell" $$
    n=0
    while [ "$farewell" != KILL ] && kill -0 $$ && [ $n -lt 50 ]; do sleep 0.1; n=$((n + 1)); done
    kill -s KILL $$
    [ -z "$scratch" ] || rm -rf "$scratch" || { sleep 1; rm -rf "$scratch"; }
    kill -s KILL -- -$$
  fi
} &
exec 3<&-
exec "$@"
"#;

/// What to run, and how.
#[derive(Clone, Debug)]
pub struct Spec {
    name: String,
    program: PathBuf,
    arguments: Vec<OsString>,
    environment: BTreeMap<String, OsString>,
    directory: Option<PathBuf>,
    output: Output,
    run_as: Option<(u32, u32)>,
    farewell: Farewell,
    scratch: Option<PathBuf>,
}

/// Where standard output and error go.
#[derive(Clone, Debug)]
pub enum Output {
    Discard,
    Inherit,
    /// Appended to a file.
    File(PathBuf),
    /// To [`Process::take_output`].
    Pipe,
}

/// The signal a program gets when its parent has died.
#[derive(Clone, Copy, Debug)]
enum Farewell {
    Kill,
    /// PostgreSQL removes its shared memory on SIGQUIT, and cannot on SIGKILL.
    Quit,
}

impl Spec {
    pub fn new(name: impl Into<String>, program: impl Into<PathBuf>) -> Self {
        Self {
            name: name.into(),
            program: program.into(),
            arguments: Vec::new(),
            environment: BTreeMap::new(),
            directory: None,
            output: Output::Inherit,
            run_as: None,
            farewell: Farewell::Kill,
            scratch: None,
        }
    }

    #[must_use]
    pub fn arg(mut self, argument: impl Into<OsString>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    #[must_use]
    pub fn args<A: Into<OsString>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        self.arguments.extend(arguments.into_iter().map(Into::into));
        self
    }

    #[must_use]
    pub fn env(mut self, variable: impl Into<String>, value: impl Into<OsString>) -> Self {
        self.environment.insert(variable.into(), value.into());
        self
    }

    #[must_use]
    pub fn directory(mut self, directory: impl Into<PathBuf>) -> Self {
        self.directory = Some(directory.into());
        self
    }

    #[must_use]
    pub fn output(mut self, output: Output) -> Self {
        self.output = output;
        self
    }

    /// Runs the program as this user and group.
    #[must_use]
    pub(crate) fn run_as(mut self, user: Option<(u32, u32)>) -> Self {
        self.run_as = user;
        self
    }

    #[must_use]
    pub(crate) fn farewell_by_quit(mut self) -> Self {
        self.farewell = Farewell::Quit;
        self
    }

    /// Removes this folder when the parent has died without doing so.
    #[must_use]
    pub(crate) fn scratch(mut self, scratch: Option<PathBuf>) -> Self {
        self.scratch = scratch;
        self
    }

    fn command(&self) -> Command {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", LIFELINE, "lifeline"]);
        command.arg(match self.farewell {
            Farewell::Kill => "KILL",
            Farewell::Quit => "QUIT",
        });
        command.arg(self.scratch.as_deref().unwrap_or("".as_ref()));
        command
            .arg(&self.program)
            .args(&self.arguments)
            .envs(&self.environment);
        if let Some(directory) = &self.directory {
            command.current_dir(directory);
        }
        if let Some((user, group)) = self.run_as {
            command.uid(user).gid(group);
        }
        // A group of its own: Ctrl-C reaches the parent alone, which then stops things in order.
        command.process_group(0).stdin(Stdio::piped());
        command
    }
}

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

impl Spec {
    fn log(&self) -> String {
        match &self.output {
            Output::File(path) => path.display().to_string(),
            _ => "its output".to_owned(),
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
