//! English words for the screens that are written in Rust: the clinic's desk and the command line.

use keepwell_protocol::domain::Category;
use keepwell_protocol::formats::fhir::Validity;

use crate::label::{Flag, Label, RecordKind};
use crate::value::{Value, When};

/// What a category is called on a page.
pub const fn category(category: Category) -> &'static str {
    match category {
        Category::Patient => "Patient",
        Category::Allergies => "Allergies and intolerances",
        Category::Conditions => "Problems and diagnoses",
        Category::Medications => "Medicines",
        Category::Immunizations => "Vaccinations",
        Category::Results => "Results",
        Category::Vitals => "Vital signs",
        Category::Procedures => "Procedures",
        Category::Documents => "Documents",
        Category::Encounters => "Visits",
        Category::Devices => "Devices",
        Category::FamilyHistory => "Family history",
        Category::SocialHistory => "Social history",
        Category::CarePlans => "Care plans",
        Category::Insurance => "Insurance",
        Category::Genomics => "Genetic findings",
        Category::Wearables => "Own measurements",
        Category::Other => "Other records",
    }
}

/// What records of a kind are called, as a heading; for [`RecordKind::Other`] the type says more.
pub const fn kind(kind: RecordKind) -> &'static str {
    match kind {
        RecordKind::Patient => "Patient",
        RecordKind::Allergy => "Allergies and intolerances",
        RecordKind::Problem => "Problems",
        RecordKind::Prescription => "Prescriptions",
        RecordKind::MedicineTaken => "Medicines taken",
        RecordKind::MedicineGiven => "Medicines given",
        RecordKind::MedicineDispensed => "Medicines dispensed",
        RecordKind::Vaccination => "Vaccinations",
        RecordKind::Observation => "Measurements and findings",
        RecordKind::Report => "Reports",
        RecordKind::Procedure => "Procedures",
        RecordKind::Order => "Orders",
        RecordKind::Visit => "Visits",
        RecordKind::Document => "Documents",
        RecordKind::Other => "Other records",
        RecordKind::Unreadable => "Not readable here",
    }
}

/// What to call a record: its title, else its kind, else FHIR's name of its type. Without a type it can't be
/// read.
pub fn name<'n>(title: Option<&'n str>, resource_type: &'n str) -> &'n str {
    match (title, RecordKind::of(resource_type)) {
        (Some(title), _) => title,
        (None, RecordKind::Other) if resource_type.is_empty() => kind(RecordKind::Unreadable),
        (None, RecordKind::Other) => resource_type,
        (None, known) => kind(known),
    }
}

/// The heading of what stands under a label.
pub const fn label(label: Label) -> &'static str {
    match label {
        Label::Title => "What",
        Label::Code => "Code",
        Label::Date => "Date",
        Label::Began => "Began",
        Label::Ended => "Ended",
        Label::Status => "Status",
        Label::Value => "Value",
        Label::Interpretation => "Interpretation",
        Label::ReferenceRange => "Reference range",
        Label::Criticality => "Criticality",
        Label::Severity => "Severity",
        Label::Reaction => "Reaction",
        Label::Dosage => "Dosage",
        Label::AsNeeded => "As needed",
        Label::MaximumDose => "At most",
        Label::Amount => "Amount",
        Label::Lot => "Lot",
        Label::DoseNumber => "Dose number",
        Label::Performer => "By",
        Label::Place => "Where",
        Label::BodySite => "Body site",
        Label::Reason => "Reason",
        Label::Method => "Method",
        Label::Content => "Content",
        Label::Results => "Results",
        Label::Conclusion => "Conclusion",
        Label::Note => "Note",
        Label::Description => "Description",
        Label::Intent => "Intent",
        Label::BirthDate => "Born",
        Label::Gender => "Sex",
        Label::Address => "Address",
        Label::Contact => "Contact",
        Label::Deceased => "Deceased",
        Label::Narrative => "As its source tells it",
    }
}

/// What a flag says.
pub const fn flag(flag: Flag) -> &'static str {
    match flag {
        Flag::Critical => "critical",
        Flag::High => "high",
        Flag::Low => "low",
        Flag::Abnormal => "abnormal",
    }
}

/// What a validity says; nothing of a record that simply holds.
pub const fn validity(validity: Validity) -> &'static str {
    match validity {
        Validity::EnteredInError => "ENTERED IN ERROR",
        Validity::RemovedAtSource => "removed at its source",
        Validity::Modified => "MODIFIED: carries a condition that is not known here",
        Validity::Refuted => "refuted",
        Validity::NotDone => "NOT DONE",
        Validity::DoNotPerform => "DO NOT GIVE OR DO",
        Validity::Cancelled => "cancelled",
        Validity::Stopped => "stopped",
        Validity::Inactive => "inactive",
        Validity::Unconfirmed => "unconfirmed",
        Validity::Preliminary => "preliminary",
        Validity::NotSeenSince => "not seen at its source since",
        Validity::Valid => "",
    }
}

/// A time, or from one to another.
pub fn when(when: &When) -> String {
    let (start, end) = (when.start.as_deref().unwrap_or_default(), when.end.as_deref().unwrap_or_default());
    match (when.lasts, start, end) {
        (false, start, _) => start.to_owned(),
        (true, start, "") => format!("since {start}"),
        (true, "", end) => format!("until {end}"),
        (true, start, end) => format!("{start} – {end}"),
    }
}

/// A value in words.
pub fn value(value: &Value) -> String {
    match value {
        Value::Text { text } => text.clone(),
        Value::Truth { holds: true } => "yes".to_owned(),
        Value::Truth { holds: false } => "no".to_owned(),
        Value::Time { when: time } => when(time),
        Value::Curve => "a curve, not shown here".to_owned(),
        Value::Absent { reason } => format!("no value: {reason}"),
    }
}

/// A value with what its source says about it: `6.10 mmol/L (critical)`. Empty if there is neither.
pub fn flagged(shown: Option<&Value>, said: Option<Flag>) -> String {
    let shown = shown.map(value).unwrap_or_default();
    match said {
        Some(said) if shown.is_empty() => flag(said).to_owned(),
        Some(said) => format!("{shown} ({})", flag(said)),
        None => shown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_has_a_name_whatever_it_says() {
        for (title, resource_type, expected) in [
            (Some("Potassium"), "Observation", "Potassium"),
            (None, "Observation", "Measurements and findings"),
            (None, "Basic", "Basic"),
            (None, "", "Not readable here"),
        ] {
            assert_eq!(name(title, resource_type), expected);
        }
    }
}
