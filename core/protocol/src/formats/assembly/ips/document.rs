//! The document: a Bundle with a Composition first, the patient, and what the sections hold (IPS 2.0.1, Bundle-uv-ips).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::narrative::{NarrativeRow, narrative};
use super::section::Section;
use super::selection::select;
use crate::crypto::Rng;
use crate::domain::Timestamp;
use crate::formats::assembly::addresses::{Addresses, is_patient, random_urn};
use crate::formats::assembly::assembled::{
    AssembledBundle, AssemblyError, Dangling, SharedRecord, staying_numbers,
};
use crate::formats::fhir::{NewReference, Reference, ResourceHead, Validities, old_release, rewrite};

/// A record, and what a person reads of it.
#[derive(Clone, Debug)]
pub struct IpsRecord<'a> {
    /// The resource, of FHIR R4.
    pub record: SharedRecord<'a>,
    /// Its line in the narrative.
    pub row: NarrativeRow,
}

/// Puts records of one person together as an International Patient Summary.
///
/// The first Patient stands for all of them, and is the one that `staying` says as for
/// [`patient_shared_bundle`](crate::formats::assembly::patient_shared_bundle). Problems, allergies and medicines are those that
/// are current; of results, vital signs and habits the newest of each code; a section of the three that nothing is known of
/// says so. What an entry needs and its record does not say is marked as unknown. The author is this program, `version` of it.
/// Identity numbers and photos are left out unless they are to go along `with_numbers`.
///
/// # Errors
/// [`AssemblyError`].
///
/// ```
/// use std::collections::BTreeSet;
///
/// use keepwell_protocol::crypto::Rng;
/// use keepwell_protocol::domain::Timestamp;
/// use keepwell_protocol::formats::assembly::{AssemblyError, IpsRecord, NarrativeRow, SharedRecord, ips_document};
///
/// let record = |bytes| IpsRecord {
///     record: SharedRecord { bytes, full_url: None, source: "clinic" },
///     row: NarrativeRow { title: "Nuts".into(), ..NarrativeRow::default() },
/// };
/// let patient = record(br#"{"resourceType":"Patient","id":"7"}"#);
/// let allergy = record(br#"{"resourceType":"AllergyIntolerance","patient":{"reference":"Patient/7"}}"#);
/// let (staying, now, mut rng) = (BTreeSet::new(), Timestamp(1_800_000_000), Rng::system());
/// let document = ips_document(&[patient, allergy.clone()], &staying, "1.0", false, now, &mut rng)?;
/// assert_eq!(document.types["AllergyIntolerance"], 1);
/// let refused = ips_document(&[allergy], &staying, "1.0", false, now, &mut rng);
/// assert_eq!(refused, Err(AssemblyError::NoPatient));
/// # Ok::<(), AssemblyError>(())
/// ```
pub fn ips_document(
    records: &[IpsRecord<'_>],
    staying: &BTreeSet<String>,
    version: &str,
    with_numbers: bool,
    now: Timestamp,
    rng: &mut Rng,
) -> Result<AssembledBundle, AssemblyError> {
    let shared: Vec<SharedRecord<'_>> = records.iter().map(|one| one.record).collect();
    let (mut heads, mut resources) = (Vec::with_capacity(records.len()), Vec::with_capacity(records.len()));
    for record in &shared {
        heads.push(ResourceHead::read(record.bytes).map_err(AssemblyError::Record)?);
        // What is written for a release before R4, or is nested too deeply, is in no section.
        let resource =
            serde_json::from_slice(record.bytes).ok().filter(|_| old_release(record.bytes).is_none());
        resources.push(resource.unwrap_or(Value::Null));
    }
    let patient = heads.iter().position(is_patient).ok_or(AssemblyError::NoPatient)?;
    if heads.iter().all(is_patient) {
        return Err(AssemblyError::NothingToShare);
    }
    let addresses = Addresses::give(&shared, &heads, patient, rng).map_err(AssemblyError::Entropy)?;
    let mut draw = || random_urn(rng).map_err(AssemblyError::Entropy);
    let (identifier, composition, device) = (draw()?, draw()?, draw()?);
    let mut assembly = Assembly {
        shared: &shared,
        heads: &heads,
        resources: &resources,
        addresses: &addresses,
        staying,
        entries: vec![patient],
    };
    let mut sections = select(&resources);
    let uses = match sections.get_mut(&Section::Devices) {
        Some(devices) => assembly.device_uses(devices, &mut draw)?,
        None => BTreeMap::new(),
    };
    sections.retain(|_, indices| !indices.is_empty());
    let told = told_in_words(&shared, &heads);
    if sections.is_empty() && told.is_empty() {
        return Err(AssemblyError::NothingToShare);
    }
    assembly.entries.extend(sections.values().flatten());
    assembly.take_referred();

    let section = |section: Section| {
        let indices = sections.get(&section).map(Vec::as_slice).unwrap_or_default();
        (!indices.is_empty() || section.is_required()).then(|| {
            let also_told = told.iter().filter(|(_, of)| **of == section).map(|(index, _)| index);
            let rows = indices.iter().chain(also_told);
            let rows = rows.filter_map(|index| records.get(*index)).map(|record| &record.row);
            let content = match indices {
                [] => {
                    json!({ "coding": [{ "system": "http://terminology.hl7.org/CodeSystem/list-empty-reason",
                    "code": "unavailable", "display": "Unavailable" }] })
                }
                _ => indices
                    .iter()
                    .map(|index| uses.get(index).or(addresses.of_records.get(*index)))
                    .map(|address| json!({ "reference": address }))
                    .collect(),
            };
            json!({
                "title": section.title(),
                "code": { "coding": [{ "system": "http://loinc.org", "code": section.code() }] },
                "text": { "status": "generated", "div": narrative(rows) },
                (if indices.is_empty() { "emptyReason" } else { "entry" }): content,
            })
        })
    };
    let summary = json!({
        "resourceType": "Composition",
        "meta": { "profile": [format!("{PROFILES}Composition-uv-ips")] },
        "status": "final",
        "type": { "coding": [{ "system": "http://loinc.org", "code": "60591-5", "display": "Patient summary Document" }] },
        "subject": { "reference": addresses.patient },
        "date": now.to_string(),
        "author": [{ "reference": device }],
        "title": "International Patient Summary",
        "section": Section::ALL.into_iter().filter_map(section).collect::<Vec<_>>(),
    });
    let author = json!({
        "resourceType": "Device",
        "deviceName": [{ "name": "Keepwell", "type": "user-friendly-name" }],
        "version": [{ "value": version }],
    });
    let members = format!(
        r#""meta":{{"profile":["{PROFILES}Bundle-uv-ips"]}},"identifier":{{"system":"urn:ietf:rfc:3986","value":"{identifier}"}},"type":"document","timestamp":"{now}""#
    );
    let mut document = AssembledBundle::begin(&members, &addresses.patient);
    document.add(&composition, summary.to_string().as_bytes());
    assembly.write(staying_numbers(&shared, &heads, with_numbers).as_ref(), &mut document);
    for (index, address) in &uses {
        let used = device_use(resources.get(*index), addresses.of_records.get(*index), &addresses.patient);
        document.add(address, used.to_string().as_bytes());
    }
    document.left_out.retain(|index| !told.contains_key(index));
    document.add(&device, author.to_string().as_bytes());
    Ok(document.end())
}

/// What is written for a release before R4 of the sections that stand in every document, by position: no document of R4 may
/// hold it, and none may say that nothing is known where something is.
fn told_in_words(records: &[SharedRecord<'_>], heads: &[ResourceHead<'_>]) -> BTreeMap<usize, Section> {
    let section = |(index, (record, head)): (usize, (&SharedRecord<'_>, &ResourceHead<'_>))| {
        let section = match head.resource_type.as_ref() {
            "AllergyIntolerance" => Section::Allergies,
            "Condition" => Section::Problems,
            "MedicationRequest" | "MedicationStatement" | "MedicationOrder" | "MedicationPrescription" => {
                Section::Medications
            }
            _ => return None,
        };
        let is_told = old_release(record.bytes).is_some() && !Validities::read(record.bytes).is_withdrawn();
        is_told.then_some((index, section))
    };
    records.iter().zip(heads).enumerate().filter_map(section).collect()
}

/// That the patient uses a device (DeviceUseStatement-uv-ips), which its own record says without when and, it may be, whether still.
fn device_use(device: Option<&Value>, address: Option<&String>, patient: &str) -> Value {
    let unknown: Value = serde_json::from_str(&format!(r#"{{"extension":[{UNKNOWN}]}}"#)).unwrap_or_default();
    let is_active = device.is_some_and(|device| device["status"] == "active");
    let (status, said) = if is_active { ("status", "active".into()) } else { ("_status", unknown.clone()) };
    json!({
        "resourceType": "DeviceUseStatement",
        status: said,
        "subject": { "reference": patient },
        "_timingDateTime": unknown,
        "device": { "reference": address },
    })
}

/// What goes into the document.
struct Assembly<'a> {
    shared: &'a [SharedRecord<'a>],
    heads: &'a [ResourceHead<'a>],
    resources: &'a [Value],
    addresses: &'a Addresses,
    staying: &'a BTreeSet<String>,
    /// By position, each once, the patient first.
    entries: Vec<usize>,
}

impl Assembly<'_> {
    /// New addresses for the uses of devices that have none, by their position: a section holds no Device itself. One of whose use
    /// something is stated, be it that it is over, is left out of `devices`.
    fn device_uses(
        &self,
        devices: &mut Vec<usize>,
        draw: &mut impl FnMut() -> Result<String, AssemblyError>,
    ) -> Result<BTreeMap<usize, String>, AssemblyError> {
        let stated: BTreeSet<&String> = (self.shared.iter().zip(self.heads).zip(self.resources))
            .filter(|(_, resource)| says_of_use(resource))
            .filter_map(|((record, head), resource)| {
                let reference = resource.pointer("/device/reference")?.as_str()?;
                self.addresses.target(reference, record, head, self.staying)
            })
            .collect();
        let is_device = |index: &usize| {
            self.resources.get(*index).is_some_and(|resource| resource["resourceType"] == "Device")
        };
        let address = |index: &usize| self.addresses.of_records.get(*index);
        devices.retain(|index| {
            !is_device(index) || !address(index).is_some_and(|address| stated.contains(address))
        });
        devices.iter().filter(|index| is_device(index)).map(|index| Ok((*index, draw()?))).collect()
    }

    /// Brings along what the entries refer to: who did it, for whom, and with which medicine.
    fn take_referred(&mut self) {
        let indices = self.addresses.of_records.iter().enumerate();
        let by_address: BTreeMap<&String, usize> = indices.map(|(index, address)| (address, index)).collect();
        let mut taken: BTreeSet<usize> = self.entries.iter().copied().collect();
        let mut next = 0;
        while let Some((record, head)) =
            self.entries.get(next).and_then(|index| Some((self.shared.get(*index)?, self.heads.get(*index)?)))
        {
            next += 1;
            for reference in &head.references {
                let target = self.addresses.target(reference, record, head, self.staying);
                if let Some(index) = target.and_then(|target| by_address.get(target))
                    && self.resources.get(*index).is_some_and(is_brought_along)
                    && taken.insert(*index)
                {
                    self.entries.push(*index);
                }
            }
        }
    }

    fn write(&self, staying_numbers: Option<&BTreeSet<String>>, document: &mut AssembledBundle) {
        let addresses = &self.addresses.of_records;
        let leaving: BTreeSet<&String> =
            self.entries.iter().filter_map(|index| addresses.get(*index)).collect();
        for index in &self.entries {
            let (Some(record), Some(head), Some(resource), Some(address)) = (
                self.shared.get(*index),
                self.heads.get(*index),
                self.resources.get(*index),
                addresses.get(*index),
            ) else {
                continue;
            };
            let written = rewrite(record.bytes, false, |reference| {
                if matches!(Reference::parse(reference), Reference::Contained(_)) {
                    return NewReference::Same;
                }
                match self.addresses.target(reference, record, head, self.staying) {
                    Some(target) if leaving.contains(target) => NewReference::To(target.clone()),
                    _ => {
                        document.dangling.push(Dangling { record: *index, reference: reference.to_owned() });
                        NewReference::Nowhere
                    }
                }
            });
            document.add_record((*index, head), address, written, staying_numbers, |written| {
                completed(written, resource)
            });
        }
        let taken: BTreeSet<&usize> = self.entries.iter().collect();
        document.left_out = (0..self.shared.len()).filter(|index| !taken.contains(index)).collect();
    }
}

/// Whether a resource says that the patient uses or used a device; one that is meant to be used, or stated in error, does not.
fn says_of_use(resource: &Value) -> bool {
    resource["resourceType"] == "DeviceUseStatement"
        && matches!(resource["status"].as_str(), Some("active" | "on-hold" | "completed" | "stopped"))
}

/// Whether it may come along because an entry refers to it. IPS wants names of people and organizations.
fn is_brought_along(resource: &Value) -> bool {
    match resource["resourceType"].as_str() {
        Some("Practitioner" | "Organization") => !resource["name"].is_null(),
        Some("Medication" | "PractitionerRole" | "Device" | "Specimen") => true,
        _ => false,
    }
}

/// The resource with what IPS asks for beyond FHIR; what it does not say is marked as unknown.
fn completed(mut json: Vec<u8>, resource: &Value) -> Vec<u8> {
    let has = |element: &str| {
        resource.as_object().is_some_and(|members| {
            members.keys().any(|name| name.trim_start_matches('_').starts_with(element))
        })
    };
    let mut missing: Vec<String> = Vec::new();
    let mut ask = |element: &str, member: String| {
        if !has(element) {
            missing.push(member);
        }
    };
    let unknown = format!(r#"{{"extension":[{UNKNOWN}]}}"#);
    match resource["resourceType"].as_str().unwrap_or_default() {
        "Patient" => {
            ask("name", format!(r#""name":[{{"_text":{unknown}}}]"#));
            ask("birthDate", format!(r#""_birthDate":{unknown}"#));
        }
        "AllergyIntolerance" | "Condition" => ask("code", format!(r#""code":{unknown}"#)),
        "Procedure" => {
            ask("code", format!(r#""code":{unknown}"#));
            ask("performed", format!(r#""_performedDateTime":{unknown}"#));
        }
        "MedicationStatement" | "DiagnosticReport" => {
            ask("effective", format!(r#""_effectiveDateTime":{unknown}"#));
        }
        "Observation" => {
            ask("effective", format!(r#""_effectiveDateTime":{unknown}"#));
            if Section::of(resource) == Some(Section::Results) {
                ask("performer", format!(r#""performer":[{unknown}]"#));
            }
        }
        "DeviceUseStatement" => ask("timing", format!(r#""_timingDateTime":{unknown}"#)),
        _ => {}
    }
    if !missing.is_empty() && json.pop_if(|last| *last == b'}').is_some() {
        json.extend_from_slice(format!(",{}}}", missing.join(",")).as_bytes());
    }
    json
}

const PROFILES: &str = "http://hl7.org/fhir/uv/ips/StructureDefinition/";
const UNKNOWN: &str =
    r#"{"url":"http://hl7.org/fhir/StructureDefinition/data-absent-reason","valueCode":"unknown"}"#;
