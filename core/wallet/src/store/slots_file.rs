//! The file of slots: its fields as they are written.

use keepwell_protocol::crypto::PinParameters;
use keepwell_protocol::domain::Object;
use minicbor::{Decode, Encode};

/// The file. The PIN slot's tries and the biometric slot change without a new revision.
#[derive(Clone, Debug, Decode, Encode)]
#[cbor(map)]
pub(super) struct SlotsFile {
    #[n(0)]
    pub(super) version: u32,
    #[cbor(n(1), with = "minicbor::bytes")]
    pub(super) wallet: [u8; 16],
    /// Begins the database file.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub(super) salt: [u8; 16],
    /// How often slots were made or replaced.
    #[n(3)]
    pub(super) revision: u64,
    /// The device secret, wrapped by the device.
    #[cbor(n(4), with = "minicbor::bytes")]
    pub(super) device: Vec<u8>,
    #[n(5)]
    pub(super) words: Sealed,
    /// Absent once it is destroyed.
    #[n(6)]
    pub(super) pin: Option<PinSlot>,
    /// Absent while biometrics are off.
    #[n(7)]
    pub(super) biometric: Option<BiometricSlot>,
}

impl Object for SlotsFile {}

impl SlotsFile {
    /// The version that what is in the file needs: the oldest program that understands it can read it.
    pub(super) fn needed_version(&self) -> u32 {
        match self.biometric {
            _ if self.version == VERSION => VERSION,
            Some(_) => VERSION_WITH_BIOMETRICS,
            None => VERSION_WITHOUT_BIOMETRICS,
        }
    }

    /// What the tries are bound to, beside wallet and revision: the PIN slot that they are of, so that none of before
    /// can take its place among them. Nothing before [`VERSION`].
    pub(super) fn tried(&self) -> Vec<u8> {
        match &self.pin {
            Some(pin) if self.version == VERSION => pin.without_attempts(),
            _ => Vec::new(),
        }
    }
}

#[derive(Clone, Debug, Decode, Encode)]
#[cbor(map)]
pub(super) struct PinSlot {
    #[n(0)]
    pub(super) parameters: PinParameters,
    #[n(1)]
    pub(super) sealed: Sealed,
    /// [`Attempts`], sealed under the device secret.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub(super) attempts: Vec<u8>,
}

impl Object for PinSlot {}

impl PinSlot {
    pub(super) fn without_attempts(&self) -> Vec<u8> {
        Self { attempts: Vec::new(), ..self.clone() }.to_cbor()
    }
}

/// What biometrics open: the records and the secret of the device, not the seed.
#[derive(Clone, Debug, Decode, Encode)]
#[cbor(map)]
pub(super) struct BiometricSlot {
    /// A secret of this slot alone, wrapped by the device's biometric key.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub(super) wrapped: Vec<u8>,
    /// The database key and the device secret, 32 bytes each, sealed under that secret.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub(super) sealed: Vec<u8>,
}

/// What a slot holds, sealed under its key.
#[derive(Clone, Debug, Decode, Encode)]
#[cbor(map)]
pub(super) struct Sealed {
    #[cbor(n(0), with = "minicbor::bytes")]
    pub(super) database: Vec<u8>,
    #[cbor(n(1), with = "minicbor::bytes")]
    pub(super) seed: Vec<u8>,
}

/// The newest version of the file: the tries are bound to their PIN slot.
pub(super) const VERSION: u32 = 4;
/// The version of a file with a biometric slot, written before the first try was bound.
pub(super) const VERSION_WITH_BIOMETRICS: u32 = 3;
/// The same without a biometric slot.
pub(super) const VERSION_WITHOUT_BIOMETRICS: u32 = 2;
