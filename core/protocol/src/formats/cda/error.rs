//! Why a document cannot be read.

/// Why a document of HL7's Clinical Document Architecture cannot be read.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, thiserror::Error)]
pub enum CdaError {
    /// It brings definitions of its own, which could make it say anything.
    #[error(
        "the document has a DOCTYPE or entities of its own, which are not read; ask who gave it for one without"
    )]
    Doctype,
    /// It is not well-formed XML.
    #[error("the document is no well-formed XML: it is cut off or damaged; download it again")]
    Xml,
    /// Elements are nested deeper than 100.
    #[error("the document is nested too deep")]
    TooDeep,
    /// Over 20 MB, 400,000 elements, or 100 attributes of one element.
    #[error("the document is too large")]
    TooLarge,
    /// It isn't of HL7's namespace.
    #[error("the document is not of HL7's Clinical Document Architecture")]
    Namespace,
}

impl CdaError {
    /// The stable name of this error.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Doctype => "DocumentDoctype",
            Self::Xml => "DocumentXml",
            Self::TooDeep => "DocumentTooDeep",
            Self::TooLarge => "DocumentTooLarge",
            Self::Namespace => "DocumentNamespace",
        }
    }
}
