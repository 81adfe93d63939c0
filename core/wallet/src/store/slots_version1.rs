//! The slots as version 0.1.0 wrote them: the PIN's tries lie in the clear. They are read, never written.

use keepwell_protocol::crypto::PinParameters;
use keepwell_protocol::domain::{Object, Timestamp};
use minicbor::{Decode, Encode};

use super::attempts::Attempts;
use super::slots_file::{PinSlot, Sealed, SlotsFile, VERSION_WITHOUT_BIOMETRICS};

/// The file of slots as version 1 wrote it.
#[derive(Clone, Debug, Decode, Encode)]
#[cbor(map)]
pub(super) struct SlotsVersion1 {
    #[n(0)]
    version: u32,
    #[cbor(n(1), with = "minicbor::bytes")]
    wallet: [u8; 16],
    #[cbor(n(2), with = "minicbor::bytes")]
    salt: [u8; 16],
    #[n(3)]
    revision: u64,
    #[cbor(n(4), with = "minicbor::bytes")]
    device: Vec<u8>,
    #[n(5)]
    words: Sealed,
    #[n(6)]
    pin: Option<PinSlotVersion1>,
}

impl Object for SlotsVersion1 {}

#[derive(Clone, Debug, Decode, Encode)]
#[cbor(map)]
struct PinSlotVersion1 {
    #[n(0)]
    parameters: PinParameters,
    #[n(1)]
    sealed: Sealed,
    #[n(2)]
    failures: u32,
    #[n(3)]
    last_failure: Timestamp,
    #[n(4)]
    tries: u64,
}

impl SlotsVersion1 {
    /// The same as if so many tries had been made.
    #[cfg(test)]
    pub(super) fn with_tries(mut self, tries: u64) -> Self {
        if let Some(pin) = &mut self.pin {
            pin.tries = tries;
        }
        self
    }

    /// The same in the form of today, and the tries, which are still to be sealed.
    pub(super) fn into_present(self) -> (SlotsFile, Option<Attempts>) {
        let Self { version: _, wallet, salt, revision, device, words, pin } = self;
        let attempts = pin.as_ref().map(|pin| Attempts {
            failures: pin.failures,
            last_failure: pin.last_failure,
            tries: pin.tries,
            since_start: None,
        });
        let pin =
            pin.map(|pin| PinSlot { parameters: pin.parameters, sealed: pin.sealed, attempts: Vec::new() });
        let version = VERSION_WITHOUT_BIOMETRICS;
        (SlotsFile { version, wallet, salt, revision, device, words, pin, biometric: None }, attempts)
    }
}

#[cfg(test)]
mod tests {
    use keepwell_protocol::crypto::Rng;

    use super::*;
    use crate::store::frozen::frozen;

    #[test]
    fn object_of_the_slots_of_version_1() {
        let sealed = |byte| Sealed { database: vec![byte; 4], seed: vec![byte + 1; 4] };
        let parameters = PinParameters::generate(&mut Rng::seeded(1)).unwrap();
        let (sealed_pin, last_failure) = (sealed(5), Timestamp(1_795_000_000));
        let pin = PinSlotVersion1 { parameters, sealed: sealed_pin, failures: 2, last_failure, tries: 9 };
        let slots = SlotsVersion1 {
            version: 1,
            wallet: [1; 16],
            salt: [2; 16],
            revision: 3,
            device: vec![4; 4],
            words: sealed(7),
            pin: Some(pin),
        };
        frozen("slots-version-1", &slots);
        let (present, attempts) = slots.clone().into_present();
        assert_eq!((present.revision, present.words.seed.as_slice()), (3, &[8; 4][..]));
        assert_eq!(attempts.map(|attempts| (attempts.failures, attempts.tries)), Some((2, 9)));
        let destroyed = SlotsVersion1 { pin: None, ..slots };
        frozen("slots-version-1-pin-destroyed", &destroyed);
        assert!(destroyed.into_present().1.is_none());
    }
}
