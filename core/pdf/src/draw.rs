//! Pages as a PDF that keeps the rules of PDF/UA-1 (ISO 14289-1).

use std::num::{NonZeroU16, NonZeroU32};

use keepwell_protocol::domain::Timestamp;
use krilla::color::luma;
use krilla::configure::{Accessibility, ConfigurationBuilder};
use krilla::destination::XyzDestination;
use krilla::geom::{PathBuilder, Point};
use krilla::metadata::{DateTime, Metadata};
use krilla::outline::{Outline, OutlineNode};
use krilla::page::PageSettings;
use krilla::paint::{Fill, Stroke};
use krilla::surface::Surface;
use krilla::tagging::{
    Artifact, ArtifactType, ContentTag, Identifier, SpanTag, TableHeaderScope, Tag, TagGroup, TagKind,
    TagTree,
};
use krilla::text::TextDirection;
use krilla::{Document as Pdf, SerializeSettings};

use crate::about::About;
use crate::block::Document;
use crate::error::PdfError;
use crate::font::{Fonts, Style};
use crate::page::{Bookmark, Child, Element, HEIGHT, MARGIN, Page, Pages, Role, WIDTH};

/// The words of the document are English.
const LANGUAGE: &str = "en";
const RUNNING: Style = Style { size: 7.5, is_bold: false, is_quiet: true };

pub(crate) fn pdf(
    pages: Pages,
    document: &Document,
    about: About<'_>,
    fonts: &Fonts,
) -> Result<Vec<u8>, PdfError> {
    let accessible = ConfigurationBuilder::new().with_accessibility_validator(Accessibility::UA1);
    let configuration = accessible.finish().map_err(|_| PdfError::Rules)?;
    let settings = SerializeSettings { configuration, enable_tagging: true, ..SerializeSettings::default() };
    let mut pdf = Pdf::new_with(settings);
    let mut numbered: Vec<Option<Identifier>> = vec![None; pages.lines];
    let count = pages.pages.len();
    for (index, page) in pages.pages.iter().enumerate() {
        let settings = PageSettings::from_wh(WIDTH, HEIGHT).ok_or(PdfError::Rules)?;
        let mut sheet = pdf.start_page_with(settings);
        let mut surface = sheet.surface();
        draw_page(&mut surface, page, &mut numbered, fonts);
        surface.start_tagged(ContentTag::Artifact(Artifact::with_kind(ArtifactType::Header)));
        if index > 0 {
            draw_line(&mut surface, (MARGIN, 36.0), &cut(&document.running_head, fonts), RUNNING, fonts);
        }
        surface.end_tagged();
        let foot = format!("{} of {count}", index + 1);
        let x = WIDTH - MARGIN - fonts.width(&foot, RUNNING);
        surface.start_tagged(ContentTag::Artifact(Artifact::with_kind(ArtifactType::Footer)));
        draw_line(&mut surface, (x, HEIGHT - 30.0), &foot, RUNNING, fonts);
        surface.end_tagged();
        surface.finish();
        sheet.finish();
    }
    let mut tree = TagTree::new().with_lang(Some(LANGUAGE.to_owned()));
    for element in pages.elements {
        tree.push(tagged(element, &mut numbered));
    }
    pdf.set_tag_tree(tree);
    pdf.set_outline(outline(&pages.bookmarks));
    pdf.set_metadata(
        Metadata::new()
            .title(document.title.clone())
            .language(LANGUAGE.to_owned())
            .creator("Keepwell".to_owned())
            .creation_date(date(about.created))
            .document_id(about.document_id.to_owned()),
    );
    pdf.finish().map_err(|_| PdfError::Rules)
}

fn draw_page(surface: &mut Surface<'_>, page: &Page, numbered: &mut [Option<Identifier>], fonts: &Fonts) {
    for line in &page.lines {
        let Some(number) = line.number else {
            surface.start_tagged(ContentTag::Artifact(Artifact::with_kind(ArtifactType::Other)));
            draw_line(surface, (line.x, line.y), &line.text, line.style, fonts);
            surface.end_tagged();
            continue;
        };
        // What is behind the signs that stand for missing letters.
        let text = (!fonts.has_all(&line.text)).then_some(line.text.as_str());
        let identifier = surface.start_tagged(ContentTag::Span(SpanTag::empty().with_actual_text(text)));
        draw_line(surface, (line.x, line.y), &line.text, line.style, fonts);
        surface.end_tagged();
        if let Some(place) = numbered.get_mut(number) {
            *place = Some(identifier);
        }
    }
    surface.start_tagged(ContentTag::Artifact(Artifact::with_kind(ArtifactType::Other)));
    for y in &page.rules {
        let mut path = PathBuilder::new();
        path.move_to(MARGIN, *y);
        path.line_to(WIDTH - MARGIN, *y);
        let Some(path) = path.finish() else { continue };
        surface.set_fill(None);
        surface.set_stroke(Some(Stroke {
            paint: luma::Color::new(190).into(),
            width: 0.5,
            ..Stroke::default()
        }));
        surface.draw_path(&path);
    }
    surface.set_stroke(None);
    surface.end_tagged();
}

fn draw_line(surface: &mut Surface<'_>, (mut x, y): (f32, f32), line: &str, style: Style, fonts: &Fonts) {
    // Grey that is still read easily: a contrast of 7 to 1.
    let paint = if style.is_quiet { luma::Color::new(85) } else { luma::Color::black() };
    surface.set_stroke(None);
    surface.set_fill(Some(Fill { paint: paint.into(), ..Fill::default() }));
    for (font, text, width) in fonts.pieces(line, style) {
        surface.draw_text(
            Point::from_xy(x, y),
            font.clone(),
            style.size,
            &text,
            false,
            TextDirection::LeftToRight,
        );
        x += width;
    }
}

/// As much of a line as there is room for.
fn cut(text: &str, fonts: &Fonts) -> String {
    let mut width = 0.0;
    let fits = |letter: &char| {
        width += fonts.letter_width(*letter, RUNNING);
        width < WIDTH - 2.0 * MARGIN - 10.0
    };
    let shown: String = text.chars().take_while(fits).collect();
    if shown.len() < text.len() { format!("{shown}…") } else { shown }
}

fn tagged(element: Element, numbered: &mut [Option<Identifier>]) -> TagGroup {
    let mut group = TagGroup::new(tag(element.role));
    for child in element.children {
        match child {
            Child::Element(element) => group.push(tagged(element, numbered)),
            Child::Line(number) => {
                if let Some(identifier) = numbered.get_mut(number).and_then(Option::take) {
                    group.push(identifier);
                }
            }
        }
    }
    group
}

fn tag(role: Role) -> TagKind {
    match role {
        Role::Heading { level, text } => {
            Tag::Hn(NonZeroU16::new(level).unwrap_or(NonZeroU16::MIN), Some(text)).into()
        }
        Role::Paragraph => Tag::P.into(),
        Role::Table { summary } => Tag::Table.with_summary(Some(summary)).into(),
        Role::TableHead => Tag::THead.into(),
        Role::TableBody => Tag::TBody.into(),
        Role::TableRow => Tag::TR.into(),
        Role::HeaderCell => Tag::TH(TableHeaderScope::Column).into(),
        Role::Cell { columns } => {
            Tag::TD.with_col_span(NonZeroU32::new(columns).filter(|columns| columns.get() > 1)).into()
        }
    }
}

/// The first two levels.
fn outline(bookmarks: &[Bookmark]) -> Outline {
    let mut outline = Outline::new();
    for bookmark in bookmarks.iter().filter(|bookmark| bookmark.level <= 2) {
        let place = XyzDestination::new(bookmark.page, Point::from_xy(0.0, bookmark.y));
        outline.push_child(OutlineNode::new(bookmark.text.clone(), place));
    }
    outline
}

fn date(time: Timestamp) -> DateTime {
    let text = time.to_string();
    let part = |from: usize, to: usize| {
        text.get(from..to).and_then(|digits| digits.parse::<u16>().ok()).unwrap_or(0)
    };
    let small = |from, to| u8::try_from(part(from, to)).unwrap_or(0);
    DateTime::new(part(0, 4))
        .month(small(5, 7))
        .day(small(8, 10))
        .hour(small(11, 13))
        .minute(small(14, 16))
        .second(small(17, 19))
        .utc_offset_hour(0)
        .utc_offset_minute(0)
}
