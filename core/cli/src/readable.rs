//! `keepwell record show --readable`: a record as a page for people, 80 columns wide.

use keepwell_chart::{
    Attachment, Component, Fact, Label, Passage, RecordKind, Row, Value, View, When, english,
};
use keepwell_protocol::formats::fhir::Validity;
use keepwell_wallet::{RecordView, ResultRow};
use serde_json::{Value as Json, json};

use crate::report::Report;
use crate::shown_time;
use crate::text_width::{placed, width};

/// The page of a record, with the other results of its code.
pub(crate) fn page(shown: &RecordView, series: &[ResultRow]) -> Report {
    let RecordView { view, .. } = shown;
    let mut page = Page { report: Report::new(document(shown, series)) };
    page.text("", english::name(view.row.title.as_deref(), &view.row.resource_type));
    for validity in view.row.validities.iter().filter(|validity| *validity != Validity::Valid) {
        page.text("", english::validity(validity));
    }
    page.blank();
    page.row(&view.row);
    for fact in view.facts.iter().filter(|fact| fact.label != Label::Status || view.row.status.is_none()) {
        page.fact(fact);
    }
    page.status(view);
    page.fact_of("Kind", &format!("{}, {}", english::category(shown.category), view.row.resource_type));
    page.fact_of("From", &shown.source);
    if let Some(address) = shown.full_url.as_deref().filter(|address| address.starts_with("http")) {
        page.fact_of("Address there", address);
    }
    if let Some(version) = &shown.source_version {
        page.fact_of("Version there", version);
    }
    page.fact_of("Received", &shown_time::shown(shown.received));
    if let Some(since) = shown.missing_since {
        page.fact_of("Not seen there", &format!("since {}", shown_time::shown(since)));
    }
    page.section("Parts", &view.components, Page::component);
    page.section("Results", &view.results, Page::result);
    let others: Vec<&ResultRow> = series.iter().filter(|other| other.id != shown.id).collect();
    page.section("Other results of this code", &others, |page, other| page.result(&other.row));
    for passage in &view.passages {
        page.passage(passage);
    }
    let numbered: Vec<(usize, &Attachment)> = (1..).zip(&view.attachments).collect();
    page.section("Files", &numbered, Page::attachment);
    if view.row.kind == RecordKind::Other {
        page.section("All fields", &view.fields.listed, |page, field| {
            page.beside("  ", &field.name, &english::value(&field.value));
        });
        if view.fields.more > 0 {
            page.text("  ", &format!("… and {} more", view.fields.more));
        }
    }
    page.blank();
    page.text("", &format!("Exactly as received: keepwell record show {}", shown.id));
    page.report
}

struct Page {
    report: Report,
}

impl Page {
    fn blank(&mut self) {
        self.push("");
    }

    fn push(&mut self, line: &str) {
        self.report = std::mem::take(&mut self.report).line(line.trim_end());
    }

    /// A text behind an indent, broken where it is too long.
    fn text(&mut self, indent: &str, text: &str) {
        for line in text.lines() {
            for part in wrapped(line, WIDTH - indent.len()) {
                self.push(&format!("{indent}{part}"));
            }
        }
    }

    /// A heading and a text beside it.
    fn fact_of(&mut self, heading: &str, text: &str) {
        self.beside("", heading, text);
    }

    fn beside(&mut self, indent: &str, heading: &str, text: &str) {
        let lines: Vec<String> = text.lines().flat_map(|line| wrapped(line, WIDTH - BESIDE)).collect();
        let headings = wrapped(heading, BESIDE - 2 - indent.len());
        for at in 0..lines.len().max(headings.len()) {
            let heading = headings.get(at).map_or("", String::as_str);
            let gap = " ".repeat(BESIDE.saturating_sub(indent.len() + width(heading)));
            self.push(&format!("{indent}{heading}{gap}{}", lines.get(at).map_or("", String::as_str)));
        }
    }

    fn row(&mut self, row: &Row) {
        let value = english::flagged(row.value.as_ref(), row.flag);
        if !value.is_empty() {
            self.fact_of(english::label(Label::Value), &value);
        }
        if let Some(range) = &row.reference_range {
            self.fact_of(english::label(Label::ReferenceRange), range);
        }
        if let Some(when) = &row.when {
            self.fact_of(english::label(Label::Date), &english::when(when));
        }
    }

    fn status(&mut self, view: &View) {
        let status = view.facts.iter().find(|fact| fact.label == Label::Status);
        if let Some(fact) = status.filter(|_| view.row.status.is_some()) {
            self.fact(fact);
        }
    }

    fn fact(&mut self, fact: &Fact) {
        let lines: Vec<String> = fact.lines.iter().map(|line| english::value(&line.value)).collect();
        self.fact_of(english::label(fact.label), &lines.join("\n"));
    }

    fn section<T>(&mut self, heading: &str, items: &[T], show: impl Fn(&mut Self, &T)) {
        if !items.is_empty() {
            self.blank();
            self.push(heading);
            items.iter().for_each(|item| show(self, item));
        }
    }

    fn component(&mut self, part: &Component) {
        let value = part.value.as_ref().map(english::value).unwrap_or_default();
        let said = if part.interpretation.is_empty() {
            String::new()
        } else {
            format!(" ({})", part.interpretation.join(", "))
        };
        let range = part.reference_range.as_deref().map(|range| format!(" [{range}]")).unwrap_or_default();
        self.beside("  ", part.title.as_deref().unwrap_or("?"), &format!("{value}{said}{range}"));
    }

    fn result(&mut self, row: &Row) {
        let value = english::flagged(row.value.as_ref(), row.flag);
        let day = row.when.as_ref().map(english::when).unwrap_or_default();
        let validity = english::validity(row.validities.first());
        let words = [day.as_str(), value.as_str(), validity];
        let words: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
        self.beside("  ", english::name(row.title.as_deref(), &row.resource_type), &words.join("  "));
    }

    fn passage(&mut self, passage: &Passage) {
        self.blank();
        self.push(english::label(passage.label));
        if let Some(title) = &passage.title {
            self.text("  ", title);
        }
        self.text("  ", &passage.text);
    }

    /// The number is that of `record attachment`.
    fn attachment(&mut self, (number, attachment): &(usize, &Attachment)) {
        let bytes = attachment.bytes.map(|bytes| format!("{bytes} bytes"));
        let elsewhere = attachment.address.as_deref().filter(|_| !attachment.is_here);
        let address = elsewhere.map(|address| format!("kept elsewhere: {address}"));
        let words = [attachment.title.clone(), attachment.content_type.clone(), bytes, address];
        let words = words.into_iter().flatten().collect::<Vec<_>>().join(", ");
        self.text("  ", &format!("{number} {words}"));
    }
}

/// A line of text as lines of at most this many columns, broken between words where that is possible.
fn wrapped(line: &str, most: usize) -> Vec<String> {
    let (mut lines, mut current, mut columns) = (Vec::new(), String::new(), 0);
    for word in line.split_whitespace() {
        let wide = width(word);
        if columns > 0 && columns + 1 + wide > most {
            lines.push(std::mem::take(&mut current));
            columns = 0;
        }
        if columns > 0 {
            current.push(' ');
            columns += 1;
        }
        for one in placed(word) {
            if columns > 0 && columns + one.columns > most {
                lines.push(std::mem::take(&mut current));
                columns = 0;
            }
            current.push(one.character);
            columns += one.columns;
        }
    }
    lines.push(current);
    lines
}

/// What `--json` prints: the same names as the lists have.
fn document(shown: &RecordView, series: &[ResultRow]) -> Json {
    let RecordView { id, category, source, full_url, source_version, received, missing_since, view } = shown;
    let rows = |rows: &[Row]| rows.iter().map(row_document).collect::<Vec<_>>();
    let fact = |fact: &Fact| {
        let lines: Vec<Json> = fact.lines.iter().map(|line| value_document(&line.value)).collect();
        json!({ "label": fact.label.name(), "lines": lines })
    };
    let passage = |it: &Passage| json!({ "label": it.label.name(), "title": it.title, "text": it.text });
    let attachment = |it: &Attachment| {
        json!({
            "title": it.title,
            "content_type": it.content_type,
            "bytes": it.bytes,
            "address": it.address,
            "here": it.is_here,
            "text": it.text,
        })
    };
    let fields: Vec<Json> = view
        .fields
        .listed
        .iter()
        .map(|field| json!({ "name": field.name, "value": value_document(&field.value) }))
        .collect();
    let others: Vec<Json> =
        series.iter().map(|other| json!({ "id": other.id, "row": row_document(&other.row) })).collect();
    json!({
        "id": id,
        "category": category,
        "source": source,
        "full_url": full_url,
        "source_version": source_version,
        "received": received,
        "missing_since": missing_since,
        "row": row_document(&view.row),
        "facts": view.facts.iter().map(fact).collect::<Vec<_>>(),
        "components": view.components.iter().map(component_document).collect::<Vec<_>>(),
        "results": rows(&view.results),
        "passages": view.passages.iter().map(passage).collect::<Vec<_>>(),
        "attachments": view.attachments.iter().map(attachment).collect::<Vec<_>>(),
        "fields": fields,
        "more_fields": view.fields.more,
        "series": others,
    })
}

fn component_document(part: &Component) -> Json {
    json!({
        "title": part.title,
        "value": part.value.as_ref().map(value_document),
        "interpretation": part.interpretation,
        "flag": part.flag.map(|flag| flag.name()),
        "reference_range": part.reference_range,
    })
}

fn row_document(row: &Row) -> Json {
    json!({
        "kind": row.kind.name(),
        "type": row.resource_type,
        "title": row.title,
        "code": row.code,
        "when": row.when.as_ref().map(when_document),
        "value": row.value.as_ref().map(value_document),
        "flag": row.flag.map(|flag| flag.name()),
        "reference_range": row.reference_range,
        "status": row.status,
        "validity": row.validities.first().name(),
        "validities": row.validities.iter().map(Validity::name).collect::<Vec<_>>(),
    })
}

/// Text is a string and a truth value is one; anything else is an object that says what it is.
fn value_document(value: &Value) -> Json {
    match value {
        Value::Text { text } => json!(text),
        Value::Truth { holds } => json!(holds),
        Value::Time { when } => when_document(when),
        Value::Curve => json!({ "curve": true }),
        Value::Absent { reason } => json!({ "absent": reason }),
    }
}

fn when_document(when: &When) -> Json {
    json!({ "start": when.start, "end": when.end, "lasts": when.lasts })
}

/// Columns of a page.
const WIDTH: usize = 80;

/// Columns of the headings beside which facts stand.
const BESIDE: usize = 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_any_kind_fits() {
        let letters = "x".repeat(200);
        let wide = "漢字".repeat(50);
        let marks = format!("a{}", "\u{301}".repeat(500));
        for text in ["one two three", &letters, &wide, &marks, "", &"word ".repeat(100)] {
            for most in [10, 80] {
                let lines = wrapped(text, most);
                assert!(lines.iter().all(|line| width(line) <= most), "{lines:?}");
                let whole = |text: &str| text.split_whitespace().collect::<String>();
                assert_eq!(whole(&lines.concat()), whole(text));
            }
        }
    }
}
