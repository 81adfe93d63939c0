//! What was measured: the value, its parts with what is said of each, and which values are normal.

use crate::label::Flag;
use crate::measure::Measure;
use crate::node::Node;
use crate::phrase;
use crate::record::Record;
use crate::text::{LONGEST, legible};
use crate::value::{Line, Value};

/// A part of a measurement, as the upper of two blood pressures.
#[derive(Clone, Debug, PartialEq)]
pub struct Component {
    /// What this part measured, in words.
    pub title: Option<String>,
    /// What came out, or why nothing did.
    pub value: Option<Value>,
    /// The same as a number, where it is one.
    pub measure: Option<Measure>,
    /// What its source says about this part's value.
    pub interpretation: Vec<String>,
    /// The same, where it is one of the flags.
    pub flag: Option<Flag>,
    /// Which values are normal.
    pub reference_range: Option<String>,
}

/// The parts of a measurement.
pub(crate) fn components(node: &Node<'_>) -> Vec<Component> {
    let part = |part: &Node<'_>| Component {
        title: part.field("code").and_then(phrase::title).map(|title| legible(title, LONGEST)),
        value: value(part),
        measure: Measure::read(part),
        interpretation: interpretation(part),
        flag: flag(part),
        reference_range: reference_range(part),
    };
    node.list("component").iter().take(MOST_COMPONENTS).map(part).collect()
}

/// The value of a measurement or of a part of it, or why there is none.
pub(crate) fn value(node: &Node<'_>) -> Option<Value> {
    let value = node.choice("value").and_then(|(kind, value)| phrase::value(kind, value).into_iter().next());
    value.map(|line| line.value).or_else(|| phrase::absent_reason(node).map(Value::absent))
}

/// The value in one line: that of the whole, else of its parts.
pub(crate) fn value_in_one(node: &Node<'_>) -> Option<Value> {
    if let Some(value @ (Value::Text { .. } | Value::Truth { .. } | Value::Time { .. } | Value::Curve)) =
        value(node)
    {
        return Some(value);
    }
    let parts: Vec<String> = components(node).iter().take(MOST_IN_ONE).filter_map(in_words).collect();
    if parts.is_empty() { value(node) } else { Some(Value::text(&parts.join("; "))) }
}

/// What the source says about the whole, else the gravest of what it says about a part.
pub(crate) fn flag_of_all(node: &Node<'_>) -> Option<Flag> {
    flag(node).or_else(|| node.list("component").iter().take(MOST_COMPONENTS).filter_map(flag).min())
}

/// A part in one line; nothing if it says nothing.
fn in_words(part: &Component) -> Option<String> {
    let value = match part.value.as_ref()? {
        Value::Text { text } => text.clone(),
        // Signs that need no language.
        Value::Absent { reason } => format!("– ({reason})"),
        Value::Truth { holds } => if *holds { "✓" } else { "✗" }.to_owned(),
        Value::Curve => "∿".to_owned(),
        Value::Time { when } => {
            [when.start.as_deref(), when.end.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(" – ")
        }
    };
    let title = part.title.as_deref().map(|title| format!("{title}: ")).unwrap_or_default();
    Some(format!("{title}{value}"))
}

/// The value with its codes and its parts, as a cell of a table.
pub(crate) fn lines(record: &Record<'_>) -> Vec<Line> {
    let node = record.node;
    let mut lines = node.choice("value").map_or(Vec::new(), |(kind, value)| phrase::value(kind, value));
    for part in components(node) {
        lines.extend(in_words(&part).map(|text| Line::plain(&text)));
        lines.extend(part.interpretation.iter().map(|text| Line::quiet(text)));
    }
    if lines.is_empty() {
        lines.extend(phrase::absent_reason(node).map(|reason| Line::from(Value::absent(reason))));
    }
    lines
}

fn interpretation(node: &Node<'_>) -> Vec<String> {
    let titles = node.list("interpretation").iter().take(MOST_COMPONENTS).filter_map(phrase::title);
    titles.map(|title| legible(title, LONGEST)).collect()
}

/// What the source says in one of the codes that are flags, or in the same words.
fn flag(node: &Node<'_>) -> Option<Flag> {
    let said = |concept: &Node<'_>| {
        let codings = concept
            .list("coding")
            .iter()
            .flat_map(|coding| [coding.text_of("code"), coding.text_of("display")]);
        codings.chain([concept.text_of("text"), concept.text()]).flatten().filter_map(Flag::read).min()
    };
    node.list("interpretation").iter().take(MOST_COMPONENTS).filter_map(said).min()
}

/// Which values are normal, each range in one line.
pub(crate) fn ranges(node: &Node<'_>) -> Vec<String> {
    let range = |range: &Node<'_>| range.text_of("text").map(str::to_owned).or_else(|| phrase::range(range));
    node.list("referenceRange")
        .iter()
        .take(MOST_COMPONENTS)
        .filter_map(range)
        .map(|text| legible(&text, LONGEST))
        .collect()
}

/// Which values are normal, in one line.
pub(crate) fn reference_range(node: &Node<'_>) -> Option<String> {
    let ranges = ranges(node);
    (!ranges.is_empty()).then(|| legible(&ranges.join("; "), LONGEST))
}

/// The most parts, and statements about one, that are shown.
const MOST_COMPONENTS: usize = 200;

/// The most parts that are put into one line.
const MOST_IN_ONE: usize = 12;
