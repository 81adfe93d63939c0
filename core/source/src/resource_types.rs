//! The types of records that a patient is asked for, and how a server that wants a category gets one.

/// Types that are searched for by `patient` (<https://hl7.org/fhir/R4/compartmentdefinition-patient.html>), sorted.
pub(crate) const SEARCHED: &[&str] = &[
    "AllergyIntolerance",
    "Appointment",
    "CarePlan",
    "CareTeam",
    "ClinicalImpression",
    "Communication",
    "Condition",
    "Consent",
    "Coverage",
    "Device",
    "DeviceRequest",
    "DiagnosticReport",
    "DocumentReference",
    "Encounter",
    "EpisodeOfCare",
    "ExplanationOfBenefit",
    "FamilyMemberHistory",
    "Flag",
    "Goal",
    "ImagingStudy",
    "Immunization",
    "ImmunizationRecommendation",
    "Media",
    "MedicationAdministration",
    "MedicationDispense",
    "MedicationRequest",
    "MedicationStatement",
    "NutritionOrder",
    "Observation",
    "Procedure",
    "QuestionnaireResponse",
    "RelatedPerson",
    "RiskAssessment",
    "ServiceRequest",
    "Specimen",
    "VisionPrescription",
];

/// The type of the patient's own record, which is read by its id.
pub(crate) const PATIENT: &str = "Patient";

/// Types that records refer to and no search by patient finds, sorted: people, places, what medicines are, files.
pub(crate) const REFERRED: &[&str] =
    &[BINARY, "Location", "Medication", "Organization", "Practitioner", "PractitionerRole", "Substance"];

/// The type of a file that a record points to.
pub(crate) const BINARY: &str = "Binary";

/// The categories by which a type is searched for where a server wants one; of other types nothing is known.
pub(crate) fn categories(resource_type: &str) -> &'static [&'static str] {
    match resource_type {
        // http://terminology.hl7.org/CodeSystem/observation-category, and those of US Core 7.
        "Observation" => &[
            "laboratory",
            "vital-signs",
            "social-history",
            "imaging",
            "procedure",
            "survey",
            "exam",
            "therapy",
            "activity",
            "sdoh",
            "functional-status",
            "disability-status",
            "cognitive-status",
            "clinical-test",
        ],
        // http://terminology.hl7.org/CodeSystem/condition-category, and that of US Core.
        "Condition" => &["problem-list-item", "encounter-diagnosis", "health-concern"],
        "CarePlan" => &["assess-plan"],
        "DocumentReference" => &["clinical-note"],
        // http://terminology.hl7.org/CodeSystem/v2-0074, and LOINC of radiology, cardiology, pathology.
        "DiagnosticReport" => &["LAB", "RAD", "LP29684-5", "LP29708-2", "LP7839-6"],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_types_are_sorted_and_those_with_categories_among_them() {
        assert!(SEARCHED.is_sorted() && REFERRED.is_sorted());
        assert!(REFERRED.iter().all(|name| !SEARCHED.contains(name)));
        assert!(!SEARCHED.contains(&PATIENT));
        let fanned_out = SEARCHED.iter().filter(|name| !categories(name).is_empty());
        assert_eq!(fanned_out.count(), 5);
    }
}
