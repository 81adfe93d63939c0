//! A wallet's export as a FHIR history Bundle, with what the wallet knows beside the bytes in extensions
//! of its own, so that it comes back whole. Other programs read it as any history.
//!
//! ```text
//! {"resourceType":"Bundle","meta":{"extension":[{"url":STATE,"extension":[
//!     {"url":"name","valueString":…},{"url":"object","valueBase64Binary":…}]}]},"type":"history","entry":[
//!  {"fullUrl":…,"extension":[{"url":VERSION,"extension":[{"url":"record","valueString":…},
//!     {"url":"number","valuePositiveInt":…},{"url":"source","valueString":…},{"url":"received","valueInstant":…},
//!     {"url":"category","valueCode":…},{"url":"fullUrl","valueUri":…},{"url":"superseded","valueBoolean":true},
//!     {"url":"withdrawn","valueBoolean":true}]}],
//!   "resource":…,"request":{"method":"PUT","url":"Type/id"},"response":{"status":"200"}}]}
//! ```

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::cursor::{Cursor, Token};
use super::head::ResourceHead;
use crate::domain::{Category, RecordId, Timestamp};

/// What a wallet knows of a version of a record beside its bytes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ExportedVersion {
    /// Of which record, by the id that its first version gave it.
    pub record: RecordId,
    /// Which version of it, from 1; at most 2,147,483,647.
    pub number: u32,
    /// Where it came from.
    pub source: String,
    /// The address that it came with, as written.
    pub full_url: Option<String>,
    /// When this wallet received it.
    pub received: Timestamp,
    /// The category of the record.
    pub category: Category,
    /// Another version of the record is the present one.
    pub is_superseded: bool,
    /// It was taken back, or its record was removed at its source.
    pub is_withdrawn: bool,
}

/// An object of the wallet's own state, such as a delivery.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ExportedState {
    /// What it is called in the wallet.
    pub name: String,
    /// Its encoding, which only the wallet reads.
    pub object: Vec<u8>,
}

/// The beginning of an export, up to its first entry.
pub fn export_head(states: &[ExportedState]) -> String {
    let extensions: Vec<Value> = states
        .iter()
        .map(|state| {
            let object = STANDARD.encode(&state.object);
            json!({ "url": STATE, "extension": [
                { "url": "name", "valueString": state.name },
                { "url": "object", "valueBase64Binary": object },
            ] })
        })
        .collect();
    let meta = json!({ "extension": extensions });
    format!(r#"{{"resourceType":"Bundle","meta":{meta},"type":"history","entry":["#)
}

/// One entry of an export: what stands before the bytes of the resource and behind them.
pub fn export_entry(version: &ExportedVersion, head: &ResourceHead<'_>) -> (String, String) {
    let mut facts = vec![
        json!({ "url": "record", "valueString": version.record }),
        json!({ "url": "number", "valuePositiveInt": version.number }),
        json!({ "url": "source", "valueString": version.source }),
        json!({ "url": "received", "valueInstant": version.received.to_string() }),
        json!({ "url": "category", "valueCode": version.category.as_str() }),
    ];
    facts.extend(version.full_url.as_ref().map(|url| json!({ "url": "fullUrl", "valueUri": url })));
    for (is_so, name) in [(version.is_superseded, "superseded"), (version.is_withdrawn, "withdrawn")] {
        if is_so {
            facts.push(json!({ "url": name, "valueBoolean": true }));
        }
    }
    let extension = json!([{ "url": VERSION, "extension": facts }]);
    let full_url = version.full_url.as_deref().filter(|url| url.contains(':'));
    let address = full_url.map(|url| format!(r#""fullUrl":{},"#, Value::from(url))).unwrap_or_default();
    let id = head.id.as_deref().filter(|id| !id.is_empty());
    let url = id.map_or(head.resource_type.to_string(), |id| format!("{}/{id}", head.resource_type));
    let request = json!({ "method": if id.is_some() { "PUT" } else { "POST" }, "url": url });
    (
        format!(r#"{{{address}"extension":{extension},"resource":"#),
        format!(r#","request":{request},"response":{{"status":"200"}}}}"#),
    )
}

/// What closes the list of entries and the Bundle.
pub const EXPORT_TAIL: &str = "]}";

/// Reads the extensions of an entry; `None` unless it is one of an export and says all that it must.
pub(super) fn read_version(extensions: &[u8]) -> Option<ExportedVersion> {
    let facts = nested(extensions, VERSION).into_iter().next()?;
    let find = |name: &str| facts.iter().find(|(url, _)| url == name).map(|(_, value)| value.as_str());
    Some(ExportedVersion {
        record: RecordId::parse(find("record")?).ok()?,
        number: find("number")?.parse().ok().filter(|number| (1..=MOST_POSITIVE).contains(number))?,
        source: find("source")?.to_owned(),
        full_url: find("fullUrl").map(str::to_owned),
        received: Timestamp::parse(find("received")?).ok()?,
        category: Category::parse(find("category")?).ok()?,
        is_superseded: find("superseded") == Some("true"),
        is_withdrawn: find("withdrawn") == Some("true"),
    })
}

/// Reads the objects in the `meta` of a Bundle.
pub(super) fn read_states(meta: &[u8]) -> Vec<ExportedState> {
    let mut cursor = Cursor::new(meta);
    cursor.next();
    while let Some(key) = cursor.key() {
        let start = cursor.offset();
        cursor.skip();
        if key.raw() == b"extension" {
            let extensions = meta.get(start..cursor.offset()).unwrap_or_default();
            let state = |facts: Vec<(String, String)>| {
                let find = |name: &str| facts.iter().find(|(url, _)| url == name).map(|(_, value)| value);
                let object = STANDARD.decode(find("object")?).ok()?;
                Some(ExportedState { name: find("name")?.clone(), object })
            };
            return nested(extensions, STATE).into_iter().filter_map(state).collect();
        }
    }
    Vec::new()
}

/// Of each extension with this `url` the simple extensions in it: their url and their value as text.
fn nested(extensions: &[u8], url: &str) -> Vec<Vec<(String, String)>> {
    let mut cursor = Cursor::new(extensions);
    let mut found = Vec::new();
    if cursor.next() != Some(Token::Array) {
        return found;
    }
    while let Some(Token::Object) = cursor.next() {
        let (mut is_wanted, mut facts) = (false, Vec::new());
        while let Some(key) = cursor.key() {
            match (key.raw(), cursor.next()) {
                (b"url", Some(Token::String(text))) => is_wanted = text.to_str() == url,
                (b"extension", Some(Token::Array)) => {
                    while let Some(Token::Object) = cursor.next() {
                        facts.extend(simple(&mut cursor));
                    }
                }
                (_, Some(Token::Object | Token::Array)) => cursor.leave(),
                _ => {}
            }
        }
        if is_wanted {
            found.push(facts);
        }
    }
    found
}

fn simple(cursor: &mut Cursor<'_>) -> Option<(String, String)> {
    let (mut url, mut value) = (None, None);
    while let Some(key) = cursor.key() {
        let is_value = key.raw().starts_with(b"value");
        match cursor.next() {
            Some(Token::String(text)) if key.raw() == b"url" => url = Some(text.to_str().into_owned()),
            Some(Token::String(text)) if is_value => value = Some(text.to_str().into_owned()),
            Some(Token::Bare(bare)) if is_value => value = Some(String::from_utf8_lossy(bare).into_owned()),
            Some(Token::Object | Token::Array) => cursor.leave(),
            _ => {}
        }
    }
    url.zip(value)
}

/// FHIR's `positiveInt` has 31 bits.
const MOST_POSITIVE: u32 = i32::MAX.cast_unsigned();

/// Names the extension of an entry.
const VERSION: &str = "urn:keepwell:record-version";

/// Names an extension of the Bundle's `meta`.
const STATE: &str = "urn:keepwell:wallet-state";

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;

    use super::super::{Event, Limits, read};
    use super::*;

    fn version(number: u32, full_url: Option<&str>) -> ExportedVersion {
        ExportedVersion {
            record: RecordId::from_bytes([7; 32]),
            number,
            source: "Clinic \"A\"".into(),
            full_url: full_url.map(str::to_owned),
            received: Timestamp(1_800_000_000),
            category: Category::Allergies,
            is_superseded: number == 1,
            is_withdrawn: false,
        }
    }

    #[test]
    fn what_is_written_is_read_back_whole() {
        let resource = r#"{ "resourceType":"Basic", "id":"1","n":1.50}"#;
        let head = ResourceHead::read(resource.as_bytes()).unwrap();
        let versions = [
            version(1, Some("https://a.example/fhir/Basic/1")),
            version(2, Some("Basic/1")),
            version(3, None),
        ];
        let states = [ExportedState { name: "delivery/1".into(), object: vec![0, 255, 7] }];
        let entries: Vec<String> = versions
            .iter()
            .map(|version| {
                let (before, behind) = export_entry(version, &head);
                format!("{before}{resource}{behind}")
            })
            .collect();
        let bundle = format!("{}{}{EXPORT_TAIL}", export_head(&states), entries.join(",\n"));
        serde_json::from_str::<Value>(&bundle).unwrap();
        let (mut found, mut state) = (Vec::new(), Vec::new());
        let summary = read(bundle.as_bytes(), Limits::default(), &mut |event| {
            match event {
                Event::Resource(of) => {
                    assert_eq!((of.bytes, of.history), (resource.as_bytes(), None));
                    found.push(of.exported.unwrap().clone());
                }
                Event::Exported(states) => state.extend_from_slice(states),
                _ => {}
            }
            ControlFlow::Continue(())
        });
        assert_eq!(summary.unwrap().bundle_type.as_deref(), Some("history"));
        assert_eq!((found.as_slice(), state.as_slice()), (&versions[..], &states[..]));
    }

    #[test]
    fn what_says_too_little_is_no_version_of_an_export() {
        let head = ResourceHead::default();
        let (entry, _) = export_entry(&version(1, None), &head);
        let extension =
            entry.strip_prefix(r#"{"extension":"#).unwrap().strip_suffix(r#","resource":"#).unwrap();
        assert_eq!(read_version(extension.as_bytes()), Some(version(1, None)));
        let most = extension.replacen("\"valuePositiveInt\":1", "\"valuePositiveInt\":2147483647", 1);
        assert_eq!(read_version(most.as_bytes()).map(|version| version.number), Some(2_147_483_647));
        for (from, to) in [
            ("\"valuePositiveInt\":1", "\"valuePositiveInt\":0"),
            ("\"valuePositiveInt\":1", "\"valuePositiveInt\":-1"),
            ("\"valuePositiveInt\":1", "\"valuePositiveInt\":2147483648"),
            ("0707", "07"),
            ("allergies", "none"),
            ("urn:keepwell:record-version", "urn:keepwell:other"),
            ("2027", "27"),
            ("\"source\"", "\"from\""),
        ] {
            assert!(extension.contains(from), "{from}");
            assert_eq!(read_version(extension.replacen(from, to, 1).as_bytes()), None, "{from} {to}");
        }
        for nothing in ["", "[", "{}", "[[]]", "[{\"url\":7}]"] {
            assert_eq!(read_version(nothing.as_bytes()), None, "{nothing}");
        }
    }
}
