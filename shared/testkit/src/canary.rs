//! The canary as its operators run it: `load canary`, with a story's people and gateways.

use std::{
    collections::BTreeMap,
    fs,
    process::{Command, ExitStatus},
    time::Duration,
};

use sandbox::{Output, Process, Scratch, Spec, free_port, until};

use crate::{Kit, Person, service};

const WITHIN: Duration = Duration::from_secs(40);
const STOPPED: Duration = Duration::from_secs(10);

/// Two people who write to each other once a second, each over a gateway of their own.
pub struct Canary {
    process: Process,
    url: String,
    _tokens: Scratch,
}

impl Canary {
    pub fn start(kit: &Kit, sender: &Person, receiver: &Person) -> Self {
        let tokens = Scratch::new("canary").expect("a folder for tokens");
        let token = |person: &Person| {
            let path = tokens.path().join(&person.name);
            fs::write(&path, format!("{}\n", person.token)).expect("a token is written");
            path
        };
        let sockets = [0, 1].map(|index| kit.gateway(index).socket_url()).join(",");
        let internal = format!("127.0.0.1:{}", free_port());
        let spec = Spec::new("canary", sandbox::binary("load"))
            .arg("canary")
            .env("SPOTTER_LISTEN", format!("127.0.0.1:{}", free_port()))
            .env("SPOTTER_INTERNAL_LISTEN", &internal)
            .env("SPOTTER_CANARY_SOCKETS", sockets)
            .env("SPOTTER_CANARY_SENDER_TOKEN_FILE", token(sender))
            .env("SPOTTER_CANARY_RECEIVER_TOKEN_FILE", token(receiver))
            .env("SPOTTER_CANARY_SECONDS", "1")
            .output(Output::Inherit);
        Self {
            process: Process::start(spec).expect("the canary starts"),
            url: format!("http://{internal}"),
            _tokens: tokens,
        }
    }

    pub fn internal_url(&self) -> &str {
        &self.url
    }

    /// What its container's health check comes to.
    pub fn is_healthy(&self) -> bool {
        let mut health = Command::new(sandbox::binary("load"));
        let internal = self.url.replace("http://", "");
        let asked = health.arg("health").env("SPOTTER_INTERNAL_LISTEN", internal);
        asked.status().expect("the question is asked").success()
    }

    /// What Prometheus is told: with exemplars.
    pub async fn openmetrics(&self) -> String {
        service::openmetrics(&self.url).await
    }

    /// Every sample it exposes, by its name and labels; empty while it starts.
    pub async fn metrics(&self) -> BTreeMap<String, f64> {
        let url = format!("{}/metrics", self.url);
        let Ok(answer) = crate::http::plain().get(url).send().await else {
            return BTreeMap::new();
        };
        let text = answer.text().await.unwrap_or_default();
        let samples = text.lines().filter(|line| !line.starts_with('#'));
        samples
            .filter_map(|line| {
                let (name, value) = line.rsplit_once(' ')?;
                Some((name.to_owned(), value.parse().ok()?))
            })
            .collect()
    }

    /// Waits until there are samples and they are so.
    pub async fn until(&self, holds: impl Fn(&BTreeMap<String, f64>) -> bool) {
        let told = until("what the canary tells", WITHIN, || async {
            let metrics = self.metrics().await;
            !metrics.is_empty() && holds(&metrics)
        });
        told.await.expect("the canary tells it");
    }

    /// Tells it to stop, and how it ended.
    pub async fn terminate(&mut self) -> ExitStatus {
        self.process.terminate().expect("it can be told");
        self.process.ended(STOPPED).await.expect("it ends")
    }
}
