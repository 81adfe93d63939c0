//! The table keeps the rules, the generated files are those of the table, and each planted fault is found.

use std::fs;
use std::path::Path;

use crate::rules::faults;
use crate::table::{App, Entry, Language, Section};
use crate::{android, files, in_repository, ios, sections};

#[test]
fn the_table_keeps_the_rules() {
    let sections = sections().unwrap();
    assert_eq!(faults(&sections), Vec::<String>::new());
    assert!(
        sections.iter().map(|section| section.texts.len()).sum::<usize>() > 300,
        "the table was not found"
    );
}

#[test]
fn what_is_generated_is_as_the_table_says() {
    for (path, text) in files(&sections().unwrap()) {
        assert!(fs::read_to_string(in_repository(path)).unwrap() == text, "{path}: run ./dev texts");
    }
}

#[test]
fn each_app_uses_every_text_that_it_has() {
    let sections = sections().unwrap();
    let android = sources("android/app/src/main", &["kt", "AndroidManifest.xml"]);
    let ios = sources("ios/Sources", &["swift"]);
    assert_eq!(unused(&sections, App::Android, |entry| is_in_android(&android, entry)), [""; 0]);
    assert_eq!(unused(&sections, App::Ios, |entry| is_in_ios(&ios, entry)), [""; 0]);

    let planted = table(r#"{ "id": "nobody_says_this", "en": "No", "es": "No" }"#);
    assert_eq!(unused(&planted, App::Android, |entry| is_in_android(&android, entry)), ["nobody_says_this"]);
    assert_eq!(unused(&planted, App::Ios, |entry| is_in_ios(&ios, entry)), ["nobody_says_this"]);
    let elsewhere = table(r#"{ "id": "nobody_says_this", "only": "ios", "en": "No", "es": "No" }"#);
    assert_eq!(unused(&elsewhere, App::Android, |entry| is_in_android(&android, entry)), [""; 0]);
}

#[test]
fn a_planted_fault_is_found() {
    for (text, fault) in [
        (r#"{ "id": "Title", "en": "A", "es": "A" }"#, "lower-case words"),
        (r#"{ "id": "a__b", "en": "A", "es": "A" }"#, "lower-case words"),
        (
            r#"{ "id": "a_b", "en": "A", "es": "A" }, { "id": "a_b", "en": "B", "es": "B" }"#,
            "another of this",
        ),
        (r#"{ "id": "a_1", "en": "A", "es": "A" }"#, "lower-case words"),
        (
            r#"{ "id": "a", "only": "ios", "en": "A", "es": "B" }, { "id": "b", "only": "android", "en": "A", "es": "B" }"#,
            "by the name a",
        ),
        (r#"{ "id": "a", "en": "A", "es": "" }"#, "is empty"),
        (r#"{ "id": "a", "en": "A ", "es": "A" }"#, "a blank too many"),
        (r#"{ "id": "a", "en": "A  b", "es": "A" }"#, "a blank too many"),
        (r#"{ "id": "a", "en": "A...", "es": "A" }"#, "one character"),
        (r#"{ "id": "a", "en": "{1} of {2}", "es": "{1}" }"#, "the same placeholders"),
        (r#"{ "id": "a", "en": "{1:number}", "es": "{1}" }"#, "the same placeholders"),
        (r#"{ "id": "a", "en": "{2}", "es": "{2}" }"#, "without a gap"),
        (r#"{ "id": "a", "en": "{0}", "es": "{0}" }"#, "a placeholder is"),
        (r#"{ "id": "a", "en": "{1:date}", "es": "{1:date}" }"#, "a placeholder is"),
        (r#"{ "id": "a", "en": "{1", "es": "{1" }"#, "a placeholder is"),
        (
            r#"{ "id": "a", "en": { "one": "a {1:number}", "other": "{1:number}" }, "es": "{1:number}" }"#,
            "forms",
        ),
        (
            r#"{ "id": "a", "en": { "one": "a", "other": "{1:number}" },
             "es": { "one": "{1:number}", "other": "{1:number}" } }"#,
            "the same placeholders",
        ),
        (
            r#"{ "id": "a", "en": { "one": "a", "other": "b" }, "es": { "one": "a", "other": "b" } }"#,
            "{1:number}",
        ),
        (r#"{ "id": "tab_a", "en": "Configuring", "es": "A" }"#, "10 letters"),
        (r#"{ "id": "a", "en": "The Ledger.", "es": "A" }"#, "\"ledger\""),
        (r#"{ "id": "a", "en": "A", "es": "El libro de consentimientos" }"#, "\"libro de consentimientos\""),
        (r#"{ "id": "a", "en": "A", "es": "Escriba tu PIN" }"#, "\"tu\""),
        (r#"{ "id": "a", "en": "A", "es": "Su centro" }"#, "\"centro\""),
    ] {
        let found = faults(&table(text)).join("\n");
        assert!(found.contains(fault), "{text}: {found}");
    }
    let long = |words| format!(r#"{{ "id": "a", "en": "A.{} Or so.", "es": "A" }}"#, " word".repeat(words));
    assert_eq!(faults(&table(&long(23))), Vec::<String>::new());
    assert_eq!(faults(&table(&long(24))), ["a (English): a sentence has at most 25 words"]);
    for text in [
        r#"{ "id": "a", "in": "A", "es": "A" }"#,
        r#"{ "id": "a", "en": { "other": "b" }, "es": { "one": "a", "other": "b" } }"#,
        r#"{ "id": "a", "only": "web", "en": "A", "es": "A" }"#,
    ] {
        assert!(serde_json::from_str::<Vec<Section>>(&in_a_section(text)).is_err(), "{text}");
    }
    for text in [
        r#"{ "id": "a", "only": "ios", "en": "A", "es": "B" }, { "id": "b", "only": "ios", "en": "A", "es": "B" }"#,
        r#"{ "id": "a", "only": "ios", "en": "A", "es": "B" }, { "id": "b", "only": "android", "en": "A", "es": "C" }"#,
        r#"{ "id": "a1_b", "en": "Monkeys; {2} of {1}", "es": "Estudio {1}, {2}" }"#,
        r#"{ "id": "glossary_x", "en": "The ledger", "es": "El registro público" }"#,
        r#"{ "id": "a", "en": { "one": "{1:number} day", "other": "{1:number} days" },
             "es": { "one": "{1:number} día", "many": "{1:number} de días", "other": "{1:number} días" } }"#,
    ] {
        assert_eq!(faults(&table(text)), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn android_reads_what_was_written() {
    let written = |text: &str| {
        let entry = serde_json::json!({ "id": "a", "en": text, "es": text });
        let xml = android::strings(&table(&entry.to_string()), Language::English);
        xml.lines().find(|line| line.contains("<string")).unwrap().trim().to_owned()
    };
    for (text, value) in [
        (r#"Don't say "no""#, r#"<string name="a">Don\'t say \"no\"</string>"#),
        ("a & b < c > d", r#"<string name="a">a &amp; b &lt; c &gt; d</string>"#),
        ("@home", r#"<string name="a">\@home</string>"#),
        ("?x@y?", r#"<string name="a">\?x@y?</string>"#),
        ("one\ntwo\\n", r#"<string name="a">one\ntwo\\n</string>"#),
        ("100 % of 5 %", r#"<string name="a" formatted="false">100 % of 5 %</string>"#),
        ("{2} is 5 % of {1:number}", "<string name=\"a\">\u{2068}%2$s\u{2069} is 5 %% of %1$d</string>"),
    ] {
        assert_eq!(written(text), value);
    }
    let days = table(DAYS);
    let spanish = android::strings(&days, Language::Spanish);
    for line in [
        r#"<plurals name="all_days">"#,
        r#"<item quantity="one">%1$d día al 1 %%</item>"#,
        r#"<item quantity="many">%1$d días</item>"#,
        r#"<item quantity="other">%1$d días</item>"#,
    ] {
        assert!(spanish.contains(line), "{spanish}");
    }
    assert!(!android::strings(&days, Language::English).contains("many"));
}

#[test]
fn swift_reads_what_was_written() {
    let entry =
        serde_json::json!({ "id": "say_no", "en": "Don't say \"no\"\n\\ {2} of {1:number}", "es": "A" });
    let strings = ios::strings(&table(&entry.to_string()), Language::English);
    let line = "\"sayNo\" = \"Don't say \\\"no\\\"\\n\\\\ \u{2068}%2$@\u{2069} of %1$@\";\n";
    assert!(strings.ends_with(line), "{strings}");
    let days = table(DAYS);
    let spanish = ios::strings(&days, Language::Spanish);
    assert!(
        spanish.contains("\"allDays.one\" = \"%1$@ día al 1 %\";\n\"allDays.many\" = \"%1$@ días\";\n"),
        "{spanish}"
    );
    let keys = ios::keys(&days);
    assert!(
        keys.contains("enum PluralKey: String, CaseIterable, Sendable {\n    // All\n    case allDays\n}"),
        "{keys}"
    );
    assert!(keys.contains("enum TextKey: String, CaseIterable, Sendable {\n}"), "{keys}");
}

const DAYS: &str = r#"{ "id": "all_days", "en": { "one": "{1:number} day at 1 %", "other": "{1:number} days" },
                        "es": { "one": "{1:number} día al 1 %", "other": "{1:number} días" } }"#;

fn in_a_section(texts: &str) -> String {
    format!(r#"[{{ "section": "All", "texts": [{texts}] }}]"#)
}

fn table(texts: &str) -> Vec<Section> {
    serde_json::from_str(&in_a_section(texts)).unwrap()
}

/// The texts that an app has and does not use.
fn unused(sections: &[Section], app: App, is_used: impl Fn(&Entry) -> bool) -> Vec<String> {
    let texts = sections.iter().flat_map(|section| &section.texts);
    texts.filter(|entry| entry.is_in(app) && !is_used(entry)).map(|entry| entry.id.clone()).collect()
}

fn is_in_android(sources: &str, entry: &Entry) -> bool {
    ["R.string.", "R.plurals.", "@string/"]
        .iter()
        .any(|kind| has_word(sources, &format!("{kind}{}", entry.id)))
}

/// By its name, or, for the texts of an enum's values, by the name of their kind.
fn is_in_ios(sources: &str, entry: &Entry) -> bool {
    let kind = entry.id.split('_').next().unwrap();
    has_word(sources, &format!(".{}", ios::swift_name(&entry.id)))
        || sources.contains(&format!("named(\"{kind}\""))
}

/// Whether a name occurs and does not go on.
fn has_word(sources: &str, name: &str) -> bool {
    sources.match_indices(name).any(|(at, _)| {
        !sources[at + name.len()..].starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
    })
}

/// The text of all files under a folder whose names end so.
fn sources(folder: &str, endings: &[&str]) -> String {
    fn read(folder: &Path, endings: &[&str], out: &mut String) {
        for file in fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            if path.is_dir() {
                read(&path, endings, out);
            } else if endings.iter().any(|ending| path.to_string_lossy().ends_with(ending)) {
                *out += &fs::read_to_string(&path).unwrap();
            }
        }
    }
    let mut out = String::new();
    read(&in_repository(folder), endings, &mut out);
    out
}
