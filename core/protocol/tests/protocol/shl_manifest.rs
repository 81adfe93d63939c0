//! Links to a list of files: what is asked with a passcode, and what each answer means.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use keepwell_protocol::crypto::{Rng, jwe_encrypt};
use keepwell_protocol::domain::Duration;
use keepwell_protocol::formats::http::{Method, Response};
use keepwell_protocol::formats::shl::{
    LONGEST_LIST, ListedFile, OpenError, ShareLink, ShareLinkError, manifest_request, read_embedded,
    read_manifest,
};
use serde_json::{Value, json};

const URL: &str = "https://ehr.example.org/qr/Y9xwkUdtmN9wwoJoN3ffJIhX2UGvCL1JnlPVNL3kDWM/m";
const BUNDLE: &[u8] = br#"{"resourceType":"Bundle"}"#;

fn link(flag: &str, version: u64) -> ShareLink {
    let key = "rxTgYlOaKJPFtcEd0qcceN8wEU4p94SqAwIWQe6uX7Q";
    let payload = json!({ "url": URL, "flag": flag, "key": key, "v": version });
    ShareLink::parse(&format!("shlink:/{}", URL_SAFE_NO_PAD.encode(payload.to_string()))).unwrap()
}

fn answer(status: u16, body: &Value) -> Response {
    Response { status, headers: Vec::new(), body: body.to_string().into_bytes() }
}

fn listing(files: &Value) -> Result<Vec<ListedFile>, OpenError> {
    read_manifest(&link("LP", 1), &answer(200, &json!({ "files": files })))
}

#[test]
fn asks_with_the_passcode_where_the_link_asks_for_one_and_nowhere_else() {
    let request = manifest_request(&link("LP", 1), "A patient", Some("1234")).unwrap();
    assert_eq!((request.method, request.url.as_str()), (Method::Post, URL));
    assert_eq!(request.header("content-type"), Some("application/json"));
    let body: Value = serde_json::from_slice(&request.body).unwrap();
    assert_eq!(body, json!({ "recipient": "A patient", "passcode": "1234" }));
    for missing in [None, Some("")] {
        assert_eq!(manifest_request(&link("P", 1), "x", missing).err(), Some(OpenError::PasscodeNeeded));
    }

    let open = manifest_request(&link("L", 1), "A patient", Some("1234")).unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&open.body).unwrap(), json!({ "recipient": "A patient" }));
    for other in [link("U", 1), link("L", 2)] {
        let refused = manifest_request(&other, "x", None).err();
        assert_eq!(refused, Some(OpenError::Link(ShareLinkError::UnsupportedLink)));
    }
}

#[test]
fn reads_files_that_came_along_and_files_that_lie_elsewhere() {
    let link = link("LP", 1);
    let file = jwe_encrypt(link.key(), "application/fhir+json", BUNDLE, &mut Rng::system()).unwrap();
    let location = "https://bucket.example.org/file1?sas=MFXK6jL3oL3SI_lRfi_-cEfzIs5oHs6rRWmrsCAFzvk";
    let listed = listing(&json!([
        { "contentType": "application/fhir+json", "embedded": file, "status": "finalized" },
        { "contentType": "application/smart-health-card", "location": location, "new": {} },
        { "contentType": "application/fhir+json", "embedded": file, "location": location },
    ]));
    let listed = listed.unwrap();
    let (ListedFile::Embedded(first), ListedFile::At(second), ListedFile::Embedded(_)) =
        (&listed[0], &listed[1], &listed[2])
    else {
        panic!("{listed:?}");
    };
    assert_eq!(read_embedded(&link, first).unwrap().content.as_slice(), BUNDLE);
    assert_eq!((second.method, second.url.as_str()), (Method::Get, location));
    assert!(second.body.is_empty() && second.headers.is_empty(), "nothing of the passcode goes there");
    assert!(matches!(read_embedded(&link, &first[..first.len() - 2]), Err(OpenError::File(_))));
}

#[test]
fn each_refusal_is_told_apart() {
    let link = link("P", 1);
    let refused = |status, body: &Value| read_manifest(&link, &answer(status, body)).unwrap_err();
    let wrong = |left| OpenError::WrongPasscode { left };
    assert_eq!(refused(401, &json!({ "remainingAttempts": 2 })), wrong(Some(2)));
    assert_eq!(refused(401, &json!({ "remainingAttempts": 0 })), wrong(Some(0)));
    for body in
        [json!({}), json!({ "remainingAttempts": -1 }), json!({ "remainingAttempts": "3" }), json!("no")]
    {
        assert_eq!(refused(401, &body), wrong(None), "{body}");
    }
    assert_eq!(refused(404, &json!({})), OpenError::NotActive);
    assert_eq!(refused(500, &json!({})), OpenError::Status(500));
    let mut busy = answer(429, &json!({}));
    busy.headers.push(("retry-after".into(), "30".into()));
    assert_eq!(read_manifest(&link, &busy).unwrap_err(), OpenError::RetryLater { wait: Some(Duration(30)) });
    let without = self::link("L", 1);
    let asked = read_manifest(&without, &answer(401, &json!({ "remainingAttempts": 2 })));
    assert_eq!(asked.unwrap_err(), OpenError::Status(401), "a link without a passcode has no wrong one");
}

#[test]
fn a_list_that_is_none_or_leads_astray_is_refused() {
    let card = |member: &str, value: &str| json!({ "contentType": "application/fhir+json", member: value });
    let most: Vec<Value> = (0..LONGEST_LIST).map(|_| card("embedded", "x")).collect();
    assert_eq!(listing(&json!(most)).unwrap().len(), LONGEST_LIST);
    let more: Vec<Value> = (0..=LONGEST_LIST).map(|_| card("embedded", "x")).collect();
    for files in [json!([]), json!({}), json!(null), json!([{}]), json!(["x"]), json!(more)] {
        assert_eq!(listing(&files).unwrap_err(), OpenError::Manifest);
    }
    assert_eq!(
        read_manifest(&link("L", 1), &answer(200, &json!("<html>"))).unwrap_err(),
        OpenError::Manifest
    );
    for location in [
        "http://bucket.example.org/file1",
        "file:///etc/passwd",
        "https://user@bucket.example.org/file1",
        "/file1",
        "",
    ] {
        let refused = listing(&json!([card("location", location)])).unwrap_err();
        assert_eq!(refused, OpenError::Link(ShareLinkError::BadAddress), "{location}");
    }
}
