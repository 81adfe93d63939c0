//! The text of a card's QR code: `shc:/` and two digits for each character, in one code or in several.

use super::HealthCardError;

/// Reads the texts of codes, one behind the other with white space between: each a card, or all of them the
/// parts of one card in any order, as was usual until 2022. Gives the signed texts of the cards.
///
/// # Errors
/// [`HealthCardError::Digits`]; [`HealthCardError::Chunks`] if a part is missing, repeated or of another card.
///
/// ```
/// use keepwell_protocol::formats::shc::{HealthCardError, read_codes};
///
/// assert_eq!(read_codes("shc:/5676"), Ok(vec!["ey".to_owned()]));
/// assert_eq!(read_codes("shc:/2/2/76 shc:/1/2/56"), Ok(vec!["ey".to_owned()]));
/// assert_eq!(read_codes("shc:/2/2/76"), Err(HealthCardError::Chunks));
/// ```
pub fn read_codes(text: &str) -> Result<Vec<String>, HealthCardError> {
    let codes: Vec<Code<'_>> = text.split_whitespace().map(Code::read).collect::<Result<_, _>>()?;
    match codes.first() {
        None => Err(HealthCardError::Digits),
        Some(Code { part: None, .. }) => codes.iter().map(Code::whole).collect(),
        Some(Code { part: Some((_, of)), .. }) => Ok(vec![joined(&codes, *of)?]),
    }
}

/// Writes the text of the one code of a card; none where the card is too long for one that is read everywhere (version 22
/// at level L), or no signed text. It is scanned where all behind `shc:/` is written in numeric mode.
///
/// ```
/// use keepwell_protocol::formats::shc::write_code;
///
/// assert_eq!(write_code("ey").as_deref(), Some("shc:/5676"));
/// assert_eq!(write_code("e y"), None);
/// ```
pub fn write_code(card: &str) -> Option<String> {
    if !(1..=LONGEST_CARD).contains(&card.len()) {
        return None;
    }
    let pair = |byte: u8| byte.checked_sub(FIRST).filter(|number| *number <= LAST);
    let pairs: Option<Vec<u8>> = card.bytes().map(pair).collect();
    let digits: String = pairs?.iter().map(|number| format!("{number:02}")).collect();
    Some(format!("{SCHEME}{digits}"))
}

/// The text of one code.
struct Code<'a> {
    /// Which part it is, from 1, and of how many; none where it is all of a card.
    part: Option<(usize, usize)>,
    digits: &'a str,
}

impl<'a> Code<'a> {
    fn read(text: &'a str) -> Result<Self, HealthCardError> {
        let text = text.strip_prefix(SCHEME).ok_or(HealthCardError::Digits)?;
        let mut parts = text.split('/');
        match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some(digits), None, None, None) => Ok(Self { part: None, digits }),
            (Some(which), Some(of), Some(digits), None) => {
                let part = number(which).zip(number(of)).ok_or(HealthCardError::Chunks)?;
                Ok(Self { part: Some(part), digits })
            }
            _ => Err(HealthCardError::Digits),
        }
    }

    fn whole(&self) -> Result<String, HealthCardError> {
        if self.part.is_some() { Err(HealthCardError::Chunks) } else { characters(self.digits) }
    }
}

/// Puts the parts of one card in their order.
fn joined(codes: &[Code<'_>], of: usize) -> Result<String, HealthCardError> {
    // One part of one is written as a whole.
    if of < 2 || codes.len() != of {
        return Err(HealthCardError::Chunks);
    }
    let mut parts = vec![None; of];
    for code in codes {
        let place = match code.part {
            Some((which, all)) if all == of => which.checked_sub(1).and_then(|at| parts.get_mut(at)),
            _ => None,
        };
        let place = place.filter(|place| place.is_none()).ok_or(HealthCardError::Chunks)?;
        let part = characters(code.digits)?;
        if part.len() > LONGEST_PART {
            return Err(HealthCardError::Chunks);
        }
        *place = Some(part);
    }
    parts.into_iter().collect::<Option<Vec<_>>>().map(|parts| parts.concat()).ok_or(HealthCardError::Chunks)
}

/// The characters that pairs of digits stand for: their numbers are 45 less.
fn characters(digits: &str) -> Result<String, HealthCardError> {
    let (pairs, rest) = digits.as_bytes().as_chunks::<2>();
    if pairs.is_empty() || !rest.is_empty() {
        return Err(HealthCardError::Digits);
    }
    let character = |pair: &[u8; 2]| {
        let [tens, ones] = pair.map(|digit| digit.wrapping_sub(b'0'));
        let is_pair = tens <= 9 && ones <= 9 && tens * 10 + ones <= LAST;
        is_pair.then(|| char::from(tens * 10 + ones + FIRST)).ok_or(HealthCardError::Digits)
    };
    pairs.iter().map(character).collect()
}

/// A number of one or two digits without a zero before it.
fn number(text: &str) -> Option<usize> {
    let is_plain = (1..=2).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|number| is_plain && *number > 0 && !text.starts_with('0'))
}

const SCHEME: &str = "shc:/";
/// The first character that is written, `-`, and how many there are behind it, up to `z`.
const FIRST: u8 = b'-';
const LAST: u8 = b'z' - FIRST;
/// The most characters of the signed text in the one code of a card.
const LONGEST_CARD: usize = 1_195;
/// The most characters of the signed text in one of several codes.
const LONGEST_PART: usize = 1_191;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn digits(text: &str) -> String {
        text.bytes().map(|byte| format!("{:02}", byte - b'-')).collect()
    }

    #[test]
    fn damaged_digits_are_refused() {
        assert_eq!(read_codes("shc:/0077"), Ok(vec!["-z".to_owned()]));
        for text in [
            "", "shc:/", "shc:/7", "shc:/007", "shc:/78", "shc:/0a", "shc:/ 00", "shc:/0-", "shc:/é1",
            "SHC:/00",
        ] {
            assert_eq!(read_codes(text), Err(HealthCardError::Digits), "{text}");
        }
        for text in ["shc:/1/2/00/00", "shc:/1/2", "shc:/1/2/78 shc:/2/2/00", "shlink:/00"] {
            assert_eq!(read_codes(text), Err(HealthCardError::Digits), "{text}");
        }
    }

    #[test]
    fn all_parts_of_one_card_are_needed_once() {
        let all = "shc:/3/3/02\nshc:/1/3/00 shc:/2/3/01";
        assert_eq!(read_codes(all), Ok(vec!["-./".to_owned()]));
        for (defect, text) in [
            ("a missing one", "shc:/3/3/02 shc:/1/3/00"),
            ("a repeated one", "shc:/3/3/02 shc:/1/3/00 shc:/1/3/00"),
            ("one twice and all", "shc:/3/3/02 shc:/1/3/00 shc:/2/3/01 shc:/2/3/01"),
            ("one of another card", "shc:/3/3/02 shc:/1/3/00 shc:/2/4/01"),
            ("a whole card between", "shc:/3/3/02 shc:/1/3/00 shc:/01"),
            ("parts behind a whole card", "shc:/01 shc:/1/2/00 shc:/2/2/00"),
            ("one of one", "shc:/1/1/00"),
            ("beyond the last", "shc:/3/2/00 shc:/1/2/00"),
            ("the one before the first", "shc:/0/2/00 shc:/1/2/00"),
            ("a zero before", "shc:/01/2/00 shc:/2/2/00"),
            ("a sign", "shc:/+1/2/00 shc:/2/2/00"),
        ] {
            assert_eq!(read_codes(text), Err(HealthCardError::Chunks), "{defect}");
        }
        let two = |length: usize| read_codes(&format!("shc:/1/2/{} shc:/2/2/00", "00".repeat(length)));
        assert_eq!(two(LONGEST_PART).map(|cards| cards[0].len()), Ok(LONGEST_PART + 1));
        assert_eq!(two(LONGEST_PART + 1), Err(HealthCardError::Chunks));
    }

    #[test]
    fn a_card_that_is_too_long_for_one_code_or_is_none_is_not_written() {
        let longest = "z".repeat(LONGEST_CARD);
        assert_eq!(read_codes(&write_code(&longest).unwrap()), Ok(vec![longest]));
        for none in ["", "a b", "a,b", "{", "\u{e9}", &"z".repeat(LONGEST_CARD + 1)] {
            assert_eq!(write_code(none), None, "{none:.9}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(cards in proptest::collection::vec("[-.A-Za-z0-9_]{1,60}", 1..4)) {
            let text: Vec<_> = cards.iter().filter_map(|card| write_code(card)).collect();
            prop_assert_eq!(read_codes(&text.join("\n")), Ok(cards));
        }

        #[test]
        fn parts_are_read_in_any_order(
            parts in proptest::collection::vec("[-.A-Za-z0-9_]{1,20}", 2..8),
            turn in 0_usize..8,
        ) {
            let of = parts.len();
            let mut codes: Vec<_> =
                (1..).zip(&parts).map(|(at, part)| format!("shc:/{at}/{of}/{}", digits(part))).collect();
            codes.rotate_left(turn % of);
            prop_assert_eq!(read_codes(&codes.join(" ")), Ok(vec![parts.concat()]));
            codes.pop();
            prop_assert_eq!(read_codes(&codes.join(" ")), Err(HealthCardError::Chunks));
        }

        #[test]
        fn no_text_stops_it(text in "(shc:/|[0-9/ ]|\\PC){0,60}") {
            let _ = read_codes(&text);
        }
    }
}
