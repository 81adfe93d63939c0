//! The wallet's own state as objects: what lies in its tables, and in `self` at the host. The anchor and the takeover
//! are objects, too, in modules of their own.

use keepwell_protocol::consent::{GrantState, Terms};
use keepwell_protocol::crypto::{EpochKey, PublicKey};
use keepwell_protocol::domain::{
    AccountId, CompartmentId, DeliveryId, GrantId, LinkId, Object, ProviderId, RecordId, RequestId, Slot,
    Timestamp,
};
use keepwell_protocol::formats::fhir::Accepted;
use keepwell_protocol::ledger::SignedCard;
use keepwell_protocol::vault::{About, Compartment};
use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};
use rusqlite::{Connection, Transaction};

use super::deliveries::{Delivery, Removal};
use super::{StoreError, deliveries, owner_patients, state_log};

/// How a provider stands with this wallet.
#[derive(Clone, Copy, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(index_only)]
pub(crate) enum ProviderStanding {
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
    pub(crate) standing: ProviderStanding,
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
    /// When it came to that state.
    #[n(9)]
    pub(crate) since: Timestamp,
    /// Whether the provider's inbox has taken the envelope.
    #[n(10)]
    pub(crate) delivered: bool,
    /// The grant that ends once this one is proved and delivered; absent: none.
    #[n(11)]
    pub(crate) replaces: Option<GrantId>,
}

impl Object for StoredGrant {}

impl StoredGrant {
    pub(crate) fn id(&self) -> GrantId {
        self.terms.grant_id()
    }

    /// Whether the ledger was proved to have it in force and the provider was told.
    pub(crate) fn is_in_use(&self) -> bool {
        self.state == GrantState::Active && self.delivered
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
    #[n(1)]
    pub(crate) epoch: u32,
    #[n(2)]
    pub(crate) key: EpochKey,
    /// The grants whose packet has carried the key, sorted.
    #[n(3)]
    pub(crate) holders: Vec<GrantId>,
}

impl Object for StoredEpoch {}

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

impl OwnerPatients {
    /// Who the owner is.
    pub(crate) fn read(connection: &Connection) -> Result<Self, StoreError> {
        let all = owner_patients::all(connection)?.into_iter();
        let stored = all.map(|one| StoredOwnerPatient { accepted: one.accepted, deliveries: one.deliveries });
        Ok(Self(stored.collect()))
    }

    /// Adds them to those whom the wallet knows.
    pub(crate) fn add(&self, transaction: &Transaction<'_>) -> Result<(), StoreError> {
        for one in &self.0 {
            for delivery in &one.deliveries {
                owner_patients::add(transaction, std::slice::from_ref(&one.accepted), *delivery)?;
            }
        }
        Ok(())
    }
}

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
    /// Every delivery, newest first.
    pub(crate) fn all(connection: &Connection) -> Result<Vec<Self>, StoreError> {
        let all = deliveries::all(connection)?.into_iter();
        all.map(|delivery| {
            let removals = deliveries::removals(connection, delivery.number)?;
            Ok(Self::new(delivery, removals))
        })
        .collect()
    }

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

    /// The name under which a relationship is kept.
    pub(crate) fn relationship(account: AccountId) -> String {
        format!("{RELATIONSHIP}{account}")
    }

    /// The name under which a grant is kept.
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
pub(super) mod grant_state {
    use keepwell_protocol::consent::GrantState;
    use minicbor::decode::Error as DecodeError;
    use minicbor::encode::{Error as EncodeError, Write};
    use minicbor::{Decoder, Encoder};

    pub(in crate::store) fn encode<C, W: Write>(
        state: &GrantState,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), EncodeError<W::Error>> {
        e.str(state.as_str())?.ok()
    }

    pub(in crate::store) fn decode<C>(d: &mut Decoder<'_>, _: &mut C) -> Result<GrantState, DecodeError> {
        GrantState::parse(d.str()?).ok_or_else(|| DecodeError::message("unknown state of a grant"))
    }
}
