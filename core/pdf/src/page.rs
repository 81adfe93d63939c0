//! Pages: where each line stands, and what it is part of.

use crate::font::Style;

/// Points of a page of US Letter.
pub(crate) const WIDTH: f32 = 612.0;
pub(crate) const HEIGHT: f32 = 792.0;
/// Wide enough that A4, which is 17 points narrower, loses nothing.
pub(crate) const MARGIN: f32 = 48.0;

/// A line of text on a page.
pub(crate) struct Line {
    pub(crate) x: f32,
    /// Of the baseline, from the top.
    pub(crate) y: f32,
    pub(crate) text: String,
    pub(crate) style: Style,
    /// Which of the document's lines it is; absent where it only repeats one.
    pub(crate) number: Option<usize>,
}

#[derive(Default)]
pub(crate) struct Page {
    pub(crate) lines: Vec<Line>,
    /// The heights of the rules across it.
    pub(crate) rules: Vec<f32>,
}

/// What a part of a document is.
pub(crate) enum Role {
    Heading {
        level: u16,
        text: String,
    },
    Paragraph,
    Table {
        summary: String,
    },
    TableHead,
    TableBody,
    TableRow,
    HeaderCell,
    /// Over so many columns.
    Cell {
        columns: u32,
    },
}

/// A part of a document with its lines in the order in which they are read.
pub(crate) struct Element {
    pub(crate) role: Role,
    pub(crate) children: Vec<Child>,
}

pub(crate) enum Child {
    Element(Element),
    /// By its number.
    Line(usize),
}

impl Element {
    pub(crate) fn new(role: Role) -> Self {
        Self { role, children: Vec::new() }
    }
}

/// An entry of the outline.
pub(crate) struct Bookmark {
    pub(crate) level: u16,
    pub(crate) text: String,
    pub(crate) page: usize,
    pub(crate) y: f32,
}

/// A document on its pages.
#[derive(Default)]
pub(crate) struct Pages {
    pub(crate) pages: Vec<Page>,
    /// How many numbers were given to lines.
    pub(crate) lines: usize,
    pub(crate) elements: Vec<Element>,
    pub(crate) bookmarks: Vec<Bookmark>,
}
