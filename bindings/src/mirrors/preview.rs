//! What somebody would see, and why.

use keepwell_protocol::consent::{Allowed, Decision, Denied};
use keepwell_protocol::domain::Category;
use keepwell_wallet::{
    AccessPreview, PreviewedCategory, PreviewedRecord, RecordSummary, SensitiveRecord, TypeCount,
};

/// What somebody would see of the records, and why; without those that were removed at their source.
#[uniffi::remote(Record)]
pub struct AccessPreview {
    /// The categories that have records, in their order.
    pub categories: Vec<PreviewedCategory>,
    /// What goes along because a record that is seen refers to it, newest first; the undated come last.
    pub referenced: Vec<RecordSummary>,
    /// How many of them there are of each type, by its name.
    pub references: Vec<TypeCount>,
    /// Which of all these, seen, unseen and going along, are of sensitive kinds; the rest is what the table of codes does
    /// not know.
    #[uniffi(default = [])]
    pub sensitive: Vec<SensitiveRecord>,
}

/// What would be seen of one category, beside what goes along; newest first, the undated come last.
#[uniffi::remote(Record)]
pub struct PreviewedCategory {
    /// The category under which its records were first published, or would be.
    pub category: Category,
    /// The records that would be seen by themselves, newest first; the undated come last.
    pub seen: Vec<PreviewedRecord>,
    /// The records that would not, in the same order.
    pub unseen: Vec<PreviewedRecord>,
}

/// One record and whether it would be seen.
#[uniffi::remote(Record)]
pub struct PreviewedRecord {
    /// The record, as lists show it.
    pub record: RecordSummary,
    /// The decision with its reason, over all grants that are looked at.
    pub decision: Decision,
}

/// Whether a record may be seen, and why.
#[uniffi::remote(Enum)]
pub enum Decision {
    /// The record may be seen, for this reason.
    Allow(Allowed),
    /// It may not be seen, for this reason.
    Deny(Denied),
}

/// Why a record may be seen.
#[uniffi::remote(Enum)]
pub enum Allowed {
    /// It is named one by one.
    Record,
    /// It is of a granted category and fits every bound.
    Category,
    /// It is about no patient, and a record in scope refers to it.
    Referenced,
}

/// Why a record may not be seen.
#[uniffi::remote(Enum)]
pub enum Denied {
    NotYet,
    Expired,
    /// It was granted for another purpose.
    OtherPurpose,
    /// The record's category is not granted.
    OtherCategory,
    /// The category is granted, but not this type, code or date.
    OutOfBounds,
}
