//! Which category a resource is of: one table, with a version.

use super::head::{Coding, ResourceHead};
use crate::domain::Category;

/// The version of the table below. A record keeps the category that it was first published under.
pub const CATEGORY_TABLE_VERSION: u32 = 1;

/// The category of a resource.
///
/// `device` is the head of the Device that measured it, where that is at hand: an Observation
/// from a personal device is of the category `wearables` even if it does not say so itself.
pub fn category(head: &ResourceHead<'_>, device: Option<&ResourceHead<'_>>) -> Category {
    match head.resource_type.as_ref() {
        "Patient" | "RelatedPerson" | "Person" => Category::Patient,
        "AllergyIntolerance" => Category::Allergies,
        "Condition" | "ClinicalImpression" | "DetectedIssue" | "Flag" | "AdverseEvent" => {
            Category::Conditions
        }
        "MedicationRequest"
        | "MedicationStatement"
        | "MedicationAdministration"
        | "MedicationDispense"
        | "Medication" => Category::Medications,
        "Immunization" | "ImmunizationEvaluation" | "ImmunizationRecommendation" => Category::Immunizations,
        "Observation" => observation(head, device),
        "MolecularSequence" => Category::Genomics,
        "DiagnosticReport" | "ImagingStudy" | "Media" | "Specimen" | "BodyStructure" => Category::Results,
        "Procedure" | "ServiceRequest" => Category::Procedures,
        "DocumentReference"
        | "DocumentManifest"
        | "Composition"
        | "Binary"
        | "Communication"
        | "Questionnaire"
        | "QuestionnaireResponse"
        | "Consent" => Category::Documents,
        "Encounter" | "EpisodeOfCare" | "Appointment" => Category::Encounters,
        "Device" | "DeviceUseStatement" | "DeviceRequest" | "SupplyDelivery" | "SupplyRequest" => {
            Category::Devices
        }
        "FamilyMemberHistory" => Category::FamilyHistory,
        "CarePlan" | "CareTeam" | "Goal" | "NutritionOrder" | "VisionPrescription" | "RiskAssessment" => {
            Category::CarePlans
        }
        "Coverage"
        | "Claim"
        | "ClaimResponse"
        | "ExplanationOfBenefit"
        | "PaymentNotice"
        | "PaymentReconciliation"
        | "Account"
        | "Invoice" => Category::Insurance,
        name if name.starts_with("CoverageEligibility") => Category::Insurance,
        _ => Category::Other,
    }
}

/// Whether a Device is one that a person measures himself with.
pub fn is_personal_device(device: &ResourceHead<'_>) -> bool {
    device.resource_type == "Device"
        && (has_profile(device, PERSONAL_HEALTH_DEVICE) || device.codes.iter().any(is_personal))
}

/// An Observation takes the first that fits, in this order.
fn observation(head: &ResourceHead<'_>, device: Option<&ResourceHead<'_>>) -> Category {
    let says = |code: &str| {
        head.categories.iter().any(|coding| {
            coding.code.as_deref() == Some(code)
                && coding.system.as_deref().is_none_or(|system| OBSERVATION_CATEGORIES.contains(&system))
        })
    };
    if has_profile(head, GENOMICS_REPORTING) || head.categories.iter().any(is_genetics) {
        Category::Genomics
    } else if has_profile(head, PERSONAL_HEALTH_DEVICE) || device.is_some_and(is_personal_device) {
        Category::Wearables
    } else if says("social-history") {
        Category::SocialHistory
    } else if says("vital-signs") {
        Category::Vitals
    } else {
        Category::Results
    }
}

fn has_profile(head: &ResourceHead<'_>, guide: &str) -> bool {
    head.profiles.iter().any(|profile| profile.starts_with(guide))
}

/// HL7 v2-0074 `GE`, the category that the Genomics Reporting guide asks for.
fn is_genetics(coding: &Coding<'_>) -> bool {
    coding.code.as_deref() == Some("GE")
        && coding.system.as_deref() == Some("http://terminology.hl7.org/CodeSystem/v2-0074")
}

/// ISO/IEEE 11073-10101: a simple device, or a gateway for such devices.
fn is_personal(coding: &Coding<'_>) -> bool {
    coding.system.as_deref() == Some("urn:iso:std:iso:11073:10101")
        && matches!(coding.code.as_deref(), Some("65573" | "531981"))
}

const GENOMICS_REPORTING: &str = "http://hl7.org/fhir/uv/genomics-reporting/StructureDefinition/";
const PERSONAL_HEALTH_DEVICE: &str = "http://hl7.org/fhir/uv/phd/StructureDefinition/";

/// The code system of `Observation.category` in FHIR R4, and what it was called before.
const OBSERVATION_CATEGORIES: [&str; 2] = [
    "http://terminology.hl7.org/CodeSystem/observation-category",
    "http://hl7.org/fhir/observation-category",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn of(json: &str) -> Category {
        category(&ResourceHead::read(json.as_bytes()).unwrap(), None)
    }

    #[test]
    fn each_type_has_its_category_and_an_unknown_one_is_other() {
        for (names, expected) in [
            ("Patient RelatedPerson Person", Category::Patient),
            ("AllergyIntolerance", Category::Allergies),
            ("Condition ClinicalImpression DetectedIssue Flag AdverseEvent", Category::Conditions),
            (
                "MedicationRequest MedicationStatement MedicationAdministration MedicationDispense Medication",
                Category::Medications,
            ),
            ("Immunization ImmunizationEvaluation ImmunizationRecommendation", Category::Immunizations),
            ("MolecularSequence", Category::Genomics),
            ("Observation DiagnosticReport ImagingStudy Media Specimen BodyStructure", Category::Results),
            ("Procedure ServiceRequest", Category::Procedures),
            (
                "DocumentReference DocumentManifest Composition Binary Communication Questionnaire \
                 QuestionnaireResponse Consent",
                Category::Documents,
            ),
            ("Encounter EpisodeOfCare Appointment", Category::Encounters),
            ("Device DeviceUseStatement DeviceRequest SupplyDelivery SupplyRequest", Category::Devices),
            ("FamilyMemberHistory", Category::FamilyHistory),
            ("CarePlan CareTeam Goal NutritionOrder VisionPrescription RiskAssessment", Category::CarePlans),
            (
                "Coverage Claim ClaimResponse ExplanationOfBenefit CoverageEligibilityRequest \
                 CoverageEligibilityResponse PaymentNotice PaymentReconciliation Account Invoice",
                Category::Insurance,
            ),
            ("Practitioner Provenance List Bundle patient Patients Unheard", Category::Other),
        ] {
            for name in names.split_whitespace() {
                assert_eq!(of(&format!("{{\"resourceType\":\"{name}\"}}")), expected, "{name}");
            }
        }
    }

    #[test]
    fn an_observation_takes_the_first_category_that_fits() {
        let code = |code: &str| {
            format!(r#"{{"coding":[{{"system":"{}","code":"{code}"}}]}}"#, OBSERVATION_CATEGORIES[0])
        };
        let genetic =
            r#"{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0074","code":"GE"}]}"#;
        let elsewhere = r#"{"coding":[{"system":"http://example.org","code":"vital-signs"}]}"#;
        let (vitals, social) = (code("vital-signs"), code("social-history"));
        let profile = |guide: &str| format!(r#""meta":{{"profile":["{guide}x"]}},"#);
        for (profile, categories, expected) in [
            (String::new(), format!("[{vitals}]"), Category::Vitals),
            (String::new(), vitals.clone(), Category::Vitals),
            (String::new(), r#"[{"coding":[{"code":"vital-signs"}]}]"#.into(), Category::Vitals),
            (String::new(), format!("[{elsewhere}]"), Category::Results),
            (String::new(), format!("[{vitals},{social}]"), Category::SocialHistory),
            (String::new(), format!("[{vitals},{genetic}]"), Category::Genomics),
            (profile(PERSONAL_HEALTH_DEVICE), format!("[{social}]"), Category::Wearables),
            (profile(PERSONAL_HEALTH_DEVICE), format!("[{genetic}]"), Category::Genomics),
            (profile(GENOMICS_REPORTING), format!("[{vitals}]"), Category::Genomics),
            (profile("http://hl7.org/fhir/us/core/StructureDefinition/"), "[]".into(), Category::Results),
        ] {
            let json = format!(r#"{{"resourceType":"Observation",{profile}"category":{categories}}}"#);
            assert_eq!(of(&json), expected, "{json}");
        }
    }

    #[test]
    fn a_measurement_by_a_personal_device_is_a_wearable_and_by_another_is_not() {
        let observation = ResourceHead::read(br#"{"resourceType":"Observation"}"#).unwrap();
        for (code, expected) in [("65573", Category::Wearables), ("65572", Category::Results)] {
            let device = format!(
                r#"{{"resourceType":"Device","type":{{"coding":[{{"system":"urn:iso:std:iso:11073:10101","code":"{code}"}}]}}}}"#
            );
            let device = ResourceHead::read(device.as_bytes()).unwrap();
            assert_eq!(category(&observation, Some(&device)), expected, "{code}");
        }
    }
}
