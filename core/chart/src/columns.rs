//! Which columns a kind of record has, and what stands in them.

use crate::label::{Label, RecordKind};
use crate::node::Node;
use crate::phrase;
use crate::record::{Record, title_lines};
use crate::text;
use crate::value::{Line, Value};

/// A column: its heading and what it shows of a record.
pub(crate) struct Column {
    pub(crate) label: Label,
    pub(crate) cell: fn(&Record<'_>) -> Vec<Line>,
}

const fn column(label: Label, cell: fn(&Record<'_>) -> Vec<Line>) -> Column {
    Column { label, cell }
}

/// The columns of a kind.
pub(crate) fn columns(kind: RecordKind) -> &'static [Column] {
    match kind {
        RecordKind::Patient => PATIENT,
        RecordKind::Allergy => ALLERGY,
        RecordKind::Problem => PROBLEM,
        RecordKind::Prescription => PRESCRIPTION,
        RecordKind::MedicineTaken => MEDICINE_TAKEN,
        RecordKind::MedicineGiven => MEDICINE_GIVEN,
        RecordKind::MedicineDispensed => MEDICINE_DISPENSED,
        RecordKind::Vaccination => VACCINATION,
        RecordKind::Observation => OBSERVATION,
        RecordKind::Report => REPORT,
        RecordKind::Procedure => PROCEDURE,
        RecordKind::Order => ORDER,
        RecordKind::Visit => VISIT,
        RecordKind::Document => DOCUMENT,
        RecordKind::Other | RecordKind::Unreadable => ANY,
    }
}

const TITLE: Column = column(Label::Title, title_lines);
const DATE: Column =
    column(Label::Date, |record| record.when().map(|when| Value::from(when).into()).into_iter().collect());
const STATUS: Column = column(Label::Status, status);
const DOSAGE: Column =
    column(Label::Dosage, |record| record.dosages().iter().flat_map(phrase::dosage).collect());
const AS_NEEDED: Column =
    column(Label::AsNeeded, |record| record.dosages().iter().filter_map(phrase::as_needed).collect());
const MAXIMUM_DOSE: Column = column(Label::MaximumDose, |record| {
    record.dosages().iter().filter_map(phrase::maximum_dose).map(|text| Line::plain(&text)).collect()
});
const PERFORMER: Column = column(Label::Performer, performers);
const PLACE: Column = column(Label::Place, |record| {
    let place = |place: &Node<'_>| place.field("location").and_then(|place| record.named(place));
    or(
        record
            .node
            .list("location")
            .iter()
            .filter_map(|item| place(item).or_else(|| record.named(item)))
            .collect(),
        || record.references("serviceProvider"),
    )
});
const REASON: Column = column(Label::Reason, |record| {
    let members = ["reasonCode", "reason", "reasonReference", "indication", "statusReason", "reasonNotGiven"];
    members
        .iter()
        .flat_map(|member| record.node.list(member))
        .filter_map(|reason| record.said(reason))
        .collect()
});
const BODY_SITE: Column = column(Label::BodySite, |record| {
    record.node.list("bodySite").iter().filter_map(|site| record.said(site)).collect()
});
const NOTE: Column = column(Label::Note, notes);

const PATIENT: &[Column] = &[
    TITLE,
    column(Label::BirthDate, |record| record.words("birthDate")),
    column(Label::Gender, |record| record.words("gender")),
    column(Label::Address, |record| {
        record
            .node
            .list("address")
            .iter()
            .filter_map(phrase::address)
            .map(|text| Line::plain(&text))
            .collect()
    }),
    column(Label::Contact, |record| {
        record.node.list("telecom").iter().filter_map(|item| item.text_of("value")).map(Line::plain).collect()
    }),
    column(Label::Deceased, |record| record.choice("deceased")),
];

const ALLERGY: &[Column] = &[
    TITLE,
    column(Label::Criticality, |record| record.words("criticality")),
    column(Label::Reaction, |record| {
        let reactions = record.node.list("reaction").iter();
        reactions
            .flat_map(|reaction| {
                let mut lines: Vec<Line> =
                    reaction.list("manifestation").iter().filter_map(|item| record.said(item)).collect();
                lines.extend(reaction.text_of("description").map(Line::plain));
                lines.extend(reaction.text_of("severity").map(Line::quiet));
                lines
            })
            .collect()
    }),
    column(Label::Began, began),
    column(Label::Date, recorded),
    STATUS,
    NOTE,
];

const PROBLEM: &[Column] = &[
    TITLE,
    column(Label::Severity, |record| record.firsts("severity")),
    BODY_SITE,
    column(Label::Began, began),
    column(Label::Ended, |record| record.choice("abatement")),
    column(Label::Date, recorded),
    STATUS,
    NOTE,
];

const PRESCRIPTION: &[Column] = &[
    TITLE,
    DOSAGE,
    AS_NEEDED,
    MAXIMUM_DOSE,
    REASON,
    DATE,
    PERFORMER,
    column(Label::Intent, |record| record.words("intent")),
    STATUS,
    NOTE,
];

const MEDICINE_TAKEN: &[Column] = &[TITLE, DOSAGE, AS_NEEDED, MAXIMUM_DOSE, REASON, DATE, STATUS, NOTE];

const MEDICINE_GIVEN: &[Column] = &[TITLE, DOSAGE, REASON, DATE, PERFORMER, STATUS, NOTE];

const MEDICINE_DISPENSED: &[Column] = &[
    TITLE,
    column(Label::Amount, |record| record.quantities("quantity")),
    DOSAGE,
    AS_NEEDED,
    MAXIMUM_DOSE,
    DATE,
    PERFORMER,
    STATUS,
    NOTE,
];

const VACCINATION: &[Column] = &[
    TITLE,
    column(Label::Amount, |record| record.quantities("doseQuantity")),
    column(Label::DoseNumber, |record| {
        let protocols =
            record.node.list("protocolApplied").iter().chain(record.node.list("vaccinationProtocol"));
        protocols
            .filter_map(|protocol| {
                protocol
                    .choice("doseNumber")
                    .map(|(_, number)| number)
                    .or_else(|| protocol.field("doseNumber"))
                    .or_else(|| protocol.field("doseSequence"))
            })
            .filter_map(Node::text)
            .map(Line::plain)
            .collect()
    }),
    column(Label::Lot, |record| record.words("lotNumber")),
    DATE,
    PERFORMER,
    PLACE,
    REASON,
    STATUS,
    NOTE,
];

const OBSERVATION: &[Column] = &[
    TITLE,
    column(Label::Value, crate::observation::lines),
    column(Label::Interpretation, |record| record.firsts("interpretation")),
    column(Label::ReferenceRange, |record| {
        crate::observation::ranges(record.node).iter().map(|text| Line::plain(text)).collect()
    }),
    DATE,
    BODY_SITE,
    column(Label::Method, |record| record.firsts("method")),
    PERFORMER,
    STATUS,
    NOTE,
];

const REPORT: &[Column] = &[
    TITLE,
    column(Label::Conclusion, |record| {
        let mut lines = record.words("conclusion");
        let codes = ["conclusionCode", "codedDiagnosis"];
        lines.extend(
            codes.iter().flat_map(|member| record.node.list(member)).filter_map(|code| record.said(code)),
        );
        lines
    }),
    column(Label::Content, content),
    column(Label::Results, |record| record.references("result")),
    DATE,
    PERFORMER,
    STATUS,
    NOTE,
];

const PROCEDURE: &[Column] = &[TITLE, BODY_SITE, REASON, DATE, PERFORMER, PLACE, STATUS, NOTE];

const ORDER: &[Column] = &[
    TITLE,
    column(Label::Description, |record| record.words("patientInstruction")),
    BODY_SITE,
    REASON,
    DATE,
    PERFORMER,
    column(Label::Intent, |record| record.words("intent")),
    STATUS,
    NOTE,
];

const VISIT: &[Column] = &[TITLE, REASON, DATE, PLACE, PERFORMER, STATUS];

const DOCUMENT: &[Column] = &[
    TITLE,
    column(Label::Description, |record| record.words("description")),
    DATE,
    PERFORMER,
    column(Label::Content, content),
    STATUS,
];

/// Of a kind without columns of its own; its fields are listed beside them.
const ANY: &[Column] = &[TITLE, DATE, STATUS, NOTE];

fn status(record: &Record<'_>) -> Vec<Line> {
    let mut lines = record.firsts("clinicalStatus");
    lines.extend(record.firsts("verificationStatus").into_iter().map(Line::quieted));
    lines.extend(record.firsts("status"));
    for member in ["lifecycleStatus", "docStatus"] {
        lines.extend(record.firsts(member).into_iter().map(Line::quieted));
    }
    lines
}

fn began(record: &Record<'_>) -> Vec<Line> {
    record.choice("onset")
}

/// When it was recorded, of what does not say when it began.
fn recorded(record: &Record<'_>) -> Vec<Line> {
    if began(record).is_empty() { (DATE.cell)(record) } else { Vec::new() }
}

/// Who did, ordered or wrote it: names, or the references themselves.
fn performers(record: &Record<'_>) -> Vec<Line> {
    let members = [
        "performer",
        "requester",
        "prescriber",
        "orderer",
        "author",
        "recorder",
        "asserter",
        "informationSource",
        "participant",
        "practitioner",
    ];
    let lines = |member: &&str| -> Vec<Line> {
        let who = |item: &Node<'_>| {
            let inner =
                item.field("actor").or_else(|| item.field("individual")).or_else(|| item.field("agent"));
            record.named(inner.unwrap_or(item))
        };
        record.node.list(member).iter().filter_map(who).collect()
    };
    members.iter().map(lines).find(|lines| !lines.is_empty()).unwrap_or_default()
}

/// What somebody noted: FHIR's annotations, and the members of older versions.
fn notes(record: &Record<'_>) -> Vec<Line> {
    record.notes().map(Line::plain).collect()
}

/// What of a document can be read here.
fn content(record: &Record<'_>) -> Vec<Line> {
    let attachments = record.node.list("content").iter().filter_map(|content| content.field("attachment"));
    attachments.chain(record.node.list("presentedForm")).flat_map(attachment_lines).collect()
}

/// An attachment: its title, what it is, and its words where it is text.
fn attachment_lines(node: &Node<'_>) -> Vec<Line> {
    let kind = node.text_of("contentType").unwrap_or_default();
    let mut lines: Vec<Line> = node.text_of("title").into_iter().map(Line::plain).collect();
    match node.text_of("data").and_then(|data| text::of_attachment(kind, data)) {
        Some(text) => lines.push(Line::letter(&text)),
        None if !kind.is_empty() => lines.push(Line::quiet(kind)),
        None => {}
    }
    // An address in a record is never followed.
    lines.extend(node.text_of("url").map(Line::quiet));
    lines
}

fn or(lines: Vec<Line>, other: impl FnOnce() -> Vec<Line>) -> Vec<Line> {
    if lines.is_empty() { other() } else { lines }
}
