//! The entrypoint script that a build copies from its context: whether it hands over to another account.
//!
//! Deliberately absent: what else the script does, scripts of base images, and conditions: a script that hands over
//! somewhere is taken to do it for the program it is there for.

use std::sync::Arc;

use plimsoll_posture::{
    Claim, CopyFrom, CopySourceKind, Known, Layer, Provenance, Reason, Recipe, ShellCommand, Stage, StepKind,
    UserSpec, handover_of,
};
use plimsoll_text::{SourceKind, Sources};

use crate::context::Context;
use crate::shell::{self, Dialect, OffsetMap, Script};
use crate::world::clean;
use crate::{EntryKind, World};

/// How many stages a script is followed through (`COPY --from`).
const MAX_HOPS: usize = 8;

/// Says for every stage whether the script that is its entrypoint hands over to another account.
pub fn fill(recipe: &mut Recipe, context: &Context, world: &dyn World, sources: &mut Sources) {
    let found: Vec<Option<Claim<UserSpec>>> =
        recipe.stages.iter().map(|stage| of_stage(recipe, stage, context, world, sources)).collect();
    for (stage, found) in recipe.stages.iter_mut().zip(found) {
        stage.image.steps_down = found;
    }
}

fn of_stage(
    recipe: &Recipe,
    stage: &Stage,
    context: &Context,
    world: &dyn World,
    sources: &mut Sources,
) -> Option<Claim<UserSpec>> {
    let entrypoint = stage.image.config.entrypoint.value()?;
    let workdir = stage.image.config.workdir.value().map_or("/", |path| &**path);
    let candidates = entrypoint.arguments().filter(|word| !word.starts_with('-') && !word.contains('$'));
    let path = candidates.take(4).find_map(|word| {
        let path = absolute(workdir, word);
        locate(recipe, stage.index, &path, context, world, MAX_HOPS).or_else(|| {
            // A bare name is looked up in PATH.
            let bare = !word.contains('/');
            let bins = ["/usr/local/bin", "/usr/local/sbin", "/usr/bin", "/bin"].into_iter().filter(|_| bare);
            bins.into_iter().find_map(|bin| {
                locate(recipe, stage.index, &format!("{bin}/{word}"), context, world, MAX_HOPS)
            })
        })
    })?;
    let id = match sources.find(&path) {
        Some(source) => source.id,
        None => sources.add(&path, SourceKind::Other, &world.read(&path).ok()?),
    };
    let text = sources.get(id).text.clone();
    let map = OffsetMap::identity(0);
    let (commands, _) = shell::commands(Script { text: &text, source: id, map: &map }, dialect(&text));
    commands.iter().rev().find_map(|command| Some((command, handed_over(command)?))).map(|(command, user)| {
        Claim::declared(user, Layer::Image, Provenance::new("shell", command.at, "exec"))
    })
}

/// The account after `exec`; without it the shell stays the first process.
fn handed_over(command: &ShellCommand) -> Option<Known<UserSpec>> {
    let (first, rest) = command.words.split_first()?;
    if &*first.text != "exec" {
        return None;
    }
    let words: Vec<&str> = rest.iter().map(|word| &*word.text).collect();
    let user = handover_of(&words)?;
    Some(match user.user.strip_prefix('$') {
        None => Known::Value(user),
        Some(name) => {
            let name = name.trim_matches(['{', '}']).split([':', '-']).next().unwrap_or(name);
            Known::Unknown(Reason::UnsetVariable(name.into()))
        }
    })
}

fn dialect(text: &str) -> Dialect {
    let first = text.lines().next().and_then(|line| line.strip_prefix("#!")).unwrap_or("/bin/sh");
    let mut words = first.split_whitespace();
    let program = words.next().unwrap_or("sh");
    if program.ends_with("/env") {
        return words.find(|word| !word.starts_with('-')).map_or(Dialect::Posix, Dialect::of);
    }
    Dialect::of(program)
}

/// The file of the context that a build puts at a path of the image.
fn locate(
    recipe: &Recipe,
    stage: usize,
    path: &str,
    context: &Context,
    world: &dyn World,
    hops: usize,
) -> Option<String> {
    let hops = hops.checked_sub(1)?;
    for stage in recipe.lineage(stage).into_iter().rev() {
        for step in stage.steps.iter().rev().filter(|step| !step.on_build) {
            let StepKind::Copy(copy) = &step.kind else { continue };
            let workdir = step.workdir.as_deref().unwrap_or("/");
            let destination = absolute(workdir, &copy.destination.value);
            for source in copy.sources.iter().filter(|source| source.kind == CopySourceKind::Path) {
                let Some(from) = source.path.value() else { continue };
                for inner in inside(path, &destination, from) {
                    let found = match copy.from {
                        CopyFrom::Context => in_context(&inner, context, world),
                        CopyFrom::Stage(other) if other < stage.index => {
                            locate(recipe, other, &absolute("/", &inner), context, world, hops)
                        }
                        _ => None,
                    };
                    if found.is_some() {
                        return found;
                    }
                }
            }
        }
    }
    None
}

/// The paths below the source that a copy may put at `path`: the source itself, a file of its name in a folder, or
/// what lies below a folder that is copied.
fn inside(path: &str, destination: &str, from: &str) -> Vec<String> {
    let mut found = Vec::new();
    let name = path.rsplit('/').next().unwrap_or(path);
    let (folder, last) = from.trim_end_matches('/').rsplit_once('/').unwrap_or(("", from));
    let wild = last.contains(['*', '?', '[']);
    if path == destination && !wild {
        found.push(from.to_owned());
    }
    let below = match destination {
        "/" => path.strip_prefix('/'),
        _ => path.strip_prefix(destination).and_then(|rest| rest.strip_prefix('/')),
    };
    if let Some(rest) = below {
        if rest == name && (last == name || wild) {
            found.push(if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") });
        }
        if wild {
            found.push(if folder.is_empty() { rest.to_owned() } else { format!("{folder}/{rest}") });
        } else {
            found.push(format!("{}/{rest}", from.trim_end_matches('/')));
        }
    }
    found
}

fn in_context(path: &str, context: &Context, world: &dyn World) -> Option<String> {
    let path = clean(path.trim_start_matches('/'));
    if path.starts_with("..") || context.rules.ignores(&path) {
        return None;
    }
    let full = clean(&format!("{}/{path}", context.context.path));
    (world.kind(&full) == Some(EntryKind::File)).then_some(full)
}

/// The path from the root, without `.` and `..`.
fn absolute(workdir: &str, path: &str) -> String {
    let joined: Arc<str> =
        if path.starts_with('/') { path.into() } else { format!("{workdir}/{path}").into() };
    let mut parts: Vec<&str> = Vec::new();
    for part in joined.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Memory, context, dockerfile};

    fn account(dockerfile: &str, files: &[(&str, &str)]) -> Option<(String, Known<String>)> {
        let world = Memory::of(files);
        let mut sources = Sources::new();
        let id = sources.add_text("Dockerfile", SourceKind::Dockerfile, dockerfile);
        let mut recipe = dockerfile::read(&sources, id, &dockerfile::Options::default()).recipe;
        let context = context::read(&world, &mut sources, ".", "Dockerfile");
        fill(&mut recipe, &context, &world, &mut sources);
        let claim = recipe.stages.last()?.image.steps_down.clone()?;
        let place = sources.get(claim.at.span.source).place(claim.at.span.start as usize);
        let name = sources.get(claim.at.span.source).name.clone();
        Some((format!("{name}:{}", place.line), claim.value.map(|user| user.to_string())))
    }

    const SCRIPT: &str = "#!/bin/sh\nset -e\nif [ \"$(id -u)\" = 0 ]; then\n  chown app /data\n  exec gosu app \"$0\" \"$@\"\nfi\nexec \"$@\"\n";

    fn found(place: &str) -> Option<(String, Known<String>)> {
        Some((place.to_owned(), Known::Value("app".to_owned())))
    }

    #[test]
    fn the_script_is_found_where_the_build_puts_it() {
        let file = [("docker/entrypoint.sh", SCRIPT)];
        for copy in [
            "COPY docker/entrypoint.sh /usr/local/bin/entrypoint.sh",
            "COPY docker/entrypoint.sh /usr/local/bin/",
            "COPY docker/*.sh /usr/local/bin/",
            "COPY docker/ /usr/local/bin/",
            "COPY docker /usr/local/bin",
        ] {
            let text = format!("FROM debian\n{copy}\nENTRYPOINT [\"tini\", \"--\", \"entrypoint.sh\"]\n");
            assert_eq!(account(&text, &file), found("docker/entrypoint.sh:5"), "{copy}");
        }
        let staged = "FROM debian AS a\nWORKDIR /src\nCOPY . .\nFROM debian\nWORKDIR /srv\nCOPY --from=a /src/docker/entrypoint.sh .\nENTRYPOINT [\"./entrypoint.sh\"]\n";
        assert_eq!(account(staged, &file), found("docker/entrypoint.sh:5"));
    }

    #[test]
    fn what_is_not_the_entrypoint_or_does_not_exec_counts_for_nothing() {
        let file = [("e.sh", SCRIPT)];
        assert_eq!(account("FROM debian\nCOPY e.sh /e.sh\nENTRYPOINT [\"/other.sh\"]\n", &file), None);
        let call = [("e.sh", "#!/bin/sh\ngosu app migrate\nexec \"$@\"\n")];
        assert_eq!(account("FROM debian\nCOPY e.sh /e.sh\nENTRYPOINT [\"/e.sh\"]\n", &call), None);
        let ignored = [("e.sh", SCRIPT), (".dockerignore", "*.sh\n")];
        assert_eq!(account("FROM debian\nCOPY e.sh /e.sh\nENTRYPOINT [\"/e.sh\"]\n", &ignored), None);
        let python = [("e.sh", "#!/usr/bin/env python3\nexec gosu app x\n")];
        assert_eq!(account("FROM debian\nCOPY e.sh /e.sh\nENTRYPOINT [\"/e.sh\"]\n", &python), None);
    }

    #[test]
    fn a_variable_stays_unknown() {
        let file = [("e.sh", "#!/bin/bash\nexec su-exec \"${RUN_AS:-app}\" \"$@\"\n")];
        let (_, user) = account("FROM alpine\nCOPY e.sh /\nENTRYPOINT [\"/e.sh\"]\n", &file).unwrap();
        assert_eq!(user, Known::Unknown(Reason::UnsetVariable("RUN_AS".into())));
    }
}
