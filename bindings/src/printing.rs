//! Records on paper.

use std::sync::Arc;

use keepwell_protocol::domain::{Scope, Sensitivity};

use crate::authentication::Authentication;
use crate::calls::{Caller, unless_cancelled};
use crate::cancellation::Cancellation;
use crate::error::Result;
use crate::wallet::Wallet;

#[uniffi::export]
impl Wallet {
    /// A PDF for people of the records that any of these scopes covers, without the sensitive kinds that are to be left out; no
    /// scope: what a clinic asks for at check-in. It is not encrypted, and nothing is sent. Absent if it can't be set.
    ///
    /// Throws `ShareRefused` (`NoPatient`, `NothingToShare`), `GrantRefused` if a scope breaks a rule, `Cancelled`.
    #[uniffi::method(default(leave_out = [], with_numbers = false, cancellation = None))]
    pub async fn rendered_pdf(
        &self,
        authentication: Arc<Authentication>,
        scopes: Vec<Scope>,
        leave_out: Vec<Sensitivity>,
        with_numbers: bool,
        cancellation: Option<Arc<Cancellation>>,
    ) -> Result<Option<Vec<u8>>> {
        let rendered = self.call(Caller::Owner, cancellation, move |thread| {
            let wallet = thread.open_wallet()?;
            let held = authentication.hold();
            unless_cancelled(wallet.rendered_pdf(held.get()?, scopes, &leave_out, with_numbers)?)
        });
        rendered.await
    }
}
