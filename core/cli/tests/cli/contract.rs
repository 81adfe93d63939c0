//! What scripts rely on whatever the command: exit codes, error lines, help, completions.

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
