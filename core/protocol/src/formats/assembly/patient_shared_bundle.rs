//! What clinics expect behind a link: one Bundle of the patient and what he shares.
//!
//! The profile `https://cms.gov/fhir/StructureDefinition/patient-shared-bundle`: a collection with a
//! timestamp, exactly one Patient, and every reference to what is in it by `urn:uuid`.

use std::collections::BTreeSet;

use super::addresses::{Addresses, is_patient};
use super::assembled::{AssembledBundle, AssemblyError, Dangling, SharedRecord, staying_numbers};
use crate::crypto::Rng;
use crate::domain::Timestamp;
use crate::formats::fhir::{NewReference, Reference, ResourceHead, rewrite};

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
/// use keepwell_protocol::formats::assembly::{AssemblyError, SharedRecord, patient_shared_bundle};
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
) -> Result<AssembledBundle, AssemblyError> {
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
    let members = format!(r#""type":"collection","timestamp":"{now}""#);
    let mut bundle = AssembledBundle::begin(&members, &addresses.patient);
    bundle.left_out = patients.into_iter().filter(|index| *index != first_patient).collect();
    let staying_numbers = staying_numbers(records, &heads, with_numbers);
    for index in std::iter::once(first_patient).chain(others) {
        let (Some(record), Some(head), Some(address)) =
            (records.get(index), heads.get(index), addresses.of_records.get(index))
        else {
            continue;
        };
        let resource = rewrite(record.bytes, head.resource_type == "Coverage", |reference| {
            if matches!(Reference::parse(reference), Reference::Contained(_)) {
                return NewReference::Same;
            }
            let target = addresses.target(reference, record, head, staying);
            if target.is_none() {
                bundle.dangling.push(Dangling { record: index, reference: reference.to_owned() });
            }
            target.map_or(NewReference::Same, |target| NewReference::To(target.clone()))
        });
        bundle.add_record((index, head), address, resource, staying_numbers.as_ref(), |resource| resource);
    }
    Ok(bundle.end())
}
