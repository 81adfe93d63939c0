//! Identifiers: fixed-length byte strings, written as lowercase hex.

use std::fmt;

/// The text is not exactly the lowercase hex form of an identifier of this kind.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("an identifier is {hex_len} lowercase hex characters")]
pub struct InvalidId {
    /// How many characters the text form has.
    pub hex_len: usize,
}

/// The text is not the beginning of an identifier.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("an identifier is given by its first 8 lowercase hex characters, or more of them")]
pub struct InvalidIdPrefix;

/// The beginning of an identifier, or all of it: 8 to 64 lowercase hex characters.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct IdPrefix(String);

impl IdPrefix {
    /// The fewest characters that name an identifier.
    pub const SHORTEST: usize = 8;

    /// Parses the text form.
    ///
    /// # Errors
    /// [`InvalidIdPrefix`] on any other length or character; uppercase hex is refused.
    ///
    /// ```
    /// use keepwell_protocol::domain::{InvalidIdPrefix, IdPrefix};
    ///
    /// assert_eq!(IdPrefix::parse("0f0f0f0f")?.as_str(), "0f0f0f0f");
    /// assert_eq!(IdPrefix::parse("0f0f").unwrap_err(), InvalidIdPrefix);
    /// # Ok::<(), InvalidIdPrefix>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self, InvalidIdPrefix> {
        let is_hex = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if is_hex && (Self::SHORTEST..=64).contains(&text.len()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidIdPrefix)
        }
    }

    /// The hex characters as they were given.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the identifier begins so.
    pub fn begins(&self, id: &impl fmt::Display) -> bool {
        id.to_string().starts_with(&self.0)
    }
}

impl fmt::Display for IdPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Of each identifier of a list the fewest characters, 8 or more, that tell it from the others.
pub fn shortest_prefixes(ids: &[impl fmt::Display]) -> Vec<String> {
    let mut sorted: Vec<(String, usize)> =
        ids.iter().enumerate().map(|(at, id)| (id.to_string(), at)).collect();
    sorted.sort_unstable();
    let shared = |one: &str, other: Option<&(String, usize)>| match other {
        Some((other, _)) if other != one => {
            one.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count()
        }
        _ => 0,
    };
    let mut shortest: Vec<(usize, String)> = Vec::with_capacity(ids.len());
    let mut before = None;
    for (place, found @ (id, at)) in sorted.iter().enumerate() {
        let longest = shared(id, before).max(shared(id, sorted.get(place + 1)));
        let start = id.get(..(longest + 1).max(IdPrefix::SHORTEST)).unwrap_or(id);
        shortest.push((*at, start.to_owned()));
        before = Some(found);
    }
    shortest.sort_unstable();
    shortest.into_iter().map(|(_, prefix)| prefix).collect()
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $len:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub struct $name([u8; $len]);

        impl $name {
            /// The length in bytes; the text form has two characters for each.
            pub const LEN: usize = $len;

            /// Wraps the raw bytes.
            pub const fn from_bytes(bytes: [u8; $len]) -> Self {
                Self(bytes)
            }

            /// Borrows the raw bytes.
            pub const fn as_bytes(&self) -> &[u8; $len] {
                &self.0
            }

            /// Parses the text form.
            ///
            /// # Errors
            /// [`InvalidId`] on any other length or character; uppercase hex is refused.
            pub fn parse(text: &str) -> Result<Self, InvalidId> {
                let invalid = InvalidId { hex_len: $len * 2 };
                if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
                    return Err(invalid);
                }
                let mut bytes = [0; $len];
                hex::decode_to_slice(text, &mut bytes).map_err(|_| invalid)?;
                Ok(Self(bytes))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let mut text = [0; $len * 2];
                hex::encode_to_slice(self.0, &mut text).map_err(|_| fmt::Error)?;
                f.write_str(std::str::from_utf8(&text).map_err(|_| fmt::Error)?)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl From<[u8; $len]> for $name {
            fn from(bytes: [u8; $len]) -> Self {
                Self(bytes)
            }
        }

        impl TryFrom<&[u8]> for $name {
            type Error = InvalidId;
            fn try_from(bytes: &[u8]) -> Result<Self, InvalidId> {
                bytes.try_into().map(Self).map_err(|_| InvalidId { hex_len: $len * 2 })
            }
        }

        impl<C> minicbor::Encode<C> for $name {
            fn encode<W: minicbor::encode::Write>(
                &self,
                e: &mut minicbor::Encoder<W>,
                _: &mut C,
            ) -> Result<(), minicbor::encode::Error<W::Error>> {
                e.bytes(&self.0)?.ok()
            }
        }

        impl<'b, C> minicbor::Decode<'b, C> for $name {
            fn decode(
                d: &mut minicbor::Decoder<'b>,
                _: &mut C,
            ) -> Result<Self, minicbor::decode::Error> {
                Self::try_from(d.bytes()?)
                    .map_err(|_| minicbor::decode::Error::message("identifier of wrong length"))
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(d)?;
                Self::parse(&text).map_err(serde::de::Error::custom)
            }
        }
    };
}

id!(
    /// One patient–provider relationship on the ledger: a hash of its root key.
    AccountId, 32
);
id!(
    /// One grant: a hash of its account and its number there.
    GrantId, 32
);
id!(
    /// A provider: a hash of its first signing key.
    ProviderId, 32
);
id!(
    /// A gateway: a hash of its first signing key.
    GatewayId, 32
);
id!(
    /// An aggregator: a hash of its first signing key.
    AggregatorId, 32
);
id!(
    /// What stands in an aggregator's batch for one document, or for several: a salted hash.
    EntryHash, 32
);
id!(
    /// A provider's own access log: a hash of the provider.
    AuditLogId, 32
);
id!(
    /// A wallet's space at a host: a hash of the owner key.
    SpaceId, 32
);
id!(
    /// Sealed bytes at a host: their SHA-256.
    BlobId, 32
);
id!(
    /// A ledger transaction: a hash of its signed body, not of its signatures.
    TxId, 32
);
id!(
    /// A record over all its versions: a hash of the bytes of its first.
    RecordId, 32
);
id!(
    /// Something in a wallet's quarantine: SHA-256 of its bytes.
    QuarantineId, 32
);
id!(
    /// A write-back mailbox: a hash of its key.
    MailboxId, 32
);
id!(
    /// The blinded reader of a grant on the ledger: a hash of the reader key.
    Slot, 32
);
id!(
    /// A salted hash of a grant's terms.
    Commitment, 32
);
id!(
    /// The identity of a ledger through all its chains: a hash of the first chain's genesis.
    Origin, 32
);
id!(
    /// A set of records readable with one epoch key.
    CompartmentId, 16
);
id!(
    /// A delivery: what one import, pull or link brought.
    DeliveryId, 16
);
id!(
    /// A share link, before its secret path and key are derived.
    LinkId, 16
);
id!(
    /// A clinic's request for a grant.
    RequestId, 16
);
id!(
    /// A clinic's server that records are pulled from.
    SourceId, 16
);

/// What a server took, where an identifier alone says it.
impl super::Object for BlobId {}
impl super::Object for TxId {}
impl super::Object for EntryHash {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_is_8_hex_characters_or_more_and_begins_its_id() {
        let id = CompartmentId::from_bytes([0xab; 16]);
        for text in ["abababab", "ababababa", &"ab".repeat(16)] {
            assert!(IdPrefix::parse(text).unwrap().begins(&id), "{text}");
        }
        assert!(!IdPrefix::parse("ababababb").unwrap().begins(&id));
        assert!(!IdPrefix::parse(&"ab".repeat(17)).unwrap().begins(&id));
        for bad in ["", "abababa", "ABABABAB", "abababag", &"ab".repeat(33), "äbababab"] {
            assert_eq!(IdPrefix::parse(bad), Err(InvalidIdPrefix), "{bad}");
        }
    }

    #[test]
    fn the_shortest_prefixes_tell_ids_from_one_another() {
        let id = |last: u8| {
            let mut bytes = [last; 16];
            bytes[..5].fill(0xab);
            CompartmentId::from_bytes(bytes)
        };
        let prefixes = shortest_prefixes(&[id(0x20), id(0x11), id(0x10), CompartmentId::from_bytes([1; 16])]);
        assert_eq!(prefixes, ["ababababab2", "ababababab11", "ababababab10", "01010101"]);
        assert_eq!(shortest_prefixes(&[id(0x20)]), ["abababab"]);
        assert_eq!(shortest_prefixes(&[] as &[CompartmentId]), [""; 0]);
    }

    #[test]
    fn parses_what_it_writes_and_nothing_near_it() {
        let id = CompartmentId::from_bytes([0xab; 16]);
        let text = id.to_string();
        assert_eq!(text, "ab".repeat(16));
        assert_eq!(CompartmentId::parse(&text), Ok(id));
        for near in
            [text.to_uppercase(), text[1..].into(), format!("{text}0"), text.replace('a', "g"), String::new()]
        {
            assert_eq!(CompartmentId::parse(&near), Err(InvalidId { hex_len: 32 }), "{near}");
        }
    }
}
