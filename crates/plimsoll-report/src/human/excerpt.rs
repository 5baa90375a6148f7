//! Lines of a document with marks under them.
//!
//! Columns are those of a terminal: a tab goes to the next multiple of four, wide characters take two, combining ones
//! none. A line that is too long shows the part around its mark. Secrets are masked before anything is measured.

use plimsoll_text::Source;

use super::ink::{Ink, char_columns, columns, wrap};
use crate::place::Place;
use crate::veil::{MASK, Veil, is_unsafe, plain, push_plain};

/// One marked place with its words.
#[derive(Debug, Clone)]
pub(super) struct Mark<'a> {
    pub(super) place: Place<'a>,
    pub(super) words: String,
    /// Drawn with `^` rather than `-`.
    pub(super) primary: bool,
}

/// How excerpts are drawn.
pub(super) struct Canvas<'a> {
    pub(super) veil: &'a Veil,
    pub(super) ink: Ink,
    /// Paints the primary marks.
    pub(super) paint: &'a dyn Fn(&str) -> String,
    /// Columns of the terminal.
    pub(super) width: usize,
    /// Columns of the line numbers.
    pub(super) gutter: usize,
}

const TAB: usize = 4;
/// How many lines of a longer place are shown at its beginning.
const HEAD: usize = 3;
/// Fewer columns than these are never left for the text, whatever the terminal says.
const LEAST: usize = 24;

impl Canvas<'_> {
    /// Draws marks of one document, in the order of their lines.
    pub(super) fn draw(&self, out: &mut String, marks: &[Mark<'_>]) {
        let mut marks: Vec<&Mark<'_>> = marks.iter().collect();
        marks.sort_by_key(|mark| {
            (mark.place.start.line, mark.place.end.line, !mark.primary, mark.place.first)
        });
        let frame = marks.iter().any(|mark| is_tall(mark));
        let mut last: Option<usize> = None;
        let mut at = 0;
        while let Some(mark) = marks.get(at) {
            let line = mark.place.start.line;
            self.bridge(out, mark.place.source, last, line, frame);
            if is_tall(mark) {
                self.tall(out, mark);
                last = Some(mark.place.end.line);
                at += 1;
                continue;
            }
            let same = marks[at..]
                .iter()
                .take_while(|other| !is_tall(other) && other.place.start.line == line)
                .count();
            self.flat(out, &marks[at..at + same], frame);
            last = Some(line);
            at += same;
        }
    }

    /// What stands between two shown lines: nothing, the one line between them, or three dots.
    fn bridge(&self, out: &mut String, source: &Source, last: Option<usize>, next: usize, frame: bool) {
        let Some(last) = last else { return };
        match next.saturating_sub(last) {
            0 | 1 => {}
            2 => {
                let row = Row::of(self.veil, source, last + 1);
                self.line(out, last + 1, &format!("{}{}", pad(frame), row.window(0, self.room(frame))));
            }
            _ => {
                out.push_str(&self.ink.line("..."));
                out.push('\n');
            }
        }
    }

    /// A line and the marks on it, each mark in a row of its own.
    fn flat(&self, out: &mut String, marks: &[&Mark<'_>], frame: bool) {
        let room = self.room(frame);
        let mut shown: Option<usize> = None;
        for mark in marks {
            let place = &mark.place;
            let row = Row::of(self.veil, place.source, place.start.line);
            let (start, end) = row.columns_of(place);
            let from = row.offset_for(start, end, room);
            if shown != Some(from) {
                let text = row.window(from, room);
                self.line(out, place.start.line, format!("{}{text}", pad(frame)).trim_end());
                shown = Some(from);
            }
            let indent = start.saturating_sub(from);
            let length = end.min(from + room).saturating_sub(start).max(1);
            let sign = if mark.primary { "^" } else { "-" }.repeat(length);
            self.signed(out, pad(frame), indent, &sign, mark);
        }
    }

    /// A place of several lines, framed at the left.
    fn tall(&self, out: &mut String, mark: &Mark<'_>) {
        let place = &mark.place;
        let (first, last) = (place.start.line, place.end.line);
        let room = self.room(true);
        let paint = |text: &str| self.paint(mark, text);
        for line in first..=last {
            if line >= first + HEAD && line < last {
                if line == first + HEAD {
                    let dots = format!("{:<edge$}", "...", edge = self.gutter + 3);
                    out.push_str(&format!("{}{}\n", self.ink.line(&dots), paint("|")));
                }
                continue;
            }
            let edge = paint(if line == first { "/" } else { "|" });
            let text = Row::of(self.veil, place.source, line).window(0, room);
            self.line(out, line, format!("{edge} {text}").trim_end());
        }
        let row = Row::of(self.veil, place.source, last);
        let (_, end) = row.columns_between(row.first, place.last);
        let reach = end.min(room).max(1);
        let sign = format!("|{}{}", "_".repeat(reach), if mark.primary { '^' } else { '-' });
        self.signed(out, "", 0, &sign, mark);
    }

    /// A row with a sign and its words: beside it where they fit, below it where they do not.
    fn signed(&self, out: &mut String, pad: &str, indent: usize, sign: &str, mark: &Mark<'_>) {
        let room = self.room(!pad.is_empty());
        let taken = indent + sign.chars().count();
        let blank = " ".repeat(indent);
        let painted = self.paint(mark, sign);
        let free = room.saturating_sub(taken + 1);
        let words = self.veil.words(&mark.words);
        let words = plain(&words);
        if columns(&words) <= free || words.is_empty() {
            let words = self.paint(mark, &words);
            self.blank(out, format!("{pad}{blank}{painted} {words}").trim_end());
            return;
        }
        self.blank(out, &format!("{pad}{blank}{painted}"));
        // Words that would be squeezed at the right edge start further left.
        let indent = indent.min(room.saturating_sub(LEAST.max(room / 2)));
        for line in wrap(&words, room - indent) {
            self.blank(out, &format!("{pad}{}{}", " ".repeat(indent), self.paint(mark, &line)));
        }
    }

    fn paint(&self, mark: &Mark<'_>, text: &str) -> String {
        if mark.primary { (self.paint)(text) } else { self.ink.line(text) }
    }

    fn line(&self, out: &mut String, number: usize, text: &str) {
        let number = self.ink.line(&format!("{number:>gutter$} |", gutter = self.gutter));
        out.push_str(format!("{number} {text}").trim_end());
        out.push('\n');
    }

    /// A row without a line number.
    pub(super) fn blank(&self, out: &mut String, text: &str) {
        let edge = self.ink.line(&format!("{:gutter$} |", "", gutter = self.gutter));
        out.push_str(format!("{edge} {text}").trim_end());
        out.push('\n');
    }

    /// Columns for the text of a line.
    fn room(&self, frame: bool) -> usize {
        self.width.saturating_sub(self.gutter + 3 + pad(frame).len()).max(LEAST)
    }
}

fn pad(frame: bool) -> &'static str {
    if frame { "  " } else { "" }
}

fn is_tall(mark: &Mark<'_>) -> bool {
    mark.place.end.line > mark.place.start.line
}

/// A line as it is shown: cells with their bytes and columns.
struct Row {
    cells: Vec<Cell>,
    /// The bytes of the line.
    first: usize,
    last: usize,
    /// Columns of the whole line.
    width: usize,
}

struct Cell {
    /// Bytes `from..to` of the document.
    from: usize,
    to: usize,
    /// Column of the first of its columns.
    column: usize,
    columns: usize,
    text: String,
}

impl Row {
    fn of(veil: &Veil, source: &Source, line: usize) -> Self {
        let range = source.lines().range(&source.text, line).unwrap_or(source.text.len()..source.text.len());
        let hidden = veil.masked(source, range.clone());
        let text = source.text.get(range.clone()).unwrap_or("");
        let mut row = Self { cells: Vec::new(), first: range.start, last: range.end, width: 0 };
        let mut hidden = hidden.into_iter().peekable();
        for (at, c) in text.char_indices() {
            let (from, to) = (range.start + at, range.start + at + c.len_utf8());
            while hidden.peek().is_some_and(|hidden| hidden.end <= from) {
                hidden.next();
            }
            match hidden.peek() {
                Some(secret) if secret.start < to => match row.cells.last_mut() {
                    Some(cell) if cell.from >= secret.start && cell.text == MASK => cell.to = to,
                    _ => row.push(from.min(secret.start), to, MASK.to_owned(), columns(MASK)),
                },
                _ => {
                    let mut shown = String::new();
                    let taken = match c {
                        '\t' => {
                            let taken = TAB - row.width % TAB;
                            shown.push_str(&" ".repeat(taken));
                            taken
                        }
                        c if is_unsafe(c) => {
                            push_plain(&mut shown, c);
                            columns(&shown)
                        }
                        c => {
                            shown.push(c);
                            char_columns(c)
                        }
                    };
                    row.push(from, to, shown, taken);
                }
            }
        }
        row
    }

    fn push(&mut self, from: usize, to: usize, text: String, columns: usize) {
        self.cells.push(Cell { from, to, column: self.width, columns, text });
        self.width += columns;
    }

    fn columns_of(&self, place: &Place<'_>) -> (usize, usize) {
        self.columns_between(place.first, place.last)
    }

    /// The columns that bytes `first..last` take, at least one.
    fn columns_between(&self, first: usize, last: usize) -> (usize, usize) {
        let start = self.cells.iter().find(|cell| cell.to > first).map_or(self.width, |cell| cell.column);
        let end = self
            .cells
            .iter()
            .rev()
            .find(|cell| cell.from < last.min(self.last))
            .map_or(start, |cell| cell.column + cell.columns);
        (start, end.max(start + 1))
    }

    /// From which column a line is shown so that a mark can be seen with some of what stands before it.
    fn offset_for(&self, start: usize, end: usize, room: usize) -> usize {
        if self.width <= room || end + 3 <= room {
            return 0;
        }
        let shown = (end - start).min(room.saturating_sub(8));
        let before = ((room - shown) / 2).clamp(4, 24);
        start.saturating_sub(before).min(self.width.saturating_sub(room))
    }

    /// `room` columns of the line from column `from`, with dots where something is cut.
    fn window(&self, from: usize, room: usize) -> String {
        let cut_left = from > 0;
        let cut_right = self.width > from + room;
        let left = from + if cut_left { 3 } else { 0 };
        let right = (from + room).saturating_sub(if cut_right { 3 } else { 0 });
        let mut out = String::new();
        if cut_left {
            out.push_str("...");
        }
        let mut column = left;
        for cell in &self.cells {
            let end = cell.column + cell.columns;
            if cell.column < left || end > right || (cell.columns == 0 && cell.column == left && cut_left) {
                continue;
            }
            // A wide character that the edge would cut leaves a blank.
            out.push_str(&" ".repeat(cell.column.saturating_sub(column)));
            out.push_str(&cell.text);
            column = end;
        }
        if cut_right {
            out.push_str(&" ".repeat(right.saturating_sub(column)));
            out.push_str("...");
        }
        out
    }
}
