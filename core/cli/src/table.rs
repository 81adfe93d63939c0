//! Tables for people: columns in line, on a terminal in rows that fit.

use std::io::IsTerminal as _;

use keepwell_protocol::domain::printable;

use crate::text_width::{placed, width};

/// The lines of a table for stdout: heads first, columns two blanks apart; on a narrow terminal a row below
/// its first cell.
pub(crate) fn lines(headings: &[&str], rows: &[Vec<String>]) -> Vec<String> {
    match is_on_terminal().then(terminal_width) {
        Some(most) if most < ROOM_FOR_COLUMNS => stacked(headings, rows, most),
        most => laid_out(headings, rows, most),
    }
}

/// Columns of the terminal on which stdout is shown.
fn terminal_width() -> usize {
    let width = terminal_size::terminal_size_of(std::io::stdout()).map(|(width, _)| usize::from(width.0));
    width.filter(|width| *width > 0).map_or(ROW_WIDTH, |width| width.clamp(NARROWEST, WIDEST))
}

/// Whether a person reads stdout as it is printed.
pub(crate) fn is_on_terminal() -> bool {
    std::io::stdout().is_terminal()
}

/// With `most`, no row is wider: columns that say nothing are left out, the first gives way to the others as
/// far as it can still be read, then the widest of all, and what they lose ends in `…`. Without, every cell
/// is whole.
fn laid_out(headings: &[&str], rows: &[Vec<String>], most: Option<usize>) -> Vec<String> {
    let heading: Vec<String> = headings.iter().map(|heading| (*heading).to_owned()).collect();
    let mut all: Vec<Vec<String>> = Some(heading)
        .filter(|heading| !heading.is_empty())
        .into_iter()
        .chain(rows.iter().map(|row| row.iter().map(|cell| shown(cell, most)).collect()))
        .collect();
    if most.is_some() && !rows.is_empty() {
        let says = |column: usize| {
            rows.iter().any(|row| row.get(column).is_some_and(|cell| !matches!(cell.as_str(), "" | "-")))
        };
        let columns = rows.first().map_or(0, Vec::len);
        let says: Vec<bool> = (0..columns).map(says).collect();
        for row in &mut all {
            let mut said = says.iter();
            row.retain(|_| said.next().copied().unwrap_or(true));
        }
    }
    let columns = all.first().map_or(0, Vec::len);
    let mut widths = vec![0_usize; columns];
    for row in &all {
        for (column, cell) in widths.iter_mut().zip(row) {
            *column = (*column).max(width(cell).min(most.unwrap_or(PADDED)));
        }
    }
    if let Some(most) = most {
        narrow(&mut widths, most.saturating_sub(GAP.len() * columns.saturating_sub(1)));
    }
    let line = |row: &Vec<String>| {
        let mut line = String::new();
        for (cell, &column) in row.iter().zip(&widths) {
            let cell = if most.is_some() { cut(cell, column) } else { cell.clone() };
            line.push_str(&cell);
            line.extend(std::iter::repeat_n(' ', column.saturating_sub(width(&cell))));
            line.push_str(GAP);
        }
        line.truncate(line.trim_end().len());
        line
    };
    all.iter().map(line).collect()
}

/// A cell as it may be shown; in a row that has to fit also without line breaks.
fn shown(cell: &str, most: Option<usize>) -> String {
    match most {
        None => printable(cell),
        // A title can be a book: what is far beyond any row is not looked at.
        Some(_) => {
            let start: String = cell.chars().take(LOOKED_AT).collect();
            printable(&start.split_whitespace().collect::<Vec<_>>().join(" "))
        }
    }
}

/// Each row below its first cell: what the others say, as many of them in a line as fit; a number with its
/// heading.
fn stacked(headings: &[&str], rows: &[Vec<String>], most: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for row in rows {
        let mut cells = row.iter().map(|cell| shown(cell, Some(most)));
        lines.push(cut(&cells.next().unwrap_or_default(), most));
        let mut line = String::new();
        for (at, cell) in (1..).zip(cells).filter(|(_, cell)| !matches!(cell.as_str(), "" | "-")) {
            let is_number = cell.bytes().all(|byte| byte.is_ascii_digit());
            let cell = match headings.get(at).filter(|_| is_number) {
                Some(heading) => format!("{heading} {cell}"),
                None => cell,
            };
            let cell = cut(&cell, most - GAP.len());
            if !line.is_empty() && width(&line) + GAP.len() + width(&cell) > most {
                lines.push(std::mem::take(&mut line));
            }
            line.push_str(GAP);
            line.push_str(&cell);
        }
        lines.extend(Some(line).filter(|line| !line.is_empty()));
    }
    lines
}

/// Takes from the first column what it can spare, then from the widest, until all fit.
fn narrow(widths: &mut [usize], most: usize) {
    let excess = widths.iter().sum::<usize>().saturating_sub(most);
    if let Some(first) = widths.first_mut() {
        *first -= excess.min(first.saturating_sub(FIRST));
    }
    while widths.iter().sum::<usize>() > most {
        match widths.iter_mut().max() {
            Some(widest) if *widest > 1 => *widest -= 1,
            _ => return,
        }
    }
}

/// The beginning of a cell that takes no more columns than `most`.
fn cut(cell: &str, most: usize) -> String {
    let (mut kept, mut columns) = (String::new(), 0);
    let is_whole = width(cell) <= most;
    for one in placed(cell).filter(|one| !one.is_heaped) {
        if !is_whole && columns + one.columns + 1 > most {
            kept.push('…');
            break;
        }
        columns += one.columns;
        kept.push(one.character);
    }
    kept
}

/// What is between two columns.
const GAP: &str = "  ";
/// Columns of a row on a terminal that does not say how many it has.
const ROW_WIDTH: usize = 80;
/// Columns below which no terminal is taken for narrower.
const NARROWEST: usize = 20;
/// Columns beyond which a row is hard to follow.
const WIDEST: usize = 120;
/// Columns that a table needs.
const ROOM_FOR_COLUMNS: usize = 60;
/// Columns by which a title can still be told.
const FIRST: usize = 16;
/// Where nothing has to fit, the most to which shorter cells of a column are filled up.
const PADDED: usize = 48;
/// Characters of a cell that a row may show.
const LOOKED_AT: usize = 1_000;

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(titles: &[&str]) -> Vec<Vec<String>> {
        titles.iter().map(|title| vec![(*title).to_owned(), "2024-05-05".into(), "abcdef12".into()]).collect()
    }

    const HEADINGS: &[&str] = &["what", "day", "record"];

    #[test]
    fn columns_line_up_and_rows_end_without_blanks() {
        let cells = [vec!["1".to_owned(), "über".to_owned()], vec!["1000".to_owned(), String::new()]];
        for most in [None, Some(ROW_WIDTH)] {
            assert_eq!(laid_out(&["id", "name"], &cells, most), ["id    name", "1     über", "1000"]);
        }
    }

    #[test]
    fn a_column_that_says_nothing_takes_no_room_on_a_terminal() {
        let cells = [["a", "-", "", "x"], ["b", "", "", ""]].map(|row| row.map(str::to_owned).to_vec());
        let headings = ["one", "two", "three", "four"];
        assert_eq!(laid_out(&headings, &cells, Some(ROW_WIDTH)), ["one  four", "a    x", "b"]);
        assert_eq!(laid_out(&headings, &cells, None)[0], "one  two  three  four");
        assert_eq!(laid_out(&[], &cells, Some(ROW_WIDTH)), ["a  x", "b"]);
    }

    #[test]
    fn a_row_fits_whatever_stands_in_it() {
        let long = [
            "x".repeat(100_000),
            "病".repeat(100_000),
            "e\u{301}".repeat(50_000),
            format!("e{}", "\u{301}".repeat(100_000)),
            "👨‍👩‍👧‍👦".repeat(1_000),
            "❤\u{fe0f}".repeat(1_000),
            "حساسية البنسلين ".repeat(1_000),
            "\n\t\u{7}\u{202e}".repeat(1_000),
            "\u{200b}".repeat(100_000),
            "ᄀ".repeat(1_000),
            String::new(),
        ];
        let titles: Vec<&str> = long.iter().map(String::as_str).collect();
        for line in laid_out(HEADINGS, &rows(&titles), Some(ROW_WIDTH)) {
            assert!(width(&line) <= ROW_WIDTH, "{line}");
            assert!(line.chars().count() < 400, "{line}");
            assert!(line.ends_with("  2024-05-05  abcdef12") || line.ends_with("record"), "{line}");
        }
    }

    #[test]
    fn a_title_gives_way_to_a_value() {
        let row =
            ["Potassium in serum or plasma", "7.1 mmol/L (critical)", "2024-06-01", "final", "973f755b"];
        let headings = ["what", "value", "day", "status", "record"];
        let lines = laid_out(&headings, &[row.map(str::to_owned).to_vec()], Some(70));
        assert_eq!(lines[1], "Potassium in ser…  7.1 mmol/L (critical)  2024-06-01  final   973f755b");
    }

    #[test]
    fn on_a_narrow_terminal_a_row_stands_below_its_title() {
        let row = |cells: [&str; 5]| cells.map(str::to_owned).to_vec();
        let rows = [
            row([
                "Potassium in serum or plasma, again",
                "7.1 mmol/L (critical)",
                "2024-06-01",
                "final",
                "973f755b",
            ]),
            row(["糖尿病糖尿病糖尿病糖尿病糖尿病糖尿病糖尿病", "", "-", "", "c22d3ea7"]),
            row(["x", "7", "", "", ""]),
        ];
        let lines = stacked(&["what", "value"], &rows, 32);
        assert_eq!(
            lines,
            [
                "Potassium in serum or plasma, a…",
                "  7.1 mmol/L (critical)",
                "  2024-06-01  final  973f755b",
                "糖尿病糖尿病糖尿病糖尿病糖尿病…",
                "  c22d3ea7",
                "x",
                "  value 7",
            ]
        );
        assert!(lines.iter().all(|line| width(line) <= 32));
    }

    #[test]
    fn a_cut_is_between_characters_and_is_seen() {
        for (cell, most, expected) in [
            ("Penicillin", 10, "Penicillin"),
            ("Penicillin", 9, "Penicill…"),
            ("糖尿病", 6, "糖尿病"),
            ("糖尿病", 5, "糖尿…"),
            ("糖尿病", 4, "糖…"),
            ("e\u{301}e\u{301}e", 2, "e\u{301}…"),
            ("abc", 1, "…"),
        ] {
            assert_eq!(cut(cell, most), expected);
        }
    }

    #[test]
    fn what_nobody_looks_at_on_a_terminal_is_whole() {
        let title = "x".repeat(1_000);
        let lines = laid_out(HEADINGS, &rows(&[&title, "short"]), None);
        assert_eq!(lines[1], format!("{title}  2024-05-05  abcdef12"));
        assert_eq!(lines[2], format!("{:48}  2024-05-05  abcdef12", "short"));
    }
}
