//! The folder tree is the drawing of the architecture: this test holds its arrows.
//!
//! Which crate may use which, which module inside `protocol`, `wallet` and `ledger` may use which, and who
//! may import cipher crates. A new arrow is a decision: change the table here together with
//! `docs/architecture.md`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// From → to.
type Arrows = &'static [(&'static str, &'static [&'static str])];

/// Crate → crates of this workspace that it may use. Tests of a crate may also use those of `IN_TESTS`.
pub(crate) const CRATES: Arrows = &[
    ("protocol", &[]),
    ("chart", &["protocol"]),
    ("pdf", &["protocol", "chart"]),
    ("page", &["protocol", "chart"]),
    ("viewer", &["protocol", "chart", "page"]),
    ("page-cipher", &[]),
    ("net", &["protocol"]),
    ("source", &["protocol", "net"]),
    ("wallet", &["protocol", "chart", "pdf", "net", "source", "page-cipher"]),
    ("server", &[]),
    ("ledger", &["protocol", "net", "server"]),
    ("host", &["protocol", "net", "server", "viewer", "page-cipher"]),
    ("clinic", &["protocol", "chart", "page", "net", "server", "page-cipher"]),
    ("cli", &["protocol", "chart", "net", "wallet", "ledger", "host", "clinic"]),
    ("bindings", &["protocol", "chart", "net", "wallet"]),
    ("texts", &[]),
];

/// What tests may use beyond the table: the wallet's and the clinic's run against real servers.
const IN_TESTS: Arrows = &[
    ("cli", &["page-cipher", "pdf"]),
    ("net", &[]),
    ("host", &["ledger"]),
    ("clinic", &["ledger", "host"]),
    ("wallet", &["ledger", "host", "clinic"]),
];

/// Crate → its top modules → the top modules each may use.
const MODULES: &[(&str, Arrows)] = &[
    (
        "protocol",
        &[
            ("domain", &[]),
            ("crypto", &["domain"]),
            ("formats", &["crypto", "domain"]),
            ("consent", &["crypto", "domain"]),
            ("ledger", &["crypto", "domain"]),
            ("vault", &["consent", "ledger", "formats", "crypto", "domain"]),
        ],
    ),
    (
        "wallet",
        &[
            ("store", &[]),
            ("net", &["store"]),
            ("error", &["net", "store"]),
            ("records_view", &["error", "net", "store"]),
            ("engine", &["records_view", "error", "net", "store"]),
            ("restore", &["engine", "records_view", "error", "net", "store"]),
            ("facade", &["restore", "engine", "records_view", "error", "net", "store"]),
        ],
    ),
    (
        "ledger",
        &[
            ("state", &[]),
            ("store", &["state"]),
            ("engine", &["store", "state"]),
            ("gateway", &["collector", "engine", "gateway_keys", "store", "state"]),
            ("governance", &[]),
            ("gateway_keys", &["governance"]),
            ("aggregator", &["governance"]),
            ("collector", &["aggregator", "store"]),
            ("anchor", &["store"]),
            ("home_folder", &[]),
            ("home", &["governance", "home_folder"]),
            ("node_home", &["engine", "home_folder"]),
            ("node_config", &["engine"]),
            (
                "network",
                &["anchor", "engine", "governance", "home_folder", "node_config", "node_home", "state"],
            ),
            ("members", &["governance", "network", "node_config", "node_home"]),
            (
                "server",
                &[
                    "gateway",
                    "gateway_keys",
                    "collector",
                    "anchor",
                    "home",
                    "home_folder",
                    "engine",
                    "store",
                    "state",
                ],
            ),
            (
                "node",
                &[
                    "gateway",
                    "gateway_keys",
                    "collector",
                    "anchor",
                    "home_folder",
                    "node_home",
                    "engine",
                    "store",
                    "state",
                ],
            ),
        ],
    ),
];

/// Crates that do cryptography. Only the two below may depend on them, and `protocol` only in `crypto/`.
const CIPHERS: &[&str] = &[
    "ed25519-dalek",
    "x25519-dalek",
    "hpke",
    "chacha20poly1305",
    "aes-gcm",
    "bip39",
    "argon2",
    "hkdf",
    "hmac",
    "sha1",
    "sha2",
    "pbkdf2",
    "aes",
    "cbc",
    "getrandom",
    "rand_core",
    "ring",
];
const CIPHER_CRATES: &[&str] = &["protocol", "page-cipher"];

/// Crates with ciphers of their own that a phone is not to have, and who may use them beside tests.
const ON_SERVERS: Arrows = &[("ohttp", &["ledger"]), ("bhttp", &["ledger"])];

#[test]
fn crates_use_only_those_below_them() {
    assert_none(&crate_violations(&workspace_dependencies()));
}

#[test]
fn modules_use_only_those_below_them() {
    for (name, modules) in MODULES {
        assert_none(&module_violations(modules, &sources(name)));
    }
}

#[test]
fn only_crypto_and_page_cipher_import_cipher_crates() {
    let mut found = cipher_dependency_violations(&workspace_dependencies());
    let mut outside = sources("protocol");
    outside.retain(|(path, _)| !path.starts_with("crypto"));
    assert!(outside.len() > 5, "the sources of protocol were not found");
    found.extend(cipher_import_violations(&outside));
    assert_none(&found);
}

#[test]
fn what_is_for_servers_is_in_no_phone() {
    assert_none(&server_dependency_violations(&workspace_dependencies()));
}

#[test]
fn a_planted_violation_is_found() {
    let ohttp = || Dependency { name: "ohttp".into(), test_only: false };
    let planted = BTreeMap::from([("net".to_owned(), vec![ohttp()]), ("ledger".to_owned(), vec![ohttp()])]);
    assert_eq!(
        server_dependency_violations(&planted),
        ["`net` must not depend on `ohttp`: it is for servers"]
    );
    let in_tests = Dependency { name: "ohttp".into(), test_only: true };
    assert!(server_dependency_violations(&BTreeMap::from([("net".to_owned(), vec![in_tests])])).is_empty());

    let host = Dependency { name: "keepwell-host".into(), test_only: false };
    let planted = BTreeMap::from([("protocol".to_owned(), vec![host])]);
    assert_eq!(crate_violations(&planted), ["`protocol` must not use `host`"]);

    let sha2 = Dependency { name: "sha2".into(), test_only: false };
    let planted = BTreeMap::from([("wallet".to_owned(), vec![sha2])]);
    assert_eq!(
        cipher_dependency_violations(&planted),
        ["`wallet` must not depend on the cipher crate `sha2`: go through keepwell_protocol::crypto"]
    );

    let protocol = MODULES[0].1;
    for (path, text) in [
        ("crypto/seal.rs", "use crate::vault::Head;"),
        ("crypto/seal.rs", "use crate::{domain::GrantId, vault::Head};"),
        ("crypto/mod.rs", "use super::vault;"),
        ("crypto/hpke/suite.rs", "fn f(x: super::super::super::vault::Head) {}"),
    ] {
        let found = module_violations(protocol, &[(PathBuf::from(path), text.to_owned())]);
        assert_eq!(found, [format!("{path}: `crypto` must not use `vault`")], "{text}");
    }
    let allowed =
        "use crate::{crypto::seal, domain};\n// use crate::vault\n/* crate::vault */ use super::Head;";
    assert!(module_violations(protocol, &[("formats/a.rs".into(), allowed.to_owned())]).is_empty());

    for text in ["use sha2::Sha256;", "let x = hmac::Hmac::new();", "use aes_gcm as cipher;"] {
        assert_eq!(cipher_import_violations(&[("vault/a.rs".into(), text.to_owned())]).len(), 1, "{text}");
    }
    let ours = "use crate::crypto::sha2::X; // sha2::Sha256\nlet s = hash_of(hmac_key);";
    assert!(cipher_import_violations(&[("vault/a.rs".into(), ours.to_owned())]).is_empty());
}

struct Dependency {
    name: String,
    test_only: bool,
}

fn assert_none(violations: &[String]) {
    assert!(violations.is_empty(), "the architecture's arrows are broken:\n  {}", violations.join("\n  "));
}

fn allowed(table: Arrows, name: &str) -> &'static [&'static str] {
    table.iter().find(|(from, _)| *from == name).map_or(&[], |(_, to)| to)
}

fn crate_violations(crates: &BTreeMap<String, Vec<Dependency>>) -> Vec<String> {
    let mut found = Vec::new();
    for (name, dependencies) in crates {
        if !CRATES.iter().any(|(known, _)| known == name) {
            found.push(format!("`{name}` is not in the table of arrows"));
        }
        for dependency in dependencies {
            let Some(target) = dependency.name.strip_prefix("keepwell-") else { continue };
            let in_tests =
                dependency.test_only && (target == name || allowed(IN_TESTS, name).contains(&target));
            if !in_tests && !allowed(CRATES, name).contains(&target) {
                found.push(format!("`{name}` must not use `{target}`"));
            }
        }
    }
    found
}

fn server_dependency_violations(dependencies: &BTreeMap<String, Vec<Dependency>>) -> Vec<String> {
    let mut found = Vec::new();
    for (name, uses) in dependencies {
        for used in uses.iter().filter(|used| !used.test_only) {
            let of = ON_SERVERS.iter().find(|(name, _)| *name == used.name);
            if of.is_some_and(|(_, users)| !users.contains(&name.as_str())) {
                found.push(format!("`{name}` must not depend on `{}`: it is for servers", used.name));
            }
        }
    }
    found
}

fn cipher_dependency_violations(crates: &BTreeMap<String, Vec<Dependency>>) -> Vec<String> {
    let mut found = Vec::new();
    for (name, dependencies) in crates.iter().filter(|(name, _)| !CIPHER_CRATES.contains(&name.as_str())) {
        for cipher in dependencies.iter().filter(|d| CIPHERS.contains(&d.name.as_str())) {
            found.push(format!(
                "`{name}` must not depend on the cipher crate `{}`: go through keepwell_protocol::crypto",
                cipher.name
            ));
        }
    }
    found
}

/// Paths are relative to `src`; the first folder or file stem is the top module.
fn module_violations(modules: Arrows, files: &[(PathBuf, String)]) -> Vec<String> {
    let mut found = Vec::new();
    for (path, text) in files {
        let place = module_path(path);
        let Some(from) = place.first() else { continue };
        let Some((_, may_use)) = modules.iter().find(|(name, _)| name == from) else { continue };
        for target in top_modules_named(&place, &without_comments(text)) {
            let known = modules.iter().any(|(name, _)| *name == target);
            if known && target != *from && !may_use.contains(&target.as_str()) {
                found.push(format!("{}: `{from}` must not use `{target}`", path.display()));
            }
        }
    }
    found
}

fn cipher_import_violations(files: &[(PathBuf, String)]) -> Vec<String> {
    let mut found = Vec::new();
    for (path, text) in files {
        let code = without_comments(text);
        for cipher in CIPHERS {
            let name = cipher.replace('-', "_");
            let imported = code.match_indices(&name).any(|(at, _)| {
                let before = code[..at].chars().next_back();
                let after = code[at + name.len()..].trim_start();
                let is_path_start = before.is_none_or(|c| !c.is_alphanumeric() && c != '_' && c != ':');
                let is_used = code[..at].trim_end().ends_with("use") || after.starts_with("::");
                let whole = !after.starts_with(|c: char| c.is_alphanumeric() || c == '_')
                    || after.len() < code[at + name.len()..].len();
                is_path_start && is_used && whole
            });
            if imported {
                found.push(format!("{}: only crypto/ may import `{cipher}`", path.display()));
            }
        }
    }
    found
}

/// `crypto/hpke/suite.rs` is `["crypto", "hpke", "suite"]`, `crypto/mod.rs` is `["crypto"]`.
pub(super) fn module_path(path: &Path) -> Vec<String> {
    let mut parts: Vec<String> =
        path.with_extension("").iter().map(|part| part.to_string_lossy().into_owned()).collect();
    parts.retain(|part| part != "mod" && part != "lib" && part != "main");
    parts
}

/// The top modules that a file names by `crate::…` or by enough `super::`.
fn top_modules_named(place: &[String], code: &str) -> Vec<String> {
    let to_root = "super::".repeat(place.len());
    let mut named = Vec::new();
    for root in ["crate::", to_root.as_str()] {
        for (at, _) in code.match_indices(root) {
            if root != "crate::" && code[..at].ends_with("super::") {
                continue;
            }
            let rest = &code[at + root.len()..];
            match rest.strip_prefix('{') {
                Some(group) => named.extend(group_heads(group)),
                None => named.extend(identifier(rest)),
            }
        }
    }
    named
}

/// The first segment of each path in `{a::b, c::{d, e}}`, given from after the opening brace.
fn group_heads(group: &str) -> Vec<String> {
    let (mut heads, mut depth, mut at_start) = (Vec::new(), 0_u32, true);
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => at_start = true,
            c if at_start && !c.is_whitespace() => {
                heads.extend(identifier(&group[at..]));
                at_start = false;
            }
            _ => {}
        }
    }
    heads
}

fn identifier(text: &str) -> Option<String> {
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    (end > 0).then(|| text[..end].to_owned())
}

/// Enough for our own sources: `//` to the end of the line and `/* … */`, not minding strings.
pub(super) fn without_comments(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    for line in text.lines() {
        code.push_str(line.split("//").next().unwrap_or_default());
        code.push('\n');
    }
    while let (Some(from), Some(to)) = (code.find("/*"), code.find("*/")) {
        if to < from {
            break;
        }
        code.replace_range(from..to + 2, "");
    }
    code
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Every source file of a crate: path relative to its `src`, text.
pub(super) fn sources(name: &str) -> Vec<(PathBuf, String)> {
    let folder = match name {
        "bindings" => root(),
        "texts" => root().join("dev.d"),
        _ => root().join("core"),
    };
    let src = folder.join(name).join("src");
    let mut folders = vec![src.clone()];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                files.push((path.strip_prefix(&src).unwrap().to_owned(), text));
            }
        }
    }
    files
}

/// Crate without `keepwell-` → its direct dependencies, from `cargo metadata`.
fn workspace_dependencies() -> BTreeMap<String, Vec<Dependency>> {
    let output = std::process::Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    assert!(packages.len() >= CRATES.len());
    packages
        .iter()
        .map(|package| {
            let name = package["name"].as_str().unwrap().trim_start_matches("keepwell-").to_owned();
            let dependencies =
                package["dependencies"].as_array().unwrap().iter().map(|dependency| Dependency {
                    name: dependency["name"].as_str().unwrap().to_owned(),
                    test_only: dependency["kind"] == "dev",
                });
            (name, dependencies.collect())
        })
        .collect()
}
