//! What clinics expect behind a link: one Bundle of the patient and what he shares.
//!
//! The profile `https://cms.gov/fhir/StructureDefinition/patient-shared-bundle`: a collection with a
//! timestamp, exactly one Patient, and every reference to what is in it by `urn:uuid`.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::{
    crypto::{CryptoError, Rng},
    domain::Timestamp,
    formats::fhir::{
        IdentityDetail, NewReference, Quarantine, Reference, ResourceHead, leaving_home, reference_key,
        resource_keys, rewrite,
    },
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
    /// Identity numbers and photos in what leaves, each with the number of its record: they leave with it, or were left
    /// out, as was asked.
    pub identity_details: Vec<(usize, IdentityDetail)>,
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
/// look at, but not that of a Coverage, which insurance cards need. Identity numbers and photos are left out, as
/// [`without_identity_details`](crate::formats::fhir::without_identity_details) does it, unless they are to go along `with_numbers`. White space is left out; all else
/// stays as it was written.
///
/// The records are of one person, so that whoever one of them says that it is about is that person, by
/// whatever address; but for a device or a group, whose urns are among those of what is `staying`, as
/// [`folded_address`](crate::formats::fhir::folded_address) gives them.
///
/// # Errors
/// [`AssemblyError`].
///
/// ```
/// use std::collections::BTreeSet;
///
/// use keepwell_protocol::crypto::Rng;
/// use keepwell_protocol::domain::Timestamp;
/// use keepwell_protocol::formats::shl::{AssemblyError, SharedRecord, patient_shared_bundle};
///
/// let record = |bytes| SharedRecord { bytes, full_url: None, source: "clinic" };
/// let patient = record(br#"{"resourceType":"Patient","id":"7"}"#);
/// let allergy =
///     record(br#"{"resourceType":"AllergyIntolerance","patient":{"reference":"Patient/7"}}"#);
/// let (staying, now, mut rng) = (BTreeSet::new(), Timestamp(1_800_000_000), Rng::system());
/// let bundle = patient_shared_bundle(&[allergy, patient], &staying, false, now, &mut rng)?;
/// assert_eq!((bundle.types["Patient"], bundle.dangling.len()), (1, 0));
/// let refused = patient_shared_bundle(&[allergy], &staying, false, now, &mut rng);
/// assert_eq!(refused, Err(AssemblyError::NoPatient));
/// # Ok::<(), AssemblyError>(())
/// ```
pub fn patient_shared_bundle(
    records: &[SharedRecord<'_>],
    staying: &BTreeSet<String>,
    with_numbers: bool,
    now: Timestamp,
    rng: &mut Rng,
) -> Result<PatientSharedBundle, AssemblyError> {
    let mut heads = Vec::with_capacity(records.len());
    for record in records {
        heads.push(ResourceHead::read(record.bytes).map_err(AssemblyError::Record)?);
    }
    let first_patient = heads.iter().position(is_patient).ok_or(AssemblyError::NoPatient)?;
    let (patients, others): (Vec<usize>, Vec<usize>) =
        (0..heads.len()).partition(|index| heads.get(*index).is_some_and(is_patient));
    if others.is_empty() {
        return Err(AssemblyError::NothingToShare);
    }
    let addresses = Addresses::give(records, &heads, first_patient, rng).map_err(AssemblyError::Entropy)?;
    let mut bundle = PatientSharedBundle {
        json: format!(r#"{{"resourceType":"Bundle","type":"collection","timestamp":"{now}","entry":["#)
            .into_bytes(),
        types: BTreeMap::new(),
        left_out: patients.into_iter().filter(|index| *index != first_patient).collect(),
        dangling: Vec::new(),
        identity_details: Vec::new(),
    };
    for index in std::iter::once(first_patient).chain(others) {
        if let (Some(record), Some(head)) = (records.get(index), heads.get(index)) {
            let resource = bundle.rewritten(index, record, head, &addresses, staying);
            let (resource, details) = leaving_home(resource, with_numbers);
            bundle.identity_details.extend(details.into_iter().map(|detail| (index, detail)));
            bundle.add(index, head, &addresses, &resource);
        }
    }
    bundle.json.extend_from_slice(b"]}");
    Ok(bundle)
}

pub(in crate::formats) fn is_patient(head: &ResourceHead<'_>) -> bool {
    head.resource_type == "Patient"
}

/// The new addresses of what is shared.
pub(in crate::formats) struct Addresses {
    /// One for each record, in their order.
    pub(in crate::formats) of_records: Vec<String>,
    /// Which one a reference leads to, by its key.
    targets: HashMap<String, String>,
    pub(in crate::formats) patient: String,
}

impl Addresses {
    /// Draws an address for each record; all Patients are reached by that of the first.
    pub(in crate::formats) fn give(
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
    pub(in crate::formats) fn target(
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

impl PatientSharedBundle {
    /// A record with its references led to the new addresses; notes which of them lead out.
    fn rewritten(
        &mut self,
        index: usize,
        record: &SharedRecord<'_>,
        head: &ResourceHead<'_>,
        addresses: &Addresses,
        staying: &BTreeSet<String>,
    ) -> Vec<u8> {
        rewrite(record.bytes, head.resource_type == "Coverage", |reference| {
            if matches!(Reference::parse(reference), Reference::Contained(_)) {
                return NewReference::Same;
            }
            let target = addresses.target(reference, record, head, staying);
            if target.is_none() {
                self.dangling.push(Dangling { record: index, reference: reference.to_owned() });
            }
            target.map_or(NewReference::Same, |target| NewReference::To(target.clone()))
        })
    }

    /// Writes the entry of one record.
    fn add(&mut self, index: usize, head: &ResourceHead<'_>, addresses: &Addresses, resource: &[u8]) {
        let Some(address) = addresses.of_records.get(index) else { return };
        let is_first = self.types.is_empty();
        *self.types.entry(head.resource_type.clone().into_owned()).or_default() += 1;
        if !is_first {
            self.json.push(b',');
        }
        self.json.extend_from_slice(format!(r#"{{"fullUrl":"{address}","resource":"#).as_bytes());
        self.json.extend_from_slice(resource);
        self.json.push(b'}');
    }
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
pub(in crate::formats) fn random_urn(rng: &mut Rng) -> Result<String, CryptoError> {
    let mut bytes = [0; 16];
    rng.fill(&mut bytes)?;
    let number = u128::from_be_bytes(bytes);
    let version = (number & !(0xf << 76)) | (0x4 << 76);
    let uuid = (version & !(0x3 << 62)) | (0x2 << 62);
    let hex = format!("{uuid:032x}");
    let parts = [0..8, 8..12, 12..16, 16..20, 20..32].map(|range| hex.get(range).unwrap_or_default());
    Ok(format!("urn:uuid:{}", parts.join("-")))
}
