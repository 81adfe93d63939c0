//! An element of a document, and the ways to what is in it.

/// An element: names without prefixes, since a document has one namespace and HL7's extensions to it.
#[derive(Debug, Default)]
pub(super) struct Element {
    pub(super) name: Box<str>,
    pub(super) attributes: Vec<(Box<str>, Box<str>)>,
    pub(super) children: Vec<Child>,
}

#[derive(Debug)]
pub(super) enum Child {
    Element(Element),
    Text(String),
}

impl Element {
    /// The value of an attribute; `xsi:type` is `type`.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(key, _)| &**key == name);
        found.map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
    }

    pub(super) fn elements(&self) -> impl DoubleEndedIterator<Item = &Self> {
        self.children.iter().filter_map(|child| match child {
            Child::Element(element) => Some(element),
            Child::Text(_) => None,
        })
    }

    /// The elements of this name directly in it.
    pub(super) fn all<'e>(&'e self, name: &'e str) -> impl DoubleEndedIterator<Item = &'e Self> {
        self.elements().filter(move |element| &*element.name == name)
    }

    /// The first element of this name directly in it.
    pub(super) fn one(&self, name: &str) -> Option<&Self> {
        self.elements().find(|element| &*element.name == name)
    }

    /// The first element at a path of names.
    pub(super) fn at(&self, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |element, name| element.one(name))
    }

    /// The first of these elements that is there and says something: nothing is said where a `nullFlavor` stands instead.
    pub(super) fn said(&self, name: &str) -> Option<&Self> {
        self.elements().find(|element| &*element.name == name && !element.is_null())
    }

    /// Whether a `nullFlavor` stands for what is not known.
    pub(super) fn is_null(&self) -> bool {
        self.attribute("nullFlavor").is_some()
    }

    /// Whether what it says is not so.
    pub(super) fn is_negated(&self) -> bool {
        matches!(self.attribute("negationInd"), Some("true" | "1"))
    }

    /// Whether it follows this template of C-CDA, of any version.
    pub(super) fn is_of(&self, template: &str) -> bool {
        self.all("templateId").filter_map(|id| id.attribute("root")).any(|root| {
            root.strip_prefix("2.16.840.1.113883.10.20.22.4.").is_some_and(|number| number == template)
        })
    }

    /// What it is related to, of these names.
    pub(super) fn related<'e>(&'e self, name: &'e str) -> impl Iterator<Item = &'e Self> {
        let relations =
            self.elements().filter(|element| matches!(&*element.name, "entryRelationship" | "component"));
        relations.flat_map(move |relation| relation.all(name))
    }

    /// All text in it, with single blanks, without the ends.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        self.add_text(&mut text);
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    fn add_text(&self, text: &mut String) {
        for child in &self.children {
            match child {
                Child::Text(words) => text.push_str(words),
                Child::Element(element) => {
                    text.push(' ');
                    element.add_text(text);
                    text.push(' ');
                }
            }
        }
    }
}
