//! The example service as a child process.

use std::{
    net::SocketAddr,
    path::PathBuf,
    process::{ExitStatus, Output, Stdio},
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader, Lines},
    process::{Child, ChildStderr, Command},
};

const DEADLINE: Duration = Duration::from_secs(20);

/// A running greeter; it dies with the test.
pub struct Greeter {
    child: Child,
    log: Lines<BufReader<ChildStderr>>,
    pub public: SocketAddr,
    pub internal: SocketAddr,
    http: reqwest::Client,
}

impl Greeter {
    /// Starts one on free ports and waits until it listens.
    pub async fn start(variables: &[(&str, &str)]) -> Self {
        Self::spawn(command(&[]), variables).await
    }

    /// The same with a limit of open files.
    pub async fn with_open_files(limit: u32) -> Self {
        Self::under(&format!("ulimit -n {limit}")).await
    }

    /// The same under a limit that it may raise for itself up to another.
    pub async fn with_open_files_up_to(soft: u32, hard: u32) -> Self {
        Self::under(&format!("ulimit -Sn {soft}; ulimit -Hn {hard}")).await
    }

    async fn under(limits: &str) -> Self {
        let mut shell = Command::new("sh");
        shell
            .arg("-c")
            .arg(format!("{limits}; exec \"$0\""))
            .arg(program());
        Self::spawn(shell, &[]).await
    }

    async fn spawn(mut command: Command, variables: &[(&str, &str)]) -> Self {
        let mut child = command
            .env("SPOTTER_GREETER_NAME", "Anna")
            .env("SPOTTER_LISTEN", "127.0.0.1:0")
            .env("SPOTTER_INTERNAL_LISTEN", "127.0.0.1:0")
            .envs(variables.iter().copied())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap()).lines();
        let line = line_with(&mut log, "listening").await;
        boot::install_tls();
        Self {
            child,
            log,
            public: address(&line, "public"),
            internal: address(&line, "internal"),
            http: reqwest::Client::builder()
                .timeout(DEADLINE)
                .no_proxy()
                .build()
                .unwrap(),
        }
    }

    pub async fn get(&self, path: &str) -> reqwest::Result<reqwest::Response> {
        self.http
            .get(format!("http://{}{path}", self.public))
            .send()
            .await
    }

    pub async fn post(&self, path: &str) -> reqwest::Result<reqwest::Response> {
        self.http
            .post(format!("http://{}{path}", self.public))
            .send()
            .await
    }

    /// Asks what operators ask: status and body.
    pub async fn operator(&self, path: &str) -> (u16, String) {
        let reply = self
            .http
            .get(format!("http://{}{path}", self.internal))
            .send()
            .await
            .unwrap();
        (reply.status().as_u16(), reply.text().await.unwrap())
    }

    /// Tells it how much to log: the status of its answer.
    pub async fn log_level(&self, wish: &str) -> u16 {
        let url = format!("http://{}/log-level", self.internal);
        let wish = self
            .http
            .put(url)
            .header("content-type", "application/json")
            .body(wish.to_owned());
        wish.send().await.unwrap().status().as_u16()
    }

    /// Takes that back.
    pub async fn log_as_configured(&self) -> u16 {
        let url = format!("http://{}/log-level", self.internal);
        self.http.delete(url).send().await.unwrap().status().as_u16()
    }

    /// Reads the log up to a line with these words, and answers whether one before it has the others.
    pub async fn logged_before(&mut self, others: &str, words: &str) -> bool {
        let mut found = false;
        loop {
            let line = line_with(&mut self.log, "").await;
            if line.contains(words) {
                return found;
            }
            found |= line.contains(others);
        }
    }

    /// The value of a metric, written with its labels.
    pub async fn metric(&self, name: &str) -> f64 {
        let (_, text) = self.operator("/metrics").await;
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(' ').map(str::to_owned));
        line.unwrap_or_else(|| panic!("no {name} in {text}"))
            .parse()
            .unwrap()
    }

    pub fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.child.id().unwrap()).unwrap();
        kill_process(Pid::from_raw(pid).unwrap(), signal).unwrap();
    }

    pub async fn logs(&mut self, words: &str) -> String {
        line_with(&mut self.log, words).await
    }

    pub async fn ended(&mut self) -> ExitStatus {
        tokio::time::timeout(DEADLINE, self.child.wait())
            .await
            .expect("still running")
            .unwrap()
    }
}

/// Runs a greeter that is expected to end by itself.
pub async fn run(arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let child = command(arguments)
        .envs(variables.iter().copied())
        .kill_on_drop(true)
        .output();
    tokio::time::timeout(DEADLINE, child)
        .await
        .expect("still running")
        .unwrap()
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(program());
    command.args(arguments);
    command
}

/// Cargo builds examples next to the tests, unless it is told to build one test alone.
fn program() -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    tests.parent().unwrap().parent().unwrap().join("examples/greeter")
}

async fn line_with(log: &mut Lines<BufReader<ChildStderr>>, words: &str) -> String {
    let search = async {
        while let Some(line) = log.next_line().await.unwrap() {
            if line.contains(words) {
                return line;
            }
        }
        panic!("the log ended without {words:?}")
    };
    tokio::time::timeout(DEADLINE, search)
        .await
        .unwrap_or_else(|_| panic!("the log never said {words:?}"))
}

fn address(line: &str, field: &str) -> SocketAddr {
    let rest = line.split(&format!("\"{field}\":\"")).nth(1).unwrap();
    rest.split('"').next().unwrap().parse().unwrap()
}
