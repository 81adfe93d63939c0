//! Pulling from a clinic's server: one delivery for each pull that brings something.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use keepwell_protocol::domain::{DeliveryId, SourceId, Timestamp};
use keepwell_source::{
    Ended, FhirBase, PullPlan, PullStore, PulledPage, Puller, Reference, Search, Session, SkipReason,
    Skipped, SourceError, Tokens,
};
use rusqlite::Transaction;

use super::import::{ImportFile, ImportOptions, ImportReport, import_files, note_delivery};
use super::source_owner;
use super::sources::{SourceView, view};
use super::wallet::Wallet;
use crate::engine::online::Network;
use crate::error::WalletError;
use crate::store::sources::{self, StoredSource};
use crate::store::{StoreError, quarantine, source_pulls};

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
    /// is wrong, is named, and the others are taken. What comes is kept page by page: a pull that was broken off goes on
    /// there. `progress` gets the name of each type before it is asked for.
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
        let pulled = self.pull_source(&stored, tokens, progress, network);
        let is_ended = match &pulled {
            Ok(skipped) => skipped.iter().any(|one| one.reason == SkipReason::AuthorizationEnded),
            Err(error) => matches!(error, WalletError::Source(SourceError::AuthorizationEnded)),
        };
        if is_ended {
            self.set_tokens(source, None)?;
        }
        let skipped = pulled?;
        let (report, files) = self.take_pulled(&stored)?;
        Ok(SourceSync { source: view(&self.stored_source(source)?), report, files, skipped })
    }

    /// Asks the server, and keeps what comes.
    fn pull_source(
        &mut self,
        stored: &StoredSource,
        tokens: Tokens,
        progress: &mut dyn FnMut(&str),
        network: Network<'_>,
    ) -> Result<Vec<Skipped>, WalletError> {
        let StoredSource { id, server, patient, granted, is_confirmed, .. } = stored;
        let (clock, now) = (self.clock.clone(), self.clock.now());
        let connection = self.session()?.store.read();
        let since = source_pulls::since(connection, *id, now)?;
        let begun = source_pulls::begun(connection, *id, now)?;
        let mut pull = PullInto { wallet: self, id: *id, base: &server.base };
        let mut session = Session::new(server, patient, tokens, network.transport, clock.as_ref());
        let own = session.read_patient(&mut |tokens| pull.keep_tokens(tokens))?;
        let named = is_confirmed.then(|| patient_url(stored));
        let connection = pull.wallet.session()?.store.read();
        source_owner::check(connection, &own, &server.base, named.as_deref())?;
        pull.keep_record("Patient", &own, &BTreeSet::new())?;
        Puller::new(&mut session, &mut pull)
            .pull(&PullPlan { granted, since: &since, begun: &begun }, progress)
    }

    /// Puts tokens in the place of those before; none: the authorization has ended.
    fn set_tokens(&mut self, id: SourceId, tokens: Option<&Tokens>) -> Result<(), WalletError> {
        let (store, rng) = self.store()?;
        let secret = store.device_secret().duplicate();
        Ok(store.write(rng, |transaction, rng| sources::set_tokens(transaction, id, tokens, &secret, rng))?)
    }

    /// Takes what came, unless all of it is here already; gives the names of its parts, too.
    fn take_pulled(&mut self, stored: &StoredSource) -> Result<(ImportReport, Vec<String>), WalletError> {
        let (id, now) = (stored.id, self.clock.now());
        let options = ImportOptions {
            source: Some(stored.server.base.to_string()),
            patient: Some(patient_url(stored)),
        };
        let pages = source_pulls::pages(self.session()?.store.read(), id)?;
        let mut files: Vec<ImportFile<'_>> =
            pages.iter().map(|(row, resource_type)| ImportFile::pulled(resource_type, *row)).collect();
        let (store, rng) = self.store()?;
        let delivery = DeliveryId::from_bytes(rng.array()?);
        let taken = store.write(rng, |transaction, _| {
            let set_aside = quarantine::count(transaction)?;
            let mut go_on = |_| ControlFlow::Continue(());
            let report = import_files(transaction, (delivery, now), &mut files, &options, &mut go_on)?;
            let is_set_aside = quarantine::count(transaction)? > set_aside;
            if report.added + report.updated + report.removed == 0 && !is_set_aside {
                return Err(NotTaken::Nothing(Box::new(ImportReport { import: None, ..report })));
            }
            note_delivery(transaction, &report, &[])?;
            Ok(end_pull(transaction, stored, now).map(|()| report)?)
        });
        let report = match taken {
            Ok(report) => report,
            Err(NotTaken::Nothing(report)) => {
                let (store, rng) = self.store()?;
                store.write(rng, |transaction, _| end_pull(transaction, stored, now))?;
                *report
            }
            Err(NotTaken::Failed(error)) => return Err(error),
        };
        Ok((report, pages.into_iter().map(|(_, resource_type)| resource_type).collect()))
    }
}

/// Notes that what a pull brought is among the records.
fn end_pull(transaction: &Transaction<'_>, stored: &StoredSource, now: Timestamp) -> Result<(), StoreError> {
    source_pulls::drop_pages(transaction, stored.id)?;
    sources::note_pull(transaction, stored.id, now)
}

/// A wallet that keeps what is pulled from one of its sources.
struct PullInto<'w> {
    wallet: &'w mut Wallet,
    id: SourceId,
    base: &'w FhirBase,
}

impl PullInto<'_> {
    fn write(
        &mut self,
        work: impl FnOnce(&Transaction<'_>, SourceId, Timestamp) -> Result<(), StoreError>,
    ) -> Result<(), WalletError> {
        let (id, now) = (self.id, self.wallet.clock.now());
        let (store, rng) = self.wallet.store()?;
        Ok(store.write(rng, |transaction, _| work(transaction, id, now))?)
    }
}

impl PullStore for PullInto<'_> {
    type Error = WalletError;

    fn keep_tokens(&mut self, tokens: &Tokens) -> Result<(), WalletError> {
        self.wallet.set_tokens(self.id, Some(tokens))
    }

    fn forget_search(&mut self, resource_type: &str, category: Option<&str>) -> Result<(), WalletError> {
        self.write(|transaction, id, _| source_pulls::forget_search(transaction, id, resource_type, category))
    }

    fn keep_page(&mut self, search: &Search, page: &PulledPage<'_>) -> Result<(), WalletError> {
        self.write(|transaction, id, now| source_pulls::keep_page(transaction, id, search, page, now))
    }

    fn keep_record(
        &mut self,
        resource_type: &str,
        bundle: &[u8],
        references: &BTreeSet<Reference>,
    ) -> Result<(), WalletError> {
        self.write(|transaction, id, _| {
            source_pulls::keep_bundle(transaction, id, resource_type, bundle, references)
        })
    }

    fn end_type(&mut self, resource_type: &str, ended: Option<Ended>) -> Result<(), WalletError> {
        self.write(|transaction, id, now| source_pulls::end_type(transaction, id, resource_type, ended, now))
    }

    fn missing(&mut self, resource_type: &str) -> Result<Vec<String>, WalletError> {
        let connection = self.wallet.session()?.store.read();
        Ok(source_pulls::missing(connection, self.id, self.base, resource_type)?)
    }

    fn keep_missing(&mut self, resource_type: &str, addresses: &[String]) -> Result<(), WalletError> {
        self.write(|transaction, id, now| {
            source_pulls::keep_missing(transaction, id, resource_type, addresses, now)
        })
    }

    fn referred(&mut self) -> Result<Vec<Reference>, WalletError> {
        Ok(source_pulls::referred(self.wallet.session()?.store.read(), self.id, self.base)?)
    }

    fn settle_reference(&mut self, reference: &Reference) -> Result<(), WalletError> {
        self.write(|transaction, id, _| source_pulls::settle_reference(transaction, id, reference))
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
