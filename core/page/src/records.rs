//! A chart as HTML.

use askama::Template;
use keepwell_chart::{Chart, Label, Tone, english};

use crate::labels;

/// Writes a chart as sections and tables, to stand within a page that has [`STYLE`](crate::STYLE). With `files` each row has a link to
/// its resource.
///
/// # Errors
/// None that depends on the chart: writing to memory does not fail.
pub fn records(chart: &Chart, files: bool) -> Result<String, askama::Error> {
    Records { chart, files }.render()
}

#[derive(Template)]
#[template(path = "records.html")]
struct Records<'a> {
    chart: &'a Chart,
    files: bool,
}
