//! What could not be read yet.

use keepwell_protocol::domain::{QuarantineId, RecordId};
use keepwell_protocol::formats::fhir::Kind as ContentKind;
use keepwell_wallet::{FoundPatient, ImportReport, QuarantinedItem, RetryRefusal, RetryReport};

use super::Instant;

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

/// One item in quarantine.
#[uniffi::remote(Record)]
pub struct QuarantinedItem {
    /// SHA-256 of its bytes, by which it is shown, tried again and dropped.
    pub id: QuarantineId,
    /// The name of the file that it came in; empty where it had none.
    pub file: String,
    /// Which one of the file, from 0: the entry of a Bundle, the line of NDJSON. None for a whole file, and
    /// for a record that was moved here by hand.
    pub index: Option<u64>,
    /// Why: the code of a reading error or of a part that is not taken, or `ByHand`.
    pub reason: String,
    /// What its bytes turned out to be; `Damaged` for a file that could not be read to its end.
    pub kind: ContentKind,
    /// How many bytes it has, at most 50 MB unless it was moved here by hand.
    pub bytes: u64,
    /// When it came here first, by this device's clock.
    pub received: Instant,
    /// The source that was named for it.
    pub source: Option<String>,
    /// The record that it is, where it was moved here by hand.
    pub record: Option<RecordId>,
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
