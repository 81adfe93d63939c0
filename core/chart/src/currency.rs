//! What a record's codes say of now: whether it is over, and how severe it is. No words are read, in whatever language.

use keepwell_protocol::formats::fhir::Validity;

use crate::label::RecordKind;
use crate::node::Node;
use crate::row::Row;

/// Whether it does not hold now. What says nothing of it is not over: to leave it out would be the worse fault.
pub(crate) fn is_over(node: Option<&Node<'_>>, row: &Row) -> bool {
    let has_ended = row.validities.iter().any(|validity| {
        matches!(
            validity,
            Validity::EnteredInError
                | Validity::RemovedAtSource
                | Validity::Refuted
                | Validity::NotDone
                | Validity::Cancelled
                | Validity::Stopped
        )
    });
    let status = node.and_then(|node| node.text_of("status"));
    // R5 has how a medicine is taken apart from the statement's own status.
    let is_paused = node.and_then(|node| node.field("adherence")).is_some_and(|adherence| {
        codes(adherence, "code").any(|code| code == "on-hold" || code.starts_with("on-hold-"))
    });
    // Its words may say otherwise, in whatever language.
    let is_said_to_hold = node.is_some_and(|node| {
        codes(node, "clinicalStatus").any(|code| matches!(code, "active" | "recurrence" | "relapse"))
    });
    let is_asked_for =
        matches!(row.kind, RecordKind::Prescription | RecordKind::MedicineTaken | RecordKind::Order)
            || row.resource_type == "CarePlan";
    match status {
        _ if has_ended => true,
        // What pauses is taken up again.
        Some("on-hold") => false,
        Some("completed") if is_asked_for => true,
        _ => row.validities.contains(Validity::Inactive) && !is_paused && !is_said_to_hold,
    }
}

/// Whether it is a visit that is only planned.
pub(crate) fn is_planned(node: &Node<'_>, kind: RecordKind) -> bool {
    kind == RecordKind::Visit
        && matches!(node.text_of("status"), Some("planned" | "proposed" | "pending" | "booked" | "waitlist"))
}

/// The codes of a `CodeableConcept` that stands there.
fn codes<'n>(node: &'n Node<'_>, member: &str) -> impl Iterator<Item = &'n str> {
    let codings = node.list(member).iter().flat_map(|concept| concept.list("coding"));
    codings.filter_map(|coding| coding.text_of("code"))
}

/// Whether an allergy could kill or did harm severely, or a problem is severe.
pub(crate) fn is_severe(node: &Node<'_>, kind: RecordKind) -> bool {
    match kind {
        RecordKind::Allergy => {
            // DSTU2 has `CRITH`.
            matches!(node.text_of("criticality"), Some("high" | "CRITH"))
                || node.list("reaction").iter().any(|reaction| reaction.text_of("severity") == Some("severe"))
        }
        RecordKind::Problem => codes(node, "severity").any(|code| SEVERE.contains(&code)),
        _ => false,
    }
}

/// "Severe" in SNOMED CT, as FHIR's value set `condition-severity` has it, and in LOINC, as that of the IPS has it.
const SEVERE: [&str; 2] = ["24484000", "LA6750-9"];

#[cfg(test)]
mod tests {
    use keepwell_protocol::formats::fhir::Validities;

    use super::*;

    fn says(json: &str) -> (bool, bool) {
        let (node, row) = (Node::parse(json.as_bytes()).unwrap(), Row::read(json.as_bytes()));
        assert_eq!(row.validities, Validities::read(json.as_bytes()));
        (is_over(Some(&node), &row), is_severe(&node, row.kind))
    }

    #[test]
    fn codes_say_what_is_over_and_words_do_not() {
        for (members, over) in [
            (
                r#""resourceType":"Condition","clinicalStatus":{"coding":[{"code":"resolved"}],"text":"geheilt"}"#,
                true,
            ),
            (
                r#""resourceType":"Condition","clinicalStatus":{"coding":[{"code":"active"}],"text":"nicht mehr aktiv"}"#,
                false,
            ),
            (r#""resourceType":"Condition","clinicalStatus":{"coding":[{"code":"relapse"}]}"#, false),
            (r#""resourceType":"Condition""#, false),
            (r#""resourceType":"Condition","abatementDateTime":"2020""#, true),
            (
                r#""resourceType":"AllergyIntolerance","verificationStatus":{"coding":[{"code":"refuted"}]}"#,
                true,
            ),
            (r#""resourceType":"MedicationRequest","status":"active""#, false),
            (r#""resourceType":"MedicationRequest","status":"on-hold""#, false),
            (r#""resourceType":"MedicationRequest","status":"completed""#, true),
            (r#""resourceType":"MedicationRequest","status":"stopped""#, true),
            (r#""resourceType":"MedicationRequest","status":"en curso""#, false),
            (r#""resourceType":"MedicationStatement","status":"entered-in-error""#, true),
            (r#""resourceType":"CarePlan","status":"completed""#, true),
            (
                r#""resourceType":"MedicationStatement","status":"recorded","adherence":{"code":{"coding":[{"code":"on-hold-as-directed"}]}}"#,
                false,
            ),
            (
                r#""resourceType":"MedicationStatement","status":"recorded","adherence":{"code":{"coding":[{"code":"stopped"}]}}"#,
                true,
            ),
            (
                r#""resourceType":"AllergyIntolerance","clinicalStatus":{"coding":[{"code":"active"}],"text":"Inactive"}"#,
                false,
            ),
            // Done is not over.
            (r#""resourceType":"Procedure","status":"completed""#, false),
        ] {
            assert_eq!(says(&format!("{{{members}}}")).0, over, "{members}");
        }
    }

    #[test]
    fn codes_say_what_is_severe() {
        for (members, severe) in [
            (r#""resourceType":"AllergyIntolerance","criticality":"high""#, true),
            (
                r#""resourceType":"AllergyIntolerance","criticality":"low","reaction":[{"severity":"mild"},{"severity":"severe"}]"#,
                true,
            ),
            (
                r#""resourceType":"AllergyIntolerance","criticality":"unable-to-assess","code":{"text":"severe"}"#,
                false,
            ),
            (r#""resourceType":"Condition","severity":{"coding":[{"code":"24484000"}]}"#, true),
            (
                r#""resourceType":"Condition","severity":{"coding":[{"code":"6736007"}],"text":"severe"}"#,
                false,
            ),
            (r#""resourceType":"Condition","severity":{"coding":[{"code":"LA6750-9"}]}"#, true),
            (r#""resourceType":"Observation","criticality":"high""#, false),
        ] {
            assert_eq!(says(&format!("{{{members}}}")).1, severe, "{members}");
        }
    }
}
