//! What the ledger holds: keys of its tree and the values under them.

use minicbor::{Decode, Decoder, Encode, Encoder};

use super::SignedCard;
use crate::crypto::{self, Label, PublicKey};
use crate::domain::{
    AccountId, AggregatorId, AuditLogId, Commitment, Day, GatewayId, GrantId, InvalidId, Object, ProviderId,
    Slot, Timestamp, TxId,
};

/// A key of the ledger's tree: an ASCII prefix and 32 raw bytes.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum StateKey {
    /// `acct/`, then the account.
    Account(AccountId),
    /// `grant/`, then the grant.
    Grant(GrantId),
    /// `prov/`, then the provider.
    Provider(ProviderId),
    /// `gway/`, then the gateway.
    Gateway(GatewayId),
    /// `audit/`, then the access log of a provider.
    AuditLog(AuditLogId),
    /// `aggr/`, then the aggregator.
    Aggregator(AggregatorId),
    /// `gov/`, then 32 zero bytes: there is one.
    Governance,
    /// `param/`, then the hash of the name `sweep`: there is one, as of each of the following.
    SweepHorizon,
    /// The same of the name `actions`.
    Actions,
    /// The same of the name `validators`.
    Validators,
    /// The same of the name `block-size`.
    BlockSize,
    /// The same of the name `upgrade`.
    Upgrade,
    /// The same of the name `next-chain`.
    NextChain,
}

impl StateKey {
    const ACCOUNT: &'static [u8] = b"acct/";
    const GRANT: &'static [u8] = b"grant/";
    const PROVIDER: &'static [u8] = b"prov/";
    const GOVERNANCE: &'static [u8] = b"gov/";
    const GATEWAY: &'static [u8] = b"gway/";
    const AUDIT_LOG: &'static [u8] = b"audit/";
    const AGGREGATOR: &'static [u8] = b"aggr/";
    const PARAMETER: &'static [u8] = b"param/";
    /// What there is one of.
    pub const SINGLE: [Self; 7] = [
        Self::Governance,
        Self::SweepHorizon,
        Self::Actions,
        Self::Validators,
        Self::BlockSize,
        Self::Upgrade,
        Self::NextChain,
    ];

    /// The key as the tree knows it.
    pub fn to_bytes(&self) -> Vec<u8> {
        let parameter = |name: &[u8]| (Self::PARAMETER, crypto::hash(Label::Param, &[name]));
        let (prefix, id) = match self {
            Self::Account(id) => (Self::ACCOUNT, *id.as_bytes()),
            Self::Grant(id) => (Self::GRANT, *id.as_bytes()),
            Self::Provider(id) => (Self::PROVIDER, *id.as_bytes()),
            Self::Gateway(id) => (Self::GATEWAY, *id.as_bytes()),
            Self::AuditLog(id) => (Self::AUDIT_LOG, *id.as_bytes()),
            Self::Aggregator(id) => (Self::AGGREGATOR, *id.as_bytes()),
            Self::Governance => (Self::GOVERNANCE, [0; 32]),
            Self::SweepHorizon => parameter(b"sweep"),
            Self::Actions => parameter(b"actions"),
            Self::Validators => parameter(b"validators"),
            Self::BlockSize => parameter(b"block-size"),
            Self::Upgrade => parameter(b"upgrade"),
            Self::NextChain => parameter(b"next-chain"),
        };
        [prefix, &id].concat()
    }

    /// The key as it stands in a proof's address: lowercase hex of the whole.
    pub fn to_hex(&self) -> String {
        hex::encode(self.to_bytes())
    }

    /// Parses a key of the tree.
    ///
    /// # Errors
    /// [`InvalidId`] if no key of the tree has this form.
    pub fn parse(bytes: &[u8]) -> Result<Self, InvalidId> {
        if let Some(id) = bytes.strip_prefix(Self::ACCOUNT) {
            AccountId::try_from(id).map(Self::Account)
        } else if let Some(id) = bytes.strip_prefix(Self::GRANT) {
            GrantId::try_from(id).map(Self::Grant)
        } else if let Some(id) = bytes.strip_prefix(Self::PROVIDER) {
            ProviderId::try_from(id).map(Self::Provider)
        } else if let Some(id) = bytes.strip_prefix(Self::GATEWAY) {
            GatewayId::try_from(id).map(Self::Gateway)
        } else if let Some(id) = bytes.strip_prefix(Self::AUDIT_LOG) {
            AuditLogId::try_from(id).map(Self::AuditLog)
        } else if let Some(id) = bytes.strip_prefix(Self::AGGREGATOR) {
            AggregatorId::try_from(id).map(Self::Aggregator)
        } else {
            Self::SINGLE.into_iter().find(|key| bytes == key.to_bytes()).ok_or(InvalidId { hex_len: 64 })
        }
    }

    /// Parses the lowercase hex of a key of the tree.
    ///
    /// # Errors
    /// [`InvalidId`] if no key of the tree has this form.
    pub fn parse_hex(text: &str) -> Result<Self, InvalidId> {
        let invalid = InvalidId { hex_len: 64 };
        let key = Self::parse(&hex::decode(text).map_err(|_| invalid)?)?;
        if key.to_hex() == text { Ok(key) } else { Err(invalid) }
    }
}

/// The bytes that the tree knows.
impl<C> Encode<C> for StateKey {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.bytes(&self.to_bytes())?.ok()
    }
}

impl<'b, C> Decode<'b, C> for StateKey {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        Self::parse(d.bytes()?).map_err(|_| minicbor::decode::Error::message("not a key of the tree"))
    }
}

/// Whether an account may have more grants.
#[derive(Clone, Copy, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(index_only)]
pub enum AccountStatus {
    /// The account may have more grants.
    #[n(0)]
    Open,
    /// It may not, and all it had are revoked.
    #[n(1)]
    Closed,
}

/// An account: one patient's relationship to one provider.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(map)]
pub struct AccountRecord {
    /// The key that may sign for the account, once a transaction named one.
    #[n(0)]
    pub key: Option<PublicKey>,
    /// The number of that key; 0 while there is none.
    #[n(1)]
    pub key_number: u32,
    /// One more than the highest number that was granted or revoked.
    #[n(2)]
    pub count: u32,
    /// Whether it may have more grants.
    #[n(3)]
    pub status: AccountStatus,
    /// The UTC day of its last grant or early revocation.
    #[n(4)]
    pub last: Day,
}

impl Object for AccountRecord {}

/// Whether a grant stands.
#[derive(Clone, Copy, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(index_only)]
pub enum GrantStatus {
    /// It stands until its last day.
    #[n(0)]
    Active,
    /// It was ended for good.
    #[n(1)]
    Revoked,
}

impl GrantStatus {
    /// Its stable name: `active` or `revoked`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Revoked => "revoked",
        }
    }
}

/// A grant as the ledger knows it.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(map)]
pub struct GrantRecord {
    /// Whether it was ended.
    #[n(0)]
    pub status: GrantStatus,
    /// 1 for the terms it was granted with, one more for each amendment; 0 if it was revoked before
    /// it was granted.
    #[n(1)]
    pub version: u32,
    /// The salted hash of the terms; absent if it was revoked before it was granted.
    #[n(2)]
    pub commitment: Option<Commitment>,
    /// The blinded reader; absent if it was revoked before it was granted.
    #[n(3)]
    pub slot: Option<Slot>,
    /// The last UTC day on which it can be in force; if it was revoked before it was granted, the
    /// day of that.
    #[n(4)]
    pub not_after: Day,
    /// The block in which this record was last written.
    #[n(5)]
    pub height: u64,
    /// The transaction that last wrote it.
    #[n(6)]
    pub transaction: TxId,
}

impl Object for GrantRecord {}

/// Whether a provider is to be dealt with.
#[derive(Clone, Copy, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(index_only)]
pub enum ProviderStatus {
    /// Admitted, and not suspended.
    #[n(0)]
    Active,
    /// Suspended by governance: wallets stop publishing to it.
    #[n(1)]
    Suspended,
}

/// A provider as the ledger knows it.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(map)]
pub struct ProviderRecord {
    /// Whether it is to be dealt with.
    #[n(0)]
    pub status: ProviderStatus,
    /// The version of its card.
    #[n(1)]
    pub version: u32,
    /// The card that is valid now.
    #[n(2)]
    pub card: SignedCard,
    /// The version of the last card whose signing key governance alone replaced, if it ever did: who
    /// pinned an older one must not follow.
    #[n(3)]
    pub rekeyed: Option<u32>,
    /// The version of the card by which governance last admitted it again, if it was ever suspended: suspensions of
    /// older versions are over.
    #[n(4)]
    pub readmitted: Option<u32>,
}

impl Object for ProviderRecord {}

/// Up to when records whose days are over have left; a jump of the chain's time moves it by little.
#[derive(Clone, Copy, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(map)]
pub struct SweepHorizon {
    /// What ended up to here is gone, or is going.
    #[n(0)]
    pub horizon: Timestamp,
    /// The block that last moved it.
    #[n(1)]
    pub height: u64,
}

impl Object for SweepHorizon {}

/// Who admits providers: keys, and how many of them must sign.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(map)]
pub struct Governance {
    /// How many keys must sign, at least 1.
    #[n(0)]
    pub threshold: u32,
    /// The keys, ascending, each once.
    #[n(1)]
    pub keys: Vec<PublicKey>,
}

impl Object for Governance {}

impl Governance {
    /// Says whether these keys, each named once, are enough.
    pub fn is_satisfied_by(&self, signers: &[PublicKey]) -> bool {
        let all_known = signers.iter().all(|signer| self.keys.contains(signer));
        let enough = u32::try_from(signers.len()).is_ok_and(|count| count >= self.threshold.max(1));
        all_known && enough
    }

    /// Says whether the threshold can be met and the keys are ascending, each once.
    pub fn is_well_formed(&self) -> bool {
        let count = u32::try_from(self.keys.len()).unwrap_or(u32::MAX);
        (1..=count).contains(&self.threshold)
            && self.keys.windows(2).all(|pair| match pair {
                [first, second] => first < second,
                _ => true,
            })
    }
}
