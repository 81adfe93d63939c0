//! `keepwell demo`: ten steps, all of them checked, told once to programs.

mod keepwell;

use keepwell::Party;

#[test]
fn the_whole_story_holds() {
    let folder = tempfile::tempdir().unwrap();
    let told = Party::new(folder.path()).json(&["demo"]);
    let steps = told["steps"].as_array().unwrap();
    assert_eq!(steps.len(), 10);
    assert!(steps.iter().all(|step| !step["checked"].as_str().unwrap().is_empty()));
}

#[test]
fn a_story_about_a_file_that_is_not_there_fails() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing.json");
    let run = Party::new(folder.path()).run(&["--json", "demo", "--records", missing.to_str().unwrap()]);
    assert_eq!(run.code, Some(1), "{}", run.stderr);
    assert!(run.stdout.is_empty());
}
