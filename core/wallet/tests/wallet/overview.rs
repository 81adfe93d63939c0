//! The first screen: whose records, what holds now, what is new, what there is to do.

use keepwell_protocol::domain::Category;
use keepwell_wallet::{Overview, RecordSummary, ToDo, Trend};

use crate::setup::{Place, import, pin};

fn titles(records: &[RecordSummary]) -> Vec<&str> {
    records.iter().map(|record| record.display.as_deref().unwrap_or("-")).collect()
}

fn coded(id: &str, kind: &str, text: &str, rest: &str) -> String {
    format!(r#"{{"resourceType":"{kind}","id":"{id}","code":{{"text":"{text}"}},{rest}}}"#)
}

fn status(code: &str) -> String {
    format!(r#""clinicalStatus":{{"coding":[{{"code":"{code}"}}]}}"#)
}

fn asthma(id: &str, display: &str) -> String {
    format!(
        r#"{{"resourceType":"Condition","id":"{id}","code":{{"coding":[{{"system":"http://snomed.info/sct","code":"195967001","display":"{display}"}}]}},{}}}"#,
        status("active")
    )
}

fn medicine(id: &str, kind: &str, text: &str, status: &str) -> String {
    format!(
        r#"{{"resourceType":"{kind}","id":"{id}","status":"{status}","intent":"order","medicationCodeableConcept":{{"text":"{text}"}}}}"#
    )
}

fn potassium(id: &str, day: &str, value: &str, unit: &str) -> String {
    format!(
        r#"{{"resourceType":"Observation","id":"{id}","status":"final","effectiveDateTime":"{day}","code":{{"coding":[{{"system":"http://loinc.org","code":"2823-3"}}],"text":"Potassium"}},"valueQuantity":{{"value":{value},"unit":"{unit}"}}}}"#
    )
}

fn overview_of(lines: &[String]) -> Overview {
    let place = Place::new();
    let (mut wallet, _) = place.create();
    import(&mut wallet, lines.join("\n").as_bytes()).unwrap();
    wallet.overview().unwrap()
}

#[test]
fn what_holds_now_is_told_once_and_what_is_over_is_not() {
    let overview = overview_of(&[
        r#"{"resourceType":"Patient","id":"p","birthDate":"1951-02-03","name":[{"text":"Ana Ruiz"}]}"#.into(),
        coded("a1", "AllergyIntolerance", "Penicillin", &status("active")),
        coded("a2", "AllergyIntolerance", "Latex", &status("inactive")),
        coded("a3", "AllergyIntolerance", "Nuts", r#""verificationStatus":{"coding":[{"code":"refuted"}]}"#),
        asthma("c1", "Asthma"),
        asthma("c2", "asthma"),
        coded("c3", "Condition", "Broken arm", &status("resolved")),
        coded("c4", "Condition", "Cough", &status("active").replace("active", "recurrence")),
        medicine("m1", "MedicationRequest", "Salbutamol", "active"),
        medicine("m2", "MedicationRequest", "Amoxicillin", "completed"),
        medicine("m3", "MedicationRequest", "Codeine", "stopped"),
        medicine("m4", "MedicationStatement", "Vitamin D", "active"),
        medicine("m5", "MedicationDispense", "Ibuprofen", "active"),
    ]);
    let owner = overview.owner.unwrap();
    assert_eq!((owner.name.as_str(), owner.birth_date.as_str()), ("Ana Ruiz", "1951-02-03"));
    assert_eq!(titles(&overview.allergies.records), ["Penicillin"]);
    let problems = titles(&overview.problems.records).join(", ").to_lowercase();
    assert!(["asthma, cough", "cough, asthma"].contains(&problems.as_str()), "{problems}");
    let mut medicines = titles(&overview.medicines.records);
    medicines.sort_unstable();
    assert_eq!(medicines, ["Salbutamol", "Vitamin D"]);
    assert!(overview.results.is_empty());
}

#[test]
fn of_many_the_newest_are_told_and_the_others_counted() {
    let conditions: Vec<String> = (1..=8)
        .map(|n| {
            coded(
                &format!("c{n}"),
                "Condition",
                &format!("Problem {n}"),
                &format!(r#""recordedDate":"202{n}-01-01",{}"#, status("active")),
            )
        })
        .collect();
    let overview = overview_of(&conditions);
    assert_eq!(
        titles(&overview.problems.records),
        ["Problem 8", "Problem 7", "Problem 6", "Problem 5", "Problem 4"]
    );
    assert_eq!(overview.problems.more, 3);
    assert_eq!((overview.allergies.records.len(), overview.allergies.more), (0, 0));
    assert!(overview.owner.is_none());
}

#[test]
fn a_result_says_whether_it_rose_where_both_are_numbers_of_one_unit() {
    let trend = |lines: &[String]| {
        let overview = overview_of(lines);
        assert_eq!(overview.results.len(), 1, "one of each kind");
        overview.results[0].trend
    };
    let old = potassium("o1", "2024-01-01", "4.1", "mmol/L");
    assert_eq!(trend(&[old.clone(), potassium("o2", "2024-02-01", "4.9", "mmol/L")]), Some(Trend::Up));
    assert_eq!(trend(&[old.clone(), potassium("o2", "2024-02-01", "3.9", "mmol/L")]), Some(Trend::Down));
    assert_eq!(trend(&[old.clone(), potassium("o2", "2024-02-01", "4.10", "mmol/L")]), Some(Trend::Same));
    assert_eq!(trend(&[old.clone(), potassium("o2", "2024-02-01", "16", "mg/dL")]), None);
    assert_eq!(trend(std::slice::from_ref(&old)), None);
    // What should never have been written is nothing to compare with.
    let wrong = potassium("o2", "2024-02-01", "9.9", "mmol/L").replace("final", "entered-in-error");
    let newest = potassium("o3", "2024-03-01", "4.2", "mmol/L");
    assert_eq!(trend(&[old, wrong, newest]), Some(Trend::Up));
}

#[test]
fn what_came_after_the_owner_looked_is_new() {
    let place = Place::new();
    let (mut wallet, _) = place.create();
    import(&mut wallet, coded("a1", "AllergyIntolerance", "Penicillin", &status("active")).as_bytes())
        .unwrap();
    let first = wallet.overview().unwrap();
    assert!(first.new.is_empty(), "nothing is new before anything was seen");
    wallet.mark_seen(first.newest).unwrap();
    let two =
        [potassium("o1", "2024-01-01", "4.1", "mmol/L"), potassium("o2", "2024-02-01", "4.9", "mmol/L")];
    import(&mut wallet, two.join("\n").as_bytes()).unwrap();
    let second = wallet.overview().unwrap();
    let new: Vec<_> = second.new.iter().map(|new| (new.category, new.count)).collect();
    assert_eq!(new, [(Category::Results, 2)]);
    wallet.lock();
    wallet.unlock(&pin()).unwrap();
    assert_eq!(wallet.overview().unwrap(), second, "it stays new until it was seen");
    wallet.mark_seen(second.newest).unwrap();
    assert!(wallet.overview().unwrap().new.is_empty());
}

#[test]
fn two_things_of_one_name_are_two() {
    let allergy = |id: &str| {
        format!(
            r#"{{"resourceType":"AllergyIntolerance","id":"{id}","type":"allergy","reaction":[{{"substance":{{"text":"{id}"}}}}]}}"#
        )
    };
    let overview = overview_of(&[allergy("peanut"), allergy("latex"), allergy("bee")]);
    assert_eq!(overview.allergies.records.len(), 3);
    // Sugar in blood and in urine, each by its own code.
    let sugar = |id: &str, code: &str| potassium(id, "2024-01-01", "5", "mmol/L").replace("2823-3", code);
    assert_eq!(overview_of(&[sugar("o1", "2339-0"), sugar("o2", "2350-7")]).results.len(), 2);
}

#[test]
fn what_was_given_in_a_long_stay_hides_no_medicine_that_is_taken() {
    let mut lines: Vec<String> = (0..1_200)
        .map(|n| {
            medicine(&format!("a{n}"), "MedicationAdministration", "Saline", "completed")
                .replace("\"intent\":\"order\"", "\"effectiveDateTime\":\"2025-01-01\"")
        })
        .collect();
    lines.push(
        medicine("m", "MedicationRequest", "Levothyroxine", "active")
            .replace("\"intent\":\"order\"", "\"intent\":\"order\",\"authoredOn\":\"2009-01-01\""),
    );
    assert_eq!(titles(&overview_of(&lines).medicines.records), ["Levothyroxine"]);
}

#[test]
fn medicines_of_each_version_of_fhir_are_told_as_their_source_means_them() {
    let taken = |rest: &str| {
        format!(
            r#"{{"resourceType":"MedicationStatement","id":"{}","medicationCodeableConcept":{{"text":"{}"}},{rest}}}"#,
            rest.len(),
            rest.len()
        )
    };
    let holds = |line: String| !overview_of(&[line]).medicines.records.is_empty();
    assert!(holds(taken(r#""status":"unknown""#)), "that nobody knows is no reason to hide it");
    assert!(holds(taken(r#""status":"active","taken":"y""#)));
    assert!(!holds(taken(r#""status":"active","taken":"n""#)), "STU3");
    assert!(!holds(taken(r#""status":"active","wasNotTaken":true"#)), "DSTU2");
    let stopped = r#""status":"recorded","adherence":{"code":{"coding":[{"code":"stopped-as-directed"}]}}"#;
    assert!(!holds(taken(stopped)), "R5");
    assert!(holds(medicine("m", "MedicationOrder", "Aspirin", "active")), "DSTU2");
    assert!(!holds(medicine("m", "MedicationOrder", "Aspirin", "Completed")));
}

#[test]
fn a_result_that_could_not_be_measured_hides_none() {
    let absent = potassium("o2", "2024-02-01", "1", "x")
        .replace(r#""valueQuantity":{"value":1,"unit":"x"}"#, r#""dataAbsentReason":{"text":"Haemolysed"}"#);
    let overview = overview_of(&[potassium("o1", "2024-01-01", "6.1", "mmol/L"), absent]);
    assert_eq!(overview.results.len(), 1);
    assert_eq!(overview.results[0].record.date.as_deref(), Some("2024-01-01"));
}

#[test]
fn an_odd_or_mistaken_patient_is_nobody() {
    let patient = |id: &str, rest: &str| {
        format!(r#"{{"resourceType":"Patient","id":"{id}","name":[{{"text":"Ana {id}"}}],{rest}}}"#)
    };
    for odd in [r#""birthDate":1981"#, r#""birthDate":{"a":1}"#, r#""active":true"#] {
        assert_eq!(overview_of(&[patient("1", odd)]).owner, None, "{odd}");
    }
}

#[test]
fn a_new_wallet_says_what_there_is_to_do_until_it_is_done() {
    let place = Place::new();
    let (mut wallet, _) = place.create();
    assert_eq!(wallet.overview().unwrap().to_do, [ToDo::CheckWords, ToDo::Connect]);
    import(&mut wallet, b"{\"resourceType\":\"Condition\"}\nnot JSON\n").unwrap();
    let to_do = wallet.overview().unwrap().to_do;
    assert_eq!(to_do, [ToDo::CheckWords, ToDo::Connect, ToDo::LookThrough { count: 1 }]);
    wallet.lock();
    assert_eq!(wallet.overview().unwrap_err().code(), "Locked");
}
