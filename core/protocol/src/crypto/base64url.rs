//! Base64 with the URL-safe alphabet and without padding (RFC 4648 §5), in its one form.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The text is not base64url as this crate writes it.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("not base64url without padding")]
pub struct InvalidBase64url;

/// Writes bytes as text, four characters for three bytes.
pub fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Reads the text back.
///
/// # Errors
/// [`InvalidBase64url`] on padding, white space, other alphabets and bits left over.
pub fn decode(text: &str) -> Result<Vec<u8>, InvalidBase64url> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| InvalidBase64url)
}

/// Reads exactly `N` bytes back.
///
/// # Errors
/// [`InvalidBase64url`] as [`decode`], and on every other length.
pub fn decode_array<const N: usize>(text: &str) -> Result<[u8; N], InvalidBase64url> {
    decode(text)?.try_into().map_err(|_| InvalidBase64url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_one_form_of_each_value() {
        assert_eq!(encode(&[0xfb, 0xff]), "-_8");
        assert_eq!(decode("-_8"), Ok(vec![0xfb, 0xff]));
        assert_eq!(decode(""), Ok(vec![]));
        for (defect, text) in [
            ("padding", "-_8="),
            ("standard alphabet", "+/8"),
            ("bits left over", "-_9"),
            ("impossible length", "-_8AA"),
            ("space", "-_8 "),
            ("newline", "-_\n8"),
            ("not ASCII", "-_8é"),
        ] {
            assert_eq!(decode(text), Err(InvalidBase64url), "{defect}");
        }
        assert_eq!(decode_array::<2>("-_8"), Ok([0xfb, 0xff]));
        assert_eq!(decode_array::<3>("-_8"), Err(InvalidBase64url));
    }
}
