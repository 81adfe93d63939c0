//! A walk over JSON that is known to be valid: one resource, as the reader gives it.
//!
//! On bytes that are not JSON the walk ends early and says nothing: it never fails or panics.

use std::borrow::Cow;

use super::scan::{indentation, plain_prefix, unit};

/// One step of the walk.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Token<'a> {
    /// The beginning of an object.
    Object,
    /// The beginning of an array.
    Array,
    /// The end of the innermost open object or array.
    End,
    /// The name of a member.
    Key(Text<'a>),
    /// A string that is a value.
    String(Text<'a>),
    /// A number, `true`, `false` or `null`, as written.
    Bare(&'a [u8]),
}

/// The text between two quotes, as written.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Text<'a> {
    written: &'a str,
    escaped: bool,
}

impl<'a> Text<'a> {
    /// The text without its escapes.
    pub fn to_str(self) -> Cow<'a, str> {
        if self.escaped { Cow::Owned(unescape(self.written)) } else { Cow::Borrowed(self.written) }
    }

    /// The text as written, for a comparison with one that needs no escapes.
    pub(super) fn raw(self) -> &'a [u8] {
        self.written.as_bytes()
    }

    /// Whether the text is written with escapes.
    pub(super) fn is_escaped(self) -> bool {
        self.escaped
    }
}

/// A position in the walk.
#[derive(Clone, Debug)]
pub struct Cursor<'a> {
    json: &'a str,
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    /// Starts at the beginning; what is behind bytes that are no UTF-8 is not walked.
    pub fn new(bytes: &'a [u8]) -> Self {
        let valid = |error: std::str::Utf8Error| bytes.get(..error.valid_up_to()).map(std::str::from_utf8);
        let json = std::str::from_utf8(bytes).or_else(|error| valid(error).unwrap_or(Ok("")));
        let json = json.unwrap_or_default();
        Self { json, bytes: json.as_bytes(), at: 0 }
    }

    /// How many bytes lie behind the walk.
    pub(super) fn offset(&self) -> usize {
        self.at.min(self.bytes.len())
    }

    /// The next token; `None` at the end.
    #[expect(
        clippy::should_implement_trait,
        reason = "keys and ends are read by other methods of the same walk"
    )]
    pub fn next(&mut self) -> Option<Token<'a>> {
        loop {
            let byte = *self.bytes.get(self.at)?;
            self.at += 1;
            return Some(match byte {
                b' ' | b'\t' | b'\r' | b',' | b':' => continue,
                b'\n' => {
                    let rest = self.bytes.get(self.at..).unwrap_or_default();
                    self.at += indentation(rest);
                    continue;
                }
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
    pub fn key(&mut self) -> Option<Text<'a>> {
        // As most keys are written: `,"` before it and `":` behind it.
        let start = self.at;
        if let Some([b',', b'"', ..]) = self.bytes.get(start..) {
            self.at += 2;
            let key = self.text()?;
            if self.bytes.get(self.at) == Some(&b':') {
                self.at += 1;
                return Some(key);
            }
            self.at = start;
        }
        match self.next()? {
            Token::Key(key) => Some(key),
            _ => None,
        }
    }

    /// Walks over the next value.
    pub fn skip(&mut self) {
        if let Some(Token::Object | Token::Array) = self.next() {
            self.leave();
        }
    }

    /// Walks over the next value; whether a text in it, be it a key or a value, is one that `is_met` looks
    /// for.
    pub(super) fn skip_meeting(&mut self, is_met: impl Fn(Text<'a>) -> bool) -> bool {
        match self.next() {
            Some(Token::Object | Token::Array) => self.leave_meeting(is_met),
            _ => false,
        }
    }

    /// Walks to behind the end of the innermost open object or array.
    pub fn leave(&mut self) {
        self.leave_meeting(|_| false);
    }

    fn leave_meeting(&mut self, is_met: impl Fn(Text<'a>) -> bool) -> bool {
        let mut was_met = false;
        let mut depth = 1_usize;
        while depth > 0 {
            let rest = self.bytes.get(self.at..).unwrap_or_default();
            let Some(found) = rest.iter().position(|b| matches!(b, b'"' | b'{' | b'[' | b'}' | b']')) else {
                self.at = self.bytes.len();
                return was_met;
            };
            self.at += found + 1;
            match rest.get(found) {
                Some(b'"') => match self.text() {
                    Some(text) => was_met |= is_met(text),
                    None => return was_met,
                },
                Some(b'{' | b'[') => depth += 1,
                _ => depth -= 1,
            }
        }
        was_met
    }

    /// Walks from behind an opening quote to behind the closing one. Most tokens are texts, so this
    /// is part of the walk and no call.
    #[inline(always)]
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
        let written = self.json.get(start..self.at)?;
        self.at += 1;
        Some(Text { written, escaped })
    }
}

/// Resolves escapes; one that stands for no character becomes U+FFFD.
fn unescape(written: &str) -> String {
    let mut text = String::with_capacity(written.len());
    let mut rest = written;
    while let Some((before, escape)) = rest.split_once('\\') {
        text.push_str(before);
        let (character, length) = match escape.as_bytes().first() {
            Some(b'b') => ('\u{8}', 1),
            Some(b'f') => ('\u{c}', 1),
            Some(b'n') => ('\n', 1),
            Some(b'r') => ('\r', 1),
            Some(b't') => ('\t', 1),
            Some(b'u') => unicode(rest.as_bytes().get(before.len()..).unwrap_or_default()),
            Some(b'"') => ('"', 1),
            Some(b'\\') => ('\\', 1),
            Some(b'/') => ('/', 1),
            _ => (char::REPLACEMENT_CHARACTER, 0),
        };
        text.push(character);
        rest = escape.get(length..).unwrap_or_default();
    }
    text.push_str(rest);
    text
}

/// The character of the `\uXXXX`, or pair of them, at the start, and in how many bytes behind the
/// backslash it is written.
fn unicode(escape: &[u8]) -> (char, usize) {
    let Some(first) = unit(escape) else { return (char::REPLACEMENT_CHARACTER, 1) };
    let second = escape.get(6..).and_then(unit);
    match (char::decode_utf16([first]).next(), second) {
        (Some(Ok(character)), _) => (character, 5),
        (_, Some(second)) => match char::decode_utf16([first, second]).next() {
            Some(Ok(character)) => (character, 11),
            _ => (char::REPLACEMENT_CHARACTER, 5),
        },
        _ => (char::REPLACEMENT_CHARACTER, 5),
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
        let text = |raw: &'static str, escaped| Text { written: raw, escaped };
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
