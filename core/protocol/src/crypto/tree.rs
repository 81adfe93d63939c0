//! The key tree: one seed, labelled branches, and what follows from each branch.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha512;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::{
    BackupKey, CompartmentKey, Label, LinkKey, PairKey, PairSecret, ShareKey, SigningKey, SlotKey, VaultKey,
    derive, fingerprint, sha256_parts,
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

    /// Lends the 64 bytes of the seed to whoever derives from it; they are cleared with the seed.
    pub fn expose(&self) -> &[u8; 64] {
        &self.0
    }

    /// The key that creates, rotates and closes the account for a provider and relationship.
    pub fn root_key(&self, provider: &ProviderId, index: u32) -> SigningKey {
        self.account_key(provider, index, 0)
    }

    /// The `number`th key of that account, from 1, which grants, amends and revokes; 0 is the root.
    pub fn account_key(&self, provider: &ProviderId, index: u32, number: u32) -> SigningKey {
        let [a, b, c, d] = identity_indices(index, provider.as_bytes());
        self.signing_key(&[PURPOSE, NETWORK, PERSONA, 1, a, b, c, d, number])
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

/// SLIP-0013: the first 16 bytes of a hash as four indices; a provider takes the place of the URI.
fn identity_indices(index: u32, identity: &[u8]) -> [u32; 4] {
    let hash = sha256_parts(&[&index.to_le_bytes(), identity]);
    let (words, _) = hash.as_chunks::<4>();
    let mut words = words.iter().map(|word| u32::from_le_bytes(*word));
    std::array::from_fn(|_| words.next().unwrap_or_default())
}

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

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::crypto::{PublicKey, sha256};

    fn bytes(value: &Value) -> Vec<u8> {
        hex::decode(value.as_str().unwrap()).unwrap()
    }

    #[test]
    fn signing_keys_are_those_of_slip_0010() {
        let trees: Vec<Value> =
            serde_json::from_str(include_str!("../../../../fixtures/vectors/slip-0010.json")).unwrap();
        let mut nodes = 0;
        for tree in &trees {
            for node in tree["chains"].as_array().unwrap() {
                let path: Vec<u32> = node["path"]
                    .as_str()
                    .unwrap()
                    .split('/')
                    .skip(1)
                    .map(|step| step.trim_end_matches(['\'', 'h', 'H']).parse().unwrap())
                    .collect();
                let secret = slip10(&bytes(&tree["seed"]), &path);
                assert_eq!(secret[..], bytes(&node["private"]), "{}", node["path"]);
                // The published public keys have a zero byte in front.
                let public = SigningKey::from_seed(&secret).public_key();
                assert_eq!(public.as_bytes()[..], bytes(&node["public"])[1..]);
                nodes += 1;
            }
        }
        assert_eq!(nodes, 12);
    }

    #[test]
    fn symmetric_keys_are_those_of_slip_0021() {
        let tree: Value =
            serde_json::from_str(include_str!("../../../../fixtures/vectors/slip-0021.json")).unwrap();
        for key in tree["keys"].as_array().unwrap() {
            let labels: Vec<&[u8]> = key["labels"]
                .as_array()
                .unwrap()
                .iter()
                .map(|label| label.as_str().unwrap().as_bytes())
                .collect();
            assert_eq!(slip21(&bytes(&tree["seed"]), &labels)[..], bytes(&key["key"]), "{}", key["labels"]);
        }
    }

    #[test]
    fn indices_of_an_identity_are_those_of_slip_0013() {
        let indices = identity_indices(0, b"https://satoshi@bitcoin.org/login");
        assert_eq!(
            indices.map(|index| index | HARDENED),
            [2_637_750_992, 2_845_082_444, 3_761_103_859, 4_005_495_825]
        );
    }

    #[test]
    fn the_purpose_is_the_hash_of_the_name() {
        let [a, b, c, d, ..] = sha256(b"keepwell/v1");
        assert_eq!(PURPOSE, u32::from_be_bytes([a, b, c, d]) >> 1);
    }

    #[test]
    fn every_branch_index_and_number_gives_another_key() {
        let seed = Seed::from_bytes(&[7; 64]);
        let [one, two] = [[1; 32], [2; 32]].map(ProviderId::from_bytes);
        let mut keys: Vec<PublicKey> = [
            seed.owner_key(),
            seed.root_key(&one, 0),
            seed.root_key(&one, 1),
            seed.root_key(&two, 0),
            seed.account_key(&one, 0, 1),
            seed.account_key(&one, 0, 2),
            seed.account_key(&one, 1, 1),
        ]
        .iter()
        .map(SigningKey::public_key)
        .collect();
        let branches = [
            *seed.vault_key().expose(),
            *seed.pair_key().expose(),
            *seed.compartment_key().expose(),
            *seed.share_key().expose(),
            *seed.slot_key().expose(),
            *seed.backup_key().expose(),
            *pair_secret(&seed.pair_key(), &one, 0).expose(),
            *pair_secret(&seed.pair_key(), &one, 1).expose(),
            *pair_secret(&seed.pair_key(), &two, 0).expose(),
        ];
        keys.extend(branches.iter().map(|branch| SigningKey::from_seed(branch).public_key()));
        let all = keys.len();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), all);
    }
}
