//! A wallet's own export comes home: into an empty wallet, whole, without a question.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use keepwell_protocol::crypto;
use keepwell_protocol::domain::{Object as _, RecordId};
use keepwell_protocol::formats::fhir::{self, Event, ExportedState, ExportedVersion, Limits, ResourceHead};
use rusqlite::Transaction;

use super::file::ImportFile;
use super::reading::{Progress, read};
use super::report::ImportReport;
use crate::engine::own_space::records::delivery_of;
use crate::error::WalletError;
use crate::store::records::{self, Incoming, Mark, RecordRow, Trust, VersionName, Writer, settle_restored};
use crate::store::state_object::{OwnerPatients, StoredDelivery, name};
use crate::store::{deliveries, sealed};

/// Takes the files of an import if they are one export and the wallet is empty; `None` if they are to be taken
/// as any others are, which also goes for an export that was changed.
pub(super) fn take_export(
    transaction: &Transaction<'_>,
    files: &mut [ImportFile<'_>],
    progress: &mut Progress<'_>,
) -> Result<Option<ImportReport>, WalletError> {
    let [file] = files else { return Ok(None) };
    let is_empty = records::count(transaction)? == 0 && deliveries::all(transaction)?.is_empty();
    if !is_empty || file.refused().is_some() || !begins_as_export(transaction, file, progress)? {
        return Ok(None);
    }
    let mut plan = Plan::default();
    match read(transaction, file, progress, &mut |event| {
        plan.take(&event);
        Ok(())
    }) {
        Ok(()) => {}
        // What is wrong with it is said where it is taken as any other.
        Err(WalletError::Import(fhir::ReadError::Cancelled)) => return Err(fhir::ReadError::Cancelled.into()),
        Err(WalletError::Import(_)) => return Ok(None),
        Err(error) => return Err(error),
    }
    if !plan.is_whole() {
        return Ok(None);
    }
    for delivery in &plan.deliveries {
        deliveries::restore(transaction, &delivery.delivery())?;
    }
    if let Some(owner) = &plan.owner {
        owner.add(transaction)?;
    }
    let mut coming = Coming::new(transaction, &plan)?;
    read(transaction, file, progress, &mut |event| coming.take(&event))?;
    let report = coming.settle()?;
    Ok(Some(report))
}

/// Whether the first resource of a file is one of an export; no more of it is read.
fn begins_as_export(
    transaction: &Transaction<'_>,
    file: &mut ImportFile<'_>,
    progress: &mut Progress<'_>,
) -> Result<bool, WalletError> {
    progress.spool(transaction, file)?;
    let mut is_export = false;
    // How it ends does not matter: that is found when it is read to its end.
    let _ = fhir::read(file.open(transaction)?, Limits::default(), &mut |event| match event {
        Event::Progress { .. } => ControlFlow::Continue(()),
        Event::Resource(resource) => {
            is_export = resource.exported.is_some();
            ControlFlow::Break(())
        }
        _ => ControlFlow::Break(()),
    });
    Ok(is_export)
}

/// What an export says, over all of it, before anything is taken.
#[derive(Default)]
struct Plan {
    deliveries: Vec<StoredDelivery>,
    /// Who the owner is.
    owner: Option<OwnerPatients>,
    /// Records of which the marks of all versions are needed: with several, or marked ones.
    marked: BTreeSet<RecordId>,
    versions: u64,
    is_changed: bool,
}

impl Plan {
    fn take(&mut self, event: &Event<'_>) {
        match event {
            Event::Resource(resource) => match resource.exported {
                Some(version) => self.take_version(version, resource.bytes),
                None => self.is_changed = true,
            },
            Event::Exported(states) => {
                self.is_changed |= states.iter().any(|state| self.take_state(state).is_none());
            }
            Event::Card(_)
            | Event::Document(_)
            | Event::Measurements(_)
            | Event::Quarantined { .. }
            | Event::Deleted(_)
            | Event::Outcome(_) => self.is_changed = true,
            Event::Page(_) | Event::Progress { .. } => {}
        }
    }

    fn take_version(&mut self, version: &ExportedVersion, bytes: &[u8]) {
        self.versions += 1;
        // A record is called by the bytes of its first version.
        let is_other = version.number == 1 && crypto::record_id(bytes) != version.record;
        self.is_changed |= is_other || ResourceHead::read(bytes).is_err();
        if version.number > 1 || version.is_superseded || version.is_withdrawn {
            self.marked.insert(version.record);
        }
    }

    fn take_state(&mut self, state: &ExportedState) -> Option<()> {
        if state.name.starts_with(name::DELIVERY) {
            self.deliveries.push(StoredDelivery::from_cbor(&state.object).ok()?);
        } else if state.name == name::OWNER {
            self.owner = Some(OwnerPatients::from_cbor(&state.object).ok()?);
        }
        Some(())
    }

    fn is_whole(&self) -> bool {
        self.versions > 0 && !self.deliveries.is_empty() && !self.is_changed
    }
}

/// The second reading of an export, which puts its records back.
struct Coming<'t> {
    transaction: &'t Transaction<'t>,
    plan: &'t Plan,
    writer: Writer<'t>,
    report: ImportReport,
    /// The row of each record that is asked about: marked, or removed.
    rows: BTreeMap<RecordId, RecordRow>,
    marks: BTreeMap<RecordRow, BTreeMap<u32, (u32, Mark)>>,
    /// Rows of records that were removed at their source.
    removed: BTreeSet<RecordRow>,
    told_removed: BTreeSet<RecordId>,
}

impl<'t> Coming<'t> {
    fn new(transaction: &'t Transaction<'t>, plan: &'t Plan) -> Result<Self, WalletError> {
        let told = plan.deliveries.iter().filter(|delivery| delivery.undone.is_none());
        let told_removed = told.flat_map(StoredDelivery::removals).map(|removal| removal.record).collect();
        Ok(Self {
            transaction,
            plan,
            writer: Writer::new(transaction, crate::engine::own_space::records::no_delivery())?,
            report: ImportReport::default(),
            rows: BTreeMap::new(),
            marks: BTreeMap::new(),
            removed: BTreeSet::new(),
            told_removed,
        })
    }

    fn take(&mut self, event: &Event<'_>) -> Result<(), WalletError> {
        let Event::Resource(resource) = event else { return Ok(()) };
        let (Some(version), Ok(head)) = (resource.exported, ResourceHead::read(resource.bytes)) else {
            return Ok(());
        };
        self.report.read += 1;
        let (source, full_url) = (version.source.as_str(), version.full_url.as_deref());
        self.writer.set_delivery(delivery_of(self.transaction, source, full_url, version.received, &head)?);
        let mark = Mark { is_superseded: version.is_superseded, is_withdrawn: version.is_withdrawn };
        let incoming = Incoming {
            bytes: resource.bytes,
            head: &head,
            full_url,
            source,
            place: 0,
            history: None,
            category: Some(version.category),
            trust: Trust::Unverified,
        };
        let name = VersionName { record: version.record, number: version.number };
        let Some(seq) = self.writer.restore(&incoming, name, version.category, mark)? else {
            self.report.duplicates += 1;
            return Ok(());
        };
        match version.number {
            1 => self.report.added += 1,
            _ => self.report.updated += 1,
        }
        let is_told_removed = self.told_removed.contains(&version.record);
        if self.plan.marked.contains(&version.record) || is_told_removed {
            let row = sealed::record_of(self.transaction, seq)?;
            self.rows.insert(version.record, row);
            self.marks.entry(row).or_default().insert(version.number, (seq, mark));
            if is_told_removed && mark.is_withdrawn {
                self.removed.insert(row);
            }
        }
        Ok(())
    }

    /// Shows of each record the version that it showed, and notes what deliveries carried besides.
    fn settle(self) -> Result<ImportReport, WalletError> {
        self.writer.finish()?;
        settle_restored(self.transaction, &self.marks, &self.removed)?;
        let deliveries: Vec<_> = self.plan.deliveries.iter().map(StoredDelivery::delivery).collect();
        deliveries::carry_again(self.transaction, deliveries.iter())?;
        for (stored, delivery) in self.plan.deliveries.iter().zip(&deliveries) {
            for removal in stored.removals() {
                if let Some(row) = self.rows.get(&removal.record) {
                    deliveries::restore_removal(self.transaction, delivery.number, *row, &removal)?;
                }
            }
        }
        Ok(self.report)
    }
}
