//! Records on paper, printed at home.

use keepwell_protocol::crypto::Rng;
use keepwell_protocol::domain::{Scope, Sensitivity};

use super::rendering::rendered;
use super::share_selection::{Choice, ShareFormat, select};
use super::wallet::Wallet;
use crate::engine::authentication::FreshAuthentication;
use crate::error::WalletError;

impl Wallet {
    /// The PDF that a share of these scopes would have ([`Wallet::preview_share`] tells what is in it), to be printed at home: nothing is sent.
    /// Absent if it can't be set.
    ///
    /// # Errors
    /// [`WalletError::Terms`] if a scope breaks a rule; [`WalletError::Share`] if there is nothing to print.
    pub fn rendered_pdf(
        &self,
        _: &FreshAuthentication,
        scopes: Vec<Scope>,
        leave_out: &[Sensitivity],
        with_numbers: bool,
    ) -> Result<Option<Vec<u8>>, WalletError> {
        let (now, rng) = (self.clock.now(), &mut Rng::system());
        let choice = Choice::of(scopes, leave_out, ShareFormat::PatientSharedBundle, now)?;
        let selection = select(self.session()?.store.read(), &choice)?;
        rendered(&selection.patient_shared_bundle(with_numbers, now, rng)?, now, rng)
    }
}
