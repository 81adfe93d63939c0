//! Many transactions in one request to a host, and what became of each.

use minicbor::bytes::ByteVec;
use minicbor::data::Type;
use minicbor::{Decode, Decoder, Encode, Encoder};

use super::ErrorBody;
use crate::domain::{Object, TxId};
/// Encoded signed transactions, in the order in which they are to be handed in.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(transparent)]
pub struct TransactionBatch(#[n(0)] pub Vec<ByteVec>);

impl Object for TransactionBatch {}

impl TransactionBatch {
    /// The most transactions in one request.
    pub const LIMIT: usize = 200;
}

/// What became of one transaction.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Submitted {
    /// The ledger has it, or will include it.
    Taken(TxId),
    /// It was not handed in or not taken: code and sentence.
    Refused(ErrorBody),
}

/// What became of each transaction of a batch, in its order.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(transparent)]
pub struct SubmittedBatch(#[n(0)] pub Vec<Submitted>);

impl Object for SubmittedBatch {}

impl<C> Encode<C> for Submitted {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut Encoder<W>,
        context: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        match self {
            Self::Taken(id) => id.encode(e, context),
            Self::Refused(refusal) => refusal.encode(e, context),
        }
    }
}

impl<'b, C> Decode<'b, C> for Submitted {
    fn decode(d: &mut Decoder<'b>, context: &mut C) -> Result<Self, minicbor::decode::Error> {
        match d.datatype()? {
            Type::Bytes => TxId::decode(d, context).map(Self::Taken),
            _ => ErrorBody::decode(d, context).map(Self::Refused),
        }
    }
}
