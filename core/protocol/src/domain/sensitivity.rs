//! Kinds of sensitive information, which a patient can leave out of what leaves.

use std::fmt;

/// No kind of sensitive information has this name.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a sensitive kind is one of {}", listed())]
pub struct InvalidSensitivity;

/// The names of all kinds, in a sentence.
fn listed() -> String {
    Sensitivity::ALL.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join(", ")
}

/// A kind of information that laws and patients guard more closely than the rest; a record may be of several.
///
/// A record of none of these is not thereby harmless: it is one that the table of codes does not know.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Sensitivity {
    /// Mental health, behaviour, dementia, and medicines for them.
    MentalHealth,
    /// Sexual and reproductive health, but for pregnancy and HIV.
    SexualHealth,
    /// Use of alcohol and drugs, and its treatment.
    SubstanceUse,
    /// What was found or looked for in the genes.
    Genetics,
    /// HIV: tests, infection, treatment, and prevention by the same medicines.
    Hiv,
    /// Pregnancy, birth, and their end.
    Pregnancy,
}

impl Sensitivity {
    /// Every kind, in the order in which they are shown.
    pub const ALL: &'static [Self] = &[
        Self::MentalHealth,
        Self::SexualHealth,
        Self::SubstanceUse,
        Self::Genetics,
        Self::Hiv,
        Self::Pregnancy,
    ];

    /// The name in the command line and in tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MentalHealth => "mental-health",
            Self::SexualHealth => "sexual-health",
            Self::SubstanceUse => "substance-use",
            Self::Genetics => "genetics",
            Self::Hiv => "hiv",
            Self::Pregnancy => "pregnancy",
        }
    }

    /// Parses the name.
    ///
    /// # Errors
    /// [`InvalidSensitivity`] if no kind has exactly this name.
    ///
    /// ```
    /// use keepwell_protocol::domain::{InvalidSensitivity, Sensitivity};
    ///
    /// assert_eq!(Sensitivity::parse("hiv"), Ok(Sensitivity::Hiv));
    /// assert_eq!(Sensitivity::parse("HIV"), Err(InvalidSensitivity));
    /// ```
    pub fn parse(name: &str) -> Result<Self, InvalidSensitivity> {
        Self::ALL.iter().copied().find(|kind| kind.as_str() == name).ok_or(InvalidSensitivity)
    }
}

impl fmt::Display for Sensitivity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl serde::Serialize for Sensitivity {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_reads_back_and_no_other_does() {
        assert_eq!(Sensitivity::ALL.len(), 6);
        for kind in Sensitivity::ALL {
            assert_eq!(Sensitivity::parse(kind.as_str()), Ok(*kind));
        }
        for bad in ["", "Hiv", "mental", "*", "all"] {
            assert_eq!(Sensitivity::parse(bad), Err(InvalidSensitivity));
        }
    }
}
