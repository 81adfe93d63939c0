//! What a document is made of, before it has pages.

use crate::font::Style;

/// A document of a person.
pub(crate) struct Document {
    pub(crate) title: String,
    /// Stands on top of each page after the first.
    pub(crate) running_head: String,
    pub(crate) blocks: Vec<Block>,
}

pub(crate) enum Block {
    Heading { level: u16, text: String },
    Paragraph(Text),
    Table(Table),
}

/// A text of its own: it may take several lines.
#[derive(Clone)]
pub(crate) struct Text {
    pub(crate) text: String,
    pub(crate) style: Style,
}

pub(crate) struct Table {
    pub(crate) summary: String,
    pub(crate) columns: Vec<String>,
    pub(crate) rows: Vec<Row>,
}

pub(crate) struct Row {
    /// As many as there are columns.
    pub(crate) cells: Vec<Vec<Text>>,
    /// What takes the width of the table, below the cells.
    pub(crate) below: Vec<Text>,
}
