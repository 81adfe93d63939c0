//! A wallet on its own, as its owner uses it: init, import, list, show, export.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use serde_json::value::RawValue;

use crate::keepwell::{OwnWallet, Party};

/// Three resources of one person; white space, number forms and unknown fields as no serializer would write
/// them.
const PATIENT: &str = r#"{"resourceType":"Patient","id":"p1","name":[{"family":"Rossi","given":["Ada"]}],"birthDate":"1980-02-03"}"#;
const ALLERGY: &str = r#"{ "resourceType":"AllergyIntolerance","id":"a1","patient":{"reference":"Patient/p1"},"code":{"text":"Penicillin"},"x-kept":1.50}"#;
const WEIGHT: &str = r#"{"resourceType":"Observation","id":"w1","status":"final","subject":{"reference":"Patient/p1"},"effectiveDateTime":"2024-05-06","category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"vital-signs"}]}],"code":{"coding":[{"system":"http://loinc.org","code":"29463-7","display":"Body weight"}]},"valueQuantity":{"value":70.10,"unit":"kg"}}"#;

fn bundle(resources: &[&str]) -> String {
    let entries: Vec<String> =
        resources.iter().map(|resource| format!("{{\"resource\":{resource}}}")).collect();
    format!(r#"{{"resourceType":"Bundle","type":"collection","entry":[{}]}}"#, entries.join(","))
}

#[test]
fn a_record_goes_in_and_comes_out_byte_for_byte() {
    let it = OwnWallet::new();
    let counts = it.import(&[&bundle(&[PATIENT, ALLERGY, WEIGHT])], &[]);
    assert_eq!((&counts["read"], &counts["added"], &counts["duplicates"]), (&3.into(), &3.into(), &0.into()));
    assert_eq!(counts["quarantined"].as_array().map(Vec::len), Some(0));
    assert_eq!(counts["other_patient"], 0);

    let records = it.records(&[]);
    assert_eq!(records.len(), 3);
    let by_type: BTreeMap<&str, &Value> = records.iter().map(|r| (r["type"].as_str().unwrap(), r)).collect();
    assert_eq!(by_type["Observation"]["category"], "vitals");
    assert_eq!(by_type["Observation"]["display"], "Body weight");
    assert!(by_type["Observation"]["date"].as_str().unwrap().starts_with("2024-05-06"));
    for (kind, bytes) in [("Patient", PATIENT), ("AllergyIntolerance", ALLERGY), ("Observation", WEIGHT)] {
        let id = by_type[kind]["id"].as_str().unwrap();
        assert_eq!(it.wallet.run(&["record", "show", id]).text(), bytes);
        assert_eq!(
            it.wallet.run(&["--json", "record", "show", id]).text(),
            bytes,
            "no wrapper with --json either"
        );
    }

    let out = it.folder.path().join("out.ndjson");
    let export = it.wallet.json(&["record", "export", out.to_str().unwrap()]);
    assert_eq!(export["records"], 3);
    assert_eq!(export["sha256"].as_str().map(str::len), Some(64));
    let mut lines: Vec<String> =
        BufReader::new(std::fs::File::open(&out).unwrap()).lines().map(Result::unwrap).collect();
    lines.sort();
    let mut expected = [PATIENT, ALLERGY, WEIGHT];
    expected.sort_unstable();
    assert_eq!(lines, expected);
}

#[test]
fn the_same_again_adds_nothing_and_a_new_version_updates() {
    let it = OwnWallet::new();
    let both = bundle(&[PATIENT, WEIGHT]);
    it.import(&[&both], &[]);
    let again = it.import(&[&both], &[]);
    assert_eq!((&again["added"], &again["updated"], &again["duplicates"]), (&0.into(), &0.into(), &2.into()));
    let newer = it.import(&[&bundle(&[PATIENT, &WEIGHT.replace("70.10", "71.00")])], &[]);
    assert_eq!((&newer["added"], &newer["updated"], &newer["duplicates"]), (&0.into(), &1.into(), &1.into()));
    let weights = it.records(&["--category", "vitals"]);
    assert_eq!(weights.len(), 1);
    let id = weights[0]["id"].as_str().unwrap();
    assert!(it.wallet.run(&["record", "show", id]).text().contains("71.00"));
}

#[test]
fn what_cannot_be_read_is_set_aside_and_the_rest_is_kept() {
    let it = OwnWallet::new();
    let lines = format!("{PATIENT}\n{{\"resourceType\":\"Observ\n\n{ALLERGY}\r\n");
    let counts = it.import(&[&lines], &[]);
    assert_eq!((&counts["added"], counts["quarantined"].as_array().map(Vec::len)), (&2.into(), Some(1)));
    assert_eq!(counts["quarantined"][0]["reason"], "InvalidJson");
    let counts = it.import(&["Rar!\u{1a}\u{7}rest of an archive"], &[]);
    assert_eq!(counts["quarantined"][0]["reason"], "UnsupportedFormat");
    assert_eq!(it.records(&[]).len(), 2);
}

#[test]
fn standard_input_is_a_file_named_with_a_dash() {
    let it = OwnWallet::new();
    let run = it
        .wallet
        .run_with_input(&["record", "import", "-", "--json"], bundle(&[PATIENT, ALLERGY]).as_bytes());
    assert_eq!(run.json()["added"], 2);
}

#[test]
fn a_record_of_someone_else_is_kept_out() {
    let it = OwnWallet::new();
    it.import(&[&bundle(&[PATIENT, ALLERGY])], &[]);
    let other = PATIENT.replace("p1", "p2").replace("Ada", "Bruno").replace("1980", "1955");
    let theirs = WEIGHT.replace("Patient/p1", "Patient/p2");
    let file = it.file("other.json", bundle(&[&other, &theirs]).as_bytes());
    it.wallet.run(&["--json", "record", "import", &file]).refused_with("OtherPatient");
    assert_eq!(it.records(&[]).len(), 2, "nothing of it came in");
    let both = it.file("both.json", bundle(&[PATIENT, &other, &theirs, WEIGHT]).as_bytes());
    it.wallet.run(&["--json", "record", "import", &both]).refused_with("OtherPatient");
    let counts = it.wallet.json(&["record", "import", &both, "--patient", "p1"]);
    assert_eq!((&counts["added"], &counts["other_patient"]), (&1.into(), &2.into()));
}

#[test]
fn lists_are_filtered_and_paged() {
    let it = OwnWallet::new();
    let mut all = vec![PATIENT.to_owned()];
    all.extend(
        (0..25).map(|n| WEIGHT.replace("w1", &format!("w{n}")).replace("05-06", &format!("05-{:02}", n + 1))),
    );
    it.import(&[&bundle(&all.iter().map(String::as_str).collect::<Vec<_>>())], &[]);

    let mut seen = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let mut flags = vec!["record", "list", "--category", "vitals", "--limit", "10"];
        if let Some(after) = &after {
            flags.extend(["--after", after]);
        }
        let page = it.wallet.json(&flags);
        seen.extend(
            page["records"].as_array().unwrap().iter().map(|r| r["date"].as_str().unwrap().to_owned()),
        );
        match page["next"].as_str() {
            Some(next) => after = Some(next.to_owned()),
            None => break,
        }
    }
    assert_eq!(seen.len(), 25);
    assert!(seen.is_sorted_by(|a, b| a >= b), "newest first: {seen:?}");

    assert_eq!(it.records(&["--since", "2024-05-10", "--until", "2024-05-12"]).len(), 2);
    assert_eq!(it.records(&["--text", "body weight"]).len(), 25);
    assert_eq!(it.records(&["--text", "nothing like it"]).len(), 0);
    for hostile in ["\"*", "NEAR(", "') OR 1=1 --", "a AND", "*", "-x", "{}:^"] {
        it.wallet.run(&["record", "list", "--json", &format!("--text={hostile}")]).json();
    }
    it.wallet.run(&["record", "list", "--after", "nonsense"]).failed_with(2, "Usage");
}

#[test]
fn wrong_pin_missing_wallet_and_unknown_record_are_refused() {
    let it = OwnWallet::new();
    let stranger = Party { pin: "314159", ..Party::new(&it.wallet.home) };
    stranger.run(&["--json", "wallet", "status"]).refused_with("WrongPin");
    it.wallet.json(&["wallet", "status"]);
    it.wallet.run(&["--json", "record", "show", &"0".repeat(64)]).refused_with("NoSuchRecord");
    it.wallet.run(&["--json", "wallet", "init"]).refused_with("WalletExists");
    let nowhere = Party::new(it.folder.path().join("nowhere"));
    nowhere.run(&["--json", "wallet", "status"]).refused_with("NoWallet");
    it.wallet.run(&["record", "show", "zz"]).failed_with(2, "Usage");
    let missing = it.folder.path().join("missing.json");
    it.wallet.run(&["--json", "record", "import", missing.to_str().unwrap()]).refused_with("FileUnreadable");
}

#[test]
fn a_pin_is_at_least_six_digits() {
    let folder = tempfile::tempdir().unwrap();
    for (at, weak) in ["", "12345", "abcdef", "123456", "000000"].into_iter().enumerate() {
        let party = Party { pin: weak, ..Party::new(folder.path().join(at.to_string())) };
        let run = party.run(&["--json", "wallet", "init"]);
        assert_eq!(run.code, Some(1), "{weak:?}");
        party.run(&["--json", "wallet", "status"]).refused_with("NoWallet");
    }
    let file = folder.path().join("pin");
    std::fs::write(&file, "271828\n").unwrap();
    let party = Party { pin: "999999", ..Party::new(folder.path().join("by-file")) };
    party.json(&["wallet", "init", "--pin-file", file.to_str().unwrap()]);
    party.run(&["--json", "wallet", "status"]).refused_with("WrongPin");
    party.json(&["wallet", "status", "--pin-file", file.to_str().unwrap()]);
}

#[test]
fn a_second_process_gets_busy() {
    let it = OwnWallet::new();
    let mut child = it.wallet.command(&["record", "import", "-"]).stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    write_until_read(&mut stdin, r#"{"resourceType":"Bundle","type":"collection","entry":["#);
    it.wallet.run(&["--json", "wallet", "status"]).refused_with("Busy");
    stdin.write_all(format!("{{\"resource\":{PATIENT}}}]}}").as_bytes()).unwrap();
    drop(stdin);
    assert!(child.wait().unwrap().success());
    assert_eq!(it.records(&[]).len(), 1);
}

#[test]
fn words_are_shown_once_and_never_stored_in_the_clear() {
    let folder = tempfile::tempdir().unwrap();
    let wallet = Party::new(folder.path().join("wallet"));
    let made = wallet.json(&["wallet", "init"]);
    let words: Vec<&str> = made["words"].as_str().unwrap().split(' ').collect();
    assert_eq!(words.len(), 24);
    let status = wallet.run(&["wallet", "status", "--json"]);
    assert!(!String::from_utf8_lossy(&status.stdout).contains(&words[..3].join(" ")));
    let status = status.json();
    assert_eq!(status["words_verified"], false, "no terminal, so no quiz");
    assert_eq!(status["fingerprint"], made["fingerprint"]);
    assert_eq!(status["records"], 0);
    let mut folders = vec![wallet.home.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let bytes = std::fs::read(&path).unwrap();
                let phrase = words[..2].join(" ");
                let found = bytes.windows(phrase.len()).any(|window| window == phrase.as_bytes());
                assert!(!found, "the words are in {}", path.display());
            }
        }
    }
}

#[test]
fn a_reader_that_goes_away_ends_the_command_quietly() {
    let it = OwnWallet::new();
    it.import(&[&bundle(&[PATIENT])], &[]);
    let mut child = it.wallet.command(&["record", "list", "--json"]).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

/// Writes the text and more line breaks than a pipe holds: when it returns, the import is under way.
fn write_until_read(stdin: &mut impl Write, text: &str) {
    stdin.write_all(text.as_bytes()).unwrap();
    stdin.write_all(&[b'\n'; 1 << 20]).unwrap();
}

/// Ctrl-C, as a shell sends it.
fn interrupt(child: &Child) {
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(sent.unwrap().success());
}

#[test]
fn one_signal_stops_an_import_at_once_though_nothing_comes_and_leaves_a_whole_wallet() {
    let it = OwnWallet::new();
    for flags in
        [&["record", "import", "-", "--json"][..], &["record", "import", "-", "--json", "--patient", "p1"]]
    {
        let mut child = it.wallet.command(flags).stdin(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        write_until_read(&mut stdin, PATIENT);
        let asked = Instant::now();
        interrupt(&child);
        // The other end stays open and silent.
        let output = child.wait_with_output().unwrap();
        let took = asked.elapsed();
        drop(stdin);
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{told}");
        assert!(told.contains("[Cancelled]"), "{told}");
        assert!(took < Duration::from_secs(2), "it took {took:?}");
        assert_eq!(it.records(&[]).len(), 0, "nothing of it came in");
    }
    let counts = it.import(&[&format!("{PATIENT}\n{ALLERGY}\n")], &[]);
    assert_eq!(counts["quarantined"].as_array().map(Vec::len), Some(0));
    assert_eq!(it.records(&[]).len(), 2);
}

/// The patient of the demo: 1,005 resources, every one out as it went in.
#[test]
fn a_whole_patient_comes_out_as_it_went_in() {
    let it = OwnWallet::new();
    let packed = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fixtures/patients/Vivien121_Nolan344_38643f4d-9729-e16e-8b44-c532e8ae09d4.json.gz");
    let counts = it.wallet.json(&["record", "import", packed.to_str().unwrap()]);
    assert_eq!((&counts["read"], &counts["added"]), (&1005.into(), &1005.into()));
    let out = it.folder.path().join("out.ndjson");
    it.wallet.json(&["record", "export", out.to_str().unwrap()]);

    #[derive(serde::Deserialize)]
    struct Entry<'a> {
        #[serde(borrow)]
        resource: &'a RawValue,
    }
    #[derive(serde::Deserialize)]
    struct Bundle<'a> {
        #[serde(borrow)]
        entry: Vec<Entry<'a>>,
    }
    let mut unpacked = String::new();
    let file = std::fs::File::open(&packed).unwrap();
    std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(file), &mut unpacked).unwrap();
    let bundle: Bundle<'_> = serde_json::from_str(&unpacked).unwrap();
    // The one thing that NDJSON cannot carry is a line break between elements.
    let mut given: Vec<String> =
        bundle.entry.iter().map(|entry| entry.resource.get().replace(['\n', '\r'], " ")).collect();
    let exported = std::fs::read_to_string(&out).unwrap();
    let mut got: Vec<&str> = exported.lines().collect();
    given.sort_unstable();
    got.sort_unstable();
    assert!(given == got, "an exported resource differs from what was imported");
}

#[test]
fn a_file_that_a_record_carries_comes_out_and_one_that_is_elsewhere_does_not() {
    let it = OwnWallet::new();
    let document = r#"{"resourceType":"DocumentReference","id":"d1","subject":{"reference":"Patient/p1"},"content":[
        {"attachment":{"contentType":"text/plain","title":"Letter","data":"SGVsbG8="}},
        {"attachment":{"contentType":"application/pdf","url":"https://example.org/letter.pdf"}},
        {"attachment":{"contentType":"text/plain","data":"SGVsbG8=","size":6}}]}"#;
    it.import(&[&bundle(&[PATIENT, document])], &[]);
    let records = it.records(&["--by", "arrival"]);
    assert_eq!(records[0]["type"], "DocumentReference");
    assert!(records[0]["arrived"].as_str().unwrap().starts_with("20"));
    let id = records[0]["id"].as_str().unwrap();
    let page = it.wallet.run(&["record", "show", id, "--readable"]).text();
    assert!(page.contains("1 Letter, text/plain, 5 bytes"), "{page}");
    assert!(page.contains("2 application/pdf, kept elsewhere: https://example.org/letter.pdf"), "{page}");

    let out = it.path("letter.txt");
    let file = out.as_str();
    let told = it.wallet.json(&["record", "attachment", &id[..12], "--out", file]);
    assert_eq!(
        (&told["content_type"], &told["title"], &told["bytes"]),
        (&"text/plain".into(), &"Letter".into(), &5.into())
    );
    assert_eq!(std::fs::read(&out).unwrap(), b"Hello");
    for (number, code) in [("2", "AttachmentNotHere"), ("3", "AttachmentDamaged"), ("4", "NoSuchAttachment")]
    {
        it.wallet.run(&["--json", "record", "attachment", id, number, "--out", file]).refused_with(code);
        assert_eq!(std::fs::read(&out).unwrap(), b"Hello", "an older file stays");
    }
    assert_eq!(it.wallet.run(&["record", "attachment", id, "0", "--out", file]).code, Some(2));
}
