//! Why an input, or one resource of it, was not taken.

use std::io;

use crate::formats::apple_health::AppleHealthError;
use crate::formats::archive::ArchiveError;
use crate::formats::cda::CdaError;
use crate::formats::fhir_xml::FhirXmlError;
#[cfg(feature = "crypto")]
use crate::formats::shc::HealthCardError;

/// Why the reading of an input stopped before its end.
///
/// What was read before is incomplete: a caller that stores resources drops those of this input.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The input could not be read.
    #[error("the input could not be read")]
    Io(#[source] io::Error),
    /// The receiver of the resources asked to stop.
    #[error("reading was cancelled")]
    Cancelled,
    /// Not UTF-8 from this offset on, counted in the unpacked input.
    #[error(
        "the input is not UTF-8 at byte {offset}: it is damaged, or written in another encoding; download it again"
    )]
    InvalidUtf8 {
        /// Bytes before the one that is wrong.
        offset: u64,
    },
    /// UTF-16 or UTF-32; FHIR's JSON is UTF-8.
    #[error("the input is UTF-16, and health records are UTF-8: save it as UTF-8 in a text editor")]
    Utf16,
    /// Not JSON from this offset on, counted in the unpacked input.
    #[error("the input is not JSON at byte {offset}: it is cut off or damaged; download it again")]
    InvalidJson {
        /// Bytes before the one that is wrong.
        offset: u64,
    },
    /// The gzip stream is damaged or cut off.
    #[error("the gzip stream is damaged: download it again")]
    DamagedGzip(#[source] io::Error),
    /// The gzip stream unpacks to more than [`Limits`](super::Limits) allow.
    #[error("the gzip stream unpacks to too much: unpack it and import it in parts")]
    GzipTooLarge,
    /// FHIR in XML that is no such thing.
    #[error("{reason}")]
    FhirXml {
        /// What is wrong with it.
        reason: FhirXmlError,
    },
    /// An Apple Health export that is no such thing.
    #[error("{reason}")]
    AppleHealth {
        /// What is wrong with it.
        reason: AppleHealthError,
    },
    /// The archive, or an entry of one, cannot be read.
    #[error("{reason}")]
    Archive {
        /// What is wrong with it.
        reason: ArchiveError,
    },
}

impl ReadError {
    /// What a source says that failed: an entry of an archive, or XML that is read as JSON, tells what is wrong with it.
    pub fn of_source(error: io::Error) -> Self {
        let error = match error.downcast::<Self>() {
            Ok(reason) => return reason,
            Err(error) => error,
        };
        let inner = error.get_ref();
        if let Some(reason) = inner.and_then(|inner| inner.downcast_ref::<ArchiveError>()) {
            Self::Archive { reason: *reason }
        } else if let Some(reason) = inner.and_then(|inner| inner.downcast_ref::<FhirXmlError>()) {
            Self::FhirXml { reason: *reason }
        } else if let Some(reason) = inner.and_then(|inner| inner.downcast_ref::<AppleHealthError>()) {
            Self::AppleHealth { reason: *reason }
        } else {
            Self::Io(error)
        }
    }

    /// The stable name of this error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Io(_) => "ImportIo",
            Self::Cancelled => "Cancelled",
            Self::InvalidUtf8 { .. } => "InvalidUtf8",
            Self::Utf16 => "Utf16",
            Self::InvalidJson { .. } => "InvalidJson",
            Self::DamagedGzip(_) => "DamagedGzip",
            Self::GzipTooLarge => "GzipTooLarge",
            Self::FhirXml { reason } => reason.code(),
            Self::AppleHealth { reason } => reason.code(),
            Self::Archive { reason } => reason.code(),
        }
    }
}

/// Why one part of an input was not taken as a resource.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, thiserror::Error)]
pub enum Quarantine {
    /// A kind of file that is not read.
    #[error("this kind of file is not read yet")]
    UnsupportedFormat,
    /// Not JSON from this offset on; only a line of NDJSON can be left out alone.
    #[error("the line is not JSON at byte {offset}")]
    InvalidJson {
        /// Bytes before the one that is wrong, in the unpacked input.
        offset: u64,
    },
    /// A string holds a lone surrogate or NUL.
    #[error("a text holds a character that none can, at byte {offset}")]
    InvalidText {
        /// Bytes before its escape, in the unpacked input.
        offset: u64,
    },
    /// Objects and arrays are nested deeper than 64.
    #[error("the resource is nested too deep")]
    TooDeep,
    /// The resource is larger than [`Limits`](super::Limits) allow, or it is a Bundle of that size
    /// that says so only behind its entries.
    #[error("the resource is too large")]
    TooLarge,
    /// Not a JSON object, or one without `resourceType`.
    #[error("this is not a resource")]
    NotAResource,
    /// `resourceType` is not the name of a type: not a string, empty, or with other characters than letters.
    #[error("the resource type is not a name")]
    InvalidResourceType,
    /// A health card that cannot be read.
    #[cfg(feature = "crypto")]
    #[error("{reason}")]
    HealthCard {
        /// What is wrong with it.
        reason: HealthCardError,
    },
    /// A document that cannot be read.
    #[error("{reason}")]
    Document {
        /// What is wrong with it.
        reason: CdaError,
    },
}

impl Quarantine {
    /// The stable name of this reason.
    pub fn code(self) -> &'static str {
        match self {
            Self::UnsupportedFormat => "UnsupportedFormat",
            Self::InvalidJson { .. } => "InvalidJson",
            Self::InvalidText { .. } => "InvalidText",
            Self::TooDeep => "TooDeep",
            Self::TooLarge => "TooLarge",
            Self::NotAResource => "NotAResource",
            Self::InvalidResourceType => "InvalidResourceType",
            #[cfg(feature = "crypto")]
            Self::HealthCard { reason } => reason.code(),
            Self::Document { reason } => reason.code(),
        }
    }
}
