//! How a line of a list is read from a resource.

use keepwell_protocol::formats::fhir::Validities;

use crate::label::RecordKind;
use crate::measure::Measure;
use crate::node::Node;
use crate::observation;
use crate::phrase;
use crate::record::{self, Record, Related};
use crate::row::{Brief, Row};
use crate::text::legible;
use crate::value::Value;

impl Row {
    /// Reads a resource. What is no resource has a row that says so: [`RecordKind::Unreadable`].
    pub fn read(resource: &[u8]) -> Self {
        let node = Node::parse(resource);
        Self::of(node.as_ref(), Validities::read(resource), &())
    }

    pub(crate) fn of(node: Option<&Node<'_>>, validities: Validities, related: &dyn Related) -> Self {
        let Some((node, resource_type)) = node.and_then(|node| Some((node, node.text_of("resourceType")?)))
        else {
            return Self::unreadable(validities);
        };
        let kind = RecordKind::of(resource_type);
        let record = Record::new(node, kind, related);
        Self {
            kind,
            resource_type: legible(resource_type, LONGEST_NAME),
            title: record.title(),
            code: code(node),
            when: record.when(),
            value: value(node, kind),
            measure: (kind == RecordKind::Observation).then(|| Measure::read(node)).flatten(),
            flag: observation::flag_of_all(node),
            reference_range: observation::reference_range(node),
            status: record.status(),
            validities,
        }
    }

    fn unreadable(validities: Validities) -> Self {
        Self {
            kind: RecordKind::Unreadable,
            resource_type: String::new(),
            title: None,
            code: None,
            when: None,
            value: None,
            measure: None,
            flag: None,
            reference_range: None,
            status: None,
            validities,
        }
    }
}

impl Record<'_> {
    /// The row of the contained resource of this id.
    pub(crate) fn contained_row(&self, id: &str) -> Option<Row> {
        let node = self.contained(id)?;
        Some(Row::of(Some(node), Validities::read(node.json().as_bytes()), &()))
    }
}

impl Brief {
    /// Reads a resource that is known to be JSON; of other bytes it says something or nothing.
    pub fn read(resource: &[u8]) -> Self {
        let validities = Validities::read(resource);
        let node = Node::members(resource, &|name| {
            name.starts_with("value") || name.starts_with("_value") || READ_IN_BRIEF.contains(&name)
        });
        let Some((node, resource_type)) =
            node.as_ref().and_then(|node| Some((node, node.text_of("resourceType")?)))
        else {
            return Self { validities, ..Self::default() };
        };
        let kind = RecordKind::of(resource_type);
        let status = Record::new(node, kind, &()).status();
        Self { value: value(node, kind), flag: observation::flag_of_all(node), status, validities }
    }
}

/// What a resource is about, as its [`Row`] says it. The resource is known to be JSON.
pub fn title(resource: &[u8]) -> Option<String> {
    let node = Node::members(resource, &record::is_read_for_title)?;
    let kind = RecordKind::of(node.text_of("resourceType")?);
    // What is contained is read only where a title may be found in it.
    Record::new(&node, kind, &()).title().or_else(|| Row::read(resource).title)
}

/// The members that a [`Brief`] is read from, beside values.
const READ_IN_BRIEF: &[&str] = &[
    "resourceType",
    "component",
    "dataAbsentReason",
    "interpretation",
    "quantity",
    "doseQuantity",
    "status",
    "clinicalStatus",
    "lifecycleStatus",
    "docStatus",
    "verificationStatus",
];

fn value(node: &Node<'_>, kind: RecordKind) -> Option<Value> {
    let member = match kind {
        RecordKind::Observation => return observation::value_in_one(node),
        RecordKind::MedicineDispensed => "quantity",
        RecordKind::Vaccination => "doseQuantity",
        _ => return None,
    };
    node.field(member).and_then(phrase::quantity).map(|text| Value::text(&text))
}

fn code(node: &Node<'_>) -> Option<String> {
    let coding = node.at(&["code", "coding"])?.items().first()?;
    let code = coding.text_of("code")?;
    Some(legible(&format!("{}|{code}", coding.text_of("system").unwrap_or_default()), 2 * LONGEST_NAME))
}

/// Characters of the longest name of a type or code.
const LONGEST_NAME: usize = 64;
