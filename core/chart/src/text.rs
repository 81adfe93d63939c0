//! Text from records: without what hides in it, out of HTML, and never more than a person would read.

use std::borrow::Cow;

use keepwell_protocol::formats::fhir::decode_base64;

/// Characters of the longest text that is shown in a cell.
pub(crate) const LONGEST: usize = 2_000;

/// Characters of the longest letter.
pub(crate) const LONGEST_LETTER: usize = 100_000;

/// Bytes of base64 that are decoded for a letter; a multiple of four, so that the cut decodes.
const LONGEST_BASE64: usize = 4 * 1024 * 1024;

/// A text without what would make it look like another: control characters and changes of the
/// direction of writing (Unicode UAX #9 §2) become the replacement character, long texts are cut.
pub(crate) fn legible(text: &str, longest: usize) -> String {
    let hidden = |c: char| {
        (c.is_control() && c != '\n' && c != '\t')
            || matches!(c, '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    let mut rest = text.chars().filter(|c| *c != '\r');
    let mut shown: String =
        rest.by_ref().take(longest).map(|c| if hidden(c) { '\u{fffd}' } else { c }).collect();
    if rest.next().is_some() {
        shown.push('…');
    }
    shown
}

/// The text of an attachment in base64, if its type is one that is text: plain, HTML, Markdown, CSV.
///
/// It is in the character set that its type names, else in UTF-8, else in Windows-1252.
pub(crate) fn of_attachment(content_type: &str, base64: &str) -> Option<String> {
    let mut parts = content_type.split(';');
    let kind = parts.next().unwrap_or_default().trim().to_ascii_lowercase();
    let is_html = matches!(kind.as_str(), "text/html" | "application/xhtml+xml");
    if !is_html && !matches!(kind.as_str(), "text/plain" | "text/markdown" | "text/csv" | "text") {
        return None;
    }
    let charset = parts.find_map(|part| {
        let (name, value) = part.split_once('=')?;
        name.trim()
            .eq_ignore_ascii_case("charset")
            .then(|| value.trim().trim_matches('"').to_ascii_lowercase())
    });
    let compact: Cow<'_, str> = match base64.bytes().any(|byte| byte.is_ascii_whitespace()) {
        true => base64.split_ascii_whitespace().collect::<String>().into(),
        false => base64.into(),
    };
    // Base64 is ASCII; a cut within a character means that it is none, as the decoder says.
    let bytes = decode_base64(compact.get(..LONGEST_BASE64).unwrap_or(&compact)).ok()?;
    let text = decoded(&bytes, charset.as_deref());
    Some(if is_html { from_html(&text) } else { text.trim().to_owned() })
}

fn decoded(bytes: &[u8], charset: Option<&str>) -> String {
    let units = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let units = bytes.chunks_exact(2).filter_map(|pair| pair.first_chunk().map(|pair| unit(*pair)));
        char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
    };
    if let Some(rest) = bytes.strip_prefix(b"\xff\xfe") {
        return units(rest, u16::from_le_bytes);
    }
    if let Some(rest) = bytes.strip_prefix(b"\xfe\xff") {
        return units(rest, u16::from_be_bytes);
    }
    match charset {
        Some("utf-16" | "utf-16be") => return units(bytes, u16::from_be_bytes),
        Some("utf-16le") => return units(bytes, u16::from_le_bytes),
        Some("iso-8859-1" | "latin1" | "windows-1252" | "cp1252") => return windows_1252(bytes),
        _ => {}
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        // A cut may be within a character: that much is still UTF-8.
        Err(error) if error.error_len().is_none() => String::from_utf8_lossy(bytes).into_owned(),
        Err(_) => windows_1252(bytes),
    }
}

/// WHATWG Encoding: windows-1252, which is also what `iso-8859-1` means on the web.
fn windows_1252(bytes: &[u8]) -> String {
    const HIGH: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}',
        '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
    ];
    let character = |byte: &u8| match byte {
        0x80..=0x9f => HIGH.get(usize::from(byte - 0x80)).copied().unwrap_or(char::REPLACEMENT_CHARACTER),
        byte => char::from(*byte),
    };
    bytes.iter().map(character).collect()
}

/// What a person reads of HTML: no markup, scripts, styles or comments; a line for each block.
pub(crate) fn from_html(html: &str) -> String {
    let mut text = Lines::default();
    let mut rest = html;
    while let Some(at) = rest.find(['<', '&']) {
        let (before, from) = rest.split_at(at);
        text.push(before);
        if text.is_full() {
            break;
        }
        rest = if from.starts_with('&') { entity(from, &mut text) } else { tag(from, &mut text) };
    }
    if !text.is_full() {
        text.push(rest.split(['<', '&']).next().unwrap_or_default());
    }
    text.finish()
}

/// Walks over a tag, or over an element that nobody reads, and gives what is behind it.
fn tag<'a>(html: &'a str, text: &mut Lines) -> &'a str {
    let inside = html.get(1..).unwrap_or_default();
    if inside.starts_with("!--") {
        return inside.split_once("-->").map_or("", |(_, rest)| rest);
    }
    if !inside.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!' | '?')) {
        text.push("<");
        return inside;
    }
    let name_end = inside
        .find(|c: char| !(c.is_ascii_alphanumeric() || c == '/' || c == '!' || c == '?'))
        .unwrap_or(inside.len());
    let name = inside.get(..name_end).unwrap_or_default().to_ascii_lowercase();
    let rest = end_of_tag(inside);
    let is_closed = inside.get(..inside.len() - rest.len()).is_some_and(|tag| tag.ends_with("/>"));
    match name.as_str() {
        "script" | "style" | "head" | "title" | "template" | "noscript" | "iframe" | "object" | "svg"
        | "math" | "textarea" | "select"
            if !is_closed =>
        {
            return after_element(rest, &name);
        }
        "td" | "th" => text.gap(),
        "li" => text.item(),
        "br" | "br/" | "/p" | "p" | "div" | "/div" | "tr" | "/tr" | "/table" | "table" | "ul" | "/ul"
        | "ol" | "/ol" | "/li" | "h1" | "/h1" | "h2" | "/h2" | "h3" | "/h3" | "h4" | "/h4" | "h5" | "/h5"
        | "h6" | "/h6" | "hr" | "pre" | "/pre" | "section" | "/section" | "article" | "/article"
        | "header" | "/header" | "footer" | "/footer" | "dt" | "/dt" | "dd" | "/dd" | "blockquote"
        | "/blockquote" | "caption" | "/caption" | "body" => {
            text.line();
        }
        _ => {}
    }
    rest
}

/// What is behind the `>` of a tag; one within an attribute's quotes does not end it.
fn end_of_tag(inside: &str) -> &str {
    let (mut quote, mut before) = (None, ' ');
    for (at, c) in inside.char_indices() {
        match (quote, c) {
            (None, '>') => return inside.get(at + 1..).unwrap_or_default(),
            (None, '"' | '\'') if before == '=' => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            _ => {}
        }
        if !c.is_whitespace() {
            before = c;
        }
    }
    ""
}

/// What is behind the end tag of an element; nothing if it does not end.
fn after_element<'a>(html: &'a str, name: &str) -> &'a str {
    let mut rest = html;
    while let Some((_, from)) = rest.split_once("</") {
        let is_end = from.get(..name.len()).is_some_and(|found| found.eq_ignore_ascii_case(name));
        if is_end {
            return end_of_tag(from);
        }
        rest = from;
    }
    ""
}

/// Takes a character reference; what is none stays as it is.
fn entity<'a>(html: &'a str, text: &mut Lines) -> &'a str {
    let inside = html.get(1..).unwrap_or_default();
    let end = inside.bytes().take(12).position(|byte| byte == b';');
    let name = end.and_then(|end| inside.get(..end)).unwrap_or_default();
    let number = |digits: &str| match digits.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16).ok(),
        None => digits.parse().ok(),
    };
    let character = match name.strip_prefix('#') {
        Some(digits) => number(digits).and_then(char::from_u32),
        None => NAMED.iter().find(|(known, _)| *known == name).map(|(_, character)| *character),
    };
    match (character, end) {
        (Some('\u{a0}'), Some(end)) => {
            text.push(" ");
            inside.get(end + 1..).unwrap_or_default()
        }
        (Some(character), Some(end)) => {
            text.push(character.encode_utf8(&mut [0; 4]));
            inside.get(end + 1..).unwrap_or_default()
        }
        _ => {
            text.push("&");
            inside
        }
    }
}

/// The character references that letters from clinics use; XML's five, and Latin-1's in German, French, Spanish.
const NAMED: &[(&str, char)] = &[
    ("amp", '&'),
    ("lt", '<'),
    ("gt", '>'),
    ("quot", '"'),
    ("apos", '\''),
    ("nbsp", '\u{a0}'),
    ("auml", 'ä'),
    ("ouml", 'ö'),
    ("uuml", 'ü'),
    ("Auml", 'Ä'),
    ("Ouml", 'Ö'),
    ("Uuml", 'Ü'),
    ("szlig", 'ß'),
    ("agrave", 'à'),
    ("aacute", 'á'),
    ("acirc", 'â'),
    ("atilde", 'ã'),
    ("aring", 'å'),
    ("aelig", 'æ'),
    ("ccedil", 'ç'),
    ("egrave", 'è'),
    ("eacute", 'é'),
    ("ecirc", 'ê'),
    ("euml", 'ë'),
    ("igrave", 'ì'),
    ("iacute", 'í'),
    ("icirc", 'î'),
    ("iuml", 'ï'),
    ("ntilde", 'ñ'),
    ("ograve", 'ò'),
    ("oacute", 'ó'),
    ("ocirc", 'ô'),
    ("otilde", 'õ'),
    ("oslash", 'ø'),
    ("ugrave", 'ù'),
    ("uacute", 'ú'),
    ("ucirc", 'û'),
    ("Eacute", 'É'),
    ("Aacute", 'Á'),
    ("Iacute", 'Í'),
    ("Oacute", 'Ó'),
    ("Uacute", 'Ú'),
    ("Ntilde", 'Ñ'),
    ("Aring", 'Å'),
    ("Oslash", 'Ø'),
    ("iexcl", '¡'),
    ("iquest", '¿'),
    ("deg", '°'),
    ("micro", 'µ'),
    ("plusmn", '±'),
    ("frac12", '½'),
    ("frac14", '¼'),
    ("sup2", '²'),
    ("sup3", '³'),
    ("times", '×'),
    ("middot", '·'),
    ("laquo", '«'),
    ("raquo", '»'),
    ("copy", '©'),
    ("reg", '®'),
    ("sect", '§'),
    ("para", '¶'),
    ("ndash", '–'),
    ("mdash", '—'),
    ("lsquo", '‘'),
    ("rsquo", '’'),
    ("ldquo", '“'),
    ("rdquo", '”'),
    ("hellip", '…'),
    ("bull", '•'),
    ("le", '≤'),
    ("ge", '≥'),
    ("euro", '€'),
    ("rarr", '→'),
    ("alpha", 'α'),
    ("beta", 'β'),
    ("gamma", 'γ'),
    ("mu", 'μ'),
];

/// Text as it grows: blanks collapse, empty lines don't pile up.
#[derive(Default)]
struct Lines {
    text: String,
    length: usize,
}

impl Lines {
    /// Enough for [`LONGEST_LETTER`], cut afterwards.
    fn is_full(&self) -> bool {
        self.length > LONGEST_LETTER
    }

    fn push(&mut self, words: &str) {
        for c in words.chars() {
            if self.is_full() {
                return;
            }
            if !c.is_whitespace() {
                self.text.push(c);
                self.length += 1;
            } else if !self.text.is_empty() && !self.text.ends_with([' ', '\n']) {
                self.text.push(' ');
                self.length += 1;
            }
        }
    }

    fn line(&mut self) {
        self.text.truncate(self.text.trim_end_matches(' ').len());
        if !self.text.is_empty() && !self.text.ends_with('\n') {
            self.text.push('\n');
            self.length += 1;
        }
    }

    fn item(&mut self) {
        self.line();
        self.text.push_str("• ");
        self.length += 2;
    }

    /// Between two cells of a row.
    fn gap(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with('\n') {
            self.text.truncate(self.text.trim_end_matches(' ').len());
            self.text.push_str("  ");
            self.length += 2;
        }
    }

    fn finish(mut self) -> String {
        self.text.truncate(self.text.trim_end().len());
        self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_hides_in_a_text_is_made_visible() {
        assert_eq!(legible("a\u{202e}gm\u{0}\r\nb", LONGEST), "a\u{fffd}gm\u{fffd}\nb");
        assert_eq!(legible(&"x".repeat(3_000), LONGEST).chars().count(), LONGEST + 1);
        assert_eq!(legible("ab\r", 2), "ab");
    }

    #[test]
    fn html_becomes_what_a_person_reads() {
        for (html, text) in [
            (
                "<p>Dear <b>Ada</b>,</p><p>all is&nbsp;well &lt;here&gt; &#8211; &#x41;&uuml;</p>",
                "Dear Ada,\nall is well <here> – Aü",
            ),
            ("<script>alert('<p>no</p>')</script>yes<style>p{}</style>", "yes"),
            ("<SCRIPT src='>'>no</Script >yes", "yes"),
            ("<div>a<!-- no > --><br/>b</div>\n\n\n<div></div><div>c</div>", "a\nb\nc"),
            ("<table><tr><td>Sodium</td><td>140</td></tr><tr><td>K</td></tr></table>", "Sodium  140\nK"),
            ("<ul><li>one</li><li>two</li></ul>", "• one\n• two"),
            ("<img alt='a > b' onerror=\"x\">a", "a"),
            ("<p title=don't>it isn't", "it isn't"),
            ("1 < 2 & 3 &nothing; &#x110000;", "1 < 2 & 3 &nothing; &#x110000;"),
            ("<script>never ended", ""),
            ("a<b", "a"),
            ("a &amp", "a &amp"),
            ("<svg><text>no</text></svg><title/>x", "x"),
            ("", ""),
        ] {
            assert_eq!(from_html(html), text, "{html}");
        }
    }

    #[test]
    fn html_of_any_length_takes_bounded_room_and_time() {
        for html in [
            "<p>x".repeat(1_000_000),
            "<".repeat(1_000_000),
            "&".repeat(1_000_000),
            "<script></".repeat(300_000),
        ] {
            assert!(from_html(&html).chars().count() <= LONGEST_LETTER + 3);
        }
    }

    #[test]
    fn texts_are_read_in_their_character_set() {
        for (content_type, base64, text) in [
            ("text/plain", "aGk=", Some("hi")),
            ("text/plain; charset=UTF-8", "w7w=", Some("ü")),
            ("TEXT/PLAIN;charset=\"iso-8859-1\"", "/A==", Some("ü")),
            ("text/plain", "/A==", Some("ü")),
            ("text/plain", "//5hAA==", Some("a")),
            ("text/html", "PHA+YTwvcD4=", Some("a")),
            ("text/plain", "aG\nk=", Some("hi")),
            ("text/plain", "aGk", Some("hi")),
            ("text/plain", "a?", None),
            ("text/rtf", "aGk=", None),
            ("application/pdf", "aGk=", None),
            ("", "aGk=", None),
        ] {
            assert_eq!(of_attachment(content_type, base64).as_deref(), text, "{content_type} {base64}");
        }
        let huge = "QUFB".repeat(2 * LONGEST_BASE64 / 4);
        assert_eq!(of_attachment("text/plain", &huge).unwrap().len(), LONGEST_BASE64 / 4 * 3);
    }
}
