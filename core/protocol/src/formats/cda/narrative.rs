//! The text of sections, as people read it: what entries refer to in it, and all of it as XHTML.

use std::collections::HashMap;

use super::element::{Child, Element};

/// The elements of a section's text that entries refer to.
#[derive(Default)]
pub(super) struct Narrative<'a> {
    by_id: HashMap<&'a str, &'a Element>,
}

impl<'a> Narrative<'a> {
    /// That of a section.
    pub(super) fn of_section(section: &'a Element) -> Self {
        let mut by_id = HashMap::new();
        let mut waiting: Vec<&Element> = section.all("text").collect();
        while let Some(element) = waiting.pop() {
            if let Some(id) = element.attribute("ID") {
                by_id.insert(id, element);
            }
            waiting.extend(element.elements());
        }
        Self { by_id }
    }

    /// The words of an element: its own, or those that it refers to.
    pub(super) fn of(&self, element: &Element) -> Option<String> {
        let own = element.text();
        if !own.is_empty() {
            return Some(own);
        }
        let value = element.one("reference").and_then(|reference| reference.attribute("value"))?;
        let found = self.by_id.get(value.strip_prefix('#')?)?.text();
        let words: String = found.chars().take(LONGEST_WORDS).collect();
        (!words.is_empty()).then_some(words)
    }
}

/// Adds the text of a section and of those within it: its title, then its blocks, nothing else of its markup.
pub(super) fn add_section(section: &Element, out: &mut String) {
    if let Some(title) = section.one("title").map(Element::text).filter(|title| !title.is_empty()) {
        out.push_str("<h2>");
        escape(&title, out);
        out.push_str("</h2>");
    }
    for text in section.all("text") {
        add_blocks(text, out);
    }
    for inner in section.all("component").flat_map(|component| component.all("section")) {
        add_section(inner, out);
    }
}

fn add_blocks(element: &Element, out: &mut String) {
    for child in &element.children {
        match child {
            Child::Text(text) => escape(text, out),
            Child::Element(inner) => {
                // <https://www.hl7.org/documentcenter/public/standards/dstu/CDAR2_IG_CCDA.htm>: the block and character
                // elements of StrucDoc.Text.
                let tag = match &*inner.name {
                    "paragraph" | "caption" => "p",
                    "list" if inner.attribute("listType") == Some("ordered") => "ol",
                    "list" => "ul",
                    "item" => "li",
                    "table" | "thead" | "tbody" | "tfoot" | "tr" | "th" | "td" => &inner.name,
                    "br" => {
                        out.push_str("<br/>");
                        continue;
                    }
                    // What was deleted in a revision, or is a picture elsewhere.
                    "content" if inner.attribute("revised") == Some("delete") => continue,
                    "renderMultiMedia" | "col" | "colgroup" => continue,
                    _ => "span",
                };
                // A caption of a table stands within it, where a paragraph may not.
                let tag = if &*element.name == "table" && tag == "p" { "caption" } else { tag };
                out.push('<');
                out.push_str(tag);
                out.push('>');
                add_blocks(inner, out);
                out.push_str("</");
                out.push_str(tag);
                out.push('>');
            }
        }
    }
}

fn escape(text: &str, out: &mut String) {
    for character in text.chars() {
        match character {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            other => out.push(other),
        }
    }
}

/// Characters of the words that an entry refers to.
const LONGEST_WORDS: usize = 10_000;
