use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};

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
    pub(super) name: String,
    program: PathBuf,
    arguments: Vec<OsString>,
    environment: BTreeMap<String, OsString>,
    directory: Option<PathBuf>,
    pub(super) output: Output,
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

    /// Where to look for what it said.
    pub(super) fn log(&self) -> String {
        match &self.output {
            Output::File(path) => path.display().to_string(),
            _ => "its output".to_owned(),
        }
    }

    pub(super) fn command(&self) -> Command {
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
