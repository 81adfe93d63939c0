//! The table as it is written: sections of texts, each in both languages.

use serde::Deserialize;

/// Where it is, in the repository.
pub(crate) const TABLE: &str = "fixtures/texts/texts.json";

/// The texts of one screen or one kind, in the order in which people meet them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Section {
    pub(crate) section: String,
    pub(crate) texts: Vec<Entry>,
}

/// One thing that is said.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Entry {
    /// Lower-case words with `_` between them.
    pub(crate) id: String,
    /// The one app that says it; none: both do.
    pub(crate) only: Option<App>,
    en: Text,
    es: Text,
}

impl Entry {
    pub(crate) fn text(&self, language: Language) -> &Text {
        match language {
            Language::English => &self.en,
            Language::Spanish => &self.es,
        }
    }

    pub(crate) fn is_in(&self, app: App) -> bool {
        self.only.is_none_or(|only| only == app)
    }
}

#[derive(Clone, Copy, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum App {
    Android,
    Ios,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Language {
    English,
    Spanish,
}

impl Language {
    pub(crate) const ALL: [Self; 2] = [Self::English, Self::Spanish];

    /// The plural categories of Unicode CLDR: Spanish has one more, for whole millions.
    fn categories(self) -> &'static [&'static str] {
        match self {
            Self::English => &["one", "other"],
            Self::Spanish => &["one", "many", "other"],
        }
    }
}

/// What is said, or what is said for each category of numbers.
#[derive(Deserialize)]
#[serde(untagged)]
pub(crate) enum Text {
    Plain(String),
    Plural(Plural),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Plural {
    one: String,
    /// Where whole millions are said another way; else as `other`.
    many: Option<String>,
    other: String,
}

impl Plural {
    /// Each category of the language with its form.
    pub(crate) fn forms(&self, language: Language) -> impl Iterator<Item = (&'static str, &str)> {
        language.categories().iter().map(|category| {
            let form = match *category {
                "one" => &self.one,
                "many" => self.many.as_ref().unwrap_or(&self.other),
                _ => &self.other,
            };
            (*category, form.as_str())
        })
    }
}

/// A part of a text.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Piece<'a> {
    Words(&'a str),
    Placeholder(Placeholder),
}

/// A placeholder of text, isolated (UAX #9): a clinic's Arabic name leaves the order of the sentence around it alone.
pub(crate) fn isolated(placeholder: &str) -> String {
    format!("\u{2068}{placeholder}\u{2069}")
}

/// `{1}`, `{1:number}`.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Placeholder {
    /// 1 to 9.
    pub(crate) position: char,
    pub(crate) is_number: bool,
}

/// The parts of a text, in order.
///
/// A brace that belongs to no placeholder stays among the words; the rules refuse it.
pub(crate) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((before, placeholder, after)) = next_placeholder(rest) {
        found.extend([Piece::Words(before), Piece::Placeholder(placeholder)]);
        rest = after;
    }
    found.push(Piece::Words(rest));
    found.retain(|piece| *piece != Piece::Words(""));
    found
}

fn next_placeholder(text: &str) -> Option<(&str, Placeholder, &str)> {
    let (before, opened) = text.split_once('{')?;
    let (inside, after) = opened.split_once('}')?;
    let (position, is_number) = match inside.strip_suffix(":number") {
        Some(position) => (position, true),
        None => (inside, false),
    };
    let position = position.parse().ok().filter(|position| ('1'..='9').contains(position))?;
    Some((before, Placeholder { position, is_number }, after))
}
