//! JSON as it was written: numbers keep their digits, members keep their order, texts are borrowed.

use std::borrow::Cow;

use keepwell_protocol::formats::fhir::json::{Cursor, Token};
use serde::de::IgnoredAny;

/// A value of a resource.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Node<'a> {
    Null,
    Bool(bool),
    /// A number, digit for digit.
    Number(&'a str),
    Text(Cow<'a, str>),
    List(Vec<Node<'a>>),
    /// Members in the order in which they were written; a repeated name is kept.
    Fields(Vec<(Cow<'a, str>, Node<'a>)>),
}

impl<'a> Node<'a> {
    /// Parses JSON that nests at most [`MAX_DEPTH`] deep and has at most [`MAX_VALUES`].
    pub(crate) fn parse(json: &'a [u8]) -> Option<Self> {
        // The cursor walks over JSON that is known to be valid.
        serde_json::from_slice::<IgnoredAny>(json).ok()?;
        let mut parser = Parser { cursor: Cursor::new(json), left: MAX_VALUES };
        let token = parser.cursor.next()?;
        parser.value(token, 0)
    }

    /// Parses those members of an object that are wanted, by their names. The JSON is known to be valid.
    pub(crate) fn members(json: &'a [u8], is_wanted: &dyn Fn(&str) -> bool) -> Option<Self> {
        let mut parser = Parser { cursor: Cursor::new(json), left: MAX_VALUES };
        let Some(Token::Object) = parser.cursor.next() else { return None };
        let mut members = Vec::new();
        while let Some(key) = parser.cursor.key() {
            let key = key.to_str();
            if is_wanted(&key) {
                let token = parser.cursor.next()?;
                members.push((key, parser.value(token, 1)?));
            } else {
                parser.cursor.skip();
            }
        }
        Some(Self::Fields(members))
    }

    /// The first member of this name; nothing for anything but an object.
    pub(crate) fn field(&self, name: &str) -> Option<&Self> {
        self.fields().iter().find(|(key, _)| key == name).map(|(_, node)| node)
    }

    /// The members of an object.
    pub(crate) fn fields(&self) -> &[(Cow<'a, str>, Self)] {
        match self {
            Self::Fields(fields) => fields,
            _ => &[],
        }
    }

    /// The member behind several names, one in the other; of a list on the way, its first element.
    pub(crate) fn at(&self, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |node, name| node.items().first()?.field(name))
    }

    /// The elements of a list; a single value counts as a list of one.
    pub(crate) fn items(&self) -> &[Self] {
        match self {
            Self::List(items) => items,
            Self::Null => &[],
            single => std::slice::from_ref(single),
        }
    }

    /// The elements of the list that is this member.
    pub(crate) fn list(&self, name: &str) -> &[Self] {
        self.field(name).map_or(&[], Self::items)
    }

    /// The text of a string or number.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Number(digits) => Some(digits),
            _ => None,
        }
    }

    /// The text of this member.
    pub(crate) fn text_of(&self, name: &str) -> Option<&str> {
        self.field(name)?.text()
    }

    /// The member whose name is `prefix` and a type, as FHIR writes a choice: type and value.
    pub(crate) fn choice(&self, prefix: &str) -> Option<(&str, &Self)> {
        self.fields().iter().find_map(|(name, node)| {
            let kind = name.strip_prefix(prefix)?;
            kind.starts_with(|first: char| first.is_ascii_uppercase()).then_some((kind, node))
        })
    }

    /// The same as JSON again.
    pub(crate) fn json(&self) -> String {
        let quoted = |text: &str| serde_json::Value::from(text).to_string();
        match self {
            Self::Null => "null".to_owned(),
            Self::Bool(holds) => holds.to_string(),
            Self::Number(digits) => (*digits).to_owned(),
            Self::Text(text) => quoted(text),
            Self::List(items) => format!("[{}]", items.iter().map(Self::json).collect::<Vec<_>>().join(",")),
            Self::Fields(fields) => {
                let member =
                    |(name, node): &(Cow<'_, str>, Self)| format!("{}:{}", quoted(name), node.json());
                format!("{{{}}}", fields.iter().map(member).collect::<Vec<_>>().join(","))
            }
        }
    }
}

struct Parser<'a> {
    cursor: Cursor<'a>,
    /// How many values may still come.
    left: usize,
}

impl<'a> Parser<'a> {
    fn value(&mut self, token: Token<'a>, depth: usize) -> Option<Node<'a>> {
        self.left = self.left.checked_sub(1)?;
        if depth > MAX_DEPTH {
            return None;
        }
        Some(match token {
            Token::Object => {
                let mut members = Vec::new();
                while let Some(key) = self.cursor.key() {
                    let token = self.cursor.next()?;
                    members.push((key.to_str(), self.value(token, depth + 1)?));
                }
                Node::Fields(members)
            }
            Token::Array => {
                let mut items = Vec::new();
                loop {
                    match self.cursor.next()? {
                        Token::End => break Node::List(items),
                        token => items.push(self.value(token, depth + 1)?),
                    }
                }
            }
            Token::String(text) => Node::Text(text.to_str()),
            Token::Bare(b"true") => Node::Bool(true),
            Token::Bare(b"false") => Node::Bool(false),
            Token::Bare(b"null") => Node::Null,
            Token::Bare(digits) => Node::Number(std::str::from_utf8(digits).ok()?),
            Token::End | Token::Key(_) => return None,
        })
    }
}

/// How deep a resource may nest; what is deeper is offered as a file only.
const MAX_DEPTH: usize = 64;

/// How many values a resource may have, so that a picture of it takes at most some 60 MB.
const MAX_VALUES: usize = 1_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_digits_order_and_repeats() {
        let node = Node::parse(br#"{"b":0.10,"a":1e999,"b":-0,"__proto__":{}}"#).unwrap();
        assert_eq!(
            node.fields().iter().map(|(name, _)| name.as_ref()).collect::<Vec<_>>(),
            ["b", "a", "b", "__proto__"]
        );
        assert_eq!(node.text_of("b"), Some("0.10"));
        assert_eq!(node.text_of("a"), Some("1e999"));
        assert_eq!(node.json(), r#"{"b":0.10,"a":1e999,"b":-0,"__proto__":{}}"#);
    }

    #[test]
    fn refuses_what_is_not_json_too_deep_or_too_much() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(Node::parse(nested(MAX_DEPTH).as_bytes()).is_some());
        let many = |values: usize| format!("[{}]", vec!["1"; values - 1].join(","));
        assert!(Node::parse(many(MAX_VALUES).as_bytes()).is_some());
        for bad in [
            "",
            "{",
            "{\"a\":}",
            "nul",
            "{} {}",
            &nested(MAX_DEPTH + 2),
            &nested(100_000),
            &many(MAX_VALUES + 1),
        ] {
            assert!(Node::parse(bad.as_bytes()).is_none());
        }
        assert!(Node::parse(b"{\"a\":\"\xff\"}").is_none());
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
