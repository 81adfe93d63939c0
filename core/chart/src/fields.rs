//! Every field of a resource as name and value: what a picture of it leaves out is still there to read.

use crate::node::Node;
use crate::phrase;
use crate::text::legible;
use crate::value::{Value, When};

/// One field of a resource.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Field {
    /// Where it is: FHIR's names of members, apart, from the outside in.
    pub name: String,
    /// The value of the field as it is shown.
    pub value: Value,
}

/// The fields of a resource in their order.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Fields {
    /// The first of them.
    pub listed: Vec<Field>,
    /// How many more there are.
    pub more: u32,
}

/// Lists the fields of a resource, without its narrative, which is the sender's own markup, without what only
/// software needs, and without content in base64.
pub(crate) fn fields(resource: &Node<'_>) -> Fields {
    let mut found = Fields::default();
    for (name, node) in resource.fields() {
        if !matches!(&**name, "resourceType" | "id" | "meta" | "text") {
            walk(&words(name), node, &mut found);
        }
    }
    found
}

fn walk(name: &str, node: &Node<'_>, found: &mut Fields) {
    if let Some(value) = in_words(node) {
        if found.listed.len() < MOST {
            found.listed.push(Field { name: legible(name, LONGEST_NAME), value });
        } else {
            found.more = found.more.saturating_add(1);
        }
        return;
    }
    // Names are only put together for what is listed.
    let is_listed = found.listed.len() < MOST;
    let within = |part: &dyn Fn() -> String| match is_listed {
        true if name.len() < LONGEST_NAME => format!("{name}{}", part()),
        _ => String::new(),
    };
    match node {
        Node::List(items) if items.len() > 1 => {
            for (index, item) in items.iter().enumerate() {
                walk(&within(&|| format!(" {}", index + 1)), item, found);
            }
        }
        Node::List(items) => items.iter().for_each(|item| walk(name, item, found)),
        Node::Fields(members) => {
            for (member, node) in members {
                if !matches!(&**member, "div" | "data") {
                    walk(&within(&|| format!(", {}", lower_first(&words(member)))), node, found);
                }
            }
        }
        _ => {}
    }
}

/// The value in words, for the data types that are read as a whole.
fn in_words(node: &Node<'_>) -> Option<Value> {
    if let Node::Bool(holds) = node {
        return Some(Value::Truth { holds: *holds });
    }
    if let Some(text) = node.text() {
        return Some(Value::text(
            &When::at(text).start.filter(|_| text.len() < 64).unwrap_or_else(|| text.to_owned()),
        ));
    }
    let has = |name: &str| node.field(name).is_some();
    if has("coding") || (has("system") && has("code") && !has("value")) {
        let lines = phrase::concept(node);
        let mut lines = lines.iter().filter_map(|line| line.as_text());
        let title = lines.next()?;
        let codes: Vec<&str> = lines.collect();
        return Some(match codes.is_empty() {
            true => Value::text(title),
            false => Value::text(&format!("{title} ({})", codes.join("; "))),
        });
    }
    if has("reference") {
        let reference = node.text_of("reference")?;
        return Some(Value::text(&match node.text_of("display") {
            Some(display) => format!("{display} ({reference})"),
            None => reference.to_owned(),
        }));
    }
    if has("value") && (has("unit") || has("code")) {
        return phrase::quantity(node).map(|text| Value::text(&text));
    }
    if has("value") && has("currency") {
        return phrase::money(node).map(|text| Value::text(&text));
    }
    if has("start") || has("end") {
        return phrase::period(node).map(Value::from);
    }
    None
}

/// A member's name as words: `onsetDateTime` is "Onset date time".
fn words(name: &str) -> String {
    let mut text = String::new();
    for (index, c) in name.chars().take(LONGEST_NAME).enumerate() {
        match c {
            _ if index == 0 => text.extend(c.to_uppercase()),
            c if c.is_ascii_uppercase() => {
                text.push(' ');
                text.push(c.to_ascii_lowercase());
            }
            c => text.push(c),
        }
    }
    text
}

fn lower_first(text: &str) -> String {
    let mut rest = text.chars();
    rest.next().map(|first| first.to_lowercase().chain(rest).collect()).unwrap_or_default()
}

/// The most fields that are listed.
const MOST: usize = 200;

/// Characters of the longest name of a field.
const LONGEST_NAME: usize = 200;

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(json: &str) -> Fields {
        fields(&Node::parse(json.as_bytes()).unwrap())
    }

    #[test]
    fn lists_fields_in_words_and_leaves_the_narrative_out() {
        let found = listed(
            r#"{"resourceType":"Goal","id":"1","text":{"status":"generated","div":"<div><script>x</script></div>"},
            "lifecycleStatus":"active","description":{"text":"Walk more"},
            "target":[{"measure":{"coding":[{"system":"http://loinc.org","code":"1"}]},"dueDate":"2026-01-01"},{"dueDate":"2027-01-01"}],
            "photo":[{"data":"AAAA"}],"done":false,"subject":{"reference":"Patient/1","display":"Ada"}}"#,
        );
        let text = |text: &str| Value::Text { text: text.to_owned() };
        let expected = [
            ("Lifecycle status", text("active")),
            ("Description, text", text("Walk more")),
            ("Target 1, measure", text("1 (LOINC 1)")),
            ("Target 1, due date", text("2026-01-01")),
            ("Target 2, due date", text("2027-01-01")),
            ("Done", Value::Truth { holds: false }),
            ("Subject", text("Ada (Patient/1)")),
        ];
        let expected = expected.map(|(name, value)| Field { name: name.to_owned(), value });
        assert_eq!(found, Fields { listed: expected.into(), more: 0 });
    }

    #[test]
    fn a_resource_of_many_fields_says_how_many_more_there_are() {
        let found = listed(&format!("{{\"a\":[{}]}}", vec!["1"; 1_000].join(",")));
        assert_eq!((found.listed.len(), found.more), (MOST, 800));
    }

    #[test]
    fn names_of_any_length_take_bounded_room() {
        let name = "n".repeat(100_000);
        let found = listed(&format!("{{\"{name}\":{{\"{name}\":[{}]}}}}", vec!["1"; 10_000].join(",")));
        assert!(found.listed.iter().all(|field| field.name.chars().count() <= LONGEST_NAME + 1));
    }
}
