//! The letters: Noto Sans for text, Noto Sans Math for arrows and signs that a value has.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use krilla::text::Font;
use ttf_parser::Face;
use unicode_script::{Script, UnicodeScript};

use crate::error::PdfError;

/// Stands for each letter that there is none for.
pub(crate) const STAND_IN: char = '▯';

const REGULAR: &[u8] = include_bytes!("../../../fixtures/fonts/NotoSans-Regular.ttf");
const BOLD: &[u8] = include_bytes!("../../../fixtures/fonts/NotoSans-Bold.ttf");
const SIGNS: &[u8] = include_bytes!("../../../fixtures/fonts/NotoSansMath-Regular.ttf");

/// How a text is set.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Style {
    /// In points.
    pub(crate) size: f32,
    pub(crate) is_bold: bool,
    /// Grey, as for what only adds to something.
    pub(crate) is_quiet: bool,
}

struct Letters {
    font: Font,
    /// Of an em, by code point; nothing where the font has no such letter.
    advances: Vec<Option<f32>>,
}

impl Letters {
    fn read(bytes: &'static [u8]) -> Result<Self, PdfError> {
        let font = Font::new(bytes.into(), 0).ok_or(PdfError::Font)?;
        let face = Face::parse(bytes, 0).map_err(|_| PdfError::Font)?;
        let advance = |letter: char| {
            let advance = face.glyph_hor_advance(face.glyph_index(letter)?)?;
            Some(f32::from(advance) / f32::from(face.units_per_em()))
        };
        // All that these fonts have is below U+FFFF.
        let advances = (0..=u32::from(u16::MAX)).map(|code| advance(char::from_u32(code)?)).collect();
        Ok(Self { font, advances })
    }

    fn advance(&self, letter: char) -> Option<f32> {
        *self.advances.get(usize::try_from(u32::from(letter)).ok()?)?
    }
}

/// All fonts of a document.
pub(crate) struct Fonts {
    regular: Letters,
    bold: Letters,
    signs: Letters,
}

impl Fonts {
    /// Reads them once.
    pub(crate) fn load() -> Result<&'static Self, PdfError> {
        static FONTS: LazyLock<Result<Fonts, PdfError>> = LazyLock::new(|| {
            let (regular, bold) = (Letters::read(REGULAR)?, Letters::read(BOLD)?);
            Ok(Fonts { regular, bold, signs: Letters::read(SIGNS)? })
        });
        FONTS.as_ref().map_err(|error| *error)
    }

    /// The font that has a letter, and its width of an em.
    fn letter(&self, letter: char, is_bold: bool) -> Option<(&Letters, f32)> {
        let text = if is_bold { &self.bold } else { &self.regular };
        [text, &self.signs].into_iter().find_map(|letters| Some((letters, letters.advance(letter)?)))
    }

    /// In points.
    pub(crate) fn width(&self, text: &str, style: Style) -> f32 {
        text.chars().map(|letter| self.letter_width(letter, style)).sum()
    }

    pub(crate) fn letter_width(&self, letter: char, style: Style) -> f32 {
        let found = self.letter(letter, style.is_bold).or_else(|| self.letter(STAND_IN, style.is_bold));
        found.map_or(0.0, |(_, advance)| advance * style.size)
    }

    /// Whether every letter of a text is there.
    pub(crate) fn has_all(&self, text: &str) -> bool {
        text.chars().all(|letter| self.letter(letter, false).is_some())
    }

    /// The names of the scripts whose letters are missing for a text, such as `Arabic`.
    pub(crate) fn missing_scripts(&self, text: &str, into: &mut BTreeSet<&'static str>) {
        for letter in text.chars().filter(|letter| !matches!(letter, '\n' | '\t')) {
            if self.letter(letter, false).is_none() {
                into.insert(match letter.script() {
                    Script::Common | Script::Inherited | Script::Unknown => "other signs",
                    script => script.full_name(),
                });
            }
        }
    }

    /// A line as pieces that each have one font, with the width of each in points; [`STAND_IN`] where a letter is missing.
    pub(crate) fn pieces(&self, line: &str, style: Style) -> Vec<(&Font, String, f32)> {
        let mut pieces: Vec<(&Font, String, f32)> = Vec::new();
        for letter in line.chars() {
            let shown = if self.letter(letter, style.is_bold).is_some() { letter } else { STAND_IN };
            let Some((letters, advance)) = self.letter(shown, style.is_bold) else { continue };
            match pieces.last_mut().filter(|(font, _, _)| **font == letters.font) {
                Some((_, text, width)) => {
                    text.push(shown);
                    *width += advance * style.size;
                }
                None => pieces.push((&letters.font, shown.to_string(), advance * style.size)),
            }
        }
        pieces
    }
}
