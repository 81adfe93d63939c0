//! Records as lists show them.

use keepwell_chart::{Flag as ValueFlag, Value as ChartValue};
use keepwell_protocol::domain::{Category, RecordId};
use keepwell_protocol::formats::fhir::Validities;
use keepwell_wallet::{Attachment, CategoryCount, Cursor, Page as RecordPage, RecordOrder, RecordSummary};

use super::Instant;

/// What a record is about, in the order in which categories are shown.
#[uniffi::remote(Enum)]
pub enum Category {
    Patient,
    /// Allergies and intolerances.
    Allergies,
    /// Problems, diagnoses and adverse events.
    Conditions,
    /// Medicines prescribed, given or taken.
    Medications,
    Immunizations,
    /// Laboratory and imaging results.
    Results,
    Vitals,
    /// Procedures done and services ordered.
    Procedures,
    /// Notes, letters and forms.
    Documents,
    /// Visits and appointments.
    Encounters,
    /// Implants and equipment.
    Devices,
    /// Illnesses in the family.
    FamilyHistory,
    /// Smoking, living and working conditions.
    SocialHistory,
    /// Plans, teams and goals.
    CarePlans,
    /// Coverage and claims.
    Insurance,
    Genomics,
    /// Measurements by the patient's own devices.
    Wearables,
    /// Everything else, known or not.
    Other,
}

/// How many records there are of a category.
#[uniffi::remote(Record)]
pub struct CategoryCount {
    pub category: Category,
    pub count: u64,
}

/// What a list shows of a record: its newest version.
#[uniffi::remote(Record)]
pub struct RecordSummary {
    /// The record, over all its versions.
    pub id: RecordId,
    pub resource_type: String,
    pub category: Category,
    /// The clinical date, as written.
    pub date: Option<String>,
    /// The code of what it is about, without its system.
    pub code: Option<String>,
    /// What to call it.
    pub display: Option<String>,
    /// The value, or why there is none; a text of at most 200 characters.
    pub value: Option<ChartValue>,
    /// What its source says about the value.
    pub flag: Option<ValueFlag>,
    /// Whether it is current, final or done, as its source says it.
    pub status: Option<String>,
    pub validities: Validities,
    /// Where it came from first.
    pub source: String,
    /// When the version that is shown came.
    pub arrived_at: Instant,
}

/// A file within a record, or in a Binary that it points to.
#[uniffi::remote(Record)]
pub struct Attachment {
    /// Its media type, as written.
    pub content_type: Option<String>,
    pub title: Option<String>,
    /// What it holds, decoded.
    pub bytes: Vec<u8>,
}

/// What stands first in a list.
#[uniffi::remote(Enum)]
pub enum RecordOrder {
    /// The newest by the date that it shows; the undated come last.
    NewestFirst,
    /// What came last, as the version that is shown.
    LatestArrival,
}

/// One page, in the order that was asked for.
#[uniffi::remote(Record)]
pub struct RecordPage {
    /// At most as many as asked for.
    pub records: Vec<RecordSummary>,
    /// Where the next page begins; none if this was the last.
    pub next: Option<Cursor>,
}
