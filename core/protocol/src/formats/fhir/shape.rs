//! What an object is to the reader, from its `resourceType` and `id` alone.

use std::hash::{DefaultHasher, Hash, Hasher};

use super::{
    cursor::{Cursor, Token},
    error::Quarantine,
};

/// What the reader has to know of a resource.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Identity {
    /// Of the type and the id.
    pub(super) hash: u64,
    /// Whether it is a Bundle or Parameters.
    pub(super) is_container: bool,
    /// Whether it is an OperationOutcome: what a server says about its answer.
    pub(super) is_outcome: bool,
}

/// Checks that an object says what type of resource it is.
pub(super) fn identify(bytes: &[u8]) -> Result<Identity, Quarantine> {
    let mut cursor = Cursor::new(bytes);
    if cursor.next() != Some(Token::Object) {
        return Err(Quarantine::NotAResource);
    }
    let (mut resource_type, mut id) = (None, None);
    while let Some(key) = cursor.key() {
        match key.raw() {
            b"resourceType" if resource_type.is_none() => resource_type = cursor.next(),
            b"id" if id.is_none() => match cursor.next() {
                Some(Token::String(text)) => id = Some(text.raw()),
                Some(Token::Object | Token::Array) => cursor.leave(),
                _ => {}
            },
            _ => cursor.skip(),
        }
        match resource_type {
            Some(Token::Object | Token::Array) => return Err(Quarantine::InvalidResourceType),
            Some(_) if id.is_some() => break,
            _ => {}
        }
    }
    match resource_type {
        Some(Token::String(text)) if is_type_name(text.raw()) => Ok(Identity {
            hash: hash(&(text.raw(), id)),
            is_container: matches!(text.raw(), b"Bundle" | b"Parameters"),
            is_outcome: text.raw() == b"OperationOutcome",
        }),
        Some(_) => Err(Quarantine::InvalidResourceType),
        None => Err(Quarantine::NotAResource),
    }
}

/// Whether this can be the name of a type: letters and digits, at most 64.
pub(super) fn is_type_name(name: &[u8]) -> bool {
    (1..=64).contains(&name.len()) && name.iter().all(u8::is_ascii_alphanumeric)
}

/// Whether an object has this key.
pub(super) fn has_key(object: &[u8], wanted: &[u8]) -> bool {
    let mut cursor = Cursor::new(object);
    cursor.next();
    while let Some(key) = cursor.key() {
        if key.raw() == wanted {
            return true;
        }
        cursor.skip();
    }
    false
}

pub(super) fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
