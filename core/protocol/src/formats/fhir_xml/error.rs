//! Why FHIR in XML cannot be read.

/// Why FHIR in XML cannot be read.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, thiserror::Error)]
pub enum FhirXmlError {
    /// It brings definitions of its own, which could make it say anything.
    #[error(
        "the XML has a DOCTYPE or entities of its own, which are not read; ask who gave it for one without"
    )]
    Doctype,
    /// It is not well-formed XML.
    #[error("the input is no well-formed XML: it is cut off or damaged; download it again")]
    Syntax,
    /// It says that it is written in another encoding than UTF-8.
    #[error("the XML says that it is not UTF-8, and health records are: save it as UTF-8")]
    Encoding,
    /// Elements are nested deeper than 100.
    #[error("the XML is nested too deep")]
    TooDeep,
    /// One resource takes more bytes than [`Limits`](super::super::fhir::Limits) allow.
    #[error("the XML has a resource that is too large")]
    TooLarge,
    /// No release of FHIR has this element, attribute or text there, or not twice: what it means can't be known.
    #[error(
        "the XML at byte {offset} is not as any release of FHIR has it; ask who gave it for the same as FHIR in JSON"
    )]
    Element {
        /// Bytes before the end of it, in the unpacked input.
        offset: u64,
    },
}

impl FhirXmlError {
    /// The stable name of this error.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Doctype => "FhirXmlDoctype",
            Self::Syntax => "FhirXmlSyntax",
            Self::Encoding => "FhirXmlEncoding",
            Self::TooDeep => "FhirXmlTooDeep",
            Self::TooLarge => "FhirXmlTooLarge",
            Self::Element { .. } => "FhirXmlElement",
        }
    }
}
