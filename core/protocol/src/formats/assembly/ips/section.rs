//! The sections of an International Patient Summary (IPS 2.0.1, Composition-uv-ips), and what belongs to which.

use serde_json::Value;

/// A section, in the order in which they stand in the document.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Section {
    Allergies,
    Problems,
    Medications,
    Immunizations,
    Results,
    Procedures,
    Devices,
    Alerts,
    PastProblems,
    Pregnancy,
    PlanOfCare,
    SocialHistory,
    VitalSigns,
}

impl Section {
    pub(super) const ALL: [Self; 13] = [
        Self::Allergies,
        Self::Problems,
        Self::Medications,
        Self::Immunizations,
        Self::Results,
        Self::Procedures,
        Self::Devices,
        Self::Alerts,
        Self::PastProblems,
        Self::Pregnancy,
        Self::PlanOfCare,
        Self::SocialHistory,
        Self::VitalSigns,
    ];

    /// Whether it stands in every document, also where nothing is known.
    pub(super) const fn is_required(self) -> bool {
        matches!(self, Self::Allergies | Self::Problems | Self::Medications)
    }

    /// Whether of several values of one code only the newest is current.
    pub(super) const fn holds_newest(self) -> bool {
        matches!(self, Self::Results | Self::VitalSigns | Self::SocialHistory | Self::Pregnancy)
    }

    /// Its code in LOINC.
    pub(super) const fn code(self) -> &'static str {
        match self {
            Self::Allergies => "48765-2",
            Self::Problems => "11450-4",
            Self::Medications => "10160-0",
            Self::Immunizations => "11369-6",
            Self::Results => "30954-2",
            Self::Procedures => "47519-4",
            Self::Devices => "46264-8",
            Self::Alerts => "104605-1",
            Self::PastProblems => "11348-0",
            Self::Pregnancy => "10162-6",
            Self::PlanOfCare => "18776-5",
            Self::SocialHistory => "29762-2",
            Self::VitalSigns => "8716-3",
        }
    }

    /// Its heading in IPS, in English.
    pub(super) const fn title(self) -> &'static str {
        match self {
            Self::Allergies => "Allergies and Intolerances",
            Self::Problems => "Problems",
            Self::Medications => "Medication Summary",
            Self::Immunizations => "Immunizations",
            Self::Results => "Results",
            Self::Procedures => "History of Procedures",
            Self::Devices => "Medical Devices",
            Self::Alerts => "Alerts",
            Self::PastProblems => "Past Problems",
            Self::Pregnancy => "Pregnancy",
            Self::PlanOfCare => "Plan of Care",
            Self::SocialHistory => "Social History",
            Self::VitalSigns => "Vital Signs",
        }
    }

    /// The section that a resource of R4 belongs to; none for what is over, was not so, or has no place in a summary.
    pub(super) fn of(resource: &Value) -> Option<Self> {
        if is_withdrawn(resource) {
            return None;
        }
        let status = resource["status"].as_str().unwrap_or_default();
        Some(match resource["resourceType"].as_str()? {
            "AllergyIntolerance" if !has_code(&resource["clinicalStatus"], &OVER) => Self::Allergies,
            "Condition" if is_social_finding(resource) => return None,
            "Condition" if has_code(&resource["clinicalStatus"], &OVER) => Self::PastProblems,
            "Condition" => Self::Problems,
            "MedicationRequest" if matches!(status, "active" | "on-hold") => Self::Medications,
            "MedicationStatement" if matches!(status, "active" | "intended" | "on-hold") => Self::Medications,
            "Immunization" if status == "completed" => Self::Immunizations,
            "Procedure" if matches!(status, "completed" | "in-progress") => Self::Procedures,
            "DeviceUseStatement" if matches!(status, "active" | "on-hold") => Self::Devices,
            // One that is the patient's own, as implants are written down in the US.
            "Device" if matches!(status, "active" | "") && resource["patient"].is_object() => Self::Devices,
            "Flag" if status == "active" => Self::Alerts,
            "CarePlan" if status == "active" => Self::PlanOfCare,
            "ImmunizationRecommendation" => Self::PlanOfCare,
            "Observation" if matches!(status, "final" | "amended" | "corrected") => observation(resource)?,
            // What has nothing but results of its own is told by them.
            "DiagnosticReport"
                if matches!(status, "final" | "amended" | "corrected" | "appended")
                    && ["conclusion", "conclusionCode", "presentedForm"]
                        .iter()
                        .any(|said| resource.get(*said).is_some())
                    && is_of_laboratory_or_imaging(resource) =>
            {
                Self::Results
            }
            _ => return None,
        })
    }
}

fn observation(resource: &Value) -> Option<Section> {
    let is_coded = |codes: &[&str]| {
        codings(&resource["code"])
            .any(|coding| coding["system"] == LOINC && codes.iter().any(|code| coding["code"] == *code))
    };
    if is_coded(&PREGNANCY) {
        Some(Section::Pregnancy)
    } else if is_coded(&SOCIAL) || has_category(resource, "social-history") {
        Some(Section::SocialHistory)
    } else if has_category(resource, "vital-signs") {
        Some(Section::VitalSigns)
    } else if is_of_laboratory_or_imaging(resource)
        || resource["category"].is_null()
            && codings(&resource["code"]).any(|coding| coding["system"] == LOINC)
    {
        Some(Section::Results)
    } else {
        None
    }
}

/// By the categories of Observations, by the sections of diagnostic services (HL7 v2-0074) that reports have, and by the
/// parts of LOINC that US Core asks for: radiology, cardiology, pathology.
fn is_of_laboratory_or_imaging(resource: &Value) -> bool {
    ["laboratory", "imaging", "LAB", "RAD", "PAT", "MB", "CH", "HM", "LP29684-5", "LP29708-2", "LP7839-6"]
        .iter()
        .any(|code| has_category(resource, code))
}

/// Entered in error, refuted, or asked not to be done.
fn is_withdrawn(resource: &Value) -> bool {
    resource["status"] == "entered-in-error"
        || resource["doNotPerform"] == true
        || has_code(&resource["verificationStatus"], &["entered-in-error", "refuted"])
}

/// Work, school, housing and the like, which some sources write down as conditions: true, and no problem to treat. By SNOMED CT, as Synthea's modules
/// write them.
fn is_social_finding(resource: &Value) -> bool {
    has_code(&resource["code"], &SOCIAL_FINDINGS)
}

fn has_category(resource: &Value, code: &str) -> bool {
    match &resource["category"] {
        Value::Array(all) => all.iter().any(|one| has_code(one, &[code])),
        one => has_code(one, &[code]),
    }
}

fn has_code(concept: &Value, codes: &[&str]) -> bool {
    codings(concept).any(|coding| codes.iter().any(|code| coding["code"] == *code))
}

pub(super) fn codings(concept: &Value) -> impl Iterator<Item = &Value> {
    concept["coding"].as_array().into_iter().flatten()
}

const LOINC: &str = "http://loinc.org";
/// Of AllergyIntolerance and Condition.
const OVER: [&str; 3] = ["inactive", "resolved", "remission"];
/// Pregnancy status and expected date of delivery (Observation-pregnancy-status-uv-ips, -pregnancy-edd-uv-ips).
const PREGNANCY: [&str; 4] = ["82810-3", "11778-8", "11779-6", "11780-4"];
/// Tobacco and alcohol (Observation-tobaccouse-uv-ips, -alcoholuse-uv-ips).
const SOCIAL: [&str; 2] = ["72166-2", "74013-4"];
const SOCIAL_FINDINGS: [&str; 11] = [
    "160903007",     // full-time employment
    "160904001",     // part-time employment
    "73438004",      // unemployed
    "741062008",     // not in labor force
    "473461003",     // educated to high school level
    "224299000",     // received higher education
    "5251000175109", // certificate of high school equivalency
    "422650009",     // social isolation
    "423315002",     // limited social contact
    "105531004",     // housing unsatisfactory
    "314529007",     // medication review due
];
