//! Records from a file to the wallet and back.

mod setup;

use setup::{Place, import, list};

fn bundle(entries: &[(&str, &str)]) -> Vec<u8> {
    let entries: Vec<String> = entries
        .iter()
        .map(|(url, resource)| format!(r#"{{"fullUrl":"{url}","resource":{resource}}}"#))
        .collect();
    format!(r#"{{"resourceType":"Bundle","type":"collection","entry":[{}]}}"#, entries.join(",")).into_bytes()
}

const PATIENT: &str = r#"{"resourceType":"Patient","id":"p","name":[{"family":"Nolan","given":["Vivien"]}],"birthDate":"1970-01-02"}"#;

fn observation(id: &str, text: &str) -> String {
    format!(
        r#"{{"resourceType":"Observation","id":"{id}","subject":{{"reference":"urn:uuid:p"}},
            "code":{{"text":"{text}"}},"effectiveDateTime":"2024-02-29", "valueQuantity":{{"value":1.50}}}}"#
    )
}

#[test]
fn what_goes_in_comes_out_byte_for_byte() {
    let place = Place::new();
    let (mut wallet, _) = place.create();
    let glucose = observation("o", "Glucose");
    let file = bundle(&[("urn:uuid:p", PATIENT), ("urn:uuid:o", &glucose)]);
    let report = import(&mut wallet, &file).unwrap();
    assert_eq!((report.read, report.added, report.duplicates), (2, 2, 0));
    drop(wallet);
    let (wallet, fresh) = place.unlock().unwrap();
    let records = list(&wallet);
    let of_type = |name: &str| records.iter().find(|record| record.resource_type == name).unwrap();
    assert_eq!(wallet.record_bytes(&of_type("Observation").id).unwrap(), glucose.as_bytes());
    assert_eq!(wallet.record_bytes(&of_type("Patient").id).unwrap(), PATIENT.as_bytes());
    let mut out = Vec::new();
    let export = wallet.export(&fresh, &mut out).unwrap();
    assert_eq!(export.records, 2);
    assert_eq!(export.sha256, keepwell_protocol::crypto::sha256(&out));
    assert_eq!(String::from_utf8(out).unwrap(), format!("{PATIENT}\n{}\n", glucose.replace('\n', " ")));
}
