//! Words after quote removal. Expansions stay as they are written.

use plimsoll_posture::ShellWord;
use shuck_ast::{Assignment, AssignmentValue, LiteralText, Redirect, RedirectKind, RedirectTarget, Span};
use shuck_ast::{Word, WordPart, WordPartNode};

use super::Script;

/// A word of the script.
pub(super) fn word(script: Script<'_>, word: &Word) -> ShellWord {
    let mut reading = Reading { text: script.text, out: String::new(), literal: true, quoted: false };
    for part in &word.parts {
        reading.part(part, false);
    }
    let Reading { out, literal, quoted, .. } = reading;
    ShellWord { text: out.into(), at: script.span(bytes(word.span)), literal, quoted }
}

/// A stretch of the script as a word without quotes.
pub(super) fn plain(script: Script<'_>, range: std::ops::Range<usize>) -> ShellWord {
    let text = script.text.get(range.clone()).unwrap_or("");
    ShellWord {
        text: text.into(),
        at: script.span(range),
        literal: !text.contains(['$', '`']),
        quoted: false,
    }
}

/// `NAME=value` as its value; an array is kept as it is written.
pub(super) fn value(script: Script<'_>, assignment: &Assignment) -> ShellWord {
    match &assignment.value {
        AssignmentValue::Scalar(value) => word(script, value),
        AssignmentValue::Compound(array) => ShellWord { literal: false, ..plain(script, bytes(array.span)) },
    }
}

/// `NAME=value` as one word: an operand of `export`.
pub(super) fn assignment(script: Script<'_>, assignment: &Assignment) -> ShellWord {
    let value = value(script, assignment);
    let sign = if assignment.append { "+=" } else { "=" };
    ShellWord {
        text: format!("{}{sign}{}", assignment.target.name.as_str(), value.text).into(),
        at: script.span(bytes(assignment.span)),
        ..value
    }
}

/// A redirection; of a heredoc the delimiter is the target.
pub(super) fn redirect(script: Script<'_>, redirect: &Redirect) -> plimsoll_posture::Redirect {
    let operator = match redirect.kind {
        RedirectKind::Output => ">",
        RedirectKind::Clobber => ">|",
        RedirectKind::Append => ">>",
        RedirectKind::Input => "<",
        RedirectKind::ReadWrite => "<>",
        RedirectKind::HereDoc => "<<",
        RedirectKind::HereDocStrip => "<<-",
        RedirectKind::HereString => "<<<",
        RedirectKind::DupOutput => ">&",
        RedirectKind::DupInput => "<&",
        RedirectKind::OutputBoth => "&>",
    };
    let target = match &redirect.target {
        RedirectTarget::Word(target) if !bytes(target.span).is_empty() => word(script, target),
        RedirectTarget::Heredoc(heredoc) => word(script, &heredoc.delimiter.raw),
        RedirectTarget::Word(_) => {
            // `2>&1`: the parser keeps the number, not its place.
            let range = bytes(redirect.span);
            let text = script.text.get(range.clone()).unwrap_or("");
            let start = text.rfind(['<', '>', '&', '|', ' ', '\t']).map_or(0, |at| at + 1);
            plain(script, range.start + start..range.end)
        }
    };
    plimsoll_posture::Redirect { operator: operator.into(), target }
}

/// The byte range of a span of the parser.
pub(super) fn bytes(span: Span) -> std::ops::Range<usize> {
    let (start, end) = (span.start.offset(), span.end.offset());
    start..end.max(start)
}

struct Reading<'a> {
    text: &'a str,
    out: String,
    literal: bool,
    quoted: bool,
}

impl Reading<'_> {
    fn part(&mut self, part: &WordPartNode, in_double: bool) {
        let written = self.text.get(bytes(part.span)).unwrap_or("");
        match &part.kind {
            WordPart::Literal(LiteralText::Source) => unescape(written, in_double, &mut self.out),
            WordPart::Literal(LiteralText::Owned(text) | LiteralText::CookedSource(text)) => {
                self.out.push_str(text);
            }
            WordPart::SingleQuoted { value, .. } => {
                self.quoted = true;
                match value.is_source_backed() {
                    true => self.out.push_str(self.text.get(bytes(value.span())).unwrap_or("")),
                    false => self.out.push_str(value.slice(self.text)),
                }
            }
            WordPart::DoubleQuoted { parts, .. } => {
                self.quoted = true;
                for part in parts {
                    self.part(part, true);
                }
            }
            _ => {
                self.literal = false;
                self.out.push_str(written);
            }
        }
    }
}

/// Removes backslashes: every one outside quotes, inside double quotes only those that escape something.
pub(super) fn unescape(text: &str, in_double: bool, out: &mut String) {
    let mut chars = text.chars();
    while let Some(ch) = chars.next() {
        if ch != '\\' {
            out.push(ch);
            continue;
        }
        match chars.next() {
            Some('\n') => {}
            Some(next) => {
                if in_double && !matches!(next, '"' | '\\' | '$' | '`') {
                    out.push('\\');
                }
                out.push(next);
            }
            None => out.push('\\'),
        }
    }
}
