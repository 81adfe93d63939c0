//! One picture of a record for every screen: the clinic's desk, the command line, the apps.
//!
//! It reads a FHIR resource of any version as it was received and says what a person needs: what it is about,
//! when, the value with its unit, what its source says about the value, and whether it holds at all. It is
//! pure: no input or output, no markup, and no words of its own: what a screen says in its language comes as
//! an enum ([`Label`], [`RecordKind`], [`Flag`], `Validity`), everything else is text as its source wrote it.
//! [`english`] has the words for the screens that are written in Rust.
//!
//! - [`Row`]: a line of a list; [`title`] and [`Brief`] are parts of it for who needs no more.
//! - [`View`]: the page of one record.
//! - [`Chart`]: many records as tables; [`Summary`] is what holds now of them, [`Series`] the results of one test.
//! - [`CarriedFile`]: a file that a record carries or points to, with what the record says of it.
//!
//! ```
//! use keepwell_chart::{Flag, Row, Value};
//! let row = Row::read(br#"{"resourceType":"Observation","status":"final","code":{"text":"Potassium"},
//!     "effectiveDateTime":"2026-03-01T08:30:00+02:00","valueQuantity":{"value":6.10,"unit":"mmol/L"},
//!     "interpretation":[{"coding":[{"code":"HH"}]}]}"#);
//! assert_eq!(row.title.as_deref(), Some("Potassium"));
//! assert_eq!(row.value, Some(Value::Text { text: "6.10 mmol/L".into() }));
//! assert_eq!(row.flag, Some(Flag::Critical));
//! assert_eq!(row.when.unwrap().start.as_deref(), Some("2026-03-01 08:30"));
//! ```

mod attachment;
mod banner;
mod binary;
mod chart;
mod columns;
mod currency;
pub mod english;
mod fields;
mod label;
mod measure;
mod node;
mod observation;
mod phrase;
mod read_row;
mod record;
mod row;
mod summary;
mod text;
mod unit;
mod value;
mod view;

pub use attachment::{Attachment, CarriedFile};
pub use banner::Banner;
pub use binary::BinaryFile;
pub use chart::{Cell, Chart, Entry, Section, Table, TableRow};
pub use fields::{Field, Fields};
pub use label::{Flag, Label, RecordKind};
pub use measure::Measure;
pub use observation::Component;
pub use read_row::title;
pub use record::Related;
pub use row::{Brief, Row};
pub use summary::{Series, Summary, SummaryRow};
pub use value::{Line, Tone, Value, When};
pub use view::{Fact, Passage, View};
