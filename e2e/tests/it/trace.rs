//! One message is one trace, from the socket it came in by to the sockets it went out on.

use std::{collections::BTreeMap, time::Duration};

use serde_json::json;
use testkit::{
    Kit, Options,
    otlp::{Receiver, Span},
};
use uuid::Uuid;

/// The browser's own span, which Spotter points to and does not join.
const BROWSER: (&str, &str) = ("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7");
const TEXT: &str = "traced and never told";
const BEFORE: &str = "written before anything is looked at";

#[tokio::test]
async fn one_message_is_one_trace_over_every_service_it_crosses() {
    let story = Story::of_one_message(Options::default()).await;

    let trace = story.whole_trace().await;
    let [send, take, append, batch, commit, publish, deliver, write] = steps(&trace);
    for (span, parent) in [
        (take, send),
        (append, take),
        (batch, append),
        (commit, append),
        (publish, append),
        (deliver, publish),
        (write, deliver),
    ] {
        assert_eq!(span.parent, parent.id, "{span:#?}");
    }
    let deliveries = trace.iter().filter(|span| span.name == deliver.name);
    assert!(
        deliveries.clone().all(|span| span.parent == publish.id),
        "{trace:#?}"
    );
    assert_eq!(deliveries.count(), 2, "one for each gateway");
    assert_eq!(send.parent, "");
    assert_eq!(send.links, [(BROWSER.0.to_owned(), BROWSER.1.to_owned())]);
    assert_eq!(batch.links, [(append.trace.clone(), append.id.clone())]);
    assert_eq!(commit.links, [(batch.trace.clone(), batch.id.clone())]);
}

#[tokio::test]
async fn the_spans_of_a_message_speak_the_conventions_and_are_found_by_its_id() {
    let story = Story::of_one_message(Options::default()).await;

    let trace = story.whole_trace().await;
    let [send, take, append, _, commit, publish, deliver, _] = steps(&trace);
    let event = "chat.event.{trainerId}.{clientId}";
    for (span, kind, operation, r#type, destination) in [
        (send, "Producer", "send", "send", "history.append"),
        (take, "Consumer", "process", "process", "history.append"),
        (publish, "Producer", "publish", "send", event),
        (deliver, "Consumer", "process", "process", event),
    ] {
        assert_eq!(span.kind, kind, "{span:#?}");
        assert_eq!(span.name, format!("{operation} {destination}"));
        for (attribute, value) in [
            ("messaging.system", "nats"),
            ("messaging.operation.name", operation),
            ("messaging.operation.type", r#type),
            ("messaging.destination.name", destination),
        ] {
            assert_eq!(span.attribute(attribute), value, "{attribute} of {span:#?}");
        }
    }
    for span in [send, append, commit] {
        assert_eq!(span.attribute("messaging.message.id"), story.message, "{span:#?}");
    }
    let all = format!("{:?}", story.receiver.spans());
    assert!(!all.contains(TEXT), "a span tells what somebody wrote");
    assert!(!all.contains(&story.token), "a span tells a token");
}

#[tokio::test]
async fn a_ratio_of_zero_records_no_message_whatever_its_sender_asks() {
    let options = Options::default().with("SPOTTER_TRACE_RATIO", "0");
    let story = Story::of_one_message(options).await;

    for service in [&**story.kit.gateway(0), story.kit.history(0)] {
        service.terminate();
        assert!(
            service.ended(Duration::from_secs(30)).await,
            "it sends its last spans"
        );
    }

    assert_eq!(story.receiver.spans(), []);
}

#[tokio::test]
async fn a_slow_second_in_a_figure_leads_to_the_trace_of_its_message() {
    let story = Story::of_one_message(Options::default()).await;
    let trace = story.whole_trace().await;
    let [send, ..] = steps(&trace);

    for (service, histogram) in [
        (&**story.kit.gateway(0), "gateway_ack_seconds"),
        (&**story.kit.gateway(1), "gateway_deliver_seconds"),
        (story.kit.history(0), "chat_commit_seconds"),
    ] {
        let text = service.openmetrics().await;
        let exemplar = format!("# {{trace_id=\"{}\"}}", send.trace);
        let bucket = format!("{histogram}_bucket");
        let mut lines = text.lines().filter(|line| line.starts_with(&bucket));
        assert!(
            lines.any(|line| line.contains(&exemplar)),
            "{histogram} in {text}"
        );
    }
}

/// One message over two gateways, with an OTLP receiver that listens.
struct Story {
    receiver: Receiver,
    kit: Kit,
    message: String,
    token: String,
}

impl Story {
    async fn of_one_message(options: Options) -> Self {
        let receiver = Receiver::start().await;
        let options = Options {
            gateways: 2,
            ..options
        };
        let kit = Kit::start(options.with("SPOTTER_OTLP_ENDPOINT", &receiver.endpoint())).await;
        let (anna, tom) = kit.client_with_trainer("Anna", "Tom").await;
        let (mut phone, _) = kit.gateway(0).greeted(&anna).await;
        let mut desk = kit.gateway(1).connect(&tom).await;
        // Whoever has just joined may be brought a conversation's first message by a page, which is not traced.
        desk.send_text(BEFORE).await;
        let first = phone.find(|frame| frame.to_string().contains(BEFORE));
        first.await.unwrap();
        desk.expect_text(BEFORE).await;
        let message = Uuid::now_v7().to_string();

        let send = json!({
            "type": "send", "ref": 1, "id": message, "text": TEXT,
            "conversationId": anna.conversation(),
            "traceparent": format!("00-{}-{}-01", BROWSER.0, BROWSER.1),
        });
        phone.send_json(&send).await.unwrap();
        phone.expect("ack").await;
        desk.expect_text(TEXT).await;
        Self {
            receiver,
            kit,
            message,
            token: anna.token,
        }
    }

    /// Waits for the trace that holds every step.
    async fn whole_trace(&self) -> Vec<Span> {
        let complete = || std::future::ready(self.trace().is_some());
        let told = sandbox::until("a whole trace", Duration::from_secs(30), complete);
        let seen = told.await;
        assert!(
            seen.is_ok(),
            "no trace has every step; seen: {:#?}",
            self.receiver.spans()
        );
        self.trace().unwrap_or_default()
    }

    fn trace(&self) -> Option<Vec<Span>> {
        let mut traces: BTreeMap<String, Vec<Span>> = BTreeMap::new();
        for span in self.receiver.spans() {
            traces.entry(span.trace.clone()).or_default().push(span);
        }
        traces.into_values().find(|trace| {
            let has = |(service, name): &(&str, &str)| {
                let mut spans = trace.iter();
                spans.any(|span| span.service == *service && span.name == *name)
            };
            let written = trace.iter().filter(|span| span.name == "write").count();
            let is_ours = |span: &Span| span.attribute("messaging.message.id") == self.message;
            trace.iter().any(is_ours) && STEPS.iter().all(has) && written == DEVICES
        })
    }
}

/// The sender's phone and the trainer's desk.
const DEVICES: usize = 2;

/// Every step of a message's life, by service and name.
const STEPS: [(&str, &str); 8] = [
    ("gateway", "send history.append"),
    ("chat-history", "process history.append"),
    ("chat-history", "append"),
    ("chat-history", "batch"),
    ("chat-history", "commit"),
    ("chat-history", "publish chat.event.{trainerId}.{clientId}"),
    ("gateway", "process chat.event.{trainerId}.{clientId}"),
    ("gateway", "write"),
];

/// One span of each step; of what each gateway does for itself, those that belong together.
fn steps(trace: &[Span]) -> [&Span; 8] {
    let mut steps = STEPS.map(|(_, name)| {
        let span = trace.iter().find(|span| span.name == name);
        span.unwrap()
    });
    let [.., deliver, write] = &mut steps;
    let above = trace.iter().find(|span| span.id == write.parent);
    *deliver = above.unwrap();
    steps
}
