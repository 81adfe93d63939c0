//! JSON as it is written of a document: numbers keep their digits, and what is not known is left out.

/// A JSON value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Json {
    Text(String),
    /// A number or a boolean, as written.
    Literal(String),
    List(Vec<Self>),
    Object(Vec<(&'static str, Self)>),
}

/// An object of what is known of these.
pub(super) fn object<const N: usize>(members: [(&'static str, Option<Json>); N]) -> Json {
    Json::Object(members.into_iter().filter_map(|(name, value)| Some((name, value?))).collect())
}

/// The same, unless nothing is known.
pub(super) fn known<const N: usize>(members: [(&'static str, Option<Json>); N]) -> Option<Json> {
    Some(object(members)).filter(|object| !object.is_empty())
}

/// A list, unless it is empty.
pub(super) fn list(values: impl IntoIterator<Item = Json>) -> Option<Json> {
    Some(Json::List(values.into_iter().collect())).filter(|list| !list.is_empty())
}

/// A text, unless it is empty.
pub(super) fn text(text: impl Into<String>) -> Option<Json> {
    Some(text.into()).filter(|text| !text.is_empty()).map(Json::Text)
}

/// A number, if it is one as JSON writes it.
pub(super) fn number(text: &str) -> Option<Json> {
    let text = text.strip_prefix('+').unwrap_or(text);
    let text = if text.starts_with('.') { format!("0{text}") } else { text.to_owned() };
    let is_number = serde_json::from_str::<serde_json::Number>(&text).is_ok();
    (is_number && text.len() <= LONGEST_NUMBER).then_some(Json::Literal(text))
}

impl Json {
    fn is_empty(&self) -> bool {
        match self {
            Self::Text(text) | Self::Literal(text) => text.is_empty(),
            Self::List(values) => values.is_empty(),
            Self::Object(members) => members.is_empty(),
        }
    }

    /// Puts a member first.
    pub(super) fn with_first(mut self, name: &'static str, value: Self) -> Self {
        if let Self::Object(members) = &mut self {
            members.insert(0, (name, value));
        }
        self
    }

    pub(super) fn write(&self, out: &mut String) {
        match self {
            Self::Text(text) => out.push_str(&serde_json::Value::from(text.as_str()).to_string()),
            Self::Literal(literal) => out.push_str(literal),
            Self::List(values) => {
                out.push('[');
                for (number, value) in values.iter().enumerate() {
                    out.push_str(if number > 0 { "," } else { "" });
                    value.write(out);
                }
                out.push(']');
            }
            Self::Object(members) => {
                out.push('{');
                for (number, (name, value)) in members.iter().enumerate() {
                    out.push_str(if number > 0 { ",\"" } else { "\"" });
                    out.push_str(name);
                    out.push_str("\":");
                    value.write(out);
                }
                out.push('}');
            }
        }
    }
}

/// More digits than any measurement has.
const LONGEST_NUMBER: usize = 40;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_their_digits_and_what_is_none_is_none() {
        for (written, expected) in
            [("1.50", "1.50"), ("+7", "7"), (".5", "0.5"), ("-0.10", "-0.10"), ("1e3", "1e3")]
        {
            assert_eq!(number(written), Some(Json::Literal(expected.to_owned())), "{written}");
        }
        for none in ["", "1,5", "07", "NaN", "1.", "1 000", "9".repeat(41).as_str()] {
            assert_eq!(number(none), None, "{none}");
        }
    }

    #[test]
    fn what_is_not_known_is_left_out() {
        let value = object([
            ("a", text("\"\u{1}")),
            ("b", text("")),
            ("c", list([])),
            ("d", known([("e", None)])),
            ("f", list([Json::Literal("true".into()), object([])])),
        ]);
        let mut out = String::new();
        value.write(&mut out);
        assert_eq!(out, r#"{"a":"\"\u0001","f":[true,{}]}"#);
    }
}
