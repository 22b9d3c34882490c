//! Debian's Prometheus on the project's configuration, beside the services of a story.

use std::{fs, path::Path, time::Duration};

use sandbox::{Output, Process, Scratch, Spec, free_port, until};
use serde_json::Value;
use testkit::{Canary, Kit, Service};
use time::OffsetDateTime;
use tokio::time::Instant;

const READY: Duration = Duration::from_secs(30);
const EXPORTER: &str = "/usr/bin/prometheus-postgres-exporter";

/// A Prometheus that scrapes every second; it dies with the test.
pub struct Prometheus {
    url: String,
    http: reqwest::Client,
    exporter: Option<Process>,
    _process: Process,
    _folder: Scratch,
}

impl Prometheus {
    pub async fn beside(kit: &Kit, canary: &Canary) -> Self {
        let folder = Scratch::new("prometheus").unwrap();
        let (port, exporter_port) = (free_port(), free_port());
        let exporter = exporter(kit, exporter_port);
        let mut targets = targets(kit);
        targets.push(("canary", vec![canary.internal_url().replace("http://", "")]));
        targets.push(("postgres-exporter", vec![format!("127.0.0.1:{exporter_port}")]));
        configure(folder.path(), &targets);
        let spec = Spec::new("prometheus", "prometheus")
            .arg(format!(
                "--config.file={}",
                folder.path().join("prometheus.yml").display()
            ))
            .arg(format!(
                "--storage.tsdb.path={}",
                folder.path().join("data").display()
            ))
            .arg(format!("--web.listen-address=127.0.0.1:{port}"))
            .arg("--enable-feature=exemplar-storage")
            .output(Output::File(folder.path().join("log")));
        let prometheus = Self {
            url: format!("http://127.0.0.1:{port}"),
            http: testkit::plain(),
            exporter,
            _process: Process::start(spec).unwrap(),
            _folder: folder,
        };
        prometheus.scrapes_everything().await;
        prometheus
    }

    /// Whether PostgreSQL's exporter is on this machine.
    pub fn knows_postgres(&self) -> bool {
        self.exporter.is_some()
    }

    /// The expressions of all rules. What an alert compares is asked whether or not it is so.
    pub async fn rules(&self) -> Vec<String> {
        let told = self.get("rules", &[]).await;
        let groups = told["groups"].as_array().unwrap().iter();
        let rules = groups.flat_map(|group| group["rules"].as_array().unwrap());
        let expressions = rules.map(|rule| rule["query"].as_str().unwrap());
        expressions.map(compared).collect()
    }

    /// Asks until there is a series.
    pub async fn answers(&self, expression: &str, deadline: Instant) -> bool {
        let asked = until("a series", left(deadline), || async {
            let told = self.get("query", &[("query", expression)]).await;
            told["result"].as_array().is_some_and(|series| !series.is_empty())
        });
        asked.await.is_ok()
    }

    /// Asks until a bucket of a histogram leads to a trace.
    pub async fn has_exemplar(&self, histogram: &str, deadline: Instant) -> bool {
        let now = OffsetDateTime::now_utc().unix_timestamp();
        let (start, end) = ((now - 600).to_string(), (now + 600).to_string());
        let query = format!("{histogram}_bucket");
        let asked = until("an exemplar", left(deadline), || async {
            let question = [("query", query.as_str()), ("start", &start), ("end", &end)];
            let told = self.get("query_exemplars", &question).await;
            told[0]["exemplars"][0]["labels"]["trace_id"].is_string()
        });
        asked.await.is_ok()
    }

    /// Every replica is found, and understood.
    async fn scrapes_everything(&self) {
        let all = until("every target", READY, || async {
            let told = self.get("targets", &[("state", "active")]).await;
            let targets = told["activeTargets"].as_array().map_or(&[][..], Vec::as_slice);
            let is_up = |target: &&Value| target["health"] == "up";
            let expected = 6 + usize::from(self.knows_postgres());
            targets.iter().filter(is_up).count() == expected
        });
        let all = all.await.is_ok();
        assert!(all, "{:#}", self.get("targets", &[("state", "active")]).await);
    }

    /// `null` while it is not there.
    async fn get(&self, call: &str, question: &[(&str, &str)]) -> Value {
        let url = format!("{}/api/v1/{call}", self.url);
        let Ok(answer) = self.http.get(url).query(question).send().await else {
            return Value::Null;
        };
        let mut told: Value = answer.json().await.unwrap_or_default();
        assert_ne!(told["status"], "error", "{question:?}: {told}");
        told["data"].take()
    }
}

/// Once the time for all is over, the others still get a moment each: the first alone should be blamed.
fn left(deadline: Instant) -> Duration {
    let left = deadline.saturating_duration_since(Instant::now());
    left.max(Duration::from_secs(2))
}

/// A comparison that fails would answer nothing, like one that nobody can make; `bool` answers 0.
fn compared(expression: &str) -> String {
    [" > ", " < ", " >= ", " <= ", " == ", " != "]
        .into_iter()
        .fold(expression.to_owned(), |expression, comparison| {
            expression.replace(comparison, &format!("{comparison}bool "))
        })
}

/// The project's configuration, but that replicas are where the story has them and time goes faster.
fn configure(folder: &Path, targets: &[(&str, Vec<String>)]) {
    let origin = sandbox::workspace().join("deploy/prometheus");
    let text = fs::read_to_string(origin.join("prometheus.yml")).unwrap();
    let mut text = text
        .replace("_interval: 15s", "_interval: 1s")
        .replace("scrape_timeout: 10s", "scrape_timeout: 1s")
        .replace("rules/*.yml", &origin.join("rules/*.yml").display().to_string());
    for (name, addresses) in targets {
        let found = format!("dns_sd_configs: [{{ names: [{name}],");
        let line = text.lines().find(|line| line.contains(&found));
        let line = line
            .unwrap_or_else(|| panic!("prometheus.yml does not look for {name}"))
            .to_owned();
        let known = format!("    static_configs: [{{ targets: {addresses:?} }}]");
        text = text.replace(&line, &known);
    }
    assert!(!text.contains("dns_sd_configs"), "{text}");
    fs::write(folder.join("prometheus.yml"), text).unwrap();
}

fn targets(kit: &Kit) -> Vec<(&'static str, Vec<String>)> {
    let address = |service: &Service| service.internal_url().replace("http://", "");
    let gateways = kit.gateways().iter().map(|gateway| address(gateway));
    vec![
        ("gateway", gateways.collect()),
        ("chat-history", vec![address(kit.history(0))]),
        ("trainer-roster", vec![address(kit.roster())]),
        ("file-upload", vec![address(kit.files())]),
    ]
}

/// PostgreSQL's exporter, where Debian has it.
fn exporter(kit: &Kit, port: u16) -> Option<Process> {
    let program = Path::new(EXPORTER);
    let spec = Spec::new("postgres-exporter", program)
        .arg(format!("--web.listen-address=127.0.0.1:{port}"))
        .env(
            "DATA_SOURCE_NAME",
            format!("{}?sslmode=disable", kit.database_url()),
        )
        .output(Output::Discard);
    program.exists().then(|| Process::start(spec).unwrap())
}
