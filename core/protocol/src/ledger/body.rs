//! Transaction bodies: what each kind says, in the order of its fields on the wire.

use minicbor::{Decode, Decoder, Encode, Encoder};

use super::governing::{Action, AnchorBatch, AuditCheckpoint, GovernanceAction, UpdateGateway};
use super::kind::map_kind;
use super::{Kind, SignedCard};
use crate::crypto::{PublicKey, account_id};
use crate::domain::{AccountId, Commitment, Day, Object, Origin, ProviderId, Slot, Timestamp};

/// Gives a grant its place on the ledger, in an account that exists.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(map)]
pub struct Grant {
    /// Always 0: what the encoding starts with.
    #[n(0)]
    pub kind: Kind<0>,
    /// The account that the grant is numbered in.
    #[n(1)]
    pub account: AccountId,
    /// The number of the grant in its account.
    #[n(2)]
    pub number: u32,
    /// The blinded reader: a hash of the reader key.
    #[n(3)]
    pub slot: Slot,
    /// The salted hash of the terms.
    #[n(4)]
    pub commitment: Commitment,
    /// The last UTC day on which the grant can be in force.
    #[n(5)]
    pub not_after: Day,
    /// When this transaction stops being acceptable.
    #[n(6)]
    pub valid_until: Timestamp,
}

/// Creates an account and gives a grant its place in it; the only kind that names a first account key.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(map)]
pub struct GrantNewAccount {
    /// Always 1: what the encoding starts with.
    #[n(0)]
    pub kind: Kind<1>,
    /// The root key, from which the account's identifier is made.
    #[n(1)]
    pub root: PublicKey,
    /// The key that may sign for the account from now on.
    #[n(2)]
    pub account_key: PublicKey,
    /// The number of the grant in its account.
    #[n(3)]
    pub number: u32,
    /// The blinded reader: a hash of the reader key.
    #[n(4)]
    pub slot: Slot,
    /// The salted hash of the terms.
    #[n(5)]
    pub commitment: Commitment,
    /// The last UTC day on which the grant can be in force.
    #[n(6)]
    pub not_after: Day,
    /// When this transaction stops being acceptable.
    #[n(7)]
    pub valid_until: Timestamp,
}

/// Ends a grant for good. Never expires, may be repeated, may come before the grant itself.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(map)]
pub struct Revoke {
    /// Always 2: what the encoding starts with.
    #[n(0)]
    pub kind: Kind<2>,
    /// The account, where the account key signs.
    #[n(1)]
    pub account: Option<AccountId>,
    /// The root key, where that signs; exactly one of the two is present.
    #[n(2)]
    pub root: Option<PublicKey>,
    /// The number of the grant in its account.
    #[n(3)]
    pub number: u32,
}

/// Replaces the terms of an active grant; the slot stays.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(map)]
pub struct Amend {
    /// Always 3: what the encoding starts with.
    #[n(0)]
    pub kind: Kind<3>,
    /// The account that the grant is numbered in.
    #[n(1)]
    pub account: AccountId,
    /// The number of the grant in its account.
    #[n(2)]
    pub number: u32,
    /// One more than the ledger holds.
    #[n(3)]
    pub version: u32,
    /// The salted hash of the new terms.
    #[n(4)]
    pub commitment: Commitment,
    /// The last UTC day on which the grant can be in force.
    #[n(5)]
    pub not_after: Day,
}

/// Replaces the account key.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(map)]
pub struct RotateKey {
    /// Always 4: what the encoding starts with.
    #[n(0)]
    pub kind: Kind<4>,
    /// The root key of the account, which signs this.
    #[n(1)]
    pub root: PublicKey,
    /// One more than the ledger holds.
    #[n(2)]
    pub key_number: u32,
    /// The new account key.
    #[n(3)]
    pub account_key: PublicKey,
}

/// Revokes every grant of an account and lets it have no more.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(map)]
pub struct Close {
    /// Always 5: what the encoding starts with.
    #[n(0)]
    pub kind: Kind<5>,
    /// The root key of the account, which signs this.
    #[n(1)]
    pub root: PublicKey,
}

/// Admits a provider; signed by governance.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(map)]
pub struct RegisterProvider {
    /// Always 6: what the encoding starts with.
    #[n(0)]
    pub kind: Kind<6>,
    /// The provider's card of version 1.
    #[n(1)]
    pub card: SignedCard,
}

/// Replaces a provider's card.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(map)]
pub struct UpdateProvider {
    /// Always 7: what the encoding starts with.
    #[n(0)]
    pub kind: Kind<7>,
    /// The card of the next version.
    #[n(1)]
    pub card: SignedCard,
}

/// Makes wallets stop publishing to a provider.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(map)]
pub struct SuspendProvider {
    /// Always 8: what the encoding starts with.
    #[n(0)]
    pub kind: Kind<8>,
    /// The provider that is suspended.
    #[n(1)]
    pub provider: ProviderId,
    /// The version of its card as governance saw it: once the provider was admitted again after that, nobody can use
    /// this transaction any more. Nothing by the rules of app version 1, where anybody could.
    #[n(2)]
    pub version: Option<u32>,
}

macro_rules! transactions {
    ($($number:literal $(#[$doc:meta])* $name:ident),* $(,)?) => {
        /// What a transaction says.
        #[derive(Clone, Debug, Eq, PartialEq)]
        pub enum Transaction { $($(#[$doc])* $name($name),)* }

        impl Transaction {
            /// The number that starts the body.
            pub fn kind(&self) -> u8 {
                match self { $(Self::$name(_) => $number,)* }
            }
        }

        impl<C> Encode<C> for Transaction {
            fn encode<W: minicbor::encode::Write>(
                &self,
                e: &mut Encoder<W>,
                context: &mut C,
            ) -> Result<(), minicbor::encode::Error<W::Error>> {
                match self { $(Self::$name(body) => body.encode(e, context),)* }
            }
        }

        impl<'b, C> Decode<'b, C> for Transaction {
            fn decode(d: &mut Decoder<'b>, context: &mut C) -> Result<Self, minicbor::decode::Error> {
                match map_kind(d)? {
                    $($number => $name::decode(d, context).map(Self::$name),)*
                    _ => Err(minicbor::decode::Error::message("unknown kind of transaction")),
                }
            }
        }

        $(impl From<$name> for Transaction {
            fn from(body: $name) -> Self {
                Self::$name(body)
            }
        })*
    };
}

transactions! {
    0 /// A grant in an account that exists.
    Grant,
    1 /// A grant that creates its account.
    GrantNewAccount,
    2 /// The end of a grant.
    Revoke,
    3 /// New terms for a grant.
    Amend,
    4 /// A new account key.
    RotateKey,
    5 /// The end of an account.
    Close,
    6 /// A provider is admitted.
    RegisterProvider,
    7 /// A provider's new card.
    UpdateProvider,
    8 /// A provider is suspended.
    SuspendProvider,
    9 /// Governance does something about the network.
    GovernanceAction,
    10 /// A gateway's new key configuration.
    UpdateGateway,
    11 /// How far a provider's access log is.
    AuditCheckpoint,
    12 /// The root of a batch of hashes.
    AnchorBatch,
}

impl Object for Transaction {}

impl Transaction {
    /// The account that this is about, if it is about one.
    pub fn account(&self, origin: &Origin) -> Option<AccountId> {
        match self {
            Self::Grant(Grant { account, .. }) | Self::Amend(Amend { account, .. }) => Some(*account),
            Self::Revoke(Revoke { account: Some(account), .. }) => Some(*account),
            _ => self.root().map(|root| account_id(origin, root)),
        }
    }

    /// Whether it is of a kind that ends what stands, whoever signed it.
    pub fn may_end(&self) -> bool {
        match self {
            Self::Revoke(_) | Self::Close(_) | Self::SuspendProvider(_) => true,
            Self::GovernanceAction(action) => match &action.action {
                Action::SetValidator(set) => set.power == 0,
                Action::SetGateway(set) => set.key.is_none(),
                Action::SetAggregator(set) => set.key.is_none(),
                Action::MoveChain(_) => true,
                Action::SetBlockSize(_) | Action::Upgrade(_) | Action::SetGovernance(_) => false,
            },
            _ => false,
        }
    }

    /// The root key that the body names, if it names one.
    pub fn root(&self) -> Option<&PublicKey> {
        match self {
            Self::GrantNewAccount(GrantNewAccount { root, .. })
            | Self::RotateKey(RotateKey { root, .. })
            | Self::Close(Close { root, .. }) => Some(root),
            Self::Revoke(Revoke { root, .. }) => root.as_ref(),
            Self::Grant(_)
            | Self::Amend(_)
            | Self::RegisterProvider(_)
            | Self::UpdateProvider(_)
            | Self::SuspendProvider(_)
            | Self::GovernanceAction(_)
            | Self::UpdateGateway(_)
            | Self::AuditCheckpoint(_)
            | Self::AnchorBatch(_) => None,
        }
    }
}
