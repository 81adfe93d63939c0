//! Why a provider reads: HL7's PurposeOfUse.

use std::fmt;

/// The code is not one of the purposes that a patient can grant.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a purpose of use is one of {}", listed())]
pub struct InvalidPurpose;

/// The codes of all purposes, in a sentence.
fn listed() -> String {
    Purpose::ALL.iter().map(|purpose| purpose.as_str()).collect::<Vec<_>>().join(", ")
}

/// A purpose of use: a code of `http://terminology.hl7.org/CodeSystem/v3-ActReason`.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Purpose {
    /// Treatment of the patient (`TREAT`).
    Treat,
    /// Treatment in an emergency (`ETREAT`).
    EmergencyTreat,
    /// Payment for care (`HPAYMT`).
    Payment,
    /// What supports care: administration, contracts, quality (`HOPERAT`).
    Operations,
    /// Research on health (`HRESCH`).
    Research,
    /// Public health: reporting, prevention (`PUBHLTH`).
    PublicHealth,
    /// At the patient's own request.
    PatientRequest,
    /// At the request of the patient's family.
    FamilyRequest,
}

impl Purpose {
    /// All that a patient can grant, treatment first.
    pub const ALL: &'static [Self] = &[
        Self::Treat,
        Self::EmergencyTreat,
        Self::Payment,
        Self::Operations,
        Self::Research,
        Self::PublicHealth,
        Self::PatientRequest,
        Self::FamilyRequest,
    ];

    /// The code in HL7's v3-ActReason, as in `TREAT`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Treat => "TREAT",
            Self::EmergencyTreat => "ETREAT",
            Self::Payment => "HPAYMT",
            Self::Operations => "HOPERAT",
            Self::Research => "HRESCH",
            Self::PublicHealth => "PUBHLTH",
            Self::PatientRequest => "PATRQT",
            Self::FamilyRequest => "FAMRQT",
        }
    }

    /// Parses the HL7 code.
    ///
    /// # Errors
    /// [`InvalidPurpose`] on any other code.
    ///
    /// ```
    /// use keepwell_protocol::domain::{InvalidPurpose, Purpose};
    ///
    /// assert_eq!(Purpose::parse("TREAT"), Ok(Purpose::Treat));
    /// // A code of HL7, but none that a patient can grant.
    /// assert_eq!(Purpose::parse("HMARKT"), Err(InvalidPurpose));
    /// ```
    pub fn parse(code: &str) -> Result<Self, InvalidPurpose> {
        Self::ALL.iter().copied().find(|purpose| purpose.as_str() == code).ok_or(InvalidPurpose)
    }
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl<C> minicbor::Encode<C> for Purpose {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.str(self.as_str())?.ok()
    }
}

impl<'b, C> minicbor::Decode<'b, C> for Purpose {
    fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        Self::parse(d.str()?).map_err(|_| minicbor::decode::Error::message("unknown purpose"))
    }
}

impl serde::Serialize for Purpose {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(self.as_str())
    }
}
