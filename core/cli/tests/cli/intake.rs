//! Every file that a clinic hands over is opened as far as it can be; what can't is kept and told.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;

use keepwell_protocol::crypto::{LinkKey, Rng, jwe_encrypt};
use keepwell_protocol::domain::Timestamp;
use keepwell_protocol::formats::shl::ShareLink;
use serde_json::Value;

use crate::keepwell::{OwnWallet, Party, Run, World, text};

const PATIENT: &str = r#"{"resourceType":"Patient","id":"p1","name":[{"family":"Moser","given":["Lena"]}],"birthDate":"1981-04-12"}"#;

/// The one file of a case.
fn case(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/cases").join(name);
    text(&std::fs::read_dir(folder).unwrap().next().unwrap().unwrap().path())
}

fn bundle(entries: &str) -> String {
    format!(r#"{{"resourceType":"Bundle","type":"collection","entry":[{entries}]}}"#)
}

fn refused(run: &Run) -> Value {
    assert_eq!(run.code, Some(1), "{}", run.stderr);
    serde_json::from_str(run.stderr.lines().last().unwrap()).unwrap()
}

#[test]
fn what_a_server_says_of_its_answer_is_told_and_no_record() {
    let it = OwnWallet::new();
    let file = case("04-operationoutcome-searchset");
    let counts = it.wallet.json(&["record", "import", &file]);
    assert_eq!((&counts["read"], &counts["added"]), (&1.into(), &1.into()));
    assert_eq!(it.types(), ["Patient"]);
    let notices = counts["notices"].as_array().unwrap();
    assert_eq!(notices.len(), 2, "{notices:?}");
    assert_eq!((&notices[0]["kind"], &notices[0]["index"]), (&"server-said".into(), &1.into()));
    assert_eq!((&notices[0]["severity"], &notices[0]["text"]), (&"warning".into(), &"Restricted".into()));
    assert_eq!((&notices[1]["kind"], &notices[1]["host"]), (&"missing-page".into(), &"h.example".into()));
    // The same for people, and quiet once the page is there too.
    let told = it.wallet.run(&["record", "import", &file]).text();
    assert!(told.contains("Restricted") && told.contains("h.example has them"), "{told}");
    let second = it.file(
        "2.json",
        format!(
            r#"{{"resourceType":"Bundle","type":"searchset","link":[{{"relation":"self","url":"https://h.example/fhir?page=2"}}],
            "entry":[{{"resource":{{"resourceType":"Condition","id":"c","subject":{{"reference":"Patient/p1"}}}}}},{{"resource":{PATIENT}}}]}}"#
        ),
    );
    let counts = it.wallet.json(&["record", "import", &file, &second]);
    let kinds: Vec<_> =
        counts["notices"].as_array().unwrap().iter().map(|notice| notice["kind"].clone()).collect();
    assert_eq!(kinds, ["server-said"]);
}

#[test]
fn what_is_within_bundles_and_parameters_is_opened() {
    for name in ["08d-nested-searchset-own", "08e-parameters-wrapped"] {
        let it = OwnWallet::new();
        let counts = it.wallet.json(&["record", "import", &case(name)]);
        assert_eq!((&counts["read"], &counts["added"]), (&2.into(), &2.into()), "{name}");
        assert_eq!(it.types(), ["AllergyIntolerance", "Patient"], "{name}");
    }
}

#[test]
fn another_person_within_an_inner_bundle_is_asked_about_and_kept_out() {
    let it = OwnWallet::new();
    let file = case("08c-nested-bundle-other-patient");
    it.wallet.run(&["--json", "record", "import", &file]).refused_with("OtherPatient");
    assert!(it.records(&[]).is_empty());
    let counts = it.wallet.json(&["record", "import", &file, "--patient", "p1"]);
    assert_eq!((&counts["added"], &counts["other_patient"]), (&1.into(), &2.into()));
    assert_eq!(it.types(), ["Patient"]);
}

#[test]
fn a_category_is_known_by_every_name_of_its_code_system() {
    let it = OwnWallet::new();
    it.wallet.json(&["record", "import", &case("29-category-code-systems")]);
    let mut other = Vec::new();
    for record in it.records(&[]).iter().filter(|record| record["type"] == "Observation") {
        if record["category"] != "vitals" {
            other.push(format!(
                "{} {}",
                record["display"].as_str().unwrap(),
                record["category"].as_str().unwrap()
            ));
        }
    }
    other.sort();
    assert_eq!(
        other,
        ["category text only results", "heart rate, no category results", "social https social-history"]
    );
}

#[test]
fn records_of_an_older_fhir_have_their_category_and_their_release_is_said() {
    let it = OwnWallet::new();
    let patient = r#""patient":{"reference":"Patient/p1"}"#;
    let lines = [
        PATIENT.to_owned(),
        format!(
            r#"{{"resourceType":"AllergyIntolerance","id":"a","substance":{{"text":"Penicillin"}},"recordedDate":"2014-05-06",{patient}}}"#
        ),
        format!(
            r#"{{"resourceType":"MedicationOrder","id":"m","dateWritten":"2015-01-02","medicationCodeableConcept":{{"text":"Aspirin"}},{patient}}}"#
        ),
        format!(r#"{{"resourceType":"ReferralRequest","id":"r","type":{{"text":"Cardiology"}},{patient}}}"#),
    ];
    let counts = it.wallet.json(&["record", "import", &it.file("old.ndjson", lines.join("\n"))]);
    let notices = counts["notices"].as_array().unwrap();
    assert_eq!(notices.len(), 1);
    assert_eq!((&notices[0]["kind"], &notices[0]["release"]), (&"old-release".into(), &"DSTU2".into()));
    let mut rows: Vec<_> = it
        .records(&[])
        .iter()
        .map(|record| {
            format!(
                "{} {} {}",
                record["category"].as_str().unwrap(),
                record["display"].as_str().unwrap(),
                record["date"]
            )
        })
        .collect();
    rows.sort();
    assert_eq!(
        rows,
        [
            "allergies Penicillin \"2014-05-06\"",
            "medications Aspirin \"2015-01-02\"",
            "patient Lena Moser null",
            "procedures Cardiology null"
        ]
    );
    let newer = it.wallet.json(&["record", "import", &it.file("new.ndjson", PATIENT)]);
    assert_eq!(newer["notices"], Value::Array(vec![]));
}

#[test]
fn what_cannot_be_read_is_kept_shown_and_dropped() {
    let it = OwnWallet::new();
    let bad = r#"{ "resourceType":"Observation", "id":"o1","note":"\ud800" }"#;
    let (cut, pdf) = (r#"{"resourceType":"Obs"#, b"%PDF-1.7\n\xff\x00rest");
    let entries = format!(
        r#"{{"resource":{PATIENT}}},{{"fullUrl":"https://a.example/Observation/o1","resource":{bad}}}"#
    );
    let files = [
        it.file("bundle.json", bundle(&entries)),
        it.file("lines.ndjson", format!("{PATIENT}\n{cut}\n")),
        it.file("letter.pdf", pdf),
    ];
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let import = [&["record", "import"], &files[..]].concat();
    let counts = it.wallet.json(&import);
    assert_eq!(counts["added"], 1);
    let told: Vec<_> = counts["quarantined"]
        .as_array()
        .unwrap()
        .iter()
        .map(|part| {
            (
                part["index"].as_u64().unwrap(),
                part["reason"].as_str().unwrap(),
                part["kind"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [(1, "InvalidText", "resource"), (1, "InvalidJson", "text"), (0, "UnsupportedFormat", "pdf")]
    );
    let kept = it.quarantine();
    assert_eq!(kept.len(), 3);
    for (item, (bytes, part)) in kept.iter().zip(
        [bad.as_bytes(), cut.as_bytes(), &pdf[..]].into_iter().zip(counts["quarantined"].as_array().unwrap()),
    ) {
        let id = item["id"].as_str().unwrap();
        assert_eq!(
            (&item["id"], &item["reason"], &item["kind"]),
            (&part["id"], &part["reason"], &part["kind"])
        );
        assert_eq!(item["bytes"], bytes.len());
        assert_eq!(it.wallet.run(&["record", "quarantine", "show", id]).stdout, bytes);
        let out = text(&it.folder.path().join("out"));
        let exported = it.wallet.json(&["record", "quarantine", "export", &id[..8], &out]);
        // An item is called by the hash of its bytes.
        assert_eq!((&exported["sha256"], &exported["bytes"]), (&item["id"], &item["bytes"]));
        assert_eq!(std::fs::read(&out).unwrap(), bytes);
    }
    let status = it.wallet.json(&["wallet", "status"]);
    assert_eq!((&status["records"], &status["quarantined"]), (&1.into(), &3.into()));
    // The same again is kept once, and for people the kind comes with what to do.
    let told = it.wallet.run(&import).text();
    assert!(told.contains("letter.pdf") && told.contains("ask who gave it"), "{told}");
    assert_eq!(it.quarantine().len(), 3);
    let retried = it.wallet.json(&["record", "quarantine", "retry"]);
    assert_eq!((&retried["read"], &retried["unread"]), (&0.into(), &3.into()));

    let id = kept[0]["id"].as_str().unwrap();
    it.wallet.json(&["record", "quarantine", "drop", id]);
    for no_id in [&kept[1]["id"].as_str().unwrap()[..7], "letter.pdf", ""] {
        assert_eq!(it.wallet.run(&["record", "quarantine", "show", no_id]).code, Some(2), "{no_id}");
    }
    for gone in [id, "00000000"] {
        it.wallet.run(&["--json", "record", "quarantine", "show", gone]).refused_with("NoSuchQuarantined");
    }
    assert_eq!(it.quarantine().len(), 2);
}

#[test]
fn a_file_that_breaks_is_kept_and_the_others_go_in() {
    let it = OwnWallet::new();
    let utf16: Vec<u8> = PATIENT.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let broken = [
        ("cut.json", PATIENT.as_bytes()[..50].to_vec(), "InvalidJson"),
        ("latin1.json", [PATIENT.as_bytes(), b"\xfc"].concat(), "InvalidUtf8"),
        ("utf16.json", utf16, "Utf16"),
        ("cut.json.gz", b"\x1f\x8b\x08\x00cut".to_vec(), "DamagedGzip"),
        ("cut.zip", b"PK\x03\x04rest of a zip".to_vec(), "DamagedArchive"),
    ];
    for (name, content, code) in &broken {
        let file = it.file(name, content);
        let failure = refused(&it.wallet.run(&["record", "import", &file, "--json"]));
        assert_eq!(failure["error"]["code"], *code, "{name}");
        let kept = it.quarantine();
        let item = kept.last().unwrap();
        assert_eq!((&item["reason"], &item["kind"]), (&(*code).into(), &"damaged".into()), "{name}");
        let id = item["id"].as_str().unwrap();
        assert_eq!(it.wallet.run(&["record", "quarantine", "show", id]).stdout, *content, "{name}");
    }
    assert!(it.records(&[]).is_empty());
    let (good, bad) = (it.file("good.json", PATIENT), it.file("other.json", &PATIENT[..40]));
    let run = it.wallet.run(&["record", "import", &bad, &good]);
    assert_eq!(run.code, Some(1));
    assert_eq!(it.types(), ["Patient"]);
    assert_eq!(it.quarantine().len(), broken.len() + 1);
}

#[test]
fn standard_input_is_kept_as_files_are() {
    let it = OwnWallet::new();
    let run = it.wallet.run_with_input(&["record", "import", "-", "--json"], b"MSH|^~\\&|lab");
    assert_eq!(run.json()["quarantined"][0]["kind"], "hl7-v2");
    let kept = it.quarantine();
    assert_eq!((&kept[0]["file"], &kept[0]["bytes"]), (&"-".into(), &12.into()));
}

#[test]
fn what_is_nested_a_thousand_deep_or_a_hundred_thousand_wide_does_no_harm() {
    let it = OwnWallet::new();
    let deep =
        r#"{"resourceType":"Bundle","entry":[{"resource":"#.repeat(1_000) + PATIENT + &"}]}".repeat(1_000);
    let counts = it.wallet.json(&["record", "import", &it.file("deep.json", &deep)]);
    assert_eq!((&counts["read"], &counts["quarantined"][0]["reason"]), (&0.into(), &"TooDeep".into()));
    let one = format!(r#"{{"resource":{}}}"#, bundle(&format!(r#"{{"resource":{PATIENT}}}"#)));
    let wide = bundle(&vec![one; 100_000].join(","));
    let counts = it.wallet.json(&["record", "import", &it.file("wide.json", &wide)]);
    assert_eq!((&counts["added"], &counts["duplicates"]), (&1.into(), &99_999.into()));
    // Contained resources that refer to each other are walked once.
    let cyclic = r##"{"resourceType":"Observation","id":"o","subject":{"reference":"Patient/p1"},"contained":[
        {"resourceType":"Basic","id":"a","subject":{"reference":"#b"}},{"resourceType":"Basic","id":"b","subject":{"reference":"#a"}}]}"##;
    let cyclic = [PATIENT, &cyclic.replace('\n', "")].join("\n");
    let counts = it.wallet.json(&["record", "import", &it.file("cyclic.json", &cyclic)]);
    assert_eq!(counts["read"], 2);
    let long = "x".repeat(1_000_000);
    let identifier = format!(
        r#"{{"resourceType":"Condition","id":"{long}","identifier":[{{"system":"{long}","value":"{long}"}}],"subject":{{"reference":"Patient/p1"}}}}"#
    );
    let long = [PATIENT, &identifier].join("\n");
    let counts = it.wallet.json(&["record", "import", &it.file("long.json", &long)]);
    assert_eq!(counts["added"], 1);
}

#[test]
fn what_a_link_leads_to_is_shown_saved_and_kept_also_where_it_cannot_be_read() {
    let world = World::new();
    world.connected_wallet();
    let allergy = r#"{"resourceType":"AllergyIntolerance","id":"a1","code":{"text":"Penicillin"},"patient":{"reference":"Patient/p1"}}"#;
    let file = world.path("b.json");
    std::fs::write(&file, bundle(&format!(r#"{{"resource":{PATIENT}}},{{"resource":{allergy}}}"#))).unwrap();
    world.wallet.json(&["record", "import", &text(&file)]);
    let link = world.wallet.json(&["share", "new", "--category", "allergies", "--for", "1h"])["link"]
        .as_str()
        .unwrap()
        .to_owned();
    let other = Party::new(world.path("other"));
    other.json(&["wallet", "init"]);
    let folder = text(&world.path("saved"));
    let opened = other.json(&["share", "open", &link, "--out", &folder]);
    let shared = &opened["files"][0];
    // The Patient, the allergy, and the PDF that lists both.
    assert_eq!((&shared["resources"], &shared["unreadable"]), (&3.into(), &Value::Array(vec![])));
    let saved = std::fs::read(shared["saved"].as_str().unwrap()).unwrap();
    assert_eq!(shared["bytes"], saved.len());
    assert!(other.run(&["share", "open", &link]).text().contains("allergies: Penicillin"));
    assert_eq!(other.json(&["wallet", "status"])["records"], 0);
    let imported = other.json(&["share", "open", &link, "--import", "--patient", "p1"]);
    assert_eq!((&imported["read"], &imported["added"]), (&3.into(), &3.into()));
    assert_eq!(imported["quarantined"], Value::Array(vec![]));
    let usage = other.run(&["share", "open", &link, "--patient", "p1"]);
    assert_eq!(usage.code, Some(2), "{}", usage.stderr);
}

#[test]
fn a_link_that_asks_for_a_passcode_is_not_opened_without_one() {
    let stranger = OwnWallet::new();
    let empty = stranger.file("passcode", "\n");
    for arguments in [&[][..], &["--passcode-file", &empty]] {
        let run = stranger.wallet.run(&[&["share", "open", PASSCODE_LINK], arguments].concat());
        assert_ne!(run.code, Some(0));
        assert!(run.stderr.contains("the link asks for a passcode"), "{}", run.stderr);
        assert!(run.stderr.contains("--passcode-file"), "{}", run.stderr);
    }
}

/// A link to this content, at a host that is there for as long as the test.
pub(crate) fn link_to(content: &[u8], label: &str) -> String {
    let host = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/file", host.local_addr().unwrap());
    let link = ShareLink::direct(&url, LinkKey::from_bytes(&[7; 32]), Timestamp(4_000_000_000), Some(label))
        .unwrap();
    let body = jwe_encrypt(link.key(), "application/fhir+json", content, &mut Rng::system()).unwrap();
    std::thread::spawn(move || {
        for connection in host.incoming() {
            let mut connection = connection.unwrap();
            let mut request = [0; 4_096];
            let _ = connection.read(&mut request);
            let head = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: application/jose\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                body.len()
            );
            let _ = connection.write_all(&[head.as_bytes(), body.as_bytes()].concat());
        }
    });
    link.to_uri()
}

#[test]
fn entries_of_a_link_that_cannot_be_read_are_counted_kept_and_told() {
    let it = OwnWallet::new();
    let bad = r#"{"resourceType":"Observation","id":"o1","note":"\u0000"}"#;
    let entries = format!(r#"{{"resource":{PATIENT}}},{{"resource":{bad}}},{{"resource":{{"id":"x"}}}}"#);
    let link = link_to(bundle(&entries).as_bytes(), "Ward 3");
    let opened = it.wallet.json(&["share", "open", &link]);
    let unreadable = opened["files"][0]["unreadable"].as_array().unwrap();
    let told: Vec<_> = unreadable
        .iter()
        .map(|one| (one["index"].as_u64().unwrap(), one["reason"].as_str().unwrap()))
        .collect();
    assert_eq!(told, [(1, "InvalidText"), (2, "NotAResource")]);
    assert!(it.wallet.run(&["share", "open", &link]).text().contains("2 entries cannot be read"));
    assert!(it.quarantine().is_empty());

    let imported = it.wallet.json(&["share", "open", &link, "--import"]);
    assert_eq!((&imported["added"], imported["quarantined"].as_array().unwrap().len()), (&1.into(), 2));
    let kept = it.quarantine();
    assert_eq!(
        (&kept[0]["file"], &kept[0]["id"]),
        (&"shared link: Ward 3".into(), &imported["quarantined"][0]["id"])
    );
    let id = kept[0]["id"].as_str().unwrap();
    assert_eq!(it.wallet.run(&["record", "quarantine", "show", id]).text(), bad);
    let said = it.wallet.run(&["share", "open", &link, "--import"]).text();
    assert_eq!(said.matches("set aside: ").count(), 2, "{said}");

    // A health card among records is one more part that cannot be read, and not what the file is.
    let card = r#"{"verifiableCredential":["a.b.c"]}"#;
    let lines = link_to([PATIENT, card].join("\n").as_bytes(), "Ward 5");
    let folder = text(&it.folder.path().join("lines"));
    let opened = it.wallet.run(&["share", "open", &lines, "--out", &folder]).text();
    assert!(opened.contains("patient: ") && opened.contains("1 entry cannot be read; "), "{opened}");
    assert!(!opened.contains("no health record") && opened.contains(".json"), "{opened}");

    // A file with the link in it is as good as the link.
    let file = it.file("link.txt", format!("{link}\n"));
    assert_eq!(it.wallet.json(&["share", "open", &file])["label"], "Ward 3");

    // A link whose file breaks off is kept whole, and saved where that is asked.
    let cut = &bundle(&entries)[..100];
    let link = link_to(cut.as_bytes(), "Ward 4");
    assert_eq!(
        it.wallet.json(&["share", "open", &link])["files"][0]["unreadable"][0]["reason"],
        "InvalidJson"
    );
    let folder = text(&it.folder.path().join("saved"));
    let failure = refused(&it.wallet.run(&["share", "open", &link, "--out", &folder, "--import", "--json"]));
    assert_eq!(failure["error"]["code"], "InvalidJson");
    let saved: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|file| file.unwrap().path()).collect();
    assert_eq!(std::fs::read(&saved[0]).unwrap(), cut.as_bytes());
    assert_eq!(it.quarantine().len(), 3);
}

#[test]
fn a_refusal_says_that_a_file_is_kept_only_where_it_is() {
    let it = OwnWallet::new();
    let kept = |run: &Run| {
        let failure = refused(run);
        assert_eq!(run.stderr.contains("kept in quarantine"), failure["error"]["quarantined"].is_string());
        failure["error"]["quarantined"].as_str().map(str::to_owned)
    };
    let import = |file: &str| it.wallet.run(&["--json", "record", "import", file]);
    let broken = it.file("a.json", r#"{"resourceType":"Bundle","entry":["#);
    let id = kept(&import(&broken)).unwrap();
    assert_eq!(it.quarantine()[0]["id"], id.as_str());
    // A file of the same name about two people: what lies there is not of this import.
    let other = PATIENT.replace("Moser", "Okafor").replace("1981", "1950");
    it.file("a.json", [PATIENT, &other].join("\n"));
    assert_eq!(kept(&import(&broken)), None);
    // Too large to be kept.
    let mut large = vec![b' '; 50_000_001];
    large[..35].copy_from_slice(br#"{"resourceType":"Bundle","entry":[ "#);
    it.file("a.json", large);
    assert_eq!(kept(&import(&broken)), None);
    // Not there at all.
    assert_eq!(kept(&import(&it.path("none.json"))), None);
    assert_eq!(it.quarantine().len(), 1);
}

#[cfg(target_os = "linux")]
#[test]
fn the_only_copy_is_destroyed_at_a_terminal_only_after_a_yes() {
    let it = OwnWallet::new();
    let counts = it.import(&["<letter/>"], &[]);
    let id = counts["quarantined"][0]["id"].as_str().unwrap();
    for (answer, flags, left) in [("n", &[][..], 1), ("y", &[], 0), ("", &["--yes"], 0)] {
        it.import(&["<letter/>"], &[]);
        let arguments = [&["record", "quarantine", "drop", id], flags].concat();
        let Some(mut terminal) = crate::keepwell::Terminal::start(&it.wallet, &arguments) else { return };
        terminal.wait_for("PIN: ");
        terminal.type_line(it.wallet.pin);
        if flags.is_empty() {
            assert!(terminal.wait_for("Remove it for good? [y/N] ").contains("only copy"));
            terminal.type_line(answer);
        }
        let (code, shown) = terminal.finish();
        assert_eq!((code, it.quarantine().len()), (Some(i32::from(left > 0)), left), "{shown}");
    }
}

#[test]
fn a_document_or_a_page_behind_a_link_or_on_stdin_is_kept_until_it_can_be_read() {
    let it = OwnWallet::new();
    let pdf = b"%PDF-1.7\n%\xff\xff\n1 0 obj";
    let page = b"<!DOCTYPE html><html><body>Log in</body></html>";
    let card = br#"{"verifiableCredential":["a.b.c"]}"#;
    let folder = text(&it.folder.path().join("saved"));
    let (bytes, json) = ("application/octet-stream", "application/fhir+json");
    for (content, kind, content_type, extension, reason) in [
        (&pdf[..], "pdf", bytes, "pdf", "UnsupportedFormat"),
        (page, "html", bytes, "html", "UnsupportedFormat"),
        (card, "shc", json, "json", "HealthCardMalformed"),
    ] {
        let link = link_to(content, kind);
        let opened = it.wallet.json(&["share", "open", &link, "--out", &folder]);
        let shared = &opened["files"][0];
        assert_eq!((&shared["content_type"], &shared["resources"]), (&content_type.into(), &0.into()));
        let saved = shared["saved"].as_str().unwrap();
        assert!(saved.ends_with(&format!(".{extension}")), "{saved}");
        assert_eq!(std::fs::read(saved).unwrap(), content);
        let told = it.wallet.run(&["share", "open", &link]).text();
        assert!(told.contains("no health record that is read yet"), "{told}");
        assert!(!it.quarantine().iter().any(|item| item["kind"] == kind));
        let imported = it.wallet.json(&["share", "open", &link, "--import"]);
        let aside = &imported["quarantined"][0];
        assert_eq!((&aside["kind"], &aside["reason"]), (&kind.into(), &reason.into()));
        assert_eq!((&imported["added"], &imported["import"]), (&0.into(), &Value::Null));
        let id = aside["id"].as_str().unwrap();
        assert_eq!(it.wallet.run(&["record", "quarantine", "show", id]).stdout, content);
        it.wallet.json(&["record", "quarantine", "drop", id]);
        // The same by standard input.
        let run = it.wallet.run_with_input(&["--json", "record", "import", "-"], content);
        assert_eq!(run.json()["quarantined"][0]["id"], id);
        assert_eq!(it.wallet.run(&["record", "quarantine", "show", id]).stdout, content);
    }
    // What cannot be opened with the link's key is from somebody else, and is not kept.
    let before = it.quarantine().len();
    let foreign = link_to(page, "x");
    let other = ShareLink::parse(&foreign).unwrap();
    let other = ShareLink::direct(
        other.direct_url().unwrap(),
        LinkKey::from_bytes(&[8; 32]),
        Timestamp(4_000_000_000),
        None,
    );
    let failure = refused(&it.wallet.run(&["share", "open", &other.unwrap().to_uri(), "--import", "--json"]));
    assert!(failure["error"].get("quarantined").is_none(), "{failure}");
    assert_eq!(it.quarantine().len(), before);
}

#[test]
fn a_record_moved_out_of_sight_by_hand_stays_there_until_it_is_tried_again() {
    let it = OwnWallet::new();
    let weight = |value: u32| {
        let version = format!(
            r#"{{"resourceType":"Observation","id":"w","meta":{{"versionId":"{value}"}},"status":"final","code":{{"text":"weight {value}"}},"subject":{{"reference":"Patient/p1"}}}}"#
        );
        bundle(&format!(
            r#"{{"resource":{PATIENT}}},{{"fullUrl":"https://a.example/fhir/Observation/w","resource":{version}}}"#
        ))
    };
    let files = [it.file("1.json", weight(1)), it.file("2.json", weight(2)), it.file("3.json", weight(3))];
    let import = |file: &str| it.wallet.json(&["record", "import", file, "--source", "A"]);
    import(&files[0]);
    import(&files[1]);
    let record = it.records(&[]).iter().find(|record| record["type"] == "Observation").unwrap()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let moved = it.wallet.json(&["record", "quarantine", "add", &record[..8]]);
    assert_eq!(moved["record"], record.as_str());
    let kept = it.quarantine();
    assert_eq!((&kept[0]["reason"], &kept[0]["record"]), (&"ByHand".into(), &record.as_str().into()));
    for file in &files {
        assert_eq!(it.types(), ["Patient"]);
        it.wallet.run(&["--json", "record", "show", &record]).refused_with("NoSuchRecord");
        import(file);
    }
    it.wallet.run(&["--json", "record", "quarantine", "add", &record]).refused_with("NoSuchRecord");
    assert_eq!(it.wallet.json(&["record", "quarantine", "retry"])["read"], 0);
    let back = it.wallet.json(&["record", "quarantine", "retry", moved["id"].as_str().unwrap()]);
    assert_eq!((&back["read"], &back["added"]), (&1.into(), &1.into()));
    assert_eq!(it.types(), ["Observation", "Patient"]);
    assert!(it.wallet.run(&["record", "show", &record]).text().contains("weight 3"));
    assert!(it.quarantine().is_empty());
}

/// To a list of files at `hospital.example`, with the flag `P`.
const PASSCODE_LINK: &str = concat!(
    "shlink:/eyJ1cmwiOiJodHRwczovL2hvc3BpdGFsLmV4YW1wbGUvbS9ZOXh3a1VkdG1OOXd3b0pvTjNmZkpJaFgyVU",
    "d2Q0wxSm5sUFZOTDNrRFdNIiwiZmxhZyI6IlAiLCJrZXkiOiJyeFRnWWxPYUtKUEZ0Y0VkMHFjY2VOOHdFVTRwOTRT",
    "cUF3SVdRZTZ1WDdRIiwibGFiZWwiOiJWaXNpdCJ9",
);

#[test]
fn a_health_card_is_listed_and_its_code_is_read_from_its_picture() {
    let it = OwnWallet::new();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/fhir");
    let imported =
        it.wallet.json(&["record", "import", &format!("{folder}/example-00-e-file.smart-health-card")]);
    assert_eq!((&imported["added"], &imported["notices"][0]["state"]), (&5.into(), &"unknown-issuer".into()));
    let cards = it.wallet.json(&["record", "cards"]);
    let card = &cards["cards"][0];
    assert_eq!((&card["state"], &card["failure"]), (&"unknown-issuer".into(), &Value::Null));
    assert!(it.wallet.run(&["record", "cards"]).text().contains("the keys of its issuer are not at hand"));

    let picture = text(&it.folder.path().join("card.png"));
    let id = card["record"].as_str().unwrap();
    let shown = it.wallet.json(&["record", "card", id, "--qr", &picture]);
    let code = std::fs::read_to_string(format!("{folder}/example-00-f-qr-code-numeric-value-0.txt")).unwrap();
    assert_eq!(shown["code"], code.trim());
    let read = keepwell_clinic::read_picture(&std::fs::read(&picture).unwrap()).unwrap();
    assert_eq!(read, code.trim());
    let again = it.file("code.txt", read);
    assert_eq!(it.wallet.json(&["record", "import", &again])["duplicates"], 5);

    let records = it.wallet.json(&["record", "list"]);
    let other =
        records["records"].as_array().unwrap().iter().find(|record| record["type"] == "Patient").unwrap();
    let failure = refused(&it.wallet.run(&["record", "card", other["id"].as_str().unwrap(), "--json"]));
    assert_eq!(failure["error"]["code"], "NotAHealthCard");
}

#[test]
fn an_archive_is_opened_and_what_of_it_is_no_record_is_named() {
    let it = OwnWallet::new();
    let fixture =
        |name: &str| text(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/fhir").join(name));
    let counts = it.wallet.json(&["record", "import", &fixture("WilliamSim.phr.zip")]);
    assert_eq!((&counts["read"], &counts["added"]), (&12.into(), &12.into()), "{counts}");
    assert_eq!(counts["quarantined"], Value::Array(vec![]));
    // The same again, with what nobody can read beside it.
    let zip = stored_zip(&[("a/same.ndjson", PATIENT.as_bytes()), ("a/cut.json", &PATIENT.as_bytes()[..40])]);
    let it = OwnWallet::new();
    let file = it.file("x.zip", zip);
    let run = it.wallet.run(&["record", "import", &file]);
    assert_eq!(run.code, Some(1));
    assert!(run.stderr.contains("x.zip: a/cut.json: the input is not JSON"), "{}", run.stderr);
    assert_eq!(it.types(), ["Patient"]);
    assert!(it.quarantine()[0]["file"].as_str().unwrap().ends_with("x.zip/a/cut.json"));
}

#[test]
fn an_apple_health_export_comes_in_once_with_the_records_of_clinics_in_it() {
    let it = OwnWallet::new();
    let fixture =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/fhir/rinoshiyo-sample_export.xml");
    let export = std::fs::read_to_string(fixture).unwrap();
    let zip = |export: &str| {
        let allergy =
            r#"{"resourceType":"AllergyIntolerance","id":"a","patient":{"reference":"Patient/p1"}}"#;
        it.file(
            "export.zip",
            stored_zip(&[
                ("apple_health_export/export.xml", export.as_bytes()),
                ("apple_health_export/export_cda.xml", b"<ClinicalDocument xmlns=\"urn:hl7-org:v3\"/>"),
                ("apple_health_export/workout-routes/route.gpx", b"<gpx/>"),
                ("apple_health_export/clinical-records/Patient-1.json", PATIENT.as_bytes()),
                ("apple_health_export/clinical-records/AllergyIntolerance-1.json", allergy.as_bytes()),
            ]),
        )
    };
    let first = it.wallet.json(&["record", "import", &zip(&export)]);
    assert_eq!(first["added"], 5, "{first}");
    assert_eq!(
        first["notices"][0]["sentence"].as_str().unwrap().split_once(": ").unwrap().1,
        "3 records of days were made of 4 measurements; 2 of other kinds were left out, and the file is not kept"
    );
    let aside = it.quarantine();
    assert_eq!((aside.len(), &aside[0]["kind"]), (1, &"xml".into()));
    // A later export has the same days once more, of which one has changed.
    let later = export.replace("value=\"100\"", "value=\"4100\"");
    let again = it.wallet.json(&["record", "import", &zip(&later)]);
    assert_eq!((&again["added"], &again["updated"], &again["duplicates"]), (&0.into(), &1.into(), &4.into()));
    let cut = it.wallet.run(&["record", "import", &it.file("export.xml", &export[..2_000])]);
    assert_eq!(cut.code, Some(1));
    assert!(cut.stderr.contains("the Apple Health export is cut off or damaged"), "{}", cut.stderr);
    assert!(it.quarantine().iter().any(|item| item["reason"] == "AppleHealthSyntax"));
}

#[test]
fn fhir_in_xml_is_the_record_that_it_is_in_json() {
    let it = OwnWallet::new();
    let fixture = |name: &str| text(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures").join(name));
    let file = fixture("fhir-xml/Patient-example.xml");
    assert_eq!(it.wallet.json(&["record", "import", &file])["added"], 1);
    let id = it.records(&[])[0]["id"].as_str().unwrap().to_owned();
    let kept = |id: &str| -> Value {
        serde_json::from_slice(&it.wallet.run(&["record", "show", id]).stdout).unwrap()
    };
    let mut written: Value =
        serde_json::from_slice(&std::fs::read(fixture("fhir-xml/Patient-example.json")).unwrap()).unwrap();
    let mut shown = kept(&id);
    // Each writer lays out the narrative otherwise.
    for patient in [&mut written, &mut shown] {
        patient["text"]["div"].take();
    }
    assert_eq!(shown, written);
    // In the other form it is another version of the same record.
    let again = it.wallet.json(&["record", "import", &fixture("fhir-xml/Patient-example.json")]);
    assert_eq!((&again["added"], &again["updated"]), (&0.into(), &1.into()));
    let whole = std::fs::read_to_string(&file).unwrap();
    for (name, xml, code) in [
        ("cut.xml", &whole[..whole.len() / 2], "FhirXmlSyntax"),
        ("unknown.xml", &whole.replace("birthDate", "birthday"), "FhirXmlElement"),
        ("doctype.xml", &format!("<!DOCTYPE a [<!ENTITY b \"c\">]>{whole}"), "FhirXmlDoctype"),
    ] {
        let run = it.wallet.run(&["record", "import", &it.file(name, xml)]);
        assert_eq!(run.code, Some(1), "{name}");
        assert!(it.quarantine().iter().any(|item| item["reason"] == code), "{code}");
    }
    assert_eq!(it.records(&[]).len(), 1);
}

#[test]
fn a_document_of_a_clinic_is_kept_and_made_records_of() {
    let it = OwnWallet::new();
    let file = text(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/fhir/CCD.xml"));
    let told = it.wallet.run(&["record", "import", &file]).text();
    let sentence =
        "the document \"Summary of Patient Chart\" is kept whole; 17 records were made of what is in it";
    assert!(told.contains(sentence), "{told}");
    let counts = it.wallet.json(&["record", "import", &file]);
    assert_eq!((&counts["added"], &counts["duplicates"]), (&0.into(), &18.into()));
    assert_eq!(
        (&counts["notices"][0]["kind"], &counts["notices"][0]["derived"]),
        (&"document".into(), &17.into())
    );
    let records = it.records(&[]);
    let document = records.iter().find(|record| record["type"] == "DocumentReference").unwrap();
    let id = document["id"].as_str().unwrap();
    let out = text(&it.folder.path().join("out.xml"));
    it.wallet.json(&["record", "attachment", id, "--out", &out]);
    assert_eq!(std::fs::read(out).unwrap(), std::fs::read(&file).unwrap());
    // Its sections can be read and searched.
    let found = it.records(&["--text", "electrocardiogram 12-lead"]);
    assert!(found.iter().any(|record| record["id"] == id), "{found:?}");
}

/// A zip archive that packs nothing (APPNOTE 6.3.10 §4.3).
fn stored_zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let (mut archive, mut list) = (Vec::new(), Vec::new());
    for (name, bytes) in files {
        let mut crc = flate2::Crc::new();
        crc.update(bytes);
        let (length, at) = (u32::try_from(bytes.len()).unwrap(), u32::try_from(archive.len()).unwrap());
        let mut facts = vec![20, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        [crc.sum(), length, length].iter().for_each(|number| facts.extend(number.to_le_bytes()));
        facts.extend(u16::try_from(name.len()).unwrap().to_le_bytes());
        facts.extend([0, 0]);
        list.extend(
            [&b"PK\x01\x02\x14\0"[..], &facts, &[0; 10], &at.to_le_bytes(), name.as_bytes()].concat(),
        );
        archive.extend([b"PK\x03\x04", facts.as_slice(), name.as_bytes(), bytes].concat());
    }
    let (start, length) = (u32::try_from(archive.len()).unwrap(), u32::try_from(list.len()).unwrap());
    let count = u16::try_from(files.len()).unwrap().to_le_bytes();
    archive.extend(list);
    archive.extend([&b"PK\x05\x06\0\0\0\0"[..], &count, &count].concat());
    archive.extend([&length.to_le_bytes()[..], &start.to_le_bytes(), &[0, 0]].concat());
    archive
}
