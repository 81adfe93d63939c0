//! Identifiers that are hashes of what they identify.

use super::{Label, PublicKey, hash, sha256};
use crate::domain::{
    AccountId, AggregatorId, AuditLogId, BlobId, Commitment, GatewayId, GrantId, LinkId, MailboxId, Origin,
    ProviderId, RecordId, Slot, SpaceId, TxId,
};

/// The account that a root key has on one network.
pub fn account_id(origin: &Origin, root: &PublicKey) -> AccountId {
    hash(Label::Account, &[origin.as_bytes(), root.as_bytes()]).into()
}

/// The grant with this number in an account.
pub fn grant_id(account: &AccountId, number: u32) -> GrantId {
    hash(Label::Grant, &[account.as_bytes(), &number.to_be_bytes()]).into()
}

/// The transaction with this body on one network.
pub fn tx_id(origin: &Origin, body: &[u8]) -> TxId {
    hash(Label::Tx, &[origin.as_bytes(), body]).into()
}

/// What the ledger holds of a grant's terms: their salted hash.
pub fn commitment(salt: &[u8; 32], terms: &[u8]) -> Commitment {
    hash(Label::Terms, &[salt, terms]).into()
}

/// The provider whose first signing key this was.
pub fn provider_id(first: &PublicKey) -> ProviderId {
    hash(Label::Provider, &[first.as_bytes()]).into()
}

/// The gateway whose first signing key this was.
pub fn gateway_id(first: &PublicKey) -> GatewayId {
    hash(Label::Gateway, &[first.as_bytes()]).into()
}

/// The aggregator whose first signing key this was.
pub fn aggregator_id(first: &PublicKey) -> AggregatorId {
    hash(Label::Aggregator, &[first.as_bytes()]).into()
}

/// The access log of a provider, of which there is one.
pub fn audit_log_id(provider: &ProviderId) -> AuditLogId {
    hash(Label::Audit, &[provider.as_bytes()]).into()
}

/// The pseudo-provider of the wallet itself, whose account anchors its state.
pub fn self_provider_id() -> ProviderId {
    hash(Label::ProviderSelf, &[]).into()
}

/// The pseudo-provider of a share link, in whose account, used once, the link's grant is.
pub fn link_provider_id(link: &LinkId) -> ProviderId {
    hash(Label::ProviderLink, &[link.as_bytes()]).into()
}

/// Sealed bytes at a host.
pub fn blob_id(sealed: &[u8]) -> BlobId {
    sha256(sealed).into()
}

/// The record whose first version had these bytes.
pub fn record_id(first: &[u8]) -> RecordId {
    hash(Label::Record, &[first]).into()
}

/// The blinded reader that the ledger shows for a grant.
pub fn slot(reader: &PublicKey) -> Slot {
    hash(Label::Slot, &[reader.as_bytes()]).into()
}

/// The space at a host whose owner has this key.
pub fn space_id(owner: &PublicKey) -> SpaceId {
    hash(Label::Space, &[owner.as_bytes()]).into()
}

/// The mailbox that this key writes to.
pub fn mailbox_id(mailbox: &PublicKey) -> MailboxId {
    hash(Label::Mailbox, &[mailbox.as_bytes()]).into()
}

/// The six digits that patient and provider both see.
pub fn match_code(grant: &GrantId) -> String {
    format!("{:06}", first_u32(&hash(Label::Match, &[grant.as_bytes()])) % 1_000_000)
}

/// Eight hex characters by which a person knows their wallet: of its owner key.
pub fn fingerprint(owner: &PublicKey) -> String {
    format!("{:08x}", first_u32(&hash(Label::Fingerprint, &[owner.as_bytes()])))
}

fn first_u32(bytes: &[u8; 32]) -> u32 {
    let [a, b, c, d, ..] = *bytes;
    u32::from_be_bytes([a, b, c, d])
}
