//! The number that starts every transaction body.

use minicbor::{Decode, Decoder, Encode, Encoder};

/// The kind number of a body, fixed by its type: it writes `N` and reads nothing else.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Kind<const N: u8>;

impl<C, const N: u8> Encode<C> for Kind<N> {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.u8(N)?.ok()
    }
}

impl<'b, C, const N: u8> Decode<'b, C> for Kind<N> {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        if d.u8()? == N {
            Ok(Self)
        } else {
            Err(minicbor::decode::Error::message("another kind of transaction"))
        }
    }
}

/// Looks at the kind that a map starts with, without moving the decoder.
pub(super) fn map_kind(d: &Decoder<'_>) -> Result<u8, minicbor::decode::Error> {
    let mut ahead = d.clone();
    ahead.map()?;
    if ahead.u8()? != 0 {
        return Err(minicbor::decode::Error::message("it starts with its kind"));
    }
    ahead.u8()
}
