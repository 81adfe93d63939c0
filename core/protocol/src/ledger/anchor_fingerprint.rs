//! The fingerprint of a trust anchor: short enough to be read out and typed.

use std::fmt;

use serde::{Serialize, Serializer};

use super::TrustAnchor;
use crate::crypto::{self, Label};

/// The text is not 20 hexadecimal digits.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a fingerprint of a trust anchor is 20 hexadecimal digits")]
pub struct InvalidAnchorFingerprint;

/// By which people tell one trust anchor from another: the first 10 bytes of H("trust-anchor", file)
/// (flows.md §0).
///
/// Shown as five groups of four hexadecimal digits: `5d1e 09af 7c33 b0e2 41f8`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct AnchorFingerprint([u8; Self::LEN]);

impl AnchorFingerprint {
    /// How many bytes it has.
    pub const LEN: usize = 10;

    /// Of an anchor, as [`TrustAnchor::to_json`] writes its file: a file that is only set otherwise has the
    /// same.
    fn of(anchor: &TrustAnchor) -> Self {
        let hash = crypto::hash(Label::TrustAnchor, &[anchor.to_json().as_bytes()]);
        let mut bytes = [0; Self::LEN];
        bytes.iter_mut().zip(hash).for_each(|(byte, of)| *byte = of);
        Self(bytes)
    }

    /// Parses what a person typed: upper or lower case, in whatever groups.
    ///
    /// # Errors
    /// [`InvalidAnchorFingerprint`] if it is not 20 hexadecimal digits between blanks and hyphens.
    pub fn parse(text: &str) -> Result<Self, InvalidAnchorFingerprint> {
        let digits: String = text.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
        let mut bytes = [0; Self::LEN];
        hex::decode_to_slice(digits, &mut bytes).map_err(|_| InvalidAnchorFingerprint)?;
        Ok(Self(bytes))
    }
}

impl TrustAnchor {
    /// By which people tell it from another.
    pub fn fingerprint(&self) -> AnchorFingerprint {
        AnchorFingerprint::of(self)
    }
}

impl fmt::Display for AnchorFingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, pair) in self.0.chunks(2).enumerate() {
            write!(f, "{}{}", if at == 0 { "" } else { " " }, hex::encode(pair))?;
        }
        Ok(())
    }
}

impl Serialize for AnchorFingerprint {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_can_be_typed_in_any_grouping() {
        let shown = AnchorFingerprint([0x5d, 0x1e, 9, 0xaf, 0x7c, 0x33, 0xb0, 0xe2, 0x41, 0xf8]);
        assert_eq!(shown.to_string(), "5d1e 09af 7c33 b0e2 41f8");
        for typed in ["5d1e 09af 7c33 b0e2 41f8", "5D1E09AF7C33B0E241F8", " 5d1e-09af-7c33-b0e2-41f8\n"] {
            assert_eq!(AnchorFingerprint::parse(typed), Ok(shown));
        }
        for typed in
            ["", "5d1e 09af 7c33 b0e2 41f", "5d1e 09af 7c33 b0e2 41f8 00", "5d1e 09af 7c33 b0e2 41fg"]
        {
            assert_eq!(AnchorFingerprint::parse(typed), Err(InvalidAnchorFingerprint));
        }
    }
}
