//! What a screen has a word of its own for: kinds of records, labels, flags.

/// Declares an enum whose variants have stable names, for data that leaves the program.
macro_rules! named {
    ($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident => $text:literal,)* }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub enum $name {
            $($(#[$doc])* $variant,)*
        }

        impl $name {
            /// All of them, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The name under which it leaves the program, lower case with hyphens; stable over versions.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)*
                }
            }
        }
    };
}

named! {
/// What kind of record it is, whatever its type is called in its version of FHIR.
RecordKind {
    /// Who the patient is.
    Patient => "patient",
    /// An allergy or intolerance.
    Allergy => "allergy",
    /// A problem or diagnosis.
    Problem => "problem",
    /// A medicine prescribed: `MedicationRequest`, in older versions `MedicationOrder`.
    Prescription => "prescription",
    /// A medicine that the patient takes.
    MedicineTaken => "medicine-taken",
    /// A medicine given by staff.
    MedicineGiven => "medicine-given",
    /// A medicine handed over by a pharmacy.
    MedicineDispensed => "medicine-dispensed",
    /// `Immunization`: given, or refused, which its status says.
    Vaccination => "vaccination",
    /// A measurement or finding.
    Observation => "observation",
    /// A report, which knows its results.
    Report => "report",
    /// `Procedure`: done, or not done, which its status says.
    Procedure => "procedure",
    /// A test, treatment or referral that was ordered, done or not.
    Order => "order",
    /// A stay or a consultation, with its beginning and end.
    Visit => "visit",
    /// A letter or scan: what is written is in its attachment.
    Document => "document",
    /// A type that has no kind of its own here; its FHIR name is all there is to say.
    Other => "other",
    /// Not JSON, or nested too deep, or of too many values: the bytes are all there is.
    Unreadable => "unreadable",
}
}

impl RecordKind {
    /// The kind of a FHIR type, in R5, R4, STU3 or DSTU2.
    pub(crate) fn of(resource_type: &str) -> Self {
        match resource_type {
            "Patient" => Self::Patient,
            "AllergyIntolerance" => Self::Allergy,
            "Condition" => Self::Problem,
            "MedicationRequest" | "MedicationOrder" | "MedicationPrescription" => Self::Prescription,
            "MedicationStatement" | "MedicationUsage" => Self::MedicineTaken,
            "MedicationAdministration" => Self::MedicineGiven,
            "MedicationDispense" => Self::MedicineDispensed,
            "Immunization" => Self::Vaccination,
            "Observation" => Self::Observation,
            "DiagnosticReport" => Self::Report,
            "Procedure" => Self::Procedure,
            "ServiceRequest" | "ProcedureRequest" | "ReferralRequest" | "DiagnosticOrder"
            | "DiagnosticRequest" => Self::Order,
            "Encounter" => Self::Visit,
            "DocumentReference" => Self::Document,
            _ => Self::Other,
        }
    }
}

named! {
/// What its source says about a value. In order: the first is told where there is room for one.
Flag {
    /// So far from normal that somebody has to act.
    Critical => "critical",
    /// Above what is normal.
    High => "high",
    /// Below what is normal.
    Low => "low",
    /// Not normal, in no direction.
    Abnormal => "abnormal",
}
}

impl Flag {
    /// Reads a code of HL7's ObservationInterpretation (v2 table 0078), or the same in words.
    pub(crate) fn read(text: &str) -> Option<Self> {
        // The longest code or word has 24 characters.
        let text = text.trim();
        if text.len() > 24 {
            return None;
        }
        Some(match text.to_ascii_lowercase().replace(['-', '_'], " ").as_str() {
            "hh"
            | "ll"
            | "aa"
            | "critical"
            | "critical high"
            | "critical low"
            | "critically high"
            | "critically low"
            | "critical abnormal"
            | "critically abnormal"
            | "panic"
            | "panic high"
            | "panic low" => Self::Critical,
            "h" | "hu" | "hx" | ">" | "high" | "significantly high" | "above high threshold" => Self::High,
            "l" | "lu" | "lx" | "<" | "low" | "significantly low" | "below low threshold" => Self::Low,
            "a" | "abnormal" => Self::Abnormal,
            _ => return None,
        })
    }
}

named! {
/// What a line of a record is about.
Label {
    /// What the record is about.
    Title => "title",
    /// The codes for it.
    Code => "code",
    /// When it was so, or was done.
    Date => "date",
    /// The first day of a span of time.
    Began => "began",
    /// The last day of a span of time.
    Ended => "ended",
    /// Whether it is current, final, done.
    Status => "status",
    /// What was measured or found.
    Value => "value",
    /// What its source says about the value.
    Interpretation => "interpretation",
    /// Which values are normal.
    ReferenceRange => "reference-range",
    /// How bad an allergy could get.
    Criticality => "criticality",
    /// How bad it is.
    Severity => "severity",
    /// How an allergy shows.
    Reaction => "reaction",
    /// How a medicine is to be taken.
    Dosage => "dosage",
    /// When a medicine may be taken if it is needed: yes, or for what.
    AsNeeded => "as-needed",
    /// How much of a medicine in which time at most.
    MaximumDose => "maximum-dose",
    /// How much was handed over or given.
    Amount => "amount",
    /// The lot of a vaccine.
    Lot => "lot",
    /// The number of the dose in its series.
    DoseNumber => "dose-number",
    /// Who did, ordered or wrote it.
    Performer => "performer",
    /// Where it was done: a ward, a practice.
    Place => "place",
    /// Where on the body.
    BodySite => "body-site",
    /// Why it was done, ordered or taken, or was not.
    Reason => "reason",
    /// How it was found out.
    Method => "method",
    /// Part of what a report or document says.
    Content => "content",
    /// The results of a report.
    Results => "results",
    /// What a report comes to.
    Conclusion => "conclusion",
    /// What somebody noted beside it.
    Note => "note",
    /// What an order or a document is for.
    Description => "description",
    /// How sure or how binding an order is: a proposal, an order.
    Intent => "intent",
    /// When a person was born.
    BirthDate => "birth-date",
    /// FHIR's `gender`: administrative, not clinical.
    Gender => "gender",
    /// Where a person lives.
    Address => "address",
    /// Telephone numbers and mail addresses.
    Contact => "contact",
    /// Whether or when a person died.
    Deceased => "deceased",
    /// The sender's own page of the record, as text.
    Narrative => "narrative",
}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_read_from_codes_and_words_and_from_nothing_that_contains_them() {
        for (text, flag) in [
            ("H", Some(Flag::High)),
            ("HH", Some(Flag::Critical)),
            ("LL", Some(Flag::Critical)),
            ("L", Some(Flag::Low)),
            ("Low", Some(Flag::Low)),
            (" low ", Some(Flag::Low)),
            ("A", Some(Flag::Abnormal)),
            ("AA", Some(Flag::Critical)),
            // That something was found is not yet abnormal: a blood group may be positive.
            ("POS", None),
            ("Critical high", Some(Flag::Critical)),
            ("critically-low", Some(Flag::Critical)),
            ("N", None),
            ("NEG", None),
            ("Normal", None),
            ("not low", None),
            ("high risk patient", None),
            ("S", None),
            ("", None),
        ] {
            assert_eq!(Flag::read(text), flag, "{text}");
        }
    }
}
