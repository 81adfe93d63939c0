//! A resource with other references, and otherwise as it was written.

use super::cursor::{Cursor, Token};
use super::json_writer::JsonWriter;

/// What becomes of a reference.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum NewReference {
    /// It stays as it is written.
    Same,
    /// It leads here.
    To(String),
    /// It is left out; where nothing else says who is meant, in its place stands that it is masked
    /// (<http://hl7.org/fhir/StructureDefinition/data-absent-reason>).
    Nowhere,
}

/// Writes a resource again, without white space: `new_reference` may put another one for each
/// `reference`, and `meta.profile` is left out unless it is to be kept. All other text and every
/// number stays as it is written.
///
/// ```
/// use keepwell_protocol::formats::fhir::{NewReference, rewrite};
///
/// let note = br#"{"subject": {"reference": "Patient/7"}, "value": 1.50}"#;
/// let new = rewrite(note, false, |_| NewReference::To("urn:x".into()));
/// assert_eq!(new, br#"{"subject":{"reference":"urn:x"},"value":1.50}"#);
/// ```
pub fn rewrite(
    resource: &[u8],
    keep_profile: bool,
    mut new_reference: impl FnMut(&str) -> NewReference,
) -> Vec<u8> {
    let mut cursor = Cursor::new(resource);
    let mut writer = JsonWriter::with_capacity(resource.len());
    let mut in_meta = false;
    while let Some(token) = cursor.next() {
        match token {
            Token::Object => writer.begin(b'{', b'}'),
            Token::Array => writer.begin(b'[', b']'),
            Token::End => {
                writer.end();
                in_meta &= writer.depth() > 1;
            }
            Token::Bare(bare) => writer.value(bare),
            Token::String(text) => writer.text(text),
            Token::Key(key) => {
                let depth = writer.depth();
                let is_meta = depth == 1 && key.raw() == b"meta";
                let is_profile = in_meta && depth == 2 && key.raw() == b"profile";
                if !keep_profile && (is_profile || (is_meta && holds_profile_only(cursor.clone()))) {
                    cursor.skip();
                    continue;
                }
                in_meta |= is_meta;
                match (key.raw(), cursor.clone().next()) {
                    (b"reference", Some(Token::String(old))) => {
                        cursor.skip();
                        match new_reference(&old.to_str()) {
                            NewReference::Nowhere => writer.mask(),
                            NewReference::Same => {
                                writer.key(key);
                                writer.text(old);
                            }
                            NewReference::To(new) => {
                                writer.key(key);
                                writer.value(serde_json::Value::from(new).to_string().as_bytes());
                            }
                        }
                    }
                    _ => writer.key(key),
                }
            }
        }
    }
    writer.into_bytes()
}

/// Whether the next value is an object with `profile` and nothing else.
fn holds_profile_only(mut cursor: Cursor<'_>) -> bool {
    if cursor.next() != Some(Token::Object) {
        return false;
    }
    let mut found = false;
    while let Some(key) = cursor.key() {
        if key.raw() != b"profile" {
            return false;
        }
        found = true;
        cursor.skip();
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::fhir::json_writer::MASKED;

    fn rewritten(json: &str, keep_profile: bool) -> String {
        let new = |reference: &str| match reference {
            "Patient/1" => NewReference::To("urn:uuid:\"1\"".to_owned()),
            "Encounter/1" => NewReference::Nowhere,
            _ => NewReference::Same,
        };
        String::from_utf8(rewrite(json.as_bytes(), keep_profile, new)).unwrap()
    }

    #[test]
    fn changes_references_and_white_space_and_nothing_else() {
        let json = r#" { "a" : [ 1.50 , -0, 1e9, true, null, {}, [], "b \u00e9\/" ], "reference" : "Patient\/1",
            "c": { "reference": "Patient/2", "display": "Patient/1" }, "d": [{"reference": {"reference":"Patient/1"}}] } "#;
        assert_eq!(
            rewritten(json, true),
            r#"{"a":[1.50,-0,1e9,true,null,{},[],"b \u00e9\/"],"reference":"urn:uuid:\"1\"","c":{"reference":"Patient/2","display":"Patient/1"},"d":[{"reference":{"reference":"urn:uuid:\"1\""}}]}"#
        );
    }

    #[test]
    fn leaves_out_what_leads_nowhere_and_no_empty_object() {
        let masked = MASKED;
        for (json, without) in [
            (r#"{"a":{"reference":"Encounter/1"},"b":1}"#, format!(r#"{{"a":{{{masked}}},"b":1}}"#)),
            (r#"{"a":{"reference":"Encounter/1","display":"x"}}"#, r#"{"a":{"display":"x"}}"#.to_owned()),
            (r#"{"a":{"display":"x","reference":"Encounter/1"}}"#, r#"{"a":{"display":"x"}}"#.to_owned()),
            (r#"{"a":[{"reference":"Encounter/1"},{}]}"#, format!(r#"{{"a":[{{{masked}}},{{}}]}}"#)),
            (r#"{"a":{"reference":"Encounter/1","identifier":{}}}"#, r#"{"a":{"identifier":{}}}"#.to_owned()),
        ] {
            assert_eq!(rewritten(json, true), without, "{json}");
        }
    }

    #[test]
    fn leaves_out_the_profile_and_no_empty_object() {
        for (json, without) in [
            (r#"{"meta":{"profile":["p"]},"id":"1"}"#, r#"{"id":"1"}"#),
            (r#"{"id":"1","meta":{"profile":["p"]}}"#, r#"{"id":"1"}"#),
            (r#"{"meta":{"profile":["p"],"tag":[]}}"#, r#"{"meta":{"tag":[]}}"#),
            (r#"{"meta":{"tag":[],"profile":["p"]},"profile":1}"#, r#"{"meta":{"tag":[]},"profile":1}"#),
            (r#"{"meta":{},"a":{"meta":{"profile":1}}}"#, r#"{"meta":{},"a":{"meta":{"profile":1}}}"#),
            (r#"{"meta":{"a":{"profile":1}}}"#, r#"{"meta":{"a":{"profile":1}}}"#),
        ] {
            assert_eq!(rewritten(json, false), without, "{json}");
            assert_eq!(rewritten(json, true), json);
        }
    }
}
