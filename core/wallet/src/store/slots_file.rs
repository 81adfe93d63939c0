//! The file of slots: its fields as they are written.

use keepwell_protocol::crypto::PinParameters;
use keepwell_protocol::domain::Object;
use minicbor::{Decode, Encode};

/// The file. Only the PIN slot's tries change without a new revision.
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
}

impl Object for SlotsFile {}

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

/// What a slot holds, sealed under its key.
#[derive(Clone, Debug, Decode, Encode)]
#[cbor(map)]
pub(super) struct Sealed {
    #[cbor(n(0), with = "minicbor::bytes")]
    pub(super) database: Vec<u8>,
    #[cbor(n(1), with = "minicbor::bytes")]
    pub(super) seed: Vec<u8>,
}

/// The version of the file.
pub(super) const VERSION: u32 = 2;
