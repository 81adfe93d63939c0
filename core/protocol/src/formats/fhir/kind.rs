//! What an input is, told from its bytes alone: names and extensions lie too often.

/// What an input turned out to be.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Kind {
    /// A FHIR Bundle in JSON, of whatever type.
    Bundle,
    /// One FHIR resource in JSON.
    Resource,
    /// JSON documents, one a line, at least one of them an object.
    Ndjson,
    /// JSON documents, one a line, none of them an object.
    JsonLinesOfValues,
    /// One JSON document that is no resource.
    JsonOther,
    /// A `.smart-health-card` file: JSON with `verifiableCredential`.
    HealthCard,
    /// A health card as a bare compact JWS.
    HealthCardJws,
    /// A health card, or a chunk of one, as the text of its QR code.
    HealthCardQr,
    /// A SMART Health Link.
    HealthLink,
    /// A compact JWE, such as the file behind a SMART Health Link.
    Jwe,
    /// A C-CDA document.
    CCda,
    /// FHIR in XML.
    FhirXml,
    /// An Apple Health export.
    AppleHealth,
    /// XML of another kind.
    Xml,
    /// A zip archive.
    Zip,
    /// Text of another kind.
    Text,
    /// Anything else: pictures, PDF, DICOM, an archive within gzip.
    Binary,
    /// Nothing but white space.
    Empty,
}

impl Kind {
    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bundle => "bundle",
            Self::Resource => "resource",
            Self::Ndjson => "ndjson",
            Self::JsonLinesOfValues => "json-lines-of-values",
            Self::JsonOther => "json-other",
            Self::HealthCard => "shc",
            Self::HealthCardJws => "shc-jws",
            Self::HealthCardQr => "shc-qr-numeric",
            Self::HealthLink => "shlink",
            Self::Jwe => "jwe",
            Self::CCda => "c-cda",
            Self::FhirXml => "fhir-xml",
            Self::AppleHealth => "apple-health",
            Self::Xml => "xml",
            Self::Zip => "zip",
            Self::Text => "text",
            Self::Binary => "binary",
            Self::Empty => "empty",
        }
    }
}

/// What the first bytes say.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Opening {
    /// JSON, if anything.
    Json,
    /// UTF-16 or UTF-32 text.
    Utf16,
    /// A kind that is not read.
    Other(Kind),
}

/// Tells what an input is from its first bytes, without a UTF-8 byte order mark; `whole` says
/// that they are all of it.
pub(super) fn opening(bytes: &[u8], whole: bool) -> Opening {
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") {
        return Opening::Other(Kind::Zip);
    }
    // A byte order mark (U+FEFF) in UTF-16, or an ASCII character there.
    if let [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [b'{' | b'[' | b'<', 0, ..] | [0, b'{' | b'[' | b'<', ..] =
        bytes
    {
        return Opening::Utf16;
    }
    let text = bytes.trim_ascii_start();
    match text.first() {
        None if whole => Opening::Other(Kind::Empty),
        None | Some(b'{' | b'[' | b'"' | b'-' | b'0'..=b'9') => Opening::Json,
        _ if [&b"true"[..], b"false", b"null"].iter().any(|word| text.starts_with(word)) => Opening::Json,
        Some(b'<') => Opening::Other(xml(text)),
        _ => Opening::Other(line(text, whole)),
    }
}

/// What text that is neither JSON nor XML is.
fn line(text: &[u8], whole: bool) -> Kind {
    let broken = std::str::from_utf8(text).err().is_some_and(|error| whole || error.error_len().is_some());
    if broken || text.contains(&0) || text.starts_with(b"%PDF") {
        return Kind::Binary;
    }
    let word = text.trim_ascii_end();
    let compact = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    if text.starts_with(b"shc:/") {
        Kind::HealthCardQr
    } else if text.starts_with(b"shlink:/") || contains(text, b"#shlink:/") {
        Kind::HealthLink
    } else if word.starts_with(b"eyJ") && word.iter().all(compact) {
        // The number of dots says which, but a JWE may be longer than what is looked at.
        match word.split(|byte| *byte == b'.').count() {
            3 if word.split(|byte| *byte == b'.').nth(1) != Some(b"") => Kind::HealthCardJws,
            3..=5 if contains(word, b"..") => Kind::Jwe,
            _ => Kind::Text,
        }
    } else {
        Kind::Text
    }
}

/// What an XML document is, by the name and the namespaces in its first tag.
fn xml(text: &[u8]) -> Kind {
    // The first `<` followed by a letter opens the root element; `<?` and `<!` come before it.
    // No entity is ever expanded: only these bytes are looked at.
    let mut rest = text;
    loop {
        rest = if rest.starts_with(b"<!--") {
            behind(rest, b"-->")
        } else if rest.starts_with(b"<!") || rest.starts_with(b"<?") {
            behind(rest, b">")
        } else if rest.first() == Some(&b'<') {
            break;
        } else {
            behind_text(rest)
        };
        if rest.is_empty() {
            return Kind::Xml;
        }
    }
    let tag = rest.split(|byte| *byte == b'>').next().unwrap_or_default();
    let name = tag
        .get(1..)
        .and_then(|tag| tag.split(|byte| byte.is_ascii_whitespace() || *byte == b'/').next())
        .unwrap_or_default();
    let local = name.rsplit(|byte| *byte == b':').next().unwrap_or_default();
    if contains(tag, b"http://hl7.org/fhir") {
        Kind::FhirXml
    } else if local == b"ClinicalDocument" {
        Kind::CCda
    } else if local == b"HealthData" {
        Kind::AppleHealth
    } else {
        Kind::Xml
    }
}

fn behind<'a>(text: &'a [u8], end: &[u8]) -> &'a [u8] {
    text.windows(end.len())
        .position(|window| window == end)
        .and_then(|at| text.get(at + end.len()..))
        .unwrap_or_default()
}

fn behind_text(text: &[u8]) -> &[u8] {
    text.iter().position(|byte| *byte == b'<').and_then(|at| text.get(at..)).unwrap_or_default()
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_each_kind_by_its_first_bytes() {
        for (bytes, opening_is) in [
            (&b"{\"resourceType\":"[..], Opening::Json),
            (b" \t\r\n[", Opening::Json),
            (b"-1\n+1", Opening::Json),
            (b"true", Opening::Json),
            (b"tree", Opening::Other(Kind::Text)),
            (b"", Opening::Other(Kind::Empty)),
            (b" \n", Opening::Other(Kind::Empty)),
            (b"PK\x03\x04", Opening::Other(Kind::Zip)),
            (b"%PDF-1.7\n", Opening::Other(Kind::Binary)),
            (b"\x89PNG\r\n", Opening::Other(Kind::Binary)),
            (b"a\0b", Opening::Other(Kind::Binary)),
            (b"\x1f\x8b\x08", Opening::Other(Kind::Binary)),
            (b"\xff\xfe{\0", Opening::Utf16),
            (b"\0{", Opening::Utf16),
            (b"shc:/1234", Opening::Other(Kind::HealthCardQr)),
            (b"shlink:/eyJ", Opening::Other(Kind::HealthLink)),
            (b"https://viewer.example.org#shlink:/eyJ", Opening::Other(Kind::HealthLink)),
            (b"https://viewer.example.org/shlink:/eyJ", Opening::Other(Kind::Text)),
            (b" eyJhbGci.eyJp.c2ln\n", Opening::Other(Kind::HealthCardJws)),
            (b"eyJhbGci..aXY.Y3Q.dGFn", Opening::Other(Kind::Jwe)),
            (b"eyJhbGci.eyJp", Opening::Other(Kind::Text)),
            (b"<?xml version=\"1.0\"?><!-- <Bundle> --><x/>", Opening::Other(Kind::Xml)),
            (b"<Bundle xmlns=\"http://hl7.org/fhir\">", Opening::Other(Kind::FhirXml)),
            (b"<!DOCTYPE x [<!ENTITY a \"b\">]><HealthData>", Opening::Other(Kind::AppleHealth)),
            (b"<ClinicalDocument xmlns=\"urn:hl7-org:v3\">", Opening::Other(Kind::CCda)),
            (b"<!-- no end", Opening::Other(Kind::Xml)),
        ] {
            assert_eq!(opening(bytes, true), opening_is, "{}", String::from_utf8_lossy(bytes));
        }
    }

    #[test]
    fn a_character_cut_by_the_end_of_the_first_bytes_is_not_a_broken_one() {
        assert_eq!(opening("Grüße".as_bytes().get(..3).unwrap(), false), Opening::Other(Kind::Text));
        assert_eq!(opening("Grüße".as_bytes().get(..3).unwrap(), true), Opening::Other(Kind::Binary));
    }
}
