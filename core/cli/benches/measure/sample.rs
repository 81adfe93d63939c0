//! Test data: the sample records, minified, with all subjects rewritten to one patient.

use std::io::{Read, Write};
use std::path::PathBuf;

use crate::ordered::Ordered;

/// Resources of the sample records, minified, about one patient; the Patient comes first.
pub(crate) struct Sample {
    patient: String,
    resources: Vec<Ordered>,
}

impl Sample {
    /// Reads the Synthea Bundles below `KEEPWELL_DATA`.
    pub(crate) fn load() -> Self {
        let data = data();
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
            let Some(bundle) = std::str::from_utf8(&bytes).ok().and_then(Ordered::parse) else { continue };
            for entry in bundle.field("entry").into_iter().flat_map(Ordered::items) {
                let Some(mut resource) = entry.field("resource").cloned() else { continue };
                match resource.field("resourceType").and_then(Ordered::text) {
                    Some("Patient") => {
                        patient.get_or_insert_with(|| {
                            resource.set("id", "owner");
                            resource.to_string()
                        });
                    }
                    Some(_) => {
                        one_subject(&mut resource);
                        resources.push(resource);
                    }
                    None => {}
                }
            }
        }
        Self { patient: patient.expect("a Patient among the sample records"), resources }
    }

    /// `count` distinct resources as NDJSON, the Patient among them.
    pub(crate) fn ndjson(&self, count: usize) -> Vec<u8> {
        let mut out = Vec::new();
        self.write_ndjson(count, &mut out);
        out
    }

    /// The same, written as it is made.
    pub(crate) fn write_ndjson(&self, count: usize, out: &mut impl Write) {
        writeln!(out, "{}", self.patient).unwrap();
        for resource in self.distinct().take(count - 1) {
            writeln!(out, "{resource}").unwrap();
        }
    }

    /// The Patient and `count` versions of one Observation, each newer than the one before, as NDJSON.
    pub(crate) fn versions(&self, count: usize) -> Vec<u8> {
        let mut out = Vec::new();
        writeln!(out, "{}", self.patient).unwrap();
        for at in 0..count {
            writeln!(
                out,
                r#"{{"resourceType":"Observation","id":"one","meta":{{"versionId":"{at}"}},"status":"final","code":{{"text":"Heart rate"}},"subject":{{"reference":"Patient/owner"}},"effectiveDateTime":"2024-01-01","valueQuantity":{{"value":{at},"unit":"/min"}}}}"#
            )
            .unwrap();
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
            out.push_str(&resource.to_string());
            out.push('}');
        }
        out.push_str("]}");
        out.into_bytes()
    }

    /// `count` distinct resources of one type, one by one.
    pub(crate) fn of_type(&self, resource_type: &str, count: usize) -> Vec<Vec<u8>> {
        let is_one = |resource: &&Ordered| {
            resource.field("resourceType").and_then(Ordered::text) == Some(resource_type)
        };
        let those: Vec<&Ordered> = self.resources.iter().filter(is_one).collect();
        (0..count).map(|at| numbered(those[at % those.len()], at).to_string().into_bytes()).collect()
    }

    /// The Patient alone.
    pub(crate) fn patient(&self) -> Vec<u8> {
        self.patient.clone().into_bytes()
    }

    fn distinct(&self) -> impl Iterator<Item = Ordered> {
        (0..).map(|at: usize| numbered(&self.resources[at % self.resources.len()], at))
    }
}

/// The folder of sample records.
pub(crate) fn data() -> PathBuf {
    std::env::var_os("KEEPWELL_DATA")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from)
}

/// The resources of a minified NDJSON file.
pub(crate) fn lines(ndjson: &[u8]) -> impl Iterator<Item = &[u8]> {
    ndjson.split(|byte| *byte == b'\n').filter(|line| !line.is_empty())
}

/// A resource of the sample with an id of its own.
fn numbered(resource: &Ordered, at: usize) -> Ordered {
    let mut resource = resource.clone();
    resource.set("id", &format!("00000000-0000-4000-8000-{at:012}"));
    resource
}

/// Lets every reference to a Patient be to the one, and every other to what is not here stay.
fn one_subject(value: &mut Ordered) {
    match value {
        Ordered::Object(fields) => {
            for (name, field) in fields {
                let is_subject = ["subject", "patient", "beneficiary", "for"].contains(&name.as_str());
                if is_subject && field.field("reference").is_some() {
                    let owner = Ordered::Text(r#""Patient/owner""#.to_owned());
                    *field = Ordered::Object(vec![("reference".to_owned(), owner)]);
                }
                one_subject(field);
            }
        }
        Ordered::Array(items) => items.iter_mut().for_each(one_subject),
        Ordered::Text(_) => {}
    }
}
