//! In which compartments a record version lies.
//!
//! In that of its category, in each private one whose scope it meets, and, if it is about no patient,
//! wherever something refers to it.

use std::collections::{BTreeMap, BTreeSet};

use keepwell_protocol::domain::{GrantId, RecordFacts};
use keepwell_protocol::formats::fhir;
use keepwell_protocol::vault::{Compartment, SegmentEntry};
use rusqlite::Transaction;

use super::Sealer;
use super::sealing::SealedRecord;
use crate::error::WalletError;
use crate::records_view::facts::{facts, references};
use crate::store::compartments::{self, CompartmentRow};
use crate::store::records::{self, RecordRow};
use crate::store::sealed::{self, ReferenceName};
use crate::store::state_object::StoredGrant;
use crate::store::{commits, grants};

/// Entries to be listed, by the row of the compartment.
type Listing = BTreeMap<i64, Vec<SegmentEntry>>;

impl Sealer<'_> {
    /// Records a batch that the host has, and lists it wherever it belongs.
    pub(crate) fn place_batch(
        &mut self,
        transaction: &Transaction<'_>,
        batch: &[SealedRecord],
    ) -> Result<(), WalletError> {
        let private = self.private_compartments(transaction)?;
        for record in batch {
            sealed::add(transaction, record.seq, record.blob, &record.key, record.length)?;
        }
        let mut listing = Listing::new();
        let mut late = BTreeSet::new();
        for record in batch.iter().filter(|record| !record.names.is_empty()) {
            let first = sealed::record_of(transaction, record.seq)?;
            for name in &record.names {
                sealed::add_name(transaction, *name, first)?;
                if sealed::take_awaited(transaction, *name)? {
                    late.insert(*name);
                }
            }
            // Where it lies in its own right it need not be listed again for those that refer to it.
            for row in self.rows_of(transaction, &record.facts, &private)? {
                compartments::add_about_nobody(transaction, row, first)?;
            }
        }
        for record in batch {
            self.place(transaction, record, &private, &mut listing)?;
        }
        let first = sealed::last(transaction)? + 1;
        self.place_late(transaction, &late, first, &private, &mut listing)?;
        self.list_all(transaction, listing)
    }

    /// Lists everything that a new grant covers in its private compartment.
    pub(crate) fn fill_private_compartment(
        &mut self,
        transaction: &Transaction<'_>,
        grant: &StoredGrant,
    ) -> Result<(), WalletError> {
        let Some(compartment) = grant.private_compartment() else { return Ok(()) };
        let row = self.compartment(transaction, compartment)?.row;
        let last = sealed::last(transaction)?;
        let (mut listing, mut covered) = (Listing::new(), Vec::new());
        for version in records::versions_after(transaction, 0) {
            let version = version?;
            if version.seq > last {
                break;
            }
            let head = records::read_head(&version.bytes)?;
            if grant.terms.scope.covers(&facts(&version, &head)) {
                if fhir::is_reference_type(&head.resource_type) {
                    let first = sealed::record_of(transaction, version.seq)?;
                    compartments::add_about_nobody(transaction, row, first)?;
                }
                covered.push((version.seq, references(&version, &head)));
            }
        }
        for (seq, references) in covered {
            // What came into sight again is sealed with the next commit.
            if sealed::version(transaction, seq)?.is_some() {
                self.add(transaction, seq, row, false, &mut listing)?;
                self.place_referenced(transaction, &references, &[row], &mut listing)?;
            }
        }
        self.list_all(transaction, listing)
    }

    /// Lists versions that are sealed: `own` wherever they belong, of `others`, which are listed, what they refer to; and
    /// fills the private compartments of these grants, which are `empty`.
    pub(crate) fn place_sealed(
        &mut self,
        transaction: &Transaction<'_>,
        own: &[u32],
        others: &[u32],
        empty: &[GrantId],
    ) -> Result<(), WalletError> {
        let mut private = self.private_compartments(transaction)?;
        private.retain(|(grant, _)| !empty.contains(&grant.id()));
        let mut listing = Listing::new();
        // Where they lie in their own right first, as when they came.
        for seq in own {
            let Some(version) = records::version_at(transaction, *seq)? else { continue };
            let head = records::read_head(&version.bytes)?;
            if fhir::is_reference_type(&head.resource_type) {
                let first = sealed::record_of(transaction, *seq)?;
                for row in self.rows_of(transaction, &facts(&version, &head), &private)? {
                    compartments::add_about_nobody(transaction, row, first)?;
                }
            }
        }
        for (seq, is_own) in own.iter().map(|seq| (*seq, true)).chain(others.iter().map(|seq| (*seq, false)))
        {
            let Some(version) = records::version_at(transaction, seq)? else { continue };
            let head = records::read_head(&version.bytes)?;
            let facts = facts(&version, &head);
            let rows = if is_own {
                self.place_itself(transaction, seq, &facts, &private, &mut listing)?
            } else {
                self.rows_of(transaction, &facts, &private)?
            };
            self.place_referenced(transaction, &references(&version, &head), &rows, &mut listing)?;
        }
        self.list_all(transaction, listing)?;
        for grant in empty {
            if let Some(grant) = grants::find(transaction, *grant)? {
                self.fill_private_compartment(transaction, &grant)?;
            }
        }
        Ok(())
    }

    /// Lists again, wherever it lies, what is sealed and stands otherwise by now: superseded, withdrawn, or no longer.
    pub(crate) fn relist(&mut self, transaction: &Transaction<'_>) -> Result<(), WalletError> {
        let mut private = None;
        loop {
            let due = sealed::relisted(transaction, AT_ONCE)?;
            if due.is_empty() {
                return Ok(());
            }
            let private = match &private {
                Some(private) => private,
                None => private.insert(self.private_compartments(transaction)?),
            };
            let mut listing = Listing::new();
            for seq in &due {
                let Some(version) = records::version_at(transaction, *seq)? else { continue };
                if sealed::version(transaction, *seq)?.is_none() {
                    // It was out of sight when its turn came.
                    let (record, bytes) = self.seal_version(version)?;
                    commits::queue_upload(transaction, record.blob, &bytes)?;
                    self.place_batch(transaction, &[record])?;
                    continue;
                }
                let head = records::read_head(&version.bytes)?;
                let facts = facts(&version, &head);
                self.place_itself(transaction, *seq, &facts, private, &mut listing)?;
            }
            for (row, entries) in listing {
                self.list(transaction, row, entries)?;
            }
            sealed::set_listed(transaction, &due)?;
        }
    }

    /// The private compartments of every grant that lives, whether or not something may go out to it now: a
    /// clock may be wrong.
    fn private_compartments(
        &mut self,
        transaction: &Transaction<'_>,
    ) -> Result<Vec<(StoredGrant, CompartmentRow)>, WalletError> {
        let mut private = Vec::new();
        for standing in grants::live(transaction)?.into_iter().filter(|grant| grant.is_private) {
            let Some(grant) = grants::find(transaction, standing.id)? else { continue };
            private.push((grant, self.compartment(transaction, Compartment::Grant(standing.id))?));
        }
        Ok(private)
    }

    fn list_all(&mut self, transaction: &Transaction<'_>, listing: Listing) -> Result<(), WalletError> {
        for (row, entries) in listing {
            let compartment = compartments::find_by_row(transaction, row)?;
            for entry in &entries {
                commits::add_reference(transaction, compartment.id, entry.blob)?;
            }
            self.list(transaction, row, entries)?;
        }
        Ok(())
    }

    /// Lists one version in its own right, and as something that others refer to.
    fn place(
        &mut self,
        transaction: &Transaction<'_>,
        record: &SealedRecord,
        private: &[(StoredGrant, CompartmentRow)],
        listing: &mut Listing,
    ) -> Result<(), WalletError> {
        let rows = self.place_itself(transaction, record.seq, &record.facts, private, listing)?;
        self.place_referenced(transaction, &record.references, &rows, listing)
    }

    /// Lists one version where it lies in its own right, which is returned, and where something refers to it.
    fn place_itself(
        &mut self,
        transaction: &Transaction<'_>,
        seq: u32,
        facts: &RecordFacts,
        private: &[(StoredGrant, CompartmentRow)],
        listing: &mut Listing,
    ) -> Result<Vec<i64>, WalletError> {
        let rows = self.rows_of(transaction, facts, private)?;
        for row in &rows {
            self.add(transaction, seq, *row, false, listing)?;
        }
        if fhir::is_reference_type(&facts.resource_type) {
            let first = sealed::record_of(transaction, seq)?;
            for row in compartments::with_record_about_nobody(transaction, first)? {
                if !rows.contains(&row) {
                    self.add(transaction, seq, row, true, listing)?;
                }
            }
        }
        Ok(rows)
    }

    /// Lists in these compartments what a version refers to that is about no patient.
    fn place_referenced(
        &mut self,
        transaction: &Transaction<'_>,
        references: &[ReferenceName],
        rows: &[i64],
        listing: &mut Listing,
    ) -> Result<(), WalletError> {
        for name in references {
            let Some(record) = sealed::named(transaction, *name)? else {
                sealed::await_name(transaction, *name)?;
                continue;
            };
            for row in rows {
                self.add_referenced(transaction, record, *row, listing)?;
            }
        }
        Ok(())
    }

    /// Lists every sealed version of a record that something in the compartment refers to, once.
    fn add_referenced(
        &mut self,
        transaction: &Transaction<'_>,
        record: RecordRow,
        row: i64,
        listing: &mut Listing,
    ) -> Result<(), WalletError> {
        if compartments::add_about_nobody(transaction, row, record)? {
            let entries = listing.entry(row).or_default();
            let versions = sealed::versions_of(transaction, record)?;
            entries.extend(versions.into_iter().map(|entry| SegmentEntry { referenced: true, ..entry }));
        }
        Ok(())
    }

    fn add(
        &mut self,
        transaction: &Transaction<'_>,
        seq: u32,
        row: i64,
        referenced: bool,
        listing: &mut Listing,
    ) -> Result<(), WalletError> {
        let entry = sealed::version(transaction, seq)?.ok_or_else(super::missing_record)?;
        listing.entry(row).or_default().push(SegmentEntry { referenced, ..entry });
        Ok(())
    }

    /// The compartments in which a version lies in its own right.
    fn rows_of(
        &mut self,
        transaction: &Transaction<'_>,
        facts: &RecordFacts,
        private: &[(StoredGrant, CompartmentRow)],
    ) -> Result<Vec<i64>, WalletError> {
        let met = private.iter().filter(|(grant, _)| grant.terms.scope.covers(facts));
        let mut rows: Vec<i64> = met.map(|(_, compartment)| compartment.row).collect();
        rows.push(self.compartment(transaction, Compartment::Category(facts.category))?.row);
        Ok(rows)
    }

    /// Looks through what was sealed before `first` for what refers to names that came only now.
    fn place_late(
        &mut self,
        transaction: &Transaction<'_>,
        late: &BTreeSet<ReferenceName>,
        first: u32,
        private: &[(StoredGrant, CompartmentRow)],
        listing: &mut Listing,
    ) -> Result<(), WalletError> {
        if late.is_empty() {
            return Ok(());
        }
        for version in records::versions_after(transaction, 0) {
            let version = version?;
            if version.seq >= first {
                break;
            }
            let head = records::read_head(&version.bytes)?;
            let references = references(&version, &head);
            let facts = facts(&version, &head);
            for name in references.iter().filter(|name| late.contains(name)) {
                let Some(record) = sealed::named(transaction, *name)? else { continue };
                for row in self.rows_of(transaction, &facts, private)? {
                    self.add_referenced(transaction, record, row, listing)?;
                }
            }
        }
        Ok(())
    }
}

/// Versions that are listed again at once.
const AT_ONCE: u32 = 256;
