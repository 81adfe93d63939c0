//! Pulling from a clinic's server: one delivery for each pull that brings something.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use keepwell_protocol::domain::{DeliveryId, SourceId, Timestamp};
use keepwell_source::{PullPlan, Pulled, PulledFile, Puller, SkipReason, Skipped, SourceError, Tokens};

use super::import::{ImportFile, ImportOptions, ImportReport, import_files, note_delivery};
use super::source_owner;
use super::sources::{SourceView, view};
use super::wallet::Wallet;
use crate::engine::online::Network;
use crate::error::WalletError;
use crate::store::sources::{self, StoredSource};
use crate::store::{StoreError, quarantine};

/// What a pull came to.
#[derive(Debug)]
pub struct SourceSync {
    /// The source, as it is now.
    pub source: SourceView,
    /// What became of the records that came; without an import if none of them is new.
    pub report: ImportReport,
    /// The names of what came, by which the report numbers them: types of records.
    pub files: Vec<String>,
    /// The types of records that were left out, or of which not everything came.
    pub skipped: Vec<Skipped>,
}

impl Wallet {
    /// Pulls what is new at a server, as one delivery. A type of records that the server refuses, or of which something
    /// is wrong, is named, and the others are taken. `progress` gets the name of each type before it is asked for.
    ///
    /// # Errors
    /// [`WalletError::Source`] with [`SourceError::AuthorizationEnded`] if the patient is to connect it again, or if the
    /// server is not reached; [`WalletError::OtherPatient`] if it now gives somebody else's records. Nothing was taken.
    pub fn sync_source(
        &mut self,
        source: SourceId,
        progress: &mut dyn FnMut(&str),
        network: Network<'_>,
    ) -> Result<SourceSync, WalletError> {
        let mut stored = self.stored_source(source)?;
        let Some(tokens) = stored.tokens.take() else { return Err(SourceError::AuthorizationEnded.into()) };
        let since = sources::since(self.session()?.store.read(), source)?;
        let pulled = self.pull_source(&stored, tokens, &since, progress, network);
        let is_ended = match &pulled {
            Ok(pulled) => pulled.skipped.iter().any(|one| one.reason == SkipReason::AuthorizationEnded),
            Err(error) => matches!(error, WalletError::Source(SourceError::AuthorizationEnded)),
        };
        if is_ended {
            let (store, rng) = self.store()?;
            store.write(rng, |transaction, _| sources::set_tokens(transaction, source, None))?;
        }
        let Pulled { files, skipped, whole } = pulled?;
        let report = self.take_pulled(&stored, &files)?;
        let now = self.clock.now();
        let (store, rng) = self.store()?;
        store.write(rng, |transaction, _| sources::note_pull(transaction, source, now, &whole))?;
        let source = view(&self.stored_source(source)?);
        let files = files.into_iter().map(|file| file.resource_type).collect();
        Ok(SourceSync { source, report, files, skipped })
    }

    /// Asks the server; new tokens are stored as they come.
    fn pull_source(
        &mut self,
        stored: &StoredSource,
        tokens: Tokens,
        since: &BTreeMap<String, Timestamp>,
        progress: &mut dyn FnMut(&str),
        network: Network<'_>,
    ) -> Result<Pulled, WalletError> {
        let StoredSource { id, server, patient, granted, is_confirmed, .. } = stored;
        let clock = self.clock.clone();
        let mut keep = |tokens: &Tokens| self.keep_tokens(*id, tokens);
        let mut puller = Puller::new(server, patient, tokens, network.transport, clock.as_ref(), &mut keep);
        let own = puller.read_patient()?;
        let tokens = puller.into_tokens();
        let named = is_confirmed.then(|| patient_url(stored));
        let connection = self.session()?.store.read();
        source_owner::check(connection, &own.bytes, &server.base, named.as_deref())?;
        let mut keep = |tokens: &Tokens| self.keep_tokens(*id, tokens);
        let mut puller = Puller::new(server, patient, tokens, network.transport, clock.as_ref(), &mut keep);
        let mut pulled = puller.pull(&PullPlan { patient, granted, since }, progress)?;
        pulled.files.insert(0, own);
        Ok(pulled)
    }

    fn keep_tokens(&mut self, id: SourceId, tokens: &Tokens) -> Result<(), WalletError> {
        let (store, rng) = self.store()?;
        Ok(store.write(rng, |transaction, _| sources::set_tokens(transaction, id, Some(tokens)))?)
    }

    /// Takes what came, unless all of it is here already.
    fn take_pulled(
        &mut self,
        stored: &StoredSource,
        pulled: &[PulledFile],
    ) -> Result<ImportReport, WalletError> {
        let now = self.clock.now();
        let (store, rng) = self.store()?;
        let id = DeliveryId::from_bytes(rng.array()?);
        let mut files: Vec<ImportFile<'_>> =
            pulled.iter().map(|file| ImportFile::from_bytes(&*file.resource_type, &file.bytes)).collect();
        let options = ImportOptions {
            source: Some(stored.server.base.to_string()),
            patient: Some(patient_url(stored)),
        };
        let taken = store.write(rng, |transaction, _| {
            let set_aside = quarantine::count(transaction)?;
            let mut go_on = |_| ControlFlow::Continue(());
            let report = import_files(transaction, (id, now), &mut files, &options, &mut go_on)?;
            let is_set_aside = quarantine::count(transaction)? > set_aside;
            if report.added + report.updated + report.removed == 0 && !is_set_aside {
                return Err(NotTaken::Nothing(Box::new(ImportReport { import: None, ..report })));
            }
            note_delivery(transaction, &report, &[])?;
            Ok(report)
        });
        match taken {
            Ok(report) => Ok(report),
            Err(NotTaken::Nothing(report)) => Ok(*report),
            Err(NotTaken::Failed(error)) => Err(error),
        }
    }
}

/// Why a transaction is left as if it had not been.
enum NotTaken {
    /// All of it is here already.
    Nothing(Box<ImportReport>),
    Failed(WalletError),
}

impl From<WalletError> for NotTaken {
    fn from(error: WalletError) -> Self {
        Self::Failed(error)
    }
}

impl From<StoreError> for NotTaken {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.into())
    }
}

/// The address of the patient at the server: an id alone may be that of somebody else elsewhere.
fn patient_url(stored: &StoredSource) -> String {
    format!("{}/Patient/{}", stored.server.base, stored.patient)
}
