//! Who asks: the address that connects, or the one for which a trusted proxy asks.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use axum::http::{HeaderMap, HeaderName, header};

use crate::Listen;

/// The address of whoever sent a request; an extension of the request.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Client(pub IpAddr);

impl Client {
    /// Behind a trusted proxy it is the last hop that is not one, by `Forwarded` (RFC 7239) or
    /// `X-Forwarded-For`. A proxy writes one of the two and passes on whatever the client put into the
    /// other, so where both are there and differ neither is believed, and it is the proxy itself.
    pub(crate) fn of(peer: IpAddr, headers: &HeaderMap, listen: &Listen) -> Self {
        let peer = peer.to_canonical();
        if !listen.trusts(peer) {
            return Self(peer);
        }
        let last_hop = |name: HeaderName, hop: fn(&str) -> Option<IpAddr>| {
            let values: Vec<&str> =
                headers.get_all(name).iter().map(|value| value.to_str().unwrap_or_default()).collect();
            let hops = values.iter().rev().flat_map(|value| value.rsplit(',')).map(hop);
            (!values.is_empty()).then(|| last_untrusted(peer, hops, listen))
        };
        let forwarded = last_hop(header::FORWARDED, forwarded_for);
        match (forwarded, last_hop(X_FORWARDED_FOR, address)) {
            (Some(one), Some(other)) if one != other => Self(peer),
            (Some(client), _) | (None, Some(client)) => Self(client),
            (None, None) => Self(peer),
        }
    }
}

/// The first hop, from the server on, that is not a trusted proxy; where one does not say its address, the
/// one before it.
fn last_untrusted(peer: IpAddr, hops: impl Iterator<Item = Option<IpAddr>>, listen: &Listen) -> IpAddr {
    let mut nearest = peer;
    for hop in hops {
        match hop {
            Some(hop) if listen.trusts(hop) => nearest = hop,
            Some(hop) => return hop,
            None => return nearest,
        }
    }
    nearest
}

/// The `for` of one element of `Forwarded`.
fn forwarded_for(element: &str) -> Option<IpAddr> {
    let pairs = element.split(';').filter_map(|pair| pair.split_once('='));
    let (_, node) = pairs.into_iter().find(|(name, _)| name.trim().eq_ignore_ascii_case("for"))?;
    address(node.trim().trim_matches('"'))
}

/// An address with or without a port or brackets.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let with_port = || text.parse::<SocketAddr>().ok().map(|address| address.ip());
    let bare = || text.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    text.parse().ok().or_else(with_port).or_else(bare).map(|address: IpAddr| address.to_canonical())
}

/// Who shares one line: an IPv4 address, or a /64 of IPv6, which is what one customer has at least.
pub fn subscriber(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => IpAddr::V6(prefix(address, 64)),
    }
}

/// The network around a subscriber: a /24 of IPv4, or a /48 of IPv6, which is what one site has.
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            let [a, b, c, _] = address.octets();
            IpAddr::from([a, b, c, 0])
        }
        IpAddr::V6(address) => IpAddr::V6(prefix(address, 48)),
    }
}

fn prefix(address: Ipv6Addr, bits: u32) -> Ipv6Addr {
    Ipv6Addr::from_bits(address.to_bits() & u128::MAX << (128 - bits))
}

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn client(peer: &str, headers: &[(&'static str, &'static str)]) -> String {
        let mut listen = Listen::from(SocketAddr::from(([127, 0, 0, 1], 0)));
        listen.trusted_proxies = vec!["10.0.0.0/8".parse().unwrap(), "2001:db8:ffff::/48".parse().unwrap()];
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        Client::of(peer.parse().unwrap(), &map, &listen).0.to_string()
    }

    #[test]
    fn a_trusted_proxy_tells_for_whom_it_asks_and_nobody_else_does() {
        let of = [("x-forwarded-for", "203.0.113.7")];
        assert_eq!(client("10.1.1.1", &of), "203.0.113.7");
        assert_eq!(client("::ffff:10.1.1.1", &of), "203.0.113.7");
        assert_eq!(client("198.51.100.1", &of), "198.51.100.1");
        assert_eq!(client("10.1.1.1", &[]), "10.1.1.1");
    }

    #[test]
    fn it_is_the_last_hop_that_is_no_proxy_of_ours_whatever_the_client_wrote_before_it() {
        for (name, value, expected) in [
            ("x-forwarded-for", "1.1.1.1, 203.0.113.7", "203.0.113.7"),
            ("x-forwarded-for", "1.1.1.1, 203.0.113.7 ,10.2.2.2", "203.0.113.7"),
            ("x-forwarded-for", "1.1.1.1,203.0.113.7:4711, 10.2.2.2", "203.0.113.7"),
            ("x-forwarded-for", "203.0.113.7, unknown, 10.2.2.2", "10.2.2.2"),
            ("x-forwarded-for", "10.3.3.3", "10.3.3.3"),
            ("x-forwarded-for", "", "10.1.1.1"),
            ("forwarded", "for=1.1.1.1, for=203.0.113.7;proto=https;by=10.1.1.1", "203.0.113.7"),
            ("forwarded", "proto=https;For=\"[2001:db8::1]:4711\"", "2001:db8::1"),
            ("forwarded", "for=\"[2001:db8::1]\", for=\"[2001:db8:ffff::9]\"", "2001:db8::1"),
            ("forwarded", "for=\"a, for=203.0.113.7", "203.0.113.7"),
            ("forwarded", "for=203.0.113.7, for=_hidden", "10.1.1.1"),
            ("forwarded", "proto=https", "10.1.1.1"),
        ] {
            assert_eq!(client("10.1.1.1", &[(name, value)]), expected, "{name}: {value}");
        }
        let lines = [("x-forwarded-for", "203.0.113.7"), ("x-forwarded-for", "10.2.2.2")];
        assert_eq!(client("10.1.1.1", &lines), "203.0.113.7");
    }

    #[test]
    fn two_headers_that_differ_are_not_believed() {
        let (own, forged) = (("x-forwarded-for", "203.0.113.7"), ("forwarded", "for=198.51.100.9"));
        assert_eq!(client("10.1.1.1", &[own, forged]), "10.1.1.1");
        assert_eq!(client("10.1.1.1", &[own, ("forwarded", "for=203.0.113.7")]), "203.0.113.7");
    }

    #[test]
    fn a_subscriber_is_an_address_or_a_slash_64() {
        let of = |text: &str| subscriber(text.parse().unwrap()).to_string();
        assert_eq!(of("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!((of("192.0.2.7"), of("::ffff:192.0.2.7")), ("192.0.2.7".into(), "192.0.2.7".into()));
    }
}
