//! Text from records: without what hides in it, and never more than a person would read.

use keepwell_protocol::domain::is_display_control;
use keepwell_protocol::formats::fhir::{decode_base64, text_of_html};

/// Characters of the longest text that is shown in a cell.
pub(crate) const LONGEST: usize = 2_000;

/// Characters of the longest letter.
pub(crate) const LONGEST_LETTER: usize = 100_000;

/// Characters of base64 that are decoded for a letter.
const LONGEST_BASE64: usize = 4 * 1024 * 1024;

/// A text without what would make it look like another: control characters and changes of the
/// direction of writing (Unicode UAX #9 §2) become the replacement character, long texts are cut.
pub(crate) fn legible(text: &str, longest: usize) -> String {
    let hidden = |c: char| {
        (is_display_control(c) && c != '\n' && c != '\t') || matches!(c, '\u{200b}' | '\u{2060}' | '\u{feff}')
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
    let bytes = decode_base64(base64, LONGEST_BASE64).ok()?;
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

/// What a person reads of HTML, as much as a letter has.
pub(crate) fn from_html(html: &str) -> String {
    text_of_html(html, LONGEST_LETTER)
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
