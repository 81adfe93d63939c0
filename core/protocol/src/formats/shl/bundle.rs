//! What clinics expect behind a link: one Bundle of the patient and what he shares.
//!
//! The profile `https://cms.gov/fhir/StructureDefinition/patient-shared-bundle`: a collection with a
//! timestamp, exactly one Patient, and every reference to what is in it by `urn:uuid`.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::{
    crypto::{CryptoError, Rng},
    domain::Timestamp,
    formats::fhir::{Quarantine, Reference, ResourceHead, reference_key, resource_keys, rewrite},
};

/// A record to share.
#[derive(Clone, Copy, Debug)]
pub struct SharedRecord<'a> {
    /// The resource, as received.
    pub bytes: &'a [u8],
    /// The address that it came with.
    pub full_url: Option<&'a str>,
    /// The source that it came from: ids count within it.
    pub source: &'a str,
}

/// A reference that leads out of what is shared.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Dangling {
    /// Which of the records holds it.
    pub record: usize,
    /// The reference, which stays as it is.
    pub reference: String,
}

/// The Bundle, and what a person should know before it leaves.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PatientSharedBundle {
    /// The Bundle in JSON, not compressed.
    pub json: Vec<u8>,
    /// How many resources leave, by type.
    pub types: BTreeMap<String, usize>,
    /// Which of the records stay behind, as further Patient resources of the same person.
    pub left_out: Vec<usize>,
    /// References that lead to what does not leave.
    pub dangling: Vec<Dangling>,
}

/// Why no Bundle was made.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum AssemblyError {
    /// There is no Patient among the records.
    #[error("a share needs the patient's own record")]
    NoPatient,
    /// There is nothing but the Patient among the records.
    #[error("a share needs something besides the patient's own record")]
    NothingToShare,
    /// A record is no resource.
    #[error("a record to share is not a resource")]
    Record(#[source] Quarantine),
    /// There is no randomness for new identifiers.
    #[error("no randomness for the identifiers of a share")]
    Entropy(#[source] CryptoError),
}

impl AssemblyError {
    /// The stable name of this error.
    pub fn code(self) -> &'static str {
        match self {
            Self::NoPatient => "NoPatient",
            Self::NothingToShare => "NothingToShare",
            Self::Record(reason) => reason.code(),
            Self::Entropy(error) => error.code(),
        }
    }
}

/// Puts records of one person together for a clinic.
///
/// The first Patient comes first and stands for all of them. Every resource gets a new random
/// `urn:uuid`, so that two shares can't be linked by it. `meta.profile` is left out, which receivers do not
/// look at, but not that of a Coverage, which insurance cards need. White space is left out; all else
/// stays as it was written.
///
/// The records are of one person, so that whoever one of them says that it is about is that person, by whatever
/// address; but for a device or a group, whose urns are among those of what is `staying`, as
/// [`folded_address`](crate::formats::fhir::folded_address) gives them.
///
/// # Errors
/// [`AssemblyError`].
pub fn patient_shared_bundle(
    records: &[SharedRecord<'_>],
    staying: &BTreeSet<String>,
    now: Timestamp,
    rng: &mut Rng,
) -> Result<PatientSharedBundle, AssemblyError> {
    let mut heads = Vec::with_capacity(records.len());
    for record in records {
        heads.push(ResourceHead::read(record.bytes).map_err(AssemblyError::Record)?);
    }
    let is_patient = |head: &ResourceHead<'_>| head.resource_type == "Patient";
    let first_patient = heads.iter().position(is_patient).ok_or(AssemblyError::NoPatient)?;
    let mut order = vec![first_patient];
    order.extend((0..).zip(&heads).filter(|(_, head)| !is_patient(head)).map(|(index, _)| index));
    if order.len() < 2 {
        return Err(AssemblyError::NothingToShare);
    }

    let mut addresses = Vec::with_capacity(records.len());
    for _ in records {
        addresses.push(random_urn(rng).map_err(AssemblyError::Entropy)?);
    }
    let mut targets = HashMap::new();
    for ((record, head), (index, _)) in records.iter().zip(&heads).zip(addresses.iter().enumerate()) {
        let address = addresses.get(if is_patient(head) { first_patient } else { index });
        for key in resource_keys(head, record.full_url, record.source) {
            // Of two versions of a record the first that is given is the one that is meant.
            targets.entry(key).or_insert(address.cloned().unwrap_or_default());
        }
    }

    let patient = addresses.get(first_patient);
    let mut bundle = PatientSharedBundle {
        json: format!(r#"{{"resourceType":"Bundle","type":"collection","timestamp":"{now}","entry":["#)
            .into_bytes(),
        types: BTreeMap::new(),
        left_out: (0..)
            .zip(&heads)
            .filter(|(index, head)| is_patient(head) && *index != first_patient)
            .map(|(index, _)| index)
            .collect(),
        dangling: Vec::new(),
    };
    for (place, index) in order.into_iter().enumerate() {
        let (Some(record), Some(head), Some(address)) =
            (records.get(index), heads.get(index), addresses.get(index))
        else {
            continue;
        };
        *bundle.types.entry(head.resource_type.clone().into_owned()).or_default() += 1;
        let dangling = &mut bundle.dangling;
        let resource = rewrite(record.bytes, head.resource_type == "Coverage", |reference| {
            if matches!(Reference::parse(reference), Reference::Contained(_)) {
                return None;
            }
            let key = reference_key(reference, record.full_url, record.source);
            let target = key.as_ref().and_then(|key| targets.get(key));
            let is_patient =
                || names_its_patient(head, reference) && !key.is_some_and(|key| staying.contains(&key));
            let target = target.or_else(|| patient.filter(|_| is_patient()));
            if target.is_none() {
                dangling.push(Dangling { record: index, reference: reference.to_owned() });
            }
            target.cloned()
        });
        if place > 0 {
            bundle.json.push(b',');
        }
        bundle.json.extend_from_slice(format!(r#"{{"fullUrl":"{address}","resource":"#).as_bytes());
        bundle.json.extend_from_slice(&resource);
        bundle.json.push(b'}');
    }
    bundle.json.extend_from_slice(b"]}");
    Ok(bundle)
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
fn random_urn(rng: &mut Rng) -> Result<String, CryptoError> {
    let mut bytes = [0; 16];
    rng.fill(&mut bytes)?;
    let number = u128::from_be_bytes(bytes);
    let version = (number & !(0xf << 76)) | (0x4 << 76);
    let uuid = (version & !(0x3 << 62)) | (0x2 << 62);
    let hex = format!("{uuid:032x}");
    let parts = [0..8, 8..12, 12..16, 16..20, 20..32].map(|range| hex.get(range).unwrap_or_default());
    Ok(format!("urn:uuid:{}", parts.join("-")))
}
