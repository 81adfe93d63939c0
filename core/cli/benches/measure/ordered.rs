//! JSON whose members stay in the order of their file, as a `serde_json::Value` does not keep them: how
//! well a record is compressed depends on it.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// A value; what is neither object nor array stands as it is written.
#[derive(Clone)]
pub(crate) enum Ordered {
    /// Members in their order.
    Object(Vec<(String, Ordered)>),
    /// Items.
    Array(Vec<Ordered>),
    /// A string with its quotes, a number, `true`, `false` or `null`.
    Text(String),
}

impl Ordered {
    /// Reads a text, if it is JSON.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        Some(match text.as_bytes().first()? {
            b'{' => {
                let Members(members) = serde_json::from_str(text).ok()?;
                let read = |(name, value): (String, Box<RawValue>)| Some((name, Self::parse(value.get())?));
                Self::Object(members.into_iter().map(read).collect::<Option<_>>()?)
            }
            b'[' => {
                let items: Vec<Box<RawValue>> = serde_json::from_str(text).ok()?;
                Self::Array(items.iter().map(|item| Self::parse(item.get())).collect::<Option<_>>()?)
            }
            _ => {
                serde_json::from_str::<&RawValue>(text).ok()?;
                Self::Text(text.to_owned())
            }
        })
    }

    /// The member of this name.
    pub(crate) fn field(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(members) => members.iter().find(|member| member.0 == name).map(|member| &member.1),
            _ => None,
        }
    }

    /// The items of an array.
    pub(crate) fn items(&self) -> &[Self] {
        match self {
            Self::Array(items) => items,
            _ => &[],
        }
    }

    /// A string that has no escapes.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => text.strip_prefix('"')?.strip_suffix('"'),
            _ => None,
        }
    }

    /// Sets a member to a string without escapes; a new one comes second, where FHIR has the id.
    pub(crate) fn set(&mut self, name: &str, text: &str) {
        let value = Self::Text(format!("\"{text}\""));
        if let Self::Object(members) = self {
            match members.iter_mut().find(|member| member.0 == name) {
                Some(member) => member.1 = value,
                None => members.insert(1, (name.to_owned(), value)),
            }
        }
    }
}

/// Minified.
impl fmt::Display for Ordered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let comma = |at: usize| if at == 0 { "" } else { "," };
        match self {
            Self::Object(members) => {
                f.write_str("{")?;
                for (at, (name, value)) in members.iter().enumerate() {
                    write!(f, "{}{}:{value}", comma(at), serde_json::json!(name))?;
                }
                f.write_str("}")
            }
            Self::Array(items) => {
                f.write_str("[")?;
                for (at, item) in items.iter().enumerate() {
                    write!(f, "{}{item}", comma(at))?;
                }
                f.write_str("]")
            }
            Self::Text(text) => f.write_str(text),
        }
    }
}

struct Members(Vec<(String, Box<RawValue>)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}
