//! What a document says, as headings, paragraphs and tables; of a chart, in the same words as on the clinic's page.

use std::collections::BTreeSet;

use keepwell_chart::{
    Banner, Cell, Chart, Label, RecordKind, Section, Table as ChartTable, TableRow, Tone, english,
};
use keepwell_protocol::domain::Timestamp;
use keepwell_protocol::formats::fhir::Validity;

use crate::block::{Block, Document, Row, Table, Text};
use crate::font::{Fonts, STAND_IN, Style};

const PLAIN: Style = Style { size: 9.0, is_bold: false, is_quiet: false };
const STORY: Style = Style { size: 11.0, is_bold: false, is_quiet: false };
const QUIET: Style = Style { size: 8.0, is_bold: false, is_quiet: true };
const STRONG: Style = Style { size: 9.0, is_bold: true, is_quiet: false };

pub(crate) fn of_chart(chart: &Chart, created: Timestamp, fonts: &Fonts) -> Document {
    let title = match &chart.patient {
        Some(Banner { name, .. }) if !name.is_empty() => format!("Health record of {name}"),
        _ => "Health record".to_owned(),
    };
    let count: usize = chart.sections.iter().map(|section| section.count).sum();
    let made = format!(
        "{} put together by the patient on {}. Each of them is listed here.",
        if count == 1 { "1 record".to_owned() } else { format!("{count} records") },
        minute(created)
    );
    let body = chart.sections.iter().flat_map(section).collect();
    document(title, chart.patient.as_ref(), made, body, fonts)
}

/// What a patient tells of themselves, in paragraphs as they wrote it.
pub(crate) fn of_story(story: &str, patient: Option<&Banner>, created: Timestamp, fonts: &Fonts) -> Document {
    let name = patient.map(|patient| patient.name.as_str()).filter(|name| !name.is_empty());
    let title = match name {
        Some(name) => format!("{name}, in their own words"),
        None => "In the patient's own words".to_owned(),
    };
    let made = format!("Written by the patient, and put with their records on {}.", minute(created));
    let paragraphs = story.split("\n\n").map(str::trim).filter(|text| !text.is_empty());
    let body = paragraphs.map(|text| paragraph(text.to_owned(), STORY)).collect();
    document(title, patient, made, body, fonts)
}

/// A document that begins with whom it is about, what it is, and what of it can't be shown.
fn document(
    title: String,
    patient: Option<&Banner>,
    made: String,
    body: Vec<Block>,
    fonts: &Fonts,
) -> Document {
    let facts = patient.map(facts).unwrap_or_default();
    let mut blocks = vec![Block::Heading { level: 1, text: title.clone() }];
    if !facts.is_empty() {
        blocks.push(paragraph(facts.clone(), STRONG));
    }
    blocks.push(paragraph(made, PLAIN));
    blocks.extend(missing(&body, &title, fonts));
    blocks.extend(body);
    let running_head =
        [title.clone(), facts].iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>();
    Document { title, running_head: running_head.join(" · "), blocks }
}

fn facts(banner: &Banner) -> String {
    let fact =
        |label, value: &str| (!value.is_empty()).then(|| format!("{}: {value}", english::label(label)));
    let facts = [fact(Label::BirthDate, &banner.birth_date), fact(Label::Gender, &banner.gender)];
    facts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

fn section(section: &Section) -> Vec<Block> {
    let heading = english::category(section.category);
    let mut blocks = vec![Block::Heading { level: 2, text: format!("{heading} ({})", section.count) }];
    for table in &section.tables {
        let name = match table.kind {
            RecordKind::Other => table.resource_type.as_str(),
            kind => english::kind(kind),
        };
        if name != heading {
            blocks.push(Block::Heading { level: 3, text: format!("{name} ({})", table.rows.len()) });
        }
        blocks.push(Block::Table(Table {
            summary: format!("{heading}: {name}"),
            columns: table.columns.iter().map(|label| english::label(*label).to_owned()).collect(),
            rows: table.rows.iter().map(|row| self::row(table, row)).collect(),
        }));
    }
    blocks
}

fn row(table: &ChartTable, row: &TableRow) -> Row {
    let mut below = Vec::new();
    let mut cells = Vec::with_capacity(row.cells.len());
    for (label, cell) in table.columns.iter().zip(&row.cells) {
        let mut texts = Vec::new();
        if *label == Label::Title {
            let said = row.row.validities.iter().filter(|validity| *validity != Validity::Valid);
            texts.extend(said.map(|validity| text(english::validity(validity), STRONG)));
        }
        lines(cell, &mut texts, &mut below);
        if *label == Label::Value {
            texts.extend(row.row.flag.map(|flag| text(english::flag(flag), STRONG)));
        }
        cells.push(texts);
    }
    for field in &row.fields.listed {
        below.push(text(&format!("{}: {}", field.name, english::value(&field.value)), QUIET));
    }
    if row.fields.more > 0 {
        below.push(text(&format!("{} further fields, not shown here", row.fields.more), QUIET));
    }
    Row { cells, below }
}

/// A letter takes the width of the table.
fn lines(cell: &Cell, texts: &mut Vec<Text>, below: &mut Vec<Text>) {
    for line in &cell.lines {
        let said = english::value(&line.value);
        match line.tone {
            Tone::Plain => texts.push(text(&said, PLAIN)),
            Tone::Quiet => texts.push(text(&said, QUIET)),
            Tone::Letter => below.push(text(&said, PLAIN)),
        }
    }
    for fact in &cell.also {
        let said: Vec<String> = fact.lines.iter().map(|line| english::value(&line.value)).collect();
        texts.push(text(&format!("{}: {}", english::label(fact.label), said.join(", ")), QUIET));
    }
}

/// What the letters of the document can't show, said at its beginning.
fn missing(blocks: &[Block], title: &str, fonts: &Fonts) -> Option<Block> {
    let mut scripts = BTreeSet::new();
    let mut look = |text: &str| fonts.missing_scripts(text, &mut scripts);
    look(title);
    for block in blocks {
        match block {
            Block::Heading { text, .. } => look(text),
            Block::Paragraph(text) => look(&text.text),
            Block::Table(table) => {
                let texts = table.rows.iter().flat_map(|row| row.cells.iter().flatten().chain(&row.below));
                texts.for_each(|text| look(&text.text));
            }
        }
    }
    let names: Vec<&str> = scripts.into_iter().collect();
    (!names.is_empty()).then(|| {
        let said = format!(
            "Some text is in letters that this page does not have ({}): {STAND_IN} stands for each. The electronic record has them.",
            names.join(", ")
        );
        paragraph(said, STRONG)
    })
}

fn paragraph(text: String, style: Style) -> Block {
    Block::Paragraph(Text { text, style })
}

fn text(text: &str, style: Style) -> Text {
    Text { text: text.to_owned(), style }
}

/// A time to the minute.
fn minute(time: Timestamp) -> String {
    let text = time.to_string();
    format!("{} UTC", text.get(..16).unwrap_or(&text).replace('T', " "))
}
