//! The keys that are sealed to, and which of their bytes are usable.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use hpke::kem::{X25519HkdfSha256, XWing};
use hpke::{Deserializable, Kem, Serializable};
use minicbor::{Decode, Encode};
use zeroize::Zeroizing;

use crate::crypto::{CryptoError, Label, Rng, hash};

/// A KEM, always with HKDF-SHA256 and ChaCha20-Poly1305.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Suite {
    /// X-Wing, KEM 0x647a: safe while either of its two halves is.
    XWing,
    /// DHKEM(X25519, HKDF-SHA256), KEM 0x0020: not safe against a quantum computer.
    X25519,
}

impl Suite {
    /// The number on the wire.
    pub const fn number(self) -> u8 {
        match self {
            Self::XWing => 1,
            Self::X25519 => 2,
        }
    }

    /// Reads the number back.
    ///
    /// # Errors
    /// [`CryptoError::UnknownSuite`] on every other number.
    pub const fn from_number(number: u8) -> Result<Self, CryptoError> {
        match number {
            1 => Ok(Self::XWing),
            2 => Ok(Self::X25519),
            suite => Err(CryptoError::UnknownSuite { suite }),
        }
    }
}

/// A public key to seal to: [suite, bytes].
#[derive(Clone)]
pub struct HpkePublicKey {
    suite: Suite,
    bytes: Vec<u8>,
    parsed: Parsed,
}

/// A public key as `hpke` takes it. For X-Wing a matrix is expanded from it, which need not be done
/// anew for each message to one recipient.
#[derive(Clone)]
pub(super) enum Parsed {
    XWing(Arc<<XWing as Kem>::PublicKey>),
    X25519(<X25519HkdfSha256 as Kem>::PublicKey),
}

impl Parsed {
    fn new(suite: Suite, bytes: &[u8]) -> Result<Self, CryptoError> {
        match suite {
            Suite::XWing => Deserializable::from_bytes(bytes).map(|key| Self::XWing(Arc::new(key))),
            Suite::X25519 => Deserializable::from_bytes(bytes).map(Self::X25519),
        }
        .map_err(|_| CryptoError::BadPublicKey)
    }
}

impl PartialEq for HpkePublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.suite == other.suite && self.bytes == other.bytes
    }
}

impl Eq for HpkePublicKey {}

impl Hash for HpkePublicKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.suite, &self.bytes).hash(state);
    }
}

impl HpkePublicKey {
    /// Takes the bytes of a usable key, 1,216 (X-Wing) or 32 (X25519).
    ///
    /// A u-coordinate above the prime means the same point as its remainder (RFC 7748 §5) and is
    /// replaced by it, so that one key has one id.
    ///
    /// # Errors
    /// [`CryptoError::BadPublicKey`] on a wrong length, a point of low order, or an ML-KEM key
    /// with coefficients above the modulus.
    pub fn from_bytes(suite: Suite, bytes: &[u8]) -> Result<Self, CryptoError> {
        let mut bytes = bytes.to_vec();
        let point = bytes.last_chunk_mut::<32>().ok_or(CryptoError::BadPublicKey)?;
        reduce(point);
        refuse_low_order(point)?;
        Ok(Self { suite, parsed: Parsed::new(suite, &bytes)?, bytes })
    }

    /// The key, ready for sealing.
    pub(super) const fn parsed(&self) -> &Parsed {
        &self.parsed
    }

    /// Which suite the key is for.
    pub const fn suite(&self) -> Suite {
        self.suite
    }

    /// The suite's own encoding: 1,216 bytes for X-Wing, 32 for X25519.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What the key is called on the wire.
    pub fn id(&self) -> [u8; 32] {
        hash(Label::HpkeKey, &[&self.bytes])
    }
}

impl fmt::Debug for HpkePublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HpkePublicKey({:?}, {})", self.suite, hex::encode(self.id()))
    }
}

impl<C> Encode<C> for HpkePublicKey {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.array(2)?.u8(self.suite.number())?.bytes(&self.bytes)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for HpkePublicKey {
    fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        if d.array()? != Some(2) {
            return Err(minicbor::decode::Error::message("a key is a suite and its bytes"));
        }
        let suite = Suite::from_number(d.u8()?);
        let bytes = d.bytes()?;
        suite
            .and_then(|suite| Self::from_bytes(suite, bytes))
            .map_err(|_| minicbor::decode::Error::message("not a usable public key"))
    }
}

/// The secret half: the X-Wing seed or the X25519 scalar, 32 bytes, cleared when dropped.
pub struct HpkeSecretKey {
    bytes: Box<Zeroizing<[u8; 32]>>,
    public: HpkePublicKey,
}

impl HpkeSecretKey {
    /// The key that follows from 32 bytes; its public half is computed here, once.
    ///
    /// # Errors
    /// [`CryptoError::BadPublicKey`] never in practice: a secret of 32 bytes has a public half.
    pub fn from_bytes(suite: Suite, bytes: &[u8; 32]) -> Result<Self, CryptoError> {
        let public = match suite {
            Suite::XWing => public_bytes::<XWing>(bytes),
            Suite::X25519 => public_bytes::<X25519HkdfSha256>(bytes),
        }?;
        let public = HpkePublicKey { suite, parsed: Parsed::new(suite, &public)?, bytes: public };
        Ok(Self { bytes: Box::new(Zeroizing::new(*bytes)), public })
    }

    /// Makes a fresh random key.
    ///
    /// # Errors
    /// [`CryptoError::EntropyFailure`] if the source gives no randomness.
    pub fn generate(suite: Suite, rng: &mut Rng) -> Result<Self, CryptoError> {
        Self::from_bytes(suite, &Zeroizing::new(rng.array()?))
    }

    /// Lends the bytes, to be stored sealed.
    pub fn expose(&self) -> &[u8; 32] {
        &self.bytes
    }

    /// The key that others seal to.
    pub const fn public_key(&self) -> &HpkePublicKey {
        &self.public
    }
}

impl fmt::Debug for HpkeSecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HpkeSecretKey(..)")
    }
}

fn public_bytes<K: Kem>(secret: &[u8; 32]) -> Result<Vec<u8>, CryptoError> {
    let secret = K::PrivateKey::from_bytes(secret).map_err(|_| CryptoError::BadPublicKey)?;
    Ok(K::sk_to_pk(&secret).to_bytes().to_vec())
}

/// Replaces a u-coordinate by its remainder modulo 2²⁵⁵ − 19 (RFC 7748 §5).
pub(super) fn reduce(point: &mut [u8; 32]) {
    let [low, middle @ .., high] = point;
    *high &= 0x7f;
    if *high == 0x7f && *low >= 0xed && middle.iter().all(|byte| *byte == 0xff) {
        *low -= 0xed;
        *high = 0;
        middle.fill(0);
    }
}

/// Refuses a reduced u-coordinate with which every agreement is zero (RFC 7748 §6.1).
///
/// These are the points of low order, and there are no others: compared, since a wallet reads the key
/// of each provider it knows at every commit and an agreement for each would cost more than the rest.
pub(super) fn refuse_low_order(point: &[u8; 32]) -> Result<(), CryptoError> {
    if LOW_ORDER.contains(point) { Err(CryptoError::BadPublicKey) } else { Ok(()) }
}

/// The u-coordinates of the points whose order divides 8 on the curve and 4 on its twist, below the
/// prime and without the top bit: 0, 1, the two of order 8, and −1 on the twist.
const LOW_ORDER: [[u8; 32]; 5] = [
    [0; 32],
    [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    [
        0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f, 0xc4, 0x6a, 0xda,
        0x09, 0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49, 0xb8, 0x00,
    ],
    [
        0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0, 0xb1, 0x55, 0x9c, 0x83, 0xef, 0x5b, 0x04,
        0x44, 0x5c, 0xc4, 0x58, 0x1c, 0x8e, 0x86, 0xd8, 0x22, 0x4e, 0xdd, 0xd0, 0x9f, 0x11, 0x57,
    ],
    [
        0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f,
    ],
];

#[cfg(test)]
mod tests {
    use proptest::{prop_assert_eq, proptest};
    use x25519_dalek::x25519;

    use super::*;

    /// The rule as RFC 7748 §6.1 states it: every scalar is a multiple of the cofactor, so that points
    /// of low order, and only they, give zero.
    fn agrees_to_zero(point: [u8; 32]) -> bool {
        x25519([0x40; 32], point) == [0; 32]
    }

    fn is_refused(point: [u8; 32]) -> bool {
        let refused = HpkePublicKey::from_bytes(Suite::X25519, &point);
        assert!(refused.is_ok() || refused == Err(CryptoError::BadPublicKey));
        refused.is_err()
    }

    /// A u-coordinate plus a small number, as 256 bits.
    fn plus(mut point: [u8; 32], number: u8) -> [u8; 32] {
        let mut carry = number;
        for byte in &mut point {
            let (sum, over) = byte.overflowing_add(carry);
            (*byte, carry) = (sum, over.into());
        }
        point
    }

    #[test]
    fn the_points_of_low_order_are_those_whose_agreement_is_zero() {
        let mut prime = [0xff; 32];
        (prime[0], prime[31]) = (0xed, 0x7f);
        let mut refused = std::collections::BTreeSet::new();
        for small in LOW_ORDER {
            // Of 255 bits only the prime itself and the prime plus one mean something smaller.
            let mut written = vec![small];
            if small[1..] == [0; 31] {
                written.push(plus(prime, small[0]));
            }
            for point in written {
                for top in [0, 0x80] {
                    let mut point = point;
                    point[31] |= top;
                    assert_eq!(is_refused(point), agrees_to_zero(point), "{}", hex::encode(point));
                    refused.extend(is_refused(point).then_some(point));
                }
            }
        }
        // The seven of libsodium's list, each with either top bit, which RFC 7748 §5 ignores.
        assert_eq!(refused.len(), 14);
    }

    #[test]
    fn neighbours_of_low_order_points_are_usable_as_far_as_the_agreement_says() {
        for point in LOW_ORDER {
            for bit in 0..256 {
                let mut near = point;
                near[bit / 8] ^= 1 << (bit % 8);
                assert_eq!(is_refused(near), agrees_to_zero(near), "{}", hex::encode(near));
            }
        }
    }

    proptest! {
        #[test]
        fn a_key_is_refused_just_where_an_agreement_with_it_is_zero(point: [u8; 32], small: u8, high: bool) {
            prop_assert_eq!(is_refused(point), agrees_to_zero(point));
            // Around nought and around the prime, where the ways to write a number meet.
            let edge = if high { plus([0xff; 32], small) } else { plus([0; 32], small) };
            prop_assert_eq!(is_refused(edge), agrees_to_zero(edge));
            let mut below = [0xff; 32];
            (below[0], below[31]) = (small, 0x7f);
            prop_assert_eq!(is_refused(below), agrees_to_zero(below));
        }
    }

    fn pair(suite: Suite) -> HpkeSecretKey {
        HpkeSecretKey::generate(suite, &mut Rng::system()).unwrap()
    }

    #[test]
    fn one_point_is_one_key_however_it_is_written() {
        let canonical = pair(Suite::X25519).public_key().clone();
        let mut top_bit = canonical.as_bytes().to_vec();
        top_bit[31] |= 0x80;
        assert_eq!(HpkePublicKey::from_bytes(Suite::X25519, &top_bit).unwrap(), canonical);
        // 2²⁵⁵ − 19 + 9 is 9, the base point.
        let mut above = [0xff; 32];
        (above[0], above[31]) = (0xf6, 0x7f);
        let mut nine = [0; 32];
        nine[0] = 9;
        assert_eq!(
            HpkePublicKey::from_bytes(Suite::X25519, &above).unwrap(),
            HpkePublicKey::from_bytes(Suite::X25519, &nine).unwrap(),
        );
        // One below the prime is itself.
        let mut below = [0xff; 32];
        (below[0], below[31]) = (0xeb, 0x7f);
        assert_eq!(HpkePublicKey::from_bytes(Suite::X25519, &below).unwrap().as_bytes(), below);
    }

    #[test]
    fn a_public_key_reads_back_and_the_wrong_one_does_not() {
        for suite in [Suite::XWing, Suite::X25519] {
            let key = pair(suite).public_key().clone();
            let bytes = minicbor::to_vec(&key).unwrap();
            assert_eq!(minicbor::decode::<HpkePublicKey>(&bytes).unwrap(), key);
            let mut other = bytes.clone();
            other[1] = 3 - other[1];
            assert!(minicbor::decode::<HpkePublicKey>(&other).is_err());
        }
        let zero = minicbor::to_vec((2_u8, minicbor::bytes::ByteVec::from(vec![0; 32]))).unwrap();
        assert!(minicbor::decode::<HpkePublicKey>(&zero).is_err());
    }

    #[test]
    fn debug_output_shows_no_secret() {
        assert_eq!(format!("{:?}", pair(Suite::XWing)), "HpkeSecretKey(..)");
    }
}
