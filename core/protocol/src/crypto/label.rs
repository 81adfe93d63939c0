//! The one table of what keys, hashes, seals and signatures are for.

/// What a hash, key, seal or signature is for. A new use takes a new label.
///
/// One word may name a hash, a seal and a signature of the same thing, as `head` does: they take
/// different keys, or none. Where one key both derives and seals, what it seals is derived behind
/// the name of the construction, so that neither can be the other.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Label {
    /// Hash: account id, of origin and root key.
    Account,
    /// Hash: aggregator id, of its first signing key.
    Aggregator,
    /// Hash and derivation: what the self account commits to, and its salt.
    Anchor,
    /// Hash: the id of a provider's access log, of the provider.
    Audit,
    /// Signature: a provider's card.
    Card,
    /// Derivation: a compartment's id.
    CompartmentId,
    /// Derivation: a compartment's signing seed.
    CompartmentSign,
    /// Seal: the database key in a slot of the store.
    DatabaseSlot,
    /// Seal: what a device key in a file wraps.
    Device,
    /// HPKE: the envelope of a grant, to the provider's inbox.
    Envelope,
    /// Seal: an epoch key, for the owner.
    Epoch,
    /// Hash: a document's place in a batch, of a salt and the document's hash.
    Existence,
    /// Hash: the fingerprint of a wallet, of its owner key.
    Fingerprint,
    /// Hash: gateway id, of its first signing key.
    Gateway,
    /// Hash: grant id, of account id and number.
    Grant,
    /// Hash, seal and signature: a compartment's head.
    Head,
    /// Hash: the id of an HPKE public key.
    HpkeKey,
    /// Derivation: the key of a share link.
    LinkKey,
    /// Derivation: the secret path of a share link.
    LinkPath,
    /// Derivation and seal: the tags of a relationship's entries in the provider's own access log; what they say.
    Log,
    /// Hash and derivation: a mailbox's id and its key's seed.
    Mailbox,
    /// Hash: the six digits that both sides of a grant show.
    Match,
    /// Signature: where an owner has taken a space.
    Moved,
    /// Hash: what a network is known by for ever.
    Origin,
    /// HPKE: the epoch keys that a grant opens.
    Packet,
    /// Derivation: the secret of one patient–provider relationship.
    Pair,
    /// Hash: a parameter in the ledger's state, of its name.
    Param,
    /// Derivation: what opens a slot, from the stretched PIN and the device's secret.
    Pin,
    /// Seal: the tries of a PIN, under the device's secret.
    PinAttempts,
    /// Hash: provider id, of its first signing key.
    Provider,
    /// Hash: the pseudo-provider of a share link, of the link's id.
    ProviderLink,
    /// Hash: the pseudo-provider of the wallet itself.
    ProviderSelf,
    /// Derivation: a reader key's seed.
    Reader,
    /// Hash, derivation, seal and signature: what a provider says it fetched.
    Receipt,
    /// Hash and seal: record id, of the bytes of its first version; a record version.
    Record,
    /// Hash: by what a store finds a record whose address or source, type and id it is given.
    RecordKey,
    /// Signature: what a provider asks a patient for.
    Request,
    /// Seal: the seed in a slot of the store.
    SeedSlot,
    /// Seal: a list of records.
    Segment,
    /// Hash: the reader of a grant as the ledger sees it, of the reader key.
    Slot,
    /// Seal: the tokens of a clinic's server that records are pulled from.
    SourceTokens,
    /// Hash: space id, of the owner key.
    Space,
    /// Hash: the links of a wallet's state log.
    StateLog,
    /// Seal: the head of a wallet's state log.
    StateHead,
    /// Hash: what a grant's terms are committed to by.
    Terms,
    /// Hash: the fingerprint of a trust anchor, of its file.
    TrustAnchor,
    /// Hash and signature: a ledger transaction.
    Tx,
}

impl Label {
    /// The label as it goes into bytes.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Aggregator => "aggregator",
            Self::Anchor => "anchor",
            Self::Audit => "audit",
            Self::Card => "card",
            Self::CompartmentId => "compartment-id",
            Self::CompartmentSign => "compartment-sign",
            Self::DatabaseSlot => "database-slot",
            Self::Device => "device",
            Self::Envelope => "envelope",
            Self::Epoch => "epoch",
            Self::Existence => "existence",
            Self::Fingerprint => "fingerprint",
            Self::Gateway => "gateway",
            Self::Grant => "grant",
            Self::Head => "head",
            Self::HpkeKey => "hpke-key",
            Self::LinkKey => "link-key",
            Self::LinkPath => "link-path",
            Self::Log => "log",
            Self::Mailbox => "mailbox",
            Self::Match => "match",
            Self::Moved => "moved",
            Self::Origin => "origin",
            Self::Packet => "packet",
            Self::Pair => "pair",
            Self::Param => "param",
            Self::Pin => "pin",
            Self::PinAttempts => "pin-attempts",
            Self::Provider => "provider",
            Self::ProviderLink => "provider-link",
            Self::ProviderSelf => "provider-self",
            Self::Reader => "reader",
            Self::Receipt => "receipt",
            Self::Record => "record",
            Self::RecordKey => "record-key",
            Self::Request => "request",
            Self::SeedSlot => "seed-slot",
            Self::Segment => "segment",
            Self::Slot => "slot",
            Self::SourceTokens => "source-tokens",
            Self::Space => "space",
            Self::StateLog => "state-log",
            Self::StateHead => "state-head",
            Self::Terms => "terms",
            Self::TrustAnchor => "trust-anchor",
            Self::Tx => "tx",
        }
    }

    /// What stands before the content wherever this label is used: `keepwell/v1/`, label, 0x00.
    pub(super) const fn prefix(self) -> [&'static [u8]; 3] {
        [b"keepwell/v1/", self.as_str().as_bytes(), &[0]]
    }
}
