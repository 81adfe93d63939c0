//! What could not be read yet.

use keepwell_protocol::domain::QuarantineId;
use keepwell_protocol::formats::fhir::Kind as ContentKind;
use keepwell_wallet::{FoundPatient, ImportReport, RetryRefusal, RetryReport};

/// What an input turned out to be.
#[uniffi::remote(Enum)]
pub enum ContentKind {
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
    CCda,
    FhirXml,
    AppleHealth,
    /// XML of another kind.
    Xml,
    Html,
    Zip,
    /// An archive of another kind: 7z, rar, tar, bzip2, xz, zstd.
    Archive,
    Pdf,
    /// A document of an office program: Word, RTF and the like.
    OfficeDocument,
    /// A picture: PNG, JPEG, GIF, TIFF, WebP, HEIC.
    Picture,
    /// A DICOM file: a picture of radiology with its data.
    Dicom,
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

/// What came of trying again what could not be read.
#[uniffi::remote(Record)]
pub struct RetryReport {
    /// Items that are read now and have left the quarantine.
    pub read: u64,
    /// Items that still can't be read.
    pub unread: u64,
    /// Items that are about someone else, or about more than one person.
    pub other_patient: Vec<RetryRefusal>,
    /// What became of the records in those that are read: one report each.
    pub imported: Vec<ImportReport>,
}

/// An item that was not taken, since it is not about the owner alone.
#[uniffi::remote(Record)]
pub struct RetryRefusal {
    /// Which item of the quarantine, where it stays.
    pub item: QuarantineId,
    /// Who it is about, and the owner where known; at most 100.
    pub patients: Vec<FoundPatient>,
}
