//! The PDF that goes along with a share, as others read it: veraPDF holds it against PDF/UA-1, poppler's text in reading order is held
//! against the chart of what was shared.

use std::fs;
use std::ops::ControlFlow;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use keepwell_chart::{Chart, Entry, Label, Tone, english};
use keepwell_protocol::formats::fhir::{self, Event, ResourceHead};
use serde_json::{Value, json};

use crate::keepwell::{World, text};

/// Somebody else's opening of a share: its Bundle, and the PDF in it as a file.
fn shared(world: &World, flags: &[&str], folder: &str) -> (Vec<u8>, PathBuf) {
    let made = world.wallet.json(&[&["share", "new"], flags].concat());
    let folder = world.path(folder);
    world.wallet.json(&[
        "share",
        "open",
        made["link"].as_str().unwrap(),
        "--recipient",
        "Clinic",
        "--out",
        &text(&folder),
    ]);
    let file = fs::read_dir(&folder).unwrap().next().unwrap().unwrap().path();
    let bundle = fs::read(file).unwrap();
    let json: Value = serde_json::from_slice(&bundle).unwrap();
    let mut resources = json["entry"].as_array().unwrap().iter().map(|entry| &entry["resource"]);
    let rendered = resources.find(|resource| resource["type"]["coding"][0]["code"] == "60591-5").unwrap();
    let pdf = folder.join("rendered.pdf");
    let data = rendered["content"][0]["attachment"]["data"].as_str().unwrap();
    fs::write(&pdf, STANDARD.decode(data).unwrap()).unwrap();
    (bundle, pdf)
}

/// What the chart of a Bundle says without the rendered document: each text, in the order in which it is read.
fn said(bundle: &[u8]) -> (usize, Vec<String>) {
    let mut resources = Vec::new();
    let _ = fhir::read(bundle, fhir::Limits::default(), &mut |event: Event<'_>| {
        if let Event::Resource(resource) = event {
            let head = ResourceHead::read(resource.bytes).unwrap();
            let category = fhir::category(&head, None);
            resources.push((category, resource.full_url.map(str::to_owned), resource.bytes.to_vec()));
        }
        ControlFlow::<()>::Continue(())
    });
    resources.pop();
    let entries: Vec<Entry<'_>> = resources
        .iter()
        .map(|(category, full_url, bytes)| Entry {
            category: *category,
            full_url: full_url.as_deref(),
            resource: bytes,
            file: None,
        })
        .collect();
    let mut said = Vec::new();
    for section in Chart::new(&entries).sections {
        said.push(english::category(section.category).to_owned());
        for table in section.tables {
            said.extend(table.columns.iter().map(|label| english::label(*label).to_owned()));
            for row in table.rows {
                // A letter stands below its row.
                let mut below = Vec::new();
                for (label, cell) in table.columns.iter().zip(&row.cells) {
                    let (letters, lines): (Vec<_>, Vec<_>) =
                        cell.lines.iter().partition(|line| line.tone == Tone::Letter);
                    said.extend(lines.iter().map(|line| english::value(&line.value)));
                    below.extend(letters.iter().map(|line| english::value(&line.value)));
                    for fact in &cell.also {
                        said.extend(fact.lines.iter().map(|line| english::value(&line.value)));
                    }
                    let flag = row.row.flag.filter(|_| *label == Label::Value);
                    said.extend(flag.map(|flag| english::flag(flag).to_owned()));
                }
                said.extend(below);
                said.extend(row.fields.listed.iter().map(|field| english::value(&field.value)));
            }
        }
    }
    (entries.len(), said)
}

/// Without white space, which a line break takes or gives.
fn letters(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_whitespace()).collect()
}

/// The text of a PDF along its structure tree, without white space, and how many elements of a type there are.
fn read(pdf: &Path) -> (String, impl Fn(&str) -> usize) {
    let output = Command::new("pdfinfo").arg("-struct-text").arg(pdf).output().unwrap();
    // Titles of headings are not read here, and in UTF-16.
    let tree = String::from_utf8_lossy(&output.stdout);
    let lines: Vec<String> = tree.lines().map(|line| line.trim().to_owned()).collect();
    let texts = lines.iter().filter_map(|line| line.strip_prefix('"')?.strip_suffix('"'));
    let read = letters(&texts.collect::<String>());
    (read, move |element: &str| {
        lines.iter().filter(|line| line.split([' ', ':']).next() == Some(element)).count()
    })
}

fn is_accessible(pdf: &Path) -> bool {
    let jar = std::env::var("KEEPWELL_VERAPDF").expect("KEEPWELL_VERAPDF: the jar of greenfield-apps");
    let checked = Command::new("java")
        .args(["-cp", &jar, "org.verapdf.apps.GreenfieldCliWrapper", "-f", "ua1", "--format", "text"])
        .arg(pdf)
        .output()
        .unwrap();
    String::from_utf8(checked.stdout).unwrap().starts_with("PASS")
}

/// Every text of the chart, one after the other.
fn assert_says(pdf: &Path, bundle: &[u8]) {
    let (read, count) = read(pdf);
    let mut from = 0;
    let (resources, said) = said(bundle);
    for text in said {
        let wanted = letters(&text);
        let found = read[from..].find(&wanted);
        let next = || read[from..].chars().take(300).collect::<String>();
        let place = found.unwrap_or_else(|| {
            panic!(
                "{text:?} is not read after {:?} from {:?}",
                read[..from].chars().rev().take(300).collect::<String>().chars().rev().collect::<String>(),
                next()
            )
        });
        from += place + wanted.len();
    }
    assert!(
        resources > 5 && count("TR") >= resources + count("Table"),
        "{resources} in {} rows",
        count("TR")
    );
}

#[test]
fn what_a_patient_tells_goes_along_as_a_pdf_of_their_own() {
    let world = World::new();
    world.connected_wallet();
    let patient = json!({ "resourceType": "Patient", "id": "p", "name": [{ "text": "Ana Ruiz" }] });
    let allergy = json!({ "resourceType": "AllergyIntolerance", "patient": { "reference": "Patient/p" }, "code": { "text": "Latex" } });
    let file = world.path("record.ndjson");
    fs::write(&file, format!("{patient}\n{allergy}")).unwrap();
    world.wallet.json(&["record", "import", &text(&file)]);
    let story = world.path("story.txt");
    fs::write(&story, "\u{feff}I faint at needles.\r\n\r\nPlease tell me before.").unwrap();
    let (bundle, _) = shared(&world, &["--story", &text(&story)], "told");
    let bundle: Value = serde_json::from_slice(&bundle).unwrap();
    let document = |code: &str| {
        let entries = bundle["entry"].as_array().unwrap().iter().map(|entry| &entry["resource"]);
        entries.filter(|resource| resource["type"]["coding"][0]["code"] == code).collect::<Vec<_>>()
    };
    assert_eq!((document("60591-5").len(), document("51855-5").len()), (1, 1));
    let told = document("51855-5")[0];
    assert_eq!(told["author"][0]["reference"], bundle["entry"][0]["fullUrl"]);
    assert_eq!(told["meta"]["security"][0]["code"], "PATAST");
    let pdf = STANDARD.decode(told["content"][0]["attachment"]["data"].as_str().unwrap()).unwrap();
    let paragraphs = pdf.windows(21).filter(|window| window == b"/Type/StructElem/S/P/").count();
    assert_eq!((pdf.starts_with(b"%PDF-1.7"), paragraphs), (true, 1 + 2));
    // Too long, in a summary, and not there.
    let share = |flags: &[&str]| {
        world.wallet.run(&[&["share", "new", "--json", "--story", &text(&story)], flags].concat())
    };
    share(&["--format", "ips"]).failed_with(1, "ShareStory");
    fs::write(&story, "x".repeat(30_000)).unwrap();
    share(&[]).json();
    fs::write(&story, "x".repeat(30_001)).unwrap();
    share(&[]).failed_with(1, "ShareStory");
    fs::remove_file(&story).unwrap();
    share(&[]).failed_with(1, "FileUnreadable");
}

#[test]
fn what_is_printed_at_home_is_what_was_chosen_and_needs_nobody() {
    let world = World::new();
    world.wallet.json(&["wallet", "init"]);
    let file = format!(
        "{}/../../fixtures/patients/Vivien121_Nolan344_38643f4d-9729-e16e-8b44-c532e8ae09d4.json.gz",
        env!("CARGO_MANIFEST_DIR")
    );
    world.wallet.json(&["record", "import", &file]);
    let paper = world.path("paper.pdf");
    let print = |flags: &[&str]| {
        let printed = world.wallet.json(&[&["record", "print", &text(&paper)], flags].concat());
        let pdf = fs::read(&paper).unwrap();
        assert!(pdf.starts_with(b"%PDF-1.7") && pdf.ends_with(b"%%EOF"));
        assert_eq!(printed["bytes"], pdf.len());
        pdf.windows(22).filter(|window| window == b"/Type/StructElem/S/TR/").count()
    };
    let whole = print(&[]);
    // The Patient and eight allergies, each table with its head.
    assert_eq!(print(&["--category", "allergies"]), 1 + 8 + 2);
    assert!(whole > 60);
    assert!(print(&["--leave-out", "pregnancy", "--leave-out", "sexual-health"]) < whole);
    assert_eq!(fs::metadata(&paper).unwrap().permissions().mode() & 0o777, 0o600);
    // What can't be printed leaves what is there.
    let before = fs::read(&paper).unwrap();
    world
        .wallet
        .run(&["record", "print", &text(&paper), "--category", "genomics"])
        .failed_with(1, "NothingToShare");
    world
        .wallet
        .run(&["record", "print", &text(&world.path("no/such/folder.pdf"))])
        .failed_with(1, "FileUnwritable");
    assert_eq!(fs::read(&paper).unwrap(), before);
}

/// Run by `./dev test pdf`, which brings veraPDF and poppler.
#[test]
#[ignore = "needs veraPDF and poppler: ./dev test pdf"]
fn others_read_in_the_pdf_of_a_share_what_the_chart_says_and_find_it_accessible() {
    let world = World::new();
    world.connected_wallet();
    let patient = "patients/Vivien121_Nolan344_38643f4d-9729-e16e-8b44-c532e8ae09d4.json.gz";
    let file = format!("{}/../../fixtures/{patient}", env!("CARGO_MANIFEST_DIR"));
    assert_eq!(world.wallet.json(&["record", "import", &file])["added"], 1_005);
    for (flags, folder) in [
        (&[][..], "check-in"),
        (&["--category", "results", "--category", "documents", "--category", "allergies"], "chosen"),
    ] {
        let (bundle, pdf) = shared(&world, flags, folder);
        assert_says(&pdf, &bundle);
        assert!(is_accessible(&pdf), "{folder}");
        pictures(&pdf, folder);
    }
    // The judge does find what is wrong.
    let (_, pdf) = shared(&world, &["--category", "allergies"], "broken");
    let bytes = fs::read(&pdf).unwrap();
    let place = bytes.windows(12).position(|window| window == b"/Marked true").unwrap();
    let planted = [&bytes[..place], b"/Marked null", &bytes[place + 12..]].concat();
    fs::write(&pdf, planted).unwrap();
    assert!(!is_accessible(&pdf));
}

#[test]
#[ignore = "needs veraPDF and poppler: ./dev test pdf"]
fn every_script_is_behind_what_stands_for_it_and_is_announced() {
    let world = World::new();
    world.connected_wallet();
    let name = |text: &str| {
        json!({ "resourceType": "AllergyIntolerance", "patient": { "reference": "Patient/p" },
        "code": { "text": text } })
    };
    let patient = json!({ "resourceType": "Patient", "id": "p", "name": [{ "text": "Ελένη Παππά" }], "birthDate": "1970-01-01" });
    let there =
        ["Haselnüsse ≥ 5 g → Ausschlag", "Пенициллин", "Πενικιλλίνη", "Ñandú, ½ µg", "Łódź, ệ, e\u{301}"];
    let missing =
        [("الهيموغلوبين", "Arabic"), ("青霉素", "Han"), ("פניצילין", "Hebrew"), ("🤧", "other signs")];
    let file = world.path("scripts.ndjson");
    let write = |names: &[&str]| {
        let records = names.iter().map(|text| name(text));
        let lines: Vec<String> =
            [patient.clone()].into_iter().chain(records).map(|record| record.to_string()).collect();
        fs::write(&file, lines.join("\n")).unwrap();
        world.wallet.json(&["record", "import", &text(&file)]);
    };
    write(&there);
    let (bundle, pdf) = shared(&world, &[], "there");
    assert_says(&pdf, &bundle);
    let (read, _) = self::read(&pdf);
    assert!(
        is_accessible(&pdf) && !read.contains('▯') && !read.contains("lettersthatthispagedoesnothave"),
        "{read}"
    );

    write(&missing.map(|(text, _)| text));
    let (_, pdf) = shared(&world, &[], "missing");
    let (read, _) = self::read(&pdf);
    assert!(read.contains(&"▯".repeat(missing[0].0.chars().count())), "{read}");
    // Who copies or listens gets the text itself.
    let copied = Command::new("pdftotext").arg("-raw").arg(&pdf).arg("-").output().unwrap();
    let copied = letters(&String::from_utf8(copied.stdout).unwrap());
    for (text, script) in missing {
        // Poppler takes what is written from right to left as it stands on the page, and turns it round.
        let turned: String = text.chars().rev().collect();
        let is_turned = ["Arabic", "Hebrew"].contains(&script) && copied.contains(&turned);
        assert!(copied.contains(text) || is_turned, "{script}: {copied}");
    }
    let scripts: Vec<&str> = missing.iter().map(|(_, script)| *script).collect();
    assert!(read.contains(&letters(&format!("does not have ({})", scripts.join(", ")))), "{read}");
    assert!(is_accessible(&pdf));
    pictures(&pdf, "scripts");
}

/// Keeps pictures of the first pages in the folder `PDF_PICTURES`, for who looks at them.
fn pictures(pdf: &Path, name: &str) {
    if let Some(folder) = std::env::var_os("PDF_PICTURES") {
        let to = Path::new(&folder).join(name);
        assert!(
            Command::new("pdftoppm")
                .args(["-r", "70", "-png", "-l", "6"])
                .arg(pdf)
                .arg(to)
                .status()
                .unwrap()
                .success()
        );
    }
}
