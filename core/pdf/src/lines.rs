//! A text as lines of a width (UAX #14).

use unicode_linebreak::{BreakOpportunity, linebreaks};
use unicode_normalization::char::is_combining_mark;

use crate::block::Text;
use crate::font::Fonts;

/// Breaks a text where it may be broken; a word that is longer than a line, anywhere but before an accent.
pub(crate) fn lines(text: &Text, width: f32, fonts: &Fonts) -> Vec<String> {
    let shown = text.text.replace('\t', "    ");
    let mut lines = Vec::new();
    let (mut line, mut line_width) = (String::new(), 0.0);
    let mut from = 0;
    for (to, opportunity) in linebreaks(&shown) {
        let Some(word) = shown.get(from..to) else { continue };
        from = to;
        let is_end = opportunity == BreakOpportunity::Mandatory;
        let word = word.trim_end_matches(is_line_end);
        // Space at the end of a line takes no room.
        if line_width + fonts.width(word.trim_end(), text.style) > width && !line.is_empty() {
            end(&mut line, &mut line_width, &mut lines);
        }
        for letter in word.chars() {
            let letter_width = fonts.letter_width(letter, text.style);
            let is_over = line_width + letter_width > width && !line.is_empty();
            if is_over && !letter.is_whitespace() && !is_combining_mark(letter) {
                end(&mut line, &mut line_width, &mut lines);
            }
            line.push(letter);
            line_width += letter_width;
        }
        if is_end {
            end(&mut line, &mut line_width, &mut lines);
        }
    }
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    lines
}

/// The widest part of a text that can't be broken, and the whole of its longest line.
pub(crate) fn extent(text: &Text, fonts: &Fonts) -> (f32, f32) {
    let (mut word, mut line, mut current): (f32, f32, f32) = (0.0, 0.0, 0.0);
    let mut from = 0;
    for (to, opportunity) in linebreaks(&text.text) {
        let part = text.text.get(from..to).unwrap_or_default().trim_end_matches(is_line_end);
        from = to;
        word = word.max(fonts.width(part.trim_end(), text.style));
        current += fonts.width(part, text.style);
        line = line.max(current);
        if opportunity == BreakOpportunity::Mandatory {
            current = 0.0;
        }
    }
    (word, line)
}

fn end(line: &mut String, width: &mut f32, lines: &mut Vec<String>) {
    lines.push(line.trim_end().to_owned());
    line.clear();
    *width = 0.0;
}

/// What UAX #14 breaks a line at, come what may.
fn is_line_end(letter: char) -> bool {
    matches!(letter, '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::font::Style;

    const STYLE: Style = Style { size: 9.0, is_bold: false, is_quiet: false };

    fn broken(text: &str, width: f32) -> Vec<String> {
        lines(&Text { text: text.to_owned(), style: STYLE }, width, Fonts::load().unwrap())
    }

    #[test]
    fn a_line_ends_where_a_person_would_end_it() {
        assert_eq!(broken("Amoxicillin 250 mg", 60.0), ["Amoxicillin", "250 mg"]);
        assert_eq!(broken("Amoxicillin 250 mg", 600.0), ["Amoxicillin 250 mg"]);
        assert_eq!(broken("one\n\ntwo\r\nthree\n", 600.0), ["one", "", "two", "three"]);
        // An accent stays with its letter.
        assert_eq!(broken("aaae\u{301}", 16.0), ["aaa", "e\u{301}"]);
        assert_eq!(broken("", 60.0), Vec::<String>::new());
    }

    proptest! {
        #[test]
        fn no_line_is_wider_than_its_column_and_no_letter_is_lost(text in "\\PC{0,200}", width in 20.0_f32..500.0) {
            let fonts = Fonts::load().unwrap();
            let lines = broken(&text, width);
            for line in &lines {
                let visible = line.trim_end_matches(is_combining_mark).trim_end();
                prop_assert!(fonts.width(visible, STYLE) <= width + 0.01 || visible.chars().filter(|letter| !is_combining_mark(*letter)).count() == 1, "{line}");
            }
            let letters = |text: &str| text.chars().filter(|letter| !letter.is_whitespace()).collect::<String>();
            prop_assert_eq!(letters(&lines.concat()), letters(&text));
        }
    }
}
