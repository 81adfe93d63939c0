//! One form for what people type: NFKD (UAX #15), ASCII in lower case, nothing invisible.

use std::borrow::Cow;

use zeroize::Zeroizing;

/// NFKD, as BIP-0039 wants words and passphrases.
pub(super) fn nfkd(text: &str) -> Zeroizing<String> {
    let mut normal = Cow::Borrowed(text);
    bip39::Mnemonic::normalize_utf8_cow(&mut normal);
    Zeroizing::new(normal.into_owned())
}

/// A word as it stands in a list. ASCII case only: after NFKD an accent is a character of its own,
/// and no rule here depends on a locale.
pub(super) fn word(text: &str) -> Zeroizing<String> {
    let mut word = nfkd(text);
    word.make_ascii_lowercase();
    word
}

/// Characters that are not seen: soft hyphen, joiners, direction marks, byte order mark.
pub(super) const fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
    )
}
