//! Physical lines to nodes: directives, comments, blank lines, and the joining of continued lines.

use std::ops::Range;
use std::sync::Arc;

use super::{Directive, Document, Fault, Instruction, Node, NodeKind, heredoc, instruction};
use crate::shell::OffsetMap;

/// BuildKit's scanner refuses a line that does not fit its buffer.
const MAX_LINE: usize = 65_535;

/// Parses a text.
pub(super) fn parse(shared: Arc<str>) -> Document {
    let text = &*shared;
    let mut reader = Reader {
        text,
        at: 0,
        escape: '\\',
        seen: Vec::new(),
        directives: true,
        nodes: Vec::new(),
        faults: Vec::new(),
    };
    if text.starts_with('\u{feff}') {
        reader.at = 3;
        reader.nodes.push(Node { range: 0..3, kind: NodeKind::Bom });
    }
    while reader.at < text.len() {
        reader.node();
    }
    let Reader { escape, nodes, mut faults, .. } = reader;
    if !nodes.iter().any(|node| matches!(node.kind, NodeKind::Instruction(_))) {
        faults.push(Fault {
            code: "empty-dockerfile",
            range: 0..0,
            message: "the file has no instructions".to_owned(),
            cure: Some("begin with `FROM image:tag`".to_owned()),
            fatal: true,
        });
    }
    Document { text: shared, escape, nodes, faults }
}

pub(super) struct Reader<'a> {
    text: &'a str,
    at: usize,
    escape: char,
    seen: Vec<&'static str>,
    /// Whether parser directives are still possible.
    directives: bool,
    nodes: Vec<Node>,
    faults: Vec<Fault>,
}

/// An instruction as one line.
#[derive(Default)]
pub(super) struct Logical {
    pub(super) line: String,
    pub(super) map: OffsetMap,
    pub(super) comments: Vec<Range<usize>>,
    pub(super) empty_continuation: Option<Range<usize>>,
}

impl<'a> Reader<'a> {
    /// The next physical line, its line end included; moves on.
    pub(super) fn line(&mut self) -> Option<Range<usize>> {
        let rest = self.text.get(self.at..).filter(|rest| !rest.is_empty())?;
        let length = rest.find('\n').map_or(rest.len(), |end| end + 1);
        let range = self.at..self.at + length;
        if length > MAX_LINE {
            self.faults.push(Fault {
                code: "line-too-long",
                range: range.clone(),
                message: format!("a line of {length} bytes; BuildKit reads at most {MAX_LINE}"),
                cure: Some("break the line with a continuation".to_owned()),
                fatal: true,
            });
        }
        self.at = range.end;
        Some(range)
    }

    /// Where the next line starts.
    pub(super) fn line_start(&self) -> usize {
        self.at
    }

    pub(super) fn slice(&self, range: &Range<usize>) -> &'a str {
        self.text.get(range.clone()).unwrap_or("")
    }

    fn node(&mut self) {
        let start = self.at;
        let Some(line) = self.line() else { return };
        let content = content(self.slice(&line), line.start);
        let stripped = strip_start(self.text, &content);
        let text = self.slice(&stripped);
        if self.directives
            && let Some(directive) = self.directive(&stripped)
        {
            self.nodes.push(Node { range: line, kind: NodeKind::Directive(directive) });
            return;
        }
        let kind = if text.starts_with('#') {
            NodeKind::Comment(stripped)
        } else if text.is_empty() {
            NodeKind::Blank
        } else {
            NodeKind::Instruction(Box::new(self.instruction(&stripped)))
        };
        self.nodes.push(Node { range: start..self.at, kind });
    }

    fn instruction(&mut self, first: &Range<usize>) -> Instruction {
        let mut logical = Logical::default();
        let mut open = self.push_line(&mut logical, first);
        while open {
            let Some(line) = self.line() else { break };
            let content = content(self.slice(&line), line.start);
            let stripped = strip_start(self.text, &content);
            let text = self.slice(&stripped);
            if text.starts_with('#') {
                logical.comments.push(stripped);
            } else if text.is_empty() {
                logical.empty_continuation.get_or_insert(content);
            } else {
                open = self.push_line(&mut logical, &content);
            }
        }
        let mut instruction = instruction::parse(logical, self.escape);
        heredoc::read_bodies(self, &mut instruction);
        instruction
    }

    /// Adds a line without its continuation character; whether there was one.
    fn push_line(&self, logical: &mut Logical, content: &Range<usize>) -> bool {
        let text = self.slice(content);
        let continued = continuation(text, self.escape);
        let text = continued.unwrap_or(text);
        // A line that is nothing but a continuation has a place too.
        if !text.is_empty() || logical.line.is_empty() {
            logical.map.push(logical.line.len(), content.start);
            logical.line.push_str(text);
        }
        continued.is_some()
    }

    /// Reads `# name = value` where directives are still possible; the first line that is none ends that.
    fn directive(&mut self, line: &Range<usize>) -> Option<Directive> {
        let found = directive_parts(self.slice(line));
        let Some((name, value)) = found else {
            self.directives = false;
            return None;
        };
        let value = line.start + value.start..line.start + value.end;
        let text = self.slice(&value);
        let mut fault = None;
        if self.seen.contains(&name) {
            fault = Some(Fault {
                code: "duplicate-directive",
                range: line.clone(),
                message: format!("a second `{name}` directive"),
                cure: Some("keep one of them".to_owned()),
                fatal: true,
            });
        } else if name == "escape" {
            match text {
                "\\" => self.escape = '\\',
                "`" => self.escape = '`',
                _ => {
                    fault = Some(Fault {
                        code: "invalid-escape-directive",
                        range: value.clone(),
                        message: "the escape character must be \\ or `".to_owned(),
                        cure: Some("write `# escape=\\` or remove the line".to_owned()),
                        fatal: true,
                    });
                }
            }
        }
        self.seen.push(name);
        Some(Directive { name, value, fault })
    }
}

/// Name and value of a directive line; `None` for any other line.
fn directive_parts(line: &str) -> Option<(&'static str, Range<usize>)> {
    let rest = line.strip_prefix('#')?.trim_start();
    let (name, value) = rest.split_once('=')?;
    let name = name.trim_end();
    let known = ["escape", "syntax", "check"].into_iter().find(|own| name.eq_ignore_ascii_case(own))?;
    let value = value.trim();
    if value.is_empty() {
        return None;
    }
    let start = line.rfind(value)?;
    Some((known, start..start + value.len()))
}

/// The line without its line end.
fn content(line: &str, start: usize) -> Range<usize> {
    start..start + line.trim_end_matches(['\r', '\n']).len()
}

fn strip_start(text: &str, range: &Range<usize>) -> Range<usize> {
    let slice = text.get(range.clone()).unwrap_or("");
    range.end - slice.trim_start().len()..range.end
}

/// The line without its continuation character; `None` where the instruction ends with this line. An escape
/// character before another one continues nothing.
fn continuation(line: &str, escape: char) -> Option<&str> {
    let head = line.trim_end_matches([' ', '\t']).strip_suffix(escape)?;
    (!head.ends_with(escape)).then_some(head)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_escaped_escape_does_not_continue() {
        assert_eq!(continuation("a \\  ", '\\'), Some("a "));
        assert_eq!(continuation("\\", '\\'), Some(""));
        assert_eq!(continuation("a \\\\", '\\'), None);
        assert_eq!(continuation("C:\\", '`'), None);
        assert_eq!(continuation("a `", '`'), Some("a "));
    }

    #[test]
    fn directives_have_a_known_name_and_a_value() {
        assert_eq!(directive_parts("# escape = ` "), Some(("escape", 11..12)));
        assert_eq!(directive_parts("#Syntax=docker/dockerfile:1"), Some(("syntax", 8..27)));
        assert_eq!(directive_parts("# other=x"), None);
        assert_eq!(directive_parts("# escape="), None);
        assert_eq!(directive_parts("FROM a"), None);
    }
}
