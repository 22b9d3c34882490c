//! `make up` in a folder of its own, for those who test it from outside.
#![expect(
    clippy::expect_used,
    reason = "an installation that cannot start says why and ends"
)]

use std::path::{Path, PathBuf};
use std::time::Duration;

use sandbox::{Output, Process, Scratch, Signal, Spec, free_port, until};

/// Generous, because it may run beside other work.
const READY: Duration = Duration::from_mins(3);
const STOPPED: Duration = Duration::from_secs(40);

pub struct Installation {
    home: Scratch,
    up: Process,
}

impl Installation {
    /// # Panics
    /// When it does not start, with what it said.
    pub async fn start(name: &str) -> Self {
        let home = Scratch::new(name).expect("a folder for an installation");
        let program = sandbox::binary("dev");
        let folder = program.parent().expect("a program lies in a folder");
        let spec = Spec::new("up", &program)
            .args(["up", "--port", &free_port().to_string(), "--home"])
            .arg(home.path())
            .env("SPOTTER_BINARIES", folder)
            .output(Output::File(home.path().join("up.log")));
        let up = Process::start(spec).expect("the runner starts");
        let mut installation = Self { home, up };
        installation.ready().await;
        installation
    }

    /// Where it says who is there (`demo.json`) and what runs (`run.json`).
    pub fn demo(&self) -> PathBuf {
        self.home.path().join("demo.json")
    }

    /// Where it keeps everything.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Whether it ended as it should.
    ///
    /// # Panics
    /// When it does not end.
    pub async fn stop(mut self) -> bool {
        self.up
            .signal(Signal::INT)
            .expect("the installation can be stopped");
        let stopped = self.up.ended(STOPPED).await.expect("the installation stops");
        stopped.success()
    }

    async fn ready(&mut self) {
        let written = self.home.path().join("run.json");
        until("an installation", READY, || {
            std::future::ready(written.is_file() || !self.up.is_running())
        })
        .await
        .expect("`make up` is ready");
        assert!(self.up.is_running(), "{}", self.said());
    }

    fn said(&self) -> String {
        std::fs::read_to_string(self.home.path().join("up.log")).unwrap_or_default()
    }
}
