//! JSON in a canonical form: keys sorted by code point, no white space, only mandatory escapes,
//! numbers as written.

use std::collections::BTreeMap;

/// A JSON value that keeps numbers as text; of a repeated key the last one counts.
#[derive(Debug, PartialEq)]
pub(crate) enum Json {
    Object(BTreeMap<String, Self>),
    Array(Vec<Self>),
    String(String),
    /// A number, `true`, `false` or `null`.
    Bare(String),
}

impl Json {
    /// Parses JSON that is known to be valid.
    pub(crate) fn parse(bytes: &[u8]) -> Self {
        let mut parser = Parser { bytes, at: 0 };
        let value = parser.value();
        assert_eq!(parser.peek(), None);
        value
    }

    pub(crate) fn canonical(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.write(&mut out);
        out
    }

    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Object(members) => {
                out.push(b'{');
                for (index, (key, value)) in members.iter().enumerate() {
                    if index > 0 {
                        out.push(b',');
                    }
                    write_string(key, out);
                    out.push(b':');
                    value.write(out);
                }
                out.push(b'}');
            }
            Self::Array(values) => {
                out.push(b'[');
                for (index, value) in values.iter().enumerate() {
                    if index > 0 {
                        out.push(b',');
                    }
                    value.write(out);
                }
                out.push(b']');
            }
            Self::String(text) => write_string(text, out),
            Self::Bare(text) => out.extend_from_slice(text.as_bytes()),
        }
    }
}

fn write_string(text: &str, out: &mut Vec<u8>) {
    // serde_json writes exactly the mandatory escapes.
    out.extend_from_slice(serde_json::to_string(text).unwrap().as_bytes());
}

struct Parser<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Parser<'_> {
    fn peek(&mut self) -> Option<u8> {
        while matches!(self.bytes.get(self.at), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
        self.bytes.get(self.at).copied()
    }

    fn expect(&mut self, byte: u8) {
        assert_eq!(self.peek(), Some(byte));
        self.at += 1;
    }

    fn value(&mut self) -> Json {
        match self.peek().unwrap() {
            b'{' => {
                self.at += 1;
                let mut members = BTreeMap::new();
                while self.peek() != Some(b'}') {
                    if !members.is_empty() {
                        self.expect(b',');
                        self.peek();
                    }
                    let key = self.string();
                    self.expect(b':');
                    let value = self.value();
                    members.insert(key, value);
                }
                self.at += 1;
                Json::Object(members)
            }
            b'[' => {
                self.at += 1;
                let mut values = Vec::new();
                while self.peek() != Some(b']') {
                    if !values.is_empty() {
                        self.expect(b',');
                    }
                    values.push(self.value());
                }
                self.at += 1;
                Json::Array(values)
            }
            b'"' => Json::String(self.string()),
            _ => {
                let rest = &self.bytes[self.at..];
                let end = rest.iter().position(|b| b",]} \t\r\n".contains(b)).unwrap_or(rest.len());
                self.at += end;
                Json::Bare(String::from_utf8(rest[..end].to_vec()).unwrap())
            }
        }
    }

    fn string(&mut self) -> String {
        let rest = &self.bytes[self.at..];
        let mut end = 1;
        while rest[end] != b'"' {
            end += if rest[end] == b'\\' { 2 } else { 1 };
        }
        self.at += end + 1;
        let quoted = &rest[..=end];
        if quoted.contains(&b'\\') {
            serde_json::from_slice(quoted).unwrap()
        } else {
            String::from_utf8(quoted[1..end].to_vec()).unwrap()
        }
    }
}
