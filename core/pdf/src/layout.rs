//! Contents on pages: headings stay with what follows, tables repeat their heads, long rows go on on the next page.

use std::collections::VecDeque;

use crate::block::{Block, Document, Row, Table, Text};
use crate::font::{Fonts, Style};
use crate::lines::{extent, lines};
use crate::page::{Bookmark, Child, Element, HEIGHT, Line, MARGIN, Page, Pages, Role, WIDTH};

const TOP: f32 = 58.0;
const BOTTOM: f32 = HEIGHT - 54.0;
const COLUMN_GAP: f32 = 8.0;
/// Above and below the lines of a row.
const ROW_PADDING: f32 = 2.5;
/// The part of a word that a column is made wide enough for, in points.
const WIDEST_WORD: f32 = 110.0;
/// Characters of a text that stays in one line, such as a time or a value with its unit.
const UNBROKEN: usize = 18;
/// What is added to a column for what rounding takes, in points.
const ROUNDING: f32 = 0.5;

pub(crate) const COLUMN_HEAD: Style = Style { size: 8.0, is_bold: true, is_quiet: true };

pub(crate) const fn heading(level: u16) -> Style {
    let size = match level {
        1 => 18.0,
        2 => 13.0,
        _ => 10.0,
    };
    Style { size, is_bold: true, is_quiet: false }
}

pub(crate) fn layout(document: &Document, fonts: &Fonts) -> Pages {
    let mut setter = Setter { fonts, pages: Pages::default(), page: Page::default(), y: TOP };
    let mut blocks = document.blocks.iter().peekable();
    while let Some(block) = blocks.next() {
        match block {
            Block::Heading { level, text } => {
                setter.heading(*level, text, blocks.peek().copied());
            }
            Block::Paragraph(text) => setter.paragraph(text),
            Block::Table(table) => setter.table(table),
        }
    }
    setter.next_page();
    setter.pages
}

fn leading(style: Style) -> f32 {
    style.size * 1.32
}

struct Setter<'f> {
    fonts: &'f Fonts,
    /// All before the last one.
    pages: Pages,
    page: Page,
    /// How far the last page is filled.
    y: f32,
}

impl Setter<'_> {
    fn heading(&mut self, level: u16, text: &str, next: Option<&Block>) {
        let style = heading(level);
        let shown = Text { text: text.to_owned(), style };
        let lines = lines(&shown, WIDTH - 2.0 * MARGIN, self.fonts);
        let above = if self.y > TOP { style.size * 0.9 } else { 0.0 };
        // With the head of a table and its first lines, or with a heading and these.
        let following = match next {
            Some(Block::Table(_)) => 60.0,
            Some(Block::Heading { .. }) => 90.0,
            Some(Block::Paragraph(_)) => 20.0,
            None => 0.0,
        };
        #[expect(clippy::cast_precision_loss, reason = "a heading has few lines")]
        let height = leading(style) * lines.len() as f32;
        self.make_room(above + height + following);
        if self.y > TOP {
            self.y += above;
        }
        let (page, y) = (self.pages.pages.len(), self.y);
        self.pages.bookmarks.push(Bookmark { level, text: text.to_owned(), page, y });
        let mut element = Element::new(Role::Heading { level, text: text.to_owned() });
        for line in lines {
            element.children.push(self.line(MARGIN, &line, style));
        }
        self.y += style.size * 0.3;
        self.pages.elements.push(element);
    }

    fn paragraph(&mut self, text: &Text) {
        let mut element = Element::new(Role::Paragraph);
        for line in lines(text, WIDTH - 2.0 * MARGIN, self.fonts) {
            self.make_room(leading(text.style));
            element.children.push(self.line(MARGIN, &line, text.style));
        }
        self.y += text.style.size * 0.4;
        self.pages.elements.push(element);
    }

    fn table(&mut self, table: &Table) {
        let columns = self.columns(table);
        let heads: Vec<Vec<String>> = table
            .columns
            .iter()
            .zip(&columns)
            .map(|(text, column)| {
                lines(&Text { text: text.clone(), style: COLUMN_HEAD }, column.width, self.fonts)
            })
            .collect();
        self.make_room(60.0);
        let mut row = Element::new(Role::TableRow);
        for lines in self.head(&columns, &heads, true) {
            row.children.push(Child::Element(Element { role: Role::HeaderCell, children: lines }));
        }
        let mut table_element = Element::new(Role::Table { summary: table.summary.clone() });
        table_element
            .children
            .push(Child::Element(Element { role: Role::TableHead, children: vec![Child::Element(row)] }));
        let mut body = Element::new(Role::TableBody);
        for row in &table.rows {
            self.row(row, &columns, &heads, &mut body);
        }
        table_element.children.push(Child::Element(body));
        self.pages.elements.push(table_element);
        self.y += 6.0;
    }

    /// Sets a row; one that is short goes on the next page whole.
    fn row(&mut self, row: &Row, columns: &[Column], heads: &[Vec<String>], body: &mut Element) {
        let cells: Vec<Vec<(String, Style)>> =
            row.cells.iter().zip(columns).map(|(cell, column)| self.cell(cell, column.width)).collect();
        let height = cells.iter().map(|cell| height(cell)).fold(0.0, f32::max) + 2.0 * ROW_PADDING;
        if height < (BOTTOM - TOP) / 3.0 {
            self.make_room_in_table(height, columns, heads);
        }
        let mut element = Element::new(Role::TableRow);
        self.y += ROW_PADDING;
        self.set_cells(&cells, columns, (columns, heads), &mut element, 1);
        self.y += ROW_PADDING;
        body.children.push(Child::Element(element));
        if !row.below.is_empty() {
            let whole = Column { x: MARGIN + 10.0, width: WIDTH - 2.0 * MARGIN - 10.0 };
            let cells = [self.cell(&row.below, whole.width)];
            let mut element = Element::new(Role::TableRow);
            let over = u32::try_from(columns.len()).unwrap_or(1);
            self.set_cells(&cells, &[whole], (columns, heads), &mut element, over);
            self.y += ROW_PADDING;
            body.children.push(Child::Element(element));
        }
        self.page.rules.push(self.y);
    }

    /// Sets cells side by side, from page to page where they are longer than one.
    fn set_cells(
        &mut self,
        cells: &[Vec<(String, Style)>],
        places: &[Column],
        (columns, heads): (&[Column], &[Vec<String>]),
        row: &mut Element,
        over: u32,
    ) {
        // The lines of a cell are its children as they are: a paragraph around each text would double the size of the PDF.
        let mut elements: Vec<Element> =
            cells.iter().map(|_| Element::new(Role::Cell { columns: over })).collect();
        let mut rest: Vec<VecDeque<&(String, Style)>> =
            cells.iter().map(|cell| cell.iter().collect()).collect();
        while rest.iter().any(|lines| !lines.is_empty()) {
            let top = self.y;
            let mut lowest = top;
            for ((lines, place), element) in rest.iter_mut().zip(places).zip(&mut elements) {
                self.y = top;
                while let Some((line, style)) =
                    lines.pop_front_if(|(_, style)| self.y + leading(*style) <= BOTTOM)
                {
                    element.children.push(self.line(place.x, line, *style));
                }
                lowest = lowest.max(self.y);
            }
            self.y = lowest;
            if rest.iter().any(|lines| !lines.is_empty()) {
                self.next_page();
                self.head(columns, heads, false);
                self.y += ROW_PADDING;
            }
        }
        row.children.extend(elements.into_iter().map(Child::Element));
    }

    /// Sets the head of a table; its lines count only where it stands first.
    fn head(&mut self, columns: &[Column], heads: &[Vec<String>], is_first: bool) -> Vec<Vec<Child>> {
        let top = self.y;
        let mut lowest = top;
        let mut cells = Vec::new();
        for (column, lines) in columns.iter().zip(heads) {
            self.y = top;
            let mut cell = Vec::new();
            for line in lines {
                if is_first {
                    cell.push(self.line(column.x, line, COLUMN_HEAD));
                } else {
                    self.put(column.x, line, COLUMN_HEAD, None);
                }
            }
            lowest = lowest.max(self.y);
            cells.push(cell);
        }
        self.y = lowest + ROW_PADDING;
        self.page.rules.push(self.y);
        cells
    }

    /// The lines of a cell.
    fn cell(&self, texts: &[Text], width: f32) -> Vec<(String, Style)> {
        let mut all = Vec::new();
        for text in texts {
            all.extend(lines(text, width, self.fonts).into_iter().map(|line| (line, text.style)));
        }
        all
    }

    /// How wide columns are: at least their longest word, then by how much they have to say.
    fn columns(&self, table: &Table) -> Vec<Column> {
        let mut extents: Vec<(f32, f32)> = table
            .columns
            .iter()
            .map(|head| extent(&Text { text: head.clone(), style: COLUMN_HEAD }, self.fonts))
            .collect();
        for row in &table.rows {
            for (cell, (word, line)) in row.cells.iter().zip(&mut extents) {
                for text in cell {
                    let (widest, longest) = extent(text, self.fonts);
                    let is_short = text.text.chars().count() <= UNBROKEN;
                    *word = word.max(if is_short { longest } else { widest }.min(WIDEST_WORD));
                    *line = line.max(longest);
                }
            }
        }
        #[expect(clippy::cast_precision_loss, reason = "a table has few columns")]
        let room = WIDTH - 2.0 * MARGIN + COLUMN_GAP - (COLUMN_GAP + ROUNDING) * extents.len() as f32;
        let words: f32 = extents.iter().map(|(word, _)| word).sum();
        let wish: f32 = extents.iter().map(|(word, line)| (line - word).max(0.0)).sum();
        let (shrunk, given) = match (words > room, wish > 0.0) {
            (true, _) => (room / words, 0.0),
            (false, true) => (1.0, ((room - words) / wish).min(1.0)),
            (false, false) => (1.0, 0.0),
        };
        let mut x = MARGIN;
        let mut columns = Vec::with_capacity(extents.len());
        for (word, line) in extents {
            let width = word * shrunk + (line - word).max(0.0) * given + ROUNDING;
            columns.push(Column { x, width });
            x += width + COLUMN_GAP;
        }
        columns
    }

    fn make_room(&mut self, height: f32) {
        if self.y + height > BOTTOM && self.y > TOP {
            self.next_page();
        }
    }

    fn make_room_in_table(&mut self, height: f32, columns: &[Column], heads: &[Vec<String>]) {
        if self.y + height > BOTTOM && self.y > TOP {
            self.next_page();
            self.head(columns, heads, false);
        }
    }

    fn next_page(&mut self) {
        self.pages.pages.push(std::mem::take(&mut self.page));
        self.y = TOP;
    }

    /// Sets a line below the last one.
    fn line(&mut self, x: f32, text: &str, style: Style) -> Child {
        let number = self.pages.lines;
        self.pages.lines += 1;
        self.put(x, text, style, Some(number));
        Child::Line(number)
    }

    fn put(&mut self, x: f32, text: &str, style: Style, number: Option<usize>) {
        let y = self.y + style.size * 1.05;
        self.y += leading(style);
        self.page.lines.push(Line { x, y, text: text.to_owned(), style, number });
    }
}

/// Where a column stands, in points.
#[derive(Clone, Copy)]
struct Column {
    x: f32,
    width: f32,
}

fn height(cell: &[(String, Style)]) -> f32 {
    cell.iter().map(|(_, style)| leading(*style)).sum()
}
