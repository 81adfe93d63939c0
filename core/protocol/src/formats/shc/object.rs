//! JSON objects whose members are each named once.

use serde::Deserialize;

/// Reads an object; none where it is something else or names a member twice that is asked for.
pub(super) fn read_object<'a, T: Deserialize<'a>>(json: &'a [u8]) -> Option<T> {
    // A sequence would pass for the members in their order.
    let is_object = json.trim_ascii_start().starts_with(b"{");
    is_object.then(|| serde_json::from_slice(json).ok()).flatten()
}
