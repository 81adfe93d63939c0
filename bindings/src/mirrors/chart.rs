//! The page of a record. What a screen says in its own language is an enum; everything else is text as its
//! source wrote it.

use keepwell_chart::{
    Attachment as ChartAttachment, Component as ChartComponent, Fact as ChartFact, Field as ChartField,
    Fields as ChartFields, Flag as ValueFlag, Label as ChartLabel, Line as ChartLine,
    Measure as ChartMeasure, Passage as ChartPassage, RecordKind, Row as ChartRow, Tone as ChartTone,
    Value as ChartValue, View as ChartView, When as ChartTime,
};
use keepwell_protocol::domain::{Category, RecordId};
use keepwell_protocol::formats::fhir::{Validities, Validity};
use keepwell_wallet::{RecordView, ResultRow};

use super::Instant;

/// One reason to read a record with care, or that there is none; in the order in which they are told.
#[uniffi::remote(Enum)]
pub enum Validity {
    /// Its source says that it should never have been written.
    EnteredInError,
    /// Its source has deleted it.
    RemovedAtSource,
    /// It carries a condition that changes its meaning in a way that is not known here.
    Modified,
    /// What it says has been shown not to be so.
    Refuted,
    /// What it is about was not done, not given or not taken.
    NotDone,
    /// It asks not to do something.
    DoNotPerform,
    /// It was called off before it began.
    Cancelled,
    /// It was ended before it was complete.
    Stopped,
    /// It was so, and is not so now.
    Inactive,
    /// Nobody has confirmed it.
    Unconfirmed,
    /// It is not final.
    Preliminary,
    /// Its source did not mention it the last time.
    NotSeenSince,
    /// Nothing of the above.
    Valid,
}

uniffi::custom_type!(Validities, Vec<Validity>, {
    remote,
    lower: |validities| validities.iter().collect(),
    try_lift: |all| Ok(all.into_iter().fold(Validities::default(), Validities::with)),
});

/// What kind of record it is, whatever its type is called in its version of FHIR.
#[uniffi::remote(Enum)]
pub enum RecordKind {
    Patient,
    /// An allergy or intolerance.
    Allergy,
    /// A problem or diagnosis.
    Problem,
    /// A medicine prescribed.
    Prescription,
    /// A medicine that the patient takes.
    MedicineTaken,
    /// A medicine given by staff.
    MedicineGiven,
    /// A medicine handed over by a pharmacy.
    MedicineDispensed,
    Vaccination,
    /// A measurement or finding.
    Observation,
    /// A report, which knows its results.
    Report,
    Procedure,
    Order,
    Visit,
    Document,
    /// A type that has no kind of its own here; its FHIR name is all there is to say.
    Other,
    /// Not JSON, or nested too deep, or of too many values: the bytes are all there is.
    Unreadable,
}

/// What its source says about a value.
#[uniffi::remote(Enum)]
pub enum ValueFlag {
    /// So far from normal that somebody has to act.
    Critical,
    /// Above what is normal.
    High,
    /// Below what is normal.
    Low,
    /// Not normal, in no direction.
    Abnormal,
}

/// What a line of a record is about.
#[uniffi::remote(Enum)]
pub enum ChartLabel {
    Title,
    Code,
    Date,
    Began,
    Ended,
    /// Whether it is current, final, done.
    Status,
    /// What was measured or found.
    Value,
    /// What its source says about the value.
    Interpretation,
    /// Which values are normal.
    ReferenceRange,
    /// How bad an allergy could get.
    Criticality,
    Severity,
    /// How an allergy shows.
    Reaction,
    /// How a medicine is to be taken.
    Dosage,
    /// When a medicine may be taken if it is needed: yes, or for what.
    AsNeeded,
    /// How much of a medicine in which time at most.
    MaximumDose,
    /// How much was handed over or given.
    Amount,
    Lot,
    /// The number of the dose in its series.
    DoseNumber,
    /// Who did, ordered or wrote it.
    Performer,
    Place,
    BodySite,
    Reason,
    Method,
    /// Part of what a report or document says.
    Content,
    Results,
    Conclusion,
    Note,
    /// What an order or a document is for.
    Description,
    /// How sure or how binding an order is: a proposal, an order.
    Intent,
    BirthDate,
    Gender,
    Address,
    Contact,
    /// Whether or when a person died.
    Deceased,
    /// The sender's own page of the record, as text.
    Narrative,
}

/// When something was, as people write it, in the zone in which it was recorded.
#[uniffi::remote(Record)]
pub struct ChartTime {
    /// The day, with the time where one is given; or its beginning. Text that is no date is as written.
    pub start: Option<String>,
    /// The end of something that lasts; absent if it is open.
    pub end: Option<String>,
    /// Whether it lasts from one time to another, of which either may be open.
    pub lasts: bool,
}

/// A value as it is shown.
#[uniffi::remote(Enum)]
pub enum ChartValue {
    /// Words, or digits with their unit, as received.
    Text { text: String },
    /// Yes or no.
    Truth { holds: bool },
    /// A time, or from one to another.
    Time { when: ChartTime },
    /// A curve, such as that of a heart, which is not drawn.
    Curve,
    /// There is no value, and this is why.
    Absent {
        /// The reason as its source gives it.
        reason: String,
    },
}

/// How a line is set.
#[uniffi::remote(Enum)]
pub enum ChartTone {
    /// It says something by itself.
    Plain,
    /// It only adds to the line before it, such as a code.
    Quiet,
    /// A text of its own, such as a letter.
    Letter,
}

/// A line of what is said under a label.
#[uniffi::remote(Record)]
pub struct ChartLine {
    pub value: ChartValue,
    pub tone: ChartTone,
}

/// What is said under a label.
#[uniffi::remote(Record)]
pub struct ChartFact {
    pub label: ChartLabel,
    /// What it says; never empty.
    pub lines: Vec<ChartLine>,
}

/// A measured number, and between which numbers it is normal.
#[uniffi::remote(Record)]
pub struct ChartMeasure {
    /// The number; always finite.
    pub number: f64,
    pub unit: Option<String>,
    /// From which number on it is normal, in the same unit.
    pub low: Option<f64>,
    /// Up to which number it is normal, in the same unit; not below `low`.
    pub high: Option<f64>,
}

/// What a list shows of a record.
#[uniffi::remote(Record)]
pub struct ChartRow {
    /// What kind of record it is.
    pub kind: RecordKind,
    /// FHIR resource type; empty where it cannot be read.
    pub resource_type: String,
    pub title: Option<String>,
    /// The first code for it, as `system|code`.
    pub code: Option<String>,
    /// When it was so or was done.
    pub when: Option<ChartTime>,
    /// The value with its unit, or those of its parts, or why there is none.
    pub value: Option<ChartValue>,
    /// The same as a number, where it is one.
    pub measure: Option<ChartMeasure>,
    /// What its source says about the value, or about one of its parts.
    pub flag: Option<ValueFlag>,
    /// Which values are normal.
    pub reference_range: Option<String>,
    /// Whether it is current, final or done, as its source says it.
    pub status: Option<String>,
    /// Whether it holds; never empty, the first is the one to show where there is room for one.
    pub validities: Validities,
}

/// A part of a measurement, as the upper of two blood pressures.
#[uniffi::remote(Record)]
pub struct ChartComponent {
    pub title: Option<String>,
    /// What came out, or why nothing did.
    pub value: Option<ChartValue>,
    /// The same as a number, where it is one.
    pub measure: Option<ChartMeasure>,
    /// What its source says about this part's value.
    pub interpretation: Vec<String>,
    /// The same, where it is one of the flags.
    pub flag: Option<ValueFlag>,
    /// Which values are normal.
    pub reference_range: Option<String>,
}

/// A text of some length.
#[uniffi::remote(Record)]
pub struct ChartPassage {
    /// A note, a document's content, or the sender's own page of the record.
    pub label: ChartLabel,
    pub title: Option<String>,
    /// The text, cleaned of markup; at most 100,000 characters.
    pub text: String,
}

/// A file within a record, or one that it points to.
#[uniffi::remote(Record)]
pub struct ChartAttachment {
    pub title: Option<String>,
    /// Its media type, as written.
    pub content_type: Option<String>,
    /// How many bytes it has, as far as that is known.
    pub bytes: Option<u64>,
    /// Where it is, if it is not in the record. Never follow it by yourself.
    pub address: Option<String>,
    /// Whether its bytes are in the wallet: `attachment` gives them.
    pub is_here: bool,
    /// What a person reads of it, where it is text or HTML.
    pub text: Option<String>,
}

/// One field of a resource.
#[uniffi::remote(Record)]
pub struct ChartField {
    /// Where it is: FHIR's names of members, apart, from the outside in.
    pub name: String,
    pub value: ChartValue,
}

/// The fields of a resource in their order.
#[uniffi::remote(Record)]
pub struct ChartFields {
    /// The first of them.
    pub listed: Vec<ChartField>,
    /// How many more there are.
    pub more: u32,
}

/// Everything that a record says.
#[uniffi::remote(Record)]
pub struct ChartView {
    /// What a list says of it.
    pub row: ChartRow,
    /// What else there is to say, in the order in which it is shown.
    pub facts: Vec<ChartFact>,
    pub components: Vec<ChartComponent>,
    /// The results of a report or of a panel that are there too.
    pub results: Vec<ChartRow>,
    /// Notes and documents, as far as they are text.
    pub passages: Vec<ChartPassage>,
    /// What it carries or points to, text or not.
    pub attachments: Vec<ChartAttachment>,
    /// Every field, under FHIR's names.
    pub fields: ChartFields,
}

/// Everything that a page shows of a record.
#[uniffi::remote(Record)]
pub struct RecordView {
    /// The record, over all its versions.
    pub id: RecordId,
    pub category: Category,
    /// The name of where its present version came from.
    pub source: String,
    /// The `fullUrl` under which it came from there.
    pub full_url: Option<String>,
    /// What its source calls this version (`meta.versionId`).
    pub source_version: Option<String>,
    pub received: Instant,
    /// Since when the clinic's server that it was pulled from does not give it any more, without saying why.
    pub missing_since: Option<Instant>,
    pub view: ChartView,
}

/// A result among others of its code.
#[uniffi::remote(Record)]
pub struct ResultRow {
    pub id: RecordId,
    pub row: ChartRow,
}
