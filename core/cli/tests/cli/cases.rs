//! The small inputs of `fixtures/cases`, each with its right answer, by the real binary.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use serde_json::{Value, json};

use crate::intake::link_to;
use crate::keepwell::{OwnWallet, text};

/// The folder of a case, and what has to hold of it.
type Answer = (&'static str, fn(&Case));

/// Files about persons, and what has to hold of them.
type Told = (&'static [&'static str], fn(&Case, &[&str]));

/// Every case.
const CASES: &[Answer] = &[
    ("02-history-newest-first-versionId-only", |it| it.shows_only_the_newest("v3 newest")),
    ("02b-history-newest-first-lastUpdated", |it| it.shows_only_the_newest("v3 newest")),
    ("02d-history-lastUpdated-no-seconds-zone", |it| it.shows_only_the_newest("v3 newest")),
    ("02e-history-request-delete", |it| {
        assert_eq!(it.takes(&["h.json"])["removed"], 1);
        assert_eq!(it.others("validity"), ["removed-at-source"]);
    }),
    ("02g-history-fullUrl-versioned", |it| it.shows_only_the_newest("v3")),
    ("03-same-id-two-hospitals-other-person", |it| {
        it.takes(&["a.ndjson"]);
        assert_eq!(it.asks("b.ndjson"), ["Ben Okafor"]);
    }),
    ("03b-same-id-two-hospitals-same-person", |it| {
        it.takes(&["a.ndjson"]);
        assert_eq!(it.takes(&["b.ndjson"])["id_reused"], 1);
        assert_eq!(it.others("display"), ["Chest X-ray", "Potassium 3.1"]);
    }),
    ("04-operationoutcome-searchset", |it| {
        let counts = it.takes(&["s.json"]);
        assert_eq!((&counts["read"], it.others("display").len()), (&1.into(), 0));
        let notices = counts["notices"].as_array().unwrap().iter();
        assert_eq!(notices.map(|one| &one["kind"]).collect::<Vec<_>>(), ["server-said", "missing-page"]);
    }),
    ("07-bundle-partly-without-fullUrl", |it| it.is_of_one_person("b.json")),
    ("07b-bundle-obs-urn-patient-https", |it| it.is_of_one_person("b.json")),
    ("07c-bundle-then-ndjson-same-hospital", |it| {
        it.takes(&["everything.json"]);
        let second = it.takes(&["Observation.ndjson", "Patient.ndjson"]);
        assert_eq!((&second["duplicates"], &second["id_reused"]), (&1.into(), &0.into()));
        assert_eq!(it.others("display"), ["Obs o1", "Obs o2", "Obs o3"]);
    }),
    ("07e-ndjson-first-then-bundle", |it| {
        it.takes(&["Observation.ndjson"]);
        assert_eq!(it.takes(&["everything.json"])["id_reused"], 0);
        assert_eq!(it.others("display"), ["Obs o1", "Obs o2"]);
    }),
    ("07f-fullUrl-trailing-slash-and-http-vs-https", |it| it.is_of_one_person("b.json")),
    ("07g-urn-uuid-case", |it| it.is_of_one_person("b.json")),
    ("08-contained-other-patient", |it| it.keeps_ben_out(1)),
    ("08b-logical-reference-other-patient", |it| it.keeps_ben_out(1)),
    ("08c-nested-bundle-other-patient", |it| it.keeps_ben_out(2)),
    ("08d-nested-searchset-own", |it| {
        it.takes(&["b.json"]);
        assert_eq!(it.others("display"), ["Penicillin"]);
    }),
    ("08e-parameters-wrapped", |it| {
        it.takes(&["b.json"]);
        assert_eq!(it.others("display"), ["Penicillin"]);
    }),
    ("08f-family-shares-insurance-id", |it| {
        assert_eq!(it.asks("b.json"), ["Lena Moser", "Tim Moser"]);
    }),
    ("08g-placeholder-ssn", |it| it.keeps_ben_out(2)),
    ("08h-name-nfc-nfd", Case::are_one_person),
    ("08k-name-uppercase-sharp-s", Case::are_one_person),
    ("08m-name-text-only", Case::are_one_person),
    ("08n-twins-same-middle-initial", |it| {
        it.takes(&["a.json"]);
        assert_eq!(it.asks("b.json"), ["A. Lisa Moser"]);
    }),
    ("08p-name-nbsp-double-space", Case::are_one_person),
    ("09-dates", |it| {
        it.takes(&["b.json"]);
        // What is shown as of a day is found by that day, and nothing else.
        for (since, until, found) in [
            ("2024-03-01", "2024-03-02", vec!["2024-03-01T00:30:00+02:00"]),
            ("2024-02-29", "2024-03-01", vec!["2024-02-29T23:30:00-05:00"]),
            ("2019-02", "2020", vec!["2019-05"]),
            ("2019", "2019-02", vec!["2019"]),
            ("2016-12-31", "2017", vec!["2016-12-31T23:59:60Z"]),
        ] {
            let list = it.own.records(&["--since", since, "--until", until]);
            assert_eq!(list.iter().map(|one| &one["display"]).collect::<Vec<_>>(), found, "{since}");
        }
    }),
    ("10-text-search", |it| {
        it.takes(&["b.json"]);
        for (query, hits) in [
            ("menier", 2),
            ("肾脏", 1),
            ("レルギ", 2),
            ("심장", 1),
            ("حساسية", 2),
            ("بنسلين", 2),
            ("אלרג", 1),
            ("เบาหวาน", 1),
            ("елка", 1),
            ("strasse", 1),
            ("grosse", 1),
            ("blocker", 1),
            ("hypertens", 1),
            ("tension", 0),
            ("odem", 1),
            ("luszczyca", 1),
            ("fibrosis", 1),
        ] {
            assert_eq!(it.own.records(&["--text", query]).len(), hits, "{query}");
        }
    }),
    ("11-clinical-status-in-views", |it| {
        it.takes(&["b.json"]);
        for (display, says) in [
            ("Penicillin (entered in error)", "entered-in-error"),
            ("Latex (refuted)", "refuted"),
            ("Peanut", "modified"),
            ("Warfarin (do not give)", "do-not-perform"),
            ("MRI (do not perform)", "do-not-perform"),
            ("Appendectomy (not done)", "not-done"),
            ("MMR (not done)", "not-done"),
            ("Glucose wrong", "entered-in-error"),
            ("Diabetes (entered in error)", "entered-in-error"),
            ("Creatinine", "valid"),
        ] {
            assert_eq!(it.record(display)["validity"], says, "{display}");
        }
        for (display, value) in [
            ("Absent", "no value: Masked"),
            ("BP", "Sys: – (Cuff error); Dia: 80.0 mmHg"),
            ("Creatinine", "<1.10 mg/dL"),
            ("BoolVal", "no"),
            ("Sampled", "a curve, not shown here"),
        ] {
            assert_eq!(it.record(display)["value"], value, "{display}");
        }
    }),
    ("21-qr-pictures", |it| {
        for picture in files(&it.folder) {
            // The link in it is read; its host is gone, unless a server of another test has got the same
            // port.
            let run = it.own.wallet.run(&["--json", "share", "open", &it.path(&picture)]);
            assert_eq!(run.code, Some(1), "{}", run.stderr);
            assert!(
                ["[Offline]", "[LinkNotActive]"].iter().any(|code| run.stderr.contains(code)),
                "{}",
                run.stderr
            );
        }
    }),
    ("25-share-import-hides-quarantine", |it| {
        let whole = std::fs::read_to_string(it.path("b.json")).unwrap();
        let with_bad = whole.replacen("\"entry\": [", r#""entry": [{"resource": {"id": "no type"}}, "#, 1);
        let link = link_to(with_bad.as_bytes(), "Ward");
        let imported = it.own.wallet.json(&["share", "open", &link, "--import"]);
        assert_eq!(imported["added"], 2);
        assert_eq!(imported["quarantined"][0]["reason"], "NotAResource");
        assert_eq!(it.own.quarantine()[0]["id"], imported["quarantined"][0]["id"]);
        assert!(it.own.wallet.run(&["share", "open", &link, "--import"]).text().contains("set aside: "));
    }),
    ("29-category-code-systems", |it| {
        it.takes(&["b.json"]);
        let categories = it.own.records(&[]);
        let of = |category: &str| categories.iter().filter(|one| one["category"] == category).count();
        assert_eq!((of("vitals"), of("social-history"), of("results")), (11, 1, 2));
    }),
    ("persons", |it| {
        let all: BTreeSet<&str> = PERSONS.iter().flat_map(|(files, _)| *files).copied().collect();
        assert_eq!(files(&it.folder).iter().map(String::as_str).collect::<BTreeSet<_>>(), all);
        for (files, right) in PERSONS {
            println!("{files:?}");
            right(&Case::new(&it.folder), files);
        }
    }),
];

/// What has to hold of the files about persons.
const PERSONS: &[Told] = &[
    (&["ann.ndjson", "bob.ndjson"], |it, files| {
        it.takes(&files[..1]);
        assert_eq!(it.asks(files[1]), ["Bob Smith"]);
    }),
    (&["hospA.ndjson", "hospB.ndjson"], |it, files| {
        it.takes(&files[..1]);
        it.takes(&files[1..]);
        assert_eq!(it.others("display"), ["nuts (hospital A)", "penicillin (hospital B)"]);
    }),
    (&["cond.json"], |it, files| {
        assert_eq!(it.asks(files[0]).len(), 2);
        let counts = it.own.wallet.json(&["record", "import", &it.path(files[0]), "--patient", "@1"]);
        assert_eq!((&counts["added"], &counts["other_patient"]), (&4.into(), &1.into()));
    }),
    (&["noid.json"], |it, files| {
        assert_eq!(it.asks(files[0]).len(), 2);
        for (person, added) in [("@1", ["Patient"].as_slice()), ("1", &["AllergyIntolerance", "Patient"])] {
            it.own.wallet.json(&["record", "import", &it.path(files[0]), "--patient", person]);
            assert_eq!(it.own.types(), added, "{person}");
        }
    }),
    (&["http-patient_nourl-allergy.json"], |it, files| it.has_nuts(files[0])),
    (&["http-patient_other-base.json"], |it, files| it.has_nuts(files[0])),
    (&["http-patient_urn-allergy.json"], |it, files| it.has_nuts(files[0])),
    (&["nourl-patient_http-allergy.json"], |it, files| it.has_nuts(files[0])),
    (&["urn-patient_http-allergy_relref.json"], |it, files| it.has_nuts(files[0])),
    (&["urn-vs-abs.json"], |it, files| it.has_nuts(files[0])),
    (&["pt-org2.json"], |it, files| {
        it.takes(files);
        assert_eq!(it.own.types(), ["AllergyIntolerance", "Organization", "Patient"]);
    }),
    (&["safety.ndjson"], |it, files| {
        it.takes(files);
        for (display, says) in [
            ("do not give aspirin", "do-not-perform"),
            ("wrong drug", "entered-in-error"),
            ("refuted latex", "refuted"),
            ("WRONG penicillin", "entered-in-error"),
            ("old drug 2001", "stopped"),
            ("Undated lab", "valid"),
        ] {
            assert_eq!(it.record(display)["validity"], says, "{display}");
        }
    }),
];

#[test]
fn every_case_comes_out_right() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/cases");
    let folders = std::fs::read_dir(&root).unwrap().map(|entry| entry.unwrap());
    let folders = folders.filter(|entry| entry.file_type().unwrap().is_dir());
    let folders: BTreeSet<String> = folders.map(|entry| entry.file_name().into_string().unwrap()).collect();
    let answered: BTreeSet<String> = CASES.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(folders, answered, "each folder has its right answer");
    let left = Mutex::new(CASES.iter());
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let next = left.lock().unwrap().next();
                    let Some((name, right)) = next else { return };
                    println!("{name}");
                    right(&Case::new(&root.join(name)));
                }
            });
        }
    });
}

/// Cases that are tried beside each other.
const AT_ONCE: usize = 4;

/// An empty wallet before the files of a case.
struct Case {
    own: OwnWallet,
    folder: PathBuf,
}

impl Case {
    fn new(folder: &Path) -> Self {
        Self { own: OwnWallet::new(), folder: folder.to_owned() }
    }

    fn path(&self, file: &str) -> String {
        text(&self.folder.join(file))
    }

    /// Imports files in one command, without a question.
    #[track_caller]
    fn takes(&self, files: &[&str]) -> Value {
        let paths: Vec<String> = files.iter().map(|file| self.path(file)).collect();
        let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
        let counts = self.own.wallet.json(&[&["record", "import"], paths.as_slice()].concat());
        assert_eq!((&counts["other_patient"], &counts["quarantined"]), (&0.into(), &json!([])));
        counts
    }

    /// Whom the refusal of a file lists; nothing of it comes in.
    #[track_caller]
    fn asks(&self, file: &str) -> Vec<String> {
        let before = self.own.records(&[]);
        let run = self.own.wallet.run(&["--json", "record", "import", &self.path(file)]);
        run.refused_with("OtherPatient");
        assert_eq!(self.own.records(&[]), before);
        let told: Value = serde_json::from_str(run.stderr.lines().last().unwrap()).unwrap();
        let listed = told["error"]["patients"].as_array().unwrap().iter();
        listed.map(|one| one["name"].as_str().unwrap_or_default().to_owned()).collect()
    }

    /// A member of each record that is no Patient, in its order.
    fn others(&self, member: &str) -> Vec<String> {
        let all = self.own.records(&[]);
        let others = all.iter().filter(|record| record["type"] != "Patient");
        let mut members: Vec<String> =
            others.map(|record| record[member].as_str().unwrap_or_default().to_owned()).collect();
        members.sort();
        members
    }

    #[track_caller]
    fn record(&self, display: &str) -> Value {
        let all = self.own.records(&[]);
        let found = all.into_iter().find(|record| record["display"] == display);
        found.unwrap_or_else(|| panic!("no {display}"))
    }

    fn shows_only_the_newest(&self, title: &str) {
        self.takes(&["h.json"]);
        assert_eq!(self.others("display"), [title]);
        let id = self.record(title)["id"].as_str().unwrap().to_owned();
        let versions = self.own.wallet.json(&["record", "history", &id])["versions"].clone();
        let present = versions.as_array().unwrap().iter().filter(|one| one["standing"] == "present");
        assert_eq!((present.count(), versions.as_array().unwrap().len()), (1, 3));
    }

    fn is_of_one_person(&self, file: &str) {
        self.takes(&[file]);
        assert_eq!(self.others("display"), ["Obs o1"]);
        // The same again is nothing new.
        assert_eq!(self.takes(&[file])["duplicates"], 2);
    }

    fn are_one_person(&self) {
        self.takes(&["a.json"]);
        self.takes(&["b.json"]);
    }

    fn keeps_ben_out(&self, of_ben: u64) {
        assert_eq!(self.asks("b.json"), ["Lena Moser", "Ben Okafor"]);
        let counts = self.own.wallet.json(&["record", "import", &self.path("b.json"), "--patient", "p1"]);
        assert_eq!(counts["other_patient"], of_ben);
        assert!(self.others("display").is_empty());
    }

    fn has_nuts(&self, file: &str) {
        self.takes(&[file]);
        assert_eq!(self.others("display"), ["Nuts"]);
    }
}

fn files(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}
