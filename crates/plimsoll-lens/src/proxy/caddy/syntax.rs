//! The syntax of a Caddyfile: words, quotes, heredocs, comments, blocks. A line end ends a directive.
//!
//! What Caddy refuses is a complaint, and reading goes on. A file without braces is one site: its first line is the address.

use plimsoll_posture::{Complaint, ComplaintKind};
use plimsoll_text::{Source, Span};

use crate::proxy::tree::{Builder, DEEPEST, Directive, Word};

/// A file as it was read.
pub(super) struct Reading {
    /// Sites, snippets and, with an empty name, the global options.
    pub(super) directives: Vec<Directive>,
    pub(super) complaints: Vec<Complaint>,
}

/// Reads a document.
pub(super) fn read(source: &Source) -> Reading {
    let mut lexer = Lexer { source, text: &source.text, at: 0, complaints: Vec::new() };
    let lines = lexer.lines();
    let mut complaints = lexer.complaints;
    let mut builder = Builder::new();
    let end = Span::new(source.id, source.text.len(), source.text.len());
    let mut complain = |kind, code, at: Span, message: &str| {
        if complaints.len() < 20 {
            complaints.push(Complaint { kind, code, at, message: message.to_owned(), cure: None });
        }
    };
    // One site without braces: every line after the address belongs to it.
    let first = lines.iter().find(|line| !line.is_empty());
    let bare = first.is_some_and(|line| {
        line.last().is_some_and(|word| &*word.text != "{")
            && line.first().is_some_and(|word| &*word.text != "import")
    });
    let mut waiting = bare;
    for mut line in lines {
        if waiting && !line.is_empty() {
            waiting = false;
            if line.last().is_some_and(|word| word.text.ends_with(',')) {
                waiting = true;
            }
            builder.enter(line);
            continue;
        }
        let opens = line.last().is_some_and(|word| &*word.text == "{" && word.at.len() == 1);
        if let [word] = line.as_slice()
            && &*word.text == "}"
            && word.at.len() == 1
        {
            if !builder.leave() || bare && builder.depth() == 0 {
                complain(
                    ComplaintKind::Invalid,
                    "unexpected-brace",
                    word.at,
                    "unexpected `}`: no block is open",
                );
            }
            continue;
        }
        if opens {
            let brace = line.pop().map_or(end, |word| word.at);
            if line.is_empty() {
                // The global options have no name.
                line.push(Word { text: "".into(), at: brace });
            }
            let deep = builder.depth() >= DEEPEST;
            if !builder.enter(line) && deep {
                complain(
                    ComplaintKind::Skipped,
                    "nested-too-deep",
                    brace,
                    "this block lies too deep and is left out",
                );
            }
        } else {
            builder.simple(line);
        }
    }
    if builder.depth() > usize::from(bare) {
        complain(ComplaintKind::Invalid, "unclosed-block", end, "the file ends inside a block");
    }
    Reading { directives: builder.finish(), complaints }
}

struct Lexer<'s> {
    source: &'s Source,
    text: &'s str,
    at: usize,
    complaints: Vec<Complaint>,
}

impl Lexer<'_> {
    /// Lines of words; a comma at the end of a line of addresses carries it on.
    fn lines(&mut self) -> Vec<Vec<Word>> {
        let mut lines: Vec<Vec<Word>> = Vec::new();
        let mut line: Vec<Word> = Vec::new();
        while let Some(c) = self.peek() {
            match c {
                '\n' => {
                    self.at += 1;
                    let carried = line.last().is_some_and(|word| word.text.ends_with(','));
                    if !line.is_empty() && !carried {
                        lines.push(std::mem::take(&mut line));
                    }
                }
                '\\' if self.rest().starts_with("\\\n") => self.at += 2,
                '\\' if self.rest().starts_with("\\\r\n") => self.at += 3,
                c if c.is_whitespace() => self.at += c.len_utf8(),
                '#' => self.at += self.rest().find('\n').unwrap_or(self.rest().len()),
                _ => line.push(self.word()),
            }
        }
        if !line.is_empty() {
            lines.push(line);
        }
        lines
    }

    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn word(&mut self) -> Word {
        let start = self.at;
        let text = match self.peek() {
            Some('"') => self.quoted('"', true),
            Some('`') => self.quoted('`', false),
            _ if self.rest().starts_with("<<") => match self.heredoc() {
                Some(text) => text,
                None => self.bare(),
            },
            _ => self.bare(),
        };
        Word { text: text.into(), at: Span::new(self.source.id, start, self.at) }
    }

    fn bare(&mut self) -> String {
        let rest = self.rest();
        let end = rest
            .char_indices()
            .find(|(at, c)| {
                c.is_whitespace()
                    || *c == '\\' && rest.get(at + 1..).is_some_and(|after| after.starts_with(['\n', '\r']))
            })
            .map_or(rest.len(), |(at, _)| at);
        // A backslash in front of a line end that is no line end: taken as it is.
        let end = if end == 0 { rest.chars().next().map_or(0, char::len_utf8) } else { end };
        let text = rest.get(..end).unwrap_or("").to_owned();
        self.at += end;
        text
    }

    fn quoted(&mut self, quote: char, escapes: bool) -> String {
        let open = self.at;
        self.at += 1;
        let mut text = String::new();
        while let Some(c) = self.peek() {
            self.at += c.len_utf8();
            match c {
                c if c == quote => return text,
                '\\' if escapes && self.peek() == Some(quote) => {
                    text.push(quote);
                    self.at += 1;
                }
                c => text.push(c),
            }
        }
        self.complaints.push(Complaint {
            kind: ComplaintKind::Invalid,
            code: "unclosed-quote",
            at: Span::new(self.source.id, open, open + 1),
            message: "this quote is never closed".to_owned(),
            cure: None,
        });
        text
    }

    /// `<<MARK`, lines, `MARK`.
    fn heredoc(&mut self) -> Option<String> {
        let rest = self.rest();
        let (mark, body) = rest.get(2..)?.split_once('\n')?;
        let mark = mark.trim_end();
        if mark.is_empty() || !mark.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-')) {
            return None;
        }
        let begin = rest.len() - body.len();
        let mut offset = 0;
        for line in body.split_inclusive('\n') {
            let lead = line.len() - line.trim_start().len();
            if let Some(after) = line.trim_start().strip_prefix(mark)
                && after.chars().next().is_none_or(char::is_whitespace)
            {
                let text = body.get(..offset).unwrap_or("").to_owned();
                self.at += begin + offset + lead + mark.len();
                return Some(text);
            }
            offset += line.len();
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use plimsoll_text::{SourceKind, Sources};

    use super::*;

    fn told(text: &str) -> (String, Vec<&'static str>) {
        fn write(directives: &[Directive], out: &mut String) {
            for directive in directives {
                let words = std::iter::once(&directive.name).chain(&directive.words);
                let words: Vec<String> = words.map(|word| format!("<{}>", word.text)).collect();
                out.push_str(&words.join(""));
                if let Some(block) = &directive.block {
                    out.push('{');
                    write(block, out);
                    out.push('}');
                }
            }
        }
        let mut sources = Sources::new();
        let id = sources.add_text("Caddyfile", SourceKind::Other, text);
        let reading = read(sources.get(id));
        let mut out = String::new();
        write(&reading.directives, &mut out);
        (out, reading.complaints.iter().map(|complaint| complaint.code).collect())
    }

    #[test]
    fn sites_options_snippets_and_words() {
        for (text, expected) in [
            ("example.com\nreverse_proxy api:3000 # there\n", "<example.com>{<reverse_proxy><api:3000>}"),
            (
                "{\n admin off\n}\na.com, \nb.com {\n respond \"x \\\" y\" 200\n}\n",
                "<>{<admin><off>}<a.com,><b.com>{<respond><x \" y><200>}",
            ),
            (
                "(s) {\n header X {args[0]}\n}\n:80 {\n import s `a b`\n}",
                "<(s)>{<header><X><{args[0]}>}<:80>{<import><s><a b>}",
            ),
            (
                "a.com {\n reverse_proxy \\\n   b:1\n handle /x* {\n  root * /srv\n }\n}",
                "<a.com>{<reverse_proxy><b:1><handle></x*>{<root><*></srv>}}",
            ),
            (":80 {\n respond <<EOF\n  a { b\n  EOF 200\n}", "<:80>{<respond><  a { b\n><200>}"),
            ("import sites/*\n", "<import><sites/*>"),
        ] {
            assert_eq!(told(text), (expected.to_owned(), vec![]), "{text}");
        }
    }

    #[test]
    fn what_is_broken_is_told() {
        for (text, code) in [
            ("a.com {\n reverse_proxy b\n", "unclosed-block"),
            ("a.com {\n}\n}\n", "unexpected-brace"),
            ("a.com {\n respond \"x\n}\n", "unclosed-quote"),
        ] {
            assert!(told(text).1.contains(&code), "{text}");
        }
    }
}
