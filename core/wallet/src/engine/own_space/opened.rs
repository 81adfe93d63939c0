//! The space at the host, opened and checked by its owner.

use keepwell_protocol::crypto;
use keepwell_protocol::vault::{Compartment, Head, SealedHead, SpaceView};

use crate::engine::upload::own_compartment;
use crate::error::WalletError;
use crate::store::held_keys::HeldKeys;

/// A space as its owner has opened and checked it.
pub(crate) struct OpenedSpace {
    pub(crate) view: SpaceView,
    pub(crate) own: Head,
    pub(crate) own_hash: [u8; 32],
}

impl OpenedSpace {
    /// Opens the `self` head and holds every other head against it.
    pub(crate) fn open(view: SpaceView, keys: &HeldKeys) -> Result<Self, WalletError> {
        let id = own_compartment(&keys.compartment);
        let sealed =
            view.heads.iter().find(|head| head.compartment == id).ok_or(WalletError::SpaceDamaged)?;
        let own = open_head(sealed, keys, &Compartment::Own.to_string())?;
        let own_hash = sealed.hash();
        let named = own.heads.as_deref().unwrap_or_default();
        let others: Vec<&SealedHead> = view.heads.iter().filter(|head| head.compartment != id).collect();
        let same = |head: &&&SealedHead| {
            named.iter().any(|named| {
                named.compartment == head.compartment
                    && named.version == head.version
                    && named.hash == head.hash()
            })
        };
        if own.version != view.version
            || others.len() != named.len()
            || others.iter().filter(same).count() != named.len()
        {
            return Err(WalletError::HostRolledBack);
        }
        Ok(Self { view, own, own_hash })
    }
}

/// Opens a head by the owner's copy of its key, after checking the signature.
pub(crate) fn open_head(sealed: &SealedHead, keys: &HeldKeys, label: &str) -> Result<Head, WalletError> {
    let key = sealed.open_owner_wrap(&keys.vault)?;
    let signing_key = crypto::compartment_signing_key(&keys.compartment, label).public_key();
    Ok(sealed.open(&key, &signing_key)?)
}
