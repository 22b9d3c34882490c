//! RFC 6455 below every library: raw bytes go in, and what comes back is read byte by byte.
//! The sections are those of the Autobahn test suite, in words of our own.

mod case;
mod closing;
mod control;
mod fragments;
mod framing;
mod handshake;
mod peer;
mod sizes;
mod utf8;

use case::Case;
use futures_util::{StreamExt, stream};
use testkit::{Kit, Options, Person};

/// Sockets that are tried side by side.
const AT_ONCE: usize = 16;

#[tokio::test]
async fn a_socket_keeps_every_rule_of_rfc_6455() {
    let options = Options::default().unlimited().with("SPOTTER_DEVICES", "1000");
    let kit = Kit::start(options).await;
    let (anna, _tom) = kit.client_with_trainer("Anna", "Tom").await;
    let cases = every_case(&anna);
    assert!(cases.len() > 250, "only {} cases", cases.len());

    let kit = &kit;
    let anna = &anna;
    let broken: Vec<String> = stream::iter(cases)
        .map(|case| async move { case.run(kit.gateway(0), anna).await })
        .buffer_unordered(AT_ONCE)
        .filter_map(|outcome| async move { outcome.err() })
        .collect()
        .await;

    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

fn every_case(anna: &Person) -> Vec<Case> {
    [
        framing::cases(anna),
        control::cases(),
        fragments::cases(anna),
        utf8::cases(anna),
        closing::cases(),
        sizes::cases(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
