//! Addresses that say nothing of where a record comes from, and where the references of records lead.

use std::collections::{BTreeSet, HashMap};

use super::assembled::SharedRecord;
use crate::crypto::{CryptoError, Rng};
use crate::formats::fhir::{Reference, ResourceHead, reference_key, resource_keys, uuid_urn};

/// The new addresses of what is shared.
pub(super) struct Addresses {
    /// One for each record, in their order.
    pub(super) of_records: Vec<String>,
    /// Which one a reference leads to, by its key.
    targets: HashMap<String, String>,
    pub(super) patient: String,
}

impl Addresses {
    /// Draws an address for each record; all Patients are reached by that of the first.
    pub(super) fn give(
        records: &[SharedRecord<'_>],
        heads: &[ResourceHead<'_>],
        first_patient: usize,
        rng: &mut Rng,
    ) -> Result<Self, CryptoError> {
        let of_records = records.iter().map(|_| random_urn(rng)).collect::<Result<Vec<_>, _>>()?;
        let patient = of_records.get(first_patient).cloned().unwrap_or_default();
        let mut targets = HashMap::new();
        for ((record, head), address) in records.iter().zip(heads).zip(&of_records) {
            let address = if is_patient(head) { &patient } else { address };
            for key in resource_keys(head, record.full_url, record.source) {
                // Of two versions of a record the first that is given is the one that is meant.
                targets.entry(key).or_insert_with(|| address.clone());
            }
        }
        Ok(Self { of_records, targets, patient })
    }

    /// Where a reference of a record leads; none where that leads out of what is shared.
    pub(super) fn target(
        &self,
        reference: &str,
        record: &SharedRecord<'_>,
        head: &ResourceHead<'_>,
        staying: &BTreeSet<String>,
    ) -> Option<&String> {
        let key = reference_key(reference, record.full_url, record.source);
        let target = key.as_ref().and_then(|key| self.targets.get(key));
        let is_patient =
            || names_its_patient(head, reference) && !key.is_some_and(|key| staying.contains(&key));
        target.or_else(|| is_patient().then_some(&self.patient))
    }
}

pub(super) fn is_patient(head: &ResourceHead<'_>) -> bool {
    head.resource_type == "Patient"
}

/// Whether this is how a resource names whom it is about, and that may be a patient.
fn names_its_patient(head: &ResourceHead<'_>, reference: &str) -> bool {
    let may_be = match Reference::parse(reference) {
        Reference::Relative { resource_type, .. } => resource_type == "Patient",
        Reference::Absolute(url) => url.contains("/Patient/") || url.contains("/Patient?"),
        Reference::Other(search) => search.starts_with("Patient?"),
        Reference::Urn(_) => true,
        Reference::Contained(_) => false,
    };
    may_be && head.subjects.iter().any(|subject| subject.reference.as_deref() == Some(reference))
}

/// A random UUID (RFC 9562 §5.4) as a urn.
pub(super) fn random_urn(rng: &mut Rng) -> Result<String, CryptoError> {
    let mut bytes = [0; 16];
    rng.fill(&mut bytes)?;
    Ok(uuid_urn(bytes, 4))
}
