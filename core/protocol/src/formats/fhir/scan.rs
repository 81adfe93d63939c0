//! Where a JSON value ends (RFC 8259), checked as it goes and fed in pieces of any size.

/// What a [`Scan`] found in the bytes it was given.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum Progress {
    /// The value ends before this index.
    Done(usize),
    /// The bytes end first: go on from this index once there are more behind them.
    More(usize),
}

/// The bytes are not JSON; the offset counts from the start of the input.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct SyntaxError {
    pub(super) offset: u64,
}

/// A reason not to keep a value that is JSON all the same.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Fault {
    /// Nested deeper than [`MAX_DEPTH`].
    TooDeep,
    /// An escape for a lone surrogate or for NUL, at this offset in the input.
    Text { offset: u64 },
}

/// How deep objects and arrays may nest within one value.
pub(super) const MAX_DEPTH: usize = 64;

/// The state of one walk over one value.
#[derive(Debug)]
pub(super) struct Scan {
    expect: Expect,
    /// One element for each open container: whether it is an object.
    open: Vec<bool>,
    /// How many containers the value is in.
    outer: usize,
    /// A line feed between tokens is an error, because the document is a line.
    one_line: bool,
    /// How many line feeds lie behind the cursor.
    pub(super) line_feeds: u64,
    /// The first fault of the JSON, where one was met.
    pub(super) fault: Option<Fault>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Expect {
    Value,
    ElementOrEnd,
    KeyOrEnd,
    Key,
    Colon,
    CommaOrEnd,
    InKey,
    InString,
}

impl Scan {
    pub(super) fn new(outer: usize, one_line: bool) -> Self {
        Self { expect: Expect::Value, open: Vec::new(), outer, one_line, line_feeds: 0, fault: None }
    }

    /// Walks on from `at`. `base` is the offset of `bytes[0]` in the input; `last` says that
    /// nothing follows the bytes.
    pub(super) fn advance(
        &mut self,
        bytes: &[u8],
        mut at: usize,
        base: u64,
        last: bool,
    ) -> Result<Progress, SyntaxError> {
        let mut expect = self.expect;
        let progress = self.walk(&mut expect, bytes, &mut at, base, last);
        self.expect = expect;
        progress
            .map_err(|at| SyntaxError { offset: base + at as u64 })
            .map(|done| if done { Progress::Done(at) } else { Progress::More(at) })
    }

    /// Walks to the end of the value or of the bytes; whether it was that of the value. An error is
    /// the index of the byte that is wrong.
    fn walk(
        &mut self,
        expect: &mut Expect,
        bytes: &[u8],
        at: &mut usize,
        base: u64,
        last: bool,
    ) -> Result<bool, usize> {
        loop {
            if matches!(expect, Expect::InKey | Expect::InString) {
                if !self.string(bytes, at, base, last)? {
                    return Ok(false);
                }
                // What usually comes next is looked at without another turn.
                if *expect == Expect::InKey {
                    *expect = Expect::Colon;
                    if bytes.get(*at) == Some(&b':') {
                        *at += 1;
                        *expect = Expect::Value;
                    }
                } else {
                    *expect = Expect::CommaOrEnd;
                    let Some(is_object) = self.open.last() else { return Ok(true) };
                    if bytes.get(*at) == Some(&b',') {
                        *at += 1;
                        *expect = if *is_object { Expect::Key } else { Expect::Value };
                    }
                }
            }
            let Some(byte) = self.next_token(bytes, at)? else { return Ok(false) };
            match (*expect, byte) {
                (Expect::KeyOrEnd | Expect::Key, b'"') => *expect = Expect::InKey,
                (Expect::Colon, b':') => *expect = Expect::Value,
                (Expect::Value | Expect::ElementOrEnd, b'"') => *expect = Expect::InString,
                (Expect::CommaOrEnd, b',') => {
                    *expect = if self.open.last() == Some(&true) { Expect::Key } else { Expect::Value };
                }
                (Expect::Value | Expect::ElementOrEnd, b'{') => {
                    self.open(true).ok_or(*at)?;
                    *expect = Expect::KeyOrEnd;
                }
                (Expect::Value | Expect::ElementOrEnd, b'[') => {
                    self.open(false).ok_or(*at)?;
                    *expect = Expect::ElementOrEnd;
                }
                (Expect::ElementOrEnd, b']')
                | (Expect::KeyOrEnd, b'}')
                | (Expect::CommaOrEnd, b']' | b'}') => {
                    if self.open.pop() != Some(byte == b'}') {
                        return Err(*at);
                    }
                    *expect = Expect::CommaOrEnd;
                    if self.open.is_empty() {
                        *at += 1;
                        return Ok(true);
                    }
                }
                (Expect::Value | Expect::ElementOrEnd, b'-' | b'0'..=b'9' | b't' | b'f' | b'n') => {
                    let rest = bytes.get(*at..).unwrap_or_default();
                    let length =
                        if matches!(byte, b't' | b'f' | b'n') { literal(rest) } else { number(rest) };
                    let length = length.map_err(|bad| *at + bad)?;
                    // What touches the end of the bytes may go on in the next ones.
                    if length == rest.len() && !last {
                        return Ok(false);
                    }
                    if !is_whole(rest, length) {
                        return Err(*at + length);
                    }
                    *at += length;
                    *expect = Expect::CommaOrEnd;
                    if self.open.is_empty() {
                        return Ok(true);
                    }
                    continue;
                }
                _ => return Err(*at),
            }
            *at += 1;
        }
    }

    /// The next byte that is not white space, which `at` then points to.
    fn next_token(&mut self, bytes: &[u8], at: &mut usize) -> Result<Option<u8>, usize> {
        while let Some(&byte) = bytes.get(*at) {
            match byte {
                b' ' | b'\t' | b'\r' => {}
                b'\n' if self.one_line => return Err(*at),
                b'\n' => {
                    self.line_feeds += 1;
                    *at += indentation(bytes.get(*at + 1..).unwrap_or_default());
                }
                _ => return Ok(Some(byte)),
            }
            *at += 1;
        }
        Ok(None)
    }

    fn open(&mut self, object: bool) -> Option<()> {
        self.open.push(object);
        if self.outer + self.open.len() > MAX_DEPTH {
            self.fault.get_or_insert(Fault::TooDeep);
        }
        (self.open.len() <= MAX_OPEN).then_some(())
    }

    /// Walks a string from behind its opening quote to behind its closing one; whether that was there.
    fn string(&mut self, bytes: &[u8], at: &mut usize, base: u64, last: bool) -> Result<bool, usize> {
        loop {
            let rest = bytes.get(*at..).unwrap_or_default();
            let plain = plain_prefix(rest);
            *at += plain;
            match rest.get(plain) {
                None => return Ok(false),
                Some(b'"') => {
                    *at += 1;
                    return Ok(true);
                }
                Some(b'\\') => match escape(rest.get(plain..).unwrap_or_default(), last) {
                    Escape::Scalar(length) => *at += length,
                    Escape::Forbidden(length) => {
                        self.fault.get_or_insert(Fault::Text { offset: base + *at as u64 });
                        *at += length;
                    }
                    Escape::Cut => return Ok(false),
                    Escape::Wrong => return Err(*at),
                },
                Some(_) => return Err(*at),
            }
        }
    }
}

/// How many spaces there are, in eights: what usually follows a line feed.
pub(super) fn indentation(bytes: &[u8]) -> usize {
    8 * bytes.as_chunks::<8>().0.iter().take_while(|chunk| **chunk == [b' '; 8]).count()
}

/// How many bytes of a string come before the first quote, backslash or control character.
pub(super) fn plain_prefix(bytes: &[u8]) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = 0x8080_8080_8080_8080;
    // Bit 7 of each byte that is zero; exact up to the first such byte, which is all that is used.
    let zeros = |word: u64| word.wrapping_sub(ONES) & !word & HIGHS;
    let (chunks, tail) = bytes.as_chunks::<8>();
    for (index, chunk) in chunks.iter().enumerate() {
        let word = u64::from_le_bytes(*chunk);
        let control = word.wrapping_sub(ONES * 0x20) & !word & HIGHS;
        let found =
            control | zeros(word ^ (ONES * u64::from(b'"'))) | zeros(word ^ (ONES * u64::from(b'\\')));
        if found != 0 {
            return index * 8 + (found.trailing_zeros() / 8) as usize;
        }
    }
    let special = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..=0x1f);
    chunks.len() * 8 + tail.iter().position(special).unwrap_or(tail.len())
}

enum Escape {
    Scalar(usize),
    /// A lone surrogate, or NUL.
    Forbidden(usize),
    Cut,
    Wrong,
}

/// Reads the escape at the start of `bytes`.
fn escape(bytes: &[u8], last: bool) -> Escape {
    match bytes.get(1) {
        None => Escape::Cut,
        Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Escape::Scalar(2),
        Some(b'u') => match unit(bytes) {
            None if bytes.len() < 6 && !last => Escape::Cut,
            None => Escape::Wrong,
            Some(0 | 0xdc00..=0xdfff) => Escape::Forbidden(6),
            Some(0xd800..=0xdbff) => match bytes.get(6..) {
                Some(rest)
                    if rest.len() < 6 && !last && b"\\u".starts_with(rest.get(..2).unwrap_or(rest)) =>
                {
                    Escape::Cut
                }
                Some(rest) if matches!(unit(rest), Some(0xdc00..=0xdfff)) => Escape::Scalar(12),
                _ => Escape::Forbidden(6),
            },
            Some(_) => Escape::Scalar(6),
        },
        Some(_) => Escape::Wrong,
    }
}

/// The UTF-16 unit of `\uXXXX` at the start of `bytes`.
pub(super) fn unit(bytes: &[u8]) -> Option<u16> {
    let digits = bytes.strip_prefix(b"\\u")?.get(..4)?;
    digits.iter().try_fold(0_u16, |value, digit| {
        let digit = char::from(*digit).to_digit(16)?;
        Some(value << 4 | u16::try_from(digit).ok()?)
    })
}

/// The length of the number that `bytes` start with, as far as they go.
fn number(bytes: &[u8]) -> Result<usize, usize> {
    let digits =
        |from: usize| bytes.iter().skip(from).take_while(|byte| byte.is_ascii_digit()).count() + from;
    let at_end = |at: usize| at == bytes.len();
    let integer = usize::from(bytes.first() == Some(&b'-'));
    let mut at = match bytes.get(integer) {
        Some(b'0') => integer + 1,
        _ => digits(integer),
    };
    if at == integer && !at_end(at) {
        return Err(at);
    }
    if bytes.get(at) == Some(&b'.') {
        let fraction = at + 1;
        at = digits(fraction);
        if at == fraction && !at_end(at) {
            return Err(at);
        }
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        let exponent = at + 1 + usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
        at = digits(exponent);
        if at == exponent && !at_end(at) {
            return Err(at);
        }
    }
    // A longer one costs more to read again than any number is worth.
    if at > MAX_NUMBER { Err(MAX_NUMBER) } else { Ok(at) }
}

/// The length of `true`, `false` or `null` that `bytes` start with, as far as they go.
fn literal(bytes: &[u8]) -> Result<usize, usize> {
    let word: &[u8] = match bytes.first() {
        Some(b't') => b"true",
        Some(b'f') => b"false",
        _ => b"null",
    };
    let same = word.iter().zip(bytes).take_while(|(a, b)| a == b).count();
    if same == word.len() || same == bytes.len() { Ok(same) } else { Err(same) }
}

/// Whether the number or literal of this length is not cut off by the end of the input.
fn is_whole(bytes: &[u8], length: usize) -> bool {
    match bytes.get(..length) {
        Some([first, ..]) if first.is_ascii_lowercase() => length >= 4 && (*first != b'f' || length == 5),
        Some([.., last]) => last.is_ascii_digit(),
        _ => false,
    }
}

/// Containers open at once before a scan gives up: what can be skipped without being kept.
const MAX_OPEN: usize = 1_000_000;

/// Bytes of the longest number.
const MAX_NUMBER: usize = 16_384;

#[cfg(test)]
mod tests {
    use super::*;

    /// Feeds `text` in pieces of `size` bytes, as a reader would.
    fn scan(text: &[u8], size: usize) -> Result<(usize, Option<Fault>), u64> {
        let mut scan = Scan::new(0, false);
        let mut at = 0;
        let mut end = size.min(text.len());
        loop {
            match scan.advance(&text[..end], at, 0, end == text.len()) {
                Ok(Progress::Done(end)) => return Ok((end, scan.fault)),
                Ok(Progress::More(_)) if end == text.len() => return Err(text.len() as u64),
                Ok(Progress::More(to)) => at = to,
                Err(error) => return Err(error.offset),
            }
            end = (end + size).min(text.len());
        }
    }

    #[test]
    fn finds_the_end_of_a_value_however_it_is_cut() {
        for text in [
            r#"{"a":[1,-0,1e999999,0.1000000000000000055,true,false,null,{}],"b":"c"}"#,
            r#"{"a":"\ud83d\ude00 \"\\\/\b\f\n\r\t é \u00e9"}"#,
            "[[],[[]],{}]",
            "\"x\"",
            "  12",
            "{\n                  \"a\"  :\n   1\r\n}",
            "-0.0e-00",
            "null",
        ] {
            let followed = format!("{text} ");
            for size in 1..=followed.len() {
                assert_eq!(scan(text.as_bytes(), size), Ok((text.len(), None)), "{text} by {size}");
                assert_eq!(scan(followed.as_bytes(), size), Ok((text.len(), None)), "{text} by {size}");
            }
        }
    }

    #[test]
    fn refuses_what_is_not_json_at_the_byte_that_is_wrong() {
        for (text, offset) in [
            ("{\"a\":1,}", 7),
            ("[1,]", 3),
            ("[1 2]", 3),
            ("{\"a\" 1}", 5),
            ("{a:1}", 1),
            ("[1}", 2),
            ("{\"a\":1]", 6),
            ("{\"a\":}", 5),
            ("[01]", 2),
            ("[1.]", 3),
            ("[.5]", 1),
            ("[+1]", 1),
            ("[1e]", 3),
            ("[-]", 2),
            ("[nul]", 4),
            ("[truth]", 4),
            ("[True]", 1),
            ("[\"\\x\"]", 2),
            ("[\"\\u12g4\"]", 2),
            ("[\"a\nb\"]", 3),
            ("[1] // no", 3),
            ("[//]", 1),
            ("}", 0),
        ] {
            for size in 1..=text.len() {
                if text == "[1] // no" {
                    assert_eq!(scan(text.as_bytes(), size), Ok((3, None)));
                } else {
                    assert_eq!(scan(text.as_bytes(), size), Err(offset), "{text} by {size}");
                }
            }
        }
    }

    #[test]
    fn refuses_every_value_that_is_cut_off() {
        let text = br#"{"a":[1.5,true,"\ud83d\ude00",{"b":null}]}"#;
        for end in 0..text.len() {
            assert!(scan(&text[..end], 7).is_err(), "{end}");
        }
        for cut in ["1.", "-", "1e", "1e+", "tru", "fals", "n"] {
            assert!(scan(cut.as_bytes(), 1).is_err(), "{cut}");
        }
    }

    #[test]
    fn flags_depth_and_text_that_no_string_can_hold() {
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert_eq!(scan(nested(64).as_bytes(), 9), Ok((128, None)));
        assert_eq!(scan(nested(65).as_bytes(), 9), Ok((130, Some(Fault::TooDeep))));
        assert_eq!(scan(nested(100_000).as_bytes(), 4_096), Ok((200_000, Some(Fault::TooDeep))));
        for (text, offset) in [
            (r#"["\ud800"]"#, 2),
            (r#"["\udc00"]"#, 2),
            (r#"["a\u0000"]"#, 3),
            (r#"["\ud800\ud800\udc00"]"#, 2),
        ] {
            for size in 1..=text.len() {
                let fault = Some(Fault::Text { offset });
                assert_eq!(scan(text.as_bytes(), size), Ok((text.len(), fault)), "{text} by {size}");
            }
        }
    }

    #[test]
    fn a_value_on_a_line_ends_with_it() {
        let mut scan = Scan::new(1, true);
        assert_eq!(scan.advance(b"{\"a\":\n1}", 0, 100, true), Err(SyntaxError { offset: 105 }));
    }
}
