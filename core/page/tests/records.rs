//! A record as HTML: what holds now comes first, and everything is there.

use keepwell_chart::Chart;
use keepwell_page::{Shared, Shown, records};
use keepwell_protocol::domain::Category;
use serde_json::{Value, json};

fn chart(resources: &[Value]) -> Chart {
    let entries: Vec<Value> = resources.iter().map(|resource| json!({ "resource": resource })).collect();
    let bundle = json!({ "resourceType": "Bundle", "type": "collection", "entry": entries }).to_string();
    Chart::new(&Shared::read(bundle.as_bytes()).unwrap().entries())
}

fn page(resources: &[Value]) -> String {
    records(&chart(resources), Shown::default()).unwrap()
}

/// The summary, and what is below it.
fn parts(page: &str) -> (&str, &str) {
    page.split_at(page.find("<section class=\"kind\"").unwrap())
}

fn allergy(name: &str, more: Value) -> Value {
    let mut resource = json!({ "resourceType": "AllergyIntolerance", "code": { "text": name } });
    resource.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    resource
}

fn potassium(day: &str, value: f64, more: Value) -> Value {
    let mut resource = json!({ "resourceType": "Observation", "status": "final", "effectiveDateTime": day,
        "category": [{ "coding": [{ "code": "laboratory" }] }],
        "code": { "coding": [{ "system": "http://loinc.org", "code": "2823-3" }], "text": "Potassium" },
        "valueQuantity": { "value": value, "unit": "mmol/L" },
        "referenceRange": [{ "low": { "value": 3.5, "unit": "mmol/L" }, "high": { "value": 5.1, "unit": "mmol/L" } }] });
    resource.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    resource
}

fn coded(member: &str, code: &str) -> Value {
    json!({ member: { "coding": [{ "code": code }] } })
}

#[test]
fn the_summary_has_what_holds_now_and_the_sections_have_everything() {
    let page = page(&[
        allergy("Dust", json!({ "recordedDate": "2025-01-01", "criticality": "low" })),
        allergy(
            "Bees",
            json!({ "recordedDate": "2001-01-01", "reaction": [{ "severity": "severe", "manifestation": [{ "text": "Shock" }] }] }),
        ),
        allergy("Milk", coded("clinicalStatus", "resolved")),
        allergy("Soy", coded("verificationStatus", "entered-in-error")),
        allergy("Fish", coded("verificationStatus", "refuted")),
    ]);
    let (summary, sections) = parts(&page);
    let place = |name: &str| summary.find(name);
    assert!(place("severe").unwrap() < place("Bees").unwrap() && place("Bees") < place("Dust"), "{summary}");
    assert!(summary.contains("Shock"));
    for past in ["Milk", "Soy", "Fish"] {
        assert!(place(past).is_none() && sections.contains(past), "{past}");
    }
    assert!(sections.find("Dust") < sections.find("Milk"), "the current before the past");
    assert!(sections.contains("3 of them past"), "{sections}");
    assert!(summary.contains("None in these records."), "of what there is none");
}

#[test]
fn of_a_test_the_newest_stands_with_its_flag_range_and_trend() {
    let high = json!({ "interpretation": [{ "coding": [{ "code": "H" }] }] });
    let page = page(&[
        potassium("2024-01-01", 4.0, json!({})),
        potassium("2026-01-01", 5.6, high),
        potassium("2025-01-01", 4.4, json!({})),
        potassium("2026-02-01", 9.9, json!({ "status": "entered-in-error" })),
    ]);
    let (summary, sections) = parts(&page);
    for said in [
        "Potassium",
        "5.6 mmol/L",
        "flag high",
        "3.5 mmol/L – 5.1 mmol/L",
        "2026-01-01",
        "In order of time: 4, 4.4, 5.6",
    ] {
        assert!(summary.contains(said), "{said}: {summary}");
    }
    assert!(!summary.contains("9.9"), "what was an error");
    assert!(
        sections.contains("Potassium <span class=\"count\">(4)</span>"),
        "no number stands bare before a value"
    );
    assert!(["4.0", "4.4", "5.6", "9.9"].iter().all(|value| sections.contains(&format!("{value} mmol/L"))));
    assert_eq!(sections.matches("<details class=\"test\">").count(), 1);
}

#[test]
fn a_short_value_before_the_newest_stands_beside_it_and_a_long_one_does_not() {
    let said = |text: &str| {
        let result = |day: &str, text: &str| {
            let mut resource = potassium(day, 0.0, json!({ "valueString": text }));
            resource.as_object_mut().unwrap().remove("valueQuantity");
            resource
        };
        let page = page(&[result("2025-01-01", text), result("2026-01-01", "positive")]);
        let (summary, sections) = parts(&page);
        assert!(sections.contains(text) && summary.contains("positive"));
        summary.contains(text)
    };
    assert!(said("before: negative") && !said(&"an answer; ".repeat(9)));
}

#[test]
fn what_is_too_much_for_a_page_is_counted_and_can_be_had() {
    let many: Vec<Value> = (0..30)
        .map(|n| allergy(&format!("Plant {n:02}"), json!({ "recordedDate": format!("20{:02}", 99 - n) })))
        .collect();
    let chart = chart(&many);
    let short = records(&chart, Shown { most_rows: 10, ..Shown::default() }).unwrap();
    let (summary, sections) = parts(&short);
    assert_eq!(summary.matches("Plant").count(), 30, "no allergy is left out");
    assert_eq!(sections.matches("Plant").count(), 10);
    assert!(sections.contains("?category=allergies\">Show all 30</a>"), "{sections}");
    assert!(!sections.contains("<details open>") && sections.contains("<p class=\"unprinted\">"));
    let part = records(&chart, Shown { is_part: true, ..Shown::default() }).unwrap();
    assert!(
        part.contains("<details open>") && !part.contains("class=\"now\"") && !part.contains("unprinted")
    );
    assert_eq!(part.matches("Plant").count(), 30);
}

fn medicine(name: &str, more: Value) -> Value {
    let mut resource = json!({ "resourceType": "MedicationRequest", "status": "active", "intent": "order",
        "medicationCodeableConcept": { "text": name } });
    resource.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    resource
}

#[test]
fn a_medicine_stands_with_what_is_to_be_known_before_it_is_given() {
    let dose = json!({ "dosageInstruction": [{ "text": "1 tablet", "asNeededBoolean": true,
        "maxDosePerPeriod": { "numerator": { "value": 20, "unit": "mg" }, "denominator": { "value": 1, "unit": "d" } } }] });
    let other = json!({ "medicationCodeableConcept": { "text": "Paracetamol",
        "coding": [{ "system": "http://snomed.info/sct", "code": "373529000", "display": "Morphine" }] } });
    let mut all = vec![
        medicine("Oxycodone", dose),
        medicine("Aspirin", json!({ "intent": "proposal" })),
        medicine("x", other),
    ];
    all.extend((0..15).map(|n| medicine(&format!("Old {n:02}"), json!({ "authoredOn": "2001" }))));
    let page = page(&all);
    let (summary, _) = parts(&page);
    for said in
        ["1 tablet · As needed: yes · At most: 20 mg / 1 d", "proposal", "Paracetamol", "coded as Morphine"]
    {
        assert!(summary.contains(said), "{said}: {summary}");
    }
    assert_eq!(summary.matches("Old ").count(), 15, "no medicine is left out");
    assert!(!summary.contains("order"), "what is usual is not said");
}

#[test]
fn that_there_is_none_is_said_only_where_it_is_known() {
    let dispensed = json!({ "resourceType": "MedicationDispense", "status": "completed",
        "medicationCodeableConcept": { "text": "Warfarin" } });
    let report = json!({ "resourceType": "DiagnosticReport", "status": "final", "code": { "text": "Biopsy" },
        "category": [{ "coding": [{ "code": "PAT" }] }] });
    let planned =
        json!({ "resourceType": "Encounter", "status": "planned", "period": { "start": "2099-01-01" } });
    let chart = chart(&[dispensed, report, planned, allergy("Milk", coded("clinicalStatus", "resolved"))]);
    let of = |categories: &[Category]| {
        let page = records(&chart, Shown { categories, ..Shown::default() }).unwrap();
        let said = |heading: &str| {
            let after = page.split_once(&format!(">{heading}</h3>")).unwrap().1;
            let text = after.split_once("<p class=\"quiet\">").unwrap().1;
            text.split_once("</p>").unwrap().0.to_owned()
        };
        ["Allergies", "Active problems", "Current medicines", "Recent visits", "Latest results"].map(said)
    };
    let unknown = "None that this list can tell; look at what is below.";
    let past = "None that is current; what is past is below.";
    assert_eq!(of(Category::ALL), [past, "None in these records.", unknown, unknown, unknown]);
    let granted = [Category::Allergies, Category::Medications];
    assert_eq!(of(&granted), [past, "Not among what was shared.", unknown, unknown, unknown]);
}

#[test]
fn what_is_about_two_people_is_not_put_together() {
    let patient = |name: &str, born: &str| json!({ "resourceType": "Patient", "name": [{ "text": name }], "birthDate": born });
    let warning = "about more than one person";
    let both = page(&[
        patient("Ada Byron", "1990-01-01"),
        patient("Eve Byron", "2020-01-01"),
        allergy("Nuts", json!({})),
    ]);
    assert!(both.contains(warning) && !both.contains("class=\"now\"") && both.contains("Nuts"), "{both}");
    let one = page(&[
        patient("Ada Byron", "1990-01-01"),
        patient("Byron, Ada", "1990-01-01"),
        allergy("Nuts", json!({})),
    ]);
    assert!(!one.contains(warning) && one.contains("class=\"now\""));
}

#[test]
fn what_is_measured_each_minute_hides_nothing_that_is_measured_each_year() {
    let pulse = |n: u32| {
        potassium(&format!("2026-01-{:02}", n % 28 + 1), f64::from(n), json!({ "code": { "text": "Pulse" } }))
    };
    let mut all: Vec<Value> = (0..500).map(pulse).collect();
    all.push(potassium("2001-01-01", 4.0, json!({})));
    let page = records(&chart(&all), Shown { most_rows: 100, ..Shown::default() }).unwrap();
    let (_, sections) = parts(&page);
    assert_eq!(sections.matches("<details class=\"test\">").count(), 2);
    assert!(
        sections.contains("Show all 501</a>") && sections.contains("<span class=\"count\">(500)</span>"),
        "{sections}"
    );
    assert!(sections.contains("Potassium"));
}

#[test]
fn nothing_and_hostile_records_make_a_page_too() {
    assert!(!records(&Chart::default(), Shown::default()).unwrap().contains('<'));
    let hostile = "</summary><svg onload=alert(1)>";
    let page = page(&[
        allergy(
            hostile,
            json!({ "criticality": "high", "reaction": [{ "severity": hostile, "manifestation": [{ "text": hostile }] }] }),
        ),
        potassium(hostile, 1e300, json!({ "code": { "text": hostile } })),
        potassium("2020", -1e300, json!({ "code": { "text": hostile } })),
        json!({ "resourceType": "Encounter", "class": { "display": hostile }, "status": hostile }),
    ]);
    assert!(!page.contains("<svg onload") && page.contains("&#60;svg onload"), "{page}");
    assert!(page.contains("<polyline points="));
}
