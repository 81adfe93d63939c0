//! The cryptography itself, in safe code: key schedules kept between pages, and key derivation.

use aes::cipher::{BlockModeDecrypt, BlockModeEncrypt, InnerIvInit, KeyInit};
use hmac::{Hmac, Mac};
use sha2::{Sha256, Sha512};
use zeroize::Zeroizing;

/// Length of an AES block, and of an initial vector, in bytes.
pub(crate) const BLOCK_LEN: usize = 16;

/// SQLCipher could not be given what it asked for; it turns this into an SQLite error.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Refused;

/// The hash functions that SQLCipher 4 names and that are supported.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Hash {
    Sha256,
    Sha512,
}

impl Hash {
    /// Length of the output in bytes.
    pub(crate) fn len(self) -> usize {
        match self {
            Self::Sha256 => 32,
            Self::Sha512 => 64,
        }
    }
}

/// Which way a page goes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Direction {
    Encrypt,
    Decrypt,
}

/// The expanded keys of one connection.
///
/// SQLCipher hands over the raw key with every page; expanding it again each time would cost more
/// than the page.
#[derive(Default)]
pub(crate) struct Schedules {
    mac: Option<Expanded<(Hash, Keyed)>>,
    aes: Option<Expanded<(aes::Aes256Enc, aes::Aes256Dec)>>,
}

struct Expanded<T> {
    key: Zeroizing<Vec<u8>>,
    schedule: T,
}

#[derive(Clone)]
enum Keyed {
    Sha256(Hmac<Sha256>),
    Sha512(Hmac<Sha512>),
}

impl Keyed {
    fn new(hash: Hash, key: &[u8]) -> Result<Self, Refused> {
        match hash {
            Hash::Sha256 => Hmac::new_from_slice(key).map(Self::Sha256),
            Hash::Sha512 => Hmac::new_from_slice(key).map(Self::Sha512),
        }
        .map_err(|_| Refused)
    }
}

impl Schedules {
    /// Authenticates `parts`, one after the other; the first `hash.len()` bytes are the answer.
    pub(crate) fn authenticate(
        &mut self,
        hash: Hash,
        key: &[u8],
        parts: [&[u8]; 2],
    ) -> Result<[u8; 64], Refused> {
        let kept = self.mac.take().filter(|kept| kept.schedule.0 == hash && *kept.key == key);
        let kept = match kept {
            Some(kept) => kept,
            None => Expanded { key: Zeroizing::new(key.to_vec()), schedule: (hash, Keyed::new(hash, key)?) },
        };
        let mut tag = [0; 64];
        match self.mac.insert(kept).schedule.1.clone() {
            Keyed::Sha256(mut mac) => {
                parts.iter().for_each(|part| mac.update(part));
                tag.iter_mut().zip(mac.finalize().into_bytes()).for_each(|(to, from)| *to = from);
            }
            Keyed::Sha512(mut mac) => {
                parts.iter().for_each(|part| mac.update(part));
                tag.iter_mut().zip(mac.finalize().into_bytes()).for_each(|(to, from)| *to = from);
            }
        }
        Ok(tag)
    }

    /// Encrypts or decrypts whole blocks in place.
    pub(crate) fn apply(
        &mut self,
        direction: Direction,
        key: &[u8],
        iv: &[u8; BLOCK_LEN],
        blocks: &mut [aes::Block],
    ) -> Result<(), Refused> {
        let kept = match self.aes.take().filter(|kept| *kept.key == key) {
            Some(kept) => kept,
            None => Expanded {
                key: Zeroizing::new(key.to_vec()),
                schedule: aes::Aes256Enc::new_from_slice(key)
                    .ok()
                    .zip(aes::Aes256Dec::new_from_slice(key).ok())
                    .ok_or(Refused)?,
            },
        };
        let (encryptor, decryptor) = &self.aes.insert(kept).schedule;
        match direction {
            Direction::Encrypt => {
                cbc::Encryptor::inner_iv_init(encryptor.clone(), iv.into()).encrypt_blocks(blocks);
            }
            Direction::Decrypt => {
                cbc::Decryptor::inner_iv_init(decryptor.clone(), iv.into()).decrypt_blocks(blocks);
            }
        }
        Ok(())
    }
}

/// Fills `out` with PBKDF2 of the passphrase.
pub(crate) fn derive(hash: Hash, passphrase: &[u8], salt: &[u8], rounds: u32, out: &mut [u8]) {
    match hash {
        Hash::Sha256 => pbkdf2::pbkdf2_hmac::<Sha256>(passphrase, salt, rounds, out),
        Hash::Sha512 => pbkdf2::pbkdf2_hmac::<Sha512>(passphrase, salt, rounds, out),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unhex(text: &str) -> Vec<u8> {
        let digit = |byte: &u8| u8::try_from(char::from(*byte).to_digit(16).unwrap()).unwrap();
        text.as_bytes().chunks(2).map(|pair| digit(&pair[0]) << 4 | digit(&pair[1])).collect()
    }

    fn blocks(text: &str) -> Vec<aes::Block> {
        unhex(text).chunks(BLOCK_LEN).map(|block| aes::Block::try_from(block).unwrap()).collect()
    }

    // NIST SP 800-38A, F.2.5 and F.2.6.
    const AES_KEY: &str = "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4";
    const PLAIN: &str = "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51\
                         30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710";
    const CIPHER: &str = "f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d\
                          39f23369a9d9bacfa530e26304231461b2eb05e2c39be9fcda6c19078c6a9d1b";

    #[test]
    fn encrypts_and_decrypts_the_published_cbc_example() {
        let iv: [u8; 16] = std::array::from_fn(|at| u8::try_from(at).unwrap());
        let mut schedules = Schedules::default();
        let mut data = blocks(PLAIN);
        schedules.apply(Direction::Encrypt, &unhex(AES_KEY), &iv, &mut data).unwrap();
        assert_eq!(data, blocks(CIPHER));
        schedules.apply(Direction::Decrypt, &unhex(AES_KEY), &iv, &mut data).unwrap();
        assert_eq!(data, blocks(PLAIN));
    }

    #[test]
    fn a_kept_schedule_is_never_used_for_another_key() {
        let (iv, other) = ([0; 16], [7; 32]);
        let mut schedules = Schedules::default();
        let mut data = blocks(PLAIN);
        schedules.apply(Direction::Encrypt, &unhex(AES_KEY), &iv, &mut data).unwrap();
        schedules.apply(Direction::Decrypt, &other, &iv, &mut data).unwrap();
        assert_ne!(data, blocks(PLAIN));
        let first = schedules.authenticate(Hash::Sha256, b"one", [b"a", b"b"]).unwrap();
        assert_ne!(schedules.authenticate(Hash::Sha256, b"two", [b"a", b"b"]).unwrap(), first);
        assert_ne!(schedules.authenticate(Hash::Sha512, b"one", [b"a", b"b"]).unwrap(), first);
        assert_eq!(schedules.authenticate(Hash::Sha256, b"one", [b"ab", b""]).unwrap(), first);
    }

    #[test]
    fn refuses_a_key_of_another_length_and_goes_on_with_the_next() {
        let mut schedules = Schedules::default();
        let mut data = blocks(PLAIN);
        for len in [0, 16, 31, 33] {
            let key = vec![1; len];
            assert_eq!(schedules.apply(Direction::Encrypt, &key, &[0; 16], &mut data), Err(Refused));
        }
        assert_eq!(data, blocks(PLAIN));
        assert_eq!(schedules.apply(Direction::Encrypt, &[1; 32], &[0; 16], &mut data), Ok(()));
    }

    // RFC 4231, test case 2.
    #[test]
    fn authenticates_the_published_hmac_examples() {
        let mut schedules = Schedules::default();
        let message = [&b"what do ya want "[..], b"for nothing?"];
        let tag = schedules.authenticate(Hash::Sha256, b"Jefe", message).unwrap();
        let expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(tag[..Hash::Sha256.len()], unhex(expected));
        let tag = schedules.authenticate(Hash::Sha512, b"Jefe", message).unwrap();
        let expected = "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554\
                        9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737";
        assert_eq!(tag[..Hash::Sha512.len()], unhex(expected));
    }

    // RFC 7914 §11.
    #[test]
    fn derives_the_published_pbkdf2_example() {
        let mut key = [0; 64];
        derive(Hash::Sha256, b"passwd", b"salt", 1, &mut key);
        let expected = "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc\
                        49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783";
        assert_eq!(key[..], unhex(expected));
    }
}
