//! The flags that say which records a grant or a share covers.

use keepwell_protocol::domain::{Category, CodeFilter, RecordId, Scope, Timestamp};

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
    /// Of these categories only records dated this day or later
    #[arg(long, value_name = "DATE", value_parser = Timestamp::parse)]
    since: Option<Timestamp>,
    /// Of these categories only records dated before this day
    #[arg(long, value_name = "DATE", value_parser = Timestamp::parse)]
    until: Option<Timestamp>,
    /// One record, by its id
    #[arg(long, value_name = "ID", value_parser = RecordId::parse)]
    record: Vec<RecordId>,
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

    /// The scope that the flags describe.
    ///
    /// # Errors
    /// [`CommandError::Scope`] if they describe none that a grant may have.
    pub(crate) fn to_scope(&self) -> Result<Scope, Failure> {
        let scope = Scope {
            categories: self.category.clone(),
            types: self.types.clone(),
            codes: self.code.clone(),
            since: self.since,
            until: self.until,
            records: self.record.clone(),
        }
        .normalized();
        scope.check().map_err(CommandError::Scope)?;
        Ok(scope)
    }
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
        line.scope.to_scope().map_err(Some)
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
    fn nothing_wildcards_and_half_codes_are_refused() {
        assert!(matches!(scope(&[]), Err(Some(_))));
        assert!(matches!(scope(&["--category", "results", "--type", "*"]), Err(Some(_))));
        assert!(matches!(scope(&["--category", "everything"]), Err(None)));
        assert!(matches!(scope(&["--category", "results", "--code", "4548-4"]), Err(None)));
        assert!(matches!(scope(&["--category", "results", "--code", "|4548-4"]), Err(None)));
        assert!(matches!(scope(&["--record", "abc"]), Err(None)));
    }
}
