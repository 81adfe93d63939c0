//! A line of a list.

use keepwell_protocol::formats::fhir::Validities;

use crate::label::{Flag, RecordKind};
use crate::measure::Measure;
use crate::value::{Value, When};

/// What a list shows of a record.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// What kind of record it is.
    pub kind: RecordKind,
    /// FHIR resource type; empty where it cannot be read.
    pub resource_type: String,
    /// What it is about.
    pub title: Option<String>,
    /// The first code for it, as `system|code`; records of one code form a series.
    pub code: Option<String>,
    /// When it was so or was done, as shown; the day is the one that a filter goes by.
    pub when: Option<When>,
    /// The value with its unit, or those of its parts, or why there is none.
    pub value: Option<Value>,
    /// The same as a number, where it is one.
    pub measure: Option<Measure>,
    /// What its source says about the value, or about one of its parts.
    pub flag: Option<Flag>,
    /// Which values are normal.
    pub reference_range: Option<String>,
    /// Whether it is current, final or done, as its source says it.
    pub status: Option<String>,
    /// What its source says against it: entered in error, refuted, not done.
    pub validities: Validities,
}

impl Row {
    /// Whether it is a result of this code, as `system|code`.
    pub fn is_in_series(&self, code: &str) -> bool {
        self.kind == RecordKind::Observation && self.code.as_deref() == Some(code)
    }

    /// The day or time of its beginning as shown, for an order of text; empty if there is none.
    pub(crate) fn day(&self) -> &str {
        self.when.as_ref().and_then(|when| when.start.as_deref()).unwrap_or_default()
    }
}

/// What a list shows of a record beside its title and date: the same as of its [`Row`], read in a fraction of
/// the time.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Brief {
    /// The value with its unit, or those of its parts, or why there is none.
    pub value: Option<Value>,
    /// What its source says about the value, or about one of its parts.
    pub flag: Option<Flag>,
    /// Whether it is current, final or done, as its source says it.
    pub status: Option<String>,
    /// What its source says against it: entered in error, refuted, not done.
    pub validities: Validities,
}
