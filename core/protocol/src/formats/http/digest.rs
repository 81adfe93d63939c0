//! Content digests (RFC 9530 §2).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sfv::{BareItem, Dictionary, ListEntry, Parser};

use crate::crypto::sha256;

/// The value of `content-digest` for a body, which may be empty.
pub fn content_digest(body: &[u8]) -> String {
    format!("sha-256=:{}:", STANDARD.encode(sha256(body)))
}

/// Whether a `content-digest` names the SHA-256 of a body; other digests beside it are ignored.
pub(super) fn is_digest_of(field: &str, body: &[u8]) -> bool {
    let Ok(digests) = Parser::new(field).parse::<Dictionary>() else {
        return false;
    };
    match digests.get("sha-256") {
        Some(ListEntry::Item(item)) => {
            matches!(&item.bare_item, BareItem::ByteSequence(digest) if *digest == sha256(body))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HELLO: &[u8] = br#"{"hello": "world"}"#;

    #[test]
    fn is_the_digest_of_the_standard() {
        // RFC 9530 §1, appendix B.1 and RFC 9421 §2.
        assert_eq!(content_digest(HELLO), "sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:");
        assert_eq!(content_digest(b""), "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:");
    }

    #[test]
    fn reads_it_beside_others_and_refuses_what_is_near() {
        let good = content_digest(HELLO);
        assert!(is_digest_of(&good, HELLO));
        assert!(is_digest_of(&format!("sha-512=:AAAA:, {good}"), HELLO));
        for field in [
            "",
            "sha-256",
            "sha-256=X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=",
            "sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPA=:",
            "sha-512=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:",
            "SHA-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:",
        ] {
            assert!(!is_digest_of(field, HELLO), "{field}");
        }
        assert!(!is_digest_of(&good, b""));
    }
}
