//! Whether the cryptography of this device gives the answers of the standards, asked while it runs.

use super::words::{Language, Passphrase, RecoveryWords};
use super::{
    HpkeSecretKey, Label, LinkKey, PublicKey, Rng, Seed, Signature, Suite, hpke_open, hpke_seal, jwe_decrypt,
    pin, seal,
};

/// An algorithm gave another answer than its standard: what this device seals or checks can't be relied on.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{algorithm} gives a wrong answer on this device")]
pub struct WrongAnswer {
    /// Its name in its standard.
    pub algorithm: &'static str,
}

/// Asks each algorithm for an answer that others have published, and that it refuses the nearest thing that is none.
///
/// # Errors
/// [`WrongAnswer`] names the first one that fails.
///
/// ```
/// # use keepwell_protocol::crypto::{Rng, check_known_answers};
/// assert_eq!(check_known_answers(&mut Rng::system()), Ok(()));
/// ```
pub fn check_known_answers(rng: &mut Rng) -> Result<(), WrongAnswer> {
    KNOWN.check(rng)
}

/// Hex, but for `file`.
#[derive(Clone, Copy)]
struct KnownAnswers {
    seed: &'static str,
    owner: &'static str,
    slot: &'static str,
    signature: &'static str,
    sealed: &'static str,
    file: &'static str,
    stretched: &'static str,
}

impl KnownAnswers {
    fn check(&self, rng: &mut Rng) -> Result<(), WrongAnswer> {
        let is_right = [
            ("BIP-0039", self.words()),
            ("SLIP-0010", self.signing_keys()),
            ("SLIP-0021", self.symmetric_keys()),
            ("Ed25519", self.signatures()),
            ("ChaCha20-Poly1305", self.seals()),
            ("AES-256-GCM", self.files()),
            ("Argon2id", self.stretching()),
            ("HPKE with X25519", seals_to_keys(Suite::X25519, rng)),
            ("HPKE with X-Wing", seals_to_keys(Suite::XWing, rng)),
        ];
        match is_right.into_iter().find(|(_, is_right)| *is_right != Some(true)) {
            Some((algorithm, _)) => Err(WrongAnswer { algorithm }),
            None => Ok(()),
        }
    }

    fn words(&self) -> Option<bool> {
        let words = RecoveryWords::from_entropy(&[0x7f; 16], Language::English).ok()?;
        let seed = words.seed(&Passphrase::parse("TREZOR").ok()?);
        Some(hex::encode(seed.expose()) == self.seed)
    }

    fn signing_keys(&self) -> Option<bool> {
        Some(hex::encode(published_seed().owner_key().public_key().as_bytes()) == self.owner)
    }

    fn symmetric_keys(&self) -> Option<bool> {
        Some(hex::encode(published_seed().slot_key().expose()) == self.slot)
    }

    fn signatures(&self) -> Option<bool> {
        let key = PublicKey::parse(SIGNER).ok()?;
        let signature = Signature::from_bytes(bytes(self.signature)?);
        Some(
            key.verify_raw(SIGNED, &signature).is_ok()
                && key.verify_raw(&[SIGNED, b"."].concat(), &signature).is_err(),
        )
    }

    fn seals(&self) -> Option<bool> {
        let mut sealed = hex::decode(self.sealed).ok()?;
        let opens = |sealed: &[u8]| seal::open(&[0; 32], Label::Record, b"", sealed).ok();
        let is_opened = opens(&sealed)?.as_slice() == b"hello";
        *sealed.last_mut()? ^= 1;
        Some(is_opened && opens(&sealed).is_none())
    }

    fn files(&self) -> Option<bool> {
        let key = LinkKey::from_bytes(&std::array::from_fn(|at| u8::try_from(at).unwrap_or(0)));
        let is_opened = jwe_decrypt(&key, self.file).ok()?.content.as_slice() == b"{}";
        Some(is_opened && jwe_decrypt(&LinkKey::from_bytes(&[0; 32]), self.file).is_err())
    }

    fn stretching(&self) -> Option<bool> {
        let stretched = pin::stretch(&[1; 32], &[2; 16], 32, 3, 4).ok()?;
        Some(hex::encode(*stretched) == self.stretched)
    }
}

/// What is sealed to a key is opened by that one and by no other. An answer of others there is none: sealing draws a key.
fn seals_to_keys(suite: Suite, rng: &mut Rng) -> Option<bool> {
    let mut pair = || HpkeSecretKey::generate(suite, rng).ok();
    let (one, other) = (pair()?, pair()?);
    let sealed = hpke_seal(one.public_key(), Label::Packet, b"", b"hello", rng).ok()?;
    let is_refused = hpke_open(&[other], Label::Packet, b"", &sealed).is_err();
    Some(is_refused && hpke_open(&[one], Label::Packet, b"", &sealed).ok()?.as_slice() == b"hello")
}

fn bytes<const LENGTH: usize>(hex: &str) -> Option<[u8; LENGTH]> {
    hex::decode(hex).ok()?.try_into().ok()
}

/// The seed of `fixtures/vectors/keepwell-keys.json`, which guards nothing.
fn published_seed() -> Seed {
    Seed::from_bytes(&bytes(PUBLISHED_SEED).unwrap_or([0; 64]))
}

const PUBLISHED_SEED: &str = "86506c5727cc108fe7b713a53b451acf92746b0ad9e8cf1d8ad7b7a55ad1c338\
                              514d04dbecfced7a56d2ab4e574ce7985e0c32722ef6785edbc8d1b0594d80ca";
/// RFC 8032 §7.1, TEST 2: who signs what.
const SIGNER: &str = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c";
const SIGNED: &[u8] = b"\x72";

const KNOWN: KnownAnswers = KnownAnswers {
    // python-mnemonic's vectors.json, the second of English.
    seed: "2e8905819b8723fe2c1d161860e5ee1830318dbf49a83bd451cfb8440c28bd6f\
           a457fe1296106559a3c80937a1c1069be3a3a5bd381ee6260e8d9739fce1f607",
    // keepwell-keys.json, by an independent implementation; the sealed message, too.
    owner: "5d2762dc9390af29c0085173d37573b726b512696aa5d25c5cc31ff5137a7bf6",
    slot: "b2f67c8158a27f7e6264a4dc1994c542aef926434117beb92e35fa5a725d36cb",
    signature: "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da\
                085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    sealed: "0000000000000000000000000000000000000000000000000226f8e754e3cf2389966254f652b3df3270dabf554c1ec9\
             0a49ff4ecbaccae5dccc642f76139631c7171279fdd426cc8a00d103faebdb157f89930c6cf9",
    // "{}" under the bytes 00 to 1f with a nonce of zeros, by pyca/cryptography 48.0.0.
    file: "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIiwiY3R5IjoiYXBwbGljYXRpb24vZmhpcitqc29uIn0..\
           AAAAAAAAAAAAAAAA.dcE.Pc89T5X-54uiu-AbJ_rrHQ",
    // pyca/cryptography vectors KDF/argon2id.txt, count 2.
    stretched: "03aab965c12001c9d7d0d2de33192c0494b684bb148196d73c1df1acaf6d0c2e",
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_algorithm_is_asked_and_another_answer_than_the_known_one_names_it() {
        let mut rng = Rng::seeded(1);
        assert_eq!(check_known_answers(&mut rng), Ok(()));
        let other = "00";
        for (known, algorithm) in [
            (KnownAnswers { seed: other, ..KNOWN }, "BIP-0039"),
            (KnownAnswers { owner: other, ..KNOWN }, "SLIP-0010"),
            (KnownAnswers { slot: other, ..KNOWN }, "SLIP-0021"),
            (KnownAnswers { signature: other, ..KNOWN }, "Ed25519"),
            (KnownAnswers { sealed: other, ..KNOWN }, "ChaCha20-Poly1305"),
            (KnownAnswers { file: other, ..KNOWN }, "AES-256-GCM"),
            (KnownAnswers { stretched: other, ..KNOWN }, "Argon2id"),
        ] {
            assert_eq!(known.check(&mut rng), Err(WrongAnswer { algorithm }));
        }
    }
}
