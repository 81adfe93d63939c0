//! What scripts rely on whatever the command: exit codes, error lines, help, completions.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use crate::keepwell::Party;

#[test]
fn wrong_usage_exits_2_and_says_so_twice_with_json() {
    let folder = tempfile::tempdir().unwrap();
    let party = Party::new(folder.path());
    for wrong in [&["frobnicate"][..], &[], &["completions"], &["completions", "cobol"], &["--home"]] {
        let run = party.run(wrong);
        run.failed_with(2, "Usage");
        assert!(run.stdout.is_empty());
        let run = party.run(&[&["--json"], wrong].concat());
        run.failed_with(2, "Usage");
        assert!(run.stderr.trim_end().lines().last().unwrap().starts_with("{\"error\":"), "{}", run.stderr);
    }
}

#[test]
fn a_noun_without_a_verb_and_nothing_at_all_are_answered_with_help() {
    let folder = tempfile::tempdir().unwrap();
    let party = Party::new(folder.path());
    for (arguments, commands) in [(&[][..], &["wallet", "grant"][..]), (&["record"], &["import", "list"])] {
        let run = party.run(arguments);
        run.failed_with(2, "Usage");
        assert!(run.stderr.contains("Commands:"), "{}", run.stderr);
        for command in commands {
            assert!(run.stderr.contains(&format!("\n  {command} ")), "{}", run.stderr);
        }
    }
}

#[test]
fn a_refusal_names_the_file_and_what_there_is_instead() {
    let folder = tempfile::tempdir().unwrap();
    let party = Party::new(folder.path().join("wallet"));
    party.json(&["wallet", "init"]);
    let missing = folder.path().join("no such.json");
    let missing = missing.to_str().unwrap();
    let run = party.run(&["record", "import", missing]);
    run.refused_with("FileUnreadable");
    assert!(run.stderr.contains(missing), "{}", run.stderr);
    let nowhere = Party::new(folder.path().join("nowhere"));
    let run = nowhere.run(&["wallet", "status"]);
    run.refused_with("NoWallet");
    assert!(run.stderr.contains(nowhere.home.to_str().unwrap()), "{}", run.stderr);
    assert!(run.stderr.contains("`keepwell wallet init`"), "{}", run.stderr);
    let run = party.run(&["record", "export", "/dev/null/records.ndjson"]);
    run.refused_with("FileUnwritable");
    assert!(run.stderr.contains("/dev/null/records.ndjson"), "{}", run.stderr);
    let run = party.run(&["record", "list", "--category", "allergy"]);
    run.failed_with(2, "Usage");
    assert!(run.stderr.contains("allergies, conditions"), "{}", run.stderr);
}

#[test]
fn help_and_version_go_to_stdout_and_exit_0() {
    let folder = tempfile::tempdir().unwrap();
    let party = Party::new(folder.path());
    assert!(party.run(&["--help"]).text().contains("Usage: keepwell"));
    assert!(party.run(&["--version"]).text().starts_with("keepwell "));
}

#[test]
fn completions_and_manual_pages_are_made() {
    let folder = tempfile::tempdir().unwrap();
    let party = Party::new(folder.path());
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        assert!(party.run(&["completions", shell]).text().contains("keepwell"), "{shell}");
    }
    let manual = folder.path().join("man");
    party.run(&["man", manual.to_str().unwrap()]).text();
    assert!(std::fs::read_to_string(manual.join("keepwell.1")).unwrap().contains("keepwell"));
    party.run(&["man", "/dev/null/man", "--json"]).refused_with("FileUnwritable");
}

/// The commands of the table of `cli.md`, each with its flags; `None` without the reference data.
fn promised() -> Option<BTreeMap<String, BTreeSet<String>>> {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared");
    let data = std::env::var_os("KEEPWELL_DATA").map_or_else(|| PathBuf::from(default), PathBuf::from);
    let Ok(text) = std::fs::read_to_string(data.join("cli.md")) else {
        assert!(std::env::var_os("CI").is_none(), "no reference data: set KEEPWELL_DATA");
        println!("skipped: no reference data, see KEEPWELL_DATA");
        return None;
    };
    let mut promised: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let rows = text.lines().take_while(|line| !line.starts_with("## Categories"));
    for row in rows.filter(|line| line.starts_with("| `")).map(|line| line.replace("\\|", " ")) {
        for span in row.split('|').nth(1).unwrap().split('`').skip(1).step_by(2) {
            let is_word = |word: &&str| word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
            let words: Vec<&str> = span.split(' ').take_while(is_word).take(2).collect();
            if words.first().is_some_and(|first| !first.starts_with('-')) {
                let flags = span.split(|c: char| !c.is_ascii_lowercase() && c != '-');
                let flags = flags.filter(|flag| flag.starts_with("--")).map(str::to_owned);
                promised.entry(words.join(" ")).or_default().extend(flags);
            }
        }
    }
    Some(promised)
}

#[test]
fn what_is_promised_and_not_there_is_said_in_the_readme() {
    let Some(promised) = promised() else { return };
    assert!(promised.len() > 50, "{promised:?}");
    let folder = tempfile::tempdir().unwrap();
    let party = Party::new(folder.path());
    let mut missing = BTreeSet::new();
    for (command, flags) in promised {
        let words: Vec<&str> = command.split(' ').collect();
        let run = party.run(&[words.as_slice(), &["--help"]].concat());
        if run.code != Some(0) {
            missing.insert(command);
            continue;
        }
        let help = run.text();
        let is_there = |flag: &String| {
            help.split(|c: char| !c.is_ascii_lowercase() && c != '-').any(|word| word == flag)
        };
        missing.extend(flags.iter().filter(|flag| !is_there(flag)).map(|flag| format!("{command} {flag}")));
    }
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../README.md")).unwrap();
    let said = readme.split("of the command line: ").nth(1).unwrap().split("\n- ").next().unwrap();
    let said: BTreeSet<String> = said.split('`').skip(1).step_by(2).map(str::to_owned).collect();
    assert_eq!(said, missing);
}
