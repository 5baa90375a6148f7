//! Secret files that an image is built with: named in a `COPY`, or taken along by one that copies a folder.
//!
//! Deliberately absent: which names are secret files; the lenses say so.

use plimsoll_posture::{
    Certainty, ContextEntryKind, Copy, CopyFrom, CopySourceKind, NotedSecret, Place, Plane, Provenance,
    Recipe, SecretSighting, Stage, StageBase, Step, StepKind,
};
use plimsoll_text::Span;

use crate::sightings::noun;

/// One secret file in a layer.
pub(crate) struct CopiedSecret {
    /// The file as it is named in the build context.
    pub(crate) name: String,
    /// Where the copying is written.
    pub(crate) at: Provenance,
    /// How well it is known.
    pub(crate) plane: Plane,
    /// The stage whose layer holds it.
    pub(crate) stage: usize,
    /// Whether an image that is run holds the layer or a copy of the file.
    pub(crate) ships: bool,
    /// It is named outright; otherwise a folder around it is copied.
    pub(crate) named: bool,
    /// The file of settings may hold a token and may not: nobody has looked into it.
    pub(crate) unread: bool,
    /// The command that removes it again in a later layer.
    pub(crate) removed: Option<Span>,
}

/// Every secret file that the stages which are built take from the context, in the order of the document.
pub(crate) fn copied_secrets(recipe: &Recipe) -> Vec<CopiedSecret> {
    let mut found = Vec::new();
    for stage in recipe.stages.iter().filter(|stage| stage.reached) {
        for (index, step) in stage.steps.iter().enumerate() {
            let StepKind::Copy(copy) = &step.kind else { continue };
            if copy.from != CopyFrom::Context || step.on_build {
                continue;
            }
            for source in &copy.sources {
                let sighted = recipe.sightings.iter().find(|sighting| {
                    sighting.place == Place::CopiedFile
                        && step.at.contains(sighting.at.at.span)
                        && (source.at.contains(sighting.at.at.span)
                            || sighting.at.at.span.contains(source.at))
                });
                let names = match sighted {
                    Some(sighting) => vec![(sighting.name.to_string(), true)],
                    None => source
                        .takes
                        .iter()
                        .filter(|entry| {
                            matches!(entry.kind, ContextEntryKind::EnvFile | ContextEntryKind::Key)
                        })
                        .map(|entry| {
                            let named = source
                                .path
                                .value()
                                .is_some_and(|path| file_name(path) == file_name(&entry.path));
                            (entry.path.to_string(), named)
                        })
                        .collect(),
                };
                for (name, named) in names {
                    let path = landing(step, copy, source.path.value().map_or("", |path| path), &name);
                    let (at, plane) = match sighted {
                        Some(sighting) => (sighting.at.at.clone(), sighting.at.plane),
                        None => (
                            stage.place(source.at).routed(format!("stage {} COPY", stage.label())),
                            Plane::Declared,
                        ),
                    };
                    let settings = sighted.is_some_and(|sighting| {
                        matches!(&*sighting.kind, "npm-credentials" | "yarn-credentials")
                    });
                    let unread = settings && source.takes.is_empty();
                    found.push(CopiedSecret {
                        ships: stage.ships
                            || carried(recipe, stage.index, &path, &mut vec![false; recipe.stages.len()]),
                        removed: removal(stage, index, &path),
                        stage: stage.index,
                        name,
                        at,
                        plane: if unread { Plane::Assumed } else { plane },
                        named,
                        unread,
                    });
                }
            }
        }
    }
    found
}

/// ``line 3 of `/app/.env` holds a secret (`DB_PASSWORD`)``.
pub(crate) fn held(secret: &NotedSecret) -> String {
    let what = noun(&secret.kind);
    let path = &secret.path;
    let verb = if secret.certainty == Certainty::Certain { "holds" } else { "holds what looks like" };
    if secret.line == 0 {
        return format!("`/{path}` {verb} {what}");
    }
    let own = path.rsplit('/').next() == Some(&*secret.name);
    let name = if own { String::new() } else { format!(" (`{}`)", secret.name) };
    format!("line {} of `/{path}` {verb} {what}{name}", secret.line)
}

/// The sightings of files that were written by a command and removed later.
pub(crate) fn removed_later(recipe: &Recipe) -> impl Iterator<Item = &SecretSighting> {
    recipe.sightings.iter().filter(|sighting| sighting.place == Place::RemovedLater)
}

/// Whether a copy takes a folder of the context of which nothing is known.
pub(crate) fn takes_unlisted_folder(copy: &Copy) -> bool {
    copy.from == CopyFrom::Context
        && copy.sources.iter().any(|source| {
            source.kind == CopySourceKind::Path
                && source
                    .path
                    .value()
                    .is_none_or(|path| matches!(path.trim_end_matches('/'), "" | "." | "./*" | "*"))
        })
}

/// Where the file comes to lie in the stage.
fn landing(step: &Step, copy: &Copy, source: &str, name: &str) -> String {
    let folder = absolute(step.workdir.as_deref().unwrap_or("/"), &copy.destination.value);
    let source = source.trim_start_matches("./").trim_matches('/');
    let inner = match source {
        "" | "." => name,
        source if source == name => {
            let into_folder = copy.destination.value.ends_with('/')
                || matches!(&*copy.destination.value, "." | "./" | "..")
                || copy.sources.len() > 1;
            return if into_folder { join(&folder, file_name(name)) } else { folder };
        }
        source => {
            name.strip_prefix(source).map_or_else(|| file_name(name), |rest| rest.trim_start_matches('/'))
        }
    };
    join(&folder, inner)
}

/// Whether a later stage builds on this one, or copies the path or a folder around it, into an image that is run.
/// A stage is entered once: the first path that leads to it counts.
fn carried(recipe: &Recipe, stage: usize, path: &str, seen: &mut [bool]) -> bool {
    if seen.get_mut(stage).is_none_or(|seen| std::mem::replace(seen, true)) {
        return false;
    }
    recipe.stages.iter().filter(|other| other.reached && other.index > stage).any(|other| {
        if other.base == StageBase::Stage(stage) && (other.ships || carried(recipe, other.index, path, seen))
        {
            return true;
        }
        other.copies().any(|(step, copy)| {
            copy.from == CopyFrom::Stage(stage)
                && copy.sources.iter().filter_map(|source| source.path.value()).any(|source| {
                    let Some(rest) = below(path, &absolute("/", source)) else { return false };
                    let folder = absolute(step.workdir.as_deref().unwrap_or("/"), &copy.destination.value);
                    other.ships || carried(recipe, other.index, &join(&folder, rest), seen)
                })
        })
    })
}

/// The later command of the stage that removes the path or a folder around it.
fn removal(stage: &Stage, after: usize, path: &str) -> Option<Span> {
    stage.steps.iter().skip(after + 1).find_map(|step| {
        let StepKind::Run(run) = &step.kind else { return None };
        let command = run.commands.iter().find(|command| {
            matches!(command.effective_program(), Some("rm" | "unlink" | "shred"))
                && command.arguments().iter().filter(|word| !word.text.starts_with('-')).any(|word| {
                    below(path, &absolute(step.workdir.as_deref().unwrap_or("/"), &word.text)).is_some()
                })
        })?;
        Some(command.at)
    })
}

fn file_name(path: &str) -> &str {
    path.trim_end_matches('/').rsplit('/').next().unwrap_or("")
}

/// A path made absolute, without `.`, `..` and a trailing `/` or `/*`.
fn absolute(workdir: &str, path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    let start = if path.starts_with('/') { "" } else { workdir };
    for part in start.split('/').chain(path.split('/')) {
        match part {
            "" | "." | "*" => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

fn join(folder: &str, name: &str) -> String {
    absolute(folder, name.trim_start_matches('/'))
}

/// What remains of a path below a folder; empty when it is the folder itself.
fn below<'a>(path: &'a str, folder: &str) -> Option<&'a str> {
    let rest = path.strip_prefix(folder.trim_end_matches('/'))?;
    if rest.is_empty() { Some("") } else { rest.strip_prefix('/') }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_made_absolute() {
        assert_eq!(absolute("/app", "."), "/app");
        assert_eq!(absolute("/app", "../etc/x"), "/etc/x");
        assert_eq!(absolute("/app", "/srv/*"), "/srv");
        assert_eq!(absolute("/", ".env"), "/.env");
    }

    #[test]
    fn a_path_is_below_itself_and_its_folders() {
        assert_eq!(below("/app/.env", "/app"), Some(".env"));
        assert_eq!(below("/app/.env", "/"), Some("app/.env"));
        assert_eq!(below("/app/.env", "/app/.env"), Some(""));
        assert_eq!(below("/app/.env", "/ap"), None);
        assert_eq!(below("/app/.env", "/app/dist"), None);
    }
}
