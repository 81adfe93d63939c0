//! The flags that say which records a grant or a share covers.

use keepwell_protocol::domain::{Category, CodeFilter, IdPrefix, RecordId, Scope, Timestamp};
use keepwell_protocol::formats::fhir::DateBound;

use crate::failure::{CommandError, Failure};

/// Which records; lists may be given by repeating the flag.
#[derive(clap::Args, Clone, Debug, Default)]
pub(crate) struct ScopeFlags {
    /// All records of a category
    #[arg(long, value_name = "C", value_parser = Category::parse)]
    category: Vec<Category>,
    /// Of these categories only this FHIR resource type
    #[arg(long = "type", value_name = "T")]
    types: Vec<String>,
    /// Of these categories only records with this code
    #[arg(long, value_name = "SYSTEM|CODE", value_parser = code_filter)]
    code: Vec<CodeFilter>,
    /// Of these categories only records dated then or later: a year, a month, a day, or a time, from 1970 on
    #[arg(long, value_name = "DATE", value_parser = date_bound)]
    since: Option<Timestamp>,
    /// Of these categories only records dated before that
    #[arg(long, value_name = "DATE", value_parser = date_bound)]
    until: Option<Timestamp>,
    /// One record, by its id or 8 characters or more of its beginning
    #[arg(long, value_name = "ID", value_parser = IdPrefix::parse)]
    record: Vec<IdPrefix>,
}

impl ScopeFlags {
    /// Whether no flag was given.
    pub(crate) fn is_empty(&self) -> bool {
        self.category.is_empty()
            && self.types.is_empty()
            && self.code.is_empty()
            && self.since.is_none()
            && self.until.is_none()
            && self.record.is_empty()
    }

    /// Checks all that can be checked before the wallet is opened.
    ///
    /// # Errors
    /// [`CommandError::Scope`] if the flags describe no scope that a grant may have.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        let stand_in = self.record.first().map(|_| RecordId::from_bytes([0; 32]));
        self.with_records(stand_in.into_iter().collect()).map(|_| ())
    }

    /// The scope that the flags describe; `find` knows the records by what they were named.
    ///
    /// # Errors
    /// [`CommandError::Scope`] if they describe none that a grant may have; that of `find`.
    pub(crate) fn to_scope(
        &self,
        find: impl FnMut(&IdPrefix) -> Result<RecordId, Failure>,
    ) -> Result<Scope, Failure> {
        self.with_records(self.record.iter().map(find).collect::<Result<_, _>>()?)
    }

    fn with_records(&self, records: Vec<RecordId>) -> Result<Scope, Failure> {
        let scope = Scope {
            categories: self.category.clone(),
            types: self.types.clone(),
            codes: self.code.clone(),
            since: self.since,
            until: self.until,
            records,
        }
        .normalized();
        scope.check().map_err(CommandError::Scope)?;
        Ok(scope)
    }
}

/// Parses a date as lists take it, so that what they show of a day is what is covered of it.
fn date_bound(text: &str) -> Result<Timestamp, String> {
    let bound = DateBound::parse(text).map_err(|error| error.to_string())?;
    bound.of_scope().ok_or_else(|| "a scope is bounded by dates after the start of 1970".to_owned())
}

/// Parses `SYSTEM|CODE`, as FHIR searches write it.
fn code_filter(text: &str) -> Result<CodeFilter, &'static str> {
    match text.rsplit_once('|') {
        Some((system, code)) if !system.is_empty() && !code.is_empty() => {
            Ok(CodeFilter { system: system.to_owned(), code: code.to_owned() })
        }
        _ => Err("a code is written SYSTEM|CODE, as in http://loinc.org|4548-4"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser as _;

    #[derive(clap::Parser)]
    struct Line {
        #[command(flatten)]
        scope: ScopeFlags,
    }

    fn scope(flags: &[&str]) -> Result<Scope, Option<Failure>> {
        let line = Line::try_parse_from([&["x"], flags].concat()).map_err(|_| None)?;
        line.scope.check().map_err(Some)?;
        line.scope.to_scope(|_| Ok(RecordId::from_bytes([7; 32]))).map_err(Some)
    }

    #[test]
    fn flags_make_one_scope_in_any_order() {
        let a =
            scope(&["--category", "results", "--category", "allergies", "--code", "http://loinc.org|4548-4"]);
        let b =
            scope(&["--code", "http://loinc.org|4548-4", "--category", "allergies", "--category", "results"]);
        assert_eq!(a, b);
        assert_eq!(a.unwrap().categories, [Category::Allergies, Category::Results]);
    }

    #[test]
    fn records_are_named_by_the_beginning_of_their_id_and_dates_by_their_year() {
        let one = scope(&["--record", "0123abcd"]).unwrap();
        assert_eq!(one.records, [RecordId::from_bytes([7; 32])]);
        let since = scope(&["--category", "results", "--since", "2019-02"]).unwrap().since;
        assert_eq!(since, Timestamp::parse("2019-02-01").ok());
        let until = scope(&["--category", "results", "--until", "2024-03-01T08:00+02:00"]).unwrap().until;
        assert_eq!(until, Timestamp::parse("2024-03-01T08:00:00Z").ok());
    }

    #[test]
    fn nothing_wildcards_and_half_codes_are_refused() {
        assert!(matches!(scope(&[]), Err(Some(_))));
        assert!(matches!(scope(&["--category", "results", "--type", "*"]), Err(Some(_))));
        assert!(matches!(scope(&["--category", "everything"]), Err(None)));
        assert!(matches!(scope(&["--category", "results", "--code", "4548-4"]), Err(None)));
        assert!(matches!(scope(&["--category", "results", "--code", "|4548-4"]), Err(None)));
        assert!(matches!(scope(&["--record", "abc"]), Err(None)));
        assert!(matches!(scope(&["--category", "results", "--since", "2019-13"]), Err(None)));
        assert!(matches!(scope(&["--category", "results", "--since", "1969-12-31"]), Err(None)));
    }
}
