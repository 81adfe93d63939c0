//! A Patient as it was met, and under what it is found again.

use super::super::{
    address::folded_address,
    person::{Demographics, Patient},
    reference::is_uuid,
};
use super::{Accepted, Observed};

/// A Patient as it was met: the same again is the same entry.
#[derive(Clone, Debug, Default, Eq, Hash, PartialEq)]
pub(super) struct Met {
    pub(super) source: Option<String>,
    pub(super) address: Option<String>,
    /// A fullUrl that is no address.
    pub(super) local: Option<String>,
    pub(super) id: Option<String>,
    pub(super) demographics: Demographics,
    pub(super) content: Option<[u8; 32]>,
    pub(super) is_contained: bool,
}

impl Met {
    pub(super) fn new(patient: Patient, record: &Observed<'_, '_>, is_contained: bool) -> Self {
        // What contains it may be large, and contain many.
        let content = if is_contained { None } else { patient.content(record.bytes) };
        let Patient { id, demographics } = patient;
        let full_url = record.full_url.filter(|_| !is_contained);
        let address = full_url.and_then(folded_address);
        let local = full_url.filter(|_| address.is_none()).map(str::to_owned);
        Self {
            source: record.source.filter(|_| !is_contained).map(str::to_owned),
            address: address.map(|address| address.into_owned()),
            local,
            id,
            demographics,
            content,
            is_contained,
        }
    }

    pub(super) fn remembered(&self) -> Accepted {
        Accepted {
            source: self.source.clone(),
            address: self.address.clone(),
            id: self.id.clone().filter(|_| !self.is_contained),
            demographics: Some(self.demographics.clone()),
            content: self.content,
        }
    }
}

/// Under what a Patient is the same as another unless they contradict: its id at a source that is not
/// guessed, its bytes.
pub(super) fn same_keys(
    source: Option<&str>,
    id: Option<&str>,
    content: Option<[u8; 32]>,
) -> impl Iterator<Item = String> {
    let at_source = source.zip(id).map(|(source, id)| format!("source {source} {id}"));
    at_source.into_iter().chain(content.map(|content| format!("content {}", hex::encode(content))))
}

/// Under what one of the owner's Patients or references is found by references.
pub(super) fn accepted_keys(accepted: &Accepted) -> Vec<String> {
    let (source, mut keys) = (accepted.source.as_ref(), Vec::new());
    keys.extend(accepted.address.as_ref().map(|address| match (folded_address(address), source) {
        (None, Some(source)) if is_related(address) => format!("source {source} {address}"),
        (None, None) if is_related(address) => format!("reference {address}"),
        _ => format!("address {address}"),
    }));
    if let Some(id) = &accepted.id {
        keys.extend(source.map(|source| format!("source {source} {id}")));
        keys.extend(is_uuid(id).then(|| format!("uuid {}", id.to_ascii_lowercase())));
        if accepted.is_reference() && source.is_none() && accepted.address.is_none() {
            keys.push(format!("reference {id}"));
        }
    }
    keys
}

/// A RelatedPerson of which nothing tells the server.
fn is_related(reference: &str) -> bool {
    reference.starts_with("RelatedPerson/")
}
