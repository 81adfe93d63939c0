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
    /// A C-CDA document: XML of HL7's Clinical Document Architecture.
    CCda,
    /// A FHIR resource or Bundle in XML.
    FhirXml,
    /// An Apple Health export.
    AppleHealth,
    /// XML of another kind.
    Xml,
    /// A web page, by its doctype or `<html>`.
    Html,
    /// A zip archive within another, or one in which nothing is.
    Zip,
    /// An archive of another kind: 7z, rar, tar, bzip2, xz, zstd.
    Archive,
    /// A PDF document, by its `%PDF`.
    Pdf,
    /// A document of an office program: Word, RTF and the like.
    OfficeDocument,
    /// A picture: PNG, JPEG, GIF, TIFF, WebP, HEIC.
    Picture,
    /// A DICOM file: a picture of radiology with its data.
    Dicom,
    /// Messages of HL7 version 2.
    Hl7Version2,
    /// A table: lines with the same number of commas, semicolons or tabs.
    Table,
    /// Text of another kind.
    Text,
    /// Anything else, such as gzip within gzip.
    Binary,
    /// Cut off, damaged, or written in another encoding than UTF-8.
    Damaged,
    /// Nothing but white space.
    Empty,
}

impl Kind {
    /// All kinds, in the order of declaration.
    pub const ALL: &[Self] = &[
        Self::Bundle,
        Self::Resource,
        Self::Ndjson,
        Self::JsonLinesOfValues,
        Self::JsonOther,
        Self::HealthCard,
        Self::HealthCardJws,
        Self::HealthCardQr,
        Self::HealthLink,
        Self::Jwe,
        Self::CCda,
        Self::FhirXml,
        Self::AppleHealth,
        Self::Xml,
        Self::Html,
        Self::Zip,
        Self::Archive,
        Self::Pdf,
        Self::OfficeDocument,
        Self::Picture,
        Self::Dicom,
        Self::Hl7Version2,
        Self::Table,
        Self::Text,
        Self::Binary,
        Self::Damaged,
        Self::Empty,
    ];

    /// The kind of a stable name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.as_str() == name)
    }

    /// The name by which the store and the command line know it.
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
            Self::Html => "html",
            Self::Zip => "zip",
            Self::Archive => "archive",
            Self::Pdf => "pdf",
            Self::OfficeDocument => "office-document",
            Self::Picture => "picture",
            Self::Dicom => "dicom",
            Self::Hl7Version2 => "hl7-v2",
            Self::Table => "table",
            Self::Text => "text",
            Self::Binary => "binary",
            Self::Damaged => "damaged",
            Self::Empty => "empty",
        }
    }

    /// What it is, in a few words, and what its owner can do about it where it cannot be read: a
    /// clause without a full stop.
    pub const fn advice(self) -> &'static str {
        match self {
            Self::Bundle | Self::Resource | Self::Ndjson => {
                "FHIR in JSON with something wrong in it; ask who gave it for a corrected one"
            }
            Self::JsonLinesOfValues | Self::JsonOther => {
                "JSON, but no health record; ask who gave it for the records as FHIR"
            }
            Self::HealthCard | Self::HealthCardJws | Self::HealthCardQr => {
                "a SMART Health Card with something wrong in it; ask its issuer for it again"
            }
            Self::HealthLink => "a SMART Health Link; open it as a link that somebody shared",
            Self::Jwe => "the encrypted file behind a SMART Health Link; open the link instead",
            Self::CCda => {
                "a C-CDA document in XML that is not read; ask who gave it for the same records as FHIR in JSON"
            }
            Self::FhirXml => "FHIR in XML; ask who gave it for the same in JSON",
            Self::AppleHealth => {
                "an Apple Health export; the clinical records beside it, in the folder clinical-records, are FHIR"
            }
            Self::Xml => "XML; ask who gave it for the records as FHIR in JSON",
            Self::Html => {
                "a web page, perhaps one that asks to log in or reports an error; download the records again"
            }
            Self::Zip | Self::Archive => {
                "an archive that is not opened here; unpack it and import the files in it"
            }
            Self::Pdf => "a PDF document; ask who gave it for the same records as FHIR",
            Self::OfficeDocument => {
                "a document of an office program; ask who gave it for the same records as FHIR"
            }
            Self::Picture => "a picture; if it shows the code of a link, open that",
            Self::Dicom => "a DICOM picture; ask who gave it for the report as FHIR",
            Self::Hl7Version2 => "HL7 version 2 messages; ask who gave them for the same records as FHIR",
            Self::Table => "a table; ask who gave it for the same records as FHIR",
            Self::Text => "text that is not JSON; ask who gave it for the records as FHIR",
            Self::Binary => "not a kind of file that is known here; ask who gave it for the records as FHIR",
            Self::Damaged => "cut off, damaged or not written as UTF-8; download it again",
            Self::Empty => "nothing but white space; download it again",
        }
    }
}

/// What the first bytes say.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Opening {
    Json,
    /// UTF-16 or UTF-32 text.
    Utf16,
    /// A kind that is not read.
    Other(Kind),
}

/// Tells what an input is from its first bytes, without a UTF-8 byte order mark; `whole` says
/// that they are all of it.
pub(super) fn opening(bytes: &[u8], whole: bool) -> Opening {
    if let Some(kind) = signature(bytes) {
        return Opening::Other(kind);
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

/// What the bytes at fixed places say.
fn signature(bytes: &[u8]) -> Option<Kind> {
    let has = |at: usize, wanted: &[u8]| bytes.get(at..).is_some_and(|rest| rest.starts_with(wanted));
    let begins = |with: &[&[u8]]| with.iter().any(|wanted| has(0, wanted));
    Some(if begins(&[b"PK\x03\x04", b"PK\x05\x06"]) {
        let is_office = contains(bytes.get(..4_096).unwrap_or(bytes), b"[Content_Types].xml");
        if is_office { Kind::OfficeDocument } else { Kind::Zip }
    } else if begins(&[b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07", b"BZh", b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd"])
        || has(257, b"ustar")
    {
        Kind::Archive
    } else if has(0, b"%PDF") {
        Kind::Pdf
    } else if begins(&[b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"{\\rtf"]) {
        Kind::OfficeDocument
    } else if begins(&[b"\x89PNG\r\n", b"\xff\xd8\xff", b"GIF8", b"II*\0", b"MM\0*"])
        || has(0, b"RIFF") && has(8, b"WEBP")
        || has(4, b"ftyphei")
        || has(4, b"ftypmif1")
    {
        Kind::Picture
    } else if has(128, b"DICM") {
        Kind::Dicom
    } else if begins(&[b"MSH|", b"\x0bMSH|", b"FHS|", b"BHS|"]) {
        Kind::Hl7Version2
    } else {
        return None;
    })
}

/// Whether the first lines of a text have one number of the same separator, two or more.
fn is_table(text: &[u8]) -> bool {
    let mut lines = text.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
    let (Some(first), Some(second)) = (lines.next(), lines.next()) else { return false };
    let count = |line: &[u8], separator: u8| line.iter().filter(|byte| **byte == separator).count();
    let agree =
        |separator| count(first, separator) >= 2 && count(first, separator) == count(second, separator);
    b",;\t".iter().any(|separator| agree(*separator))
}

/// What text that is neither JSON nor XML is.
fn line(text: &[u8], whole: bool) -> Kind {
    let broken = std::str::from_utf8(text).err().is_some_and(|error| whole || error.error_len().is_some());
    if broken || text.contains(&0) {
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
    } else if is_table(text) {
        Kind::Table
    } else {
        Kind::Text
    }
}

/// What an XML document is, by the name and the namespaces in its first tag.
fn xml(text: &[u8]) -> Kind {
    // The first `<` followed by a letter opens the root element; `<?` and `<!` come before it.
    // No entity is ever expanded: only these bytes are looked at.
    if text.get(..14).is_some_and(|start| start.eq_ignore_ascii_case(b"<!doctype html")) {
        return Kind::Html;
    }
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
    } else if local.eq_ignore_ascii_case(b"html") {
        Kind::Html
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
            (b"PK\x03\x04\0[Content_Types].xml", Opening::Other(Kind::OfficeDocument)),
            (b"%PDF-1.7\n", Opening::Other(Kind::Pdf)),
            (b"\x89PNG\r\n", Opening::Other(Kind::Picture)),
            (b"\xff\xd8\xff\xe0", Opening::Other(Kind::Picture)),
            (b"\0\0\0\x18ftypheic", Opening::Other(Kind::Picture)),
            (b"RIFF1234WEBP", Opening::Other(Kind::Picture)),
            (b"RIFF1234WAVE", Opening::Other(Kind::Text)),
            (&[&[0; 128][..], b"DICM"].concat(), Opening::Other(Kind::Dicom)),
            (&[&[0; 129][..], b"DICM"].concat(), Opening::Other(Kind::Binary)),
            (b"7z\xbc\xaf\x27\x1c", Opening::Other(Kind::Archive)),
            (b"{\\rtf1", Opening::Other(Kind::OfficeDocument)),
            (b"MSH|^~\\&|", Opening::Other(Kind::Hl7Version2)),
            (b"MSH and more", Opening::Other(Kind::Text)),
            (b"name,born,sex\nA,1980,f\n", Opening::Other(Kind::Table)),
            (b"name;born;sex\r\nA;1980;f\r\n", Opening::Other(Kind::Table)),
            (b"Dear Ann, dear Bob,\nhow are you?\n", Opening::Other(Kind::Text)),
            (b"<!DOCTYPE HTML><p>", Opening::Other(Kind::Html)),
            (b"<!-- x --><HTML lang=\"en\">", Opening::Other(Kind::Html)),
            (b"<htmlx/>", Opening::Other(Kind::Xml)),
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
    fn every_kind_has_a_name_of_its_own_and_advice() {
        for kind in Kind::ALL {
            assert_eq!(Kind::from_name(kind.as_str()), Some(*kind));
            assert!(kind.advice().len() > 20 && !kind.advice().ends_with('.'), "{kind:?}");
        }
        assert_eq!(Kind::from_name("PDF"), None);
    }

    #[test]
    fn a_character_cut_by_the_end_of_the_first_bytes_is_not_a_broken_one() {
        assert_eq!(opening("Grüße".as_bytes().get(..3).unwrap(), false), Opening::Other(Kind::Text));
        assert_eq!(opening("Grüße".as_bytes().get(..3).unwrap(), true), Opening::Other(Kind::Binary));
    }
}
