//! Identifiers that tell people apart, and those that do not.

use minicbor::{Decode, Encode};

/// An identifier of a person, as written.
#[derive(Clone, Debug, Decode, Default, Encode, Eq, Hash, PartialEq)]
#[cbor(map)]
pub struct PersonIdentifier {
    /// The URI of the namespace in which the value is unique.
    #[n(0)]
    pub system: Option<String>,
    /// The identifier within its system.
    #[n(1)]
    pub value: Option<String>,
    /// The codes of its `type`.
    #[n(2)]
    pub types: Vec<String>,
}

impl PersonIdentifier {
    /// System and value without blanks around them, if there is a value of a bearable length.
    pub(super) fn key(&self) -> Option<(&str, &str)> {
        let value = filled(self.value.as_deref()).filter(|value| value.len() <= MOST_BYTES)?;
        let system =
            filled(self.system.as_deref()).filter(|system| system.len() <= MOST_BYTES).unwrap_or_default();
        Some((system, value))
    }

    /// System and value, if two Patients that share them are likely one person: not placeholders, not
    /// the numbers that an insurer gives a family, nothing without a system.
    pub(super) fn telling(&self) -> Option<(&str, &str)> {
        let (system, value) = self.key().filter(|(system, _)| !system.is_empty())?;
        (!is_placeholder(value) && !self.is_of_insurance()).then_some((system, value))
    }

    /// HL7 v2 table 0203: member, subscriber, health card, Medicare, Medicaid, insured party; the German
    /// types of statutory and private insurance.
    fn is_of_insurance(&self) -> bool {
        let code = |code: &String| {
            ["MB", "SN", "HC", "MC", "MA", "NIIP", "PNT", "GKV", "PKV", "KVZ10", "KVK"].contains(&code.trim())
        };
        let system = self.system.as_deref().unwrap_or_default().to_ascii_lowercase();
        let marks =
            ["insur", "member", "subscriber", "medicare", "medicaid", "payer", "payor", "kvid", "us-mbi"];
        self.types.iter().any(code) || marks.iter().any(|mark| system.contains(mark))
    }
}

fn filled(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
}

/// Whether a value is what people type who know none: one digit repeated, or no letter or digit.
fn is_placeholder(value: &str) -> bool {
    let mut signs = value.chars().filter(|sign| sign.is_alphanumeric());
    let Some(first) = signs.next() else { return true };
    let unknown = ["unknown", "none", "null", "n/a", "na", "nil", "test", "123456789", "123-45-6789"];
    unknown.iter().any(|word| value.eq_ignore_ascii_case(word))
        || first.is_numeric()
            && value.chars().filter(|sign| sign.is_alphanumeric()).count() > 1
            && signs.all(|sign| sign == first)
}

/// Longer ones identify nobody.
const MOST_BYTES: usize = 1_000;

#[cfg(test)]
mod tests {
    use super::*;

    fn identifier(system: &str, value: &str, code: &str) -> PersonIdentifier {
        PersonIdentifier {
            system: Some(system.to_owned()),
            value: Some(value.to_owned()),
            types: vec![code.to_owned()],
        }
    }

    #[test]
    fn placeholders_and_insurance_numbers_tell_nobody_apart() {
        let mrn = "https://a.example/mrn";
        assert!(identifier(mrn, " 4711 ", "MR").telling() == Some((mrn, "4711")));
        for value in ["1", "7", "112", "A11", "756.1111.1111.12"] {
            assert!(identifier(mrn, value, "MR").telling().is_some(), "{value}");
        }
        for value in ["", " ", "-", "999-99-9999", "000000", "11", "unknown", "N/A", &"4".repeat(1_000_000)] {
            assert!(identifier(mrn, value, "MR").telling().is_none(), "{value:.20}");
        }
        for code in ["MB", "SN", "MC", "HC"] {
            assert!(identifier(mrn, "77", code).telling().is_none(), "{code}");
        }
        for system in
            ["", "https://insurer.example/x", "https://x.example/member", "http://fhir.de/sid/gkv/kvid-10"]
        {
            assert!(identifier(system, "FAM-78", "").telling().is_none(), "{system}");
        }
        assert!(PersonIdentifier::default().telling().is_none());
    }
}
