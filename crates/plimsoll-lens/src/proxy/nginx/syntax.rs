//! The syntax of nginx: words, quotes, comments, blocks. Follows `ngx_conf_read_token`.
//!
//! What nginx refuses is a complaint, and reading goes on. Blocks of Lua code are passed over.

use plimsoll_posture::{Complaint, ComplaintKind};
use plimsoll_text::{Source, Span};

use crate::proxy::tree::{Builder, DEEPEST, Directive, Word};

/// A file as it was read.
#[derive(Debug)]
pub(in crate::proxy) struct Reading {
    pub(in crate::proxy) directives: Vec<Directive>,
    pub(in crate::proxy) complaints: Vec<Complaint>,
}

/// Reads a document.
pub(in crate::proxy) fn read(source: &Source) -> Reading {
    let mut reader = Reader { source, text: &source.text, at: 0, complaints: Vec::new() };
    let directives = reader.document();
    Reading { directives, complaints: reader.complaints }
}

struct Reader<'s> {
    source: &'s Source,
    text: &'s str,
    at: usize,
    complaints: Vec<Complaint>,
}

impl Reader<'_> {
    fn document(&mut self) -> Vec<Directive> {
        let mut builder = Builder::new();
        let mut words: Vec<Word> = Vec::new();
        while let Some(byte) = self.peek() {
            match byte {
                b' ' | b'\t' | b'\r' | b'\n' => self.at += 1,
                b'#' => self.comment(),
                b';' => {
                    self.at += 1;
                    if words.is_empty() {
                        self.invalid(self.at - 1, "unexpected-semicolon", "unexpected `;`");
                    }
                    builder.simple(std::mem::take(&mut words));
                }
                b'{' => {
                    let at = self.at;
                    self.at += 1;
                    if words.is_empty() {
                        self.invalid(at, "unexpected-brace", "unexpected `{`: no name stands before it");
                    }
                    if words.first().is_some_and(|name| name.text.ends_with("_by_lua_block")) {
                        self.lua();
                        builder.simple(std::mem::take(&mut words));
                        continue;
                    }
                    let deep = builder.depth() >= DEEPEST;
                    let named = !words.is_empty();
                    if !builder.enter(std::mem::take(&mut words)) && deep && named {
                        self.complain(
                            ComplaintKind::Skipped,
                            "nested-too-deep",
                            at,
                            "this block lies too deep and is left out",
                        );
                    }
                }
                b'}' => {
                    let at = self.at;
                    self.at += 1;
                    if !words.is_empty() {
                        self.invalid(at, "unfinished-directive", "a directive before this `}` lacks its `;`");
                        builder.simple(std::mem::take(&mut words));
                    }
                    if !builder.leave() {
                        self.invalid(at, "unexpected-brace", "unexpected `}`: no block is open");
                    }
                }
                _ => words.push(self.word()),
            }
        }
        let end = self.text.len();
        if !words.is_empty() {
            self.invalid(end, "unfinished-directive", "the last directive lacks its `;`");
            builder.simple(words);
        }
        if builder.depth() > 0 {
            self.invalid(end, "unclosed-block", "the file ends inside a block");
        }
        builder.finish()
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn comment(&mut self) {
        let rest = self.text.get(self.at..).unwrap_or("");
        self.at += rest.find('\n').unwrap_or(rest.len());
    }

    fn word(&mut self) -> Word {
        let start = self.at;
        let quote = self.peek().filter(|byte| matches!(byte, b'"' | b'\''));
        let text = match quote {
            Some(quote) => self.quoted(quote),
            None => self.bare(),
        };
        Word { text: text.into(), at: Span::new(self.source.id, start, self.at) }
    }

    fn quoted(&mut self, quote: u8) -> String {
        let open = self.at;
        self.at += 1;
        let start = self.at;
        while let Some(byte) = self.peek() {
            match byte {
                b'\\' => self.step_over_escape(),
                byte if byte == quote => {
                    let text = unescaped(self.text.get(start..self.at).unwrap_or(""));
                    self.at += 1;
                    if self.peek().is_some_and(|next| {
                        !matches!(next, b' ' | b'\t' | b'\r' | b'\n' | b';' | b'{' | b')')
                    }) {
                        self.invalid(
                            self.at,
                            "text-after-quote",
                            "text follows a closing quote without a space",
                        );
                    }
                    return text;
                }
                _ => self.at += 1,
            }
        }
        self.invalid(open, "unclosed-quote", "this quote is never closed");
        unescaped(self.text.get(start..).unwrap_or(""))
    }

    fn bare(&mut self) -> String {
        let start = self.at;
        while let Some(byte) = self.peek() {
            match byte {
                b' ' | b'\t' | b'\r' | b'\n' | b';' => break,
                b'{' if self.at == start || self.text.as_bytes().get(self.at - 1) != Some(&b'$') => break,
                b'\\' => self.step_over_escape(),
                _ => self.at += 1,
            }
        }
        unescaped(self.text.get(start..self.at).unwrap_or(""))
    }

    /// The backslash and the whole character after it.
    fn step_over_escape(&mut self) {
        let rest = self.text.get(self.at + 1..).unwrap_or("");
        self.at += 1 + rest.chars().next().map_or(0, char::len_utf8);
    }

    /// To the brace that closes a block of Lua: strings, long brackets and comments may hold braces.
    fn lua(&mut self) {
        let open = self.at - 1;
        let mut depth = 1_usize;
        let bytes = self.text.as_bytes();
        while let Some(byte) = self.peek() {
            self.at += 1;
            match byte {
                b'{' => depth += 1,
                b'}' => {
                    depth -= 1;
                    if depth == 0 {
                        return;
                    }
                }
                b'"' | b'\'' => {
                    while let Some(inner) = self.peek() {
                        self.at += 1;
                        match inner {
                            b'\\' => self.at += 1,
                            b'\n' => break,
                            inner if inner == byte => break,
                            _ => {}
                        }
                    }
                }
                b'-' if bytes.get(self.at) == Some(&b'-') => {
                    self.at += 1;
                    if !self.long_bracket() {
                        self.comment();
                    }
                }
                b'[' => {
                    self.at -= 1;
                    if !self.long_bracket() {
                        self.at += 1;
                    }
                }
                _ => {}
            }
        }
        // An escape at the very end may have led past it, and bytes were stepped over one by one.
        self.at = self.text.len();
        self.invalid(open, "unclosed-block", "this block of Lua is never closed");
    }

    /// Passes over `[[ … ]]` or `[==[ … ]==]`; `false` where none begins here.
    fn long_bracket(&mut self) -> bool {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        if rest.first() != Some(&b'[') {
            return false;
        }
        let level = rest.iter().skip(1).take_while(|byte| **byte == b'=').count();
        if rest.get(level + 1) != Some(&b'[') {
            return false;
        }
        let close = format!("]{}]", "=".repeat(level));
        let body = rest.get(level + 2..).unwrap_or_default();
        let found = body.windows(close.len()).position(|window| window == close.as_bytes());
        self.at += level + 2 + found.map_or(body.len(), |at| at + close.len());
        true
    }

    fn invalid(&mut self, at: usize, code: &'static str, message: &str) {
        self.complain(ComplaintKind::Invalid, code, at, message);
    }

    fn complain(&mut self, kind: ComplaintKind, code: &'static str, at: usize, message: &str) {
        // One broken file needs no hundred complaints.
        if self.complaints.len() < 20 {
            let at = Span::new(self.source.id, at, at);
            self.complaints.push(Complaint { kind, code, at, message: message.to_owned(), cure: None });
        }
    }
}

/// nginx replaces `\"`, `\'`, `\\`, `\t`, `\r` and `\n`; any other backslash stays.
fn unescaped(raw: &str) -> String {
    if !raw.contains('\\') {
        return raw.to_owned();
    }
    let mut text = String::with_capacity(raw.len());
    let mut rest = raw.chars().peekable();
    while let Some(c) = rest.next() {
        let replaced = match (c, rest.peek()) {
            ('\\', Some('"')) => Some('"'),
            ('\\', Some('\'')) => Some('\''),
            ('\\', Some('\\')) => Some('\\'),
            ('\\', Some('t')) => Some('\t'),
            ('\\', Some('r')) => Some('\r'),
            ('\\', Some('n')) => Some('\n'),
            _ => None,
        };
        if replaced.is_some() {
            rest.next();
        }
        text.push(replaced.unwrap_or(c));
    }
    text
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
        let id = sources.add_text("nginx.conf", SourceKind::Other, text);
        let reading = read(sources.get(id));
        let mut out = String::new();
        write(&reading.directives, &mut out);
        (out, reading.complaints.iter().map(|complaint| complaint.code).collect())
    }

    #[test]
    fn words_quotes_comments_and_blocks() {
        for (text, expected) in [
            ("a b c; # d;\n e 'f g' \"h;\\\"i\";", "<a><b><c><e><f g><h;\"i>"),
            ("location ~ \\.php$ { root /a#b; }", "<location><~><\\.php$>{<root></a#b>}"),
            ("set $a ${b}c; x{y;}", "<set><$a><${b}c><x>{<y>}"),
            ("rewrite \"^/a{2}/\\d+$\" /b last;", "<rewrite><^/a{2}/\\d+$></b><last>"),
            ("if ($http_a ~ \"x\") { return 444; }", "<if><($http_a><~><x><)>{<return><444>}"),
            (
                "content_by_lua_block { local a = \"}\" -- }\n local b = [[ } ]] } a b;",
                "<content_by_lua_block><a><b>",
            ),
            ("# only a comment", ""),
        ] {
            assert_eq!(told(text), (expected.to_owned(), vec![]), "{text}");
        }
    }

    #[test]
    fn what_is_broken_is_told_and_the_rest_is_kept() {
        for (text, expected, code) in [
            ("a b } c d;", "<a><b><c><d>", "unfinished-directive"),
            ("http { a b;", "<http>{<a><b>}", "unclosed-block"),
            ("a 'b; c", "<a><b; c>", "unclosed-quote"),
            ("a b; } c;", "<a><b><c>", "unexpected-brace"),
            ("; a;", "<a>", "unexpected-semicolon"),
            ("a b", "<a><b>", "unfinished-directive"),
        ] {
            let (read, codes) = told(text);
            assert_eq!(read, expected, "{text}");
            assert!(codes.contains(&code), "{text}: {codes:?}");
        }
    }

    #[test]
    fn depth_is_bounded() {
        let (read, codes) = told(&format!("{}x;{}y;", "a {".repeat(500), "}".repeat(500)));
        assert!(read.ends_with("<y>"), "{read}");
        assert!(codes.contains(&"nested-too-deep"));
    }
}
