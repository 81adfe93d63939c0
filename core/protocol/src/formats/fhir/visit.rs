//! A walk over the texts of a resource, each with the keys that lead to it.

use super::cursor::{Cursor, Token};

/// The keys that lead to a text, the outermost first.
pub(super) type Keys<'p, 'a> = &'p [&'a [u8]];
/// A text that is read when it is asked for.
pub(super) type Text<'t> = &'t dyn Fn() -> String;

/// Calls `see` with the keys that lead to each text, and with no text where an object begins. Arrays
/// are not seen: their elements stand under the array's key.
pub(super) fn visit<'a>(bytes: &'a [u8], see: &mut dyn FnMut(Keys<'_, 'a>, Option<Text<'_>>)) {
    let mut cursor = Cursor::new(bytes);
    let mut path: Vec<&[u8]> = Vec::new();
    // Whether the end of each open object or array ends the last key of the path.
    let mut open: Vec<bool> = Vec::new();
    let mut key = None;
    while let Some(token) = cursor.next() {
        match token {
            Token::Key(name) => key = Some(name.raw()),
            Token::Object | Token::Array => {
                let named = key.take();
                path.extend(named);
                open.push(named.is_some());
                if token == Token::Object && open.len() > 1 {
                    see(&path, None);
                }
            }
            Token::End => {
                if open.pop() == Some(true) {
                    path.pop();
                }
            }
            Token::String(text) => {
                let named = key.take();
                path.extend(named);
                see(&path, Some(&|| text.to_str().into_owned()));
                if named.is_some() {
                    path.pop();
                }
            }
            Token::Bare(_) => key = None,
        }
    }
}
