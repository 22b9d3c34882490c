//! One process of one service, with the means to kill it.

use std::{
    net::IpAddr,
    path::PathBuf,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use sandbox::{Output, Process, Spec, free_port, until};

/// Generous, because tests share busy machines.
const READY: Duration = Duration::from_mins(1);

/// Where a replica listens.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    host: IpAddr,
    public: u16,
    internal: u16,
}

impl Place {
    /// Free ports of the machine's usual address.
    pub fn free() -> Self {
        Self::at([127, 0, 0, 1].into(), free_port())
    }

    /// An address of its own, where every replica's internal port may be the same.
    pub fn at(host: IpAddr, internal: u16) -> Self {
        Self {
            host,
            public: free_port(),
            internal,
        }
    }
}

/// A service that runs, or ran until a story killed it.
#[derive(Debug)]
pub struct Service {
    process: Mutex<Process>,
    place: Place,
    log: PathBuf,
}

impl Service {
    pub(crate) fn start(name: &str, place: Place, log: PathBuf, environment: &[(String, String)]) -> Self {
        let mut spec = Spec::new(name, sandbox::binary(name))
            .env("SPOTTER_LISTEN", format!("{}:{}", place.host, place.public))
            .env(
                "SPOTTER_INTERNAL_LISTEN",
                format!("{}:{}", place.host, place.internal),
            )
            .output(Output::File(log.clone()));
        for (variable, value) in environment {
            spec = spec.env(variable, value);
        }
        let process = Process::start(spec).expect("the service starts");
        Self {
            process: Mutex::new(process),
            place,
            log,
        }
    }

    /// Runs a service's own tool, such as `--migrate`, to its end.
    pub(crate) async fn run(name: &str, flag: &str, environment: &[(String, String)], log: PathBuf) {
        let mut spec = Spec::new(name, sandbox::binary(name))
            .arg(flag)
            .output(Output::File(log.clone()));
        for (variable, value) in environment {
            spec = spec.env(variable, value);
        }
        let mut process = Process::start(spec).expect("the tool starts");
        let status = process.ended(READY).await.expect("the tool ends");
        assert!(status.success(), "{name} {flag}: {status}\n{}", tail(&log));
    }

    /// Runs a service's own tool to its end: whether it succeeded, and what it printed.
    pub(crate) async fn ask(
        name: &str,
        arguments: &[&str],
        environment: &[(String, String)],
    ) -> (bool, String) {
        let mut spec = Spec::new(name, sandbox::binary(name)).output(Output::Pipe);
        for argument in arguments {
            spec = spec.arg(*argument);
        }
        for (variable, value) in environment {
            spec = spec.env(variable, value);
        }
        let mut process = Process::start(spec).expect("the tool starts");
        let status = process.ended(READY).await.expect("the tool ends");
        let mut printed = String::new();
        let output = process.take_output();
        if let Some(mut output) = output {
            drop(std::io::Read::read_to_string(&mut output, &mut printed));
        }
        (status.success(), printed)
    }

    /// Where people reach it, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.address())
    }

    pub fn port(&self) -> u16 {
        self.place.public
    }

    /// The same as `host:port`.
    pub fn address(&self) -> String {
        format!("{}:{}", self.place.host, self.place.public)
    }

    /// Where health and metrics are.
    pub fn internal_url(&self) -> String {
        format!("http://{}:{}", self.place.host, self.place.internal)
    }

    pub fn pid(&self) -> u32 {
        self.process().pid()
    }

    /// Resident memory in KiB, as the kernel counts it.
    pub fn resident(&self) -> u64 {
        self.memory("VmRSS:")
    }

    /// The most that was resident since it started, in KiB.
    pub fn peak(&self) -> u64 {
        self.memory("VmHWM:")
    }

    fn memory(&self, name: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        line.and_then(|line| line.trim().trim_end_matches(" kB").trim().parse().ok())
            .unwrap_or(0)
    }

    /// What it has logged so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Takes it down as a power cut does (SIGKILL).
    pub fn kill(&self) {
        self.process().kill();
    }

    /// Asks it to drain (SIGTERM).
    pub fn terminate(&self) {
        self.process().terminate().expect("SIGTERM can be sent");
    }

    /// Freezes it (SIGSTOP).
    pub fn stop(&self) {
        self.process().stop().expect("SIGSTOP can be sent");
    }

    pub fn resume(&self) {
        self.process().resume().expect("SIGCONT can be sent");
    }

    pub fn is_running(&self) -> bool {
        self.process().is_running()
    }

    /// Waits for its own end.
    pub async fn ended(&self, within: Duration) -> bool {
        until("the end of a service", within, || {
            std::future::ready(!self.is_running())
        })
        .await
        .is_ok()
    }

    /// Starts it again on the same ports, without waiting for it.
    pub fn revive(&self) {
        self.process().restart().expect("the service starts again");
    }

    /// Starts it again on the same ports and waits until it is ready.
    pub async fn restart(&self) {
        self.revive();
        self.ready().await;
    }

    /// Whether `/healthz` says so.
    pub async fn is_healthy(&self) -> bool {
        let url = format!("{}/healthz", self.internal_url());
        let answer = crate::http::plain().get(url).send().await;
        answer.is_ok_and(|answer| answer.status().is_success())
    }

    /// Waits until `/readyz` says so.
    pub async fn ready(&self) {
        let url = format!("{}/readyz", self.internal_url());
        let http = crate::http::plain();
        let ready = until("a service ready", READY, || async {
            if !self.is_running() {
                return true;
            }
            let answer = http.get(&url).send().await;
            answer.is_ok_and(|answer| answer.status().is_success())
        });
        let reached = ready.await;
        assert!(
            self.is_running() && reached.is_ok(),
            "not ready:\n{}",
            tail(&self.log)
        );
    }

    /// What Prometheus is told: with exemplars.
    pub async fn openmetrics(&self) -> String {
        openmetrics(&self.internal_url()).await
    }

    /// The value of a metric, summed over its labels.
    pub async fn metric(&self, name: &str) -> f64 {
        let url = format!("{}/metrics", self.internal_url());
        let answer = crate::http::plain()
            .get(url)
            .send()
            .await
            .expect("metrics answer");
        let text = answer.text().await.expect("metrics are text");
        let lines = text.lines().filter(|line| {
            line.strip_prefix(name)
                .is_some_and(|rest| rest.starts_with(['{', ' ']))
        });
        lines
            .filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok())
            .sum()
    }

    fn process(&self) -> MutexGuard<'_, Process> {
        self.process.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The last lines of a log, for the message of a story that failed.
fn tail(log: &PathBuf) -> String {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<_> = text.lines().collect();
    lines
        .get(lines.len().saturating_sub(20)..)
        .unwrap_or_default()
        .join("\n")
}

/// What the program with this internal address tells Prometheus.
pub(crate) async fn openmetrics(internal: &str) -> String {
    let asked = crate::http::plain()
        .get(format!("{internal}/metrics"))
        .header("accept", "application/openmetrics-text;version=1.0.0");
    let answer = asked.send().await.expect("metrics answer");
    answer.text().await.expect("metrics are text")
}
