//! `X-Forwarded-For`: the address that is believed is the nearest one that is no proxy of ours.

use std::net::IpAddr;

use api::{ClientAddress, Network};
use axum::http::{HeaderMap, HeaderValue};

/// Networks of proxies on the first line, and a header on each that follows.
pub fn run(bytes: &[u8]) {
    let mut lines = bytes.split(|byte| *byte == b'\n');
    let trusted = lines
        .next()
        .and_then(|line| std::str::from_utf8(line).ok())
        .unwrap_or_default();
    let trusted: Vec<Network> = trusted
        .split(',')
        .filter_map(|network| network.parse().ok())
        .collect();
    let mut headers = HeaderMap::new();
    for line in lines.take(16) {
        if let Ok(value) = HeaderValue::from_bytes(line) {
            headers.append("x-forwarded-for", value);
        }
    }
    for peer in ["127.0.0.1", "203.0.113.9", "::ffff:10.0.0.1", "fd00::1"] {
        let peer: IpAddr = peer.parse().expect("an address");
        let found = ClientAddress::find(peer, &headers, &trusted);
        let believed = |address: IpAddr| trusted.iter().any(|network| network.contains(address));
        assert!(
            believed(peer) || found.0 == peer.to_canonical(),
            "{peer} became {}",
            found.0
        );
        let again = ClientAddress(found.key());
        assert_eq!(again.key(), found.key());
    }
}
