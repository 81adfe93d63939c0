//! Rules for the sources that no compiler holds.

use std::path::{Path, PathBuf};

#[test]
fn no_doc_comment_ends_the_comment_that_it_becomes() {
    // uniffi copies it as it is into the comments of Kotlin and Swift, where `*/` ends it and `/*` opens another.
    let faults = lines(&repository().join("bindings/src"), "rs", |line| {
        let is_doc = ["///", "//!"].iter().any(|mark| line.trim_start().starts_with(mark));
        is_doc && (line.contains("*/") || line.contains("/*"))
    });
    assert_eq!(faults, Vec::<String>::new());
}

#[test]
fn the_core_does_not_know_that_other_languages_call_it() {
    let core = repository().join("core");
    let mentions = |line: &str| line.contains("uniffi");
    let mut faults = lines(&core, "toml", mentions);
    for krate in std::fs::read_dir(&core).unwrap() {
        faults.extend(lines(&krate.unwrap().path().join("src"), "rs", mentions));
    }
    assert_eq!(faults, Vec::<String>::new());
}

#[test]
fn the_rules_find_what_breaks_them() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.rs"), "/// fine\n/// not */ fine\n").unwrap();
    assert_eq!(lines(folder.path(), "rs", |line| line.contains("*/")).len(), 1);
}

/// Every line of the files of a folder that breaks a rule, with where it is.
fn lines(folder: &Path, extension: &str, breaks: impl Fn(&str) -> bool + Copy) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(lines(&path, extension, breaks));
        } else if path.extension().is_some_and(|own| own == extension) {
            let text = std::fs::read_to_string(&path).unwrap();
            let faults = text.lines().filter(|line| breaks(line));
            found.extend(faults.map(|line| format!("{}: {line}", path.display())));
        }
    }
    found
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}
