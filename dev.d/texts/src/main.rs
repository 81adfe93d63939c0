//! Writes the texts of both apps from `fixtures/texts/texts.json`, unless the table breaks a rule.

mod android;
mod ios;
mod rules;
mod table;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{fs, io};

use table::{Language, Section, TABLE};

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "a tool for the people who work on Keepwell")]
fn main() -> ExitCode {
    match run() {
        Ok(written) => {
            for path in &written {
                println!("wrote {path}");
            }
            ExitCode::SUCCESS
        }
        Err(faults) => {
            for fault in &faults {
                eprintln!("error: {TABLE}: {fault}");
            }
            ExitCode::FAILURE
        }
    }
}

/// Writes the files that are not as the table says; their paths.
fn run() -> Result<Vec<&'static str>, Vec<String>> {
    let sections = sections().map_err(|e| vec![e.to_string()])?;
    let faults = rules::faults(&sections);
    if !faults.is_empty() {
        return Err(faults);
    }
    let mut written = Vec::new();
    for (path, text) in files(&sections) {
        if fs::read_to_string(in_repository(path)).ok().as_ref() != Some(&text) {
            fs::write(in_repository(path), text).map_err(|e| vec![format!("{path}: {e}")])?;
            written.push(path);
        }
    }
    Ok(written)
}

fn sections() -> io::Result<Vec<Section>> {
    Ok(serde_json::from_str(&fs::read_to_string(in_repository(TABLE))?)?)
}

/// What is generated: each file's path in the repository, and what it has to hold.
fn files(sections: &[Section]) -> [(&'static str, String); 5] {
    use Language::{English, Spanish};
    [
        ("android/app/src/main/res/values/strings.xml", android::strings(sections, English)),
        ("android/app/src/main/res/values-es/strings.xml", android::strings(sections, Spanish)),
        ("ios/Sources/KeepwellKit/Resources/en.lproj/Localizable.strings", ios::strings(sections, English)),
        ("ios/Sources/KeepwellKit/Resources/es.lproj/Localizable.strings", ios::strings(sections, Spanish)),
        ("ios/Sources/KeepwellKit/Texts/TextKey.swift", ios::keys(sections)),
    ]
}

fn in_repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}
