//! Whom a record is about: a table of what files say and whose it is.

use keepwell_protocol::formats::fhir::{Accepted, People, ResourceHead};

use crate::sample::import::{BEN, Entry, Import, LENA, about, is_own_alone, observed, reference, remembered};

#[test]
fn every_form_of_reference_leads_to_the_patient() {
    let urn = "urn:uuid:aaaabbbb-0000-4000-8000-00000000000a";
    let uuid_patient = LENA.replace("\"p1\"", "\"aaaabbbb-0000-4000-8000-00000000000A\"");
    let at = "https://h.example/fhir/Patient/p1";
    for (patient, patient_url, subject, url) in [
        (LENA, "", "Patient/p1", ""),
        (LENA, "", "Patient/p1/_history/2", ""),
        (LENA, "", "p1", ""),
        (LENA, at, "Patient/p1", ""),
        (LENA, at, "Patient/p1", "urn:uuid:0d8b1c1e-0000-4000-8000-000000000001"),
        (LENA, at, "Patient/p1", "https://other.example/fhir/Observation/o"),
        (LENA, at, "http://H.example/fhir/Patient/p1/", ""),
        (LENA, at, "https://h.example/fhir/Patient/p1/_history/7", ""),
        (LENA, "http://h.example/fhir/Patient/p1", at, ""),
        (LENA, "", at, ""),
        (LENA, urn, "URN:UUID:AAAABBBB-0000-4000-8000-00000000000A", ""),
        (LENA, urn, "Patient/p1", "https://h.example/fhir/Observation/o"),
        (&uuid_patient, "", urn, ""),
        (&uuid_patient, "", "https://ehr.example/Patient/aaaabbbb-0000-4000-8000-00000000000a", ""),
        // A fullUrl that is no address, as health cards have it.
        (LENA, "resource:0", "resource:0", "resource:1"),
        // A urn that leads nowhere, where there is one Patient and one such urn.
        (LENA, at, "urn:uuid:0d8b1c1e-0000-4000-8000-000000000009", ""),
        (LENA, "", "Patient?identifier=https://a.example/mrn|4711", ""),
        (LENA, "", "Patient?identifier=4711", ""),
        (LENA, "", "https://h.example/fhir/Patient?identifier=https%3A%2F%2Fa.example%2Fmrn%7C4711", ""),
    ] {
        let record = reference(subject);
        for entries in [[(patient, patient_url), (&record, url)], [(&record, url), (patient, patient_url)]] {
            let import = Import::new(&[], None, &entries);
            let found = import.found();
            assert_eq!(found.len(), 1, "{subject}: {found:?}");
            assert_eq!((found[0].records, found[0].name.as_deref()), (2, Some("Lena Moser")), "{subject}");
        }
    }
}

#[test]
fn a_reference_that_leads_nowhere_stands_for_somebody_unnamed() {
    for subject in [
        r#"{"reference":"Patient/p9"}"#,
        r#"{"reference":"p9"}"#,
        r#"{"reference":"https://h.example/fhir/Patient/p9"}"#,
        r#"{"reference":"Patient?identifier=https://a.example/mrn|1"}"#,
        r#"{"reference":"Patient?name=Moser"}"#,
        r##"{"reference":"#p9"}"##,
        r#"{"reference":"RelatedPerson/r9"}"#,
        r#"{"identifier":{"system":"https://a.example/mrn","value":"1"},"display":"Ben"}"#,
    ] {
        let record = about(subject);
        let mut import =
            Import::new(&[], None, &[(LENA, "https://h.example/fhir/Patient/p1"), (&record, "")]);
        let found = import.found();
        assert_eq!(found.len(), 2, "{subject}: {found:?}");
        assert_eq!(found[1].records, 1, "{subject}");
        assert_eq!(import.kept("@1"), ["p1"], "{subject}");
        let mut import =
            Import::new(&[], None, &[(LENA, "https://h.example/fhir/Patient/p1"), (&record, "")]);
        assert_eq!(import.kept("@2"), ["o"], "{subject}");
    }
    // Two urns that lead nowhere are two people, and neither is the Patient.
    let (one, other) = (reference("urn:uuid:1"), reference("urn:uuid:2"));
    assert_eq!(Import::new(&[], None, &[(LENA, ""), (&one, ""), (&other, "")]).found().len(), 3);
    // One person by one id, however it is written; on two servers it is two.
    let (local, urn) = (reference("Patient/p9"), reference("https://h.example/Patient/p9"));
    let (same, elsewhere) = (reference("Patient/p9"), reference("https://i.example/Patient/p9"));
    let found =
        Import::new(&[], None, &[(&local, ""), (&urn, ""), (&same, "https://h.example/Flag/1")]).found();
    assert_eq!((found.len(), found[0].records), (1, 3), "{found:?}");
    assert_eq!(Import::new(&[], None, &[(&urn, ""), (&elsewhere, "")]).found().len(), 2);
}

#[test]
fn an_id_that_two_people_have_leads_to_neither() {
    let ben = BEN.replace("\"p2\"", "\"p1\"");
    let record = reference("Patient/p1");
    let mut import = Import::new(&[], None, &[(LENA, ""), (&ben, ""), (&record, "")]);
    assert_eq!(import.found().len(), 3);
    assert!(import.people.find("p1").is_none());
    assert_eq!(import.kept("@1"), ["p1"]);
    // Addresses tell them apart.
    let (one, other) = ("https://a.example/Patient/p1", "https://b.example/Patient/p1");
    let entries = [(LENA, one), (&ben, other), (&record, "https://b.example/Observation/o")];
    let mut import = Import::new(&[], None, &entries);
    assert_eq!(import.found().len(), 2);
    assert_eq!(import.kept(other), ["p1", "o"]);
}

#[test]
fn a_full_url_that_counts_in_its_bundle_alone_leads_to_nobody_where_two_have_it() {
    let record = reference("resource:0");
    let cards = [(LENA, "resource:0"), (&*record, "resource:1"), (BEN, "resource:0")];
    let mut import = Import::new(&[], None, &cards);
    assert_eq!(import.found().len(), 3);
    assert_eq!(import.kept("p1"), ["p1"]);
    let group = r#"{"resourceType":"Group","id":"g"}"#;
    assert!(Import::new(&[], None, &[(group, "resource:0"), (&record, "resource:1")]).found().is_empty());
}

#[test]
fn what_is_contained_is_followed_inside_the_record() {
    let contained = |inside: &str, subject: &str| {
        format!(
            r#"{{"resourceType":"Observation","id":"o","contained":[{inside}],"subject":{{"reference":"{subject}"}}}}"#
        )
    };
    let ben = r#"{"resourceType":"Patient","id":"pp","name":[{"family":"Okafor","given":["Ben"]}],"birthDate":"1950-01-02"}"#;
    let lena =
        r#"{"resourceType":"Patient","id":"pp","name":[{"text":"MOSER Lena"}],"birthDate":"1981-04-12"}"#;
    let nobody = r#"{"resourceType":"Patient","id":"pp"}"#;
    let numbered = r#"{"resourceType":"Patient","id":"pp","identifier":[{"system":"https://a.example/mrn","value":"4711"}]}"#;
    let related = r##"{"resourceType":"RelatedPerson","id":"pp","patient":{"reference":"#x"}},{"id":"x","birthDate":"1981-04-12","name":[{"family":"Moser","given":["Lena"]}],"resourceType":"Patient"}"##;
    let cyclic = r##"{"resourceType":"RelatedPerson","id":"pp","patient":{"reference":"#pp"}}"##;
    for (inside, people, kept) in [
        (ben, 2, false),
        (lena, 1, true),
        (numbered, 1, true),
        (nobody, 2, false),
        (related, 1, true),
        (cyclic, 2, false),
        (r#"{"resourceType":"RelatedPerson","id":"pp","patient":{"reference":"Patient/p1"}}"#, 1, true),
        (r#"{"resourceType":"Group","id":"pp"}"#, 1, true),
        (r#"{"resourceType":"Device","id":"pp"}"#, 1, true),
        (r#"{"resourceType":"Practitioner","id":"pp"}"#, 1, true),
    ] {
        let record = contained(inside, "#pp");
        let mut import = Import::new(&[], None, &[(LENA, ""), (&record, "")]);
        assert_eq!(import.found().len(), people, "{inside}");
        assert_eq!(import.kept("@1").len() == 2, kept, "{inside}");
    }
    // Contained people who are not the subject are none of those that the record is about.
    let record = contained(ben, "Patient/p1");
    let mut performed = Import::new(&[], None, &[(LENA, ""), (&record, "")]);
    assert_eq!((performed.found().len(), performed.kept("p1").len()), (1, 2));
}

#[test]
fn only_the_subject_counts_and_of_some_types_who_takes_part() {
    let ben = r#"{"reference":"Patient/p2"}"#;
    for (record, others) in [
        (format!(r#"{{"resourceType":"Observation","id":"o","performer":[{ben}]}}"#), false),
        (format!(r#"{{"resourceType":"Condition","id":"o","asserter":{ben},"recorder":{ben}}}"#), false),
        (format!(r#"{{"resourceType":"DocumentReference","id":"o","subject":{{"reference":"Patient/p1"}},"author":[{ben}]}}"#), false),
        (format!(r#"{{"resourceType":"Coverage","id":"o","beneficiary":{{"reference":"Patient/p1"}},"subscriber":{ben},"policyHolder":{ben},"payor":[{ben}]}}"#), false),
        (format!(r#"{{"resourceType":"Coverage","id":"o","beneficiary":{ben},"subscriber":{{"reference":"Patient/p1"}}}}"#), true),
        (format!(r#"{{"resourceType":"Claim","id":"o","patient":{ben}}}"#), true),
        (format!(r#"{{"resourceType":"Task","id":"o","for":{ben}}}"#), true),
        (format!(r#"{{"resourceType":"ResearchSubject","id":"o","individual":{ben}}}"#), true),
        (format!(r#"{{"resourceType":"Account","id":"o","subject":[{ben}]}}"#), true),
        (format!(r#"{{"resourceType":"RelatedPerson","id":"o","patient":{ben}}}"#), true),
        (format!(r#"{{"resourceType":"Appointment","id":"o","participant":[{{"actor":{{"reference":"Practitioner/1"}}}},{{"actor":{ben}}}]}}"#), true),
        (r#"{"resourceType":"Appointment","id":"o","participant":[{"actor":{"reference":"Patient/p1"}},{"actor":{"reference":"Location/1"}},{"actor":{"reference":"urn:uuid:7"}}]}"#.to_owned(), false),
        (format!(r#"{{"resourceType":"AppointmentResponse","id":"o","actor":{ben}}}"#), true),
        (format!(r#"{{"resourceType":"Schedule","id":"o","actor":[{ben}]}}"#), true),
        (format!(r#"{{"resourceType":"Group","id":"o","member":[{{"entity":{ben}}},{{"entity":{{"reference":"Patient/p1"}}}}]}}"#), true),
        (format!(r#"{{"resourceType":"Person","id":"o","link":[{{"target":{ben}}}]}}"#), true),
        (format!(r#"{{"resourceType":"AuditEvent","id":"o","agent":[{{"who":{ben}}}],"entity":[{{"what":{{"reference":"Patient/p1"}}}}]}}"#), false),
        (format!(r#"{{"resourceType":"AuditEvent","id":"o","entity":[{{"what":{ben}}},{{"what":{{"reference":"Observation/1"}}}}]}}"#), true),
        // No person: taken.
        (about(r#"{"reference":"Group/p2"}"#), false),
        (about(r#"{"reference":"Device/p2"}"#), false),
        (about(r#"{"reference":"https://h.example/Location/p2"}"#), false),
        (about(r#"{"reference":"Practitioner/p2"}"#), false),
        (about(r#"{"type":"Group","identifier":{"value":"7"}}"#), false),
        // An empty reference is none.
        (about("{}"), false),
        (about(r#"{"reference":""}"#), false),
        (about(r#"{"reference":" ","display":"Ben Okafor"}"#), false),
        (about(r#"{"identifier":{"value":""}}"#), false),
        // One who is the owner and one who is not.
        (about(&format!(r#"[{{"reference":"Patient/p1"}},{ben}]"#)), true),
    ] {
        let mut import = Import::new(&[], None, &[(LENA, ""), (BEN, ""), (&record, "")]);
        assert_eq!(import.found().len(), 2, "{record}");
        assert_eq!(import.kept("p1"), if others { vec!["p1"] } else { vec!["p1", "o"] }, "{record}");
    }
}

#[test]
fn a_subject_in_the_bundle_that_is_no_person_is_nobody() {
    let group = r#"{"resourceType":"Group","id":"g"}"#;
    let record = reference("urn:uuid:5");
    for entries in [[(group, "urn:uuid:5"), (&*record, "")], [(&*record, ""), (group, "urn:uuid:5")]] {
        assert!(Import::new(&[], None, &entries).found().is_empty());
    }
    let related = r#"{"resourceType":"RelatedPerson","id":"r","patient":{"reference":"Patient/p2"}}"#;
    for (subject, url) in [("RelatedPerson/r", ""), ("urn:uuid:6", "urn:uuid:6")] {
        let record = reference(subject);
        let mut import = Import::new(&[], None, &[(LENA, ""), (BEN, ""), (&record, ""), (related, url)]);
        assert_eq!(import.found().len(), 2);
        assert_eq!(import.kept("p2"), ["p2", "o", "r"]);
    }
}

#[test]
fn a_record_without_subject_is_about_whom_it_is_tied_to() {
    let binary = r#"{"resourceType":"Binary","id":"b"}"#;
    let loose = r#"{"resourceType":"Binary","id":"c"}"#;
    let document = |person: &str, url: &str| {
        format!(
            r#"{{"resourceType":"DocumentReference","id":"d-{person}","subject":{{"reference":"Patient/{person}"}},"content":[{{"attachment":{{"url":"{url}"}}}}]}}"#
        )
    };
    let provenance = |target: &str| {
        format!(
            r#"{{"resourceType":"Provenance","id":"v","target":[{{"reference":"{target}"}}],"agent":[{{"who":{{"reference":"Practitioner/1"}}}}]}}"#
        )
    };
    let practitioner = r#"{"resourceType":"Practitioner","id":"1"}"#;
    let questionnaire = r#"{"resourceType":"Library","id":"l"}"#;
    let own = document("p1", "Binary/b");
    let (mine, bens) = (reference("Patient/p1"), reference("Patient/p2").replace("\"o\"", "\"q\""));
    let (of_mine, of_bens) =
        (provenance("Observation/o"), provenance("Observation/q").replace("\"v\"", "\"w\""));
    let entries = [
        (LENA, ""),
        (BEN, ""),
        (binary, ""),
        (loose, ""),
        (&*own, ""),
        (practitioner, ""),
        (questionnaire, ""),
        (&mine, ""),
        (&bens, ""),
        (&of_mine, ""),
        (&of_bens, ""),
    ];
    assert_eq!(Import::new(&[], None, &entries).kept("p1"), ["p1", "b", "d-p1", "1", "l", "o", "v"]);
    assert_eq!(Import::new(&[], None, &entries).kept("p2"), ["p2", "1", "l", "q", "w"]);
    // A Provenance of a Patient; who made what it is of does not count.
    let by_ben = provenance("Patient/p1").replace("Practitioner/1", "Patient/p2");
    let entries = [(LENA, ""), (BEN, ""), (&*by_ben, "")];
    assert_eq!(Import::new(&[], None, &entries).kept("p1"), ["p1", "v"]);
    assert_eq!(Import::new(&[], None, &entries).kept("p2"), ["p2"]);
    // By addresses, and of both people.
    let (at, urn) = ("https://h.example/Binary/b", "urn:uuid:77");
    for (url, link) in [(at, at), (urn, urn), ("https://h.example/Binary/b", "Binary/b")] {
        let (one, two) = (document("p1", link), document("p2", link));
        let place = if link == "Binary/b" { "https://h.example/DocumentReference/d" } else { "" };
        let entries = [(LENA, ""), (BEN, ""), (binary, url), (&one, place), (&two, "")];
        assert!(Import::new(&[], None, &entries).kept("p2").contains(&"b".to_owned()), "{url}");
    }
    // Where there is one person nothing needs a tie.
    assert_eq!(Import::new(&[], None, &[(LENA, ""), (loose, "")]).kept("p1"), ["p1", "c"]);
}

#[test]
fn the_owner_is_known_again_by_what_was_accepted() {
    let record = reference("Patient/p1");
    let known = remembered(None, "p1", &[(LENA, ""), (&record, "")]);
    let lena = |id: &str, rest: &str| {
        format!(
            r#"{{"resourceType":"Patient","id":"{id}","name":[{{"family":"MOSER","given":["Lena","Ida"]}}]{rest}}}"#
        )
    };
    assert!(is_own_alone(
        &known,
        None,
        &[(&lena("x", r#","birthDate":"1981-04-12""#), ""), (&reference("Patient/x"), "")]
    ));
    // Without a birth date it may be anyone; a number that she has tells.
    assert!(!is_own_alone(&known, None, &[(&lena("p1", ""), "")]));
    let number = r#","identifier":[{"system":"https://a.example/mrn","value":"4711"}]"#;
    assert!(is_own_alone(&known, None, &[(&lena("p1", number), "")]));
    // The same id says nothing where its source was guessed, neither of a Patient nor of a reference.
    assert!(!is_own_alone(&known, None, &[(&BEN.replace("p2", "p1"), "")]));
    assert!(!is_own_alone(&known, None, &[(&record, "")]));
    assert!(is_own_alone(&known, None, &[(&reference("Patient?identifier=https://a.example/mrn|4711"), "")]));
    // At a source with a name it does, unless names contradict.
    let known = remembered(Some("Bern"), "p1", &[(LENA, "")]);
    assert!(is_own_alone(&known, Some("Bern"), &[(&lena("p1", ""), ""), (&record, "")]));
    assert!(is_own_alone(&known, Some("Bern"), &[(&record, "")]));
    assert!(!is_own_alone(&known, Some("Basel"), &[(&record, "")]));
    assert!(!is_own_alone(&known, Some("Bern"), &[(&BEN.replace("p2", "p1"), "")]));
    // By the address on the same server, and by a UUID.
    let known = remembered(None, "p1", &[(LENA, "https://h.example/fhir/Patient/p1")]);
    assert!(is_own_alone(&known, None, &[(&record, "http://h.example/fhir/Observation/o")]));
    assert!(!is_own_alone(&known, None, &[(&record, "https://i.example/fhir/Observation/o")]));
    let uuid = "9532101f-6dc4-e18b-53ae-79a3230fdf70";
    let known = remembered(None, uuid, &[(&LENA.replace("p1", uuid), "")]);
    assert!(is_own_alone(&known, None, &[(&reference(&format!("urn:uuid:{uuid}")), "")]));
    assert!(is_own_alone(&known, None, &[(&reference(&format!("Patient/{}", uuid.to_uppercase())), "")]));
}

#[test]
fn a_reference_is_the_owner_until_a_patient_with_that_id_comes() {
    let record = reference("Patient/p1");
    let known = remembered(None, "p1", &[(&record, "")]);
    assert!(is_own_alone(&known, None, &[(&record, "")]), "asked once");
    assert!(!is_own_alone(&known, None, &[(&reference("Patient/p2"), "")]));
    assert!(is_own_alone(&known, None, &[(LENA, "https://h.example/Patient/p1"), (&record, "")]));
    assert!(!is_own_alone(&known, None, &[(BEN, "")]));
    assert!(!is_own_alone(&known, None, &[(LENA, ""), (&BEN.replace("p2", "p1"), "")]));
    // Now there is a Patient: another person of that id is another person.
    let both: Vec<Accepted> = known.into_iter().chain(remembered(None, "p1", &[(LENA, "")])).collect();
    assert!(!is_own_alone(&both, None, &[(&BEN.replace("p2", "p1"), "")]));
}

#[test]
fn the_same_bytes_are_the_same_person_and_others_that_say_nothing_are_not() {
    let nobody = r#"{"resourceType":"Patient","id":"1"}"#;
    let known = remembered(None, "1", &[(nobody, "")]);
    assert!(is_own_alone(&known, None, &[(nobody, "")]));
    assert!(!is_own_alone(&known, None, &[(r#"{"resourceType":"Patient","id":"1","active":true}"#, "")]));
}

#[test]
fn records_that_are_here_already_ask_for_nobody() {
    let record = reference("Patient/p9");
    let head = ResourceHead::read(record.as_bytes()).unwrap();
    let mut people = People::default();
    remembered(None, "p1", &[(LENA, "")]).iter().for_each(|one| people.accept(one));
    people.observe(&observed(&record, &head, "", None), &mut || true);
    people.settle();
    assert!(people.found().is_empty());
}

#[test]
fn a_patient_without_id_can_be_chosen_by_number() {
    let patient =
        r#"{"resourceType":"Patient","name":[{"family":"Doe","given":["Ann"]}],"birthDate":"1980-01-01"}"#;
    let record = reference("Patient/1");
    let entries = [(patient, ""), (&*record, "")];
    assert_eq!(Import::new(&[], None, &entries).kept("@1"), ["-"]);
    assert_eq!(Import::new(&[], None, &entries).kept("@2"), ["o"]);
    assert_eq!(Import::new(&[], None, &entries).kept("Patient/1"), ["o"]);
    for none in ["@0", "@3", "@", "@x", "3", "", "Patient/"] {
        assert!(Import::new(&[], None, &entries).people.find(none).is_none(), "{none}");
    }
}

#[test]
fn ten_thousand_patients_are_told_apart_in_time_that_grows_with_them() {
    let told_apart = |count: usize| {
        let mut files = Vec::new();
        for family in ["Moser", "M"] {
            for number in 0..count {
                // All of one family and one birthday, with a first name in common and a number in common.
                let (given, mrn) = if family == "M" { ("Lena", "77") } else { ("Li", "78") };
                files.push(format!(r#"{{"resourceType":"Patient","id":"{family}{number}","name":[{{"family":"{family}oser","given":["{given}","N{number}"]}}],
                "birthDate":"1981-04-12","identifier":[{{"system":"https://a.example/mrn","value":"{mrn}{}"}}]}}"#, number % 2));
            }
        }
        let entries: Vec<Entry<'_>> = files.iter().map(|file| (file.as_str(), "")).collect();
        let started = std::time::Instant::now();
        assert!(Import::new(&[], None, &entries).found().len() > 1);
        started.elapsed()
    };
    // Against itself, however slow the machine: ten times as many take ten times as long, not a hundred times.
    let few = (0..3).map(|_| told_apart(1_000)).max().unwrap();
    assert!(told_apart(10_000) < few * 40);
}
