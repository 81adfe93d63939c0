//! Finding a clinic's server by its name, in lists of SMART User-access Brands.

use std::io::Read;

use keepwell_protocol::domain::fold;
use keepwell_source::read_brands;

use super::wallet::Wallet;
use crate::error::WalletError;
use crate::store::brands::{self, FoundBrand};

impl Wallet {
    /// Takes in a list of clinics that have a server, in the place of the one of the same name; says how many it has.
    ///
    /// # Errors
    /// [`WalletError::Import`] if it can't be read; [`WalletError::NoBrands`] if no clinic with a server is in it.
    /// The list of before stays then.
    pub fn import_brands(&mut self, list: &str, source: impl Read) -> Result<u64, WalletError> {
        self.session()?;
        let read = read_brands(source)?;
        if read.is_empty() {
            return Err(WalletError::NoBrands);
        }
        let now = self.clock.now();
        let (store, rng) = self.store()?;
        store.write(rng, |transaction, _| brands::put(transaction, list, &read, now))?;
        Ok(read.len() as u64)
    }

    /// The clinics of which each word of `text` begins a word of their name or place: at most 50, by name.
    ///
    /// # Errors
    /// [`WalletError::Locked`].
    pub fn find_brands(&self, text: &str) -> Result<Vec<FoundBrand>, WalletError> {
        Ok(brands::find(self.session()?.store.read(), text, MOST_FOUND)?)
    }

    /// The address of the one clinic that is called so, or that alone is found by this text.
    ///
    /// # Errors
    /// [`WalletError::NoSuchBrand`], [`WalletError::AmbiguousBrand`].
    pub fn brand_address(&self, text: &str) -> Result<String, WalletError> {
        let found = self.find_brands(text)?;
        let of = |brands: &mut dyn Iterator<Item = &FoundBrand>| {
            let mut addresses: Vec<String> = brands.map(|brand| brand.address.clone()).collect();
            addresses.sort();
            addresses.dedup();
            addresses
        };
        let called_so = of(&mut found.iter().filter(|brand| fold(&brand.name) == fold(text.trim())));
        let addresses = if called_so.is_empty() { of(&mut found.iter()) } else { called_so };
        match <[String; 1]>::try_from(addresses) {
            Ok([address]) => Ok(address),
            Err(none) if none.is_empty() => Err(WalletError::NoSuchBrand),
            Err(_) => Err(WalletError::AmbiguousBrand),
        }
    }
}

const MOST_FOUND: u32 = 50;
