//! When two Patients are one person: known answers by an implementation of its own.

use std::collections::BTreeMap;

use keepwell_protocol::formats::fhir::{Demographics, Patient, Verdict};
use serde_json::{Value, json};

fn read(patient: &Value) -> Demographics {
    Patient::read(&serde_json::to_vec(patient).unwrap()).demographics
}

fn verdict(one: &Value, other: &Value) -> &'static str {
    let (one, other) = (read(one), read(other));
    let answer = one.compare(&other);
    assert_eq!(other.compare(&one), answer, "the order does not matter");
    match answer {
        Verdict::Same => "same",
        Verdict::Unsure => "unsure",
        Verdict::Contradiction => "contradiction",
    }
}

#[test]
fn persons_are_told_apart_as_the_known_answers_say() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/vectors/keepwell/identity.json");
    let vectors: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    let pairs = vectors["persons"].as_array().unwrap();
    let mut counted: BTreeMap<&str, usize> = BTreeMap::new();
    let mut wrong = Vec::new();
    for pair in pairs {
        let answer = verdict(&pair["owner"], &pair["other"]);
        *counted.entry(answer).or_default() += 1;
        if answer != pair["answer"] {
            wrong.push(format!("{}: {answer}, not {}", pair["case"], pair["answer"]));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(pairs.len() >= 47 && counted.len() == 3, "{counted:?}");
}

fn named(family: &str, given: &str) -> Value {
    json!({"resourceType": "Patient", "name": [{"family": family, "given": [given]}], "birthDate": "1981-04-12"})
}

#[test]
fn spellings_of_a_name_are_one_person_and_other_names_are_not() {
    let owner = |family: &str, given: &str| named(family, given);
    for (one, other, answer) in [
        (owner("O'Brien", "Ann"), owner("O\u{2019}Brien", "Ann"), "same"),
        (owner("O'Brien", "Ann"), owner("OBrien", "Ann"), "same"),
        (owner("O'Brien", "Ann"), owner("O Brien", "Ann"), "same"),
        (owner("O'Brien", "Ann"), owner("Byrne", "Ann"), "contradiction"),
        (owner("Ångström", "Åsa"), owner("Aangstroem", "Aasa"), "same"),
        (owner("Ångström", "Åsa"), owner("Angstrom", "Asa"), "same"),
        (owner("M\u{fc}ller", "J"), owner("Mu\u{308}ller", "J"), "unsure"),
        (owner("Jean-Luc", "Anne-Marie"), owner("Jean Luc", "Anne Marie"), "same"),
        (owner("ＭＯＳＥＲ", "Ｌｅｎａ"), owner("Moser", "Lena"), "same"),
        (owner("Mo\u{ad}ser", "Lena\u{200b}"), owner("Moser", "Lena"), "same"),
        (owner("أحمد", "سارة"), owner("احمد", "ساره"), "same"),
        (owner("李", "明"), owner("李", "红"), "contradiction"),
        (owner("Moser", "A."), owner("Moser", "A."), "unsure"),
        (owner("Moser", "Lena"), owner("Moser", "L."), "unsure"),
        (owner("Moser", "Lena"), owner("", ""), "unsure"),
        (
            owner("Moser", "Lena"),
            json!({"name": [{"text": "Lisa Moser"}], "birthDate": "1981-04-12"}),
            "contradiction",
        ),
        (
            owner("Moser", "Lena"),
            json!({"name": [{"text": "Lisa Huber"}], "birthDate": "1981-04-12"}),
            "contradiction",
        ),
        (
            owner("Moser", "Lena"),
            json!({"name": [{"text": "MOSER,  Lena Ida"}], "birthDate": "1981-04-12"}),
            "same",
        ),
        (owner("Moser", "Lena"), json!({"name": "Lena Moser", "birthDate": 1981}), "unsure"),
    ] {
        assert_eq!(verdict(&one, &other), answer, "{one} {other}");
    }
}

#[test]
fn birth_dates_count_as_far_as_they_go() {
    let born = |date: &str| {
        let mut patient = named("Moser", "Lena");
        patient["birthDate"] = date.into();
        patient
    };
    for (one, other, answer) in [
        ("1981-04-12", "1981-04-12T00:00:00Z", "same"),
        ("1981-04", "1981-04", "unsure"),
        ("1981-04-12", "1981-04", "unsure"),
        ("1981-04-12", "1981-05", "contradiction"),
        ("1981-04", "1981-05", "contradiction"),
        ("1981", "1981-12-31", "unsure"),
        ("12.04.1981", "13.04.1981", "unsure"),
        ("", "1981-04-12", "unsure"),
        // What is no day tells nothing, even where two say the same.
        ("0000-00-00", "0000-00-00", "unsure"),
        ("1981-99-99", "1981-99-99", "unsure"),
        ("1981-02-29", "1981-02-29", "unsure"),
        ("1980-02-29", "1980-02-29", "same"),
        ("0000-00-00", "1981-04-12", "unsure"),
        ("1981-04-31", "1981-04-12", "unsure"),
    ] {
        assert_eq!(verdict(&born(one), &born(other)), answer, "{one} {other}");
    }
}

#[test]
fn names_and_identifiers_of_any_length_are_compared_in_bounded_work() {
    let long = "Lena ".repeat(20_000);
    let identifier = json!([{"system": "https://a.example/mrn", "value": "4".repeat(1_000_000)}]);
    let mut one = named(&long, &long);
    one["identifier"] = identifier.clone();
    let mut other = named("Moser", "Ida");
    other["identifier"] = identifier;
    assert_eq!(verdict(&one, &one), "same");
    assert_eq!(verdict(&one, &other), "contradiction");
    let names: Vec<Value> =
        (0..10_000).map(|n| json!({"family": format!("F{n}"), "given": [format!("G{n}")]})).collect();
    let many = json!({"name": names, "birthDate": "1981-04-12"});
    assert_eq!(verdict(&many, &many), "same");
}
