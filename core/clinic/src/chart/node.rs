//! JSON as it was written: numbers keep their digits, members keep their order.

use std::fmt;

use serde::Deserialize;
use serde::de::{MapAccess, Visitor};
use serde_json::value::RawValue;

/// A value of a resource.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Node {
    Null,
    Bool(bool),
    /// A number, digit for digit.
    Number(String),
    Text(String),
    List(Vec<Node>),
    /// Members in the order in which they were written; a repeated name is kept.
    Fields(Vec<(String, Node)>),
}

impl Node {
    /// Parses JSON that nests at most [`MAX_DEPTH`] deep.
    pub(super) fn parse(json: &[u8]) -> Option<Self> {
        Self::read(serde_json::from_slice(json).ok()?, 0)
    }

    /// The first member of this name; nothing for anything but an object.
    pub(super) fn field(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Fields(fields) => fields.iter().find(|(key, _)| key == name).map(|(_, node)| node),
            _ => None,
        }
    }

    /// The member behind several names, one in the other; of a list on the way, its first element.
    pub(super) fn at(&self, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |node, name| node.items().first()?.field(name))
    }

    /// The elements of a list; a single value counts as a list of one.
    pub(super) fn items(&self) -> &[Self] {
        match self {
            Self::List(items) => items,
            Self::Null => &[],
            single => std::slice::from_ref(single),
        }
    }

    /// The elements of the list that is this member.
    pub(super) fn list(&self, name: &str) -> &[Self] {
        self.field(name).map_or(&[], Self::items)
    }

    /// The text of a string, number or truth value.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) | Self::Number(text) => Some(text),
            Self::Bool(true) => Some("yes"),
            Self::Bool(false) => Some("no"),
            _ => None,
        }
    }

    /// The text of this member.
    pub(super) fn text_of(&self, name: &str) -> Option<&str> {
        self.field(name)?.text()
    }

    /// The member whose name is `prefix` and a type, as FHIR writes a choice: type and value.
    pub(super) fn choice(&self, prefix: &str) -> Option<(&str, &Self)> {
        let Self::Fields(fields) = self else { return None };
        fields.iter().find_map(|(name, node)| {
            let kind = name.strip_prefix(prefix)?;
            kind.starts_with(|first: char| first.is_ascii_uppercase()).then_some((kind, node))
        })
    }

    fn read(raw: &RawValue, depth: usize) -> Option<Self> {
        if depth > MAX_DEPTH {
            return None;
        }
        let json = raw.get();
        Some(match json.as_bytes().first()? {
            b'{' => {
                let Members(members) = serde_json::from_str(json).ok()?;
                let read = |(name, raw)| Some((name, Self::read(raw, depth + 1)?));
                Self::Fields(members.into_iter().map(read).collect::<Option<_>>()?)
            }
            b'[' => {
                let items: Vec<&RawValue> = serde_json::from_str(json).ok()?;
                Self::List(items.into_iter().map(|raw| Self::read(raw, depth + 1)).collect::<Option<_>>()?)
            }
            b'"' => Self::Text(serde_json::from_str(json).ok()?),
            b't' => Self::Bool(true),
            b'f' => Self::Bool(false),
            b'n' => Self::Null,
            _ => Self::Number(json.to_owned()),
        })
    }
}

/// The members of an object, in order.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;
        impl<'de> Visitor<'de> for Collect {
            type Value = Members<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Collect)
    }
}

/// How deep a resource may nest; what is deeper is offered as a file only.
const MAX_DEPTH: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_digits_order_and_repeats() {
        let node = Node::parse(br#"{"b":0.10,"a":1e999,"b":-0,"__proto__":{}}"#).unwrap();
        let Node::Fields(fields) = &node else { panic!("an object") };
        assert_eq!(
            fields.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(),
            ["b", "a", "b", "__proto__"]
        );
        assert_eq!(node.text_of("b"), Some("0.10"));
        assert_eq!(node.text_of("a"), Some("1e999"));
    }

    #[test]
    fn refuses_what_is_not_json_or_too_deep() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(Node::parse(nested(MAX_DEPTH).as_bytes()).is_some());
        for bad in ["", "{", "{\"a\":}", "nul", &nested(MAX_DEPTH + 2), &nested(100_000)] {
            assert!(Node::parse(bad.as_bytes()).is_none());
        }
    }

    #[test]
    fn walks_paths_through_lists_and_choices() {
        let node =
            Node::parse(br#"{"a":[{"b":"x"},{"b":"y"}],"valueString":"v","value":1,"valued":2}"#).unwrap();
        assert_eq!(node.at(&["a", "b"]).and_then(Node::text), Some("x"));
        assert_eq!(node.at(&["a", "c"]), None);
        assert_eq!(node.choice("value").map(|(kind, _)| kind), Some("String"));
        assert_eq!(node.list("nothing"), &[]);
    }
}
