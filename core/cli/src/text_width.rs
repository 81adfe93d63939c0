//! How many columns a text takes on a terminal: at least as many as any terminal gives it (UAX #11).

use unicode_width::UnicodeWidthChar as _;

/// A character of a text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Placed {
    pub(crate) character: char,
    /// How many columns it takes.
    pub(crate) columns: usize,
    /// Whether it is one more mark on a letter than terminals draw. It takes a column all the same, so that
    /// a line of nothing else ends.
    pub(crate) is_heaped: bool,
}

/// The characters of a text, each by itself: terminals join some to a picture that takes fewer columns, and
/// some show what is not seen elsewhere.
pub(crate) fn placed(text: &str) -> impl Iterator<Item = Placed> {
    let mut marks = 0;
    text.chars().map(move |character| {
        let columns = match character {
            // These make the character before them wide.
            '\u{fe0f}' | '\u{ad}' => 1,
            _ => character.width().unwrap_or(1),
        };
        marks = if columns == 0 { marks + 1 } else { 0 };
        let is_heaped = marks > MOST_MARKS;
        Placed { character, columns: columns.max(usize::from(is_heaped)), is_heaped }
    })
}

/// The columns of a text.
pub(crate) fn width(text: &str) -> usize {
    placed(text).map(|one| one.columns).sum()
}

/// Marks that terminals draw on one letter; a heap of them hides the lines above.
const MOST_MARKS: usize = 3;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_takes_the_columns_of_its_characters() {
        for (text, columns) in [
            ("", 0),
            ("abc", 3),
            ("糖尿病", 6),
            ("e\u{301}", 1),
            ("❤\u{fe0f}", 2),
            ("so\u{ad}ft", 5),
            ("a\u{301}\u{301}\u{301}", 1),
            ("a\u{301}\u{301}\u{301}\u{301}\u{301}", 3),
            ("\u{7}", 1),
        ] {
            assert_eq!(width(text), columns, "{text:?}");
        }
    }
}
