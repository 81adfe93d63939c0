//! A walk over JSON that is known to be valid: one resource, as the reader gives it.
//!
//! On bytes that are not JSON the walk ends early and says nothing: it never fails or panics.

use std::borrow::Cow;

use super::scan::{plain_prefix, unit};

/// One step of the walk.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Token<'a> {
    Object,
    Array,
    /// The end of the innermost open object or array.
    End,
    Key(Text<'a>),
    String(Text<'a>),
    /// A number, `true`, `false` or `null`, as written.
    Bare(&'a [u8]),
}

/// The text between two quotes, as written.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(super) struct Text<'a> {
    pub(super) raw: &'a [u8],
    escaped: bool,
}

impl<'a> Text<'a> {
    /// The text without its escapes.
    pub(super) fn to_str(self) -> Cow<'a, str> {
        if self.escaped {
            return Cow::Owned(unescape(self.raw));
        }
        match std::str::from_utf8(self.raw) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => String::from_utf8_lossy(self.raw),
        }
    }

    /// The text without its escapes, as bytes.
    pub(super) fn to_bytes(self) -> Cow<'a, [u8]> {
        if self.escaped { Cow::Owned(unescape(self.raw).into_bytes()) } else { Cow::Borrowed(self.raw) }
    }
}

/// A position in the walk.
#[derive(Clone, Debug)]
pub(super) struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// The next token; `None` at the end.
    pub(super) fn next(&mut self) -> Option<Token<'a>> {
        loop {
            let byte = *self.bytes.get(self.at)?;
            self.at += 1;
            return Some(match byte {
                b' ' | b'\t' | b'\r' | b'\n' | b',' | b':' => continue,
                b'{' => Token::Object,
                b'[' => Token::Array,
                b'}' | b']' => Token::End,
                b'"' => {
                    let text = self.text()?;
                    while matches!(self.bytes.get(self.at), Some(b' ' | b'\t' | b'\r' | b'\n')) {
                        self.at += 1;
                    }
                    if self.bytes.get(self.at) == Some(&b':') {
                        self.at += 1;
                        Token::Key(text)
                    } else {
                        Token::String(text)
                    }
                }
                _ => {
                    let start = self.at - 1;
                    let ends = |byte: &u8| matches!(byte, b',' | b'}' | b']' | b' ' | b'\t' | b'\r' | b'\n');
                    let rest = self.bytes.get(self.at..).unwrap_or_default();
                    self.at += rest.iter().position(ends).unwrap_or(rest.len());
                    Token::Bare(self.bytes.get(start..self.at).unwrap_or_default())
                }
            });
        }
    }

    /// The key of the next member, or `None` at the end of the object.
    pub(super) fn key(&mut self) -> Option<Text<'a>> {
        match self.next()? {
            Token::Key(key) => Some(key),
            _ => None,
        }
    }

    /// Walks over the next value.
    pub(super) fn skip(&mut self) {
        if let Some(Token::Object | Token::Array) = self.next() {
            self.leave();
        }
    }

    /// Walks to behind the end of the innermost open object or array.
    pub(super) fn leave(&mut self) {
        let mut depth = 1_usize;
        while depth > 0 {
            let rest = self.bytes.get(self.at..).unwrap_or_default();
            let Some(found) = rest.iter().position(|b| matches!(b, b'"' | b'{' | b'[' | b'}' | b']')) else {
                self.at = self.bytes.len();
                return;
            };
            self.at += found + 1;
            match rest.get(found) {
                Some(b'"') => {
                    if self.text().is_none() {
                        return;
                    }
                }
                Some(b'{' | b'[') => depth += 1,
                _ => depth -= 1,
            }
        }
    }

    /// Walks from behind an opening quote to behind the closing one.
    fn text(&mut self) -> Option<Text<'a>> {
        let start = self.at;
        let mut escaped = false;
        loop {
            self.at += plain_prefix(self.bytes.get(self.at..)?);
            match self.bytes.get(self.at)? {
                b'"' => break,
                b'\\' => {
                    escaped = true;
                    self.at += 2;
                }
                _ => self.at += 1,
            }
        }
        let raw = self.bytes.get(start..self.at)?;
        self.at += 1;
        Some(Text { raw, escaped })
    }
}

/// Resolves escapes; one that stands for no character becomes U+FFFD.
fn unescape(raw: &[u8]) -> String {
    let mut text = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.iter().position(|byte| *byte == b'\\') {
        text.extend_from_slice(rest.get(..at).unwrap_or_default());
        rest = rest.get(at..).unwrap_or_default();
        let (character, length) = match rest.get(1) {
            Some(b'b') => ('\u{8}', 2),
            Some(b'f') => ('\u{c}', 2),
            Some(b'n') => ('\n', 2),
            Some(b'r') => ('\r', 2),
            Some(b't') => ('\t', 2),
            Some(b'u') => unicode(rest),
            Some(other) => (char::from(*other), 2),
            None => (char::REPLACEMENT_CHARACTER, 1),
        };
        text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
        rest = rest.get(length..).unwrap_or_default();
    }
    text.extend_from_slice(rest);
    String::from_utf8(text).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

/// The character of the `\uXXXX`, or pair of them, at the start, and how many bytes it is written in.
fn unicode(escape: &[u8]) -> (char, usize) {
    let Some(first) = unit(escape) else { return (char::REPLACEMENT_CHARACTER, 2) };
    let second = escape.get(6..).and_then(unit);
    match (char::decode_utf16([first]).next(), second) {
        (Some(Ok(character)), _) => (character, 6),
        (_, Some(second)) => match char::decode_utf16([first, second]).next() {
            Some(Ok(character)) => (character, 12),
            _ => (char::REPLACEMENT_CHARACTER, 6),
        },
        _ => (char::REPLACEMENT_CHARACTER, 6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strings(json: &str) -> Vec<String> {
        let mut cursor = Cursor::new(json.as_bytes());
        std::iter::from_fn(|| cursor.next())
            .filter_map(|token| match token {
                Token::Key(text) | Token::String(text) => Some(text.to_str().into_owned()),
                _ => None,
            })
            .collect()
    }

    #[test]
    fn walks_every_token_in_order() {
        let mut cursor = Cursor::new(br#" {"a" : [1.50, true,null], "b\n":"c"} "#);
        let tokens: Vec<_> = std::iter::from_fn(|| cursor.next()).collect();
        let text = |raw: &'static str, escaped| Text { raw: raw.as_bytes(), escaped };
        assert_eq!(
            tokens,
            [
                Token::Object,
                Token::Key(text("a", false)),
                Token::Array,
                Token::Bare(b"1.50"),
                Token::Bare(b"true"),
                Token::Bare(b"null"),
                Token::End,
                Token::Key(text("b\\n", true)),
                Token::String(text("c", false)),
                Token::End
            ]
        );
    }

    #[test]
    fn reads_escapes_as_serde_json_does() {
        let json = r#"["\ud83d\ude00\u00e9\"\\\/\b\f\n\r\tx","plain","ü"]"#;
        assert_eq!(strings(json), serde_json::from_str::<Vec<String>>(json).unwrap());
    }

    #[test]
    fn skips_whole_values_and_no_more() {
        let mut cursor = Cursor::new(br#"{"a":{"x":[{"]}":"}\""}]},"b":[],"c":1,"d":2}"#);
        assert_eq!(cursor.next(), Some(Token::Object));
        let mut keys = Vec::new();
        while let Some(key) = cursor.key() {
            keys.push(key.to_str().into_owned());
            cursor.skip();
        }
        assert_eq!(keys, ["a", "b", "c", "d"]);
        assert_eq!(cursor.next(), None);
    }

    #[test]
    fn ends_quietly_where_the_json_is_cut_off() {
        let json = br#"{"a":["\ud83d\ude00",{"b":1}]}"#;
        for end in 0..json.len() {
            let mut cursor = Cursor::new(&json[..end]);
            while cursor.next().is_some() {}
            Cursor::new(&json[..end]).skip();
        }
    }
}
