//! Which category a resource is of: one table. A record keeps the category that it was first published under.

use super::code_system::{is_system, without_scheme};
use super::head::{Coding, ResourceHead};
use crate::domain::Category;

/// The category of a resource, of FHIR R4 or what it was called in DSTU2, STU3 and R5.
///
/// `device` is the head of the Device that measured it, where that is at hand: an Observation
/// from a personal device is of the category `wearables` even if it does not say so itself.
///
/// ```
/// use keepwell_protocol::domain::Category;
/// use keepwell_protocol::formats::fhir::{ResourceHead, category};
///
/// let head = ResourceHead::read(br#"{"resourceType":"AllergyIntolerance"}"#).unwrap();
/// assert_eq!(category(&head, None), Category::Allergies);
/// let unknown = ResourceHead::read(br#"{"resourceType":"SomethingNew"}"#).unwrap();
/// assert_eq!(category(&unknown, None), Category::Other);
/// ```
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
        | "Medication"
        | "MedicationOrder"
        | "MedicationPrescription" => Category::Medications,
        "Immunization" | "ImmunizationEvaluation" | "ImmunizationRecommendation" => Category::Immunizations,
        "Observation" => observation(head, device),
        "MolecularSequence" | "Sequence" | "GenomicStudy" => Category::Genomics,
        "DiagnosticReport"
        | "ImagingStudy"
        | "Media"
        | "Specimen"
        | "BodyStructure"
        | "BodySite"
        | "ImagingManifest"
        | "ImagingObjectSelection"
        | "ImagingSelection" => Category::Results,
        "Procedure" | "ServiceRequest" | "ProcedureRequest" | "ReferralRequest" | "DiagnosticOrder" => {
            Category::Procedures
        }
        "DocumentReference"
        | "DocumentManifest"
        | "Composition"
        | "Binary"
        | "Communication"
        | "Questionnaire"
        | "QuestionnaireResponse"
        | "Consent" => Category::Documents,
        "Encounter" | "EpisodeOfCare" | "Appointment" => Category::Encounters,
        "Device" | "DeviceUseStatement" | "DeviceRequest" | "SupplyDelivery" | "SupplyRequest"
        | "DeviceUseRequest" | "DeviceUsage" | "DeviceDispense" => Category::Devices,
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
        "EligibilityRequest" | "EligibilityResponse" => Category::Insurance,
        name if name.starts_with("CoverageEligibility") => Category::Insurance,
        _ => Category::Other,
    }
}

/// Whether a Device is one that a person measures himself with.
fn is_personal_device(device: &ResourceHead<'_>) -> bool {
    device.resource_type == "Device"
        && (has_profile(device, PERSONAL_HEALTH_DEVICE) || device.codes.iter().any(is_personal))
}

/// An Observation takes the first that fits, in this order.
fn observation(head: &ResourceHead<'_>, device: Option<&ResourceHead<'_>>) -> Category {
    let says = |code: &str| {
        head.categories.iter().any(|coding| {
            is_code(coding, code)
                && coding.system.as_deref().is_none_or(|system| is_system(system, &OBSERVATION_CATEGORIES))
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
    let is_of =
        |profile: &str| without_scheme(profile).get(..guide.len()).is_some_and(|start| start == guide);
    head.profiles.iter().any(|profile| is_of(profile))
}

/// HL7 v2-0074 `GE`, the category that the Genomics Reporting guide asks for.
fn is_genetics(coding: &Coding<'_>) -> bool {
    is_code(coding, "GE")
        && coding.system.as_deref().is_some_and(|system| is_system(system, &SERVICE_SECTIONS))
}

/// ISO/IEEE 11073-10101: a simple device, or a gateway for such devices.
fn is_personal(coding: &Coding<'_>) -> bool {
    coding.system.as_deref().is_some_and(|system| is_system(system, &DEVICE_NOMENCLATURE))
        && matches!(coding.code.as_deref().map(str::trim), Some("65573" | "531981"))
}

fn is_code(coding: &Coding<'_>, wanted: &str) -> bool {
    coding.code.as_deref().is_some_and(|code| code.trim().eq_ignore_ascii_case(wanted))
}

const GENOMICS_REPORTING: &str = "hl7.org/fhir/uv/genomics-reporting/StructureDefinition/";
const PERSONAL_HEALTH_DEVICE: &str = "hl7.org/fhir/uv/phd/StructureDefinition/";

/// The code system of `Observation.category` in FHIR R4, what it was called in DSTU2 and STU3, its
/// object identifiers (HL7 Terminology and FHIR R4), and the value sets that are written instead.
const OBSERVATION_CATEGORIES: [&str; 10] = [
    "terminology.hl7.org/CodeSystem/observation-category",
    "terminology.hl7.org/CodeSystem-observation-category",
    "terminology.hl7.org/ValueSet/observation-category",
    "hl7.org/fhir/observation-category",
    "hl7.org/fhir/CodeSystem/observation-category",
    "hl7.org/fhir/codesystem-observation-category",
    "hl7.org/fhir/ValueSet/observation-category",
    "hl7.org/fhir/valueset-observation-category",
    "2.16.840.1.113883.4.642.1.1125",
    "2.16.840.1.113883.4.642.4.1125",
];

/// HL7 version 2 table 0074, diagnostic service sections.
const SERVICE_SECTIONS: [&str; 3] =
    ["terminology.hl7.org/CodeSystem/v2-0074", "hl7.org/fhir/v2/0074", "2.16.840.1.113883.12.74"];

/// The nomenclature of medical devices, ISO/IEEE 11073-10101: as URI and as OID.
const DEVICE_NOMENCLATURE: [&str; 2] = ["urn:iso:std:iso:11073:10101", "2.16.840.1.113883.6.24"];

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
                "MedicationRequest MedicationStatement MedicationAdministration MedicationDispense Medication \
                 MedicationOrder MedicationPrescription",
                Category::Medications,
            ),
            ("Immunization ImmunizationEvaluation ImmunizationRecommendation", Category::Immunizations),
            ("MolecularSequence Sequence GenomicStudy", Category::Genomics),
            ("Observation DiagnosticReport ImagingStudy Media Specimen BodyStructure", Category::Results),
            ("BodySite ImagingManifest ImagingObjectSelection ImagingSelection", Category::Results),
            (
                "Procedure ServiceRequest ProcedureRequest ReferralRequest DiagnosticOrder",
                Category::Procedures,
            ),
            (
                "DocumentReference DocumentManifest Composition Binary Communication Questionnaire \
                 QuestionnaireResponse Consent",
                Category::Documents,
            ),
            ("Encounter EpisodeOfCare Appointment", Category::Encounters),
            ("Device DeviceUseStatement DeviceRequest SupplyDelivery SupplyRequest", Category::Devices),
            ("DeviceUseRequest DeviceUsage DeviceDispense", Category::Devices),
            ("EligibilityRequest EligibilityResponse", Category::Insurance),
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
            format!(r#"{{"coding":[{{"system":"http://{}","code":"{code}"}}]}}"#, OBSERVATION_CATEGORIES[0])
        };
        let genetic =
            r#"{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0074","code":"GE"}]}"#;
        let elsewhere = r#"{"coding":[{"system":"http://example.org","code":"vital-signs"}]}"#;
        let (vitals, social) = (code("vital-signs"), code("social-history"));
        let profile = |guide: &str| format!(r#""meta":{{"profile":["http://{guide}x"]}},"#);
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
            (profile("hl7.org/fhir/us/core/StructureDefinition/"), "[]".into(), Category::Results),
        ] {
            let json = format!(r#"{{"resourceType":"Observation",{profile}"category":{categories}}}"#);
            assert_eq!(of(&json), expected, "{json}");
        }
    }

    #[test]
    fn a_code_system_is_known_in_its_variants_and_another_is_not() {
        for (system, is_known) in [
            ("http://terminology.hl7.org/CodeSystem/observation-category", true),
            ("https://terminology.hl7.org/CodeSystem/observation-category", true),
            ("HTTP://Terminology.HL7.org/codesystem/Observation-Category", true),
            ("http://terminology.hl7.org/CodeSystem/observation-category/", true),
            ("http://terminology.hl7.org/CodeSystem/observation-category|4.0.1", true),
            ("http://terminology.hl7.org/CodeSystem/observation-category/|4.0.1", true),
            (" http://terminology.hl7.org/CodeSystem/observation-category ", true),
            ("http://hl7.org/fhir/observation-category", true),
            ("http://hl7.org/fhir/codesystem-observation-category", true),
            ("http://hl7.org/fhir/ValueSet/observation-category", true),
            ("urn:oid:2.16.840.1.113883.4.642.1.1125", true),
            ("2.16.840.1.113883.4.642.4.1125", true),
            ("urn:oid:2.16.840.1.113883.4.642.1.1126", false),
            ("http://terminology.hl7.org/CodeSystem/observation-category-2", false),
            ("http://example.org/CodeSystem/observation-category", false),
            ("ftp://hl7.org/fhir/observation-category", false),
            ("", false),
        ] {
            for (code, category) in
                [("Vital-Signs", Category::Vitals), ("social-history", Category::SocialHistory)]
            {
                let coding = format!(r#"{{"system":"{system}","code":"{code}"}}"#);
                let json =
                    format!(r#"{{"resourceType":"Observation","category":[{{"coding":[{coding}]}}]}}"#);
                let expected = if is_known { category } else { Category::Results };
                assert_eq!(of(&json), expected, "{json}");
            }
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
