//! The key tree: one seed, labelled branches, and what follows from each branch.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha512;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::{
    BackupKey, CompartmentKey, Label, LinkKey, PairKey, PairSecret, SealKey, ShareKey, SigningKey, SlotKey,
    VaultKey, derive, fingerprint, sha256_parts,
};
use crate::domain::{CompartmentId, GrantId, LinkId, ProviderId};

/// The BIP-0039 seed of a wallet, 64 bytes: everything follows from it.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Seed(Box<[u8; 64]>);

impl Seed {
    /// Copies the seed from bytes that the caller clears.
    pub fn from_bytes(bytes: &[u8; 64]) -> Self {
        Self(Box::new(*bytes))
    }

    /// Lends the bytes.
    pub fn expose(&self) -> &[u8; 64] {
        &self.0
    }

    /// The key that creates, rotates and closes the account for a provider and relationship.
    pub fn root_key(&self, provider: &ProviderId, index: u32) -> SigningKey {
        self.account_key(provider, index, 0)
    }

    /// The `number`th key of that account, from 1, which grants, amends and revokes; 0 is the root.
    pub fn account_key(&self, provider: &ProviderId, index: u32, number: u32) -> SigningKey {
        // SLIP-0013: the provider takes the place of the URI.
        let hash = sha256_parts(&[&index.to_le_bytes(), provider.as_bytes()]);
        let mut words =
            hash.chunks_exact(4).map(|word| word.iter().rfold(0, |sum, byte| sum << 8 | u32::from(*byte)));
        let mut path = [PURPOSE, NETWORK, PERSONA, 1, 0, 0, 0, 0, number];
        path.iter_mut().skip(4).take(4).for_each(|step| *step = words.next().unwrap_or_default());
        self.signing_key(&path)
    }

    /// The key that signs every request of the owner to the host.
    pub fn owner_key(&self) -> SigningKey {
        self.signing_key(&[PURPOSE, NETWORK, PERSONA, 0, 0])
    }

    /// Eight hex characters by which a person knows their wallet: [`fingerprint`] of the owner key.
    pub fn fingerprint(&self) -> String {
        fingerprint(&self.owner_key().public_key())
    }

    /// The branch that wraps epoch keys for the owner.
    pub fn vault_key(&self) -> VaultKey {
        self.branch(b"vault").into()
    }

    /// The branch of all pair secrets.
    pub fn pair_key(&self) -> PairKey {
        self.branch(b"pair").into()
    }

    /// The branch of compartment ids and head signatures.
    pub fn compartment_key(&self) -> CompartmentKey {
        self.branch(b"compartment").into()
    }

    /// The branch of share links.
    pub fn share_key(&self) -> ShareKey {
        self.branch(b"share").into()
    }

    /// The branch that opens the recovery slot of the store.
    pub fn slot_key(&self) -> SlotKey {
        self.branch(b"slot").into()
    }

    /// The branch that opens the backup file.
    pub fn backup_key(&self) -> BackupKey {
        self.branch(b"backup").into()
    }

    fn signing_key(&self, path: &[u32]) -> SigningKey {
        SigningKey::from_seed(&slip10(self.0.as_slice(), path))
    }

    fn branch(&self, name: &[u8]) -> Zeroizing<[u8; 32]> {
        slip21(self.0.as_slice(), &[b"keepwell", name])
    }
}

impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seed(..)")
    }
}

/// The secret of the `index`th relationship with a provider.
pub fn pair_secret(pair: &PairKey, provider: &ProviderId, index: u32) -> PairSecret {
    derive(pair.expose(), Label::Pair, &[&provider.as_bytes()[..], &index.to_be_bytes()].concat()).into()
}

/// The key with which a provider reads under a grant; the ledger shows its [`super::slot`].
pub fn reader_key(pair: &PairSecret, grant: &GrantId) -> SigningKey {
    SigningKey::from_seed(&derive(pair.expose(), Label::Reader, grant.as_bytes()))
}

/// The key with which a provider writes back.
pub fn mailbox_key(pair: &PairSecret) -> SigningKey {
    SigningKey::from_seed(&derive(pair.expose(), Label::Mailbox, b""))
}

/// What seals the messages in that mailbox.
pub fn mailbox_seal_key(pair: &PairSecret) -> SealKey {
    derive(pair.expose(), Label::MailboxSeal, b"").into()
}

/// The id of the compartment with this label.
pub fn compartment_id(compartments: &CompartmentKey, label: &str) -> CompartmentId {
    let derived = derive(compartments.expose(), Label::CompartmentId, label.as_bytes());
    CompartmentId::from_bytes(std::array::from_fn(|at| derived.get(at).copied().unwrap_or_default()))
}

/// The key that signs the heads of the compartment with this label.
pub fn compartment_signing_key(compartments: &CompartmentKey, label: &str) -> SigningKey {
    SigningKey::from_seed(&derive(compartments.expose(), Label::CompartmentSign, label.as_bytes()))
}

/// The secret path of a share link, 32 bytes; its base64url form stands in the QR code.
pub fn link_path(share: &ShareKey, link: &LinkId) -> [u8; 32] {
    *derive(share.expose(), Label::LinkPath, link.as_bytes())
}

/// What opens the files behind a share link.
pub fn link_key(share: &ShareKey, link: &LinkId) -> LinkKey {
    derive(share.expose(), Label::LinkKey, link.as_bytes()).into()
}

/// The first 31 bits of SHA-256("keepwell/v1"): an unregistered purpose that nobody else uses.
const PURPOSE: u32 = 1_519_769_526;
const NETWORK: u32 = 0;
const PERSONA: u32 = 0;
const HARDENED: u32 = 1 << 31;

/// SLIP-0010 for ed25519: every step is hardened, there is no other kind.
fn slip10(seed: &[u8], path: &[u32]) -> Zeroizing<[u8; 32]> {
    let mut node = hmac_sha512(b"ed25519 seed", &[seed]);
    for step in path {
        let index = (step | HARDENED).to_be_bytes();
        node = hmac_sha512(&node.1[..], &[&[0], &node.0[..], &index]);
    }
    node.0
}

/// SLIP-0021: a symmetric key for a path of labels.
fn slip21(seed: &[u8], labels: &[&[u8]]) -> Zeroizing<[u8; 32]> {
    let mut node = hmac_sha512(b"Symmetric key seed", &[seed]);
    for label in labels {
        node = hmac_sha512(&node.0[..], &[&[0], label]);
    }
    node.1
}

/// HMAC-SHA512 in two halves.
fn hmac_sha512(key: &[u8], parts: &[&[u8]]) -> (Zeroizing<[u8; 32]>, Zeroizing<[u8; 32]>) {
    #[expect(clippy::expect_used, reason = "HMAC takes keys of every length (RFC 2104 §3)")]
    let mut mac = Hmac::<Sha512>::new_from_slice(key).expect("any length");
    for part in parts {
        mac.update(part);
    }
    let output = Zeroizing::new(mac.finalize().into_bytes().0);
    let (mut left, mut right) = (Zeroizing::new([0; 32]), Zeroizing::new([0; 32]));
    left.iter_mut().chain(right.iter_mut()).zip(output.iter()).for_each(|(to, from)| *to = *from);
    (left, right)
}
