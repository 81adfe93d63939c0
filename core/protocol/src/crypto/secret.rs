//! Secret keys: a type for each role, cleared when dropped.

use std::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::{CryptoError, Rng};

macro_rules! secret {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        ///
        /// 32 bytes, boxed so that a move copies a pointer and not the key.
        #[derive(Zeroize, ZeroizeOnDrop)]
        pub struct $name(Box<[u8; 32]>);

        impl $name {
            /// Copies the key from bytes that the caller clears.
            pub fn from_bytes(bytes: &[u8; 32]) -> Self {
                Self(Box::new(*bytes))
            }

            /// Makes a fresh random key.
            ///
            /// # Errors
            /// [`CryptoError::EntropyFailure`] if the source gives no randomness.
            pub fn generate(rng: &mut Rng) -> Result<Self, CryptoError> {
                let mut key = Self(Box::new([0; 32]));
                rng.fill(key.0.as_mut_slice())?;
                Ok(key)
            }

            /// Lends the bytes.
            pub fn expose(&self) -> &[u8; 32] {
                &self.0
            }

            /// A second copy, for a second owner.
            #[must_use]
            pub fn duplicate(&self) -> Self {
                Self(self.0.clone())
            }
        }

        impl From<Zeroizing<[u8; 32]>> for $name {
            fn from(bytes: Zeroizing<[u8; 32]>) -> Self {
                Self::from_bytes(&bytes)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(..)"))
            }
        }
    };
}

/// For keys that lie inside sealed objects.
macro_rules! travels_sealed {
    ($name:ident) => {
        impl<C> minicbor::Encode<C> for $name {
            fn encode<W: minicbor::encode::Write>(
                &self,
                e: &mut minicbor::Encoder<W>,
                _: &mut C,
            ) -> Result<(), minicbor::encode::Error<W::Error>> {
                e.bytes(self.0.as_slice())?.ok()
            }
        }

        impl<'b, C> minicbor::Decode<'b, C> for $name {
            fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
                let bytes = <&[u8; 32]>::try_from(d.bytes()?);
                bytes
                    .map(Self::from_bytes)
                    .map_err(|_| minicbor::decode::Error::message("key of wrong length"))
            }
        }
    };
}

secret!(
    /// Opens the owner's wraps of epoch keys.
    VaultKey
);
secret!(
    /// The root of all pair secrets.
    PairKey
);
secret!(
    /// The root of compartment ids and of the keys that sign their heads.
    CompartmentKey
);
secret!(
    /// The root of share links' paths and keys.
    ShareKey
);
secret!(
    /// Opens the store's recovery slot.
    SlotKey
);
secret!(
    /// The passphrase of the backup file, before it is written out.
    BackupKey
);
secret!(
    /// What patient and provider of one relationship share.
    PairSecret
);
secret!(
    /// Opens the heads of one epoch of a compartment.
    EpochKey
);
secret!(
    /// Opens one version of a record, or one segment.
    RecordKey
);
secret!(
    /// Opens what lies behind a share link.
    LinkKey
);
secret!(
    /// The raw key of the store.
    DatabaseKey
);
secret!(
    /// Seals and opens for one use derived from another key.
    SealKey
);
secret!(
    /// What a device keeps in its hardware store and gives only to its user.
    DeviceSecret
);

travels_sealed!(PairSecret);
travels_sealed!(EpochKey);
travels_sealed!(RecordKey);
