//! What was measured as FHIR Observations.

use serde_json::{Map, Value, json};

use super::kinds::{Kind, MOLAR_GLUCOSE, unit};
use super::sample::Sample;
use crate::crypto::sha256_parts;

/// What is known of the measurements that an Observation is made of, beside their values.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Known {
    device: Option<&'static str>,
    /// Whether a person typed one of them.
    is_typed: bool,
    /// Whether a device measured one of them.
    is_measured: bool,
}

impl Known {
    pub(super) fn of(sample: &Sample) -> Self {
        Self { device: sample.device, is_typed: sample.is_typed, is_measured: !sample.is_typed }
    }

    pub(super) fn add(&mut self, sample: &Sample) {
        self.device = self.device.filter(|device| sample.device == Some(device));
        self.is_typed |= sample.is_typed;
        self.is_measured |= !sample.is_typed;
    }
}

/// What one source measured of a kind on a day.
pub(super) struct Measured<'d> {
    pub(super) kind: &'static Kind,
    pub(super) day: String,
    pub(super) source: &'d str,
    pub(super) unit: &'d str,
    pub(super) sum: f64,
    pub(super) least: f64,
    pub(super) greatest: f64,
    pub(super) count: u32,
    /// When the first of it was measured.
    pub(super) first: String,
    pub(super) known: Known,
}

/// An Observation, under an address that the same measurements always have.
#[derive(Debug)]
pub(in crate::formats) struct Made {
    pub(in crate::formats) full_url: String,
    pub(in crate::formats) bytes: Vec<u8>,
}

impl Measured<'_> {
    /// The Observation of a day.
    pub(super) fn observation(&self, urn: fn([u8; 16]) -> String) -> Option<Made> {
        let (code, written, _) = unit(self.unit, self.kind.name)?;
        let quantity = |value: f64| quantity(value, self.kind.digits, written, code);
        let loinc = if code == "mmol/L" { Some(MOLAR_GLUCOSE) } else { self.kind.loinc };
        let named = match loinc {
            Some((code, display)) => coding(LOINC, code, display),
            None => coding(APPLE, &format!("HKQuantityTypeIdentifier{}", self.kind.name), self.kind.text),
        };
        let mut members = Map::new();
        if self.kind.is_sum {
            members.insert("valueQuantity".into(), quantity(self.sum)?);
        } else if self.count == 1 {
            members.insert("valueQuantity".into(), quantity(self.sum)?);
            members.insert("effectiveDateTime".into(), self.first.as_str().into());
        } else {
            let average = self.sum / f64::from(self.count);
            let parts = [
                ("average", "Average", average),
                ("minimum", "Minimum", self.least),
                ("maximum", "Maximum", self.greatest),
            ];
            let parts = parts.into_iter().map(|(code, display, value)| {
                let concept = json!({ "coding": [coding(STATISTICS, code, display)], "text": display });
                Some(json!({ "code": concept, "valueQuantity": quantity(value)? }))
            });
            members.insert("component".into(), parts.collect::<Option<Vec<Value>>>()?.into());
        }
        if !members.contains_key("effectiveDateTime") {
            members.insert("effectivePeriod".into(), json!({ "start": self.day, "end": self.day }));
        }
        let tag = if self.count == 1 { SYNTACTIC } else { AGGREGATED };
        let name = [self.kind.name, self.source, self.unit, &self.day];
        Some(made(
            members,
            self.kind.category,
            json!({ "coding": [named], "text": self.kind.text }),
            tag,
            self.known,
            name,
            urn,
        ))
    }
}

/// The Observation of one blood pressure, systolic before diastolic.
pub(super) fn blood_pressure(
    systolic: &Sample,
    diastolic: &Sample,
    urn: fn([u8; 16]) -> String,
) -> Option<Made> {
    let part = |sample: &Sample, code, display, text| {
        let (ucum, written, _) =
            unit(&sample.unit, "BloodPressure").filter(|(ucum, ..)| *ucum == "mm[Hg]")?;
        let concept = json!({ "coding": [coding(LOINC, code, display)], "text": text });
        Some(json!({ "code": concept, "valueQuantity": quantity(sample.number()?, 0, written, ucum)? }))
    };
    let mut members = Map::new();
    let parts = vec![
        part(systolic, "8480-6", "Systolic blood pressure", "Systolic blood pressure")?,
        part(diastolic, "8462-4", "Diastolic blood pressure", "Diastolic blood pressure")?,
    ];
    members.insert("component".into(), parts.into());
    members.insert("effectiveDateTime".into(), systolic.time()?.into());
    let code = json!({ "coding": [coding(LOINC, "85354-9", "Blood pressure panel with all children optional")], "text": "Blood pressure" });
    let mut known = Known::of(systolic);
    known.add(diastolic);
    let name = ["BloodPressure", &systolic.source, &systolic.unit, &systolic.start];
    Some(made(members, "vital-signs", code, SYNTACTIC, known, name, urn))
}

fn made(
    mut members: Map<String, Value>,
    category: &str,
    code: Value,
    tag: (&str, &str),
    known: Known,
    name: [&str; 4],
    urn: fn([u8; 16]) -> String,
) -> Made {
    let full_url = urn(bits(name));
    let by = [
        (known.is_measured, ("DEVAST", "device asserted")),
        (known.is_typed, ("PATAST", "patient asserted")),
    ];
    let by = by.into_iter().filter_map(|(is, tag)| is.then_some(tag));
    let tags: Vec<Value> =
        std::iter::once(tag).chain(by).map(|(code, display)| coding(INTEGRITY, code, display)).collect();
    members.insert("resourceType".into(), "Observation".into());
    members.insert("id".into(), full_url.rsplit(':').next().unwrap_or_default().into());
    members.insert("meta".into(), json!({ "tag": tags }));
    members.insert("status".into(), "final".into());
    members.insert("category".into(), json!([{ "coding": [coding(CATEGORY, category, "")] }]));
    members.insert("code".into(), code);
    if let Some(device) = known.device {
        members.insert("device".into(), json!({ "display": device }));
    }
    Made { full_url, bytes: Value::Object(members).to_string().into_bytes() }
}

fn bits(name: [&str; 4]) -> [u8; 16] {
    let [kind, source, unit, time] = name.map(str::as_bytes);
    let parts: [&[u8]; 8] = [b"apple-health", &[0], kind, &[0], source, &[0], unit, &[0]];
    let parts: Vec<&[u8]> = parts.into_iter().chain([time]).collect();
    let mut bits = [0; 16];
    bits.iter_mut().zip(sha256_parts(&parts)).for_each(|(bit, byte)| *bit = byte);
    bits
}

fn coding(system: &str, code: &str, display: &str) -> Value {
    match display {
        "" => json!({ "system": system, "code": code }),
        _ => json!({ "system": system, "code": code, "display": display }),
    }
}

/// A quantity of so many digits; none of a number that JSON can't write.
fn quantity(value: f64, digits: usize, written: &str, code: &str) -> Option<Value> {
    let rounded = format!("{value:.digits$}");
    let rounded = if digits > 0 { rounded.trim_end_matches('0').trim_end_matches('.') } else { &rounded };
    let number: serde_json::Number = rounded.parse().ok()?;
    Some(json!({ "value": number, "unit": written, "system": "http://unitsofmeasure.org", "code": code }))
}

const LOINC: &str = "http://loinc.org";
const APPLE: &str = "http://developer.apple.com/documentation/healthkit";
const STATISTICS: &str = "http://terminology.hl7.org/CodeSystem/observation-statistics";
const CATEGORY: &str = "http://terminology.hl7.org/CodeSystem/observation-category";
/// HL7's ObservationValue: how data was altered, and who asserted it.
const INTEGRITY: &str = "http://terminology.hl7.org/CodeSystem/v3-ObservationValue";
const SYNTACTIC: (&str, &str) = ("SYNTAC", "syntactic transform");
const AGGREGATED: (&str, &str) = ("AGGRED", "aggregated");
