//! Where secrets stand in what a project declares.
//!
//! A secret is told where it is written: a value that comes from a variable is told at the line of the env file that
//! sets it, one that comes from `${NAME:-text}` at the text. Values of the caller's own environment stand in no file
//! and are not told. Deliberately absent: what counts as a secret (`plimsoll-secrets`).

use std::ops::Range;
use std::sync::Arc;

use plimsoll_posture::{Certainty, Claim, Known, Layer, Place, Provenance, SecretSighting, Via, ViaKind};
use plimsoll_secrets::{Detection, judge_value, scan_text};
use plimsoll_text::{SourceKind, Sources, Span};

use super::field::{self, Field};
use crate::compose::Variable;
use crate::compose::tree::{Node, Piece, PieceKind, Text, Value};

/// Nesting below which a service is not searched for defaults.
const MAX_DEPTH: usize = 32;

/// Collects sightings; one place is told once.
pub(super) struct Search<'a> {
    sources: &'a Sources,
    variables: &'a [Variable],
    pub(super) found: Vec<SecretSighting>,
}

impl<'a> Search<'a> {
    pub(super) fn new(sources: &'a Sources, variables: &'a [Variable]) -> Self {
        Self { sources, variables, found: Vec::new() }
    }

    /// Everything a service says.
    pub(super) fn service(&mut self, field: &Field<'_>) {
        for (key, place) in
            [("environment", Place::Environment), ("labels", Place::Label), ("annotations", Place::Label)]
        {
            for (name, value, _) in field.child(key).map(|pairs| field::pairs(&pairs)).unwrap_or_default() {
                self.named(&name, &value, place);
            }
        }
        for (name, value, _) in
            field.path(&["build", "args"]).map(|pairs| field::pairs(&pairs)).unwrap_or_default()
        {
            self.named(&name, &value, Place::BuildArg);
        }
        for (name, value, _) in
            field.path(&["build", "labels"]).map(|pairs| field::pairs(&pairs)).unwrap_or_default()
        {
            self.named(&name, &value, Place::Label);
        }
        for path in [&["command"][..], &["entrypoint"], &["healthcheck", "test"]] {
            if let Some(command) = field.path(path) {
                self.command(&command);
            }
        }
        for event in ["post_start", "pre_stop"] {
            for hook in field.child(event).map(|hooks| hooks.items()).unwrap_or_default() {
                if let Some(command) = hook.child("command") {
                    self.command(&command);
                }
                for (name, value, _) in
                    hook.child("environment").map(|pairs| field::pairs(&pairs)).unwrap_or_default()
                {
                    self.named(&name, &value, Place::Environment);
                }
            }
        }
        self.defaults(field, 0);
    }

    /// `configs.*.content` (and `secrets.*.content`, where a file says so against the specification).
    pub(super) fn contents(&mut self, model: &Field<'_>) {
        for section in ["configs", "secrets"] {
            for (entry, config) in model.child(section).map(|section| section.entries()).unwrap_or_default() {
                let Some(content) = config.child("content") else { continue };
                let Some(text) = content.node.as_text() else { continue };
                for detection in scan_text(&text.text) {
                    self.tell(&entry.key, &content, Place::ConfigContent, 0, &detection);
                }
            }
        }
    }

    /// Variables of the project's env files that no service was found to use.
    pub(super) fn variables(&mut self, told: &[Span]) {
        for variable in self.variables {
            let value = variable.value.expose();
            let Some(detection) = judge(&variable.name, value) else { continue };
            let span = self.part(variable.at, value, detection.range.clone());
            if told.iter().any(|other| other.overlaps(span)) {
                continue;
            }
            let at = Provenance::new("compose", span, &*variable.name);
            self.push(&variable.name, Place::EnvFile, value, &detection, at);
        }
    }

    fn named(&mut self, name: &str, value: &Field<'_>, place: Place) {
        let Some(whole) = field::scalar(value.node) else { return };
        // A list item `KEY=value` that the loader left as it was holds the key too.
        let prefix = format!("{name}=");
        let start =
            if value.node.as_text().is_some() && whole.starts_with(&prefix) { prefix.len() } else { 0 };
        let text = whole.get(start..).unwrap_or("");
        if let Some(detection) = judge(name, text) {
            self.tell(name, value, place, start, &detection);
        }
        if place == Place::Label {
            for detection in scan_text(text).iter().chain(hashes(text).iter()) {
                self.tell(name, value, place, start, detection);
            }
        }
    }

    /// The words are put together as a shell would be given them, so that an option and its value are seen as one.
    fn command(&mut self, command: &Field<'_>) {
        let mut line = Line::default();
        let items = command.items();
        let alone = items.len() == 1
            || items.first().and_then(|item| field::scalar(item.node)).as_deref() == Some("CMD-SHELL");
        for word in items {
            line.push(word, !alone);
        }
        for detection in scan_text(&line.text) {
            let Some((word, range)) = line.written(&detection.range) else { continue };
            let name = carrier(line.text.get(..detection.range.start).unwrap_or(""));
            self.tell(name, word, Place::Command, 0, &Detection { range, ..detection });
        }
    }

    /// Defaults of variables whose own name says secret, wherever they stand in the service.
    fn defaults(&mut self, field: &Field<'_>, depth: usize) {
        if depth > MAX_DEPTH {
            return;
        }
        match &field.node.value {
            Value::Text(text) => {
                for (name, span) in &text.defaults {
                    let default = self.sources.text(*span);
                    if let Some(detection) = judge(name, default) {
                        let at = Provenance { span: within(*span, detection.range.clone()), ..field.at() };
                        self.push(name, Place::InterpolationDefault, default, &detection, at);
                    }
                }
            }
            Value::List(_) => {
                for item in field.items() {
                    self.defaults(&item, depth + 1);
                }
            }
            Value::Map(_) => {
                for (_, value) in field.entries() {
                    self.defaults(&value, depth + 1);
                }
            }
            _ => {}
        }
    }

    /// Tells a detection in the text of a value that begins `start` bytes into it.
    fn tell(&mut self, name: &str, value: &Field<'_>, place: Place, start: usize, detection: &Detection) {
        let range = start + detection.range.start..start + detection.range.end;
        let Some(whole) = field::scalar(value.node) else { return };
        let Some(written) = self.written(value.node, &whole, range) else { return };
        let in_env_file = self.sources.get(written.span.source).kind == SourceKind::EnvFile
            || value.node.via.iter().any(|via| via.kind == ViaKind::EnvFile);
        let place = match written.origin {
            Origin::Default(_) => Place::InterpolationDefault,
            Origin::Variable(..) => Place::EnvFile,
            Origin::Literal if in_env_file => Place::EnvFile,
            Origin::Literal
                if detection.kind == "url-password"
                    && matches!(place, Place::Environment | Place::Command) =>
            {
                Place::Url
            }
            Origin::Literal => place,
        };
        let mut at = Provenance { span: written.span, ..value.at() };
        let name: Arc<str> = match written.origin {
            Origin::Literal => name.into(),
            Origin::Default(variable) => variable,
            Origin::Variable(variable, used) => {
                at.via.retain(|via| via.span != Some(written.span));
                at.via.insert(0, Via { kind: ViaKind::Variable, span: Some(used) });
                variable
            }
        };
        let text = whole.get(start..).unwrap_or("");
        self.push(&name, place, text, detection, at);
    }

    fn push(&mut self, name: &str, place: Place, text: &str, detection: &Detection, at: Provenance) {
        if self.found.iter().any(|other| other.at.at.span.overlaps(at.span)) {
            return;
        }
        self.found.push(SecretSighting {
            place,
            name: name.into(),
            kind: detection.kind.into(),
            length: text.get(detection.range.clone()).map_or(0, |secret| secret.chars().count()),
            certainty: match detection.certainty {
                plimsoll_secrets::Certainty::Likely => Certainty::Likely,
                plimsoll_secrets::Certainty::Certain => Certainty::Certain,
            },
            at: Claim::declared(Known::Value(()), Layer::Compose, at),
            stage: None,
            ships: true,
        });
    }

    /// Where a part of a value's text is written. `None` when it stands in no file.
    fn written(&self, node: &Node, whole: &str, range: Range<usize>) -> Option<Written> {
        let text = match &node.value {
            Value::Text(text) => text,
            _ => return Some(Written { span: node.at, origin: Origin::Literal }),
        };
        if text.pieces.is_empty() {
            // `K:` without a value takes the caller's own variable.
            if node.via.first().is_some_and(|via| via.kind == ViaKind::Variable && via.span.is_none()) {
                return None;
            }
            let span = self.part(node.at, whole, range);
            return Some(Written { span, origin: Origin::of(text, span) });
        }
        // The piece that holds most of the secret decides; the earlier among equals.
        let overlap = |piece: &Piece| {
            (piece.end as usize).min(range.end).saturating_sub((piece.start as usize).max(range.start))
        };
        let piece =
            text.pieces.iter().rev().max_by_key(|piece| overlap(piece)).filter(|piece| overlap(piece) > 0)?;
        let inner = range.start.max(piece.start as usize) - piece.start as usize
            ..range.end.min(piece.end as usize) - piece.start as usize;
        match &piece.kind {
            PieceKind::Variable(name, set) => {
                let value = whole.get(piece.start as usize..piece.end as usize).unwrap_or("");
                let span = self.part((*set)?, value, inner);
                Some(Written { span, origin: Origin::Variable(name.clone(), piece.at) })
            }
            PieceKind::Unset(_) => None,
            PieceKind::Verbatim | PieceKind::Decoded => {
                let span = self.literal(text, &range, piece.at);
                Some(Written { span, origin: Origin::of(text, span) })
            }
        }
    }

    /// The bytes of all written pieces of a secret; a secret with escapes in it has several.
    fn literal(&self, text: &Text, range: &Range<usize>, first: Span) -> Span {
        let mut span: Option<Span> = None;
        for piece in &text.pieces {
            let (start, end) = ((piece.start as usize).max(range.start), (piece.end as usize).min(range.end));
            if start >= end || piece.at.source != first.source {
                continue;
            }
            let at = match piece.kind {
                PieceKind::Verbatim => {
                    within(piece.at, start - piece.start as usize..end - piece.start as usize)
                }
                PieceKind::Decoded => piece.at,
                PieceKind::Variable(..) | PieceKind::Unset(_) => continue,
            };
            span = Some(span.map_or(at, |span| span.join(at)));
        }
        span.unwrap_or(first)
    }

    /// The part of a span whose bytes are `whole`; the whole span where the bytes say it in another way.
    fn part(&self, at: Span, whole: &str, range: Range<usize>) -> Span {
        let raw = self.sources.text(at);
        if raw == whole {
            return within(at, range);
        }
        match whole
            .get(range)
            .filter(|secret| !secret.is_empty())
            .and_then(|secret| Some((secret, raw.find(secret)?)))
        {
            Some((secret, start)) => within(at, start..start + secret.len()),
            None => at,
        }
    }
}

/// Where a secret is written.
struct Written {
    span: Span,
    origin: Origin,
}

enum Origin {
    /// In the value itself.
    Literal,
    /// In the default of that variable.
    Default(Arc<str>),
    /// In an env file that sets that variable, which is used at the place.
    Variable(Arc<str>, Span),
}

impl Origin {
    fn of(text: &Text, span: Span) -> Self {
        let default = text.defaults.iter().find(|(_, default)| default.contains(span));
        default.map_or(Self::Literal, |(name, _)| Self::Default(name.clone()))
    }
}

fn within(span: Span, range: Range<usize>) -> Span {
    let start = (span.start as usize + range.start).min(span.end as usize);
    let end = (span.start as usize + range.end).min(span.end as usize);
    Span::new(span.source, start, end)
}

/// Judges a value, unless it only names a secret: a variable of the container's shell, a mounted file.
fn judge(name: &str, value: &str) -> Option<Detection> {
    let bare = value.trim().trim_matches(['"', '\'']);
    let refers = bare.is_empty()
        || bare.starts_with('$')
            && !bare.starts_with("$2")
            && !bare.starts_with("$argon2")
            && !bare.starts_with("$apr1$")
        || bare.starts_with("/run/secrets/")
        || bare.contains("$(cat ");
    if refers { None } else { judge_value(name, value) }
}

/// Characters that end a word or a command in a shell.
const NEEDS_QUOTES: [char; 9] = [' ', '\t', '\n', ';', '|', '&', '(', ')', '"'];

/// The words of a command as one text, and where its parts come from.
#[derive(Default)]
struct Line<'a> {
    text: String,
    words: Vec<Field<'a>>,
    /// Bytes of the line, index of the word, first byte in the word's text.
    parts: Vec<(Range<usize>, usize, usize)>,
}

impl<'a> Line<'a> {
    /// Adds a word. A variable that nothing sets is put back as `$NAME`: what follows it is not its value.
    fn push(&mut self, word: Field<'a>, quoted: bool) {
        let Some(text) = field::scalar(word.node) else { return };
        self.text.push_str(if self.text.is_empty() { "" } else { " " });
        let quote = if quoted && text.contains(NEEDS_QUOTES) && !text.contains('\'') { "'" } else { "" };
        self.text.push_str(quote);
        let index = self.words.len();
        let mut from = 0;
        let pieces = word.node.as_text().map_or(&[][..], |text| &text.pieces[..]);
        for piece in pieces {
            let PieceKind::Unset(name) = &piece.kind else { continue };
            let to = (piece.start as usize).max(from);
            self.part(text.get(from..to).unwrap_or(""), index, from);
            self.text.push('$');
            self.text.push_str(name);
            from = to;
        }
        self.part(text.get(from..).unwrap_or(""), index, from);
        if pieces.is_empty()
            && let Some(name) = word.node.as_text().and_then(|text| text.unset.first())
        {
            self.text.push('$');
            self.text.push_str(name);
        }
        self.text.push_str(quote);
        self.words.push(word);
    }

    fn part(&mut self, text: &str, word: usize, from: usize) {
        let start = self.text.len();
        self.text.push_str(text);
        self.parts.push((start..self.text.len(), word, from));
    }

    /// The word that holds a range of the line, and the range in its text.
    fn written(&self, range: &Range<usize>) -> Option<(&Field<'a>, Range<usize>)> {
        let (part, word, from) =
            self.parts.iter().find(|(part, ..)| part.start <= range.start && range.end <= part.end)?;
        let start = range.start - part.start + from;
        Some((self.words.get(*word)?, start..start + range.len()))
    }
}

/// The option or variable that a value follows: `password` of `--password=`, `-p` of `-p`; `command` for none.
pub(crate) fn carrier(whole: &str) -> &str {
    let before = [":-", ":=", "-"]
        .iter()
        .find_map(|mark| whole.strip_suffix(mark))
        .filter(|name| !name.ends_with([' ', '-']));
    let name = before.unwrap_or(whole).trim_end_matches([' ', '=', ':', '"', '\'']);
    let start = name.rfind(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '.')));
    let word = start.and_then(|at| name.get(at..)).map_or(name, |rest| {
        let mut rest = rest.chars();
        rest.next();
        rest.as_str()
    });
    let word = if word.starts_with("--") { word.trim_start_matches('-') } else { word };
    if word.is_empty() || word == "-" { "command" } else { word }
}

/// Password hashes as basic authentication uses them (`htpasswd`): they are attacked offline once they are read.
pub(crate) fn hashes(text: &str) -> Vec<Detection> {
    let mut found: Vec<Detection> = Vec::new();
    for mark in ["$apr1$", "$2y$", "$2a$", "$2b$", "$5$", "$6$", "$argon2", "{SHA}"] {
        let mut from = 0;
        while let Some(at) = text.get(from..).and_then(|rest| rest.find(mark)) {
            let start = from + at;
            let rest = &text[start..];
            let end = start + rest.find([',', ' ', '\n', '"']).unwrap_or(rest.len());
            if end - start >= mark.len() + 16 {
                found.push(Detection {
                    kind: "password-hash",
                    range: start..end,
                    certainty: plimsoll_secrets::Certainty::Certain,
                });
            }
            from = end.max(start + mark.len());
        }
    }
    found.sort_by_key(|detection| detection.range.start);
    found
}
