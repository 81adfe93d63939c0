//! Records as a readable chart: by category, a table for each kind, newest first.
//!
//! Plain text only, never markup of the sender's.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use keepwell_protocol::domain::{Category, Timestamp, fold};
use keepwell_protocol::formats::fhir::{ResourceHead, Validities, reference_key, resource_keys};

use crate::banner::Banner;
use crate::columns::columns;
use crate::currency;
use crate::english;
use crate::fields::{Fields, fields};
use crate::label::{Label, RecordKind};
use crate::measure;
use crate::node::Node;
use crate::record::{Record, Related};
use crate::row::Row;
use crate::value::Line;
use crate::view::Fact;

/// A resource to be charted.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// The category under which it is shown.
    pub category: Category,
    /// The `fullUrl` under which it came.
    pub full_url: Option<&'a str>,
    /// The resource as JSON.
    pub resource: &'a [u8],
    /// Where the resource can be had as a file; absent if it can't.
    pub file: Option<&'a str>,
}

/// Everything to be shown of a set of resources.
#[derive(Clone, Debug, Default)]
pub struct Chart {
    /// What identifies the patient, from their Patient resource, or of several that are alike the one that says most ([`Banner::is_like`]).
    pub patient: Option<Banner>,
    /// Whether there are Patient resources that are not alike: what stands here may be about more than one person.
    pub is_of_several: bool,
    /// One section for each category that has resources, in the order of [`Category::ALL`].
    pub sections: Vec<Section>,
}

/// The resources of one category.
#[derive(Clone, Debug)]
pub struct Section {
    /// Under which its resources are shown.
    pub category: Category,
    /// How many resources it has.
    pub count: usize,
    /// A table for each kind.
    pub tables: Vec<Table>,
}

/// The resources of one kind.
#[derive(Clone, Debug)]
pub struct Table {
    /// Decides which columns there are.
    pub kind: RecordKind,
    /// FHIR's name of the type, where the kind is [`RecordKind::Other`].
    pub resource_type: String,
    /// What its columns are about.
    pub columns: Vec<Label>,
    /// Its rows, newest first.
    pub rows: Vec<TableRow>,
}

/// A line of a table, of one resource, and what is behind it.
#[derive(Clone, Debug)]
pub struct TableRow {
    /// What a list shows of it.
    pub row: Row,
    /// Its cells, as many as there are columns.
    pub cells: Vec<Cell>,
    /// Its fields, where its type has no columns of its own.
    pub fields: Fields,
    /// Where the resource can be had as a file.
    pub file: Option<String>,
    /// Whether it does not hold now by its own codes: resolved, stopped, completed, called off, refuted, withdrawn.
    pub is_over: bool,
    /// Whether its codes say that it is severe: an allergy of high criticality or with a severe reaction, a severe problem.
    pub is_severe: bool,
    /// Whether it is a visit that is only planned.
    pub is_planned: bool,
    /// The second in which it began, wherever its clock stood.
    began: Option<Timestamp>,
    /// What its number counts.
    pub(crate) scale: Option<String>,
}

/// What a row says in a column.
#[derive(Clone, Debug, Default)]
pub struct Cell {
    /// What it says of what the column is about.
    pub lines: Vec<Line>,
    /// What belongs to it and would take too much room as a column of its own.
    pub also: Vec<Fact>,
}

/// In which column's cell a fact stands, if it has no column of its own.
fn place_of(kind: RecordKind, label: Label) -> Option<Label> {
    match label {
        Label::AsNeeded | Label::MaximumDose => Some(Label::Dosage),
        Label::Interpretation => Some(Label::Value),
        Label::Intent => Some(Label::Status),
        Label::Note | Label::Method | Label::BodySite | Label::DoseNumber => Some(Label::Title),
        Label::Reason if kind != RecordKind::Visit => Some(Label::Title),
        _ => None,
    }
}

impl Chart {
    /// Sets resources out as tables. One that can't be read has a row that says so.
    pub fn new(entries: &[Entry<'_>]) -> Self {
        let nodes: Vec<Option<Node<'_>>> = entries.iter().map(|entry| Node::parse(entry.resource)).collect();
        let titles = Titles::of(entries, &nodes);
        let mut grouped: BTreeMap<(Category, RecordKind, String), Vec<TableRow>> = BTreeMap::new();
        for (entry, node) in entries.iter().zip(&nodes) {
            let row = table_row(entry, node.as_ref(), &Named { titles: &titles, full_url: entry.full_url });
            let resource_type = match row.row.kind {
                RecordKind::Other => row.row.resource_type.clone(),
                _ => String::new(),
            };
            grouped.entry((entry.category, row.row.kind, resource_type)).or_default().push(row);
        }
        let mut sections: Vec<Section> = Vec::new();
        for ((category, kind, resource_type), mut rows) in grouped {
            rows.sort_by_cached_key(TableRow::newest_first);
            let count = rows.len();
            let columns = labels(kind).collect();
            let table = Table { kind, resource_type, columns, rows };
            match sections.last_mut().filter(|section| section.category == category) {
                Some(section) => {
                    section.count += count;
                    section.tables.push(table);
                }
                None => sections.push(Section { category, count, tables: vec![table] }),
            }
        }
        for table in sections.iter_mut().flat_map(|section| &mut section.tables) {
            table.drop_empty_columns();
        }
        let (patient, is_of_several) = Banner::of(&nodes);
        Self { patient, is_of_several, sections }
    }

    /// Drops the rows that do not have all words of a text, whatever their capitals and accents. A text of no word drops none.
    pub fn find(&mut self, text: &str) {
        let folded = fold(text);
        let words: Vec<&str> = folded.split_whitespace().take(MOST_WORDS).collect();
        for section in &mut self.sections {
            for table in &mut section.tables {
                table.rows.retain(|row| row.has_words(&words));
            }
            section.tables.retain(|table| !table.rows.is_empty());
            section.count = section.tables.iter().map(|table| table.rows.len()).sum();
        }
        self.sections.retain(|section| section.count > 0);
    }

    /// Drops the sections of all categories but this one.
    pub fn keep(&mut self, category: Category) {
        self.sections.retain(|section| section.category == category);
    }
}

impl Table {
    /// A column in which no row says anything only takes room from the others.
    fn drop_empty_columns(&mut self) {
        let is_kept: Vec<bool> = self
            .columns
            .iter()
            .enumerate()
            .map(|(index, label)| {
                let is_said = |row: &TableRow| row.cells.get(index).is_some_and(Cell::says_something);
                *label == Label::Title || self.rows.iter().any(is_said)
            })
            .collect();
        let mut kept = is_kept.iter();
        self.columns.retain(|_| kept.next().copied().unwrap_or(true));
        for row in &mut self.rows {
            let mut kept = is_kept.iter();
            row.cells.retain(|_| kept.next().copied().unwrap_or(true));
        }
    }
}

impl TableRow {
    /// What it is ordered by, the newest first: two of the same day stand as their clocks stood, and what says no date that can be read
    /// is last.
    pub(crate) fn newest_first(&self) -> impl Ord + use<> {
        Reverse((self.began, self.began.map(|_| self.row.day().to_owned())))
    }

    /// Whether each of these words is in something that it shows.
    fn has_words(&self, words: &[&str]) -> bool {
        let cells = self.cells.iter();
        let lines =
            cells.flat_map(|cell| cell.lines.iter().chain(cell.also.iter().flat_map(|fact| &fact.lines)));
        let values = lines.map(|line| &line.value).chain(self.fields.listed.iter().map(|field| &field.value));
        let shown: Vec<String> = values.map(english::value).collect();
        let shown = shown.join("\n");
        let shown = fold(&shown);
        words.iter().all(|word| shown.contains(word))
    }
}

/// The most words that are looked for.
const MOST_WORDS: usize = 16;

impl Cell {
    fn says_something(&self) -> bool {
        !self.lines.is_empty() || !self.also.is_empty()
    }
}

/// What the columns of a kind's table are about.
fn labels(kind: RecordKind) -> impl Iterator<Item = Label> {
    columns(kind).iter().map(|column| column.label).filter(move |label| place_of(kind, *label).is_none())
}

fn table_row(entry: &Entry<'_>, node: Option<&Node<'_>>, named: &Named<'_>) -> TableRow {
    let row = Row::of(node, Validities::read(entry.resource), named);
    let record = node.map(|node| Record::new(node, row.kind, named));
    let cell = |cell: fn(&Record<'_>) -> Vec<Line>| record.as_ref().map(cell).unwrap_or_default();
    let mut cells: Vec<(Label, Cell)> = labels(row.kind).map(|label| (label, Cell::default())).collect();
    for column in columns(row.kind) {
        let lines = cell(column.cell);
        let place = place_of(row.kind, column.label).unwrap_or(column.label);
        let Some((_, place)) = cells.iter_mut().find(|(label, _)| *label == place) else { continue };
        if place_of(row.kind, column.label).is_none() {
            place.lines = lines;
        } else if !lines.is_empty() {
            place.also.push(Fact { label: column.label, lines });
        }
    }
    TableRow {
        cells: cells.into_iter().map(|(_, cell)| cell).collect(),
        fields: match node {
            Some(node) if row.kind == RecordKind::Other => fields(node),
            _ => Fields::default(),
        },
        file: entry.file.map(str::to_owned),
        is_over: currency::is_over(node, &row),
        is_severe: node.is_some_and(|node| currency::is_severe(node, row.kind)),
        is_planned: node.is_some_and(|node| currency::is_planned(node, row.kind)),
        scale: node.and_then(measure::scale),
        began: record.and_then(|record| record.began()),
        row,
    }
}

/// How each resource is called, by what references lead to it; nothing where they lead to two that are called
/// otherwise. Two servers may both have a `Practitioner/1`.
struct Titles(HashMap<String, Option<String>>);

impl Titles {
    fn of(entries: &[Entry<'_>], nodes: &[Option<Node<'_>>]) -> Self {
        let mut titles = HashMap::new();
        for (entry, node) in entries.iter().zip(nodes) {
            let Some(node) = node else { continue };
            let Some(title) = Record::new(node, RecordKind::Other, &()).title() else { continue };
            let head = ResourceHead {
                resource_type: node.text_of("resourceType").unwrap_or_default().into(),
                id: node.text_of("id").map(Cow::from),
                ..ResourceHead::default()
            };
            let mut keys = resource_keys(&head, entry.full_url, UNKNOWN_SERVER);
            if let Some(id) = &head.id {
                let local = format!("{}/{id}", head.resource_type);
                keys.extend(reference_key(&local, None, ANY_SERVER));
            }
            // A fullUrl that is no address leads within its Bundle.
            keys.extend(entry.full_url.map(str::to_owned));
            for key in keys {
                let known = titles.entry(key).or_insert_with(|| Some(title.clone()));
                if known.as_ref() != Some(&title) {
                    *known = None;
                }
            }
        }
        Self(titles)
    }
}

/// How resources are called from where a record stands.
struct Named<'n> {
    titles: &'n Titles,
    full_url: Option<&'n str>,
}

impl Related for Named<'_> {
    fn row(&self, _: &str) -> Option<Row> {
        None
    }

    fn title(&self, reference: &str) -> Option<String> {
        // On its own server; of what does not say where it is from; and, if the record does not say so, on
        // any.
        let from = |full_url, server| reference_key(reference, full_url, server);
        let here = from(self.full_url, UNKNOWN_SERVER);
        let is_on_server = here != from(None, UNKNOWN_SERVER);
        let elsewhere = [(true, UNKNOWN_SERVER), (!is_on_server, ANY_SERVER)];
        let elsewhere =
            elsewhere.into_iter().filter(|(is_asked, _)| *is_asked).map(|(_, server)| from(None, server));
        let mut found = [here]
            .into_iter()
            .chain(elsewhere)
            .flatten()
            .chain([reference.to_owned()])
            .filter_map(|key| self.titles.0.get(&key));
        found.next()?.clone()
    }
}

/// Stands for the server of what came without an address.
const UNKNOWN_SERVER: &str = "";

/// Stands for whatever server.
const ANY_SERVER: &str = "*";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Value;

    fn entry(category: Category, resource: &str) -> Entry<'_> {
        Entry { category, full_url: None, resource: resource.as_bytes(), file: Some("/file") }
    }

    fn cell(table: &Table, row: usize, label: Label) -> Vec<&str> {
        let index = table.columns.iter().position(|column| *column == label).unwrap();
        table.rows[row].cells[index].lines.iter().filter_map(Line::as_text).collect()
    }

    #[test]
    fn sections_follow_the_categories_and_rows_their_dates() {
        let chart = Chart::new(&[
            entry(
                Category::Vitals,
                r#"{"resourceType":"Observation","effectiveDateTime":"2020-01-01","code":{"text":"Weight"},
                "interpretation":[{"text":"Normal"}],"valueQuantity":{"value":70.50,"unit":"kg","code":"kg"},"referenceRange":[{"high":{"value":80,"unit":"kg"}}]}"#,
            ),
            entry(
                Category::Vitals,
                r#"{"resourceType":"Observation","effectiveDateTime":"2021-01-01","code":{"text":"Blood pressure"},
                "component":[{"code":{"text":"Systolic"},"valueQuantity":{"value":120,"unit":"mmHg"}}]}"#,
            ),
            entry(
                Category::Allergies,
                r#"{"resourceType":"AllergyIntolerance","code":{"text":"Nuts"},"criticality":"high"}"#,
            ),
        ]);
        let shape: Vec<_> = chart.sections.iter().map(|section| (section.category, section.count)).collect();
        assert_eq!(shape, [(Category::Allergies, 1), (Category::Vitals, 2)]);
        let table = &chart.sections[1].tables[0];
        assert_eq!(table.columns, [Label::Title, Label::Value, Label::ReferenceRange, Label::Date]);
        assert_eq!(cell(table, 0, Label::Value), ["Systolic: 120 mmHg"]);
        assert_eq!(cell(table, 1, Label::Value), ["70.50 kg"]);
        let also = &table.rows[1].cells[1].also;
        assert_eq!(also.iter().map(|fact| fact.label).collect::<Vec<_>>(), [Label::Interpretation]);
        assert_eq!(cell(table, 1, Label::ReferenceRange), ["≤ 80 kg"]);
        assert!(table.rows.iter().all(|row| row.fields.listed.is_empty() && row.file.is_some()));
    }

    #[test]
    fn finding_keeps_the_rows_that_have_all_words() {
        let nuts = entry(
            Category::Allergies,
            r#"{"resourceType":"AllergyIntolerance","code":{"text":"Erdnüsse"},"note":[{"text":"since school"}]}"#,
        );
        let dust =
            entry(Category::Allergies, r#"{"resourceType":"AllergyIntolerance","code":{"text":"Dust"}}"#);
        let found = |text: &str| {
            let mut chart = Chart::new(&[nuts, dust]);
            chart.find(text);
            chart.sections.first().map_or(0, |section| section.tables[0].rows.len())
        };
        assert_eq!(
            [found("erdnusse SCHOOL"), found("dust"), found("dust school"), found("  ")],
            [1, 1, 0, 2]
        );
    }

    #[test]
    fn references_are_called_by_what_they_refer_to() {
        let medicine = Entry {
            full_url: Some("urn:uuid:1"),
            ..entry(
                Category::Medications,
                r#"{"resourceType":"Medication","id":"m","code":{"text":"Amoxicillin"}}"#,
            )
        };
        for reference in ["urn:uuid:1", "Medication/m"] {
            let request = format!(
                r#"{{"resourceType":"MedicationRequest","medicationReference":{{"reference":"{reference}"}}}}"#
            );
            let chart = Chart::new(&[medicine, entry(Category::Medications, &request)]);
            assert_eq!(cell(&chart.sections[0].tables[0], 0, Label::Title), ["Amoxicillin"]);
        }
    }

    #[test]
    fn the_same_id_on_two_servers_is_called_by_its_own_name() {
        let doctor = |name: &str| {
            format!(r#"{{"resourceType":"Practitioner","id":"1","name":[{{"text":"{name}"}}]}}"#)
        };
        let visit = r#"{"resourceType":"Procedure","code":{"text":"x"},"performer":[{"actor":{"reference":"Practitioner/1"}}]}"#;
        let (ada, ben) = (doctor("Ada"), doctor("Ben"));
        let at = |full_url, resource| Entry { full_url, ..entry(Category::Other, resource) };
        let (a, b) = (Some("https://a.example/Practitioner/1"), Some("https://b.example/Practitioner/1"));
        for (entries, called) in [
            ([at(a, &ada), at(b, &ben), at(Some("https://a.example/Procedure/1"), visit)], "Ada"),
            ([at(a, &ada), at(b, &ben), at(Some("https://b.example/Procedure/1"), visit)], "Ben"),
            ([at(a, &ada), at(None, &ben), at(Some("https://b.example/Procedure/1"), visit)], "Ben"),
            // Nobody says which one is meant.
            ([at(a, &ada), at(b, &ben), at(None, visit)], "Practitioner/1"),
            ([at(None, &ada), at(None, &ben), at(None, visit)], "Practitioner/1"),
            ([at(a, &ada), at(a, &ada), at(Some("https://c.example/Procedure/1"), visit)], "Practitioner/1"),
            ([at(a, &ada), at(a, &ada), at(None, visit)], "Ada"),
        ] {
            let entries = entries.map(|entry| match entry.resource == visit.as_bytes() {
                true => Entry { category: Category::Procedures, ..entry },
                false => entry,
            });
            let chart = Chart::new(&entries);
            let procedures =
                chart.sections.iter().find(|section| section.category == Category::Procedures).unwrap();
            assert_eq!(cell(&procedures.tables[0], 0, Label::Performer), [called], "{entries:?}");
        }
    }

    #[test]
    fn a_type_without_a_table_lists_its_fields_and_what_is_no_json_still_has_a_row() {
        let chart = Chart::new(&[
            entry(
                Category::Other,
                r#"{"resourceType":"Basic","code":{"text":"Note"},"created":"2020-01-01"}"#,
            ),
            entry(Category::Other, "{"),
        ]);
        let tables = &chart.sections[0].tables;
        let kinds: Vec<_> = tables.iter().map(|table| (table.kind, table.resource_type.as_str())).collect();
        assert_eq!(kinds, [(RecordKind::Other, "Basic"), (RecordKind::Unreadable, "")]);
        assert_eq!(tables[0].rows[0].fields.listed.len(), 2);
        assert_eq!(tables[1].rows[0].file.as_deref(), Some("/file"));
    }

    #[test]
    fn what_is_newest_goes_by_the_time_and_not_by_the_clock_on_the_wall() {
        let result = |time: &str| {
            format!(
                r#"{{"resourceType":"Observation","effectiveDateTime":"{time}","code":{{"text":"{time}"}}}}"#
            )
        };
        let times = ["unknown", "2024-05-01T23:00:00+02:00", "2024-05-01", "2024-05-01T22:30:00Z", "2024-06"];
        let texts = times.map(result);
        let chart = Chart::new(&texts.each_ref().map(|text| entry(Category::Results, text)));
        let rows = &chart.sections[0].tables[0].rows;
        let titles: Vec<_> = rows.iter().filter_map(|row| row.row.title.as_deref()).collect();
        assert_eq!(
            titles,
            ["2024-06", "2024-05-01T22:30:00Z", "2024-05-01T23:00:00+02:00", "2024-05-01", "unknown"]
        );
    }

    #[test]
    fn a_letter_is_kept_whole_and_an_address_is_only_text() {
        let document = r#"{"resourceType":"DocumentReference","content":[{"attachment":{"contentType":"text/plain","data":"aGk="}},
            {"attachment":{"contentType":"application/pdf","data":"aGk="}},{"attachment":{"url":"javascript:alert(1)"}}]}"#;
        let chart = Chart::new(&[entry(Category::Documents, document)]);
        assert_eq!(
            cell(&chart.sections[0].tables[0], 0, Label::Content),
            ["hi", "application/pdf", "javascript:alert(1)"]
        );
        let letter = &chart.sections[0].tables[0].rows[0].cells[1].lines[0];
        assert_eq!(*letter, Line { value: Value::Text { text: "hi".into() }, tone: crate::Tone::Letter });
    }
}
