//! Who counts as the owner.

use keepwell_protocol::domain::DeliveryId;
use keepwell_wallet::OwnerPerson;

/// A name and birth date, or a reference, that counts as the owner of the wallet.
#[uniffi::remote(Record)]
pub struct OwnerPerson {
    /// Which one, from 1; those behind one that is forgotten move up.
    pub number: u64,
    /// The name, if there is one.
    pub name: Option<String>,
    /// The birth date, if there is one.
    pub birth_date: Option<String>,
    /// Ids and addresses of the Patients, or of what refers to one that never came.
    pub ids: Vec<String>,
    /// The imports that gave it: once all of them are taken back it is forgotten.
    pub imports: Vec<DeliveryId>,
}
