//! Records on paper: what [`Chart`] says of them as a tagged PDF.
//!
//! [`rendered_pdf`] is the document that goes along with a share (LOINC 60591-5): each resource of the chart has its row, in words
//! for people, and a reader for the blind finds headings and tables (PDF/UA-1, ISO 14289-1). It is pure: no input or output, no
//! clock.
//!
//! The letters are those of Latin, Greek and Cyrillic. Where a text has others, each stands as `▯`, the first page says so with the
//! names of the scripts, and the text itself is behind it for who copies or listens.
//!
//! - `contents`: a chart as headings, paragraphs and tables;
//! - `lines`: a text as lines of a width;
//! - `layout`: contents on pages;
//! - `draw`: pages as a PDF;
//! - `font`: the letters.

mod about;
mod block;
mod contents;
mod draw;
mod error;
mod font;
mod layout;
mod lines;
mod page;

pub use about::About;
pub use error::PdfError;
use keepwell_chart::{Banner, Chart};

/// Renders everything that a chart shows.
///
/// The pages are of US Letter size (612 × 792 points), with margins that let A4 print them unscaled.
///
/// # Errors
/// [`PdfError`] if the PDF would break a rule of PDF/UA-1, which is a fault of this crate.
pub fn rendered_pdf(chart: &Chart, about: About<'_>) -> Result<Vec<u8>, PdfError> {
    let fonts = font::Fonts::load()?;
    let document = contents::of_chart(chart, about.created, fonts);
    draw::pdf(layout::layout(&document, fonts), &document, about, fonts)
}

/// Sets what a patient tells of themselves (LOINC 51855-5): plain text, whose paragraphs are parted by an empty line.
///
/// # Errors
/// As [`rendered_pdf`].
pub fn story_pdf(story: &str, patient: Option<&Banner>, about: About<'_>) -> Result<Vec<u8>, PdfError> {
    let fonts = font::Fonts::load()?;
    let document = contents::of_story(story, patient, about.created, fonts);
    draw::pdf(layout::layout(&document, fonts), &document, about, fonts)
}
