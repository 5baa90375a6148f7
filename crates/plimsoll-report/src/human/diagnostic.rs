//! One finding, complaint or notice: a heading, the places, why and what to do.

use plimsoll_controls::Severity;
use plimsoll_posture::{Plane, Provenance, ViaKind};
use plimsoll_text::Sources;

use super::excerpt::{Canvas, Mark};
use super::ink::{Ink, columns, level, wrap};
use crate::entry::Entry;
use crate::place::Place;
use crate::veil::{Veil, plain};

/// What a diagnostic says.
pub(super) struct Diagnostic<'a> {
    pub(super) severity: Severity,
    /// `error`, `warning`, `note`.
    pub(super) level: &'a str,
    /// What stands in brackets: the control's id.
    pub(super) code: &'a str,
    pub(super) message: String,
    /// Stands behind the first place: the severity.
    pub(super) remark: &'a str,
    /// The first is where it is.
    pub(super) marks: Vec<Mark<'a>>,
    /// `why`, `fix`, `note`, each with its text. Line feeds in a text are kept.
    pub(super) notes: Vec<(&'static str, String)>,
}

/// What a diagnostic is drawn with.
#[derive(Clone, Copy)]
pub(super) struct Pen<'a> {
    pub(super) veil: &'a Veil,
    pub(super) ink: Ink,
    pub(super) width: usize,
}

impl Diagnostic<'_> {
    /// Writes it, with an empty line behind it.
    pub(super) fn draw(&self, out: &mut String, pen: Pen<'_>) {
        let Pen { veil, ink, width } = pen;
        let paint = |text: &str| ink.severity(self.severity, text);
        let head = format!("{}[{}]", self.level, self.code);
        let message = format!("{head}: {}", plain(&veil.words(&self.message)));
        for (at, line) in wrap(&message, width).iter().enumerate() {
            match line.strip_prefix(head.as_str()) {
                Some(rest) if at == 0 => out.push_str(&format!("{}{}\n", paint(&head), ink.bold(rest))),
                _ => out.push_str(&format!("{}\n", ink.bold(line))),
            }
        }
        let gutter = self.marks.iter().map(|mark| mark.place.end.line.to_string().len()).max().unwrap_or(1);
        let canvas = Canvas { veil, ink, paint: &paint, width, gutter };
        self.places(out, &canvas);
        for (kind, text) in &self.notes {
            note(out, &canvas, kind, &veil.words(text));
        }
        out.push('\n');
    }

    /// One excerpt per document, the primary one first, the others in the order of their first mark.
    fn places(&self, out: &mut String, canvas: &Canvas<'_>) {
        let mut rest: &[Mark<'_>] = &self.marks;
        let mut drawn = Vec::new();
        while let Some(mark) = rest.first() {
            rest = rest.get(1..).unwrap_or_default();
            let document = mark.place.source.id;
            if drawn.contains(&document) {
                continue;
            }
            let arrow = if drawn.is_empty() { "--> " } else { "::: " };
            if !drawn.is_empty() {
                canvas.blank(out, "");
            }
            let arrow = canvas.ink.line(&format!("{:gutter$}{arrow}", "", gutter = canvas.gutter));
            let remark = if drawn.is_empty() && !self.remark.is_empty() {
                format!("  {}", self.remark)
            } else {
                String::new()
            };
            out.push_str(&format!("{arrow}{}{}\n", mark.place, canvas.ink.dim(&remark)));
            let marks: Vec<Mark<'_>> = self
                .marks
                .iter()
                .filter(|mark| mark.place.source.id == document && !mark.place.is_whole())
                .cloned()
                .collect();
            if !marks.is_empty() {
                if drawn.is_empty() {
                    canvas.blank(out, "");
                }
                canvas.draw(out, &marks);
            }
            drawn.push(document);
        }
        if self.marks.iter().any(|mark| !mark.place.is_whole()) && !self.notes.is_empty() {
            canvas.blank(out, "");
        }
    }
}

/// `   = why: text`, wrapped under the text.
fn note(out: &mut String, canvas: &Canvas<'_>, kind: &str, text: &str) {
    let lead = format!("{:gutter$} = {kind}: ", "", gutter = canvas.gutter);
    let indent = columns(&lead);
    let mark = format!("{:gutter$} {} ", "", canvas.ink.line("="), gutter = canvas.gutter);
    let room = canvas.width.saturating_sub(indent).max(24);
    let mut first = true;
    for line in text.lines() {
        let pieces = match line.split_once("# ") {
            // A comment of a snippet stays a comment on every line.
            Some((blank, comment))
                if !first && !blank.is_empty() && blank.bytes().all(|byte| byte == b' ') =>
            {
                let lead = format!("{blank}# ");
                let room = room.saturating_sub(lead.len()).max(20);
                wrap(&plain(comment), room).into_iter().map(|piece| format!("{lead}{piece}")).collect()
            }
            // Other lines of a snippet are there to be copied.
            _ if !first && line.starts_with(' ') => vec![plain(line).into_owned()],
            _ => wrap(&plain(line), room),
        };
        for piece in pieces {
            if first {
                out.push_str(format!("{mark}{}: {piece}", canvas.ink.bold(kind)).trim_end());
                out.push('\n');
            } else {
                out.push_str(format!("{:indent$}{piece}", "").trim_end());
                out.push('\n');
            }
            first = false;
        }
    }
}

/// A finding as a diagnostic.
pub(super) fn of_entry<'a>(entry: &Entry<'a>, together: &[&'a str]) -> Diagnostic<'a> {
    let sources = &entry.scenario.sources;
    let finding = entry.finding;
    let mut notes = Vec::new();
    let mut marks = Vec::new();
    match Place::of_label(sources, &finding.primary) {
        Some(place) => marks.push(Mark { place, words: finding.primary.text.clone(), primary: true }),
        None => {
            // Built-in knowledge decides: the subject's own place stands for it, and the words say what is known.
            marks.extend(entry.place.map(|place| Mark {
                place,
                words: finding.primary.text.clone(),
                primary: true,
            }));
        }
    }
    for label in &finding.related {
        match Place::of_label(sources, label) {
            Some(place) => {
                let mark = Mark { place, words: label.text.clone(), primary: false };
                if !marks.iter().any(|old| same_place(old, &mark) && old.words == mark.words) {
                    marks.push(mark);
                }
            }
            None if !label.text.is_empty() => notes.push(("note", label.text.clone())),
            None => {}
        }
    }
    let mut all = vec![("why", entry.why()), ("fix", finding.fix.trim_end_matches('.').to_owned())];
    all.retain(|(_, text)| !text.is_empty());
    all.append(&mut notes);
    let milder: Vec<&str> = entry.milder_because().collect();
    if !milder.is_empty() {
        let impact = entry.control().severity.name();
        all.push((
            "note",
            format!("{} instead of {impact}: {}", entry.severity().name(), milder.join(", and ")),
        ));
    }
    all.extend(way(sources, &finding.primary.at).map(|text| ("note", text)));
    if together.len() > 1 {
        let names: Vec<String> = together.iter().map(|name| format!("`{name}`")).collect();
        all.push((
            "note",
            format!("the same place decides for {} services: {}", names.len(), names.join(", ")),
        ));
    }
    all.extend(evidence(finding.plane, finding.primary.at.lens).map(|text| ("note", text.to_owned())));
    Diagnostic {
        severity: entry.severity(),
        level: level(entry.severity()),
        code: entry.control().id,
        message: finding.message.clone(),
        remark: entry.severity().name(),
        marks,
        notes: all,
    }
}

/// Findings of one control in one subject as one diagnostic with several places. `drawn` are the diagnostics of the
/// first of them, at least one; `count` is how many there are.
pub(super) fn joined(drawn: Vec<Diagnostic<'_>>, count: usize) -> Option<Diagnostic<'_>> {
    let shown = drawn.len();
    let alike = drawn.iter().all(|other| drawn.first().is_some_and(|first| first.message == other.message));
    let mut likewise = false;
    let mut all = drawn.into_iter();
    let mut whole = all.next()?;
    for other in all {
        for mark in other.marks {
            match whole.marks.iter_mut().find(|old| same_place(old, &mark) && old.words == mark.words) {
                Some(old) => old.primary |= mark.primary,
                None => whole.marks.push(mark),
            }
        }
        for note in other.notes {
            let same = |old: &(&str, String)| old.0 == note.0 && outline(&old.1) == outline(&note.1);
            match note.0 {
                // The same advice with another name in it is read once.
                // One reason is enough to act; the pages and the JSON hold the others.
                "why" if whole.notes.iter().any(|old| old.0 == "why") => {}
                "fix" if whole.notes.iter().any(same) => likewise |= !whole.notes.contains(&note),
                _ if whole.notes.contains(&note) => {}
                _ => whole.notes.push(note),
            }
        }
    }
    if count > 1 {
        let more = if alike { format!(" ({count} places)") } else { format!(", and {} more", count - 1) };
        whole.message.push_str(&more);
    }
    if likewise {
        whole.notes.push(("fix", "likewise at the other places".to_owned()));
    }
    if count > shown {
        whole.notes.push(("note", format!("and {} more places, see --verbose", count - shown)));
    }
    whole.notes.sort_by_key(|(kind, _)| match *kind {
        "why" => 0,
        "fix" => 1,
        _ => 2,
    });
    Some(whole)
}

/// A text without what is quoted in it.
fn outline(text: &str) -> String {
    text.split('`').step_by(2).collect::<Vec<_>>().join("`")
}

fn same_place(a: &Mark<'_>, b: &Mark<'_>) -> bool {
    a.place.source.id == b.place.source.id && a.place.first == b.place.first && a.place.last == b.place.last
}

/// By what way a value came, for values that did not come straight.
fn way(sources: &Sources, at: &Provenance) -> Option<String> {
    // That an image without a Dockerfile here has a base says nothing.
    let steps: Vec<String> = at
        .via
        .iter()
        .filter(|via| via.kind != ViaKind::From || via.span.is_some())
        .map(|via| {
            let what = step(via.kind);
            match via.span.and_then(|span| Place::of(sources, span)) {
                Some(place) => format!("{what} at {place}"),
                None => what.to_owned(),
            }
        })
        .collect();
    (!steps.is_empty()).then(|| format!("comes {}", steps.join(", ")))
}

/// One step of a way, after "comes".
fn step(kind: ViaKind) -> &'static str {
    match kind {
        ViaKind::Alias => "through the YAML alias",
        ViaKind::MergeKey => "through the merge key `<<`",
        ViaKind::Extends => "through `extends`",
        ViaKind::Include => "through `include`",
        ViaKind::Override => "from a later compose file",
        ViaKind::Default => "from the default of a variable",
        ViaKind::Variable => "from a variable",
        ViaKind::EnvFile => "from an env file",
        ViaKind::From => "through `FROM`",
        ViaKind::Service => "through another service",
    }
}

/// What a finding rests on, where that is not a file of the project. `lens` tells the engine's defaults from what is
/// known about an image by its name.
fn evidence(plane: Plane, lens: &str) -> Option<&'static str> {
    match plane {
        Plane::Assumed if lens == "defaults" => Some("assumed: the engine's default, as no file sets it"),
        Plane::Assumed => Some("assumed: what is known about the image by its name; it was not inspected"),
        Plane::Declared => None,
        Plane::Built => Some("seen in the built image"),
        Plane::Running => Some("seen in the running container"),
    }
}
