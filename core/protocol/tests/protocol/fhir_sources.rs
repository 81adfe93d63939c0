//! Ids that several servers give, and references that were accepted as the owner.

use crate::sample::import::{BEN, Import, LENA, about, is_own_alone, reference, remembered};

const A: &str = "https://a.example/fhir";
const B: &str = "https://b.example/fhir";

#[test]
fn the_same_id_of_a_related_person_on_two_servers_leads_to_two_patients() {
    let at = |server: &str, what: &str| format!("{server}/{what}");
    let (lena_at, ben_at) = (at(A, "Patient/p1"), at(B, "Patient/p2"));
    let related = |patient: &str| {
        format!(
            r#"{{"resourceType":"RelatedPerson","id":"1","patient":{{"reference":"Patient/{patient}"}}}}"#
        )
    };
    let (of_lena, of_ben) = (related("p1"), related("p2"));
    let (at_a, at_b) = (at(A, "RelatedPerson/1"), at(B, "RelatedPerson/1"));
    let (record, record_at) = (reference("RelatedPerson/1"), at(B, "Observation/o"));
    let people = [(LENA, lena_at.as_str()), (BEN, ben_at.as_str())];
    let both = [people[0], people[1], (&of_lena, &at_a), (&of_ben, &at_b), (&record, &record_at)];
    assert_eq!(Import::new(&[], None, &both).kept("p1"), ["p1", "1"]);
    assert_eq!(Import::new(&[], None, &both).kept("p2"), ["p2", "1", "o"]);
    // On the other server alone it is somebody else.
    let elsewhere = [people[0], people[1], (&of_lena, &at_a), (&record, &record_at)];
    assert_eq!(Import::new(&[], None, &elsewhere).found().len(), 3);
    assert_eq!(Import::new(&[], None, &elsewhere).kept("p1"), ["p1", "1"]);
    // Without an address it is the only one of this id, and of two neither.
    let loose = [people[0], people[1], (&of_lena, &at_a), (&record, "")];
    assert_eq!(Import::new(&[], None, &loose).kept("p1"), ["p1", "1", "o"]);
    let unclear = [people[0], people[1], (&of_lena, &at_a), (&of_ben, &at_b), (&record, "")];
    assert_eq!(Import::new(&[], None, &unclear).found().len(), 3);
}

#[test]
fn the_same_id_of_a_record_on_two_servers_ties_to_that_of_the_own_server() {
    let (mine, bens) = (reference("Patient/p1"), reference("Patient/p2"));
    let provenance = r#"{"resourceType":"Provenance","id":"v","target":[{"reference":"Observation/o"}]}"#;
    let (mine_at, bens_at) = (format!("{A}/Observation/o"), format!("{B}/Observation/o"));
    let (of_mine, of_bens) = (format!("{A}/Provenance/v"), format!("{B}/Provenance/v"));
    let people = [(LENA, ""), (BEN, ""), (&*mine, &*mine_at), (&*bens, &*bens_at)];
    for (place, owner, kept) in [
        (&*of_mine, "p1", vec!["p1", "o", "v"]),
        (&of_bens, "p1", vec!["p1", "o"]),
        (&of_mine, "p2", vec!["p2", "o"]),
        (&of_bens, "p2", vec!["p2", "o", "v"]),
        // Without an address it may be either.
        ("", "p1", vec!["p1", "o", "v"]),
    ] {
        let entries = [people.as_slice(), &[(provenance, place)]].concat();
        assert_eq!(Import::new(&[], None, &entries).kept(owner), kept, "{place} {owner}");
    }
    // A Binary by the document of its own server.
    let binary = r#"{"resourceType":"Binary","id":"b"}"#;
    let document = r#"{"resourceType":"DocumentReference","id":"d","subject":{"reference":"Patient/p2"},"content":[{"attachment":{"url":"Binary/b"}}]}"#;
    for (server, is_tied) in [(A, false), (B, true)] {
        let (binary_at, document_at) = (format!("{server}/Binary/b"), format!("{B}/DocumentReference/d"));
        let entries = [(LENA, ""), (BEN, ""), (binary, &*binary_at), (document, &*document_at)];
        let kept = Import::new(&[], None, &entries).kept("p2");
        assert_eq!(kept.contains(&"b".to_owned()), is_tied, "{server}");
    }
}

#[test]
fn a_provenance_of_a_patient_is_about_the_one_who_is_meant() {
    let ben = BEN.replace("\"p2\"", "\"p1\"");
    let provenance = r#"{"resourceType":"Provenance","id":"v","target":[{"reference":"Patient/p1"}]}"#;
    let (lena_at, ben_at) = (format!("{A}/Patient/p1"), format!("{B}/Patient/p1"));
    for (place, lenas) in [(format!("{A}/Provenance/v"), true), (format!("{B}/Provenance/v"), false)] {
        let entries = [(LENA, &*lena_at), (&*ben, &*ben_at), (provenance, &*place)];
        let kept = |owner: &str| Import::new(&[], None, &entries).kept(owner).contains(&"v".to_owned());
        assert_eq!((kept(&lena_at), kept(&ben_at)), (lenas, !lenas), "{place}");
    }
    let by_address = provenance.replace("Patient/p1", &lena_at);
    let entries = [(LENA, &*lena_at), (&*ben, &*ben_at), (&*by_address, "")];
    assert_eq!(Import::new(&[], None, &entries).kept(&lena_at), ["p1", "v"]);
    assert_eq!(Import::new(&[], None, &entries).kept(&ben_at), ["p1"]);
}

#[test]
fn somebody_of_whom_there_are_only_references_is_called_as_the_first_says_who_does() {
    let provenance = r#"{"resourceType":"Provenance","id":"v","target":[{"reference":"Patient/p9"}]}"#;
    let record = about(r#"{"reference":"Patient/p9","display":"Ben Okafor"}"#);
    for entries in [[(provenance, ""), (&*record, "")], [(&*record, ""), (provenance, "")]] {
        let found = Import::new(&[], None, &entries).found();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].name.as_deref(), Some("Ben Okafor"));
    }
}

#[test]
fn a_related_person_that_was_accepted_is_asked_about_once() {
    let record = reference("RelatedPerson/r9");
    let other = reference("RelatedPerson/r8");
    let (at_a, at_b) = (format!("{A}/Observation/o"), format!("{B}/Observation/o"));
    let owner = "RelatedPerson/r9";
    // By its server, by the name of its source, and where nothing else is known.
    for (source, place) in [(None, at_a.as_str()), (Some("Bern"), ""), (None, "")] {
        let known = remembered(source, owner, &[(&record, place)]);
        assert!(is_own_alone(&known, source, &[(&record, place)]), "{source:?} {place}");
        assert!(!is_own_alone(&known, source, &[(&other, place)]), "{source:?} {place}");
        assert!(!is_own_alone(&known, source, &[(&record, &at_b)]) || source.is_some(), "{place}");
        assert!(!is_own_alone(&known, Some("Basel"), &[(&record, "")]), "{source:?} {place}");
    }
    // A wallet that was told of it by 0.2.0 remembers it in this form.
    let before =
        keepwell_protocol::formats::fhir::Accepted { address: Some(owner.to_owned()), ..Default::default() };
    assert!(is_own_alone(&[before], None, &[(&record, "")]));
}

#[test]
fn a_reference_with_an_identifier_is_the_owner_until_that_patient_comes() {
    let record = about(r#"{"reference":"Patient/p9","identifier":{"value":"77"}}"#);
    let known = remembered(None, "p9", &[(&record, "")]);
    assert!(is_own_alone(&known, None, &[(&record, "")]));
    assert!(is_own_alone(&known, None, &[(&reference("Patient/p9"), "")]), "by its id alone");
    assert!(!is_own_alone(&known, None, &[(&reference("Patient/p8"), "")]));
    let record = about(r#"{"identifier":{"value":"4711"},"display":"Lena"}"#);
    let known = remembered(None, "@1", &[(&record, "")]);
    assert!(is_own_alone(&known, None, &[(&record, "")]));
    assert!(is_own_alone(&known, None, &[(LENA, ""), (&record, "")]));
    assert!(!is_own_alone(&known, None, &[(BEN, "")]));
    // The number of an insurer is that of a family.
    let insured = LENA.replace("a.example/mrn", "insurer.example/number");
    assert!(!is_own_alone(&known, None, &[(&insured, "")]));
}
