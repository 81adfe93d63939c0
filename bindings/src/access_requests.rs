//! What clinics ask for by the code at their desk.

use std::sync::Arc;

use keepwell_protocol::domain::RequestId;
use keepwell_wallet::{AccessRequestAnswer, AccessRequestView, GrantView};

use crate::authentication::Authentication;
use crate::calls::Caller;
use crate::cancellation::Cancellation;
use crate::error::Result;
use crate::foreign::Event;
use crate::wallet::Wallet;

#[uniffi::export]
impl Wallet {
    /// Takes the text of a clinic's code, `keepwell:r/` and what it asks for: the ledger proves who the clinic is, and its
    /// key that it asks. Nothing is given by that. One that was taken before is answered as it stands.
    ///
    /// Throws `GrantRefused` (`NotARequest`, `RequestNotSigned`, `RequestExpired`), `ProviderRefused`, `NotFound` where the
    /// ledger has no such clinic, `Untrusted`, `Offline`.
    #[uniffi::method(default(cancellation = None))]
    pub async fn note_access_request(
        &self,
        text: String,
        cancellation: Option<Arc<Cancellation>>,
    ) -> Result<AccessRequestView> {
        self.call_online(cancellation, move |wallet, network| Ok(wallet.note_request(&text, network)?)).await
    }

    /// What clinics asked for, newest first, until 30 days after its end.
    pub async fn access_requests(&self) -> Result<Vec<AccessRequestView>> {
        self.read(|snapshot| snapshot.requests()).await
    }

    /// Agrees to a request, or to less than it asks for: grants, as `grant` does.
    ///
    /// Throws `GrantRefused` (`RequestAnswered`, `RequestExpired`, `RequestExceeded`), `NotFound`, and as `grant`.
    #[uniffi::method(default(cancellation = None))]
    pub async fn approve_access_request(
        &self,
        authentication: Arc<Authentication>,
        id: RequestId,
        answer: AccessRequestAnswer,
        cancellation: Option<Arc<Cancellation>>,
    ) -> Result<GrantView> {
        let granted = self.change_online(Event::GrantsChanged, cancellation, move |wallet, network| {
            Ok(wallet.approve_request(authentication.hold().get()?, id, answer, network)?)
        });
        granted.await
    }

    /// Refuses a request; nobody is told. Throws `GrantRefused` (`RequestAnswered`, `RequestExpired`), `NotFound`.
    pub async fn refuse_access_request(&self, id: RequestId) -> Result<()> {
        self.call(Caller::Owner, None, move |thread| Ok(thread.open_wallet()?.refuse_request(id)?)).await
    }
}
