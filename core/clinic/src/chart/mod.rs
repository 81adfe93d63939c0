//! Records as a readable chart: by category, a table for each type, newest first.
//!
//! Plain text only, never markup of the sender's: a resource's narrative is not used at all.

mod fields;
mod node;
mod phrase;
mod table;

use std::collections::BTreeMap;

use keepwell_protocol::domain::Category;

pub use fields::Field;
pub use phrase::{Line, Tone};

use node::Node;
use table::Names;

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
    /// What identifies the patient, from their Patient resource where there is exactly one.
    pub patient: Option<Banner>,
    /// One section for each category that has resources, in the order of [`Category::ALL`].
    pub sections: Vec<Section>,
}

/// Who a chart is about, as the records say.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Banner {
    /// Name.
    pub name: String,
    /// Birth date as written.
    pub birth_date: String,
    /// Administrative gender as written.
    pub gender: String,
}

/// The resources of one category.
#[derive(Clone, Debug)]
pub struct Section {
    /// The category.
    pub category: Category,
    /// Its heading.
    pub heading: &'static str,
    /// How many resources it has.
    pub count: usize,
    /// A table for each type.
    pub tables: Vec<Table>,
}

/// The resources of one type.
#[derive(Clone, Debug)]
pub struct Table {
    /// Its heading; for a type that has none, the name of the type.
    pub heading: String,
    /// The headings of its columns.
    pub columns: Vec<&'static str>,
    /// Its rows, newest first.
    pub rows: Vec<Row>,
    /// How many rows it has, or had before it was shortened.
    pub total: usize,
}

impl Table {
    /// How many columns it has, with one more for files if there is one.
    pub fn width(&self, files: &bool) -> usize {
        self.columns.len() + usize::from(*files)
    }
}

/// One resource.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its cells, as many as there are columns.
    pub cells: Vec<Vec<Line>>,
    /// Its fields, where its type has no columns of its own.
    pub fields: Vec<Field>,
    /// Where the resource can be had as a file.
    pub file: Option<String>,
}

/// An entry, and its resource if it could be read.
type Charted<'a> = (&'a Entry<'a>, Option<&'a Node>);

impl Chart {
    /// Sets resources out as tables. One that can't be read as JSON has a row that says so.
    pub fn new(entries: &[Entry<'_>]) -> Self {
        let nodes: Vec<(Entry<'_>, Option<Node>)> =
            entries.iter().map(|entry| (*entry, Node::parse(entry.resource))).collect();
        let names = names(&nodes);
        let mut grouped: BTreeMap<(Category, String), Vec<Charted<'_>>> = BTreeMap::new();
        for (entry, node) in &nodes {
            let resource_type =
                node.as_ref().and_then(|node| node.text_of("resourceType")).unwrap_or(UNREADABLE);
            let rows = grouped.entry((entry.category, phrase::legible(resource_type, 64))).or_default();
            rows.push((entry, node.as_ref()));
        }
        let mut sections: Vec<Section> = Vec::new();
        for ((category, resource_type), rows) in grouped {
            let count = rows.len();
            let table = table(&resource_type, rows, &names);
            match sections.last_mut().filter(|section| section.category == category) {
                Some(section) => {
                    section.count += count;
                    section.tables.push(table);
                }
                None => sections.push(Section {
                    category,
                    heading: heading(category),
                    count,
                    tables: vec![table],
                }),
            }
        }
        Self { patient: banner(&nodes), sections }
    }

    /// Keeps the newest rows of each table, so that a page stays a page.
    pub fn shorten(&mut self, rows: usize) {
        for table in self.sections.iter_mut().flat_map(|section| &mut section.tables) {
            table.rows.truncate(rows);
        }
    }

    /// Keeps one category.
    pub fn keep(&mut self, category: Category) {
        self.sections.retain(|section| section.category == category);
    }
}

fn table(resource_type: &str, mut rows: Vec<Charted<'_>>, names: &Names) -> Table {
    let known = table::columns(resource_type);
    let (heading, columns) = known.unwrap_or((resource_type, table::ANY));
    rows.sort_by(|(_, a), (_, b)| {
        let date = |node: &Option<&Node>| node.map(table::sort_date).unwrap_or_default().to_owned();
        date(b).cmp(&date(a))
    });
    let row = |(entry, node): Charted<'_>| Row {
        cells: match node {
            Some(node) => columns.iter().map(|column| (column.cell)(node, names)).collect(),
            None => columns.iter().map(|_| Vec::new()).collect(),
        },
        fields: match node {
            Some(node) if known.is_none() => fields::fields(node),
            _ => Vec::new(),
        },
        file: entry.file.map(str::to_owned),
    };
    Table {
        heading: heading.to_owned(),
        columns: columns.iter().map(|column| column.heading).collect(),
        total: rows.len(),
        rows: rows.into_iter().map(row).collect(),
    }
}

/// How each resource is called, by `fullUrl` and by `Type/id`.
fn names(nodes: &[(Entry<'_>, Option<Node>)]) -> Names {
    let mut names = Names::new();
    for (entry, node) in nodes {
        let Some(node) = node else { continue };
        let Some(name) = table::name_of(node) else { continue };
        if let (Some(resource_type), Some(id)) = (node.text_of("resourceType"), node.text_of("id")) {
            names.insert(format!("{resource_type}/{id}"), name.clone());
        }
        if let Some(full_url) = entry.full_url {
            names.insert(full_url.to_owned(), name);
        }
    }
    names
}

fn banner(nodes: &[(Entry<'_>, Option<Node>)]) -> Option<Banner> {
    let mut patients = nodes
        .iter()
        .filter_map(|(_, node)| node.as_ref())
        .filter(|node| node.text_of("resourceType") == Some("Patient"));
    let (Some(patient), None) = (patients.next(), patients.next()) else { return None };
    let text = |name: &str| phrase::legible(patient.text_of(name).unwrap_or_default(), 64);
    let name = patient.list("name").iter().find_map(phrase::human_name).unwrap_or_default();
    Some(Banner { name: phrase::legible(&name, 256), birth_date: text("birthDate"), gender: text("gender") })
}

/// What a category is called on a page.
pub fn heading(category: Category) -> &'static str {
    match category {
        Category::Patient => "Patient",
        Category::Allergies => "Allergies and intolerances",
        Category::Conditions => "Problems and diagnoses",
        Category::Medications => "Medicines",
        Category::Immunizations => "Vaccinations",
        Category::Results => "Results",
        Category::Vitals => "Vital signs",
        Category::Procedures => "Procedures",
        Category::Documents => "Documents",
        Category::Encounters => "Visits",
        Category::Devices => "Devices",
        Category::FamilyHistory => "Family history",
        Category::SocialHistory => "Social history",
        Category::CarePlans => "Care plans",
        Category::Insurance => "Insurance",
        Category::Genomics => "Genetic findings",
        Category::Wearables => "Own measurements",
        Category::Other => "Other records",
    }
}

const UNREADABLE: &str = "Not readable here";

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(category: Category, resource: &str) -> Entry<'_> {
        Entry { category, full_url: None, resource: resource.as_bytes(), file: Some("/file") }
    }

    fn cell(row: &Row, index: usize) -> Vec<&str> {
        row.cells[index].iter().map(|line| line.text.as_str()).collect()
    }

    #[test]
    fn sections_follow_the_categories_and_rows_their_dates() {
        let chart = Chart::new(&[
            entry(
                Category::Vitals,
                r#"{"resourceType":"Observation","effectiveDateTime":"2020-01-01","code":{"text":"Weight"},
                "valueQuantity":{"value":70.50,"unit":"kg","code":"kg"},"referenceRange":[{"high":{"value":80,"unit":"kg"}}]}"#,
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
        let shape: Vec<_> = chart.sections.iter().map(|section| (section.heading, section.count)).collect();
        assert_eq!(shape, [("Allergies and intolerances", 1), ("Vital signs", 2)]);
        let rows = &chart.sections[1].tables[0].rows;
        assert_eq!(cell(&rows[0], 1), ["Systolic: 120 mmHg"]);
        assert_eq!(cell(&rows[1], 1), ["70.50 kg"]);
        assert_eq!(cell(&rows[1], 2), ["≤ 80 kg"]);
        assert!(rows.iter().all(|row| row.fields.is_empty() && row.file.is_some()));
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
            assert_eq!(cell(&chart.sections[0].tables[1].rows[0], 0), ["Amoxicillin"]);
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
        assert_eq!(
            tables.iter().map(|table| table.heading.as_str()).collect::<Vec<_>>(),
            ["Basic", UNREADABLE]
        );
        assert_eq!(tables[0].rows[0].fields.len(), 2);
        assert_eq!(tables[1].rows[0].file.as_deref(), Some("/file"));
    }

    #[test]
    fn two_patients_make_no_banner() {
        let patient =
            r#"{"resourceType":"Patient","name":[{"family":"Ada","given":["B"]}],"birthDate":"1990-01-01"}"#;
        let one = Chart::new(&[entry(Category::Patient, patient)]);
        assert_eq!(one.patient.unwrap().name, "B Ada");
        assert_eq!(Chart::new(&[entry(Category::Patient, patient); 2]).patient, None);
    }

    #[test]
    fn a_letter_is_kept_whole_and_a_forbidden_one_is_not_given() {
        let note = r#"{"resourceType":"MedicationRequest","doNotPerform":true,"medicationCodeableConcept":{"text":"X"}}"#;
        let document = r#"{"resourceType":"DocumentReference","content":[{"attachment":{"contentType":"text/plain","data":"aGk="}},
            {"attachment":{"contentType":"application/pdf","data":"aGk="}},{"attachment":{"url":"javascript:alert(1)"}}]}"#;
        let chart = Chart::new(&[entry(Category::Medications, note), entry(Category::Documents, document)]);
        assert_eq!(cell(&chart.sections[0].tables[0].rows[0], 4)[0], "DO NOT GIVE");
        let content = &chart.sections[1].tables[0].rows[0].cells[3];
        assert!(content[0].is_letter());
        assert_eq!(content[1].text, "application/pdf, not shown here");
        assert_eq!(content[2].text, "unknown kind, kept elsewhere: javascript:alert(1)");
    }
}
