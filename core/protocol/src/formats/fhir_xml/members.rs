//! The members of a JSON object, written while the elements come that they are made of.

use serde_json::Value;

use super::elements::{Element, Held};

/// The members of an object so far. Elements of one name stand together in XML, so that a list ends where another begins.
#[derive(Clone, Debug, Default)]
pub(super) struct Members {
    seen: Vec<String>,
    open: Option<Open>,
}

/// The member that may still go on.
#[derive(Clone, Debug)]
struct Open {
    is_list: bool,
    /// Of a primitive: its values, and what they have beside.
    primitives: Option<Vec<Primitive>>,
}

/// A primitive: its value in JSON, and the object of its id and extensions.
#[derive(Clone, Debug, Default)]
pub(super) struct Primitive {
    pub(super) value: Option<String>,
    pub(super) beside: Option<String>,
}

impl Members {
    /// Begins a value of a member; whether it may stand there.
    pub(super) fn begin(&mut self, name: &str, element: &Element, out: &mut String) -> bool {
        let goes_on = self.open.is_some() && self.seen.last().is_some_and(|last| last == name);
        let is_primitive = matches!(element.held, Held::Text | Held::Number | Held::Boolean);
        if goes_on {
            let may = self.open.as_ref().is_some_and(|open| open.is_list);
            if !is_primitive && may {
                out.push(',');
            }
            return may;
        }
        self.end(out);
        if self.seen.iter().any(|seen| seen == name) {
            return false;
        }
        if !is_primitive {
            self.key(name, out);
            out.push_str(if element.is_list { "[" } else { "" });
        }
        self.seen.push(name.to_owned());
        self.open = Some(Open { is_list: element.is_list, primitives: is_primitive.then(Vec::new) });
        true
    }

    /// Adds a primitive to the member that was begun.
    pub(super) fn add(&mut self, primitive: Primitive) {
        if let Some(primitives) = self.open.as_mut().and_then(|open| open.primitives.as_mut()) {
            primitives.push(primitive);
        }
    }

    /// Writes a text that stands by itself.
    pub(super) fn text(&mut self, name: &str, text: &str, out: &mut String) {
        self.key(name, out);
        out.push_str(&json_text(text));
        self.seen.push(name.to_owned());
    }

    /// Ends the member that is open.
    pub(super) fn end(&mut self, out: &mut String) {
        let Some(open) = self.open.take() else { return };
        let Some(primitives) = open.primitives else {
            out.push_str(if open.is_list { "]" } else { "" });
            return;
        };
        let name = self.seen.pop().unwrap_or_default();
        // Values and what they have beside stand in two lists of one length (<https://hl7.org/fhir/R4/json.html#primitive>).
        let lists = [(name.clone(), 0), (format!("_{name}"), 1)];
        for (name, which) in lists {
            let part = |primitive: &Primitive| match which {
                0 => primitive.value.clone(),
                _ => primitive.beside.clone(),
            };
            let parts: Vec<Option<String>> = primitives.iter().map(part).collect();
            if parts.iter().all(Option::is_none) {
                continue;
            }
            self.key(&name, out);
            let written: Vec<&str> = parts.iter().map(|part| part.as_deref().unwrap_or("null")).collect();
            let written = written.join(",");
            out.push_str(&if open.is_list { format!("[{written}]") } else { written });
            self.seen.push(name);
        }
        if !self.seen.contains(&name) {
            self.seen.push(name);
        }
    }

    fn key(&self, name: &str, out: &mut String) {
        if !out.ends_with('{') {
            out.push(',');
        }
        out.push_str(&json_text(name));
        out.push(':');
    }
}

pub(super) fn json_text(text: &str) -> String {
    Value::from(text).to_string()
}

/// A value as JSON writes it. What is no number or boolean as JSON has them stays a text: digits are never changed.
pub(super) fn json_value(value: &str, held: Held) -> String {
    let is_literal = match held {
        Held::Boolean => matches!(value, "true" | "false"),
        Held::Number => serde_json::from_str::<serde_json::Number>(value).is_ok(),
        _ => false,
    };
    if is_literal { value.to_owned() } else { json_text(value) }
}
