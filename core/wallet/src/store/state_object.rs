//! The wallet's own state as objects: what lies in its tables, and in `self` at the host.

use std::collections::BTreeSet;

use keepwell_protocol::consent::{GrantState, Terms};
use keepwell_protocol::crypto::{EpochKey, PublicKey};
use keepwell_protocol::domain::{
    AccountId, BlobId, CompartmentId, Day, DeliveryId, GrantId, LinkId, Object, ProviderId, RecordId,
    RequestId, Slot, Timestamp,
};
use keepwell_protocol::formats::fhir::Accepted;
use keepwell_protocol::ledger::SignedCard;
use keepwell_protocol::vault::{About, Compartment};
use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};
use rusqlite::{Connection, Transaction, params};

use super::deliveries::{Delivery, Removal};
use super::{StoreError, column, settings, state_log};

/// How a provider stands with this wallet.
#[derive(Clone, Copy, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(index_only)]
pub(crate) enum Standing {
    /// It may be granted to.
    #[n(0)]
    Active,
    /// Governance has suspended it.
    #[n(1)]
    Suspended,
    /// Its signing key was replaced by governance alone.
    #[n(2)]
    KeyChanged,
}

/// What this wallet has with one provider.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(map)]
pub(crate) struct Relationship {
    /// The ledger account.
    #[n(0)]
    pub(crate) account: AccountId,
    /// The provider.
    #[n(1)]
    pub(crate) provider: ProviderId,
    /// Which relationship with it; rises when an account was closed.
    #[n(2)]
    pub(crate) index: u32,
    /// The number of the account key in use.
    #[n(3)]
    pub(crate) key_number: u32,
    /// The root-signed transaction that named it.
    #[n(4)]
    pub(crate) key_transaction: ByteVec,
    /// The number of the next grant.
    #[n(5)]
    pub(crate) next_number: u32,
    /// The card as the ledger proved it when the patient last saw it.
    #[n(6)]
    pub(crate) card: SignedCard,
    /// How the provider stands.
    #[n(7)]
    pub(crate) standing: Standing,
    /// The signing keys that the provider had before that of the card, oldest first, each replaced by
    /// a card that it vouched for; absent: none. Its receipts of that time are signed by them.
    #[n(8)]
    pub(crate) earlier_keys: Option<Vec<PublicKey>>,
}

impl Object for Relationship {}

impl Relationship {
    /// The same with another card of the provider's pinned.
    pub(crate) fn with_card(&self, card: SignedCard) -> Self {
        let (before, next) = (self.card.card.signing, card.card.signing);
        let mut earlier = self.earlier_keys.clone().unwrap_or_default();
        if before != next && !earlier.contains(&before) {
            earlier.push(before);
        }
        let earlier_keys = (!earlier.is_empty()).then_some(earlier);
        Self { card, earlier_keys, ..self.clone() }
    }

    /// Every key that signs, or has signed, in the provider's name.
    pub(crate) fn signing_keys(&self) -> Vec<PublicKey> {
        let earlier = self.earlier_keys.iter().flatten().copied();
        std::iter::once(self.card.card.signing).chain(earlier).collect()
    }
}

/// A grant and all that is needed to prove, deliver and end it without the seed.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(map)]
pub(crate) struct StoredGrant {
    /// The terms.
    #[n(0)]
    pub(crate) terms: Terms,
    /// The salt of the commitment.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub(crate) salt: [u8; 32],
    /// The blinded reader.
    #[n(2)]
    pub(crate) slot: Slot,
    /// The transaction that grants.
    #[n(3)]
    pub(crate) transaction: ByteVec,
    /// Until when the ledger accepts that.
    #[n(4)]
    pub(crate) valid_until: Timestamp,
    /// The transaction that ends the grant, signed in advance.
    #[n(5)]
    pub(crate) revocation: ByteVec,
    /// Who the patient says they are.
    #[n(6)]
    pub(crate) about: Option<About>,
    /// The desk's request that it answers.
    #[n(7)]
    pub(crate) request: Option<RequestId>,
    /// Where it stands.
    #[cbor(n(8), with = "grant_state")]
    pub(crate) state: GrantState,
    /// Since when.
    #[n(9)]
    pub(crate) since: Timestamp,
    /// Whether the provider's inbox has taken the envelope.
    #[n(10)]
    pub(crate) delivered: bool,
}

impl Object for StoredGrant {}

impl StoredGrant {
    /// Its identifier.
    pub(crate) fn id(&self) -> GrantId {
        self.terms.grant_id()
    }

    /// The compartment that serves this grant alone, if its scope is finer than categories.
    pub(crate) fn private_compartment(&self) -> Option<Compartment> {
        (!self.terms.scope.is_whole_categories()).then(|| Compartment::Grant(self.id()))
    }

    /// The compartments that serve this grant.
    pub(crate) fn compartments(&self) -> Vec<Compartment> {
        match self.private_compartment() {
            Some(private) => vec![private],
            None => self.terms.scope.categories.iter().copied().map(Compartment::Category).collect(),
        }
    }
}

/// The newest epoch of a compartment.
#[derive(Decode, Encode)]
#[cbor(map)]
pub(crate) struct StoredEpoch {
    /// The compartment's label.
    #[n(0)]
    pub(crate) label: String,
    /// The epoch.
    #[n(1)]
    pub(crate) epoch: u32,
    /// Its key.
    #[n(2)]
    pub(crate) key: EpochKey,
    /// The grants whose packet has carried the key, sorted.
    #[n(3)]
    pub(crate) holders: Vec<GrantId>,
}

impl Object for StoredEpoch {}

/// A `self` head that the ledger was given.
#[derive(Clone, Copy, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(array)]
pub(crate) struct Anchored {
    /// Its version.
    #[n(0)]
    pub(crate) version: u64,
    /// Its hash.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub(crate) head: [u8; 32],
}

/// The grant of the wallet to itself, by which the ledger knows how far its space is.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(map)]
pub(crate) struct StoredAnchor {
    /// The account.
    #[n(0)]
    pub(crate) account: AccountId,
    /// The number of the grant in it.
    #[n(1)]
    pub(crate) number: u32,
    /// The version of the grant that was last sent to the ledger.
    #[n(2)]
    pub(crate) version: u32,
    /// Its last day.
    #[n(3)]
    pub(crate) not_after: Day,
    /// What was last sent, newest last, at most two.
    #[n(4)]
    pub(crate) recent: Vec<Anchored>,
}

impl Object for StoredAnchor {}

/// Which wallet of these words acts on the space: each restore, and each move to a new device, is the
/// next, and the one before publishes nothing any more.
#[derive(Clone, Copy, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(map)]
pub(crate) struct StoredTakeover {
    /// 1, 2, 3 …; the wallet that was made first has none.
    #[n(0)]
    pub(crate) number: u32,
    /// When it took over.
    #[n(1)]
    pub(crate) time: Timestamp,
}

impl Object for StoredTakeover {}

/// References that stood for the owner in 0.1.0 although no Patient came with them.
#[derive(Clone, Debug, Decode, Encode)]
#[cbor(transparent)]
pub(crate) struct OwnerReferences(#[n(0)] Vec<OwnerReference>);

#[derive(Clone, Debug, Decode, Encode)]
#[cbor(array)]
struct OwnerReference {
    #[n(0)]
    source: String,
    #[n(1)]
    reference: String,
}

impl Object for OwnerReferences {}

impl OwnerReferences {
    /// From pairs of source and reference.
    #[cfg(test)]
    pub(crate) fn new(pairs: Vec<(String, String)>) -> Self {
        let mut all: Vec<_> =
            pairs.into_iter().map(|(source, reference)| OwnerReference { source, reference }).collect();
        all.sort_unstable_by(|a, b| (&a.source, &a.reference).cmp(&(&b.source, &b.reference)));
        Self(all)
    }

    /// Back to pairs of source and reference.
    pub(crate) fn pairs(self) -> Vec<(String, String)> {
        self.0.into_iter().map(|one| (one.source, one.reference)).collect()
    }
}

/// Who the owner of the wallet is.
#[derive(Clone, Debug, Decode, Encode)]
#[cbor(transparent)]
pub(crate) struct OwnerPatients(#[n(0)] pub(crate) Vec<StoredOwnerPatient>);

impl Object for OwnerPatients {}

/// A Patient or a reference that is the owner, with the deliveries that gave it.
#[derive(Clone, Debug, Decode, Encode)]
#[cbor(map)]
pub(crate) struct StoredOwnerPatient {
    /// Who it is.
    #[n(0)]
    pub(crate) accepted: Accepted,
    /// The numbers of the deliveries, sorted.
    #[n(1)]
    pub(crate) deliveries: Vec<i64>,
}

/// A delivery, and what it says was removed at its source.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(map)]
pub(crate) struct StoredDelivery {
    /// What it is called.
    #[n(0)]
    pub(crate) id: DeliveryId,
    /// Its place among all: later ones are greater.
    #[n(1)]
    pub(crate) number: u32,
    /// Where it came from.
    #[n(2)]
    pub(crate) source: String,
    /// The id of the one Patient that stands for a source that was not named, or nothing; absent: it was named.
    #[n(3)]
    pub(crate) guessed: Option<String>,
    /// When it came; what it brought first has the same time.
    #[n(4)]
    pub(crate) received: Timestamp,
    /// How many records were new with it.
    #[n(5)]
    pub(crate) added: u64,
    /// How many records had a new version with it.
    #[n(6)]
    pub(crate) updated: u64,
    /// When it was taken back; absent: it stands.
    #[n(7)]
    pub(crate) undone: Option<Timestamp>,
    /// Earlier deliveries of which it carried versions, too; absent: none.
    #[n(8)]
    pub(crate) repeats: Option<Vec<DeliveryId>>,
    /// What it says was removed at its source; absent: nothing.
    #[n(9)]
    pub(crate) removals: Option<Vec<StoredRemoval>>,
}

impl Object for StoredDelivery {}

/// A record that its source removed.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(array)]
pub(crate) struct StoredRemoval {
    /// The record.
    #[n(0)]
    pub(crate) record: RecordId,
    /// The place of the word in its delivery; what is greater is newer.
    #[n(1)]
    pub(crate) place: u64,
    /// When: seconds since 1970 in 20 digits, a point, and the fraction; absent: not said.
    #[n(2)]
    pub(crate) updated: Option<String>,
}

impl StoredDelivery {
    /// What is kept of a delivery.
    pub(crate) fn new(delivery: Delivery, removals: Vec<Removal>) -> Self {
        let removals = removals.into_iter();
        let removals: Vec<_> = removals
            .map(|Removal { record, place, updated }| StoredRemoval { record, place, updated })
            .collect();
        Self {
            id: delivery.id,
            number: u32::try_from(delivery.number).unwrap_or(u32::MAX),
            source: delivery.source,
            guessed: delivery.guessed,
            received: delivery.received,
            added: delivery.added,
            updated: delivery.updated,
            undone: delivery.undone,
            repeats: Some(delivery.repeats).filter(|repeats| !repeats.is_empty()),
            removals: Some(removals).filter(|removals| !removals.is_empty()),
        }
    }

    /// Back to the delivery.
    pub(crate) fn delivery(&self) -> Delivery {
        Delivery {
            id: self.id,
            source: self.source.clone(),
            guessed: self.guessed.clone(),
            received: self.received,
            added: self.added,
            updated: self.updated,
            undone: self.undone,
            repeats: self.repeats.clone().unwrap_or_default(),
            number: i64::from(self.number),
        }
    }

    /// Back to what it says was removed.
    pub(crate) fn removals(&self) -> impl Iterator<Item = Removal> {
        self.removals.iter().flatten().map(|StoredRemoval { record, place, updated }| Removal {
            record: *record,
            place: *place,
            updated: updated.clone(),
        })
    }
}

/// Some entries of the state log, in order.
#[derive(Clone, Debug, Decode, Encode)]
#[cbor(transparent)]
pub(crate) struct LogPart(#[n(0)] pub(crate) Vec<state_log::Entry>);

impl Object for LogPart {}

/// What was sealed last of one state object.
pub(crate) struct SealedState {
    /// How many versions were sealed.
    pub(crate) number: u32,
    /// The newest blob.
    pub(crate) blob: BlobId,
    /// SHA-256 of the object.
    pub(crate) digest: [u8; 32],
}

/// What was sealed last under a name.
pub(crate) fn sealed(connection: &Connection, name: &str) -> Result<Option<SealedState>, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT number, blob, digest FROM state_object WHERE name = ?1")?;
    let mut rows = statement.query(params![name])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    Ok(Some(SealedState {
        number: column::number(row, "number")?,
        blob: column::id(row, "blob")?,
        digest: *column::bytes32(row, "digest")?,
    }))
}

/// Records what was sealed under a name.
pub(crate) fn set_sealed(
    transaction: &Transaction<'_>,
    name: &str,
    sealed: &SealedState,
) -> Result<(), StoreError> {
    transaction
        .prepare_cached(
            "INSERT OR REPLACE INTO state_object (name, number, blob, digest) VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute(params![name, sealed.number, sealed.blob.as_bytes(), sealed.digest])?;
    Ok(())
}

/// The host has lost a state object: it is sealed again with the next commit.
pub(crate) fn seal_again(transaction: &Transaction<'_>, blob: BlobId) -> Result<(), StoreError> {
    transaction
        .prepare_cached("UPDATE state_object SET digest = zeroblob(32) WHERE blob = ?1")?
        .execute([blob.as_bytes()])?;
    Ok(())
}

/// The parts of the state log that are to be sealed again: first and last entry.
pub(crate) fn lost_log_parts(connection: &Connection) -> Result<Vec<(u64, u64)>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT name, digest = zeroblob(32) AS lost FROM state_object WHERE name GLOB ?1 ORDER BY name",
    )?;
    let mut rows = statement.query([format!("{}*", name::LOG)])?;
    let mut parts = Vec::new();
    while let Some(row) = rows.next()? {
        let name: String = row.get("name")?;
        let first = name.strip_prefix(name::LOG).and_then(|first| u64::from_str_radix(first, 16).ok());
        parts.push((first.ok_or(StoreError::Corrupt { part: "the state log" })?, row.get("lost")?));
    }
    let ends = parts.iter().skip(1).map(|(first, _)| first.saturating_sub(1)).chain([u64::MAX]);
    Ok(parts
        .iter()
        .zip(ends)
        .filter(|((_, lost), _)| *lost)
        .map(|((first, _), last)| (*first, last))
        .collect())
}

/// The newest blob of every state object.
pub(crate) fn current_blobs(connection: &Connection) -> Result<BTreeSet<BlobId>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT blob FROM state_object")?;
    statement.query_and_then([], |row| column::id(row, "blob"))?.collect()
}

/// The grant of the wallet to itself, once it was made.
pub(crate) fn anchor(connection: &Connection) -> Result<Option<StoredAnchor>, StoreError> {
    let bytes = settings::read(connection, "anchor")?;
    Ok(bytes.map(|bytes| StoredAnchor::from_cbor(&bytes)).transpose()?)
}

/// Stores the grant of the wallet to itself.
pub(crate) fn set_anchor(transaction: &Transaction<'_>, anchor: &StoredAnchor) -> Result<(), StoreError> {
    settings::write(transaction, "anchor", &anchor.to_cbor())
}

/// There is no grant of the wallet to itself.
pub(crate) fn forget_anchor(transaction: &Transaction<'_>) -> Result<(), StoreError> {
    settings::remove(transaction, "anchor")
}

/// The takeover by which this wallet acts on its space; none if it made the space itself.
pub(crate) fn takeover(connection: &Connection) -> Result<Option<StoredTakeover>, StoreError> {
    let bytes = settings::read(connection, "takeover")?;
    Ok(bytes.map(|bytes| StoredTakeover::from_cbor(&bytes)).transpose()?)
}

/// Stores the takeover by which this wallet acts.
pub(crate) fn set_takeover(
    transaction: &Transaction<'_>,
    takeover: &StoredTakeover,
) -> Result<(), StoreError> {
    settings::write(transaction, "takeover", &takeover.to_cbor())
}

/// Whether another wallet of the same words has taken over, so that this one publishes nothing any more.
pub(crate) fn is_taken_over(connection: &Connection) -> Result<bool, StoreError> {
    Ok(settings::read(connection, "taken-over")?.is_some())
}

/// Another wallet of the same words has taken over.
pub(crate) fn set_taken_over(transaction: &Transaction<'_>) -> Result<(), StoreError> {
    settings::write(transaction, "taken-over", &[1])
}

/// When the anchor is to move because of a change that it does not cover; none if it covers all.
pub(crate) fn anchor_due(connection: &Connection) -> Result<Option<Timestamp>, StoreError> {
    let bytes = settings::read(connection, "anchor-due")?.and_then(|bytes| bytes.try_into().ok());
    Ok(bytes.map(u64::from_be_bytes).filter(|due| *due > 0).map(Timestamp))
}

/// Stores when the anchor is to move; `None`: it covers everything.
pub(crate) fn set_anchor_due(
    transaction: &Transaction<'_>,
    due: Option<Timestamp>,
) -> Result<(), StoreError> {
    settings::write(transaction, "anchor-due", &due.map_or(0, |due| due.0).to_be_bytes())
}

/// Names of state objects: what kind of object, and which.
pub(crate) mod name {
    use super::{AccountId, CompartmentId, GrantId, LinkId};

    /// The wallet's grant to itself.
    pub(crate) const ANCHOR: &str = "keepwell/anchor";
    /// Which wallet acts on the space.
    pub(crate) const TAKEOVER: &str = "keepwell/takeover";
    /// What the name of every state object begins with, also of kinds that are not known here.
    pub(crate) const ANY: &str = "keepwell/";
    /// Who the owner is.
    pub(crate) const OWNER: &str = "keepwell/owner";
    /// References that stood for the owner in 0.1.0.
    pub(crate) const OWNER_REFERENCES: &str = "keepwell/owner-references";
    /// What every log part's name begins with.
    pub(crate) const LOG: &str = "keepwell/log/";
    /// What every relationship's name begins with.
    pub(crate) const RELATIONSHIP: &str = "keepwell/relationship/";
    /// What every grant's name begins with.
    pub(crate) const GRANT: &str = "keepwell/grant/";
    /// What every epoch's name begins with.
    pub(crate) const EPOCH: &str = "keepwell/epoch/";

    /// What every link's name begins with.
    pub(crate) const LINK: &str = "keepwell/link/";

    /// What every delivery's name begins with.
    pub(crate) const DELIVERY: &str = "keepwell/delivery/";

    /// Of a delivery, by its place among all.
    pub(crate) fn delivery(number: u32) -> String {
        format!("{DELIVERY}{number:08x}")
    }

    /// Of a relationship.
    pub(crate) fn relationship(account: AccountId) -> String {
        format!("{RELATIONSHIP}{account}")
    }

    /// Of a grant.
    pub(crate) fn grant(grant: GrantId) -> String {
        format!("{GRANT}{grant}")
    }

    /// Of a part of the state log, by its first entry.
    pub(crate) fn log(first: u64) -> String {
        format!("{LOG}{first:016x}")
    }

    /// Of a share link.
    pub(crate) fn link(link: LinkId) -> String {
        format!("{LINK}{link}")
    }

    /// Of a compartment's epoch.
    pub(crate) fn epoch(compartment: CompartmentId) -> String {
        format!("{EPOCH}{compartment}")
    }
}

/// The state of a grant by its name.
mod grant_state {
    use keepwell_protocol::consent::GrantState;
    use minicbor::decode::Error as DecodeError;
    use minicbor::encode::{Error as EncodeError, Write};
    use minicbor::{Decoder, Encoder};

    pub(super) fn encode<C, W: Write>(
        state: &GrantState,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), EncodeError<W::Error>> {
        e.str(state.as_str())?.ok()
    }

    pub(super) fn decode<C>(d: &mut Decoder<'_>, _: &mut C) -> Result<GrantState, DecodeError> {
        GrantState::parse(d.str()?).ok_or_else(|| DecodeError::message("unknown state of a grant"))
    }
}
