//! Which record, which version, and taking an import back, by the real binary: what lies beside the small
//! inputs of `fixtures/cases`.

use serde_json::{Value, json};

use crate::keepwell::{OwnWallet, Party, World};

const PATIENT: &str = r#"{"resourceType":"Patient","id":"p1","name":[{"family":"Moser","given":["Lena"]}],"birthDate":"1981-04-12","gender":"female"}"#;
const BASE: &str = "https://h.example/fhir";

impl OwnWallet {
    /// The records that are no Patient.
    fn others(&self) -> Vec<Value> {
        self.records(&[]).into_iter().filter(|record| record["type"] != "Patient").collect()
    }

    /// What the only record that is no Patient is called.
    fn shown(&self) -> String {
        let others = self.others();
        assert_eq!(others.len(), 1, "{others:?}");
        others[0]["display"].as_str().unwrap().to_owned()
    }

    fn versions(&self, record: &Value) -> Vec<Value> {
        let history = self.wallet.json(&["record", "history", record["id"].as_str().unwrap()]);
        history["versions"].as_array().unwrap().clone()
    }
}

/// An allergy with this id and text, and the rest of its members.
fn allergy(id: &str, text: &str, rest: &str) -> String {
    format!(
        r#"{{"resourceType":"AllergyIntolerance","id":"{id}"{rest},"code":{{"text":"{text}"}},"patient":{{"reference":"Patient/p1"}}}}"#
    )
}

fn observation(id: &str, patient: &str, rest: &str) -> String {
    format!(
        r#"{{"resourceType":"Observation","id":"{id}","subject":{{"reference":"{patient}"}},"code":{{"text":"{id}"}}{rest}}}"#
    )
}

/// A Bundle of a type; an entry is its members.
fn bundle(kind: &str, entries: &[String]) -> String {
    let entries: Vec<String> = entries.iter().map(|entry| format!("{{{entry}}}")).collect();
    format!(r#"{{"resourceType":"Bundle","type":"{kind}","entry":[{}]}}"#, entries.join(","))
}

fn entry(full_url: &str, resource: &str) -> String {
    format!(r#""fullUrl":"{full_url}","resource":{resource}"#)
}

fn patient_entry() -> String {
    entry(&format!("{BASE}/Patient/p1"), PATIENT)
}

#[test]
fn of_a_history_the_newest_version_is_shown_in_whatever_order_it_comes() {
    let url = format!("{BASE}/AllergyIntolerance/a1");
    let id = |number: u32| format!(r#","meta":{{"versionId":"{number}"}}"#);
    let updated = |time: &str| format!(r#","meta":{{"lastUpdated":"{time}"}}"#);
    let none = || String::new();
    for (case, metas) in [
        ("versionId", [id(3), id(2), id(1)]),
        ("versionId of two digits", [id(10), id(9), id(8)]),
        (
            "lastUpdated",
            [
                updated("2024-03-01T00:00:00Z"),
                updated("2024-02-01T00:00:00.123+01:00"),
                updated("2024-01-01T00:00:00Z"),
            ],
        ),
        (
            "within a second",
            [
                updated("2024-03-01T00:00:00.25Z"),
                updated("2024-03-01T00:00:00.123456Z"),
                updated("2024-03-01T00:00:00Z"),
            ],
        ),
        (
            "no seconds, no zone",
            [updated("2024-03-01T00:00"), updated("2024-02-01T00:00:00"), updated("2024-01-01")],
        ),
        ("order alone", [none(), none(), none()]),
        ("only some say", [none(), updated("2024-02-01T00:00:00Z"), id(9)]),
    ] {
        let versions: Vec<String> = metas
            .iter()
            .zip(["newest", "middle", "oldest"])
            .map(|(meta, text)| allergy("a1", text, meta))
            .collect();
        let addresses = [["", "", ""].map(|_| Some(url.clone())), [None, None, None]];
        for addresses in addresses {
            let it = OwnWallet::new();
            let is_addressed = addresses[0].is_some();
            let mut entries =
                vec![if is_addressed { patient_entry() } else { format!(r#""resource":{PATIENT}"#) }];
            entries.extend(versions.iter().zip(&addresses).map(|(version, address)| match address {
                Some(address) => entry(address, version),
                None => format!(r#""resource":{version}"#),
            }));
            let counts = it.import(&[&bundle("history", &entries)], &[]);
            assert_eq!(
                (&counts["added"], &counts["updated"]),
                (&2.into(), &2.into()),
                "{case} {addresses:?}"
            );
            assert_eq!(it.shown(), "newest", "{case} {addresses:?}");
            let standing: Vec<Value> =
                it.versions(&it.others()[0]).iter().map(|version| version["standing"].clone()).collect();
            assert_eq!(standing, ["present", "superseded", "superseded"], "{case}");
        }
    }
}

#[test]
fn of_other_files_the_later_version_is_shown_unless_they_say_otherwise() {
    for (first, second, shown) in [
        ("", "", "second"),
        (r#","meta":{"versionId":"2"}"#, r#","meta":{"versionId":"1"}"#, "first"),
        (r#","meta":{"lastUpdated":"2024-05-02"}"#, r#","meta":{"lastUpdated":"2024-05-01"}"#, "first"),
        (r#","meta":{"lastUpdated":"2099-05-02"}"#, r#","meta":{"lastUpdated":"2024-05-01"}"#, "second"),
    ] {
        let (one, two) = (allergy("a", "first", first), allergy("a", "second", second));
        let apart = OwnWallet::new();
        apart.import(&[&format!("{PATIENT}\n{one}\n")], &[]);
        apart.import(&[&format!("{PATIENT}\n{two}\n")], &[]);
        assert_eq!(apart.shown(), shown, "{first} {second}");
        let together = OwnWallet::new();
        together.import(&[PATIENT, &one, &two], &[]);
        assert_eq!(together.shown(), shown, "{first} {second}");
        let lines = OwnWallet::new();
        lines.import(&[&[PATIENT, &one, &two].join("\n")], &[]);
        assert_eq!(lines.shown(), shown, "{first} {second}");
    }
}

#[test]
fn what_a_source_deletes_is_marked_and_comes_back_when_it_is_made_again() {
    let url = format!("{BASE}/AllergyIntolerance/a1");
    let delete = |rest: &str| {
        format!(r#""fullUrl":"{url}","request":{{"method":"DELETE","url":"AllergyIntolerance/a1"}}{rest}"#)
    };
    let made = |text: &str, time: &str| {
        let meta = format!(r#","meta":{{"lastUpdated":"{time}"}}"#);
        entry(&url, &allergy("a1", text, &meta))
    };
    let timed = delete(r#","response":{"status":"204","lastModified":"2024-04-01T00:00:00Z"}"#);
    for (entries, validity, removed) in [
        (vec![timed.clone(), made("old", "2024-01-01T00:00:00Z")], "removed-at-source", 1),
        (vec![delete(""), made("old", "2024-01-01T00:00:00Z")], "removed-at-source", 1),
        (vec![made("old", "2024-01-01T00:00:00Z"), timed.clone()], "removed-at-source", 1),
        (
            vec![made("again", "2024-05-01T00:00:00Z"), timed.clone(), made("old", "2024-01-01T00:00:00Z")],
            "valid",
            1,
        ),
        (
            vec![made("again", "2024-05-01T00:00:00Z"), delete(""), made("old", "2024-01-01T00:00:00Z")],
            "valid",
            1,
        ),
    ] {
        let it = OwnWallet::new();
        let entries = [vec![patient_entry()], entries].concat();
        let counts = it.import(&[&bundle("history", &entries)], &[]);
        assert_eq!(counts["removed"], removed, "{entries:?}");
        let others = it.others();
        assert_eq!(others.len(), 1);
        let says = |validity: &str| others[0]["validities"].as_array().unwrap().contains(&json!(validity));
        assert_eq!(says("removed-at-source"), validity == "removed-at-source", "{entries:?} {others:?}");
        let page = it.wallet.json(&["record", "show", others[0]["id"].as_str().unwrap(), "--readable"]);
        assert_eq!(page.to_string().contains("removed-at-source"), validity == "removed-at-source", "{page}");
    }
    // A later import that has it again brings it back; the same history again does not remove it anew.
    let it = OwnWallet::new();
    let gone = bundle("history", &[patient_entry(), timed, made("old", "2024-01-01T00:00:00Z")]);
    it.import(&[&gone], &[]);
    it.import(&[&bundle("collection", &[patient_entry(), made("again", "2024-06-01T00:00:00Z")])], &[]);
    it.import(&[&gone], &[]);
    let others = it.others();
    assert_eq!(others[0]["display"], "again");
    assert!(!others[0]["validities"].as_array().unwrap().contains(&json!("removed-at-source")), "{others:?}");
    // What was never here cannot be removed.
    let it = OwnWallet::new();
    let nothing = bundle("history", &[patient_entry(), delete("")]);
    assert_eq!(it.import(&[&nothing], &[])["removed"], 0);
}

#[test]
fn a_deletion_without_address_is_of_the_one_server_that_the_others_are_of() {
    let deleted = r#""request":{"method":"DELETE","url":"AllergyIntolerance/a1"}"#.to_owned();
    let made = entry(&format!("{BASE}/AllergyIntolerance/a1"), &allergy("a1", "old", ""));
    let other_server =
        entry("https://other.example/fhir/Observation/o1", &observation("o1", "Patient/p1", ""));
    for (others, removed) in [(vec![], 1), (vec![other_server], 0)] {
        let it = OwnWallet::new();
        let entries = [vec![patient_entry(), deleted.clone(), made.clone()], others].concat();
        assert_eq!(it.import(&[&bundle("history", &entries)], &[])["removed"], removed);
        let allergy = it.others().into_iter().find(|record| record["type"] == "AllergyIntolerance").unwrap();
        assert_eq!(allergy["validity"] == "removed-at-source", removed == 1, "{allergy}");
    }
}

#[test]
fn the_same_id_of_two_hospitals_is_two_records_and_neither_hides_the_other() {
    let dated = |date: &str| format!(r#","effectiveDateTime":"{date}""#);
    let coded = |code: &str| {
        observation("1", "Patient/p1", "").replace(
            r#""code":{"text":"1"}"#,
            &format!(r#""code":{{"coding":[{{"system":"http://loinc.org","code":"{code}"}}]}}"#),
        )
    };
    let known = |value: &str| {
        observation("1", "Patient/p1", &format!(r#","identifier":[{{"system":"s","value":"{value}"}}]"#))
    };
    for (one, other, third) in [
        (
            observation("1", "Patient/p1", &dated("2024-01-01")),
            observation("1", "Patient/p1", &dated("2020-01-01")),
            observation("1", "Patient/p1", r#","effectiveDateTime":"2020-01-01","status":"final""#),
        ),
        (
            coded("1-1"),
            coded("2-2"),
            coded("2-2").replace("Observation\",", "Observation\",\"status\":\"final\","),
        ),
        (known("a"), known("b"), known("b").replace("Observation\",", "Observation\",\"status\":\"final\",")),
    ] {
        let it = OwnWallet::new();
        let of = |resource: &str| format!("{PATIENT}\n{resource}\n");
        assert_eq!(it.import(&[&of(&one)], &[])["id_reused"], 0);
        let second = it.import(&[&of(&other)], &[]);
        assert_eq!((&second["added"], &second["id_reused"]), (&1.into(), &1.into()), "{other}");
        assert_eq!(it.others().len(), 2);
        // A third goes to the first of them that it does not contradict.
        let third = it.import(&[&of(&third)], &[]);
        assert_eq!(
            (&third["added"], &third["updated"], &third["id_reused"]),
            (&0.into(), &1.into(), &0.into())
        );
        assert_eq!(it.others().len(), 2);
        // Named sources are never mixed, and what they change is a version.
        let named = OwnWallet::new();
        named.import(&[&of(&one)], &["--source", "A"]);
        assert_eq!(named.import(&[&of(&other)], &["--source", "A"])["updated"], 1);
        assert_eq!(named.others().len(), 1);
    }
    // Two hospitals whose Patients have other numbers, in one import and in two.
    let of = |patient: &str, text: &str| {
        let patient_line = PATIENT.replace("p1", patient);
        format!("{patient_line}\n{}\n", allergy("1", text, "").replace("p1", patient))
    };
    for imports in [
        vec![vec![of("77", "nuts"), of("12", "penicillin")]],
        vec![vec![of("77", "nuts")], vec![of("12", "penicillin")]],
    ] {
        let it = OwnWallet::new();
        for files in imports {
            it.import(&files.iter().map(String::as_str).collect::<Vec<_>>(), &[]);
        }
        let mut shown: Vec<Value> = it.others().iter().map(|record| record["display"].clone()).collect();
        shown.sort_by_key(ToString::to_string);
        assert_eq!(shown, ["nuts", "penicillin"]);
    }
}

#[test]
fn one_hospital_is_one_whether_it_comes_as_a_bundle_or_as_lines() {
    let loinc = r#","code":{"coding":[{"system":"http://loinc.org","code":"4548-4"}]},"effectiveDateTime":"2024-01-01""#;
    let plain = format!(
        r#"{{"resourceType":"Observation","id":"o1","subject":{{"reference":"Patient/p1"}}{loinc}}}"#
    );
    let changed = plain.replace("}}", r#"},"status":"amended"}"#).replacen(
        "Patient/p1\"},\"status\":\"amended\"}",
        "Patient/p1\"}}",
        1,
    );
    let changed = changed.replacen(
        "{\"resourceType\":\"Observation\"",
        "{\"resourceType\":\"Observation\",\"language\":\"de\"",
        1,
    );
    let everything =
        bundle("collection", &[patient_entry(), entry(&format!("{BASE}/Observation/o1"), &changed)]);
    let lines = format!("{PATIENT}\n{plain}\n");
    for order in [[&lines, &everything], [&everything, &lines]] {
        let it = OwnWallet::new();
        assert_eq!(it.import(&[order[0]], &[])["added"], 2);
        let second = it.import(&[order[1]], &[]);
        assert_eq!((&second["added"], &second["id_reused"]), (&0.into(), &0.into()), "{second}");
        assert_eq!(it.others().len(), 1);
    }
    // Without the Patient: by the one that the lines speak of.
    let it = OwnWallet::new();
    it.import(&[&plain], &[]);
    assert_eq!(it.import(&[&everything], &[])["added"], 1);
    assert_eq!(it.others().len(), 1);
    // Of another Patient's number it is another record.
    let it = OwnWallet::new();
    it.import(&[&format!("{}\n{}\n", PATIENT.replace("p1", "77"), plain.replace("p1", "77"))], &[]);
    let second = it.import(&[&lines], &[]);
    assert_eq!(second["added"], 2, "{second}");
    assert_eq!(it.others().len(), 2);
}

#[test]
fn an_address_is_one_however_it_is_written() {
    let uuid = "0d8b1c1e-0000-4000-8000-00000000000a";
    for (one, other) in [
        (format!("{BASE}/Observation/o1"), "http://H.EXAMPLE/fhir/Observation/o1/".to_owned()),
        (format!("{BASE}/Observation/o1"), format!("{BASE}/Observation/o1/_history/7")),
        (format!("urn:uuid:{uuid}"), format!("urn:uuid:{}", uuid.to_uppercase())),
    ] {
        let it = OwnWallet::new();
        let first = observation("o1", "Patient/p1", "");
        let second = observation("o1", "Patient/p1", r#","status":"final""#);
        it.import(&[&bundle("collection", &[patient_entry(), entry(&one, &first)])], &[]);
        let counts = it.import(&[&bundle("collection", &[patient_entry(), entry(&other, &second)])], &[]);
        assert_eq!((&counts["added"], &counts["updated"]), (&0.into(), &1.into()), "{other}");
    }
    // Another path, another host: other records.
    let it = OwnWallet::new();
    let at = |url: &str, rest: &str| {
        bundle("collection", &[patient_entry(), entry(url, &observation("o1", "Patient/p1", rest))])
    };
    it.import(&[&at("https://a.org/fhir/Observation/o1", "")], &[]);
    for (url, rest) in [
        ("https://b.org/fhir/Observation/o1", r#","status":"a""#),
        ("https://a.org/FHIR/Observation/o1", r#","status":"b""#),
    ] {
        assert_eq!(it.import(&[&at(url, rest)], &[])["added"], 1, "{url}");
    }
}

#[test]
fn what_was_taken_back_lends_its_id_to_nobody() {
    let it = OwnWallet::new();
    let undone = it.import(&[PATIENT, &allergy("a", "Lena's", "")], &[]);
    it.wallet.json(&["record", "undo", undone["import"].as_str().unwrap()]);
    let other = r#"{"resourceType":"Patient","id":"p1","name":[{"family":"Okafor","given":["Ben"]}],"birthDate":"1950-01-02"}"#;
    let counts = it.import(&[other, &allergy("a", "Ben's", "")], &[]);
    assert_eq!(
        (&counts["added"], &counts["updated"], &counts["id_reused"]),
        (&2.into(), &0.into(), &0.into())
    );
    assert_eq!(it.versions(&it.others()[0]).len(), 1);
}

#[test]
fn an_import_is_taken_back_whole_and_what_it_replaced_comes_back() {
    let it = OwnWallet::new();
    let (old, new) = (allergy("a", "old", ""), allergy("a", "new", ""));
    let first = it.import(&[PATIENT, &old], &["--source", "Hospital"]);
    let second = it.import(&[&new, &allergy("b", "other", "")], &["--source", "Hospital"]);
    assert_eq!((&second["added"], &second["updated"]), (&1.into(), &1.into()));
    // What another import carries, too, stays.
    let third = it.import(&[&allergy("b", "other", "")], &["--source", "Hospital"]);
    assert_eq!(third["duplicates"], 1);
    let id = |counts: &Value| counts["import"].as_str().unwrap().to_owned();
    let undone = it.wallet.json(&["record", "undo", &id(&second)[..8]]);
    assert_eq!((&undone["removed"], &undone["restored"]), (&0.into(), &1.into()));
    let mut shown: Vec<String> =
        it.others().iter().map(|record| record["display"].as_str().unwrap().to_owned()).collect();
    shown.sort();
    assert_eq!(shown, ["old", "other"]);
    it.wallet.json(&["record", "undo", &id(&third)]);
    assert_eq!(it.shown(), "old");
    let record = it.others()[0].clone();
    let standing = |record: &Value| -> Vec<Value> {
        it.versions(record).iter().map(|version| version["standing"].clone()).collect()
    };
    assert_eq!(standing(&record), ["present", "taken-back"]);
    // Twice is refused, and what is unknown.
    it.wallet.run(&["--json", "record", "undo", &id(&second)]).refused_with("NoSuchImport");
    it.wallet.run(&["--json", "record", "undo", &"0".repeat(32)]).refused_with("NoSuchImport");
    // The same files again: the old record with a new number.
    let again = it.import(&[&new], &["--source", "Hospital"]);
    assert_eq!((&again["added"], &again["updated"]), (&0.into(), &1.into()));
    assert_eq!(it.shown(), "new");
    assert_eq!(it.others()[0]["id"], record["id"]);
    assert_eq!(standing(&record), ["superseded", "taken-back", "present"]);
    let imports = it.wallet.json(&["record", "imports"]);
    let listed: Vec<(Value, bool)> = imports["imports"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["import"].clone(), one["undone"].is_null()))
        .collect();
    let expected = [(&again, true), (&third, false), (&second, false), (&first, true)];
    assert_eq!(listed, expected.map(|(counts, stands)| (counts["import"].clone(), stands)));
    assert!(imports["imports"].as_array().unwrap().iter().all(|one| one["source"] == "Hospital"));
    // All of it: an empty wallet, and everything comes back.
    it.wallet.json(&["record", "undo", &id(&again)]);
    it.wallet.json(&["record", "undo", &id(&first)]);
    assert_eq!(it.wallet.json(&["wallet", "status"])["records"], 0);
    let back = it.import(&[PATIENT, &old], &["--source", "Hospital"]);
    assert_eq!(it.shown(), "old", "{back}");
    assert_eq!(it.others()[0]["id"], record["id"]);
}

#[test]
fn what_could_not_be_read_goes_with_the_import_that_alone_brought_it() {
    let it = OwnWallet::new();
    let (letter, cut) = ("<letter/>", "{\"resourceType\":\"Obs");
    let lines = format!("{PATIENT}\n{cut}\n");
    let first = it.import(&[&lines, letter], &[]);
    let second =
        it.import(&[&allergy("a", "nuts", ""), letter], &["--source", "Hospital", "--patient", "p1"]);
    assert_eq!(it.quarantine().len(), 2);
    // The other import brought the letter, too; the line came with the first alone.
    let undone = it.wallet.json(&["record", "undo", first["import"].as_str().unwrap()]);
    assert_eq!((&undone["removed"], &undone["quarantined"]), (&1.into(), &1.into()));
    let left = it.quarantine();
    assert_eq!((left.len(), &left[0]["kind"]), (1, &"xml".into()));
    let run = it.wallet.run(&["record", "undo", second["import"].as_str().unwrap()]);
    assert!(run.text().contains("1 part that could not be read came with it alone"), "{}", run.text());
    assert!(it.quarantine().is_empty());
    // What came by itself is of no import that could be taken back, and stays.
    it.import(&[letter], &[]);
    let third = it.import(&[PATIENT, letter], &[]);
    assert_eq!(it.wallet.json(&["record", "undo", third["import"].as_str().unwrap()])["quarantined"], 0);
    assert_eq!(it.quarantine().len(), 1);
}

#[test]
fn the_clinic_and_a_restored_wallet_see_the_version_that_the_wallet_shows() {
    let world = World::new();
    let made = world.connected_wallet();
    let provider = world.admitted_clinic("Bern Allergy Clinic");
    let wallet = &world.wallet;
    let import = |name: &str, content: &str| {
        let path = world.path(name);
        std::fs::write(&path, content).unwrap();
        wallet.json(&["record", "import", path.to_str().unwrap()])
    };
    let url = format!("{BASE}/AllergyIntolerance/a1");
    let version = |number: u32, text: &str| {
        entry(&url, &allergy("a1", text, &format!(r#","meta":{{"versionId":"{number}"}}"#)))
    };
    import(
        "1.json",
        &bundle("history", &[patient_entry(), version(3, "v3"), version(2, "v2"), version(1, "v1")]),
    );
    let grant = world.grant_allergies(&provider);
    wallet.json(&["sync"]);
    let read = || -> Vec<String> {
        world.clinic.json(&["clinic", "sync"]);
        let read = world.clinic.json(&["clinic", "read", &grant]);
        let records = read["records"].as_array().unwrap().iter();
        records.filter_map(|record| record["code"]["text"].as_str()).map(str::to_owned).collect()
    };
    assert_eq!(read(), ["v3"]);
    // A newer version comes after everything is sealed, and is taken back again.
    let newer = import("2.json", &bundle("collection", &[patient_entry(), version(4, "v4")]));
    wallet.json(&["sync"]);
    assert_eq!(read(), ["v4"]);
    let undone = wallet.json(&["record", "undo", newer["import"].as_str().unwrap()]);
    assert_eq!((&undone["published"], &undone["granted"]), (&1.into(), &json!(["Bern Allergy Clinic"])));
    wallet.json(&["sync"]);
    assert_eq!(read(), ["v3"]);
    // An older one that comes late is history at once.
    import("3.json", &bundle("collection", &[patient_entry(), version(0, "v0")]));
    wallet.json(&["sync"]);
    assert_eq!(read(), ["v3"]);
    let list = |party: &Party| {
        let mut records = party.json(&["record", "list"])["records"].as_array().unwrap().clone();
        records.sort_by_key(|record| record["id"].to_string());
        records
    };
    let history = |party: &Party, record: &Value| {
        let versions = party.json(&["record", "history", record["id"].as_str().unwrap()])["versions"].clone();
        let versions = versions.as_array().unwrap().iter();
        versions
            .map(|one| (one["version"].clone(), one["standing"].clone(), one["import"].clone()))
            .collect::<Vec<_>>()
    };
    let (restored, report) = world.restored(&made, "restored");
    assert_eq!(report["missing"], json!([]));
    assert_eq!(list(&restored), list(wallet));
    let records = list(wallet);
    for record in &records {
        assert_eq!(history(&restored, record), history(wallet, record), "{record}");
    }
    let imports = |party: &Party| party.json(&["record", "imports"])["imports"].clone();
    assert_eq!(imports(&restored), imports(wallet));
    // There the quarantine is empty: an import that had brought something is taken back all the same, and one
    // that brings it there takes it along.
    let with_cut = world.path("cut.ndjson");
    std::fs::write(&with_cut, format!("{PATIENT}\n{{\"resourceType\":\"Obs\n")).unwrap();
    let again = restored.json(&["record", "import", with_cut.to_str().unwrap()]);
    let undone = restored.json(&["record", "undo", again["import"].as_str().unwrap()]);
    assert_eq!((&undone["removed"], &undone["quarantined"]), (&0.into(), &1.into()));
    // Removed at its source: no clinic gets it any more.
    let delete =
        format!(r#""fullUrl":"{url}","request":{{"method":"DELETE","url":"AllergyIntolerance/a1"}}"#);
    import("4.json", &bundle("history", &[patient_entry(), delete]));
    wallet.json(&["sync"]);
    assert_eq!(read(), Vec::<String>::new());
    let (restored, _) = world.restored(&made, "restored-again");
    assert_eq!(list(&restored), list(wallet));
}
