//! Where a request came from: forwarded addresses are believed only from the configured proxies.

use std::{
    convert::Infallible,
    net::{IpAddr, Ipv6Addr, SocketAddr},
    str::FromStr,
};

use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{HeaderMap, request::Parts},
};

use crate::stack::Gate;

const X_FORWARDED_FOR: &str = "x-forwarded-for";
/// One household or server has a whole network of this length.
const V6_PREFIX: u8 = 64;

/// The address of the client itself, past the trusted proxies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ClientAddress(pub IpAddr);

impl ClientAddress {
    /// Finds the nearest address that is no trusted proxy, reading `X-Forwarded-For` from its end.
    pub fn find(peer: IpAddr, headers: &HeaderMap, trusted: &[Network]) -> Self {
        let believed = |address: IpAddr| trusted.iter().any(|network| network.contains(address));
        let mut client = peer.to_canonical();
        let lines: Vec<&str> = headers
            .get_all(X_FORWARDED_FOR)
            .iter()
            .filter_map(|line| line.to_str().ok())
            .collect();
        let mut hops = lines.iter().rev().flat_map(|line| line.rsplit(','));
        while believed(client) {
            match hops.next().and_then(hop) {
                Some(address) => client = address,
                None => break,
            }
        }
        Self(client)
    }

    /// What a rate counts: the address, or the network that an IPv6 client may choose addresses from.
    pub fn key(self) -> IpAddr {
        match self.0 {
            IpAddr::V4(_) => self.0,
            IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & mask(128, V6_PREFIX))),
        }
    }
}

/// One entry of `X-Forwarded-For`, perhaps with a port.
fn hop(raw: &str) -> Option<IpAddr> {
    let raw = raw.trim();
    let address = raw
        .parse()
        .or_else(|_| raw.parse::<SocketAddr>().map(|socket| socket.ip()))
        .or_else(|_| raw.trim_start_matches('[').trim_end_matches(']').parse());
    address.ok().map(|address: IpAddr| address.to_canonical())
}

impl<S: Send + Sync> FromRequestParts<S> for ClientAddress {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        let peer = parts
            .extensions
            .get::<ConnectInfo<SocketAddr>>()
            .map_or(IpAddr::from([0, 0, 0, 0]), |ConnectInfo(peer)| peer.ip());
        let trusted = parts
            .extensions
            .get::<Gate>()
            .map_or(&[][..], |gate| gate.trusted_proxies());
        Ok(Self::find(peer, &parts.headers, trusted))
    }
}

/// An address or a network in CIDR notation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    base: IpAddr,
    prefix: u8,
}

impl Network {
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.base, address.to_canonical()) {
            (IpAddr::V4(base), IpAddr::V4(address)) => {
                let mask = mask(32, self.prefix);
                u128::from(base.to_bits()) & mask == u128::from(address.to_bits()) & mask
            }
            (IpAddr::V6(base), IpAddr::V6(address)) => {
                let mask = mask(128, self.prefix);
                base.to_bits() & mask == address.to_bits() & mask
            }
            _ => false,
        }
    }
}

impl FromStr for Network {
    type Err = &'static str;

    fn from_str(raw: &str) -> Result<Self, Self::Err> {
        const SHAPE: &str = "each must be an address or a network such as 10.0.0.0/8";
        let raw = raw.trim();
        let (base, prefix) = raw
            .split_once('/')
            .map_or((raw, None), |(base, prefix)| (base, Some(prefix)));
        let base: IpAddr = base.parse().map_err(|_| SHAPE)?;
        let bits = if base.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            None => bits,
            Some(prefix) => prefix
                .parse()
                .ok()
                .filter(|prefix| *prefix <= bits)
                .ok_or(SHAPE)?,
        };
        Ok(Self { base, prefix })
    }
}

/// The upper `prefix` of `bits` bits.
fn mask(bits: u8, prefix: u8) -> u128 {
    let width = u128::MAX >> (128 - u32::from(bits));
    width & u128::MAX.checked_shl(u32::from(bits - prefix)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(peer: &str, forwarded: &[&str], trusted: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append(X_FORWARDED_FOR, line.parse().unwrap());
        }
        let trusted: Vec<Network> = trusted.iter().map(|raw| raw.parse().unwrap()).collect();
        ClientAddress::find(peer.parse().unwrap(), &headers, &trusted)
            .0
            .to_string()
    }

    #[test]
    fn a_forged_forwarded_address_is_not_believed() {
        assert_eq!(client("203.0.113.9", &["10.1.1.1"], &[]), "203.0.113.9");
        assert_eq!(
            client("203.0.113.9", &["10.1.1.1"], &["10.0.0.0/8"]),
            "203.0.113.9"
        );
        // What the client wrote itself stands left of what the proxy added.
        assert_eq!(
            client("10.0.0.1", &["1.2.3.4, 203.0.113.9"], &["10.0.0.0/8"]),
            "203.0.113.9"
        );
        assert_eq!(
            client("10.0.0.1", &["1.2.3.4", "203.0.113.9"], &["10.0.0.0/8"]),
            "203.0.113.9"
        );
    }

    #[test]
    fn trusted_proxies_are_seen_through() {
        let trusted = ["127.0.0.1", "10.0.0.0/8", "fd00::/8"];

        assert_eq!(client("127.0.0.1", &["203.0.113.9"], &trusted), "203.0.113.9");
        assert_eq!(
            client("::ffff:10.0.0.1", &["203.0.113.9:4711, 10.2.0.1"], &trusted),
            "203.0.113.9"
        );
        assert_eq!(client("fd00::1", &["[2001:db8::1]:443"], &trusted), "2001:db8::1");
        assert_eq!(client("10.0.0.1", &["garbage"], &trusted), "10.0.0.1");
        assert_eq!(client("10.0.0.1", &[], &trusted), "10.0.0.1");
    }

    #[test]
    fn an_ipv6_client_is_counted_by_its_network() {
        let key = |raw: &str| ClientAddress(raw.parse().unwrap()).key();

        assert_eq!(key("2001:db8:1:2:3:4:5:6"), key("2001:db8:1:2:ffff::1"));
        assert_ne!(key("2001:db8:1:2::1"), key("2001:db8:1:3::1"));
        assert_ne!(key("192.0.2.1"), key("192.0.2.2"));
    }

    #[test]
    fn networks_are_exact_about_their_ends() {
        let network: Network = "192.168.16.0/20".parse().unwrap();
        assert!(network.contains("192.168.31.255".parse().unwrap()));
        assert!(!network.contains("192.168.32.0".parse().unwrap()));
        assert!(
            "0.0.0.0/0"
                .parse::<Network>()
                .unwrap()
                .contains("8.8.8.8".parse().unwrap())
        );
        assert!(
            "::/0"
                .parse::<Network>()
                .unwrap()
                .contains("2001:db8::1".parse().unwrap())
        );

        for raw in ["", "10.0.0.0/33", "10.0.0/8", "10.0.0.0/", "::/129", "localhost"] {
            assert!(raw.parse::<Network>().is_err(), "{raw}");
        }
    }
}
