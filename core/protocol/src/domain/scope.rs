//! Scope: which records a grant or a share covers, and why a record is or is not among them.

use super::{Category, RecordId, Timestamp};

/// A scope that no grant may have.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum InvalidScope {
    /// Neither a category nor a record is named.
    #[error("a scope names at least one category or one record")]
    Empty,
    /// A type, system or code is empty or a wildcard.
    #[error("a scope names types and codes exactly, without wildcards")]
    Wildcard,
    /// A list is unsorted, has the same element twice, or is too long.
    #[error("a scope lists each thing once, in order, and at most 1000 of a kind")]
    List,
    /// `since` is not before `until`.
    #[error("a scope ends after it begins")]
    Dates,
}

/// One code of one code system, both compared exactly.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, minicbor::Decode, minicbor::Encode)]
#[cbor(map)]
pub struct CodeFilter {
    /// The code system's URI.
    #[n(0)]
    pub system: String,
    /// The code within that system, compared case-sensitively.
    #[n(1)]
    pub code: String,
}

/// What a grant covers.
///
/// A record is in scope if it is named in `records`, or if it is of one of the `categories` and
/// fits all the bounds that are given. Lists are sorted and without repeats, so that a scope has
/// one encoding; [`Scope::normalized`] makes them so.
#[derive(Clone, Debug, Default, Eq, Hash, PartialEq, minicbor::Decode, minicbor::Encode)]
#[cbor(map)]
pub struct Scope {
    /// Categories; the bounds below apply to these.
    #[n(0)]
    pub categories: Vec<Category>,
    /// FHIR resource types; empty: any.
    #[n(1)]
    pub types: Vec<String>,
    /// Codes of which the record must have one; empty: any.
    #[n(2)]
    pub codes: Vec<CodeFilter>,
    /// Clinical date at or after this; an undated record fails.
    #[n(3)]
    pub since: Option<Timestamp>,
    /// Clinical date before this; an undated record fails.
    #[n(4)]
    pub until: Option<Timestamp>,
    /// Records named one by one, in all their versions.
    #[n(5)]
    pub records: Vec<RecordId>,
}

/// What the rules of a scope ask about one record version.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RecordFacts {
    /// The record, over all versions.
    pub id: RecordId,
    /// The category under which it was first published.
    pub category: Category,
    /// The FHIR resource type, as in `Observation`.
    pub resource_type: String,
    /// Codings of the resource's code, as (system, code).
    pub codes: Vec<CodeFilter>,
    /// The clinical date, if it has one that can be read.
    pub clinical_date: Option<Timestamp>,
}

/// Whether resources of this FHIR type are about no patient, so that a record in scope brings those
/// it refers to.
pub fn is_reference_type(resource_type: &str) -> bool {
    matches!(
        resource_type,
        "Location" | "Medication" | "Organization" | "Practitioner" | "PractitionerRole" | "Substance"
    )
}

impl Scope {
    /// Whether the scope is categories only, so that category compartments serve it.
    pub fn is_whole_categories(&self) -> bool {
        self.types.is_empty()
            && self.codes.is_empty()
            && self.since.is_none()
            && self.until.is_none()
            && self.records.is_empty()
    }

    /// Sorts the lists and drops repeats.
    #[must_use]
    pub fn normalized(mut self) -> Self {
        fn tidy<T: Ord>(list: &mut Vec<T>) {
            list.sort_unstable();
            list.dedup();
        }
        tidy(&mut self.categories);
        tidy(&mut self.types);
        tidy(&mut self.codes);
        tidy(&mut self.records);
        self
    }

    /// Checks the rules that every scope obeys.
    ///
    /// # Errors
    /// [`InvalidScope`] says which rule it breaks.
    pub fn check(&self) -> Result<(), InvalidScope> {
        fn strictly_ascending<T: Ord>(list: &[T]) -> bool {
            list.len() <= 1000 && list.iter().zip(list.iter().skip(1)).all(|(a, b)| a < b)
        }
        if self.categories.is_empty() && self.records.is_empty() {
            return Err(InvalidScope::Empty);
        }
        let exact = |text: &str| !text.is_empty() && !text.contains('*') && text.len() <= 256;
        if !self.types.iter().all(|name| exact(name) && name.bytes().all(|b| b.is_ascii_alphanumeric()))
            || !self.codes.iter().all(|filter| exact(&filter.system) && exact(&filter.code))
        {
            return Err(InvalidScope::Wildcard);
        }
        if !strictly_ascending(&self.categories)
            || !strictly_ascending(&self.types)
            || !strictly_ascending(&self.codes)
            || !strictly_ascending(&self.records)
        {
            return Err(InvalidScope::List);
        }
        match (self.since, self.until) {
            (Some(since), Some(until)) if since >= until => Err(InvalidScope::Dates),
            _ => Ok(()),
        }
    }

    /// Whether the record itself is in scope; what records in scope refer to is decided apart.
    ///
    /// ```
    /// use keepwell_protocol::domain::{Category, RecordFacts, RecordId, Scope};
    ///
    /// let scope = Scope { categories: vec![Category::Allergies], ..Scope::default() };
    /// let allergy = RecordFacts {
    ///     id: RecordId::from_bytes([1; 32]),
    ///     category: Category::Allergies,
    ///     resource_type: "AllergyIntolerance".into(),
    ///     codes: Vec::new(),
    ///     clinical_date: None,
    /// };
    /// assert!(scope.covers(&allergy));
    /// assert!(!scope.covers(&RecordFacts { category: Category::Results, ..allergy }));
    /// ```
    pub fn covers(&self, record: &RecordFacts) -> bool {
        self.records.contains(&record.id) || self.covers_by_category(record)
    }

    /// Whether the record is in scope by its category and the bounds on it.
    pub fn covers_by_category(&self, record: &RecordFacts) -> bool {
        let within = |bound: Option<Timestamp>, holds: fn(Timestamp, Timestamp) -> bool| match bound {
            None => true,
            Some(bound) => record.clinical_date.is_some_and(|date| holds(date, bound)),
        };
        self.categories.contains(&record.category)
            && (self.types.is_empty() || self.types.contains(&record.resource_type))
            && (self.codes.is_empty() || record.codes.iter().any(|code| self.codes.contains(code)))
            && within(self.since, |date, since| date >= since)
            && within(self.until, |date, until| date < until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts() -> RecordFacts {
        RecordFacts {
            id: RecordId::from_bytes([1; 32]),
            category: Category::Results,
            resource_type: "Observation".into(),
            codes: vec![CodeFilter { system: "http://loinc.org".into(), code: "4548-4".into() }],
            clinical_date: Some(Timestamp(1_000)),
        }
    }

    fn results() -> Scope {
        Scope { categories: vec![Category::Results], ..Scope::default() }
    }

    #[test]
    fn each_bound_lets_the_record_in_and_its_nearest_neighbour_keeps_it_out() {
        let code = |code: &str| vec![CodeFilter { system: "http://loinc.org".into(), code: code.into() }];
        for (scope, covered) in [
            (results(), true),
            (Scope { categories: vec![Category::Vitals], ..Scope::default() }, false),
            (Scope { types: vec!["Observation".into()], ..results() }, true),
            (Scope { types: vec!["Media".into()], ..results() }, false),
            (Scope { codes: code("4548-4"), ..results() }, true),
            (Scope { codes: code("4548-5"), ..results() }, false),
            (Scope { since: Some(Timestamp(1_000)), ..results() }, true),
            (Scope { since: Some(Timestamp(1_001)), ..results() }, false),
            (Scope { until: Some(Timestamp(1_001)), ..results() }, true),
            (Scope { until: Some(Timestamp(1_000)), ..results() }, false),
            (Scope { records: vec![RecordId::from_bytes([1; 32])], ..Scope::default() }, true),
            (Scope { records: vec![RecordId::from_bytes([2; 32])], ..Scope::default() }, false),
        ] {
            assert_eq!(scope.covers(&facts()), covered, "{scope:?}");
        }
    }

    #[test]
    fn an_undated_record_fails_a_date_bound_but_not_its_absence() {
        let undated = RecordFacts { clinical_date: None, ..facts() };
        assert!(results().covers(&undated));
        assert!(!Scope { since: Some(Timestamp(0)), ..results() }.covers(&undated));
        assert!(!Scope { until: Some(Timestamp(u64::MAX)), ..results() }.covers(&undated));
    }

    #[test]
    fn refuses_scopes_that_say_nothing_or_everything() {
        assert_eq!(results().check(), Ok(()));
        assert_eq!(Scope::default().check(), Err(InvalidScope::Empty));
        assert_eq!(Scope { types: vec!["*".into()], ..results() }.check(), Err(InvalidScope::Wildcard));
        assert_eq!(Scope { types: vec![String::new()], ..results() }.check(), Err(InvalidScope::Wildcard));
        let twice = Scope { categories: vec![Category::Results; 2], ..Scope::default() };
        assert_eq!(twice.check(), Err(InvalidScope::List));
        assert_eq!(twice.normalized().check(), Ok(()));
        let backwards = Scope { since: Some(Timestamp(2)), until: Some(Timestamp(2)), ..results() };
        assert_eq!(backwards.check(), Err(InvalidScope::Dates));
    }
}
