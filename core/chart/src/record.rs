//! A record as columns read it: what it is called, when it was, whom and what it names.

use std::cell::OnceCell;
use std::collections::HashMap;

use keepwell_protocol::domain::Timestamp;
use keepwell_protocol::formats::fhir::{date_rank, first_second};

use crate::binary::BinaryFile;
use crate::label::RecordKind;
use crate::node::Node;
use crate::phrase;
use crate::row::Row;
use crate::value::{Line, When};

/// What is known of the records that a record refers to. References are as the record writes them.
pub trait Related {
    /// The row of the record that is meant.
    fn row(&self, reference: &str) -> Option<Row>;

    /// What it is called.
    fn title(&self, reference: &str) -> Option<String> {
        self.row(reference)?.title
    }

    /// The Binary that is meant.
    fn binary(&self, _: &str) -> Option<BinaryFile> {
        None
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
        self.dated(|node, is_period| match node {
            Node::Text(text) if !is_period => Some(When::at(text)),
            // Some exports write milliseconds.
            Node::Number(digits) if !is_period => Some(When::at(digits)),
            Node::Fields(_) if is_period => phrase::period(node),
            _ => None,
        })
    }

    /// The second in which that begins, wherever its clock stood; none where it can't be told.
    pub(crate) fn began(&self) -> Option<Timestamp> {
        let text = self.dated(|node, is_period| if is_period { node.text_of("start") } else { node.text() });
        first_second(text?).ok()
    }

    /// What is read of the most telling of its dates that says something.
    fn dated<T>(&self, read: impl Fn(&'r Node<'r>, bool) -> Option<T>) -> Option<T> {
        let ranked = self.node.fields().iter().filter_map(|(name, node)| {
            let (rank, is_period) = date_rank(name.as_bytes())?;
            Some((rank, read(node, is_period)?))
        });
        ranked.min_by_key(|(rank, _)| *rank).map(|(_, read)| read)
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

    pub(crate) fn dosages(&self) -> &'r [Node<'r>] {
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
    pub(crate) fn contained(&self, id: &str) -> Option<&'r Node<'r>> {
        let by_id = || {
            let contained = self.node.list("contained").iter().rev();
            contained.filter_map(|inner| Some((inner.text_of("id")?, inner))).collect()
        };
        self.contained.get_or_init(by_id).get(id).copied()
    }

    /// A concept's title or a reference's, in R5 either within one element.
    pub(crate) fn said(&self, node: &Node<'_>) -> Option<Line> {
        let inner =
            node.field("concept").or_else(|| node.field("reference").filter(|inner| inner.text().is_none()));
        let node = inner.unwrap_or(node);
        phrase::title(node).map(Line::plain).or_else(|| self.named(node))
    }

    pub(crate) fn references(&self, member: &str) -> Vec<Line> {
        self.node.list(member).iter().filter_map(|reference| self.named(reference)).collect()
    }

    pub(crate) fn firsts(&self, member: &str) -> Vec<Line> {
        self.node.list(member).iter().filter_map(phrase::title).map(Line::plain).collect()
    }

    pub(crate) fn words(&self, member: &str) -> Vec<Line> {
        self.node.list(member).iter().filter_map(Node::text).map(Line::plain).collect()
    }

    pub(crate) fn quantities(&self, member: &str) -> Vec<Line> {
        self.node.list(member).iter().filter_map(phrase::quantity).map(|text| Line::plain(&text)).collect()
    }

    pub(crate) fn choice(&self, prefix: &str) -> Vec<Line> {
        self.node.choice(prefix).map_or(Vec::new(), |(kind, value)| phrase::value(kind, value))
    }
}

/// What a record is about, whatever its type; the first line is its title.
pub(crate) fn title_lines(record: &Record<'_>) -> Vec<Line> {
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
