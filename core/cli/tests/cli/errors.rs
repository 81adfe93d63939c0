//! `docs/errors.md` lists every code that any layer can tell, and no other.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

#[test]
fn the_list_of_errors_is_complete() {
    let told = codes_in_sources();
    assert!(told.len() > 30, "the codes were not found: {told:?}");
    let list = std::fs::read_to_string(root().join("docs/errors.md")).unwrap();
    assert_eq!(listed_twice(&list), [""; 0]);
    let listed: BTreeSet<String> = codes_in_list(&list).collect();
    let missing: Vec<_> = told.difference(&listed).collect();
    let stale: Vec<_> = listed.difference(&told).collect();
    assert!(missing.is_empty(), "not in docs/errors.md: {missing:?}");
    assert!(stale.is_empty(), "in docs/errors.md, but nothing tells them: {stale:?}");
}

#[test]
fn a_new_code_and_a_stale_line_are_noticed() {
    let source = "fn code(&self) -> &'static str {\n  match self {\n    Self::Gone => \"Gone\",\n  }\n}\n\
                  fn name(&self) -> &'static str { \"NotACode\" }";
    assert_eq!(codes_in(source), BTreeSet::from(["Gone".to_owned()]));
    let list = "| code | meaning |\n| --- | --- |\n| `Kept` | … |\nprose with `Word`\n";
    assert_eq!(codes_in_list(list).collect::<Vec<_>>(), ["Kept"]);
    assert_eq!(listed_twice(list), [""; 0]);
    assert_eq!(listed_twice(&format!("{list}| `Other` | … |\n| `Kept` | in other words |\n")), ["Kept"]);
}

fn codes_in_sources() -> BTreeSet<String> {
    let mut folders = vec![root().join("core"), root().join("bindings")];
    let mut codes = BTreeSet::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.ends_with("tests") {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                codes.append(&mut codes_in(&std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    codes
}

/// The CamelCase literals in the bodies of functions named `code`: up to the brace that closes them.
fn codes_in(source: &str) -> BTreeSet<String> {
    let mut codes = BTreeSet::new();
    for (at, _) in source.match_indices("fn code(") {
        let signature = source[at..].split('{').next().unwrap_or_default();
        if !signature.contains("str") && !signature.contains("String") {
            continue;
        }
        let mut depth = 0;
        for line in source[at..].lines() {
            if line.contains("=>") || depth == 1 {
                codes.extend(
                    line.split('"').skip(1).step_by(2).filter(|text| is_code(text)).map(str::to_owned),
                );
            }
            depth += line.matches('{').count();
            depth -= line.matches('}').count();
            if depth == 0 {
                break;
            }
        }
    }
    // Arguments that no value of their type may have, as the bindings tell them: one by one and in a table.
    let invalid = source.split("invalid(ArgumentReason::").skip(1).filter_map(|rest| rest.split(')').next());
    let table = source.split("\ninvalid_arguments! {").nth(1).and_then(|rest| rest.split("\n}").next());
    let in_table = table.unwrap_or_default().split("=> ").skip(1).filter_map(|rest| rest.split(',').next());
    codes.extend(invalid.chain(in_table).filter(|text| is_code(text)).map(str::to_owned));
    codes
}

/// The first column of the tables.
fn codes_in_list(text: &str) -> impl Iterator<Item = String> {
    let cells = text.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    cells.map(str::to_owned)
}

/// The codes of which the tables have more than one row.
fn listed_twice(text: &str) -> Vec<String> {
    let mut seen = BTreeSet::new();
    codes_in_list(text).filter(|code| !seen.insert(code.clone())).collect()
}

fn is_code(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_uppercase()) && text.chars().all(|c| c.is_ascii_alphanumeric())
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}
