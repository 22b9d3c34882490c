//! One message is one trace, from the socket it came in by to the sockets it went out on.

use std::{collections::BTreeMap, time::Duration};

use testkit::{
    Kit, Options,
    otlp::{Receiver, Span},
};

#[tokio::test]
async fn one_message_is_one_trace_over_every_service_it_crosses() {
    let receiver = Receiver::start().await;
    let options = Options {
        gateways: 2,
        ..Options::default()
    };
    let kit = Kit::start(options.with("SPOTTER_OTLP_ENDPOINT", &receiver.endpoint())).await;
    let (anna, tom) = kit.client_with_trainer("Anna", "Tom").await;
    let mut phone = kit.gateway(0).connect(&anna).await;
    let desk = kit.gateway(1).connect(&tom).await;

    phone.send_text("traced").await;
    desk.expect_text("traced").await;

    let told = sandbox::until("a whole trace", Duration::from_secs(30), || {
        std::future::ready(whole_trace(&receiver.spans()).is_some())
    });
    let seen = receiver.spans();
    assert!(told.await.is_ok(), "no trace has every step; seen: {seen:#?}");
    let trace = whole_trace(&receiver.spans()).unwrap();
    assert!(is_one_tree(&trace), "{trace:#?}");
}

/// Every step of a message's life, by service and name.
const STEPS: [(&str, &str); 5] = [
    ("gateway", "send"),
    ("chat-history", "append"),
    ("chat-history", "commit"),
    ("chat-history", "publish"),
    ("gateway", "deliver"),
];

/// The spans of the first trace that holds every step.
fn whole_trace(spans: &[Span]) -> Option<Vec<Span>> {
    let mut traces: BTreeMap<&str, Vec<Span>> = BTreeMap::new();
    for span in spans {
        traces.entry(&span.trace).or_default().push(span.clone());
    }
    traces.into_values().find(|trace| {
        STEPS.iter().all(|(service, name)| {
            trace
                .iter()
                .any(|span| span.service == *service && span.name.contains(name))
        })
    })
}

/// All but the root have their parent in the trace.
fn is_one_tree(trace: &[Span]) -> bool {
    let orphans = trace
        .iter()
        .filter(|span| !trace.iter().any(|other| other.id == span.parent));
    orphans.count() == 1
}
