//! Where a page of records ended.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::arrival::Arrival;
use super::position::Position;

/// Where a page of records ended, to be handed back for the next one in the same order.
///
/// It stays good while records come and go.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Cursor(pub(super) PageEnd);

/// The last record of a page, in the order of the page.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum PageEnd {
    /// Of a list by date.
    Dated(Position),
    /// Of a list by arrival.
    Arrived(Arrival),
}

/// The text is not a cursor that this program gave out, or not for a list in this order.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("this is not the cursor of a page in this order")]
pub struct InvalidCursor;

impl Cursor {
    /// Parses the text form.
    ///
    /// # Errors
    /// [`InvalidCursor`] on any text that is not exactly a cursor's.
    pub fn parse(text: &str) -> Result<Self, InvalidCursor> {
        let decoded = URL_SAFE_NO_PAD.decode(text).map_err(|_| InvalidCursor)?;
        let (kind, place) = decoded.split_first().ok_or(InvalidCursor)?;
        let place = <[u8; 8]>::try_from(place).map(i64::from_be_bytes).map_err(|_| InvalidCursor)?;
        match *kind {
            _ if place < 0 => Err(InvalidCursor),
            DATED => Ok(Self(PageEnd::Dated(Position::from_i64(place)))),
            ARRIVED => Ok(Self(PageEnd::Arrived(Arrival::from_i64(place)))),
            _ => Err(InvalidCursor),
        }
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, place) = match self.0 {
            PageEnd::Dated(position) => (DATED, position.as_i64()),
            PageEnd::Arrived(arrival) => (ARRIVED, arrival.as_i64()),
        };
        let mut bytes = vec![kind];
        bytes.extend(place.to_be_bytes());
        f.write_str(&URL_SAFE_NO_PAD.encode(bytes))
    }
}

const DATED: u8 = 1;
const ARRIVED: u8 = 2;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_its_own_text_and_nothing_else() {
        let place = 0x0123_4567_89ab_cdef;
        let ends = [PageEnd::Dated(Position::from_i64(place)), PageEnd::Arrived(Arrival::from_i64(place))];
        let texts = ends.map(|end| Cursor(end).to_string());
        assert_ne!(texts[0], texts[1]);
        for (end, text) in ends.into_iter().zip(&texts) {
            assert_eq!(Cursor::parse(text), Ok(Cursor(end)));
        }
        let text = &texts[0];
        let other = URL_SAFE_NO_PAD.encode([3, 0, 0, 0, 0, 0, 0, 0, 1]);
        for bad in [
            "",
            "AA",
            "1' OR 1=1",
            &text[1..],
            &format!("{text}="),
            &format!("{text}A"),
            "____________",
            &other,
        ] {
            assert_eq!(Cursor::parse(bad), Err(InvalidCursor), "{bad}");
        }
    }
}
