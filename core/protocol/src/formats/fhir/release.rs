//! Which release of FHIR a resource was written for, where it is an older one and shows it.

use super::cursor::{Cursor, Token};

/// A release of FHIR before R4.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum OldRelease {
    /// DSTU2, which is FHIR 1.0.
    Dstu2,
    /// STU3, which is FHIR 3.0.
    Stu3,
    /// One of the two: this resource does not tell them apart.
    Dstu2OrStu3,
}

impl OldRelease {
    /// What it is called.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Dstu2 => "DSTU2",
            Self::Stu3 => "STU3",
            Self::Dstu2OrStu3 => "DSTU2 or STU3",
        }
    }
}

/// The older release that a resource shows by its type or by an element that R4 no longer has; `None`
/// for R4, newer ones, and what is the same in all.
pub fn old_release(resource: &[u8]) -> Option<OldRelease> {
    let mut cursor = Cursor::new(resource);
    if cursor.next() != Some(Token::Object) {
        return None;
    }
    let mut members = Vec::new();
    let mut name = None;
    while let Some(key) = cursor.key() {
        let form = match cursor.next()? {
            Token::String(text) => {
                if key.raw() == b"resourceType" {
                    name = Some(text.raw());
                }
                Form::Text
            }
            Token::Object => {
                cursor.leave();
                Form::Object
            }
            Token::Array => {
                cursor.leave();
                Form::Array
            }
            _ => Form::Bare,
        };
        members.push((key.raw(), form));
    }
    let name = std::str::from_utf8(name?).ok()?;
    by_name(name).or_else(|| members.iter().filter_map(|(key, form)| by_member(name, key, *form)).min())
}

/// How a member is written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Form {
    Text,
    Object,
    Array,
    Bare,
}

/// Types that were replaced.
fn by_name(name: &str) -> Option<OldRelease> {
    Some(match name {
        "MedicationOrder"
        | "MedicationPrescription"
        | "DiagnosticOrder"
        | "DeviceUseRequest"
        | "ImagingObjectSelection"
        | "Order"
        | "OrderResponse"
        | "Conformance" => OldRelease::Dstu2,
        "ImagingManifest" | "Sequence" => OldRelease::Stu3,
        "BodySite"
        | "ProcedureRequest"
        | "ReferralRequest"
        | "EligibilityRequest"
        | "EligibilityResponse" => OldRelease::Dstu2OrStu3,
        _ => return None,
    })
}

/// Elements that were renamed or are written otherwise since (the difference pages of FHIR R4 and STU3).
fn by_member(name: &str, key: &[u8], form: Form) -> Option<OldRelease> {
    use OldRelease::{Dstu2, Dstu2OrStu3, Stu3};
    Some(match (name, key, form) {
        ("AllergyIntolerance", b"substance", _)
        | ("Condition", b"dateRecorded", _)
        | ("Observation", b"comments", _)
        | ("Procedure", b"notPerformed", Form::Bare)
        | ("Immunization" | "MedicationAdministration", b"wasNotGiven", Form::Bare)
        | ("MedicationStatement", b"wasNotTaken", Form::Bare)
        | ("Encounter", b"class", Form::Text)
        | ("Encounter" | "Condition", b"patient", Form::Object)
        | ("Patient", b"careProvider", _)
        | ("CarePlan", b"relatedPlan", _) => Dstu2,
        ("AllergyIntolerance" | "Condition", b"assertedDate", Form::Text)
        | (
            "Observation" | "Procedure" | "MedicationRequest" | "DiagnosticReport" | "CarePlan",
            b"context",
            Form::Object,
        )
        | ("Procedure" | "FamilyMemberHistory", b"notDone", Form::Bare)
        | ("Immunization" | "MedicationAdministration", b"notGiven", Form::Bare)
        | ("MedicationStatement", b"taken", Form::Text) => Stu3,
        ("AllergyIntolerance" | "Condition", b"clinicalStatus" | b"verificationStatus", Form::Text)
        | ("Observation", b"related", Form::Array) => Dstu2OrStu3,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_older_release_shows_by_its_types_and_elements_and_r4_does_not() {
        use OldRelease::{Dstu2, Dstu2OrStu3, Stu3};
        for (resource, expected) in [
            (r#"{"resourceType":"MedicationOrder"}"#, Some(Dstu2)),
            (r#"{"resourceType":"ImagingManifest"}"#, Some(Stu3)),
            (r#"{"resourceType":"ReferralRequest"}"#, Some(Dstu2OrStu3)),
            (r#"{"substance":{},"resourceType":"AllergyIntolerance"}"#, Some(Dstu2)),
            (r#"{"resourceType":"AllergyIntolerance","clinicalStatus":"active"}"#, Some(Dstu2OrStu3)),
            (r#"{"resourceType":"Condition","clinicalStatus":"active","assertedDate":"2016"}"#, Some(Stu3)),
            (r#"{"resourceType":"Condition","clinicalStatus":{"coding":[]}}"#, None),
            (r#"{"resourceType":"Observation","context":{}}"#, Some(Stu3)),
            (r#"{"resourceType":"Observation","encounter":{},"category":[]}"#, None),
            (r#"{"resourceType":"MedicationAdministration","context":{}}"#, None),
            (r#"{"resourceType":"MedicationAdministration","notGiven":true}"#, Some(Stu3)),
            (r#"{"resourceType":"Encounter","class":{"code":"AMB"}}"#, None),
            (r#"{"resourceType":"Encounter","class":"ambulatory"}"#, Some(Dstu2)),
            (r#"{"resourceType":"Patient","contact":[{"careProvider":1}]}"#, None),
            ("[]", None),
            ("{}", None),
        ] {
            assert_eq!(old_release(resource.as_bytes()), expected, "{resource}");
        }
    }
}
