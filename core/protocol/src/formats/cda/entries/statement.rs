//! What statements of every kind say: who did something, when it was written down, and why.

use super::super::code::concept;
use super::super::demographics::who;
use super::super::element::Element;
use super::super::json::{Json, list, text};
use super::super::narrative::Narrative;
use super::super::time::point;

/// Who did something.
pub(super) fn performers(statement: &Element) -> impl Iterator<Item = Json> {
    let entities = statement.all("performer").filter_map(|performer| performer.one("assignedEntity"));
    entities.filter_map(who)
}

/// When somebody wrote a statement down.
pub(super) fn written(statement: &Element) -> Option<Json> {
    let times = statement.all("author").filter_map(|author| author.said("time"));
    times.filter_map(point).next().and_then(text)
}

/// The reasons for something: problems that are given as such.
pub(super) fn reasons(statement: &Element, words: &Narrative<'_>) -> Option<Json> {
    let relations =
        statement.all("entryRelationship").filter(|relation| relation.attribute("typeCode") == Some("RSON"));
    let observations = relations.flat_map(|relation| relation.all("observation"));
    let problems = observations.filter(|observation| !observation.is_negated());
    list(problems.filter_map(|problem| concept(problem.one("value"), words)))
}
