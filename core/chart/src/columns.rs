//! Which columns a kind of record has, and what stands in them.

use std::{cell::OnceCell, collections::HashMap};

use keepwell_protocol::formats::fhir::{Validities, date_rank};

use crate::label::{Label, RecordKind};
use crate::node::Node;
use crate::phrase;
use crate::row::Row;
use crate::text;
use crate::value::{Line, Value, When};

/// What is known of the records that a record refers to. References are as the record writes them.
pub trait Related {
    /// The row of the record that is meant.
    fn row(&self, reference: &str) -> Option<Row>;

    /// What it is called.
    fn title(&self, reference: &str) -> Option<String> {
        self.row(reference)?.title
    }
}

/// Nothing is known of them.
impl Related for () {
    fn row(&self, _: &str) -> Option<Row> {
        None
    }
}

/// A record as it is read here.
pub(crate) struct Record<'r> {
    pub(crate) node: &'r Node<'r>,
    pub(crate) kind: RecordKind,
    pub(crate) related: &'r dyn Related,
    /// What is contained in it, by id; filled when it is first asked for.
    contained: OnceCell<HashMap<&'r str, &'r Node<'r>>>,
}

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

/// What a record is about, whatever its type; the first line is its title.
fn title_lines(record: &Record<'_>) -> Vec<Line> {
    let node = record.node;
    // FHIR R5 has a concept or a reference within `medication`.
    let medicine =
        node.choice("medication").map(|(_, medicine)| medicine).or_else(|| node.field("medication"));
    if let Some(medicine) = medicine {
        let concept = medicine.field("concept").unwrap_or(medicine);
        let reference =
            medicine.field("reference").filter(|inner| inner.text().is_none()).unwrap_or(medicine);
        let lines = phrase::concept(concept);
        return if lines.is_empty() { record.known_name(reference).into_iter().collect() } else { lines };
    }
    let lines = |member: &&str| -> Vec<Line> {
        match *member {
            "name" => {
                let name =
                    |name: &Node<'_>| name.text().map(str::to_owned).or_else(|| phrase::human_name(name));
                node.list("name").iter().filter_map(name).map(|text| Line::plain(&text)).collect()
            }
            "identifier" => node
                .list("identifier")
                .iter()
                .filter_map(|item| item.text_of("value"))
                .map(Line::plain)
                .collect(),
            member => node
                .list(member)
                .iter()
                .flat_map(|concept| phrase::concept(concept.field("concept").unwrap_or(concept)))
                .collect(),
        }
    };
    TITLED_BY.iter().map(lines).find(|lines| !lines.is_empty()).unwrap_or_default()
}

/// The members that say what a record is about, the best first, where it is about no medicine.
const TITLED_BY: &[&str] = &[
    "code",
    "vaccineCode",
    "productOrService",
    // Before FHIR R4 an allergy had a substance, an order its kind.
    "substance",
    "type",
    "description",
    "title",
    "name",
    "category",
    "class",
    "relationship",
    "reasonCode",
    "identifier",
];

/// Whether a title may come from the member of this name, but for what it refers to.
pub(crate) fn is_read_for_title(name: &str) -> bool {
    name == "resourceType" || name.starts_with("medication") || TITLED_BY.contains(&name)
}

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

impl<'r> Record<'r> {
    pub(crate) fn new(node: &'r Node<'r>, kind: RecordKind, related: &'r dyn Related) -> Self {
        Self { node, kind, related, contained: OnceCell::new() }
    }

    /// What it is called, in one line.
    pub(crate) fn title(&self) -> Option<String> {
        title_lines(self).first().and_then(|line| line.as_text().map(str::to_owned))
    }

    /// When it was so or was done: the date by which the wallet sorts and filters it.
    pub(crate) fn when(&self) -> Option<When> {
        let ranked = self.node.fields().iter().filter_map(|(name, node)| {
            let (rank, is_period) = date_rank(name.as_bytes())?;
            let when = match node {
                Node::Text(text) if !is_period => Some(When::at(text)),
                // Some exports write milliseconds.
                Node::Number(digits) if !is_period => Some(When::at(digits)),
                Node::Fields(_) if is_period => phrase::period(node),
                _ => None,
            };
            Some((rank, when?))
        });
        ranked.min_by_key(|(rank, _)| *rank).map(|(_, when)| when)
    }

    /// Whether it is current, final or done, as its source says it in one word.
    pub(crate) fn status(&self) -> Option<String> {
        ["status", "clinicalStatus", "lifecycleStatus", "docStatus", "verificationStatus"]
            .iter()
            .find_map(|member| self.firsts(member).first().and_then(|line| line.as_text().map(str::to_owned)))
    }

    /// Its notes as written.
    pub(crate) fn notes(&self) -> impl Iterator<Item = &'r str> {
        let notes =
            ["note", "comment", "comments", "notes"].into_iter().flat_map(|member| self.node.list(member));
        notes
            .filter_map(|note| note.text().or_else(|| note.text_of("text")))
            .filter(|text| !text.trim().is_empty())
    }

    fn dosages(&self) -> &'r [Node<'r>] {
        match self.node.list("dosageInstruction") {
            [] => self.node.list("dosage"),
            dosages => dosages,
        }
    }

    /// What a reference is called, where nobody knows: the reference.
    pub(crate) fn named(&self, node: &Node<'_>) -> Option<Line> {
        self.known_name(node).or_else(|| node.text_of("reference").map(Line::plain))
    }

    /// What a reference is called: as it says itself, else as what it refers to is called.
    fn known_name(&self, node: &Node<'_>) -> Option<Line> {
        let display = node.text_of("display").filter(|text| !text.trim().is_empty());
        if let Some(name) = display {
            return Some(Line::plain(name));
        }
        let reference = node.text_of("reference")?;
        let title = match reference.strip_prefix('#') {
            Some(id) => Record::new(self.contained(id)?, RecordKind::Other, &()).title(),
            None => self.related.title(reference),
        };
        title.as_deref().map(Line::plain)
    }

    /// The contained resource of this id; of several the first.
    fn contained(&self, id: &str) -> Option<&'r Node<'r>> {
        let by_id = || {
            let contained = self.node.list("contained").iter().rev();
            contained.filter_map(|inner| Some((inner.text_of("id")?, inner))).collect()
        };
        self.contained.get_or_init(by_id).get(id).copied()
    }

    /// The row of the contained resource of this id.
    pub(crate) fn contained_row(&self, id: &str) -> Option<Row> {
        let node = self.contained(id)?;
        Some(Row::of(Some(node), Validities::read(node.json().as_bytes()), &()))
    }

    /// A concept's title or a reference's, in R5 either within one element.
    fn said(&self, node: &Node<'_>) -> Option<Line> {
        let inner =
            node.field("concept").or_else(|| node.field("reference").filter(|inner| inner.text().is_none()));
        let node = inner.unwrap_or(node);
        phrase::title(node).map(Line::plain).or_else(|| self.named(node))
    }

    fn references(&self, member: &str) -> Vec<Line> {
        self.node.list(member).iter().filter_map(|reference| self.named(reference)).collect()
    }

    fn firsts(&self, member: &str) -> Vec<Line> {
        self.node.list(member).iter().filter_map(phrase::title).map(Line::plain).collect()
    }

    fn words(&self, member: &str) -> Vec<Line> {
        self.node.list(member).iter().filter_map(Node::text).map(Line::plain).collect()
    }

    fn quantities(&self, member: &str) -> Vec<Line> {
        self.node.list(member).iter().filter_map(phrase::quantity).map(|text| Line::plain(&text)).collect()
    }

    fn choice(&self, prefix: &str) -> Vec<Line> {
        self.node.choice(prefix).map_or(Vec::new(), |(kind, value)| phrase::value(kind, value))
    }
}

fn or(lines: Vec<Line>, other: impl FnOnce() -> Vec<Line>) -> Vec<Line> {
    if lines.is_empty() { other() } else { lines }
}
