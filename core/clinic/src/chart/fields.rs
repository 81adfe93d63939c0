//! Every field of a resource as label and value: for types without a table of their own.

use super::node::Node;
use super::phrase::{self, LONGEST, legible};

/// One field of a resource.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Field {
    /// Where it is: names of members in words, from the outside in.
    pub label: String,
    /// What it says; plain text, to be escaped where it is shown.
    pub value: String,
}

/// Lists the fields of a resource in their order, without its narrative, which is the sender's own
/// markup, and without what only software needs.
pub(super) fn fields(resource: &Node) -> Vec<Field> {
    let mut found = Vec::new();
    if let Node::Fields(members) = resource {
        for (name, node) in members {
            if !matches!(name.as_str(), "resourceType" | "id" | "meta" | "text" | "implicitRules") {
                walk(&words(name), node, &mut found);
            }
        }
    }
    if found.len() > MOST {
        let more = found.len() - MOST;
        found.truncate(MOST);
        found.push(Field {
            label: "More".to_owned(),
            value: format!("{more} further fields, not shown here"),
        });
    }
    found
}

fn walk(label: &str, node: &Node, found: &mut Vec<Field>) {
    // Beyond this nobody reads; the count says how much there is.
    if found.len() > 100 * MOST {
        return;
    }
    if let Some(value) = in_words(node) {
        found.push(Field { label: legible(label, LONGEST), value: legible(&value, LONGEST) });
        return;
    }
    match node {
        Node::List(items) => {
            for (index, item) in items.iter().enumerate() {
                match items.len() {
                    1 => walk(label, item, found),
                    _ => walk(&format!("{label} {}", index + 1), item, found),
                }
            }
        }
        Node::Fields(members) => {
            for (name, node) in members {
                match (name.as_str(), node) {
                    ("div", _) => {}
                    ("data", Node::Text(data)) => found.push(Field {
                        label: legible(&format!("{label}, data"), LONGEST),
                        value: format!("{} characters, not shown here", data.len()),
                    }),
                    _ => walk(&format!("{label}, {}", lower_first(&words(name))), node, found),
                }
            }
        }
        _ => {}
    }
}

/// The value in words, for the data types that are read as a whole.
fn in_words(node: &Node) -> Option<String> {
    if let Some(text) = node.text() {
        return Some(phrase::date(text));
    }
    let has = |name: &str| node.field(name).is_some();
    if has("coding") || (has("system") && has("code") && !has("value")) {
        let lines = phrase::concept(node);
        let (title, codes) = lines.split_first()?;
        let codes: Vec<&str> = codes.iter().map(|line| line.text.as_str()).collect();
        return Some(if codes.is_empty() {
            title.text.clone()
        } else {
            format!("{} ({})", title.text, codes.join("; "))
        });
    }
    if has("reference") {
        let reference = node.text_of("reference")?;
        return Some(match node.text_of("display") {
            Some(display) => format!("{display} ({reference})"),
            None => reference.to_owned(),
        });
    }
    if has("value") && (has("unit") || has("code")) {
        return phrase::quantity(node);
    }
    if has("value") && has("currency") {
        return phrase::money(node);
    }
    if has("start") || has("end") {
        return phrase::period(node);
    }
    None
}

/// A member's name as words: `onsetDateTime` is "Onset date time".
fn words(name: &str) -> String {
    let mut text = String::new();
    for (index, c) in name.chars().enumerate() {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(json: &str) -> Vec<(String, String)> {
        fields(&Node::parse(json.as_bytes()).unwrap())
            .into_iter()
            .map(|field| (field.label, field.value))
            .collect()
    }

    #[test]
    fn lists_fields_in_words_and_leaves_the_narrative_out() {
        let found = listed(
            r#"{"resourceType":"Goal","id":"1","text":{"status":"generated","div":"<div><script>x</script></div>"},
            "lifecycleStatus":"active","description":{"text":"Walk more"},
            "target":[{"measure":{"coding":[{"system":"http://loinc.org","code":"1"}]},"dueDate":"2026-01-01"},{"dueDate":"2027-01-01"}],
            "photo":[{"data":"AAAA"}],"subject":{"reference":"Patient/1","display":"Ada"}}"#,
        );
        let expected = [
            ("Lifecycle status", "active"),
            ("Description, text", "Walk more"),
            ("Target 1, measure", "1 (LOINC 1)"),
            ("Target 1, due date", "2026-01-01"),
            ("Target 2, due date", "2027-01-01"),
            ("Photo, data", "4 characters, not shown here"),
            ("Subject", "Ada (Patient/1)"),
        ];
        assert_eq!(found, expected.map(|(label, value)| (label.to_owned(), value.to_owned())));
    }

    #[test]
    fn a_resource_of_many_fields_says_how_many_more_there_are() {
        let many = format!("{{\"a\":[{}]}}", vec!["1"; 1_000].join(","));
        let found = listed(&many);
        assert_eq!(found.len(), MOST + 1);
        assert_eq!(found.last().unwrap().1, "800 further fields, not shown here");
    }
}
