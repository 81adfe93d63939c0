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

            /// Lends the 32 bytes of the key to whoever encrypts or derives with it; they are cleared with
            /// the key.
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

#[cfg(test)]
mod tests {
    use std::fmt::Display;

    use static_assertions::assert_not_impl_any;

    use super::super::words::{Passphrase, RecoveryWords};
    use super::super::{HpkeSecretKey, Pin, Seed, SigningKey};
    use super::*;

    macro_rules! each_secret {
        ($($secret:ident)*) => {
            $(assert_not_impl_any!($secret: Clone, Copy, PartialEq, Display, serde::Serialize, AsRef<[u8]>);)*
        };
    }

    each_secret!(
        VaultKey PairKey CompartmentKey ShareKey SlotKey BackupKey PairSecret EpochKey RecordKey LinkKey
        DatabaseKey SealKey DeviceSecret HpkeSecretKey SigningKey Seed Pin RecoveryWords Passphrase
    );

    #[test]
    fn debug_output_is_the_name_and_nothing_else() {
        let bytes = [7; 32];
        assert_eq!(format!("{:?}", VaultKey::from_bytes(&bytes)), "VaultKey(..)");
        assert_eq!(format!("{:?}", PairKey::from_bytes(&bytes)), "PairKey(..)");
        assert_eq!(format!("{:?}", CompartmentKey::from_bytes(&bytes)), "CompartmentKey(..)");
        assert_eq!(format!("{:?}", ShareKey::from_bytes(&bytes)), "ShareKey(..)");
        assert_eq!(format!("{:?}", SlotKey::from_bytes(&bytes)), "SlotKey(..)");
        assert_eq!(format!("{:?}", BackupKey::from_bytes(&bytes)), "BackupKey(..)");
        assert_eq!(format!("{:?}", PairSecret::from_bytes(&bytes)), "PairSecret(..)");
        assert_eq!(format!("{:?}", EpochKey::from_bytes(&bytes)), "EpochKey(..)");
        assert_eq!(format!("{:?}", RecordKey::from_bytes(&bytes)), "RecordKey(..)");
        assert_eq!(format!("{:?}", LinkKey::from_bytes(&bytes)), "LinkKey(..)");
        assert_eq!(format!("{:?}", DatabaseKey::from_bytes(&bytes)), "DatabaseKey(..)");
        assert_eq!(format!("{:?}", SealKey::from_bytes(&bytes)), "SealKey(..)");
        assert_eq!(format!("{:?}", DeviceSecret::from_bytes(&bytes)), "DeviceSecret(..)");
        assert_eq!(format!("{:?}", SigningKey::from_seed(&bytes)), "SigningKey(..)");
        assert_eq!(format!("{:?}", Seed::from_bytes(&[7; 64])), "Seed(..)");
    }

    #[test]
    fn a_key_that_travels_is_32_bytes() {
        let bytes = minicbor::to_vec(EpochKey::from_bytes(&[7; 32])).unwrap();
        assert_eq!(bytes.len(), 34);
        assert_eq!(minicbor::decode::<EpochKey>(&bytes).unwrap().expose(), &[7; 32]);
        for near in [&bytes[..33], &[&[0x58, 33][..], &[7; 33]].concat(), &[0x98, 32], &[0xf6]] {
            assert!(minicbor::decode::<EpochKey>(near).is_err());
        }
    }

    #[test]
    fn a_new_key_is_random_and_a_failing_source_makes_none() {
        let rng = &mut Rng::system();
        assert_ne!(EpochKey::generate(rng).unwrap().expose(), EpochKey::generate(rng).unwrap().expose());
        let mut zeros = Rng::scripted(|_| Ok(()));
        assert_eq!(EpochKey::generate(&mut zeros).unwrap_err(), CryptoError::EntropyFailure);
        assert_eq!(SigningKey::generate(&mut zeros).unwrap_err(), CryptoError::EntropyFailure);
    }
}
