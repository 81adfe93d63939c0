//! What others wrote commands no display: not in text, not in JSON, not on stderr.

#![cfg(target_os = "linux")]

use keepwell_protocol::domain::is_display_control;

use crate::keepwell::{Party, Terminal, text};

/// A C1 command, an override of the reading order, an Arabic mark.
const HOSTILE: &str = "Nuts\u{9b}2J\u{202e}gm\u{61c}5";

/// The characters in it that command a display, but for the ends of lines.
fn commands(shown: &str) -> String {
    shown.chars().filter(|c| is_display_control(*c) && *c != '\n').collect()
}

#[test]
fn records_names_and_refusals_command_no_display() {
    let folder = tempfile::tempdir().unwrap();
    let party = Party::new(folder.path().join("wallet"));
    party.json(&["wallet", "init"]);
    let file = folder.path().join("allergy.json");
    let allergy =
        format!(r#"{{"resourceType":"AllergyIntolerance","id":"a1","code":{{"text":"{HOSTILE}"}}}}"#);
    std::fs::write(&file, &allergy).unwrap();
    party.json(&["record", "import", &text(&file)]);

    let shown = party.run(&["record", "list"]).text();
    assert!(shown.contains("Nuts\u{fffd}2J\u{fffd}gm\u{fffd}5"), "{shown}");
    assert_eq!(commands(&shown), "");
    let shown = party.run(&["record", "list", "--json"]).text();
    assert_eq!(commands(&shown), "");
    let list: serde_json::Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(list["records"][0]["display"], HOSTILE, "the value is the same");

    // Two people, neither known as the owner: the refusal lists their names.
    let person = |id: &str, born: u32| {
        let name = format!(r#"[{{"family":"{HOSTILE}","given":["A"]}}]"#);
        format!(r#"{{"resourceType":"Patient","id":"{id}","name":{name},"birthDate":"{born}-01-01"}}"#)
    };
    let people = folder.path().join("people.ndjson");
    std::fs::write(&people, format!("{}\n{}\n", person("p1", 1950), person("p2", 1990))).unwrap();
    for arguments in
        [&["record", "import", &text(&people)][..], &["record", "import", &text(&people), "--json"]]
    {
        let run = party.run(arguments);
        run.refused_with("OtherPatient");
        assert!(run.stderr.contains("Nuts"), "{}", run.stderr);
        assert_eq!(commands(&run.stderr), "");
    }

    // A file gets the bytes, a terminal what stands for them.
    let id = list["records"][0]["id"].as_str().unwrap();
    assert_eq!(party.run(&["record", "show", id]).text(), allergy);
    let Some(mut terminal) = Terminal::start(&party, &["record", "show", id]) else { return };
    terminal.wait_for("PIN: ");
    terminal.type_line(party.pin);
    let (code, shown) = terminal.finish();
    assert_eq!(code, Some(0), "{shown}");
    assert!(shown.contains(r"Nuts\u009b2J\u202egm\u061c5"), "{shown}");
    assert_eq!(commands(&shown), "");
}
