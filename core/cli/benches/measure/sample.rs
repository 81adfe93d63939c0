//! Test data: the sample records with all subjects rewritten to one patient.

use std::io::Read;
use std::path::PathBuf;

use serde_json::{Value, json};

/// Resources of the sample records, minified, about one patient; the Patient comes first.
pub(crate) struct Sample {
    patient: String,
    resources: Vec<Value>,
}

impl Sample {
    /// Reads the Synthea Bundles below `KEEPWELL_DATA`.
    pub(crate) fn load() -> Self {
        let data = std::env::var_os("KEEPWELL_DATA")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
        let mut files: Vec<PathBuf> = ["fhir/synthea", "fhir/phr"]
            .iter()
            .flat_map(|folder| std::fs::read_dir(data.join(folder)).expect("the sample records"))
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.to_string_lossy().contains(".json"))
            .collect();
        files.sort();
        let mut patient = None;
        let mut resources = Vec::new();
        for file in files {
            let stored = std::fs::read(&file).unwrap();
            let mut bytes = Vec::new();
            if file.extension().is_some_and(|extension| extension == "gz") {
                flate2::read::MultiGzDecoder::new(&stored[..]).read_to_end(&mut bytes).unwrap();
            } else {
                bytes = stored;
            }
            let Ok(bundle) = serde_json::from_slice::<Value>(&bytes) else { continue };
            for entry in bundle["entry"].as_array().into_iter().flatten() {
                let resource = &entry["resource"];
                if resource["resourceType"] == "Patient" {
                    patient.get_or_insert_with(|| one_patient(resource));
                } else if resource["resourceType"].is_string() {
                    let mut resource = resource.clone();
                    one_subject(&mut resource);
                    resources.push(resource);
                }
            }
        }
        Self { patient: patient.expect("a Patient among the sample records"), resources }
    }

    /// `count` distinct resources as NDJSON, the Patient among them.
    pub(crate) fn ndjson(&self, count: usize) -> Vec<u8> {
        let mut out = self.patient.clone().into_bytes();
        out.push(b'\n');
        for resource in self.distinct().take(count - 1) {
            out.extend(written(resource).into_bytes());
            out.push(b'\n');
        }
        out
    }

    /// A Bundle of about `size` bytes, minified.
    pub(crate) fn bundle(&self, size: usize) -> Vec<u8> {
        let mut out = format!(
            r#"{{"resourceType":"Bundle","type":"collection","entry":[{{"resource":{}}}"#,
            self.patient
        );
        for resource in self.distinct() {
            if out.len() >= size {
                break;
            }
            out.push_str(r#",{"resource":"#);
            out.push_str(&written(resource));
            out.push('}');
        }
        out.push_str("]}");
        out.into_bytes()
    }

    /// `count` distinct resources of one type, one by one.
    pub(crate) fn of_type(&self, resource_type: &str, count: usize) -> Vec<Vec<u8>> {
        let those: Vec<&Value> =
            self.resources.iter().filter(|resource| resource["resourceType"] == resource_type).collect();
        (0..count).map(|at| written(numbered(those[at % those.len()], at)).into_bytes()).collect()
    }

    /// The Patient alone.
    pub(crate) fn patient(&self) -> Vec<u8> {
        self.patient.clone().into_bytes()
    }

    fn distinct(&self) -> impl Iterator<Item = Value> {
        (0..).map(|at: usize| numbered(&self.resources[at % self.resources.len()], at))
    }
}

/// The resources of a minified NDJSON file.
pub(crate) fn lines(ndjson: &[u8]) -> impl Iterator<Item = &[u8]> {
    ndjson.split(|byte| *byte == b'\n').filter(|line| !line.is_empty())
}

fn numbered(resource: &Value, at: usize) -> Value {
    let mut resource = resource.clone();
    resource["id"] = json!(format!("00000000-0000-4000-8000-{at:012}"));
    resource
}

fn one_patient(resource: &Value) -> String {
    let mut patient = resource.clone();
    patient["id"] = json!("owner");
    written(patient)
}

/// The text of a resource, type and id first, as in the files: a `Value` knows no order.
fn written(mut resource: Value) -> String {
    let [resource_type, id] = ["resourceType", "id"].map(|name| resource[name].take());
    let rest = resource.as_object_mut().unwrap();
    rest.retain(|name, _| name != "resourceType" && name != "id");
    let rest = resource.to_string();
    format!(r#"{{"resourceType":{resource_type},"id":{id},{}"#, &rest[1..])
}

/// Lets every reference to a Patient be to the one, and every other to what is not here stay.
fn one_subject(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for name in ["subject", "patient", "beneficiary", "for"] {
                if let Some(field) = fields.get_mut(name).filter(|field| field.get("reference").is_some()) {
                    *field = json!({ "reference": "Patient/owner" });
                }
            }
            fields.values_mut().for_each(one_subject);
        }
        Value::Array(items) => items.iter_mut().for_each(one_subject),
        _ => {}
    }
}
