//! The canary as its operators run it, beside services that come and go.

use std::{collections::BTreeMap, fs, time::Duration};

use sandbox::{Output, Process, Scratch, Spec, free_port, until};
use testkit::{Kit, Person};

const WITHIN: Duration = Duration::from_secs(40);
const STOPPED: Duration = Duration::from_secs(10);
const SUCCESS: &str = "canary_rounds_total{outcome=\"success\"}";
const SIGN_IN: &str = "canary_rounds_total{outcome=\"sign_in\"}";
const LAST: &str = "canary_last_success_timestamp_seconds";

#[tokio::test]
async fn the_canary_tells_how_long_a_message_takes_over_two_gateways_and_ends_when_told() {
    let kit = Kit::with_gateways(2).await;
    let (anna, tom) = kit.client_with_trainer("Anna", "Tom").await;

    let mut canary = Canary::start(&kit, &anna, &tom);
    canary.until(|metrics| metrics[SUCCESS] >= 2.0).await;

    let metrics = canary.metrics().await;
    for name in [
        "canary_sign_in_seconds",
        "canary_ack_seconds",
        "canary_deliver_seconds",
    ] {
        assert!(metrics[&format!("{name}_count")] >= 2.0, "{metrics:?}");
        assert!(metrics[&format!("{name}_sum")] > 0.0, "{metrics:?}");
    }
    assert!(metrics[LAST] > 1.7e9, "{metrics:?}");
    let log = kit.log(anna.conversation()).await;
    assert!(log.len() >= 2, "the messages are in the log");
    canary.process.terminate().unwrap();
    let ended = canary.process.ended(STOPPED).await.unwrap();
    assert!(ended.success(), "{ended}");
}

#[tokio::test]
async fn a_canary_whose_gateway_is_gone_says_so_and_goes_on_when_it_is_back() {
    let kit = Kit::with_gateways(2).await;
    let (anna, tom) = kit.client_with_trainer("Anna", "Tom").await;
    let canary = Canary::start(&kit, &anna, &tom);
    canary.until(|metrics| metrics[SUCCESS] >= 1.0).await;

    kit.gateway(1).kill();
    canary.until(|metrics| metrics[SIGN_IN] >= 1.0).await;
    let gone = canary.metrics().await;
    kit.gateway(1).restart().await;

    canary
        .until(|metrics| metrics[SUCCESS] > gone[SUCCESS] && metrics[LAST] > gone[LAST])
        .await;
}

struct Canary {
    process: Process,
    port: u16,
    _tokens: Scratch,
}

impl Canary {
    fn start(kit: &Kit, sender: &Person, receiver: &Person) -> Self {
        let tokens = Scratch::new("canary").unwrap();
        let token = |person: &Person| {
            let path = tokens.path().join(&person.name);
            fs::write(&path, format!("{}\n", person.token)).unwrap();
            path
        };
        let sockets = [0, 1].map(|index| kit.gateway(index).socket_url()).join(",");
        let port = free_port();
        let spec = Spec::new("canary", env!("CARGO_BIN_EXE_load"))
            .arg("canary")
            .env("SPOTTER_LISTEN", format!("127.0.0.1:{}", free_port()))
            .env("SPOTTER_INTERNAL_LISTEN", format!("127.0.0.1:{port}"))
            .env("SPOTTER_CANARY_SOCKETS", sockets)
            .env("SPOTTER_CANARY_SENDER_TOKEN_FILE", token(sender))
            .env("SPOTTER_CANARY_RECEIVER_TOKEN_FILE", token(receiver))
            .env("SPOTTER_CANARY_SECONDS", "1")
            .output(Output::Inherit);
        Self {
            process: Process::start(spec).unwrap(),
            port,
            _tokens: tokens,
        }
    }

    /// Everything it exposes; empty while it starts.
    async fn metrics(&self) -> BTreeMap<String, f64> {
        let url = format!("http://127.0.0.1:{}/metrics", self.port);
        let Ok(answer) = reqwest::get(url).await else {
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

    async fn until(&self, holds: impl Fn(&BTreeMap<String, f64>) -> bool) {
        let told = until("what the canary tells", WITHIN, || async {
            let metrics = self.metrics().await;
            metrics.contains_key(SUCCESS) && holds(&metrics)
        });
        told.await.unwrap();
    }
}
