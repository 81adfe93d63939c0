//! Clinics' servers that records come from.

use std::sync::Arc;

use keepwell_protocol::domain::SourceId;
use keepwell_wallet::{
    FoundPatient, ImportReport, SkipReason, Skipped as CoreSkipped, SourceRequest, SourceSync as CoreSync,
    SourceView as CoreView, WalletError as CoreError,
};

use crate::calls::Caller;
use crate::cancellation::Cancellation;
use crate::error::Result;
use crate::foreign::Event;
use crate::mirrors::Instant;
use crate::wallet::Wallet;

/// A server that records come from.
#[derive(Clone, Debug, Eq, PartialEq, uniffi::Record)]
pub struct SourceView {
    /// What it is called.
    pub source: SourceId,
    /// Its host.
    pub name: String,
    /// The base address of the FHIR server.
    pub address: String,
    /// The types of records that it gives, as FHIR names them.
    pub granted: Vec<String>,
    /// The types that it was asked for and does not give.
    pub refused: Vec<String>,
    /// When it was connected.
    pub added: Instant,
    /// When it was pulled last.
    pub last: Option<Instant>,
    /// When the authorization ends, where the server says so and gives no way to renew it.
    pub expires: Option<Instant>,
    /// Whether the authorization has ended: the patient is to connect it again.
    pub needs_authorization: bool,
}

impl From<CoreView> for SourceView {
    fn from(view: CoreView) -> Self {
        let CoreView { source, name, address, granted, refused, added, last, expires, needs_authorization } =
            view;
        let (granted, refused) = (texts(&granted), texts(&refused));
        Self { source, name, address, granted, refused, added, last, expires, needs_authorization }
    }
}

/// What came of connecting a server.
#[derive(Debug, uniffi::Enum)]
pub enum SourceOutcome {
    /// It is connected; nothing was pulled yet.
    Connected {
        /// The server.
        source: SourceView,
    },
    /// It gives the records of somebody who is not known to be the owner: it was given its tokens back. Ask, begin
    /// again, and finish with the owner named. Another person, a child or a parent, has a wallet of their own.
    OtherPatients {
        /// Whose they are, and the owner where known.
        patients: Vec<FoundPatient>,
    },
}

/// A type of records that was left out of a pull, or of which not everything came, or may have come.
#[derive(Clone, Debug, Eq, PartialEq, uniffi::Record)]
pub struct SkippedRecords {
    /// The type, as FHIR names it.
    pub resource_type: String,
    /// The category of it, where the server wants one.
    pub category: Option<String>,
    /// Why.
    pub reason: SkipReason,
}

impl From<CoreSkipped> for SkippedRecords {
    fn from(skipped: CoreSkipped) -> Self {
        let CoreSkipped { resource_type, category, reason } = skipped;
        Self { resource_type, category: category.map(str::to_owned), reason }
    }
}

/// What a pull came to.
#[derive(Debug, uniffi::Record)]
pub struct SourceSync {
    /// The server, as it is now.
    pub source: SourceView,
    /// What became of the records that came; without an import if none of them is new.
    pub report: ImportReport,
    /// The types of records that came, by which the report numbers its files.
    pub files: Vec<String>,
    /// What was left out, or of which not everything came.
    pub skipped: Vec<SkippedRecords>,
}

impl From<CoreSync> for SourceSync {
    fn from(sync: CoreSync) -> Self {
        let CoreSync { source, report, files, skipped, .. } = sync;
        Self { source: source.into(), report, files, skipped: skipped.into_iter().map(Into::into).collect() }
    }
}

#[uniffi::export]
impl Wallet {
    /// Begins to connect a clinic's server: gives the address that the patient opens in a browser. `redirect_uri` is
    /// where the browser comes back to, an address of the app or in its own scheme; what it brings goes to
    /// `finishSource`, within an hour. The app may have been ended meanwhile.
    ///
    /// Throws `ServerRefused` (`SourceNotSmart`, `SourcePkceMissing`, `AddressMalformed`, …), `Untrusted`, `Offline`.
    #[uniffi::method(default(cancellation = None))]
    pub async fn begin_source(
        &self,
        address: String,
        client_id: String,
        redirect_uri: String,
        cancellation: Option<Arc<Cancellation>>,
    ) -> Result<String> {
        let begun = self.call_online(cancellation, move |wallet, network| {
            let request =
                SourceRequest { address: &address, client_id: &client_id, redirect_uri: &redirect_uri };
            Ok(wallet.begin_source(request, network)?)
        });
        begun.await
    }

    /// Takes the address that the browser came back to, and connects the server; it does no more, and only once. Of a
    /// server that is connected already the authorization is replaced. `patient` says, as in the options of an import,
    /// that the owner is called otherwise there.
    ///
    /// Throws `ServerRefused` (`SourceRedirectUnknown`, `SourceAccessDenied`, `SourceNothingGranted`, …), `File`
    /// (`NoSuchPatient`), `Untrusted`, `Offline`.
    #[uniffi::method(default(patient = None, cancellation = None))]
    pub async fn finish_source(
        &self,
        redirect: String,
        patient: Option<String>,
        cancellation: Option<Arc<Cancellation>>,
    ) -> Result<SourceOutcome> {
        let finished = self.call_online(cancellation, move |wallet, network| {
            match wallet.finish_source(&redirect, patient.as_deref(), network) {
                Ok(source) => Ok(SourceOutcome::Connected { source: source.into() }),
                Err(CoreError::OtherPatient { patients }) => Ok(SourceOutcome::OtherPatients { patients }),
                Err(error) => Err(error.into()),
            }
        });
        finished.await
    }

    /// The servers that records come from, the first connected first.
    pub async fn sources(&self) -> Result<Vec<SourceView>> {
        self.call_wallet(|wallet| Ok(wallet.sources()?.into_iter().map(Into::into).collect())).await
    }

    /// Takes what is new at a server, as one import. What it refuses is named and the rest is taken; observers hear of
    /// each type before it is asked for. It does not keep the wallet from locking. Broken off, it is as if the network had
    /// gone: what came before is there, and what is missing is named.
    ///
    /// Throws `ServerRefused` (`SourceAuthorizationEnded`: the patient connects it again), `File` (`OtherPatient`: it now
    /// gives somebody else's records), `NotFound`, `Untrusted`, `Offline`.
    #[uniffi::method(default(cancellation = None))]
    pub async fn sync_source(
        &self,
        source: SourceId,
        cancellation: Option<Arc<Cancellation>>,
    ) -> Result<SourceSync> {
        let synced = self.call(Caller::App, cancellation, move |thread| {
            thread.online(|wallet, network, events| {
                let mut progress = |resource_type: &str| {
                    events.send(Event::SourceProgress { source, resource_type: resource_type.to_owned() });
                };
                Ok(wallet.sync_source(source, &mut progress, network)?.into())
            })
        });
        synced.await
    }

    /// Gives a server its tokens back and forgets it. Its records stay; says whether the server took them. Throws
    /// `NotFound`.
    #[uniffi::method(default(cancellation = None))]
    pub async fn remove_source(
        &self,
        source: SourceId,
        cancellation: Option<Arc<Cancellation>>,
    ) -> Result<bool> {
        self.call_online(cancellation, move |wallet, network| Ok(wallet.remove_source(source, network)?))
            .await
    }
}

fn texts(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}
