//! Code systems and namespaces, whichever way their names are written.

/// Whether a code system, as it was written, is the one that has these names: http or https, with
/// or without a version or a slash behind it, in capitals or not.
pub(super) fn is_system(written: &str, names: &[&str]) -> bool {
    let name = written.split('|').next().unwrap_or_default().trim();
    let name = without_scheme(name).trim_end_matches('/');
    names.iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// An address without `http://`, `https://` or `urn:oid:`.
pub(super) fn without_scheme(address: &str) -> &str {
    let cut = |scheme: &str| {
        let start = address.get(..scheme.len())?;
        start.eq_ignore_ascii_case(scheme).then(|| address.get(scheme.len()..))?
    };
    ["http://", "https://", "urn:oid:"].into_iter().find_map(cut).unwrap_or(address)
}
