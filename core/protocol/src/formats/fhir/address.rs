//! Addresses of resources in one form, so that those of one resource compare as equal.

use std::borrow::Cow;

/// The address of a resource without what does not tell it from others: the version
/// (`/_history/…`), slashes at the end, the case of scheme and host, `http` for `https`, and all
/// case in a urn (RFC 3986 §6.2.2, RFC 8141 §3).
///
/// None for what is no address: nothing absolute, or nothing behind the scheme.
pub fn folded_address(url: &str) -> Option<Cow<'_, str>> {
    let url = url.trim();
    let scheme = |name: &str| url.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name));
    if scheme("urn:") {
        let is_named = url.splitn(3, ':').nth(2).is_some_and(|rest| !rest.is_empty());
        let is_folded = !url.bytes().any(|byte| byte.is_ascii_uppercase());
        return is_named
            .then(|| if is_folded { Cow::Borrowed(url) } else { Cow::Owned(url.to_ascii_lowercase()) });
    }
    let length = ["https://", "http://"].into_iter().find(|name| scheme(name))?.len();
    let resource = url.split_once("/_history/").map_or(url, |(resource, _)| resource).trim_end_matches('/');
    let rest = resource.get(length..).filter(|rest| !rest.is_empty())?;
    let (host, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let is_folded = resource.starts_with("https") && !host.bytes().any(|byte| byte.is_ascii_uppercase());
    Some(if is_folded {
        Cow::Borrowed(resource)
    } else {
        Cow::Owned(format!("https://{}{path}", host.to_ascii_lowercase()))
    })
}

/// The urn of a UUID of this version (RFC 9562 §4) with these bits.
#[cfg(feature = "crypto")]
pub(in crate::formats) fn uuid_urn(bits: [u8; 16], version: u8) -> String {
    let version = (u128::from_be_bytes(bits) & !(0xf << 76)) | (u128::from(version & 0xf) << 76);
    let uuid = (version & !(0x3 << 62)) | (0x2 << 62);
    let hex = format!("{uuid:032x}");
    let parts = [0..8, 8..12, 12..16, 16..20, 20..32].map(|range| hex.get(range).unwrap_or_default());
    format!("urn:uuid:{}", parts.join("-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_one_resource_are_one() {
        let one = "https://h.example/fhir/Patient/p1";
        for same in [
            one,
            "http://h.example/fhir/Patient/p1",
            "HTTPS://H.Example/fhir/Patient/p1/",
            " https://h.example/fhir/Patient/p1/_history/3",
            "https://h.example/fhir/Patient/p1/_history/3/",
        ] {
            assert_eq!(folded_address(same).as_deref(), Some(one), "{same}");
        }
        for other in [
            "https://h.example/fhir/Patient/P1",
            "https://h.example/FHIR/Patient/p1",
            "https://h.example:8443/fhir/Patient/p1",
            "https://i.example/fhir/Patient/p1",
        ] {
            assert_ne!(folded_address(other).as_deref(), Some(one), "{other}");
        }
        let urn = "urn:uuid:aaaabbbb-0000-4000-8000-00000000000a";
        assert_eq!(folded_address("URN:UUID:AAAABBBB-0000-4000-8000-00000000000A").as_deref(), Some(urn));
        assert_eq!(folded_address(urn).as_deref(), Some(urn));
    }

    #[test]
    fn what_names_nothing_in_the_world_is_no_address() {
        for none in [
            "",
            "Patient/1",
            "urn:",
            "urn:uuid:",
            "https://",
            "https:///",
            "http://",
            "ftp://a/b",
            "resource:0",
            "é",
        ] {
            assert_eq!(folded_address(none), None, "{none}");
        }
    }
}
