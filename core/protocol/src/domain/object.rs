//! Objects: CBOR maps with keys 0, 1, 2 … in one encoding only (RFC 8949 §4.2).

use minicbor::{Decode, Encode};

/// Why bytes are not an object of the expected kind.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum CborError {
    /// The bytes do not decode to this kind of object.
    #[error("not an object of this kind")]
    Malformed,
    /// The bytes decode, but they are not the one encoding of what they say.
    #[error("not the deterministic encoding of this object")]
    NotDeterministic,
}

impl CborError {
    /// The stable name of this error.
    pub fn code(self) -> &'static str {
        match self {
            Self::Malformed => "ObjectMalformed",
            Self::NotDeterministic => "ObjectNotDeterministic",
        }
    }
}

/// A type with exactly one encoding.
///
/// Integers are shortest, maps are in key order and absent fields are left out, because the
/// derived encoders of `minicbor` write them so; unknown keys, other encodings and bytes behind
/// the object are refused, because the decoded value must encode to the bytes it came from.
pub trait Object: Encode<()> + for<'b> Decode<'b, ()> {
    /// The object's deterministic CBOR (RFC 8949 §4.2.1): the bytes that are hashed, signed and sealed.
    fn to_cbor(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        match minicbor::encode(self, &mut bytes) {
            Ok(()) => bytes,
            // Writing to a `Vec` cannot fail, and no encoder here returns an error of its own.
            Err(_) => Vec::new(),
        }
    }

    /// Decodes the one encoding of an object.
    ///
    /// # Errors
    /// [`CborError::Malformed`] if it does not decode, [`CborError::NotDeterministic`] if it does
    /// but is written in another way (unknown keys, longer integers, bytes left over).
    ///
    /// ```
    /// use keepwell_protocol::domain::{CborError, Object, Timestamp};
    /// use keepwell_protocol::vault::SpaceOpened;
    ///
    /// let opened = SpaceOpened { version: 7 };
    /// assert_eq!(SpaceOpened::from_cbor(&opened.to_cbor()), Ok(opened));
    /// // The same map with its length left open is another encoding, and refused.
    /// assert_eq!(SpaceOpened::from_cbor(&[0xbf, 0, 7, 0xff]), Err(CborError::NotDeterministic));
    /// ```
    fn from_cbor(bytes: &[u8]) -> Result<Self, CborError> {
        let object: Self = minicbor::decode(bytes).map_err(|_| CborError::Malformed)?;
        if object.to_cbor() == bytes { Ok(object) } else { Err(CborError::NotDeterministic) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Decode, Encode, PartialEq)]
    #[cbor(map)]
    struct Sample {
        #[n(0)]
        number: u64,
        #[n(1)]
        note: Option<String>,
    }
    impl Object for Sample {}

    #[test]
    fn reads_its_own_encoding() {
        let sample = Sample { number: 7, note: None };
        assert_eq!(sample.to_cbor(), [0xa1, 0x00, 0x07]);
        assert_eq!(Sample::from_cbor(&[0xa1, 0x00, 0x07]), Ok(sample));
    }

    #[test]
    fn refuses_every_other_way_to_write_it() {
        for (bytes, error) in [
            (&[0xa1, 0x00, 0x18, 0x07][..], CborError::NotDeterministic), // longer integer
            (&[0xa1, 0x00, 0x07, 0x00], CborError::NotDeterministic),     // bytes left over
            (&[0xa2, 0x00, 0x07, 0x05, 0x01], CborError::NotDeterministic), // unknown key
            (&[0xbf, 0x00, 0x07, 0xff], CborError::NotDeterministic),     // indefinite length
            (&[0xa2, 0x00, 0x07, 0x01, 0xf6], CborError::NotDeterministic), // null for absent
            (&[0xa1, 0x00], CborError::Malformed),
            (&[0x80], CborError::Malformed),
            (&[], CborError::Malformed),
        ] {
            assert_eq!(Sample::from_cbor(bytes), Err(error), "{bytes:02x?}");
        }
    }
}
