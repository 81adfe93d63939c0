//! `Localizable.strings`, and the names of the texts in Swift.

use std::fmt::Write as _;

use crate::table::{App, Entry, Language, Piece, Section, TABLE, Text, isolated, pieces};

/// The file of one language. A text with forms has a line for each: `"days.one"`, `"days.other"`.
pub(crate) fn strings(sections: &[Section], language: Language) -> String {
    let mut out = format!("/* Generated from {TABLE} by `./dev texts`. */\n");
    for (section, texts) in of_ios(sections) {
        let _ = writeln!(out, "\n/* {section} */");
        for entry in texts {
            let name = swift_name(&entry.id);
            match entry.text(language) {
                Text::Plain(text) => out += &line(&name, text),
                Text::Plural(plural) => plural
                    .forms(language)
                    .for_each(|(category, form)| out += &line(&format!("{name}.{category}"), form)),
            }
        }
    }
    out
}

/// `TextKey.swift`: a case for each text, those with forms apart.
pub(crate) fn keys(sections: &[Section]) -> String {
    let plain = cases(sections, |text| matches!(text, Text::Plain(_)));
    let plural = cases(sections, |text| matches!(text, Text::Plural(_)));
    format!(
        "// Generated from {TABLE} by `./dev texts`.\n\n\
         /// A text, named for where it stands and what it says.\n\
         public enum TextKey: String, CaseIterable, Sendable {{\n{plain}}}\n\n\
         /// A text that has a form for each category of numbers.\n\
         public enum PluralKey: String, CaseIterable, Sendable {{\n{plural}}}\n"
    )
}

fn cases(sections: &[Section], is_wanted: impl Fn(&Text) -> bool) -> String {
    let mut parts = Vec::new();
    for (section, texts) in of_ios(sections) {
        let wanted: Vec<_> =
            texts.into_iter().filter(|entry| is_wanted(entry.text(Language::English))).collect();
        if !wanted.is_empty() {
            let cases = wanted.iter().map(|entry| format!("    case {}\n", swift_name(&entry.id)));
            parts.push(format!("    // {section}\n") + &cases.collect::<String>());
        }
    }
    parts.join("\n")
}

fn of_ios(sections: &[Section]) -> impl Iterator<Item = (&str, Vec<&Entry>)> {
    sections
        .iter()
        .map(|s| (s.section.as_str(), s.texts.iter().filter(|text| text.is_in(App::Ios)).collect()))
        .filter(|(_, texts): &(_, Vec<_>)| !texts.is_empty())
}

/// `unlock_title` is `unlockTitle`.
pub(crate) fn swift_name(id: &str) -> String {
    let mut words = id.split('_');
    let mut name = words.next().unwrap_or_default().to_owned();
    for word in words {
        let mut letters = word.chars();
        name.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        name.push_str(letters.as_str());
    }
    name
}

fn line(name: &str, text: &str) -> String {
    let mut value = String::new();
    for piece in pieces(text) {
        match piece {
            Piece::Words(words) => words.chars().for_each(|c| match c {
                '"' | '\\' => value.extend(['\\', c]),
                '\n' => value += "\\n",
                _ => value.push(c),
            }),
            Piece::Placeholder(placeholder) => {
                let written = format!("%{}$@", placeholder.position);
                value += &if placeholder.is_number { written } else { isolated(&written) };
            }
        }
    }
    format!("\"{name}\" = \"{value}\";\n")
}
