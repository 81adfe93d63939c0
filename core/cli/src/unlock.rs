//! The wallet of the home, opened and unlocked.

use std::path::Path;

use keepwell_protocol::crypto::{Pin, Rng};
use keepwell_wallet::{FreshAuthentication, SoftwareDeviceKey, StoreError, SystemClock, Wallet, WalletError};

use crate::caller::Caller;
use crate::failure::Failure;
use crate::secrets::PinSource;

/// Opens the wallet of the home and unlocks it; the PIN is asked for once it is known that there is one.
pub(crate) fn unlock(caller: &Caller, pin: &PinSource) -> Result<(Wallet, FreshAuthentication), Failure> {
    let mut wallet = open(caller)?;
    let fresh = wallet.unlock(&Pin::parse(&pin.read()?)?)?;
    Ok((wallet, fresh))
}

/// The same with a PIN that was asked for before.
pub(crate) fn unlock_with(caller: &Caller, pin: &Pin) -> Result<(Wallet, FreshAuthentication), Failure> {
    let mut wallet = open(caller)?;
    let fresh = wallet.unlock(pin)?;
    Ok((wallet, fresh))
}

/// Opens the wallet of the home and leaves it locked.
pub(crate) fn open(caller: &Caller) -> Result<Wallet, Failure> {
    let home = caller.home()?;
    let opened = Wallet::open(&home, device_key(&home), Box::new(SystemClock), Rng::system());
    opened.map_err(|error| match error {
        WalletError::Store(StoreError::NoWallet) => {
            Failure::from(error).with_note(format!("looked in {}", home.display()))
        }
        error => error.into(),
    })
}

pub(crate) fn device_key(home: &Path) -> Box<SoftwareDeviceKey> {
    Box::new(SoftwareDeviceKey::new(&home.join("device.key")))
}
