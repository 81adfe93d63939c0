//! Encapsulated requests of Oblivious HTTP, as their sender makes them (RFC 9458 §4): sealed to a gateway's X25519 key,
//! and the answer opened by a secret that came of it. With HKDF-SHA256 and ChaCha20-Poly1305.

use chacha20poly1305::ChaCha20Poly1305;
use chacha20poly1305::aead::array::typenum::Unsigned;
use chacha20poly1305::aead::{AeadInOut, Key, KeyInit, Nonce, Tag};
use hmac::{Hmac, Mac};
use hpke::aead::Aead;
use hpke::kdf::HkdfSha256;
use hpke::kem::X25519HkdfSha256;
use hpke::{Kem, OpModeS, Serializable};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::key::{HpkePublicKey, Parsed, Suite};
use super::seal::Drawn;
use crate::crypto::hash::expand;
use crate::crypto::{CryptoError, Rng};

/// How much longer an encapsulated request is than its message: key id, KEM, KDF, AEAD, encapsulation, tag.
pub const ENCAPSULATED_REQUEST_OVERHEAD: usize = HEADER + 32 + 16;
/// How much longer an encapsulated answer is than its message: nonce, tag.
pub const ENCAPSULATED_ANSWER_OVERHEAD: usize = 32 + 16;

/// What opens the answer to one encapsulated request; used once.
pub struct AnswerSecret {
    encapsulated: Vec<u8>,
    secret: Zeroizing<Vec<u8>>,
}

/// Seals a message to the key of a gateway that calls it by `key_id`.
///
/// # Errors
/// [`CryptoError::UnknownSuite`] for a key other than X25519, [`CryptoError::EntropyFailure`] if the source gives no
/// randomness.
pub fn encapsulate(
    recipient: &HpkePublicKey,
    key_id: u8,
    message: &[u8],
    rng: &mut Rng,
) -> Result<(Vec<u8>, AnswerSecret), CryptoError> {
    match recipient.parsed() {
        Parsed::X25519(key) => {
            encapsulate_with::<hpke::aead::ChaCha20Poly1305, ChaCha20Poly1305>(key, key_id, message, rng)
        }
        Parsed::XWing(_) => Err(CryptoError::UnknownSuite { suite: Suite::XWing.number() }),
    }
}

impl AnswerSecret {
    /// Opens the answer.
    ///
    /// # Errors
    /// [`CryptoError::Damaged`] if it is not the answer to this request, or was changed.
    pub fn open(self, answer: &[u8]) -> Result<Zeroizing<Vec<u8>>, CryptoError> {
        self.open_with::<ChaCha20Poly1305>(answer)
    }

    /// RFC 9458 §4.4; the AEAD is a parameter so that the published example, which uses AES-128-GCM, proves this code.
    fn open_with<C: AeadInOut + KeyInit>(self, answer: &[u8]) -> Result<Zeroizing<Vec<u8>>, CryptoError> {
        let (nonce, sealed) = answer.split_at_checked(secret_length::<C>()).ok_or(CryptoError::Damaged)?;
        let (text, tag) = sealed
            .split_at_checked(sealed.len().saturating_sub(C::TagSize::USIZE))
            .ok_or(CryptoError::Damaged)?;
        let tag = Tag::<C>::try_from(tag).map_err(|_| CryptoError::Damaged)?;
        #[expect(clippy::expect_used, reason = "HMAC takes keys of every length (RFC 2104 §3)")]
        let mut extract = <Hmac<Sha256> as KeyInit>::new_from_slice(&[&self.encapsulated, nonce].concat())
            .expect("any length");
        extract.update(&self.secret);
        let extracted = Zeroizing::new(<[u8; 32]>::from(extract.finalize().into_bytes()));
        let mut key = Zeroizing::new(Key::<C>::default());
        expand::<Hmac<Sha256>>(extracted.as_ref(), &[b"key"], &mut key);
        let mut answer_nonce = Nonce::<C>::default();
        expand::<Hmac<Sha256>>(extracted.as_ref(), &[b"nonce"], &mut answer_nonce);
        let mut opened = Zeroizing::new(text.to_vec());
        C::new(&key)
            .decrypt_inout_detached(&answer_nonce, &[], opened.as_mut_slice().into(), &tag)
            .map_err(|_| CryptoError::Damaged)?;
        Ok(opened)
    }
}

/// RFC 9458 §4.3: `A` is the AEAD as `hpke` has it, `C` the same for the answer.
fn encapsulate_with<A: Aead, C: AeadInOut + KeyInit>(
    recipient: &<X25519HkdfSha256 as Kem>::PublicKey,
    key_id: u8,
    message: &[u8],
    rng: &mut Rng,
) -> Result<(Vec<u8>, AnswerSecret), CryptoError> {
    let mut drawn = Drawn::from(rng)?;
    let header = header::<A>(key_id);
    let set_up = hpke::setup_sender_with_rng::<A, HkdfSha256, X25519HkdfSha256>(
        &OpModeS::Base,
        recipient,
        &[REQUEST_LABEL, &[0], &header].concat(),
        &mut drawn,
    );
    if drawn.exhausted {
        return Err(CryptoError::EntropyFailure);
    }
    let (encapsulated, mut context) = set_up.map_err(|_| CryptoError::BadPublicKey)?;
    let sealed = context.seal(message, b"").map_err(|_| CryptoError::Damaged)?;
    let mut secret = Zeroizing::new(vec![0; secret_length::<C>()]);
    context.export(ANSWER_LABEL, &mut secret).map_err(|_| CryptoError::Damaged)?;
    let encapsulated = encapsulated.to_bytes().to_vec();
    let request = [&header[..], &encapsulated, &sealed].concat();
    Ok((request, AnswerSecret { encapsulated, secret }))
}

/// Key id, KEM, KDF, AEAD.
fn header<A: Aead>(key_id: u8) -> [u8; HEADER] {
    let [kem, kdf, aead] = [<X25519HkdfSha256 as Kem>::KEM_ID, 1, A::AEAD_ID].map(u16::to_be_bytes);
    let ([a, b], [c, d], [e, f]) = (kem, kdf, aead);
    [key_id, a, b, c, d, e, f]
}

/// max(Nn, Nk).
fn secret_length<C: AeadInOut + KeyInit>() -> usize {
    C::KeySize::USIZE.max(C::NonceSize::USIZE)
}

const HEADER: usize = 7;
const REQUEST_LABEL: &[u8] = b"message/bhttp request";
const ANSWER_LABEL: &[u8] = b"message/bhttp response";

#[cfg(test)]
mod tests {
    use aes_gcm::Aes128Gcm;
    use hpke::{Deserializable, OpModeR};
    use serde_json::Value;

    use super::*;
    use crate::crypto::HpkeSecretKey;

    /// The AEAD of the published example, which nobody here seals by.
    struct Aes128;

    impl Aead for Aes128 {
        type AeadImpl = Aes128Gcm;
        const AEAD_ID: u16 = 1;
    }

    type Receiver<A> = hpke::aead::AeadCtxR<A, HkdfSha256, X25519HkdfSha256>;

    fn receive<A: Aead>(secret: &[u8], request: &[u8]) -> (Receiver<A>, Vec<u8>) {
        let (header, rest) = request.split_at(HEADER);
        let (encapsulated, sealed) = rest.split_at(32);
        let mut context = hpke::setup_receiver::<A, HkdfSha256, X25519HkdfSha256>(
            &OpModeR::Base,
            &Deserializable::from_bytes(secret).unwrap(),
            &Deserializable::from_bytes(encapsulated).unwrap(),
            &[REQUEST_LABEL, &[0], header].concat(),
        )
        .unwrap();
        let opened = context.open(sealed, b"").unwrap();
        (context, opened)
    }

    #[test]
    fn a_request_and_its_answer_are_those_of_rfc_9458_appendix_a() {
        let example: Value =
            serde_json::from_str(include_str!("../../../../../fixtures/vectors/ohttp.json")).unwrap();
        let field = |name: &str| hex::decode(example[name].as_str().unwrap()).unwrap();
        let request = field("encapsulated_request");
        assert_eq!([REQUEST_LABEL, &[0], &header::<Aes128>(1)].concat(), field("info"));
        assert_eq!(request[..HEADER], header::<Aes128>(1));
        let (context, opened) = receive::<Aes128>(&field("gateway_secret_key"), &request);
        assert_eq!(opened, field("request_bhttp"));
        let mut secret = vec![0; secret_length::<Aes128Gcm>()];
        context.export(ANSWER_LABEL, &mut secret).unwrap();
        assert_eq!(secret, field("exported_secret"));

        let sender = || AnswerSecret {
            encapsulated: field("ephemeral_public_key"),
            secret: Zeroizing::new(field("exported_secret")),
        };
        let answer = field("encapsulated_response");
        assert_eq!(*sender().open_with::<Aes128Gcm>(&answer).unwrap(), field("response_bhttp"));
        for at in 0..answer.len() {
            let mut changed = answer.clone();
            changed[at] ^= 1;
            for near in [&changed[..], &answer[..at]] {
                assert!(matches!(sender().open_with::<Aes128Gcm>(near), Err(CryptoError::Damaged)), "{at}");
            }
        }
    }

    #[test]
    fn what_the_sender_makes_the_receiver_of_the_example_opens() {
        let secret = HpkeSecretKey::generate(Suite::X25519, &mut Rng::system()).unwrap();
        let Parsed::X25519(key) = secret.public_key().parsed() else { unreachable!() };
        let (request, answer) =
            encapsulate_with::<Aes128, Aes128Gcm>(key, 7, b"message", &mut Rng::system()).unwrap();
        assert_eq!(request.len(), b"message".len() + ENCAPSULATED_REQUEST_OVERHEAD);
        let (context, opened) = receive::<Aes128>(secret.expose(), &request);
        assert_eq!(opened, b"message");
        let mut exported = vec![0; 16];
        context.export(ANSWER_LABEL, &mut exported).unwrap();
        assert_eq!(exported, *answer.secret);
    }

    #[test]
    fn a_post_quantum_key_is_too_long_for_a_padded_request_and_refused() {
        let key = HpkeSecretKey::generate(Suite::XWing, &mut Rng::system()).unwrap();
        let refused = encapsulate(key.public_key(), 1, b"m", &mut Rng::system()).map(drop);
        assert_eq!(refused, Err(CryptoError::UnknownSuite { suite: 1 }));
    }

    #[test]
    fn nothing_is_encapsulated_without_randomness() {
        let key = HpkeSecretKey::generate(Suite::X25519, &mut Rng::system()).unwrap();
        let mut dry = Rng::scripted(|_| Err(CryptoError::EntropyFailure));
        let refused = encapsulate(key.public_key(), 1, b"m", &mut dry).map(drop);
        assert_eq!(refused, Err(CryptoError::EntropyFailure));
    }
}
