//! The categories that a patient grants by.

use std::fmt;

/// No category has this name.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a category is one of {}", listed())]
pub struct InvalidCategory;

/// The names of all categories, in a sentence.
fn listed() -> String {
    Category::ALL.iter().map(|category| category.as_str()).collect::<Vec<_>>().join(", ")
}

macro_rules! categories {
    ($($(#[$doc:meta])* $variant:ident = $name:literal),* $(,)?) => {
        /// What kind of record something is, as the patient sees it; each record has exactly one.
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub enum Category { $($(#[$doc])* $variant,)* }

        impl Category {
            /// Every category, in the order in which they are shown.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The name in the command line, in scopes and in compartment labels.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }
    };
}

categories! {
    /// Who the patient is.
    Patient = "patient",
    /// What the patient is allergic to or does not tolerate.
    Allergies = "allergies",
    /// Problems, diagnoses and adverse events.
    Conditions = "conditions",
    /// Medicines prescribed, given or taken.
    Medications = "medications",
    /// Vaccinations given or recommended.
    Immunizations = "immunizations",
    /// Laboratory and imaging results.
    Results = "results",
    /// Blood pressure, weight, temperature and other vital signs.
    Vitals = "vitals",
    /// Procedures done and services ordered.
    Procedures = "procedures",
    /// Notes, letters and forms.
    Documents = "documents",
    /// Visits, stays and appointments.
    Encounters = "encounters",
    /// Implants and other equipment of the patient.
    Devices = "devices",
    /// Illnesses in the family.
    FamilyHistory = "family-history",
    /// Smoking, living and working conditions.
    SocialHistory = "social-history",
    /// Plans, teams and goals.
    CarePlans = "care-plans",
    /// Coverage, claims and bills.
    Insurance = "insurance",
    /// What was found in the patient's genes.
    Genomics = "genomics",
    /// Measurements by the patient's own devices.
    Wearables = "wearables",
    /// Everything else, known or not.
    Other = "other",
}

impl Category {
    /// Parses the name.
    ///
    /// # Errors
    /// [`InvalidCategory`] if no category has exactly this name.
    ///
    /// ```
    /// use keepwell_protocol::domain::{Category, InvalidCategory};
    ///
    /// assert_eq!(Category::parse("allergies"), Ok(Category::Allergies));
    /// assert_eq!(Category::parse("Allergies"), Err(InvalidCategory));
    /// ```
    pub fn parse(name: &str) -> Result<Self, InvalidCategory> {
        Self::ALL.iter().copied().find(|category| category.as_str() == name).ok_or(InvalidCategory)
    }

    /// The label of the compartment that holds this category.
    pub fn compartment_label(self) -> String {
        format!("category/{}", self.as_str())
    }
}

impl fmt::Display for Category {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl<C> minicbor::Encode<C> for Category {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.str(self.as_str())?.ok()
    }
}

impl<'b, C> minicbor::Decode<'b, C> for Category {
    fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        Self::parse(d.str()?).map_err(|_| minicbor::decode::Error::message("unknown category"))
    }
}

impl serde::Serialize for Category {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_reads_back_and_no_other_does() {
        assert_eq!(Category::ALL.len(), 18);
        for category in Category::ALL {
            assert_eq!(Category::parse(category.as_str()), Ok(*category));
        }
        for bad in ["", "Allergies", "allergy", "*", "all"] {
            assert_eq!(Category::parse(bad), Err(InvalidCategory));
        }
    }
}
