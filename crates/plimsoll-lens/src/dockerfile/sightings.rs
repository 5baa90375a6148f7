//! Secrets in the text of a Dockerfile: where they stand, exactly, and what they are.
//!
//! Deliberately absent: what a secret looks like (see `plimsoll-secrets`), what the context holds, and files that are
//! copied and removed later (the judge sees both steps).

use std::ops::Range;
use std::sync::Arc;

use plimsoll_posture::{
    Certainty, Claim, Copy, CopyFrom, CopySourceKind, Known, Layer, Place, Provenance, Reason, RecipeId,
    SecretSighting, ShellCommand, Stage, StageId, StepKind, reads_unasked,
};
use plimsoll_secrets::{Detection, is_secret_name, judge_value, scan_text, secret_file};
use plimsoll_text::Span;

use super::run::ShellText;
use super::scope::{Resolved, origin};
use super::stages::Builder;
use super::syntax::Word;
use crate::shell::OffsetMap;

/// A secret of which only the name is known.
const NAMED: &str = "named";

/// What carries a secret.
#[derive(Clone, Copy)]
pub(super) struct Carrier<'a> {
    pub(super) place: Place,
    pub(super) name: &'a str,
    /// `ENV`, `RUN`: for the route.
    pub(super) keyword: &'a str,
}

impl Builder<'_> {
    /// Judges a value with a name: `ENV`, `ARG`, `LABEL`.
    pub(super) fn sight_value(
        &mut self,
        carrier: Carrier<'_>,
        resolved: &Resolved,
        word: &Word,
        map: &OffsetMap,
    ) {
        let found = match &resolved.unknown {
            None => judge_value(carrier.name, &resolved.text),
            // With a part left out, only what speaks for itself counts.
            Some(_) => scan_text(&resolved.text).into_iter().next(),
        };
        if let Some(found) = found {
            let range = origin(resolved, &found.range, word, map);
            self.sight_found(carrier, &found, &resolved.text, &range);
        } else if carrier.place == Place::ImageEnv
            && matches!(resolved.unknown, Some(Reason::UnsetBuildArg(_)))
            && is_secret_name(carrier.name)
        {
            // `ARG TOKEN` and `ENV TOKEN=$TOKEN`: whatever is given ends in the image.
            self.sight(carrier, NAMED, 0, Certainty::Likely, &word.range);
        }
    }

    /// Searches a script.
    pub(super) fn sight_script(&mut self, place: Place, keyword: &str, script: &ShellText) {
        for found in scan_text(&script.text) {
            let name = bearer(&script.text, found.range.start).unwrap_or_else(|| keyword.to_owned());
            let range = script.map.range(found.range.clone());
            self.sight_found(Carrier { place, name: &name, keyword }, &found, &script.text, &range);
        }
    }

    /// Searches an exec form: as one text, so that an option is seen beside its value.
    pub(super) fn sight_words(&mut self, place: Place, keyword: &str, words: &[Word]) {
        let mut script = ShellText::default();
        for word in words {
            let raw = self.source.text.get(word.range.clone()).unwrap_or("");
            let inner = raw.strip_prefix('"').and_then(|raw| raw.strip_suffix('"'));
            if inner == Some(word.text.as_str()) {
                script.map.push(script.text.len(), word.range.start + 1);
                script.text.push_str(&word.text);
                script.text.push(' ');
            } else {
                // Escapes shift the places inside the word.
                for found in scan_text(&word.text) {
                    let carrier = Carrier { place, name: keyword, keyword };
                    self.sight_found(carrier, &found, &word.text, &word.range);
                }
            }
        }
        self.sight_script(place, keyword, &script);
    }

    /// Judges what a COPY or ADD takes from the context, and the URLs of an ADD.
    pub(super) fn sight_copy(&mut self, copy: &Copy, words: &[Word], map: &OffsetMap) {
        for (source, word) in copy.sources.iter().zip(words) {
            let Known::Value(path) = &source.path else { continue };
            let range = source.at.range();
            match source.kind {
                CopySourceKind::Path if copy.from == CopyFrom::Context => {
                    if let Some(kind) = secret_file(path) {
                        let carrier = Carrier { place: Place::CopiedFile, name: path, keyword: "COPY" };
                        self.sight(carrier, kind, 0, Certainty::Likely, &range);
                    }
                }
                CopySourceKind::Url | CopySourceKind::Git => {
                    for found in scan_text(&word.text) {
                        let at = word.line.start + found.range.start..word.line.start + found.range.end;
                        let exact = match self.source.text.get(word.range.clone()) == Some(&word.text) {
                            true => map.range(at),
                            false => range.clone(),
                        };
                        let carrier = Carrier { place: Place::Run, name: "ADD", keyword: "ADD" };
                        self.sight_found(carrier, &found, &word.text, &exact);
                    }
                }
                _ => {}
            }
        }
    }

    /// Judges what only the whole stage shows: build arguments that a RUN uses, files written and removed later.
    pub(super) fn sight_stage(&mut self) {
        let Some(stage) = self.stage() else { return };
        let (arguments, removed) = (used_arguments(stage), removed_later(stage));
        for (name, at) in arguments {
            let told = self.sightings().iter().any(|own| at.contains(own.at.at.span) && own.length > 0);
            if !told {
                let carrier = Carrier { place: Place::ImageArg, name: &name, keyword: "ARG" };
                self.sight(carrier, NAMED, 0, Certainty::Likely, &at.range());
            }
        }
        for (path, kind, at) in removed {
            let carrier = Carrier { place: Place::RemovedLater, name: &path, keyword: "RUN" };
            self.sight(carrier, kind, 0, Certainty::Likely, &at.range());
        }
    }

    fn sight_found(&mut self, carrier: Carrier<'_>, found: &Detection, text: &str, range: &Range<usize>) {
        let length = text.get(found.range.clone()).map_or(0, |secret| secret.chars().count());
        let certainty = match found.certainty {
            plimsoll_secrets::Certainty::Likely => Certainty::Likely,
            plimsoll_secrets::Certainty::Certain => Certainty::Certain,
        };
        self.sight(carrier, found.kind, length, certainty, range);
    }

    fn sight(
        &mut self,
        carrier: Carrier<'_>,
        kind: &str,
        length: usize,
        certainty: Certainty,
        range: &Range<usize>,
    ) {
        let Carrier { place, name, keyword } = carrier;
        let stage = self.stage().map(|stage| stage.index);
        let route = match stage {
            Some(stage) => format!("stage {stage} {keyword} {name}"),
            None => format!("{keyword} {name}"),
        };
        let at = Provenance::new("dockerfile", self.span(range), route);
        let sighting = SecretSighting {
            place,
            name: name.into(),
            kind: kind.into(),
            length,
            certainty,
            at: Claim::declared(Known::Value(()), Layer::Image, at),
            // The recipe's own number is given when it joins a posture.
            stage: stage.map(|stage| StageId { recipe: RecipeId(0), stage }),
            ships: false,
        };
        let same = |own: &SecretSighting| own.place == place && own.at.at.span == sighting.at.at.span;
        if !self.sightings().iter().any(same) {
            self.sightings().push(sighting);
        }
    }
}

/// What stands before a secret in a script and names it: `NAME=`, `name: `, `--option=`, `--option `.
fn bearer(text: &str, start: usize) -> Option<String> {
    let before = text.get(..start)?.trim_end_matches(['"', '\'', '\\']);
    let word = |text: &str| {
        let start = text
            .rfind(|ch: char| !ch.is_ascii_alphanumeric() && !matches!(ch, '_' | '-' | '.'))
            .map_or(0, |at| at + 1);
        text.get(start..).filter(|word| !word.is_empty() && word.len() <= 64).map(str::to_owned)
    };
    if let Some(assigned) = before.strip_suffix('=').or_else(|| before.strip_suffix(": ")) {
        return word(assigned);
    }
    word(before.strip_suffix(' ')?.trim_end()).filter(|word| word.starts_with('-'))
}

/// `ARG`s that are named like secrets and that a later RUN of the stage names, or has a program that reads them.
fn used_arguments(stage: &Stage) -> Vec<(Arc<str>, Span)> {
    let mut open: Vec<(Arc<str>, Span)> = Vec::new();
    let mut used = Vec::new();
    for step in stage.steps.iter().filter(|step| !step.on_build) {
        match &step.kind {
            StepKind::Arg(args) => {
                let secret = args.iter().filter(|arg| is_secret_name(&arg.name));
                open.extend(secret.map(|arg| (arg.name.clone(), arg.at)));
            }
            StepKind::Run(run) => open.retain(|(name, at)| {
                let unasked = |command: &ShellCommand| {
                    command.effective_program().is_some_and(|program| reads_unasked(program, name))
                };
                let uses = names_variable(run.script.expose(), name) || run.commands.iter().any(unasked);
                if uses {
                    used.push((name.clone(), *at));
                }
                !uses
            }),
            _ => {}
        }
    }
    used
}

/// Whether `$NAME` or `${NAME` stands in a script.
fn names_variable(script: &str, name: &str) -> bool {
    script.match_indices('$').any(|(at, _)| {
        let rest = script.get(at + 1..).unwrap_or("");
        let rest = rest.strip_prefix('{').unwrap_or(rest);
        rest.strip_prefix(name)
            .is_some_and(|rest| !rest.starts_with(|ch: char| ch.is_ascii_alphanumeric() || ch == '_'))
    })
}

/// Secret files that a command writes in one step and a command of a later step removes.
fn removed_later(stage: &Stage) -> Vec<(String, &'static str, Span)> {
    let mut written: Vec<(String, &'static str, Span)> = Vec::new();
    let mut removed = Vec::new();
    for (step, run) in stage.runs().filter(|(step, _)| !step.on_build) {
        let workdir = step.workdir.as_deref().unwrap_or("");
        let gone: Vec<String> = run.commands.iter().flat_map(|command| removals(command, workdir)).collect();
        let is_gone = |path: &str| {
            gone.iter()
                .any(|gone| path == gone || path.starts_with(&format!("{}/", gone.trim_end_matches('/'))))
        };
        written.retain(|(path, kind, at)| {
            let gone = is_gone(path);
            if gone {
                removed.push((path.clone(), *kind, *at));
            }
            !gone
        });
        let files = run.commands.iter().flat_map(|command| writes(command, workdir));
        // Removed in the step that wrote it: no layer holds it.
        written.extend(files.filter(|(path, _, _)| !is_gone(path)));
    }
    removed
}

fn writes(command: &ShellCommand, workdir: &str) -> Vec<(String, &'static str, Span)> {
    let redirected = command
        .redirects
        .iter()
        .filter(|redirect| matches!(&*redirect.operator, ">" | ">>" | ">|" | "&>"))
        .map(|redirect| &redirect.target);
    let tee = command.effective_program() == Some("tee");
    let teed = command.arguments().iter().filter(|word| tee && !word.text.starts_with('-'));
    redirected
        .chain(teed)
        .filter_map(|word| Some((path_of(&word.text, workdir), secret_file(&word.text)?, word.at)))
        .collect()
}

fn removals(command: &ShellCommand, workdir: &str) -> Vec<String> {
    if !matches!(command.effective_program(), Some("rm" | "shred" | "unlink")) {
        return Vec::new();
    }
    let files = command.arguments().iter().filter(|word| !word.text.starts_with('-'));
    files.map(|word| path_of(&word.text, workdir)).collect()
}

/// A path as it is seen from the root, `~` being root's home.
fn path_of(path: &str, workdir: &str) -> String {
    let home = path.strip_prefix("~/").or_else(|| path.strip_prefix("$HOME/"));
    let home = home.or_else(|| path.strip_prefix("${HOME}/"));
    match home {
        Some(rest) => format!("/root/{}", crate::world::clean(rest)),
        None if path.starts_with('/') => format!("/{}", crate::world::clean(path)),
        None => format!("/{}", crate::world::clean(&format!("{workdir}/{path}"))),
    }
}
