//! `docs/architecture.md` answers five questions with a file and a function each: they are there.

use std::path::Path;

#[test]
fn each_question_of_the_architecture_has_its_file_and_function() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let page = std::fs::read_to_string(root.join("docs/architecture.md")).unwrap();
    let section = page.split("\n## ").find(|section| section.starts_with("Five questions")).unwrap();
    let mut answered = 0;
    for row in section.lines().filter(|line| line.contains("? |")) {
        let [_, question, file, function, ..] = row.split('|').map(str::trim).collect::<Vec<_>>()[..] else {
            panic!("{row}");
        };
        let source = std::fs::read_to_string(root.join(file.trim_matches('`')))
            .unwrap_or_else(|error| panic!("{question} {file}: {error}"));
        let function = function.trim_matches('`');
        assert!(source.contains(&format!("fn {function}(")), "{question} {file} has no `{function}`");
        answered += 1;
    }
    assert_eq!(answered, 5);
}
