//! Folding of words, so that spellings that people take for one compare as equal.

use std::borrow::Cow;

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// A text without what spellings of one word differ in: case, compatibility forms (ligatures, wide
/// letters), accents and vowel points, letters with a stroke, `ß`, characters that are not seen.
///
/// NFKD, then marks removed, lower case, then NFC (UAX #15). Marks that tell words of a script apart
/// stay: those of Indic scripts, Thai, and the voicing marks of kana. Blanks and punctuation stay too.
///
/// ```
/// use keepwell_protocol::domain::fold;
///
/// assert_eq!(fold("Björk"), fold("BJORK"));
/// assert_ne!(fold("Novak"), fold("Nowak"));
/// ```
pub fn fold(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        let is_folded = !text.bytes().any(|byte| byte.is_ascii_uppercase());
        return if is_folded { Cow::Borrowed(text) } else { Cow::Owned(text.to_ascii_lowercase()) };
    }
    let lower = text.nfkd().filter(|character| !is_dropped(*character)).flat_map(char::to_lowercase);
    let mut folded = String::with_capacity(text.len());
    for character in lower.filter(|character| !is_dropped(*character)) {
        match letters(character) {
            Some(letters) => folded.push_str(letters),
            None => folded.push(character),
        }
    }
    Cow::Owned(folded.nfc().collect())
}

/// The words of a folded text: what stands between blanks and punctuation.
pub fn words(folded: &str) -> impl Iterator<Item = &str> {
    folded.split(|character| !is_in_word(character)).filter(|word| !word.is_empty())
}

/// Whether a character is part of a word: a letter, a digit, or a mark on one of these.
pub fn is_in_word(character: char) -> bool {
    character.is_alphanumeric() || is_combining_mark(character)
}

/// Marks that are left out in some spellings of a word, and characters that are not seen.
fn is_dropped(character: char) -> bool {
    matches!(
        character,
        // Accents of Latin, Greek and Cyrillic.
        '\u{300}'..='\u{36f}' | '\u{483}'..='\u{487}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}'
            | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}'
            // Points of Hebrew, Arabic and Syriac, and the stroke that lengthens an Arabic word.
            | '\u{591}'..='\u{5bd}' | '\u{5bf}' | '\u{5c1}' | '\u{5c2}' | '\u{5c4}' | '\u{5c5}' | '\u{5c7}'
            | '\u{610}'..='\u{61a}' | '\u{640}' | '\u{64b}'..='\u{65f}' | '\u{670}' | '\u{6d6}'..='\u{6dc}'
            | '\u{6df}'..='\u{6e8}' | '\u{6ea}'..='\u{6ed}' | '\u{711}' | '\u{730}'..='\u{74a}'
            // Soft hyphen, joiners, direction marks, variation selectors, byte order mark.
            | '\u{ad}' | '\u{61c}' | '\u{180b}'..='\u{180e}' | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
    )
}

/// What stands for a lower-case letter that no normal form takes apart.
fn letters(character: char) -> Option<&'static str> {
    Some(match character {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ø' => "o",
        'ł' => "l",
        'đ' | 'ð' | 'ɖ' => "d",
        'þ' => "th",
        'ħ' => "h",
        'ŧ' => "t",
        'ŋ' => "n",
        'ı' => "i",
        'ĸ' => "k",
        'ə' => "a",
        // The form of sigma at the end of a word.
        'ς' => "σ",
        // Arabic letters that are written one for the other: the ends of words, and those of Persian.
        'ة' | 'ە' => "ه",
        'ى' | 'ی' | 'ے' => "ي",
        'ک' => "ك",
        'ٱ' => "ا",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_word_fold_to_the_same() {
        for (spellings, folded) in [
            (
                &["Novak", "NOVAK", "novak", "Novák", "Ｎｏｖａｋ", "No\u{ad}vak", "\u{200f}Novak"][..],
                "novak",
            ),
            (&["Weiß", "WEISS", "WEIẞ", "weiss"], "weiss"),
            (&["M\u{fc}\u{f1}oz", "Mu\u{308}n\u{303}oz", "munoz"], "munoz"),
            (&["Sørensen", "SØRENSEN", "Sorensen"], "sorensen"),
            (&["Wałęsa", "WAŁĘSA", "Walesa"], "walesa"),
            (&["ﬁbrosis", "fibrosis"], "fibrosis"),
            (&["Æble", "æble", "aeble"], "aeble"),
            (&["İzmir", "ızmir", "Izmir"], "izmir"),
            (&["ΟΔΟΣ", "οδός", "οδος"], "οδοσ"),
            (&["أحمد", "احمد", "أَحْمَد", "احـمد"], "احمد"),
            (&["Фёдор", "ФЕДОР", "федор"], "федор"),
            (&["한글", "\u{1112}\u{1161}\u{11ab}\u{1100}\u{1173}\u{11af}"], "한글"),
        ] {
            for spelling in spellings {
                assert_eq!(fold(spelling), folded, "{spelling}");
            }
        }
    }

    #[test]
    fn words_that_differ_stay_different() {
        for (one, other) in [("が", "か"), ("कि", "कु"), ("ไก่", "ไก"), ("Novak", "Nowak"), ("1", "2")]
        {
            assert_ne!(fold(one), fold(other));
        }
    }

    #[test]
    fn words_are_what_stands_between_blanks_and_punctuation() {
        let text = fold(" van\u{a0}der  Berg-Moser, Lena (A.) 李明 क्षमा ");
        assert_eq!(
            words(&text).collect::<Vec<_>>(),
            ["van", "der", "berg", "moser", "lena", "a", "李明", "क्षमा"]
        );
        assert_eq!(words(" -,. ").count(), 0);
    }

    #[test]
    fn a_letter_under_a_hundred_thousand_marks_is_that_letter() {
        let marked = format!("e{}", "\u{301}\u{323}".repeat(50_000));
        assert_eq!(fold(&marked), "e");
    }
}
