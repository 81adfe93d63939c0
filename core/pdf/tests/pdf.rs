//! What is in the PDF of a chart, as far as this crate shows it alone. What others read in it: `rendered_pdfs.rs` of the command line.

use keepwell_chart::{Chart, Entry};
use keepwell_pdf::{About, rendered_pdf};
use keepwell_protocol::domain::{Category, Timestamp};
use proptest::prelude::*;

const ABOUT: About<'_> = About { created: Timestamp(1_796_000_000), document_id: "1" };

fn rendered(records: &[(Category, String)]) -> Vec<u8> {
    let entries: Vec<Entry<'_>> = records
        .iter()
        .map(|(category, json)| Entry {
            category: *category,
            full_url: None,
            resource: json.as_bytes(),
            file: None,
        })
        .collect();
    rendered_pdf(&Chart::new(&entries), ABOUT).unwrap()
}

/// How many elements of a type the structure tree has; it is written as it is, not compressed.
fn elements(pdf: &[u8], element: &str) -> usize {
    let wanted = format!("/Type/StructElem/S/{element}/");
    pdf.windows(wanted.len()).filter(|window| *window == wanted.as_bytes()).count()
}

fn condition(name: &str) -> (Category, String) {
    let json = serde_json::json!({ "resourceType": "Condition", "code": { "text": name }, "recordedDate": "2024-02-29" });
    (Category::Conditions, json.to_string())
}

#[test]
fn each_record_has_a_row_and_each_kind_a_table_with_a_head() {
    for count in [1, 2, 40, 300] {
        let records: Vec<_> = (0..count).map(|number| condition(&format!("Condition {number}"))).collect();
        let pdf = rendered(&records);
        // Its head has a row, however many pages repeat it.
        assert_eq!((elements(&pdf, "Table"), elements(&pdf, "TR")), (1, count + 1), "{count}");
        assert_eq!(elements(&pdf, "TH") * count, elements(&pdf, "TD"), "{count}");
    }
    let unreadable = (Category::Other, "{".to_owned());
    let pdf = rendered(&[condition("Asthma"), unreadable]);
    assert_eq!((elements(&pdf, "Table"), elements(&pdf, "TR")), (2, 4));
    assert_eq!(elements(&rendered(&[]), "Table"), 0);
}

#[test]
fn a_text_that_is_longer_than_a_page_goes_on_on_the_next() {
    let pages = |pdf: &[u8]| pdf.windows(12).filter(|window| window == b"/Type/Page/R").count();
    let letter = |lines: usize| {
        let text = "A line.\n".repeat(lines);
        let note = serde_json::json!({ "resourceType": "Condition", "code": { "text": "Asthma" },
            "note": [{ "text": text }] });
        rendered(&[(Category::Conditions, note.to_string())])
    };
    let (short, long) = (letter(3), letter(240));
    assert_eq!((pages(&short), elements(&short, "TR")), (1, 2));
    // Its row stays one row.
    assert_eq!((pages(&long), elements(&long, "TR")), (5, 2));
    // A word without an end is broken.
    assert_eq!(pages(&rendered(&[condition(&"x".repeat(1_900))])), 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn whatever_a_record_says_there_is_a_pdf(
        texts in prop::collection::vec(any::<String>(), 1..6),
        lines in "[\\PC\n\t\u{300}-\u{303}\u{590}-\u{6ff}\u{ad}\u{200d}\u{fe0f}\u{2028}\u{1f600}]{0,400}",
    ) {
        let records: Vec<_> = texts.iter().map(String::as_str).chain([lines.as_str()]).map(condition).collect();
        let pdf = rendered(&records);
        prop_assert_eq!(elements(&pdf, "TR"), records.len() + 1);
    }
}
