//! The files of a container as far as the project knows them: bind mounts, configs and what the Dockerfile copies.
//!
//! All reading goes through the [`World`]; numbers and sizes are bounded. Deliberately absent: what the image itself
//! holds, and what steps of a build write: such a file is unread.

use plimsoll_posture::{
    CopyFrom, CopySourceKind, Known, Mount, MountKind, Posture, Reason, Service, ShellCommand, StageId,
    StepKind,
};
use plimsoll_text::{SourceId, SourceKind, Sources};

use crate::compose::Node;
use crate::world::clean;
use crate::{EntryKind, World};

/// Files that one service's configuration may take.
const MOST_FILES: usize = 200;
/// Bytes that they may have together.
const MOST_BYTES: usize = 8 << 20;

/// What stands behind a path of the container.
#[derive(Debug, Clone)]
enum Place {
    /// A path of the world.
    Project(String),
    /// A document inside the compose file, by its name.
    Inline(String),
    /// Something that is not read here.
    Elsewhere(Reason),
    /// Nothing: a step of the build removes it.
    Removed,
}

#[derive(Debug, Clone)]
struct Mapping {
    /// Absolute path in the container, without a slash at the end.
    target: String,
    place: Place,
    /// Whether nothing below shows through: a mount.
    opaque: bool,
}

/// What opening a file gave.
#[derive(Debug)]
pub(super) enum Opened {
    /// The document.
    Text(SourceId),
    /// The project does not say what is there.
    Absent,
    /// It is there, and cannot be read, and why.
    Unread(Reason),
}

/// The files of one service.
pub(super) struct Files<'w> {
    world: &'w dyn World,
    /// The first that holds a path decides.
    mappings: Vec<Mapping>,
    opened: usize,
    bytes: usize,
}

impl<'w> Files<'w> {
    /// The files of a service. `model` is the service's part of the compose model and the whole of it.
    pub(super) fn of(
        world: &'w dyn World,
        sources: &mut Sources,
        service: &Service,
        stage: Option<StageId>,
        posture: &Posture,
        model: Option<&Node>,
    ) -> Self {
        let mut files = Self { world, mappings: Vec::new(), opened: 0, bytes: 0 };
        let root = world.root_path();
        for (mount, _) in service.mounts.values() {
            files.mount(mount, root.trim_end_matches('/'));
        }
        if let Some(model) = model {
            files.configs(sources, model, service.name());
        }
        // The most specific target decides.
        files.mappings.sort_by_key(|mapping| std::cmp::Reverse(mapping.target.len()));
        if let Some(stage) = stage {
            files.copies(posture, stage);
        }
        files
    }

    fn mount(&mut self, mount: &Mount, root: &str) {
        let place = match (mount.kind, &mount.source) {
            (MountKind::Bind, Known::Value(source)) => match below(source, root) {
                Some(path) => Place::Project(path),
                None => Place::Elsewhere(Reason::MissingSource(source.clone())),
            },
            (MountKind::Bind, Known::Unknown(reason)) => Place::Elsewhere(reason.clone()),
            (MountKind::Volume, Known::Value(name)) if !name.is_empty() => match &mount.device {
                Some(device) => match below(device, root) {
                    Some(path) => Place::Project(path),
                    None => Place::Elsewhere(Reason::MissingSource(device.clone())),
                },
                None => Place::Elsewhere(Reason::NeedsEngine("docker volume inspect")),
            },
            _ => return,
        };
        self.mappings.push(Mapping { target: tidy(&mount.target), place, opaque: true });
    }

    fn configs(&mut self, sources: &mut Sources, model: &Node, service: &str) {
        let service = model.get("services").and_then(|services| services.get(service));
        for kind in ["configs", "secrets"] {
            let used = service.and_then(|service| service.get(kind)).and_then(Node::as_list);
            for entry in used.unwrap_or_default() {
                let Some(name) = entry.get("source").and_then(Node::text) else { continue };
                let target = entry.get("target").and_then(Node::text).unwrap_or(name);
                let target = match (target.starts_with('/'), kind) {
                    (true, _) => target.to_owned(),
                    (false, "secrets") => format!("/run/secrets/{target}"),
                    (false, _) => format!("/{target}"),
                };
                let Some(config) = model.get(kind).and_then(|all| all.get(name)) else { continue };
                let file = config.get("file").and_then(Node::text);
                let content = config.get("content").and_then(|node| Some((node, node.text()?)));
                let place = match (file, content) {
                    (Some(file), _) if !file.starts_with('/') => Place::Project(clean(file)),
                    (None, Some((node, content))) => {
                        let owner = sources.lookup(node.at.source).map_or("", |source| &*source.name);
                        let document = format!("{owner}#{kind}.{name}.content");
                        if sources.find(&document).is_none() {
                            sources.add_text(&document, SourceKind::Proxy, content);
                        }
                        Place::Inline(document)
                    }
                    _ => Place::Elsewhere(Reason::MissingSource(format!("{kind} {name}").into())),
                };
                self.mappings.push(Mapping { target: tidy(&target), place, opaque: true });
            }
        }
    }

    /// What the stages of the image copy; later steps go before earlier ones.
    fn copies(&mut self, posture: &Posture, id: StageId) {
        let Some(recipe) = posture.recipes.get(id.recipe.0) else { return };
        let context = recipe.context.and_then(|context| posture.contexts.get(context.0));
        let context = context.map_or(".", |context| &*context.path);
        let mut copied = Vec::new();
        for step in recipe.lineage(id.stage).iter().flat_map(|stage| &stage.steps) {
            match &step.kind {
                StepKind::Copy(copy) => {
                    let written = &*copy.destination.value;
                    let workdir = step.workdir.as_deref().unwrap_or("/");
                    let whole = if written.starts_with('/') {
                        written.to_owned()
                    } else {
                        format!("{workdir}/{written}")
                    };
                    let folder = written.ends_with('/') || written.ends_with('.') || copy.sources.len() > 1;
                    let destination = tidy(&whole);
                    for source in &copy.sources {
                        let path = source.path.value().map(|path| path.trim_start_matches('/'));
                        let local = copy.from == CopyFrom::Context && source.kind == CopySourceKind::Path;
                        match path.filter(|_| local) {
                            Some(path) => self.copied(context, path, &destination, folder, &mut copied),
                            // What comes from elsewhere may be anything; a whole file system is no answer.
                            None if !destination.is_empty() => copied.push(Mapping {
                                target: destination.clone(),
                                place: Place::Elsewhere(Reason::NotUnderstood(
                                    format!("a copy to {whole}").into(),
                                )),
                                opaque: false,
                            }),
                            None => {}
                        }
                    }
                }
                StepKind::Run(run) => {
                    for command in &run.commands {
                        copied.extend(written(command));
                        if command.effective_program() == Some("rm") {
                            let removed =
                                command.arguments().iter().filter(|word| word.text.starts_with('/'));
                            copied.extend(removed.map(|word| Mapping {
                                target: tidy(word.text.trim_end_matches("/*")),
                                place: Place::Removed,
                                opaque: true,
                            }));
                        }
                    }
                }
                _ => {}
            }
        }
        copied.reverse();
        self.mappings.append(&mut copied);
    }

    fn copied(
        &self,
        context: &str,
        source: &str,
        destination: &str,
        folder: bool,
        copied: &mut Vec<Mapping>,
    ) {
        let path = clean(&format!("{context}/{source}"));
        let mut add = |target: String, path: String| {
            copied.push(Mapping { target, place: Place::Project(path), opaque: false });
        };
        if source.contains(['*', '?', '[']) {
            let (directory, pattern) = path.rsplit_once('/').unwrap_or((".", &path));
            for (name, kind) in self.world.list(directory).unwrap_or_default() {
                if kind == EntryKind::File && matches(pattern, &name) {
                    add(format!("{destination}/{name}"), clean(&format!("{directory}/{name}")));
                }
            }
            return;
        }
        match self.world.kind(&path) {
            Some(EntryKind::Directory) => add(destination.to_owned(), path),
            Some(EntryKind::File) => {
                let name = path.rsplit('/').next().unwrap_or(&path);
                let target = if folder { format!("{destination}/{name}") } else { destination.to_owned() };
                add(target, path);
            }
            _ => copied.push(missing(source, path, destination, folder)),
        }
    }

    /// Whether the project puts anything at or below a path.
    pub(super) fn touches(&self, path: &str) -> bool {
        self.mappings.iter().any(|mapping| {
            !matches!(mapping.place, Place::Removed)
                && (mapping.target == path
                    || mapping.target.strip_prefix(path).is_some_and(|rest| rest.starts_with('/')))
        })
    }

    /// Whether a build step takes a path away that the image brings.
    pub(super) fn is_removed(&self, path: &str) -> bool {
        let holds = |mapping: &&Mapping| within(path, &mapping.target).is_some();
        self.mappings.iter().find(holds).is_some_and(|mapping| mapping.opaque)
    }

    /// The path of the world behind a path of the container.
    pub(super) fn project_path(&self, path: &str) -> Option<String> {
        let path = tidy(path);
        for mapping in &self.mappings {
            let Some(rest) = within(&path, &mapping.target) else { continue };
            if let Place::Project(place) = &mapping.place {
                let whole = clean(&format!("{place}/{rest}"));
                if self.world.kind(&whole).is_some() {
                    return Some(whole);
                }
            }
            if mapping.opaque {
                return None;
            }
        }
        None
    }

    /// The same, only for what is mounted: a copy leaves out what the ignore file names.
    pub(super) fn mounted_path(&self, path: &str) -> Option<String> {
        let whole = tidy(path);
        let mounted = self.mappings.iter().find(|mapping| within(&whole, &mapping.target).is_some())?;
        if mounted.opaque { self.project_path(path) } else { None }
    }

    /// What a directory of the world holds.
    pub(super) fn entries(&self, directory: &str) -> Vec<String> {
        let listed = self.world.list(directory).unwrap_or_default();
        listed.into_iter().map(|(name, _)| name).collect()
    }

    /// Opens a file of the container.
    pub(super) fn open(&mut self, sources: &mut Sources, path: &str) -> Opened {
        let path = tidy(path);
        for mapping in &self.mappings {
            let Some(rest) = within(&path, &mapping.target) else { continue };
            match &mapping.place {
                Place::Project(place) => {
                    let whole = clean(&format!("{place}/{rest}"));
                    match self.world.kind(&whole) {
                        Some(EntryKind::File) => return self.read(sources, &whole),
                        Some(_) => return Opened::Unread(Reason::MissingSource(whole.into())),
                        // A mounted directory says by itself what is not in it.
                        None if mapping.opaque && !rest.is_empty() && self.world.kind(place).is_some() => {
                            return Opened::Absent;
                        }
                        None if mapping.opaque => return Opened::Unread(Reason::MissingSource(whole.into())),
                        None => {}
                    }
                }
                Place::Inline(name) if rest.is_empty() => {
                    return match sources.find(name) {
                        Some(source) => Opened::Text(source.id),
                        None => Opened::Absent,
                    };
                }
                Place::Elsewhere(reason) => return Opened::Unread(reason.clone()),
                Place::Removed => return Opened::Absent,
                Place::Inline(_) => {}
            }
        }
        Opened::Absent
    }

    fn read(&mut self, sources: &mut Sources, path: &str) -> Opened {
        if let Some(source) = sources.find(path) {
            return Opened::Text(source.id);
        }
        self.opened += 1;
        if self.opened > MOST_FILES || self.bytes > MOST_BYTES {
            return Opened::Unread(Reason::NotUnderstood("a configuration of that many files".into()));
        }
        match self.world.read(path) {
            Ok(bytes) => {
                self.bytes += bytes.len();
                Opened::Text(sources.add(path, SourceKind::Proxy, &bytes))
            }
            Err(_) => Opened::Unread(Reason::MissingSource(path.into())),
        }
    }

    /// Names in a directory of the container, sorted; `Err` where part of it is not known.
    pub(super) fn list(&self, directory: &str) -> (Vec<String>, Option<Reason>) {
        let directory = tidy(directory);
        let mut names = Vec::new();
        let mut unknown = None;
        let mut masked = false;
        for mapping in &self.mappings {
            if let Some(name) =
                mapping.target.strip_prefix(&directory).and_then(|rest| rest.strip_prefix('/'))
                && !name.contains('/')
                && !matches!(mapping.place, Place::Removed)
            {
                names.push(name.to_owned());
            }
            if masked {
                continue;
            }
            let Some(rest) = within(&directory, &mapping.target) else { continue };
            match &mapping.place {
                Place::Project(place) => {
                    let whole = clean(&format!("{place}/{rest}"));
                    match self.world.list(&whole) {
                        Ok(entries) => names.extend(
                            entries
                                .into_iter()
                                .filter(|(_, kind)| *kind == EntryKind::File)
                                .map(|(name, _)| name),
                        ),
                        Err(_) if mapping.opaque => {
                            unknown = unknown.or(Some(Reason::MissingSource(whole.into())));
                        }
                        Err(_) => {}
                    }
                }
                Place::Elsewhere(reason) => unknown = unknown.or(Some(reason.clone())),
                Place::Inline(_) | Place::Removed => {}
            }
            masked |= mapping.opaque;
        }
        names.sort();
        names.dedup();
        names.truncate(MOST_FILES);
        (names, unknown)
    }
}

/// The files of a proxy's configuration that a command writes: what it redirects to, and what it names, unless it only
/// looks, makes directories or changes owners.
fn written(command: &ShellCommand) -> impl Iterator<Item = Mapping> + '_ {
    let harmless = matches!(
        command.effective_program(),
        Some(
            "rm" | "mkdir"
                | "chmod"
                | "chown"
                | "chgrp"
                | "ls"
                | "cat"
                | "test"
                | "["
                | "touch"
                | "nginx"
                | "caddy"
        )
    );
    let named = command.arguments().iter().filter(move |_| !harmless);
    let paths = named.chain(command.redirects.iter().map(|redirect| &redirect.target));
    paths.filter(|word| CONFIGURATION.iter().any(|root| word.text.starts_with(root))).map(|word| Mapping {
        target: tidy(&word.text),
        place: Place::Elsewhere(Reason::NotUnderstood(
            format!("a build step that writes {}", word.text).into(),
        )),
        opaque: false,
    })
}

/// Where proxies keep their configuration.
const CONFIGURATION: [&str; 4] =
    ["/etc/nginx/", "/usr/local/openresty/nginx/conf/", "/etc/caddy/", "/etc/traefik/"];

/// A copy whose source is not at hand. A name with an extension is taken for a file, anything else for a directory,
/// which may bring whatever is asked for.
fn missing(source: &str, path: String, destination: &str, folder: bool) -> Mapping {
    let name = source.rsplit('/').next().unwrap_or(source);
    let is_file = name.rsplit_once('.').is_some_and(|(stem, kind)| !stem.is_empty() && kind != "d");
    let target = match folder && is_file {
        true => format!("{destination}/{name}"),
        false => destination.to_owned(),
    };
    Mapping { target, place: Place::Elsewhere(Reason::MissingSource(path.into())), opaque: false }
}

/// The rest of a path below a directory; empty for the directory itself.
fn within<'p>(path: &'p str, directory: &str) -> Option<&'p str> {
    let rest = path.strip_prefix(directory)?;
    if rest.is_empty() { Some(rest) } else { rest.strip_prefix('/') }
}

/// A host path as the world names it.
fn below(path: &str, root: &str) -> Option<String> {
    within(path.trim_end_matches('/'), root).map(clean)
}

/// An absolute path without `.`, `..` and slashes too many; empty for the root.
pub(super) fn tidy(path: &str) -> String {
    match clean(path.trim_start_matches('/')).as_str() {
        "." => String::new(),
        inner => format!("/{inner}"),
    }
}

/// `*`, `?` and sets of one path component, as glob(3).
pub(super) fn matches(pattern: &str, name: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let name: Vec<char> = name.chars().collect();
    if name.first() == Some(&'.') && pattern.first() != Some(&'.') {
        return false;
    }
    let (mut at, mut in_name) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while let Some(&c) = name.get(in_name) {
        let step = match pattern.get(at) {
            Some('*') => {
                star = Some((at, in_name));
                at += 1;
                continue;
            }
            Some('?') => Some(1),
            Some('[') => set(pattern.get(at..).unwrap_or_default(), c),
            Some(&other) if other == c => Some(1),
            _ => None,
        };
        match (step, star) {
            (Some(step), _) => {
                at += step;
                in_name += 1;
            }
            (None, Some((from, taken))) => {
                star = Some((from, taken + 1));
                at = from + 1;
                in_name = taken + 1;
            }
            (None, None) => return false,
        }
    }
    pattern.get(at..).unwrap_or_default().iter().all(|c| *c == '*')
}

/// The length of a set `[abc]` when it holds the character.
fn set(pattern: &[char], c: char) -> Option<usize> {
    let end = pattern.iter().skip(2).position(|c| *c == ']')? + 2;
    let body = pattern.get(1..end)?;
    let (negated, body) = match body.first() {
        Some('!' | '^') => (true, body.get(1..)?),
        _ => (false, body),
    };
    let mut held = false;
    let mut at = 0;
    while let Some(&first) = body.get(at) {
        match (body.get(at + 1), body.get(at + 2)) {
            (Some('-'), Some(&last)) => {
                held |= (first..=last).contains(&c);
                at += 3;
            }
            _ => {
                held |= first == c;
                at += 1;
            }
        }
    }
    (held != negated).then_some(end + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs() {
        for (pattern, name, expected) in [
            ("*.conf", "default.conf", true),
            ("*.conf", ".hidden.conf", false),
            ("*.conf", "default.conf.bak", false),
            ("[a-c]?.conf", "b1.conf", true),
            ("[!a-c]*", "b", false),
            ("*a*b*", "xaybz", true),
            ("*", "", true),
            ("[", "[", false),
        ] {
            assert_eq!(matches(pattern, name), expected, "{pattern} {name}");
        }
    }

    #[test]
    fn paths() {
        assert_eq!(tidy("/etc//nginx/./a/../conf.d/"), "/etc/nginx/conf.d");
        assert_eq!(tidy("/"), "");
        assert_eq!(within("/etc/nginx/a", "/etc/nginx"), Some("a"));
        assert_eq!(within("/etc/nginxes", "/etc/nginx"), None);
        assert_eq!(below("/project/web", "/project").as_deref(), Some("web"));
        assert_eq!(below("/project", "/project").as_deref(), Some("."));
        assert_eq!(below("/other/web", "/project"), None);
    }
}
