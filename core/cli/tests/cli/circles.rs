//! No two files of a crate name each other, be it by way of others: each can be read without what uses it.
//!
//! Calls of methods on one type whose `impl` lies in several files are not seen.
//!
//! What a file uses is read from its `use` lines and from the paths in its code, through the re-exports of
//! the modules on the way; its unit tests do not count. A pair that belongs together by its nature stands in
//! `TOGETHER`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::arrows::{CRATES, module_path, sources, without_comments};

/// Crate → files of which one may use the other both ways, and why.
const TOGETHER: &[(&str, &str, &str, &str)] = &[];

#[test]
fn no_files_use_each_other() {
    let found: Vec<String> = CRATES.iter().flat_map(|(name, _)| circles(name, &sources(name))).collect();
    assert!(found.is_empty(), "files use each other:\n  {}", found.join("\n  "));
}

#[test]
fn a_planted_circle_is_found_and_a_line_is_none() {
    let plant = |files: &[(&str, &str)]| {
        let files: Vec<_> =
            files.iter().map(|(path, text)| (PathBuf::from(path), (*text).to_owned())).collect();
        circles("planted", &files)
    };
    let circle = ["planted: a.rs, b.rs"];
    assert_eq!(plant(&[("a.rs", "use crate::b::B;"), ("b.rs", "fn f() -> crate::a::A {}")]), circle);
    let (root, by_root) = ("pub use a::A;\npub(crate) use b::{B, c};", "use crate::{A, other};");
    assert_eq!(plant(&[("lib.rs", root), ("a.rs", "use super::B;"), ("b.rs", by_root)]), circle);
    let (inner, outer) = ("use super::super::out::Out;", "use crate::m::{self, In};");
    let files = [("m/mod.rs", "mod inner;\npub use inner::In;"), ("m/inner.rs", inner), ("out.rs", outer)];
    assert_eq!(plant(&files), ["planted: m/inner.rs, out.rs"]);
    let three =
        [("a.rs", "use crate::b;"), ("b.rs", "use crate::c::{C};"), ("c.rs", "use super::a::{A as B};")];
    assert_eq!(plant(&three), ["planted: a.rs, b.rs, c.rs"]);
    let renamed = [("lib.rs", "pub use a::A as B;"), ("a.rs", "use crate::b::C;"), ("b.rs", "use crate::B;")];
    assert_eq!(plant(&renamed), circle);
    let used_here = [("lib.rs", "mod a;\npub use a::A;\nstruct B(A);"), ("a.rs", "use crate::B;")];
    assert_eq!(plant(&used_here), ["planted: a.rs, lib.rs"]);
    for text in ["// crate::a::A", "#[cfg(test)]\nmod tests {\n    use crate::a::A;\n}", "use std::a::A;"] {
        assert!(plant(&[("a.rs", "use crate::b::B;"), ("b.rs", text)]).is_empty(), "{text}");
    }
}

/// Each circle as the names of its files.
fn circles(name: &str, files: &[(PathBuf, String)]) -> Vec<String> {
    let uses = uses(files);
    let reach: BTreeMap<&str, BTreeSet<&str>> =
        uses.keys().map(|file| (file.as_str(), reached(&uses, file))).collect();
    let mut found = Vec::new();
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    for (file, reached) in &reach {
        let circle: BTreeSet<&str> =
            reached.iter().copied().filter(|other| reach[other].contains(file)).collect();
        if circle.len() > 1 && seen.is_disjoint(&circle) && !belongs_together(name, &circle) {
            found.push(format!("{name}: {}", circle.iter().copied().collect::<Vec<_>>().join(", ")));
        }
        seen.extend(circle);
    }
    found
}

fn belongs_together(name: &str, circle: &BTreeSet<&str>) -> bool {
    TOGETHER.iter().any(|(of, one, other, _)| *of == name && *circle == BTreeSet::from([*one, *other]))
}

/// All that a file uses, and what that uses, and so on.
fn reached<'u>(uses: &'u BTreeMap<String, BTreeSet<String>>, file: &str) -> BTreeSet<&'u str> {
    let mut reached = BTreeSet::new();
    let mut ahead: Vec<&str> = uses[file].iter().map(String::as_str).collect();
    while let Some(next) = ahead.pop() {
        if let Some((next, used)) = uses.get_key_value(next)
            && reached.insert(next.as_str())
        {
            ahead.extend(used.iter().map(String::as_str));
        }
    }
    reached
}

/// A module, or something in it, from the root of its crate.
type Place = Vec<String>;

/// Each file → the files that it uses.
fn uses(files: &[(PathBuf, String)]) -> BTreeMap<String, BTreeSet<String>> {
    let name = |path: &PathBuf| path.to_string_lossy().into_owned();
    let modules: BTreeMap<Place, String> =
        files.iter().map(|(path, _)| (module_path(path), name(path))).collect();
    let mut exported: BTreeMap<(Place, String), Place> = BTreeMap::new();
    let mut named: Vec<(String, Vec<Place>)> = Vec::new();
    for (path, text) in files {
        let module = module_path(path);
        let is_child =
            |segment: &str| modules.contains_key(&[module.as_slice(), &[segment.to_owned()]].concat());
        let code = without_comments(text);
        let code = code.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
        let (imports, rest) = imports(code);
        let mut of_file = Vec::new();
        for (is_export, tree) in imports {
            for (leaf, name) in leaves(&tree) {
                let Some(place) = absolute(&leaf, &module, &is_child) else { continue };
                // What is only handed on is used by whoever takes it from here.
                if !is_export || is_named(&rest, &name) {
                    of_file.push(place.clone());
                }
                if is_export {
                    exported.insert((module.clone(), name), place);
                }
            }
        }
        of_file.extend(paths(&rest).iter().filter_map(|path| absolute(path, &module, &is_child)));
        named.push((name(path), of_file));
    }
    named
        .into_iter()
        .map(|(file, places)| {
            let used = places.iter().filter_map(|place| file_of(place, &modules, &exported));
            let used = used.filter(|used| *used != file).collect();
            (file, used)
        })
        .collect()
}

/// The file in which something is, behind whatever re-exports it.
fn file_of(
    place: &[String],
    modules: &BTreeMap<Place, String>,
    exported: &BTreeMap<(Place, String), Place>,
) -> Option<String> {
    let mut place = place.to_vec();
    // A re-export leads to another at most so often.
    for _ in 0..8 {
        let depth = (0..=place.len()).rev().find(|depth| modules.contains_key(&place[..*depth]))?;
        let module = place[..depth].to_vec();
        match place.get(depth).and_then(|name| exported.get(&(module.clone(), name.clone()))) {
            Some(target) => place = [target.as_slice(), &place[depth + 1..]].concat(),
            None => return modules.get(&module).cloned(),
        }
    }
    None
}

/// The `use` lines, each with whether it exports, and the code without them.
fn imports(code: &str) -> (Vec<(bool, String)>, String) {
    let (mut imports, mut rest) = (Vec::new(), String::new());
    let mut lines = code.lines();
    while let Some(line) = lines.next() {
        let visible = line.trim_start();
        let private = match visible.strip_prefix("pub") {
            Some(after) => after.trim_start_matches(|c| c != ' ' && c != '\n').trim_start(),
            None => visible,
        };
        let Some(tree) = private.strip_prefix("use ") else {
            rest.push_str(line);
            rest.push('\n');
            continue;
        };
        let mut tree = tree.to_owned();
        while !tree.contains(';') {
            let Some(line) = lines.next() else { break };
            tree.push_str(line.trim());
        }
        imports.push((private.len() < visible.len(), tree.split(';').next().unwrap_or_default().to_owned()));
    }
    (imports, rest)
}

/// `a::{b, c::{self, D as E}}` as `a::b`, `a::c`, `a::c::D`, each with the name by which it is known from there on.
fn leaves(tree: &str) -> Vec<(String, String)> {
    let Some((before, group)) = tree.split_once('{') else {
        let (path, name) = tree.split_once(" as ").unwrap_or((tree, ""));
        let path = path.trim().trim_end_matches("::self").to_owned();
        let last = path.rsplit("::").next().unwrap_or_default();
        let name = if name.is_empty() { last } else { name.trim() }.to_owned();
        return vec![(path, name)];
    };
    let (mut parts, mut part, mut depth) = (Vec::new(), String::new(), 0);
    for c in group.chars() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(std::mem::take(&mut part));
                continue;
            }
            _ => {}
        }
        part.push(c);
    }
    parts.push(part);
    let parts = parts.iter().filter(|part| !part.trim().is_empty());
    parts.flat_map(|part| leaves(&format!("{}{}", before.trim(), part.trim()))).collect()
}

/// Whether code beside the lines of modules has this name.
fn is_named(code: &str, name: &str) -> bool {
    let words = code.lines().filter(|line| !line.trim_start().trim_start_matches("pub ").starts_with("mod "));
    words.flat_map(|line| line.split(|c: char| !c.is_alphanumeric() && c != '_')).any(|word| word == name)
}

/// Every `a::b::c` in code.
fn paths(code: &str) -> Vec<String> {
    code.split(|c: char| !c.is_alphanumeric() && c != '_' && c != ':')
        .map(|path| path.trim_matches(':'))
        .filter(|path| path.contains("::"))
        .map(str::to_owned)
        .collect()
}

/// From the root of the crate, where a path says so or begins with a module below this one.
fn absolute(path: &str, module: &[String], is_child: &dyn Fn(&str) -> bool) -> Option<Place> {
    let mut segments = path.split("::").map(str::trim).peekable();
    let mut place = module.to_vec();
    match *segments.peek()? {
        "crate" => place.clear(),
        "self" | "super" => {}
        first if is_child(first) => {}
        _ => return None,
    }
    for segment in segments {
        match segment {
            "crate" | "self" => {}
            "super" => drop(place.pop()),
            name => place.push(name.to_owned()),
        }
    }
    Some(place)
}
