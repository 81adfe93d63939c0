//! The desk says of each record what the command line and the apps say.

use keepwell_chart::english;
use keepwell_protocol::crypto::Rng;
use keepwell_protocol::domain::Category;
use keepwell_protocol::formats::fhir::{ResourceHead, Validity, category};
use serde_json::Value;

use crate::desk_client::{Browser, Desk};
use crate::world::{Patient, World};

/// What every screen says of the records of `pictures.ndjson`.
const SCENARIO: &str = include_str!("../../../../fixtures/scenarios/pictures.json");
const RECORDS: &str = include_str!("../../../../fixtures/scenarios/pictures.ndjson");

#[test]
fn the_desk_says_of_each_record_what_every_screen_says() {
    let world = World::start();
    let mut clinic = world.clinic();
    let card = clinic.card().unwrap();
    let mut ada = Patient::new(&world, 1);
    let mut shelves: std::collections::BTreeMap<Category, Vec<crate::world::Sealed>> = Default::default();
    for line in RECORDS.lines() {
        let category = category(&ResourceHead::read(line.as_bytes()).unwrap(), None);
        shelves.entry(category).or_default().push(ada.seal(category, line));
    }
    let categories: Vec<Category> = shelves.keys().copied().collect();
    for (category, records) in shelves {
        ada.publish(category, records);
    }
    let granted = ada.grant(&card, &categories);
    ada.send(&card, &granted.envelope);
    clinic.sync(&world.now(), &mut Rng::system()).unwrap();
    let desk = Desk::start(&world);
    let mut browser = Browser::new(&desk);
    browser.log_in(&desk.code);
    let page = browser.page(&format!("/grants/{}", granted.id));
    let rows: Vec<String> =
        page.split("<tr").map(|row| row.split("</tr>").next().unwrap().to_owned()).collect();

    let scenario: Value = serde_json::from_str(SCENARIO).unwrap();
    let views = scenario["steps"].as_array().unwrap().iter().filter(|step| step["do"] == "recordView");
    let mut seen = 0;
    for view in views.filter(|step| !step["gives"].is_null()).map(|step| &step["gives"]) {
        let row = row_of(&rows, view);
        for validity in Validity::ALL.into_iter().filter(|validity| *validity != Validity::Valid) {
            let holds = view["validities"].as_array().or(view["row"]["validities"].as_array()).unwrap();
            let holds = holds.iter().any(|name| kebab(name.as_str().unwrap()) == validity.name());
            assert_eq!(row.contains(&format!("class=\"validity {validity}\"")), holds, "{validity}: {row}");
            assert_eq!(row.contains(&format!(">{}</strong>", english::validity(validity))), holds, "{row}");
        }
        if let Some(flag) = view["row"]["flag"].as_str() {
            assert!(row.contains(&format!("class=\"flag {flag}\"")), "{row}");
        } else {
            assert!(!row.contains("class=\"flag"), "{row}");
        }
        for component in view["components"].as_array().unwrap() {
            let said = component["value"].as_str().or(component["value"]["absent"].as_str()).unwrap();
            assert!(row.contains(said) && row.contains(component["title"].as_str().unwrap()), "{row}");
        }
        for text in [&view["row"]["when"]["start"], &view["row"]["referenceRange"], &view["row"]["value"]] {
            let text = text.as_str().unwrap_or_default().replace('<', "&#60;");
            assert!(view["components"] != Value::Array(vec![]) || row.contains(&text), "{text}: {row}");
        }
        seen += 1;
    }
    assert_eq!(seen, RECORDS.lines().count());
}

/// The row of the table whose first paragraph that is a title is the record's.
fn row_of<'r>(rows: &'r [String], view: &Value) -> &'r str {
    let title = view["row"]["title"].as_str().unwrap().replace('&', "&#38;");
    let day = view["row"]["when"]["start"].as_str().unwrap_or_default();
    let is_titled = |row: &&String| {
        let cell = row.split("</td>").next().unwrap_or_default();
        [format!("<p>{title}</p>"), format!("<p class=\"short\">{title}</p>")]
            .iter()
            .any(|p| cell.contains(p))
            && row.contains(day)
    };
    rows.iter().find(is_titled).unwrap_or_else(|| panic!("{title} is not on the page"))
}

fn kebab(name: &str) -> String {
    let mut kebab = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() {
            kebab.push('-');
        }
        kebab.push(c.to_ascii_lowercase());
    }
    kebab
}
