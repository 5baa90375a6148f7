//! Two texts as a unified diff, as `git apply` and `patch` read it, and as replaced bytes.
//!
//! Secrets are masked, and what a terminal would obey is made visible; a diff in which that happened says so, because it
//! cannot be applied. Deliberately absent: finding secrets.

use std::fmt::Write as _;
use std::ops::Range;

use plimsoll_report::{MASK, plain};
use similar::{Algorithm, DiffOp, capture_diff_slices, group_diff_ops};

use super::Turn;

/// Lines of unchanged text around a change.
const AROUND: usize = 3;

/// A diff to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The diff; empty when the texts are equal.
    pub text: String,
    /// Whether something in it is not what stands in the file, so that it cannot be applied.
    pub masked: bool,
}

/// The diff of one file.
#[must_use]
pub fn unified(path: &str, turn: &Turn) -> Shown {
    let old = Side::of(turn.old.as_deref().unwrap_or(""), &turn.hidden_old);
    let new = Side::of(&turn.new, &turn.hidden_new);
    let mut shown = Shown { text: String::new(), masked: false };
    let operations = capture_diff_slices(Algorithm::Myers, &old.lines, &new.lines);
    for group in group_diff_ops(operations, AROUND) {
        let (Some(first), Some(last)) = (group.first(), group.last()) else { continue };
        if shown.text.is_empty() {
            let from = turn.old.as_ref().map_or_else(|| "/dev/null".to_owned(), |_| name("a", path));
            let _ = write!(shown.text, "--- {from}\n+++ {}\n", name("b", path));
        }
        let lines = |first: Range<usize>, last: Range<usize>| span(first.start..last.end);
        let _ = writeln!(
            shown.text,
            "@@ -{} +{} @@",
            lines(first.old_range(), last.old_range()),
            lines(first.new_range(), last.new_range())
        );
        for operation in &group {
            if let DiffOp::Equal { .. } = operation {
                new.show(operation.new_range(), ' ', &mut shown);
                continue;
            }
            old.show(operation.old_range(), '-', &mut shown);
            new.show(operation.new_range(), '+', &mut shown);
        }
    }
    shown
}

/// The replaced bytes: of the old text, and of the new one in their place. Whole lines.
#[must_use]
pub fn replaced(old: &str, new: &str) -> Vec<(Range<usize>, Range<usize>)> {
    let (old, new) = (Side::of(old, &[]), Side::of(new, &[]));
    capture_diff_slices(Algorithm::Myers, &old.lines, &new.lines)
        .into_iter()
        .filter(|operation| !matches!(operation, DiffOp::Equal { .. }))
        .map(|operation| (old.bytes(operation.old_range()), new.bytes(operation.new_range())))
        .collect()
}

/// Replaced bytes without what both texts begin and end with.
#[must_use]
pub fn narrowed(
    (old, gone): (&str, Range<usize>),
    (new, come): (&str, Range<usize>),
) -> (Range<usize>, Range<usize>) {
    let (a, b) = (old.get(gone.clone()).unwrap_or(""), new.get(come.clone()).unwrap_or(""));
    let head: usize = a.chars().zip(b.chars()).take_while(|(a, b)| a == b).map(|(a, _)| a.len_utf8()).sum();
    let (a, b) = (a.get(head..).unwrap_or(""), b.get(head..).unwrap_or(""));
    let same = a.chars().rev().zip(b.chars().rev()).take_while(|(a, b)| a == b);
    let tail: usize = same.map(|(a, _)| a.len_utf8()).sum();
    (gone.start + head..gone.end - tail, come.start + head..come.end - tail)
}

/// One of the texts.
struct Side<'t> {
    lines: Vec<&'t str>,
    /// Where each line begins, and the end.
    starts: Vec<usize>,
    hidden: &'t [Range<usize>],
}

impl<'t> Side<'t> {
    /// Lines end with a line feed and nothing else, as for git.
    fn of(text: &'t str, hidden: &'t [Range<usize>]) -> Self {
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        let mut starts = vec![0];
        starts.extend(lines.iter().scan(0, |at, line| {
            *at += line.len();
            Some(*at)
        }));
        Self { lines, starts, hidden }
    }

    fn bytes(&self, lines: Range<usize>) -> Range<usize> {
        let at = |line: usize| self.starts.get(line).or(self.starts.last()).copied().unwrap_or_default();
        at(lines.start)..at(lines.end)
    }

    fn show(&self, lines: Range<usize>, sign: char, out: &mut Shown) {
        for index in lines {
            let Some(line) = self.lines.get(index) else { continue };
            let start = self.bytes(index..index).start;
            out.text.push(sign);
            let content = line.strip_suffix('\n').unwrap_or(line);
            let content = content.strip_suffix('\r').unwrap_or(content);
            let mut at = 0;
            for hidden in self.hidden {
                let begin = hidden.start.saturating_sub(start).clamp(at, content.len());
                let end = hidden.end.saturating_sub(start).min(content.len());
                if hidden.end <= start || begin >= end {
                    continue;
                }
                push(out, content.get(at..begin).unwrap_or(""), start + at == 0);
                out.text.push_str(MASK);
                out.masked = true;
                at = end;
            }
            push(out, content.get(at..).unwrap_or(""), start + at == 0);
            match line.get(content.len()..) {
                Some("") | None => out.text.push_str("\n\\ No newline at end of file\n"),
                Some("\r") => out.text.push_str("\r\n\\ No newline at end of file\n"),
                Some(end) => out.text.push_str(end),
            }
        }
    }
}

/// Text of a file; `first` when it stands at the very beginning, where a byte order mark belongs.
fn push(out: &mut Shown, text: &str, first: bool) {
    let rest = match text.strip_prefix('\u{feff}') {
        Some(rest) if first => {
            out.text.push('\u{feff}');
            rest
        }
        _ => text,
    };
    for (index, part) in rest.split('\t').enumerate() {
        if index > 0 {
            out.text.push('\t');
        }
        let harmless = plain(part);
        out.masked |= harmless != part;
        out.text.push_str(&harmless);
    }
}

/// `12,3`, `12` for one line; for none the line before.
fn span(lines: Range<usize>) -> String {
    match lines.len() {
        0 => format!("{},0", lines.start),
        1 => format!("{}", lines.start + 1),
        count => format!("{},{count}", lines.start + 1),
    }
}

/// A path as git writes it: in quotes where it would be misread, with a tab behind it where it holds a blank.
fn name(side: &str, path: &str) -> String {
    if path.chars().any(|c| c.is_control() || c == '"' || c == '\\') {
        let mut quoted = format!("\"{side}/");
        for byte in path.bytes() {
            match byte {
                b'"' | b'\\' => {
                    quoted.push('\\');
                    quoted.push(char::from(byte));
                }
                0x20..=0x7e => quoted.push(char::from(byte)),
                other => {
                    let _ = write!(quoted, "\\{other:03o}");
                }
            }
        }
        return quoted + "\"";
    }
    let tab = if path.contains(' ') { "\t" } else { "" };
    format!("{side}/{path}{tab}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turn(old: Option<&str>, new: &str) -> Turn {
        Turn {
            old: old.map(str::to_owned),
            new: new.to_owned(),
            hidden_old: Vec::new(),
            hidden_new: Vec::new(),
        }
    }

    #[test]
    fn the_form_is_that_of_diff_u() {
        // Written by hand from the description of the unified format in the manual of GNU diffutils.
        let shown = unified("a b", &turn(Some("1\r\n2\r\n3"), "1\r\nx\r\n3\n"));
        assert_eq!(
            shown.text,
            "--- a/a b\t\n+++ b/a b\t\n@@ -1,3 +1,3 @@\n 1\r\n-2\r\n-3\n\\ No newline at end of file\n+x\r\n+3\n"
        );
        assert!(!shown.masked);
        let shown = unified("n", &turn(None, "1\n"));
        assert_eq!(shown.text, "--- /dev/null\n+++ b/n\n@@ -0,0 +1 @@\n+1\n");
        assert_eq!(unified("n", &turn(Some("1\n"), "1\n")).text, "");
    }

    #[test]
    fn what_is_hidden_is_masked_and_what_a_terminal_obeys_is_made_visible() {
        let mut one = turn(Some("\u{feff}a: s3cret # x\n\tb\u{1b}[0m\n"), "\u{feff}a: s3cret # x\n\tc\n");
        let at = "\u{feff}a: ".len();
        one.hidden_old.push(at..at + 6);
        one.hidden_new = one.hidden_old.clone();
        let shown = unified("f", &one);
        assert!(shown.masked);
        assert_eq!(shown.text, "--- a/f\n+++ b/f\n@@ -1,2 +1,2 @@\n \u{feff}a: •••• # x\n-\tb␛[0m\n+\tc\n");
    }

    #[test]
    fn replaced_bytes_are_whole_lines() {
        assert_eq!(replaced("a\nb\nc\n", "a\nB\nc\nd\n"), [(2..4, 2..4), (6..6, 6..8)]);
        assert_eq!(narrowed(("a: ä1x\n", 0..8), ("a: ä22x\n", 0..9)), (5..6, 5..7));
        assert_eq!(narrowed(("aa", 0..2), ("aaa", 0..3)), (2..2, 2..3));
    }
}
