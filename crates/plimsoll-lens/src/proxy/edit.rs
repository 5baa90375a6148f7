//! Directives put into nginx configurations, as byte edits: what did not have to move does not move.
//!
//! The result is proven: the new text, read again, must hold the directives of the old one with the new ones and nothing
//! else. Deliberately absent: other proxies, and which directive is wanted.

use std::fmt;

use plimsoll_posture::Level;
use plimsoll_text::{Edit, Source, SourceId, SourceKind, Sources, Span, apply};

use super::nginx::syntax;
use super::tree::{Directive, Word};

/// A directive that a configuration gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addition {
    /// Any bytes of the name or the words of the `server`, or of a directive in it.
    pub at: Span,
    /// Where it goes.
    pub level: Level,
    /// The directive without its semicolon.
    pub text: String,
}

/// Why nothing is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The text holds what nginx refuses.
    Unreadable,
    /// The place lies in no `server` of this document.
    NotThere,
    /// A program fills the file in: what stands there is a template.
    Template,
    /// The result would not say what was meant.
    Unproven,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unreadable => "the configuration cannot be read as a whole",
            Self::NotThere => "the `server` that it belongs to is not in this file",
            Self::Template => "the file is a template that is filled in when the container starts",
            Self::Unproven => "the change could not be proven to do only what it should",
        })
    }
}

impl std::error::Error for Refusal {}

/// The edits that add directives, proven.
///
/// # Errors
/// [`Refusal`]; the text stays as it is then.
pub fn nginx(source: &Source, additions: &[Addition]) -> Result<Vec<Edit>, Refusal> {
    if source.name.ends_with(".template") {
        return Err(Refusal::Template);
    }
    let mut wanted = read(source)?;
    let mut edits: Vec<Edit> = Vec::new();
    for addition in additions {
        let path = server(&wanted, addition.at).ok_or(Refusal::NotThere)?;
        let own = by_path(&wanted, &path).ok_or(Refusal::NotThere)?;
        let edit = match addition.level {
            Level::Beside => beside(source, own, &addition.text),
            Level::Site => into(source, own, &addition.text)?,
        };
        let new = Directive::plain(&addition.text, source.id);
        let (last, outer) = path.split_last().ok_or(Refusal::NotThere)?;
        let (list, index) = match addition.level {
            Level::Beside => (level_mut(&mut wanted, outer), *last),
            Level::Site => (level_mut(&mut wanted, &path), 0),
        };
        let list = list.ok_or(Refusal::NotThere)?;
        // nginx refuses a zone that is declared twice, and says most other things twice in vain.
        if list.iter().any(|known| same(std::slice::from_ref(known), std::slice::from_ref(&new))) {
            continue;
        }
        list.insert(index.min(list.len()), new);
        // What is put at one place is written one behind the other, the last one nearest to what stands there.
        match edits.iter_mut().find(|known| known.span == edit.span) {
            Some(known) if addition.level == Level::Beside => known.replacement.push_str(&edit.replacement),
            Some(known) => known.replacement.insert_str(0, &edit.replacement),
            None => edits.push(edit),
        }
    }
    let text = apply(source, &edits).map_err(|_| Refusal::Unproven)?;
    let mut sources = Sources::new();
    let id = sources.add_text(&source.name, SourceKind::Proxy, &text);
    let after = read(sources.get(id)).map_err(|_| Refusal::Unproven)?;
    if same(&wanted, &after) && comments(&source.text) == comments(&text) {
        Ok(edits)
    } else {
        Err(Refusal::Unproven)
    }
}

fn read(source: &Source) -> Result<Vec<Directive>, Refusal> {
    let reading = syntax::read(source);
    if reading.complaints.is_empty() && !source.lossy {
        Ok(reading.directives)
    } else {
        Err(Refusal::Unreadable)
    }
}

fn comments(text: &str) -> usize {
    text.lines().filter(|line| line.trim_start().starts_with('#')).count()
}

/// The way to the `server` that holds a place, as indices. A place in its words or in those of a directive within.
fn server(directives: &[Directive], at: Span) -> Option<Vec<usize>> {
    fn holds(directive: &Directive, at: Span) -> bool {
        let own = directive.at();
        (own.source == at.source
            && own.start <= at.start
            && at.start < own.end.max(own.start.saturating_add(1)))
            || directive.inside().iter().any(|inner| holds(inner, at))
    }
    for (index, directive) in directives.iter().enumerate() {
        if !holds(directive, at) {
            continue;
        }
        if directive.is("server") && directive.block.is_some() {
            return Some(vec![index]);
        }
        let mut below = server(directive.inside(), at)?;
        below.insert(0, index);
        return Some(below);
    }
    None
}

fn by_path<'d>(directives: &'d [Directive], path: &[usize]) -> Option<&'d Directive> {
    let (first, rest) = path.split_first()?;
    let own = directives.get(*first)?;
    if rest.is_empty() { Some(own) } else { by_path(own.inside(), rest) }
}

/// The directives in the block at a path; the top for an empty one.
fn level_mut<'d>(directives: &'d mut Vec<Directive>, path: &[usize]) -> Option<&'d mut Vec<Directive>> {
    match path.split_first() {
        None => Some(directives),
        Some((first, rest)) => level_mut(directives.get_mut(*first)?.block.as_mut()?, rest),
    }
}

/// A line of its own before the one on which the server begins; on the same line where something stands before it.
fn beside(source: &Source, server: &Directive, text: &str) -> Edit {
    let start = server.name.at.start as usize;
    let (line, lead) = lead(&source.text, start);
    let at = if lead.trim().is_empty() { line } else { start };
    let replacement = match lead.trim().is_empty() {
        true => format!("{lead}{text};{}", newline(&source.text)),
        false => format!("{text}; "),
    };
    Edit { span: Span::new(source.id, at, at), replacement }
}

/// A line before the first directive in the server; on the same line where that stands on the line of the brace.
fn into(source: &Source, server: &Directive, text: &str) -> Result<Edit, Refusal> {
    // What was put in before this has no place yet.
    if let Some(first) = server.inside().iter().find(|inner| inner.name.at.start != u32::MAX) {
        let start = first.name.at.start as usize;
        let (line, lead) = lead(&source.text, start);
        if lead.trim().is_empty() {
            let replacement = format!("{lead}{text};{}", newline(&source.text));
            return Ok(Edit { span: Span::new(source.id, line, line), replacement });
        }
        return Ok(Edit { span: Span::new(source.id, start, start), replacement: format!("{text}; ") });
    }
    // An empty server: right behind its brace, where no comment stands in between.
    let end = server.at().end as usize;
    let rest = source.text.get(end..).unwrap_or("");
    let brace = rest.find('{').filter(|at| rest.get(..*at).is_some_and(|gap| gap.trim().is_empty()));
    let at = end + brace.ok_or(Refusal::Unproven)? + 1;
    Ok(Edit { span: Span::new(source.id, at, at), replacement: format!(" {text};") })
}

/// Where the line begins that holds a place, and what stands on it before the place.
fn lead(text: &str, at: usize) -> (usize, &str) {
    let head = text.get(..at).unwrap_or("");
    let start = head.rfind('\n').map_or(0, |end| end + 1);
    (start, head.get(start..).unwrap_or(""))
}

fn newline(text: &str) -> &'static str {
    if text.contains("\r\n") { "\r\n" } else { "\n" }
}

fn same(a: &[Directive], b: &[Directive]) -> bool {
    let words = |a: &[Word], b: &[Word]| a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.text == b.text);
    a.len() == b.len()
        && a.iter().zip(b).all(|(a, b)| {
            a.name.text == b.name.text
                && words(&a.words, &b.words)
                && a.block.is_some() == b.block.is_some()
                && same(a.inside(), b.inside())
        })
}

impl Directive {
    /// One without a block, of plain words, that stands nowhere yet.
    fn plain(text: &str, source: SourceId) -> Self {
        let at = Span { source, start: u32::MAX, end: u32::MAX };
        let mut words = text.split_whitespace().map(|word| Word { text: word.into(), at });
        let name = words.next().unwrap_or(Word { text: "".into(), at });
        Self { name, words: words.collect(), block: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(text: &str, words: &str, additions: &[(Level, &str)]) -> Result<String, Refusal> {
        let mut sources = Sources::new();
        let id = sources.add_text("default.conf", SourceKind::Proxy, text);
        let start = text.find(words).expect("the words are there");
        let at = Span::new(id, start, start + words.len());
        let additions: Vec<Addition> = additions
            .iter()
            .map(|(level, text)| Addition { at, level: *level, text: (*text).to_owned() })
            .collect();
        let source = sources.get(id);
        nginx(source, &additions).map(|edits| apply(source, &edits).expect("proven edits fit"))
    }

    #[test]
    fn a_directive_goes_into_the_server_or_beside_it_and_nothing_moves() {
        let text = "# front\r\nhttp {\r\n\tserver { # one\r\n\t\tlisten 80;\r\n\t\tlocation / { proxy_pass http://a; }\r\n\t}\r\n}\r\n";
        let both =
            [(Level::Beside, "limit_req_zone $a zone=z:1m rate=1r/s"), (Level::Site, "limit_req zone=z")];
        let expected = text
            .replace("\tserver", "\tlimit_req_zone $a zone=z:1m rate=1r/s;\r\n\tserver")
            .replace("\t\tlisten", "\t\tlimit_req zone=z;\r\n\t\tlisten");
        assert_eq!(made(text, "location", &both), Ok(expected.clone()));
        assert_eq!(made(text, "server", &both), Ok(expected));
        let text = "server { listen 80; }";
        assert_eq!(
            made(text, "listen 80", &both).as_deref(),
            Ok("limit_req_zone $a zone=z:1m rate=1r/s;\nserver { limit_req zone=z; listen 80; }")
        );
        let known = "limit_req_zone $a zone=z:1m rate=1r/s;\nserver { listen 80; }";
        assert_eq!(
            made(known, "listen", &both).as_deref(),
            Ok("limit_req_zone $a zone=z:1m rate=1r/s;\nserver { limit_req zone=z; listen 80; }")
        );
        assert_eq!(
            made("server { listen 80; }", "server", &[(Level::Site, "a b"), (Level::Site, "c d")]).as_deref(),
            Ok("server { c d; a b; listen 80; }")
        );
        assert_eq!(made("server {}", "server", &[(Level::Site, "a b")]).as_deref(), Ok("server { a b;}"));
    }

    #[test]
    fn what_cannot_be_proven_is_refused() {
        let site = [(Level::Site, "a b")];
        assert_eq!(made("location / { a; }", "location", &site), Err(Refusal::NotThere));
        assert_eq!(made("server { listen 80", "server", &site), Err(Refusal::Unreadable));
        assert_eq!(made("server # {\n{}", "server", &site), Err(Refusal::Unproven));
    }
}
