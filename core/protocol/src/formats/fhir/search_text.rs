//! The words of a resource that a person would search for, one phrase a line.

use std::ops::Range;

/// Collects phrases, each once.
#[derive(Debug)]
pub(super) struct SearchText {
    text: String,
    phrases: Vec<Range<usize>>,
}

impl SearchText {
    /// Collects about so many bytes; more is possible.
    pub(super) fn with_capacity(bytes: usize) -> Self {
        Self { text: String::with_capacity(bytes), phrases: Vec::with_capacity(16) }
    }

    /// Whether the texts under this key are words for people: not ids, codes, addresses or content.
    pub(super) fn is_searched(key: &[u8]) -> bool {
        match key.len() {
            4 => matches!(key, b"text" | b"name" | b"note"),
            5 => matches!(key, b"title" | b"given" | b"alias" | b"label"),
            6 => key == b"family",
            7 => matches!(key, b"display" | b"summary" | b"comment"),
            8 => key == b"comments",
            10 => key == b"conclusion",
            11 => matches!(key, b"description" | b"instruction" | b"valueString"),
            12 => key == b"reasonString",
            13 => matches!(key, b"contentString" | b"valueMarkdown"),
            18 => key == b"patientInstruction",
            _ => false,
        }
    }

    pub(super) fn add(&mut self, phrase: &str) {
        let phrase = phrase.trim();
        let known = |range: &Range<usize>| {
            range.len() == phrase.len() && self.text.get(range.clone()) == Some(phrase)
        };
        if phrase.is_empty() || self.phrases.iter().any(known) {
            return;
        }
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        let start = self.text.len();
        self.text.push_str(phrase);
        if self.phrases.len() < COMPARED {
            self.phrases.push(start..self.text.len());
        }
    }

    /// Adds the text of a narrative: XHTML without its tags. This is for search only; what it
    /// leaves is not safe to show as XHTML.
    pub(super) fn add_narrative(&mut self, xhtml: &str) {
        let mut text = String::with_capacity(xhtml.len() / 2);
        let mut rest = xhtml;
        while let Some((before, tag)) = rest.split_once('<') {
            push_words(&mut text, before);
            let hidden = ["script", "style"]
                .into_iter()
                .find(|name| tag.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name)));
            rest = match hidden {
                Some(name) => tag.split_once(&format!("</{name}")).map_or("", |(_, behind)| behind),
                None => tag,
            };
            rest = rest.split_once('>').map_or("", |(_, behind)| behind);
        }
        push_words(&mut text, rest);
        self.add(&text);
    }

    pub(super) fn into_string(self) -> String {
        self.text
    }
}

/// Adds words with single spaces between them; a tag ends a word.
fn push_words(text: &mut String, markup: &str) {
    for word in markup.split_whitespace() {
        if !text.is_empty() {
            text.push(' ');
        }
        push_characters(text, word);
    }
}

/// Resolves the entities of XHTML that stand for themselves; others stay as they are.
fn push_characters(text: &mut String, word: &str) {
    let mut rest = word;
    while let Some((before, entity)) = rest.split_once('&') {
        text.push_str(before);
        rest = entity;
        let Some((name, behind)) = entity.split_once(';') else {
            text.push('&');
            continue;
        };
        let number = name.strip_prefix('#');
        let code = match number.and_then(|number| number.strip_prefix(['x', 'X'])) {
            Some(hex) => u32::from_str_radix(hex, 16).ok(),
            None => number.and_then(|decimal| decimal.parse().ok()),
        };
        let character = match name {
            "amp" => Some('&'),
            "lt" => Some('<'),
            "gt" => Some('>'),
            "quot" => Some('"'),
            "apos" => Some('\''),
            "nbsp" => Some(' '),
            _ => code.and_then(char::from_u32).filter(|character| !character.is_control()),
        };
        match character {
            Some(character) => {
                text.push(character);
                rest = behind;
            }
            None => text.push('&'),
        }
    }
    text.push_str(rest);
}

/// How many phrases are compared with a new one; repeats behind these are kept.
const COMPARED: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    fn narrative(xhtml: &str) -> String {
        let mut text = SearchText::with_capacity(0);
        text.add_narrative(xhtml);
        text.into_string()
    }

    #[test]
    fn keeps_each_phrase_once() {
        let mut text = SearchText::with_capacity(0);
        for phrase in ["Aspirin", " Aspirin ", "", "Aspirin 81 mg", "Aspirin"] {
            text.add(phrase);
        }
        assert_eq!(text.into_string(), "Aspirin\nAspirin 81 mg");
    }

    #[test]
    fn takes_the_words_out_of_a_narrative() {
        for (xhtml, words) in [
            (
                "<div xmlns=\"x\"><p>Blood  pressure</p>\n<p>120&#160;mmHg &lt; 130 &amp; ok</p></div>",
                "Blood pressure 120\u{a0}mmHg < 130 & ok",
            ),
            ("<div>a<script>alert('b')</script>c<STYLE>p{}</style>d</div>", "a c d"),
            ("<div>a<style>p{}</style>d", "a d"),
            ("<div", ""),
            ("a &unknown; & &#0; &#x41;", "a &unknown; & &#0; A"),
        ] {
            assert_eq!(narrative(xhtml), words, "{xhtml}");
        }
    }
}
