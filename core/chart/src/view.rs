//! The page of one record.

use keepwell_protocol::formats::fhir::Validities;

use crate::attachment::{Attachment, attachments};
use crate::columns::columns;
use crate::fields::{Fields, fields};
use crate::label::{Label, RecordKind};
use crate::node::Node;
use crate::observation::{Component, components};
use crate::record::{Record, Related};
use crate::row::Row;
use crate::text::{LONGEST, LONGEST_LETTER, from_html, legible};
use crate::value::{Line, Tone};

/// Everything that a page says of a record.
#[derive(Clone, Debug, PartialEq)]
pub struct View {
    /// What a list says of it.
    pub row: Row,
    /// What else there is to say, in the order in which it is shown.
    pub facts: Vec<Fact>,
    /// The parts of a measurement.
    pub components: Vec<Component>,
    /// The results of a report or of a panel that are there too.
    pub results: Vec<Row>,
    /// Notes and documents, as far as they are text.
    pub passages: Vec<Passage>,
    /// What it carries or points to, text or not.
    pub attachments: Vec<Attachment>,
    /// Every field, under FHIR's names.
    pub fields: Fields,
}

/// What is said under a label.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Fact {
    /// What it is about.
    pub label: Label,
    /// What it says; never empty.
    pub lines: Vec<Line>,
}

/// A text of some length.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Passage {
    /// A note, a document's content, or the sender's own page of the record.
    pub label: Label,
    /// What it is called.
    pub title: Option<String>,
    /// The text, cleaned of markup; at most 100,000 characters.
    pub text: String,
}

impl View {
    /// Reads a resource. What is no resource has a page that says so: [`RecordKind::Unreadable`].
    pub fn read(resource: &[u8], related: &dyn Related) -> Self {
        let node = Node::parse(resource);
        let row = Row::of(node.as_ref(), Validities::read(resource), related);
        let Some(node) = node.filter(|_| row.kind != RecordKind::Unreadable) else {
            return Self {
                row,
                facts: Vec::new(),
                components: Vec::new(),
                results: Vec::new(),
                passages: Vec::new(),
                attachments: Vec::new(),
                fields: Fields::default(),
            };
        };
        let record = Record::new(&node, row.kind, related);
        let (results, missing) = results(&record);
        let attachments = attachments(&node, related);
        Self {
            facts: facts(&record, missing),
            components: components(&node),
            results,
            passages: passages(&record, &attachments),
            attachments,
            fields: fields(&node),
            row,
        }
    }
}

/// What a page says beside its row, without what has a place of its own.
fn facts(record: &Record<'_>, missing_results: Vec<Line>) -> Vec<Fact> {
    let mut facts = Vec::new();
    for column in columns(record.kind) {
        let (label, lines) = match column.label {
            Label::Value
            | Label::ReferenceRange
            | Label::Date
            | Label::Content
            | Label::Note
            | Label::Results => continue,
            // The title is on the row; the codes beside it are not.
            Label::Title => {
                let lines = (column.cell)(record).into_iter().skip(1);
                (Label::Code, lines.map(|line| Line { tone: Tone::Plain, ..line }).collect())
            }
            label => (label, (column.cell)(record)),
        };
        if !lines.is_empty() {
            facts.push(Fact { label, lines });
        }
    }
    if !missing_results.is_empty() {
        facts.push(Fact { label: Label::Results, lines: missing_results });
    }
    facts
}

/// The results that a report or panel refers to: those that are there, and how the others are called.
fn results(record: &Record<'_>) -> (Vec<Row>, Vec<Line>) {
    let (mut rows, mut missing) = (Vec::new(), Vec::new());
    let members = record.node.list("result").iter().chain(record.node.list("hasMember"));
    // Before FHIR R4 a panel had its members among other related observations.
    let related = record.node.list("related").iter();
    let older =
        related.filter(|it| it.text_of("type") == Some("has-member")).filter_map(|it| it.field("target"));
    for result in members.chain(older).take(MOST_RESULTS) {
        let Some(reference) = result.text_of("reference") else {
            missing.extend(record.named(result));
            continue;
        };
        let row = match reference.strip_prefix('#') {
            Some(id) => record.contained_row(id),
            None => record.related.row(reference),
        };
        match row {
            Some(row) => rows.push(row),
            None => missing.extend(record.named(result)),
        }
    }
    (rows, missing)
}

fn passages(record: &Record<'_>, attachments: &[Attachment]) -> Vec<Passage> {
    let mut passages = Vec::new();
    let mut add = |label, title: Option<&str>, text: &str| {
        if !text.trim().is_empty() && passages.len() < MOST_PASSAGES {
            let title = title.map(|title| legible(title, LONGEST));
            passages.push(Passage { label, title, text: legible(text.trim(), LONGEST_LETTER) });
        }
    };
    for note in record.notes() {
        add(Label::Note, None, note);
    }
    for attachment in attachments {
        add(Label::Content, attachment.title.as_deref(), attachment.text.as_deref().unwrap_or_default());
    }
    for payload in record.node.list("payload") {
        add(Label::Content, None, payload.text_of("contentString").unwrap_or_default());
    }
    let mut sections: Vec<&Node<'_>> = record.node.list("section").iter().rev().collect();
    while let Some(section) = sections.pop() {
        let html = section.at(&["text", "div"]).and_then(Node::text).unwrap_or_default();
        add(Label::Content, section.text_of("title"), &from_html(html));
        sections.extend(section.list("section").iter().rev());
    }
    // A narrative repeats what is shown already, unless it says that it doesn't or nothing else is known of
    // the type.
    let narrative = record.node.field("text");
    let says_more = narrative.and_then(|text| text.text_of("status")) == Some("additional");
    if says_more || record.kind == RecordKind::Other {
        let html = narrative.and_then(|text| text.text_of("div")).unwrap_or_default();
        add(Label::Narrative, None, &from_html(html));
    }
    passages
}

/// The most results of a report that are looked up.
const MOST_RESULTS: usize = 500;

/// The most texts of a page.
const MOST_PASSAGES: usize = 100;
