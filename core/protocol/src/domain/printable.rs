//! Text that others wrote, on its way to a display: without the characters that command one.
//!
//! A control character moves a terminal's cursor or clears its screen, a bidirectional mark makes text
//! read in another order than it is written. Neither is ever part of what a name or a label says.

/// Whether a character commands a display in place of being shown.
///
/// C0 and C1 controls (U+0000..1F, U+007F..9F; ECMA-48 reads U+009B as the start of a command) and the
/// explicit bidirectional marks (UAX #9: U+061C, U+200E, U+200F, U+202A..2E, U+2066..69).
pub const fn is_display_control(c: char) -> bool {
    matches!(c, '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}')
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// One line of text as it may be shown: U+FFFD stands for each character that commands a display.
///
/// ```
/// # use keepwell_protocol::domain::printable;
/// assert_eq!(printable("Aspirin\u{9b}2J"), "Aspirin\u{fffd}2J");
/// ```
pub fn printable(text: &str) -> String {
    text.chars().map(|c| if is_display_control(c) { '\u{fffd}' } else { c }).collect()
}

/// A JSON document as it may be shown: the same values, with `\uXXXX` for each such character.
///
/// Line breaks and tabs stay: in JSON they stand only between values (RFC 8259 §2).
///
/// ```
/// # use keepwell_protocol::domain::printable_json;
/// assert_eq!(printable_json("{\"name\":\"\u{202e}a\"}"), r#"{"name":"\u202ea"}"#);
/// ```
pub fn printable_json(json: &str) -> String {
    let mut shown = String::with_capacity(json.len());
    for c in json.chars() {
        match c {
            '\n' | '\r' | '\t' => shown.push(c),
            // All of them are in the basic plane: one escape of four digits (RFC 8259 §7).
            c if is_display_control(c) => shown.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => shown.push(c),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The ranges of the sources, and the neighbours on both sides of each.
    #[test]
    fn the_ranges_end_where_the_standards_say() {
        for (first, last) in
            [(0x00, 0x1f), (0x7f, 0x9f), (0x61c, 0x61c), (0x200e, 0x200f), (0x202a, 0x202e), (0x2066, 0x2069)]
        {
            let is = |code: u32| char::from_u32(code).is_some_and(is_display_control);
            assert!((first..=last).all(is), "{first:x}..{last:x}");
            assert!(first == 0 || !is(first - 1), "{first:x}");
            assert!(!is(last + 1), "{last:x}");
        }
    }

    #[test]
    fn json_keeps_its_values_and_shows_no_command() {
        let text: String = (0..0x2100).filter_map(char::from_u32).collect();
        let json = serde_json::to_string(&text).unwrap();
        let shown = printable_json(&json);
        assert!(!shown.chars().any(is_display_control));
        assert_eq!(serde_json::from_str::<String>(&shown).unwrap(), text);
        assert_eq!(printable(&text).chars().filter(|c| *c == '\u{fffd}').count(), 32 + 33 + 1 + 2 + 5 + 4);
    }
}
