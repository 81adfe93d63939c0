//! Files about more people than a patient knows: what is worked out of them takes bounded room and time.

use std::time::{Duration, Instant};

use crate::sample::import::{Entry, Import};

/// Patients of whom nothing is known for certain but a number.
fn sharing(count: usize) -> Vec<String> {
    let patient = |n: usize| {
        format!(
            r#"{{"resourceType":"Patient","id":"p{n}","birthDate":"1981","name":[{{"family":"Moser"}}],
            "identifier":[{{"system":"https://a.example/mrn","value":"4711"}}]}}"#
        )
    };
    (0..count).map(patient).collect()
}

fn found(files: &[String]) -> usize {
    let entries: Vec<Entry<'_>> = files.iter().map(|file| (file.as_str(), "")).collect();
    Import::new(&[], None, &entries).found().len()
}

#[test]
fn an_identifier_of_up_to_32_people_tells_and_one_of_more_is_nobodys() {
    assert_eq!(found(&sharing(32)), 1);
    assert_eq!(found(&sharing(33)), 33);
    // Forty versions of one person are one person, whose number it is.
    let known = |n: usize, birth: &str| {
        format!(
            r#"{{"resourceType":"Patient","id":"v{n}","birthDate":"{birth}","name":[{{"family":"Moser","given":["Lena","N{n}"]}},{{"family":"Moser","given":["Lena"]}}],
            "identifier":[{{"system":"https://a.example/mrn","value":"4711"}}]}}"#
        )
    };
    let mut versions: Vec<String> = (0..40).map(|n| known(n, "1981-04-12")).collect();
    assert_eq!(found(&versions), 1);
    versions.push(known(40, "1981"));
    assert_eq!(found(&versions), 1);
    versions.push(known(41, "1982"));
    assert_eq!(found(&versions), 2);
}

#[test]
fn a_group_whose_members_are_contained_is_read_in_time_that_grows_with_them() {
    let list = |part: fn(usize) -> String| (0..4_000).map(part).collect::<Vec<_>>().join(",");
    let group = format!(
        r#"{{"resourceType":"Group","id":"g","contained":[{}],"member":[{}]}}"#,
        list(|n| format!(
            r#"{{"resourceType":"Patient","id":"p{n}","birthDate":"1981-04-12","name":[{{"family":"F{n}","given":["G"]}}]}}"#
        )),
        list(|n| format!(r##"{{"entity":{{"reference":"#p{n}"}}}}"##)),
    );
    let begin = Instant::now();
    let mut import = Import::new(&[], None, &[(&group, "")]);
    assert_eq!(import.found().len(), 4_000);
    assert_eq!(import.kept("@1"), [""; 0]);
    assert!(begin.elapsed() < Duration::from_secs(240), "{:?}", begin.elapsed());
}

#[test]
fn what_is_tied_to_a_group_is_about_its_members() {
    let members = |count: usize| {
        let member = |n: usize| format!(r#"{{"entity":{{"reference":"Patient/m{n}"}}}}"#);
        (0..count).map(member).collect::<Vec<_>>().join(",")
    };
    let provenance = r#"{"resourceType":"Provenance","id":"v","target":[{"reference":"Group/g"}]}"#;
    let group = format!(r#"{{"resourceType":"Group","id":"g","member":[{}]}}"#, members(500));
    for at in ["", "https://h.example/fhir/Group/g"] {
        let place = if at.is_empty() { "" } else { "https://h.example/fhir/Provenance/v" };
        let entries = [(&*group, at), (provenance, place)];
        assert_eq!(Import::new(&[], None, &entries).kept("m499"), ["v"]);
        let other = r#"{"resourceType":"Flag","id":"f","subject":{"reference":"Patient/other"}}"#;
        let entries = [(&*group, at), (provenance, place), (other, "")];
        assert_eq!(Import::new(&[], None, &entries).kept("other"), ["f"]);
    }
}
