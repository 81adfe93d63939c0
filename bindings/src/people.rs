//! Who counts as the owner of a wallet.

use keepwell_wallet::OwnerPerson;

use crate::error::Result;
use crate::wallet::Wallet;

#[uniffi::export]
impl Wallet {
    /// Who counts as the owner: whose records are taken without a question.
    pub async fn people(&self) -> Result<Vec<OwnerPerson>> {
        self.call_wallet(|wallet| Ok(wallet.people()?)).await
    }

    /// Forgets that this person is the owner: records about them are not taken any more, those that were
    /// taken stay. Throws `NotFound`.
    pub async fn forget_person(&self, number: u64) -> Result<()> {
        self.call_wallet(move |wallet| Ok(wallet.forget_person(number)?)).await
    }
}
