//! What those say who run the network: governance, gateways, providers about their own logs, and aggregators.

use minicbor::{Decode, Decoder, Encode, Encoder};

use super::Kind;
use super::kind::map_kind;
use crate::crypto::PublicKey;
use crate::domain::{AggregatorId, GatewayId, ProviderId};

/// Does one thing that only governance may do; signed by as many of its keys as it takes.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(map)]
pub struct GovernanceAction {
    /// Always 9: what the encoding starts with.
    #[n(0)]
    pub kind: Kind<9>,
    /// One more than that of the action before: nobody can repeat an old one.
    #[n(1)]
    pub number: u32,
    /// What is done.
    #[n(2)]
    pub action: Action,
}

/// Replaces the key configuration by which questions to a gateway are sealed; signed by the gateway's key.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(map)]
pub struct UpdateGateway {
    /// Always 10: what the encoding starts with.
    #[n(0)]
    pub kind: Kind<10>,
    /// The gateway whose configuration it is.
    #[n(1)]
    pub gateway: GatewayId,
    /// One more than the ledger holds.
    #[n(2)]
    pub version: u32,
    /// In the form of RFC 9458 §3.1: 1 to [`UpdateGateway::LONGEST_CONFIGURATION`] bytes.
    #[cbor(n(3), with = "minicbor::bytes")]
    pub key_configuration: Vec<u8>,
}

impl UpdateGateway {
    /// The most bytes of a key configuration.
    pub const LONGEST_CONFIGURATION: usize = 2_048;
}

/// Says how far a provider's own access log is (RFC 6962); signed by the provider.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(map)]
pub struct AuditCheckpoint {
    /// Always 11: what the encoding starts with.
    #[n(0)]
    pub kind: Kind<11>,
    /// The provider whose log it is.
    #[n(1)]
    pub provider: ProviderId,
    /// How many entries the log has: more than the ledger holds.
    #[n(2)]
    pub size: u64,
    /// The log's root hash.
    #[cbor(n(3), with = "minicbor::bytes")]
    pub root: [u8; 32],
}

/// Records the root of a batch of hashes, of documents or of the heads of logs; signed by an aggregator.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(map)]
pub struct AnchorBatch {
    /// Always 12: what the encoding starts with.
    #[n(0)]
    pub kind: Kind<12>,
    /// The aggregator that recorded it.
    #[n(1)]
    pub aggregator: AggregatorId,
    /// One more than the ledger holds.
    #[n(2)]
    pub number: u32,
    /// How many hashes are in the batch, at least 1.
    #[n(3)]
    pub count: u64,
    /// The root of the Merkle tree over them (RFC 6962 §2.1).
    #[cbor(n(4), with = "minicbor::bytes")]
    pub root: [u8; 32],
}

/// Lets a validator vote, with this power or without any more.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(map)]
pub struct SetValidator {
    /// Always 0: what the encoding starts with.
    #[n(0)]
    pub kind: Kind<0>,
    /// The key that it votes by.
    #[n(1)]
    pub key: PublicKey,
    /// Its power; 0 takes it out.
    #[n(2)]
    pub power: u64,
}

/// Changes how large a block may be.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(map)]
pub struct SetBlockSize {
    /// Always 1: what the encoding starts with.
    #[n(0)]
    pub kind: Kind<1>,
    /// The most bytes of a block.
    #[n(1)]
    pub bytes: u32,
}

/// Has the next version of the rules hold from a height on. It replaces an upgrade that has not come yet.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(map)]
pub struct Upgrade {
    /// Always 2: what the encoding starts with.
    #[n(0)]
    pub kind: Kind<2>,
    /// The app version: one more than that which holds, or that one, so that nothing changes.
    #[n(1)]
    pub version: u64,
    /// The first block that is executed by it.
    #[n(2)]
    pub height: u64,
}

/// Ends this chain at a height and names the one that goes on. It replaces a move that has not come yet.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(map)]
pub struct MoveChain {
    /// Always 3: what the encoding starts with.
    #[n(0)]
    pub kind: Kind<3>,
    /// The name of the chain that goes on: 1 to 50 printable ASCII characters.
    #[n(1)]
    pub chain_id: String,
    /// The SHA-256 hash of its genesis file.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub genesis_hash: [u8; 32],
    /// The last block of this chain that may have transactions.
    #[n(3)]
    pub last_height: u64,
}

impl MoveChain {
    /// The longest name of a chain that CometBFT takes.
    pub const LONGEST_NAME: usize = 50;
}

/// Admits a gateway, gives it another key, or takes it out.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(map)]
pub struct SetGateway {
    /// Always 4: what the encoding starts with.
    #[n(0)]
    pub kind: Kind<4>,
    /// The gateway, named after its first key.
    #[n(1)]
    pub gateway: GatewayId,
    /// The key that signs its updates; none takes it out.
    #[n(2)]
    pub key: Option<PublicKey>,
}

/// Admits an aggregator, gives it another key, or takes it out.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(map)]
pub struct SetAggregator {
    /// Always 5: what the encoding starts with.
    #[n(0)]
    pub kind: Kind<5>,
    /// The aggregator, named after its first key.
    #[n(1)]
    pub aggregator: AggregatorId,
    /// The key that signs its batches; none takes it out.
    #[n(2)]
    pub key: Option<PublicKey>,
}

/// Replaces governance itself.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(map)]
pub struct SetGovernance {
    /// Always 6: what the encoding starts with.
    #[n(0)]
    pub kind: Kind<6>,
    /// How many keys must sign from now on.
    #[n(1)]
    pub threshold: u32,
    /// The keys, ascending, each once.
    #[n(2)]
    pub keys: Vec<PublicKey>,
}

macro_rules! actions {
    ($($number:literal $(#[$doc:meta])* $name:ident),* $(,)?) => {
        /// What governance does.
        #[derive(Clone, Debug, Eq, PartialEq)]
        pub enum Action { $($(#[$doc])* $name($name),)* }

        impl<C> Encode<C> for Action {
            fn encode<W: minicbor::encode::Write>(
                &self,
                e: &mut Encoder<W>,
                context: &mut C,
            ) -> Result<(), minicbor::encode::Error<W::Error>> {
                match self { $(Self::$name(action) => action.encode(e, context),)* }
            }
        }

        impl<'b, C> Decode<'b, C> for Action {
            fn decode(d: &mut Decoder<'b>, context: &mut C) -> Result<Self, minicbor::decode::Error> {
                match map_kind(d)? {
                    $($number => $name::decode(d, context).map(Self::$name),)*
                    _ => Err(minicbor::decode::Error::message("unknown action")),
                }
            }
        }

        $(impl From<$name> for Action {
            fn from(action: $name) -> Self {
                Self::$name(action)
            }
        })*
    };
}

actions! {
    0 /// Who votes.
    SetValidator,
    1 /// How large blocks are.
    SetBlockSize,
    2 /// Which rules hold.
    Upgrade,
    3 /// Where the ledger goes on.
    MoveChain,
    4 /// Which gateways there are.
    SetGateway,
    5 /// Which aggregators there are.
    SetAggregator,
    6 /// Who governs.
    SetGovernance,
}
