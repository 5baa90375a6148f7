//! A `.dockerignore` that lets through what does not belong in an image.

use plimsoll_posture::{BuildContext, ContextEntryKind, Plane, Posture, Reason, Recipe};

use crate::wide_copy::{self, WideCopy, list};
use crate::{Control, Finding, Foothold, Remedy, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "leaky-dockerignore",
    title: ".dockerignore lets secrets or baggage into the image",
    page: include_str!("leaky_dockerignore.md"),
    severity: Severity::Medium,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["DD006"],
    covered_by: &["secret-file-copied"],
    standing: Standing::Ordinary,
    scope: Scope::Recipe(check),
};

fn check(recipe: &Recipe, posture: &Posture, _: &Settings) -> Verdict {
    let copies = wide_copy::of(recipe);
    let Some(first) = copies.first() else {
        return Verdict::NotApplicable("no step copies the whole build context");
    };
    let Some(context) = recipe.context.and_then(|id| posture.contexts.get(id.0)) else {
        return Verdict::Unknown(Reason::MissingSource(".dockerignore".into()));
    };
    let Some(ignore) = context.ignore_place() else {
        return Verdict::NotApplicable("there is no .dockerignore");
    };
    let taken: Vec<&str> = {
        let mut taken: Vec<_> = copies.iter().flat_map(|copy| &copy.source.takes).collect();
        taken.sort_by(|a, b| (a.kind, &a.path).cmp(&(b.kind, &b.path)));
        taken.dedup();
        taken.into_iter().map(|entry| &*entry.path).collect()
    };
    let open = open_kinds(context, posture, &copies);
    let lines = missing_lines(context, &copies, &open);
    let message = match (taken.is_empty(), open.is_empty()) {
        (true, true) => return Verdict::absent(),
        (false, _) => format!("the .dockerignore lets {} into the image", list(taken.iter().copied())),
        (true, false) => {
            format!(
                "the .dockerignore would let {} into the image",
                list(open.iter().map(|kind| word(*kind)))
            )
        }
    };
    let mut finding = Finding::place(
        ignore,
        Plane::Declared,
        format!("nothing here keeps {} out", list(lines.iter().map(String::as_str))),
        message,
        format!("add {}", list(lines.iter().map(String::as_str))),
    );
    finding = finding.near(first.place(), format!("`{}` takes it", first.text()));
    if taken.is_empty() {
        finding = finding.because(
            "Nothing of the kind is there now, but a fresh clone has a .git folder and the next developer a .env file.",
        );
    }
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    Verdict::fail(match wide_copy::ignore_lines(posture, context, &lines) {
        Some(change) => finding.remedied(Remedy::risky(
            vec![change],
            "a build that reads one of them from the context does not find it any more",
        )),
        None => finding,
    })
}

/// Kinds that nothing keeps out and that matter even while nothing of the kind is there.
fn open_kinds(context: &BuildContext, posture: &Posture, copies: &[WideCopy<'_>]) -> Vec<ContextEntryKind> {
    let node = posture.app(context).is_some();
    context
        .unguarded
        .iter()
        .copied()
        .filter(|kind| match kind {
            ContextEntryKind::Vcs | ContextEntryKind::EnvFile => true,
            ContextEntryKind::NodeModules => node,
            // Hardly any ignore file names keys; one that is really there is reported by its path.
            ContextEntryKind::Key => false,
        })
        .filter(|kind| copies.iter().any(|copy| !copy.excludes(pattern(*kind))))
        .collect()
}

/// The lines to add: a pattern for each kind, the path of a key or of an entry that an exception lets back in.
fn missing_lines(context: &BuildContext, copies: &[WideCopy<'_>], open: &[ContextEntryKind]) -> Vec<String> {
    let mut lines: Vec<String> = open.iter().map(|kind| pattern(*kind).to_owned()).collect();
    for entry in copies.iter().flat_map(|copy| &copy.source.takes) {
        let covered = context.unguarded.contains(&entry.kind)
            && open.contains(&entry.kind)
            && !entry.path.contains('/');
        let line = match entry.kind {
            _ if covered => continue,
            ContextEntryKind::NodeModules => "**/node_modules".to_owned(),
            _ => entry.path.to_string(),
        };
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines
}

fn pattern(kind: ContextEntryKind) -> &'static str {
    match kind {
        ContextEntryKind::Vcs => ".git",
        ContextEntryKind::EnvFile => ".env*",
        ContextEntryKind::NodeModules => "node_modules",
        ContextEntryKind::Key => "**/*.key",
    }
}

fn word(kind: ContextEntryKind) -> &'static str {
    match kind {
        ContextEntryKind::Vcs => ".git",
        ContextEntryKind::EnvFile => ".env",
        ContextEntryKind::NodeModules => "node_modules",
        ContextEntryKind::Key => "keys",
    }
}
