//! `keepwell demo`: ten steps, all of them checked, told once to programs.

use crate::keepwell::Party;

#[test]
fn the_whole_story_holds() {
    let folder = tempfile::tempdir().unwrap();
    let told = Party::new(folder.path()).json(&["demo"]);
    let steps = told["steps"].as_array().unwrap();
    assert_eq!(steps.len(), 10);
    let checked: Vec<&str> = steps.iter().map(|step| step["checked"].as_str().unwrap()).collect();
    assert!(checked.iter().all(|told| !told.is_empty()));
    assert!(checked[4].contains("dropped, other-category"), "the reader's reason is named: {}", checked[4]);
    assert!(checked[6].contains("the 58 records granted before open"), "{}", checked[6]);
}

#[test]
fn a_story_about_a_file_that_is_not_there_fails() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing.json");
    let run = Party::new(folder.path()).run(&["--json", "demo", "--records", missing.to_str().unwrap()]);
    assert_eq!(run.code, Some(1), "{}", run.stderr);
    assert!(run.stdout.is_empty());
}
