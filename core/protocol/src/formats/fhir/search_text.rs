//! The words of a resource that a person would search for, one phrase a line.

use std::ops::Range;

use super::html::text_of_html;

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

    /// Adds the text of a narrative as one phrase.
    pub(super) fn add_narrative(&mut self, xhtml: &str) {
        let text = text_of_html(xhtml, usize::MAX);
        self.add(&text.split_whitespace().collect::<Vec<_>>().join(" "));
    }

    pub(super) fn into_string(self) -> String {
        self.text
    }
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
                "Blood pressure 120 mmHg < 130 & ok",
            ),
            ("<div>a<script>alert('b')</script> c<STYLE>p{}</style><p>d</p></div>", "a c d"),
            ("<table><tr><td>Gr&ouml;&szlig;e</td><td>1</td></tr></table>", "Größe 1"),
            ("<div", ""),
            ("a &unknown; & &#x41;", "a &unknown; & A"),
        ] {
            assert_eq!(narrative(xhtml), words, "{xhtml}");
        }
    }
}
