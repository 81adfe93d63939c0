//! Packets: the epoch keys that one grant opens, sealed to the provider.

use minicbor::{Decode, Encode};

use crate::crypto::{self, CryptoError, EpochKey, HpkePublicKey, HpkeSecretKey, Label, Rng};
use crate::domain::{CborError, CompartmentId, GrantId, Object};

/// Why a packet does not give its keys.
#[derive(Debug, thiserror::Error)]
pub enum PacketError {
    /// It does not open with any of these keys for this grant.
    #[error(transparent)]
    Crypto(#[from] CryptoError),
    /// It is not a packet.
    #[error(transparent)]
    Cbor(#[from] CborError),
}

impl PacketError {
    /// The stable name of this error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Crypto(error) => error.code(),
            Self::Cbor(error) => error.code(),
        }
    }
}

/// The key of one compartment's epoch.
#[derive(Decode, Encode)]
#[cbor(array)]
pub struct EpochGrant {
    /// The compartment that the key is for.
    #[n(0)]
    pub compartment: CompartmentId,
    /// The epoch that the key belongs to.
    #[n(1)]
    pub epoch: u32,
    /// The key that opens the heads of that epoch.
    #[n(2)]
    pub key: EpochKey,
}

/// Every epoch key that a grant opens now, sorted by compartment; complete, and replaced as a whole.
///
/// Not signed: a wrong key opens no head, and heads are signed.
#[derive(Decode, Encode)]
#[cbor(transparent)]
pub struct Packet(#[n(0)] pub Vec<EpochGrant>);

impl Object for Packet {}

impl Packet {
    /// Seals the packet to the provider's key, for one grant only.
    ///
    /// # Errors
    /// [`CryptoError`] if the provider's key is bad or the system gives no randomness.
    pub fn seal(
        &self,
        provider: &HpkePublicKey,
        grant: GrantId,
        rng: &mut Rng,
    ) -> Result<Vec<u8>, CryptoError> {
        let message = zeroize::Zeroizing::new(self.to_cbor());
        crypto::hpke_seal(provider, Label::Packet, grant.as_bytes(), &message, rng)
    }

    /// Opens the packet of a grant with whichever of the provider's keys it was sealed to.
    ///
    /// # Errors
    /// [`PacketError`] if none fits, or if it was made for another grant.
    ///
    /// ```
    /// use keepwell_protocol::crypto::{EpochKey, HpkeSecretKey, Rng, Suite};
    /// use keepwell_protocol::domain::{CompartmentId, GrantId};
    /// use keepwell_protocol::vault::{EpochGrant, Packet};
    ///
    /// let mut rng = Rng::system();
    /// let provider = HpkeSecretKey::generate(Suite::XWing, &mut rng).unwrap();
    /// let key = EpochKey::generate(&mut rng).unwrap();
    /// let compartment = CompartmentId::from_bytes([1; 16]);
    /// let packet = Packet(vec![EpochGrant { compartment, epoch: 0, key }]);
    ///
    /// let (grant, other) = (GrantId::from_bytes([1; 32]), GrantId::from_bytes([2; 32]));
    /// let sealed = packet.seal(provider.public_key(), grant, &mut rng).unwrap();
    /// let keys = [provider];
    /// assert_eq!(Packet::open(&keys, grant, &sealed).unwrap().0.len(), 1);
    /// assert!(Packet::open(&keys, other, &sealed).is_err());
    /// ```
    pub fn open(keys: &[HpkeSecretKey], grant: GrantId, sealed: &[u8]) -> Result<Self, PacketError> {
        Ok(Self::from_cbor(&crypto::hpke_open(keys, Label::Packet, grant.as_bytes(), sealed)?)?)
    }
}
