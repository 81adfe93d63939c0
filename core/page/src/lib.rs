//! The picture of a record as HTML: the one renderer of the clinic's desk and of the viewer page.
//!
//! It is pure, and has no cryptography, so that it also runs in a browser. Every text of a record is escaped; there is no script and no
//! inline style in what it writes.
//!
//! - [`records`]: a chart as what holds now, and folded sections with everything.
//! - [`STYLE`]: the style sheet that this is written for.
//! - [`Shared`]: the resources of a file that somebody shares, for a chart.
//!
//! ```
//! use keepwell_chart::Chart;
//! use keepwell_page::{Shared, Shown, records};
//!
//! let shared = Shared::read(br#"{"resourceType":"AllergyIntolerance","code":{"text":"<b>Nuts</b>"}}"#)?;
//! let html = records(&Chart::new(&shared.entries()), Shown::default()).unwrap();
//! assert!(html.contains("Nuts") && !html.contains("<b>"));
//! # Ok::<(), keepwell_page::NotARecord>(())
//! ```

mod labels;
mod records;
mod shared;
mod summary;
mod trend;

pub use records::{Shown, records};
pub use shared::{NotARecord, Shared, SharedResource};

/// The style sheet: light and dark, narrow and wide, screen and paper.
pub const STYLE: &str = include_str!("style.css");
