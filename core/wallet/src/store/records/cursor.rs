//! Where a page of records ended.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::position::Position;

/// Where a page of records ended, to be handed back for the next one.
///
/// It stays good while records come and go.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Cursor(pub(super) Position);

/// The text is not a cursor that this program gave out.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("this is not a page's cursor")]
pub struct InvalidCursor;

impl Cursor {
    /// Parses the text form.
    ///
    /// # Errors
    /// [`InvalidCursor`] on any text that is not exactly a cursor's.
    pub fn parse(text: &str) -> Result<Self, InvalidCursor> {
        match URL_SAFE_NO_PAD.decode(text).as_deref() {
            Ok([VERSION, rest @ ..]) => match <[u8; 8]>::try_from(rest).map(i64::from_be_bytes) {
                Ok(position) if position >= 0 => Ok(Self(Position::from_i64(position))),
                _ => Err(InvalidCursor),
            },
            _ => Err(InvalidCursor),
        }
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = vec![VERSION];
        bytes.extend(self.0.as_i64().to_be_bytes());
        f.write_str(&URL_SAFE_NO_PAD.encode(bytes))
    }
}

const VERSION: u8 = 1;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_its_own_text_and_nothing_else() {
        let cursor = Cursor(Position::from_i64(0x0123_4567_89ab_cdef));
        let text = cursor.to_string();
        assert_eq!(Cursor::parse(&text), Ok(cursor));
        for bad in
            ["", "AA", "1' OR 1=1", &text[1..], &format!("{text}="), &format!("{text}A"), "____________"]
        {
            assert_eq!(Cursor::parse(bad), Err(InvalidCursor), "{bad}");
        }
    }
}
