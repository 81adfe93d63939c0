//! Which addresses a request may go to.
//!
//! An address that somebody else chose must not turn a party into a probe of its own network
//! (CWE-918). Names are therefore checked again after they are resolved, and the connection is
//! made to the addresses that were checked.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use keepwell_protocol::formats::http::{LOOPBACK_NAME, is_loopback};
use url::{Host, Url};

use crate::NetError;

/// Where a request may go.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Reach {
    /// A server that the user or the operator named: https anywhere, plain http on loopback only.
    Configured,
    /// An address from elsewhere: https to the public internet only.
    Foreign,
    /// As [`Reach::Foreign`], and loopback: for a party whose own servers are on loopback, which is
    /// a demonstration on one machine.
    ForeignOrLoopback,
}

impl Reach {
    /// Checks what an absolute URL says, for a transport that resolves the name itself.
    ///
    /// # Errors
    /// [`NetError::AddressRefused`] or [`NetError::AddressMalformed`].
    pub fn check_text(self, url: &str) -> Result<(), NetError> {
        self.check(&Url::parse(url).map_err(|_| NetError::AddressMalformed)?)
    }

    /// Checks what the URL itself says; a name is checked again by [`Reach::admits`] once resolved.
    pub(crate) fn check(self, url: &Url) -> Result<(), NetError> {
        let host = url.host().ok_or(NetError::AddressMalformed)?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(NetError::AddressRefused);
        }
        let address = match host {
            Host::Ipv4(address) => Some(IpAddr::V4(address)),
            Host::Ipv6(address) => Some(IpAddr::V6(address)),
            Host::Domain(_) => None,
        };
        let local_name = matches!(host, Host::Domain(LOOPBACK_NAME));
        let allowed = match (url.scheme(), self) {
            ("http", Self::Foreign) => false,
            ("http", _) => is_loopback(url),
            ("https", Self::Configured) => true,
            ("https", _) => match address {
                Some(address) => self.admits(address),
                None => !local_name || self == Self::ForeignOrLoopback,
            },
            _ => false,
        };
        if allowed { Ok(()) } else { Err(NetError::AddressRefused) }
    }

    /// Says whether names must be looked up and checked before connecting.
    #[cfg(feature = "http")]
    pub(crate) fn looks_up(self) -> bool {
        self != Self::Configured
    }

    /// Says whether a connection may be made to `address`.
    pub(crate) fn admits(self, address: IpAddr) -> bool {
        match self {
            Self::Configured => true,
            Self::Foreign => is_public(address),
            Self::ForeignOrLoopback => address.is_loopback() || is_public(address),
        }
    }
}

/// Says whether an address is reached over the public internet (RFC 6890 and its registries).
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    !(address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_documentation()
        || a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b)) // RFC 6598, shared by carriers
        || (a == 192 && b == 0 && c == 0) // RFC 6890
        || (a == 192 && b == 88 && c == 99) // RFC 7526
        || (a == 198 && (b == 18 || b == 19))) // RFC 2544
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    if let Some(mapped) = address.to_ipv4_mapped() {
        return is_public_v4(mapped);
    }
    match address.segments() {
        // RFC 6052: a network without IPv4 translates; what counts is where it goes.
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            is_public_v4(Ipv4Addr::from((u32::from(high) << 16) | u32::from(low)))
        }
        [0x2001, second, ..] if second < 0x200 => false, // RFC 2928, special purposes, Teredo
        [0x2001, 0xdb8, ..] | [0x2002, ..] => false,     // documentation, 6to4
        [0x3fff, second, ..] if second < 0x1000 => false, // RFC 9637, documentation
        [first, ..] => (0x2000..0x4000).contains(&first), // RFC 4291 §2.4: global unicast in use
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(reach: Reach, url: &str) -> Result<(), NetError> {
        reach.check(&Url::parse(url).unwrap())
    }

    #[test]
    fn plain_http_stays_on_loopback() {
        for url in ["http://127.0.0.1:7/a", "http://[::1]/", "http://LOCALHOST:80"] {
            assert_eq!(check(Reach::Configured, url), Ok(()), "{url}");
            assert_eq!(check(Reach::ForeignOrLoopback, url), Ok(()), "{url}");
            assert_eq!(check(Reach::Foreign, url), Err(NetError::AddressRefused), "{url}");
        }
        for url in [
            "http://example.org/",
            "http://10.0.0.1/",
            "http://localhost.example.org/",
            "http://a.localhost/",
            "ftp://127.0.0.1/",
        ] {
            for reach in [Reach::Configured, Reach::Foreign, Reach::ForeignOrLoopback] {
                assert_eq!(check(reach, url), Err(NetError::AddressRefused), "{url}");
            }
        }
    }

    #[test]
    fn an_address_from_elsewhere_is_public() {
        for url in [
            "https://10.1.2.3/",
            "https://172.16.0.1/",
            "https://192.168.0.1/",
            "https://169.254.169.254/latest",
            "https://100.64.0.1/",
            "https://0.0.0.0/",
            "https://2130706433/", // 127.0.0.1 as one number
            "https://0x7f.1/",
            "https://[::1]/",
            "https://[::ffff:10.0.0.1]/",
            "https://[fe80::1]/",
            "https://[fc00::1]/",
            "https://[64:ff9b::a00:1]/",
            "https://[2002:a00:1::1]/",
            "https://localhost/",
            "https://user:secret@example.org/",
            "https://user@example.org/",
        ] {
            assert_eq!(check(Reach::Foreign, url), Err(NetError::AddressRefused), "{url}");
        }
        for url in [
            "https://example.org/a",
            "https://9.9.9.9/",
            "https://[2620:fe::fe]/",
            "https://[64:ff9b::909:909]/",
        ] {
            assert_eq!(check(Reach::Foreign, url), Ok(()), "{url}");
        }
    }
}
