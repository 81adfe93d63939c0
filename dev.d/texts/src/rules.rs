//! What every text of the table keeps to.

use std::collections::{BTreeMap, BTreeSet};

use crate::table::{Entry, Language, Piece, Placeholder, Section, Text, pieces};

/// Words that a patient need not know. `glossary_…` may use them, because it explains them.
const JARGON: &[(Language, &[&str])] = &[
    (
        Language::English,
        &[
            "ledger",
            "wallet",
            "host",
            "key",
            "keys",
            "reference",
            "references",
            "grant",
            "grants",
            "granted",
            "revoke",
            "revoked",
            "passphrase",
            "seed",
            "mnemonic",
            "node",
            "token",
            "hash",
            "sync",
            "FHIR",
            "JSON",
        ],
    ),
    (
        Language::Spanish,
        &[
            "libro de consentimientos",
            "registro público",
            "cartera",
            "billetera",
            "monedero",
            "anfitrión",
            "llave",
            "llaves",
            "clave",
            "claves",
            "referencia",
            "referencias",
            "revocar",
            "revocado",
            "semilla",
            "nodo",
            "sincronizar",
            "FHIR",
            "JSON",
        ],
    ),
];

/// Words for which the glossary of `fixtures/texts/README.md` has another.
const SPANISH_NOT_CHOSEN: &[&str] = &["centro", "centros", "dígito", "dígitos", "finalidad"];

/// The familiar form; Keepwell says usted.
const SPANISH_FAMILIAR: &[&str] =
    &["tú", "tu", "tus", "ti", "contigo", "puedes", "tienes", "quieres", "debes", "eres", "has"];

/// Who is frightened reads no longer sentence to its end.
const MOST_WORDS: usize = 25;

/// What a tab has room for on the narrowest phone in the largest type; its ids begin with `tab_`.
const MOST_LETTERS_OF_A_TAB: usize = 10;

/// What is wrong with the table, a sentence for each fault.
pub(crate) fn faults(sections: &[Section]) -> Vec<String> {
    let mut faults = Vec::new();
    let (mut ids, mut of_one_app) = (BTreeSet::new(), BTreeMap::new());
    for entry in sections.iter().flat_map(|section| &section.texts) {
        let id = &entry.id;
        let is_word = |word: &str| {
            word.starts_with(|c: char| c.is_ascii_lowercase())
                && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
        };
        if !id.split('_').all(is_word) {
            faults.push(format!("{id}: an id is lower-case words with _ between them"));
        }
        if !ids.insert(id) {
            faults.push(format!("{id}: there is another of this id"));
        }
        if let Some(only) = entry.only {
            let words: Vec<_> =
                Language::ALL.into_iter().flat_map(|language| forms(entry, language)).collect();
            let (other, other_only) = *of_one_app.entry(words).or_insert((id, only));
            if other_only != only {
                faults.push(format!(
                    "{id}: the other app says the same by the name {other}; one is enough for both"
                ));
            }
        }
        faults.extend(language_faults(entry));
        for language in Language::ALL {
            for form in forms(entry, language) {
                faults.extend(
                    form_faults(id, language, form).iter().map(|f| format!("{id} ({language:?}): {f}")),
                );
            }
        }
    }
    faults
}

/// Every form of a text in a language.
fn forms(entry: &Entry, language: Language) -> Vec<&str> {
    match entry.text(language) {
        Text::Plain(text) => vec![text],
        Text::Plural(plural) => plural.forms(language).map(|(_, form)| form).collect(),
    }
}

/// Both languages, and all forms, have the same placeholders: 1 to the last, the number of a plural first.
fn language_faults(entry: &Entry) -> Vec<String> {
    let id = &entry.id;
    let is_plural = |language| matches!(entry.text(language), Text::Plural(_));
    let mut faults = Vec::new();
    if is_plural(Language::English) != is_plural(Language::Spanish) {
        faults.push(format!("{id}: one language has forms for numbers and the other has none"));
    }
    let all = Language::ALL.into_iter().flat_map(|language| forms(entry, language));
    let sets: BTreeSet<BTreeSet<Placeholder>> = all.map(placeholders).collect();
    if sets.len() > 1 {
        faults.push(format!("{id}: not every language and form has the same placeholders"));
    }
    let first = sets.first().cloned().unwrap_or_default();
    if first.iter().map(|placeholder| placeholder.position).ne(('1'..='9').take(first.len())) {
        faults.push(format!("{id}: placeholders are counted from 1 without a gap"));
    }
    if is_plural(Language::English) && !first.first().is_some_and(|placeholder| placeholder.is_number) {
        faults.push(format!("{id}: the first placeholder of a text with forms is {{1:number}}"));
    }
    faults
}

fn placeholders(text: &str) -> BTreeSet<Placeholder> {
    let only = |piece| if let Piece::Placeholder(placeholder) = piece { Some(placeholder) } else { None };
    pieces(text).into_iter().filter_map(only).collect()
}

fn form_faults(id: &str, language: Language, text: &str) -> Vec<String> {
    let mut faults = Vec::new();
    if text.is_empty() || text.trim() != text || text.contains("  ") {
        faults.push("it is empty, or has a blank too many".to_owned());
    }
    if pieces(text).iter().any(|piece| matches!(piece, Piece::Words(words) if words.contains(['{', '}']))) {
        faults.push("a placeholder is {1} or {1:number}".to_owned());
    }
    if text.contains("...") {
        faults.push("three dots are one character: …".to_owned());
    }
    let sentences = text.split_inclusive(['.', ':', ';', '?', '!']);
    if sentences.map(|sentence| sentence.split_whitespace().count()).max() > Some(MOST_WORDS) {
        faults.push(format!("a sentence has at most {MOST_WORDS} words"));
    }
    if id.starts_with("tab_") && text.chars().count() > MOST_LETTERS_OF_A_TAB {
        faults.push(format!("a tab has room for {MOST_LETTERS_OF_A_TAB} letters"));
    }
    let jargon = JARGON.iter().filter(|(of, _)| *of == language && !id.starts_with("glossary_"));
    let mut refused: Vec<&str> = jargon.flat_map(|(_, words)| *words).copied().collect();
    if language == Language::Spanish {
        refused.extend(SPANISH_NOT_CHOSEN.iter().chain(SPANISH_FAMILIAR));
    }
    let has = |word: &&&str| contains_word(text, word);
    faults.extend(refused.iter().filter(has).map(|word| format!("\"{word}\" is no word for patients here")));
    faults
}

/// Whether a text has a word or some, whole, in any case.
fn contains_word(text: &str, word: &str) -> bool {
    let spaced = |text: &str| {
        let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
        words.fold(" ".to_owned(), |all, word| all + &word.to_lowercase() + " ")
    };
    spaced(text).contains(&spaced(word))
}
