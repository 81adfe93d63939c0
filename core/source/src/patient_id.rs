//! The id of a patient at a server.

use std::fmt;

/// The text is no id of a resource.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the id of a patient is 1 to 64 letters, digits, hyphens and dots")]
pub struct InvalidPatientId;

/// The id of a Patient at its server: 1 to 64 of `A-Z a-z 0-9 - .`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PatientId(String);

impl PatientId {
    /// Parses the text form (<https://hl7.org/fhir/R4/datatypes.html#id>).
    ///
    /// # Errors
    /// [`InvalidPatientId`] on any other length or character, and on `.` and `..`, which lead elsewhere in an address.
    ///
    /// ```
    /// # use keepwell_source::PatientId;
    /// assert_eq!(PatientId::parse("p-1.a").unwrap().as_str(), "p-1.a");
    /// assert!(PatientId::parse("../Patient/2").is_err());
    /// ```
    pub fn parse(text: &str) -> Result<Self, InvalidPatientId> {
        if is_id(text) { Ok(Self(text.to_owned())) } else { Err(InvalidPatientId) }
    }

    /// The id as it is in an address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PatientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether a text is the id of a resource that may stand in an address.
pub(crate) fn is_id(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'))
        && text.bytes().any(|byte| byte != b'.')
}
