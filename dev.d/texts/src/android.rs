//! `strings.xml`, as Android's resource compiler reads it.

use std::fmt::Write as _;

use crate::table::{App, Entry, Language, Piece, Section, TABLE, Text, isolated, pieces};

/// The file of one language.
pub(crate) fn strings(sections: &[Section], language: Language) -> String {
    let mut out = format!("<!-- Generated from {TABLE} by `./dev texts`. -->\n<resources>\n");
    for section in sections {
        let texts: Vec<&Entry> = section.texts.iter().filter(|text| text.is_in(App::Android)).collect();
        if !texts.is_empty() {
            let _ = writeln!(out, "    <!-- {} -->", section.section);
        }
        texts.iter().for_each(|entry| out += &element(entry, language));
    }
    out + "</resources>\n"
}

fn element(entry: &Entry, language: Language) -> String {
    let id = &entry.id;
    match entry.text(language) {
        Text::Plain(text) => {
            // What is no format is not looked through for its rules.
            let unformatted =
                if !is_format(text) && text.contains('%') { " formatted=\"false\"" } else { "" };
            format!("    <string name=\"{id}\"{unformatted}>{}</string>\n", value(text, is_format(text)))
        }
        Text::Plural(plural) => {
            let mut out = format!("    <plurals name=\"{id}\">\n");
            for (category, form) in plural.forms(language) {
                let _ = writeln!(out, "        <item quantity=\"{category}\">{}</item>", value(form, true));
            }
            out + "    </plurals>\n"
        }
    }
}

fn is_format(text: &str) -> bool {
    pieces(text).iter().any(|piece| matches!(piece, Piece::Placeholder(_)))
}

/// A text as it stands in an element; in a format, a percent sign is written twice.
fn value(text: &str, is_format: bool) -> String {
    let mut out = String::new();
    for piece in pieces(text) {
        match piece {
            Piece::Words(words) => words.chars().for_each(|c| push_escaped(&mut out, c, is_format)),
            Piece::Placeholder(placeholder) => {
                let position = placeholder.position;
                out += &if placeholder.is_number {
                    format!("%{position}$d")
                } else {
                    isolated(&format!("%{position}$s"))
                };
            }
        }
    }
    if out.starts_with(['@', '?']) { format!("\\{out}") } else { out }
}

fn push_escaped(out: &mut String, c: char, is_format: bool) {
    match c {
        '&' => *out += "&amp;",
        '<' => *out += "&lt;",
        '>' => *out += "&gt;",
        '\'' | '"' | '\\' => out.extend(['\\', c]),
        '\n' => *out += "\\n",
        '%' if is_format => *out += "%%",
        _ => out.push(c),
    }
}
