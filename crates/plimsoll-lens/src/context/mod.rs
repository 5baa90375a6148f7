//! The build context: what a directory would send to a build, and what each `COPY` takes of it into the image.
//!
//! Only names that do not belong in an image are looked for. Deliberately absent: judging, and reading secrets.

use std::collections::VecDeque;
use std::sync::Arc;

use plimsoll_posture::{
    BuildContext, Complaint, ComplaintKind, ContextEntry, ContextEntryKind, CopyFrom, CopySourceKind, Place,
    Recipe, StepKind,
};
use plimsoll_text::{SourceKind, Sources, Span};

use self::ignore::Verdicts;
use crate::world::clean;
use crate::{EntryKind, World};

mod glob;
mod ignore;
mod sensitive;

pub use ignore::IgnoreRules;

/// A build context that was read.
#[derive(Debug, Clone)]
pub struct Context {
    /// What is in it. Entries inside an ignored folder are not listed unless the ignore file has exceptions.
    pub context: BuildContext,
    /// The rules in force.
    pub rules: IgnoreRules,
    /// What could not be read.
    pub complaints: Vec<Complaint>,
}

/// Entries that are looked at, over all folders; breadth first, so that the top is always seen.
const MAX_ENTRIES: usize = 5_000;
/// Folders below the context.
const MAX_DEPTH: usize = 8;

/// Reads a context. `directory` and `dockerfile` are paths relative to the scanned root. As in BuildKit,
/// `DOCKERFILE.dockerignore` beside the Dockerfile goes before `.dockerignore` in the context.
pub fn read(world: &dyn World, sources: &mut Sources, directory: &str, dockerfile: &str) -> Context {
    let directory = clean(directory);
    let mut complaints = Vec::new();
    let mut ignore = None;
    let mut rules = IgnoreRules::default();
    for path in [format!("{dockerfile}.dockerignore"), below(&directory, ".dockerignore")] {
        let path = clean(&path);
        let id = match sources.find(&path) {
            Some(source) => source.id,
            None => match world.read(&path) {
                Ok(bytes) => sources.add(&path, SourceKind::Dockerignore, &bytes),
                Err(_) => continue,
            },
        };
        ignore = Some(id);
        (rules, complaints) = IgnoreRules::read(sources.get(id));
        break;
    }
    let mut context = BuildContext {
        path: directory.as_str().into(),
        ignore,
        lets_through: Vec::new(),
        sensitive: Vec::new(),
        unguarded: unguarded(&rules),
        withheld: withheld(world, &rules, &directory),
        listed: false,
    };
    let whole = walk(world, &rules, &mut context);
    if let (false, Some(source)) =
        (whole, ignore.or_else(|| sources.find(dockerfile).map(|source| source.id)))
    {
        complaints.push(Complaint {
            kind: ComplaintKind::Skipped,
            code: "context-too-large",
            at: Span::whole(source),
            message: format!("the build context `{directory}` is large: only part of it was looked at"),
            cure: Some("keep what the image does not need out of it with .dockerignore".to_owned()),
        });
    }
    Context { context, rules, complaints }
}

impl Context {
    /// Counts files as secret that the project itself calls so, whatever their names: paths relative to the root.
    pub fn add_secrets(&mut self, world: &dyn World, files: &[String]) {
        let root = if &*self.context.path == "." { String::new() } else { format!("{}/", self.context.path) };
        for file in files {
            let file = clean(file);
            let Some(path) = file.strip_prefix(&root).filter(|path| !path.starts_with("..")) else {
                continue;
            };
            let known = self.context.sensitive.iter().any(|entry| &*entry.path == path);
            if known || world.kind(&file) != Some(EntryKind::File) {
                continue;
            }
            let entry = ContextEntry { path: path.into(), kind: ContextEntryKind::Key };
            if !self.rules.ignores(path) {
                self.context.lets_through.push(entry.clone());
            }
            self.context.sensitive.push(entry);
        }
        self.context.lets_through.sort_by(|a, b| (a.kind, &a.path).cmp(&(b.kind, &b.path)));
        self.context.sensitive.sort_by(|a, b| (a.kind, &a.path).cmp(&(b.kind, &b.path)));
    }
}

fn below(directory: &str, name: &str) -> String {
    if directory == "." { name.to_owned() } else { format!("{directory}/{name}") }
}

/// Fills in the sensitive entries; `false` when a bound was reached.
fn walk(world: &dyn World, rules: &IgnoreRules, context: &mut BuildContext) -> bool {
    let root = context.path.to_string();
    let mut open = VecDeque::from([(String::new(), Verdicts::default(), 0_usize)]);
    let mut seen = 0;
    let mut whole = true;
    while let Some((folder, verdicts, depth)) = open.pop_front() {
        let Ok(entries) = world.list(&if folder.is_empty() { root.clone() } else { below(&root, &folder) })
        else {
            continue;
        };
        context.listed = true;
        for (name, kind) in entries {
            seen += 1;
            if seen > MAX_ENTRIES {
                return false;
            }
            let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
            let judged = rules.judge(&path, &verdicts);
            let found = sensitive::kind_of(world, &below(&root, &path), &name, kind);
            if let Some(what) = found {
                let entry = ContextEntry { path: path.as_str().into(), kind: what };
                if !judged.ignored()
                    && (kind == EntryKind::File || contents_pass(world, rules, &root, &path, &judged))
                {
                    context.lets_through.push(entry.clone());
                }
                context.sensitive.push(entry);
            } else if kind == EntryKind::Directory && (!judged.ignored() || rules.has_exceptions()) {
                if depth < MAX_DEPTH {
                    open.push_back((path, judged, depth + 1));
                } else {
                    whole = false;
                }
            }
        }
    }
    context.lets_through.sort_by(|a, b| (a.kind, &a.path).cmp(&(b.kind, &b.path)));
    context.sensitive.sort_by(|a, b| (a.kind, &a.path).cmp(&(b.kind, &b.path)));
    whole
}

/// Whether anything inside a folder gets through: `.git/*` leaves only an empty folder.
fn contents_pass(
    world: &dyn World,
    rules: &IgnoreRules,
    root: &str,
    folder: &str,
    verdicts: &Verdicts,
) -> bool {
    let Ok(entries) = world.list(&below(root, folder)) else { return true };
    entries.iter().any(|(name, _)| !rules.judge(&format!("{folder}/{name}"), verdicts).ignored())
}

/// The manifests and lockfiles that are there and do not reach the build.
fn withheld(world: &dyn World, rules: &IgnoreRules, directory: &str) -> Vec<Arc<str>> {
    std::iter::once(&"package.json")
        .chain(crate::app::LOCKFILES)
        .filter(|name| rules.ignores(name) && world.kind(&below(directory, name)) == Some(EntryKind::File))
        .map(|name| Arc::from(*name))
        .collect()
}

/// The kinds that would get through if they were there; one typical path each.
fn unguarded(rules: &IgnoreRules) -> Vec<ContextEntryKind> {
    [
        (ContextEntryKind::Vcs, ".git/HEAD"),
        (ContextEntryKind::EnvFile, ".env"),
        (ContextEntryKind::NodeModules, "node_modules/express/index.js"),
        (ContextEntryKind::Key, "id_rsa"),
    ]
    .into_iter()
    .filter(|(_, path)| !rules.ignores(path))
    .map(|(kind, _)| kind)
    .collect()
}

/// Says for every local source of a `COPY` or `ADD` which sensitive entries it takes: honouring the ignore file,
/// wildcards and `--exclude`.
pub fn fill(recipe: &mut Recipe, context: &Context, world: &dyn World) {
    let mut harmless: Vec<Span> = Vec::new();
    for step in recipe.stages.iter_mut().flat_map(|stage| &mut stage.steps) {
        let StepKind::Copy(copy) = &mut step.kind else { continue };
        if copy.from != CopyFrom::Context {
            continue;
        }
        let exclude = IgnoreRules::of(copy.exclude.iter().map(|pattern| &**pattern));
        for source in &mut copy.sources {
            source.takes = match source.path.value() {
                Some(path) if source.kind == CopySourceKind::Path => takes(context, world, path, &exclude),
                _ => Vec::new(),
            };
            source.ignored = source.kind == CopySourceKind::Path
                && source.path.value().is_some_and(|path| is_kept_out(context, world, path));
            let named = source.path.value().filter(|_| source.kind == CopySourceKind::Path);
            let file =
                named.map(|path| below(&context.context.path, ignore::clean(path).trim_start_matches('/')));
            harmless.extend(file.filter(|file| sensitive::is_harmless(world, file)).map(|_| source.at));
        }
    }
    // What stands in a file goes before what its name promised.
    recipe.sightings.retain(|sighting| {
        let at = sighting.at.at.span;
        sighting.place != Place::CopiedFile
            || !harmless.iter().any(|source| source.contains(at) || at.contains(*source))
    });
}

/// Whether the ignore file keeps out all of a source (`validateCopySourcePath` of BuildKit). With exceptions a folder
/// may be ignored and something in it not, so that only a file is judged then.
fn is_kept_out(context: &Context, world: &dyn World, path: &str) -> bool {
    let cleaned = ignore::clean(path);
    let relative = cleaned.trim_start_matches('/');
    if relative.is_empty() || relative == "." {
        // The root itself is no entry: only rules that leave nothing of it count.
        let names = ["a", "a/b", ".a"];
        return !context.rules.has_exceptions() && names.iter().all(|name| context.rules.ignores(name));
    }
    let judged = !context.rules.has_exceptions()
        || world.kind(&below(&context.context.path, relative)) == Some(EntryKind::File);
    judged && context.rules.ignores(relative)
}

fn takes(context: &Context, world: &dyn World, path: &str, exclude: &IgnoreRules) -> Vec<ContextEntry> {
    let pattern = ignore::clean(path);
    let pattern = pattern.trim_start_matches('/');
    let whole = pattern.is_empty() || pattern == ".";
    let glob = glob::Glob::compile(pattern);
    let matches = |path: &str| glob.as_ref().is_some_and(|glob| glob.matches(path));
    let mut taken: Vec<ContextEntry> = context
        .context
        .lets_through
        .iter()
        .filter(|entry| {
            // `--exclude` is relative to what is copied.
            let inner = if whole {
                Some(&*entry.path)
            } else {
                let ends = entry.path.match_indices('/').map(|(at, _)| at).chain([entry.path.len()]);
                let root = ends.into_iter().find(|&end| entry.path.get(..end).is_some_and(matches));
                root.map(|end| {
                    let inner = entry.path.get(end..).unwrap_or("").trim_start_matches('/');
                    if inner.is_empty() { entry.path.rsplit('/').next().unwrap_or("") } else { inner }
                })
            };
            inner.is_some_and(|inner| !exclude.ignores(inner))
        })
        .cloned()
        .collect();
    // A file named outright may lie deeper than the walk went, or be of a kind that needs its content.
    let literal = !pattern.contains(['*', '?', '[', '\\']);
    if literal && !whole && taken.is_empty() && !context.rules.ignores(pattern) {
        let full = below(&context.context.path, pattern);
        let name = pattern.rsplit('/').next().unwrap_or(pattern);
        let found = world
            .kind(&full)
            .and_then(|kind| sensitive::kind_of(world, &full, name, kind))
            .filter(|_| !exclude.ignores(name));
        taken.extend(found.map(|kind| ContextEntry { path: pattern.into(), kind }));
    }
    taken
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Memory;

    const PROJECT: &[(&str, &str)] = &[
        ("api/Dockerfile", "FROM node:22\nCOPY . .\n"),
        ("api/package.json", "{}"),
        ("api/.env", "A=1"),
        ("api/.env.example", "A="),
        ("api/.git/HEAD", "ref"),
        ("api/node_modules/express/index.js", ""),
        ("api/deploy/tls/server.key", "-----BEGIN PRIVATE KEY-----"),
        ("other/.env", "B=2"),
    ];

    fn names(entries: &[ContextEntry]) -> Vec<&str> {
        entries.iter().map(|entry| &*entry.path).collect()
    }

    fn read_with(extra: &[(&str, &str)], dockerfile: &str) -> Context {
        let files: Vec<(&str, &str)> = PROJECT.iter().chain(extra).copied().collect();
        read(&Memory::of(&files), &mut Sources::new(), "./api", dockerfile)
    }

    #[test]
    fn without_an_ignore_file_everything_gets_through() {
        let read = read_with(&[], "api/Dockerfile");
        assert!(read.context.listed && read.context.ignore.is_none());
        assert_eq!(
            names(&read.context.lets_through),
            [".git", ".env", "node_modules", "deploy/tls/server.key"]
        );
        assert_eq!(read.context.unguarded.len(), 4);
    }

    #[test]
    fn the_file_beside_the_dockerfile_goes_first() {
        let read = read_with(
            &[
                ("api/.dockerignore", "*\n"),
                ("build/api.Dockerfile.dockerignore", ".git/*\n**/*.key\nnode_modules\n"),
            ],
            "build/api.Dockerfile",
        );
        assert_eq!(names(&read.context.lets_through), [".env"]);
        assert_eq!(read.context.unguarded, [ContextEntryKind::EnvFile, ContextEntryKind::Key]);
    }

    #[test]
    fn a_copy_takes_what_its_pattern_names_and_the_rules_allow() {
        let read = read_with(&[("api/.dockerignore", ".git\n")], "api/Dockerfile");
        let world = Memory::of(PROJECT);
        let takes = |path: &str, exclude: &[&str]| {
            takes(&read, &world, path, &IgnoreRules::of(exclude.iter().copied()))
                .iter()
                .map(|entry| entry.path.to_string())
                .collect::<Vec<_>>()
        };
        assert_eq!(takes(".", &[]), [".env", "node_modules", "deploy/tls/server.key"]);
        assert_eq!(takes("/", &[".env", "**/*.key"]), ["node_modules"]);
        assert_eq!(takes("*", &[]), [".env", "node_modules", "deploy/tls/server.key"]);
        assert_eq!(takes("deploy", &[]), ["deploy/tls/server.key"]);
        assert_eq!(takes("deploy/", &["tls"]), [""; 0]);
        assert_eq!(takes("./.env", &[]), [".env"]);
        assert_eq!(takes(".env*", &[]), [".env"]);
        assert_eq!(takes("package.json", &[]), [""; 0]);
        assert_eq!(takes(".git", &[]), [""; 0]);
    }

    #[test]
    fn what_the_project_calls_a_secret_is_one_in_its_context() {
        let files = [
            ("api/secrets/db.txt", "x"),
            ("api/secrets/hidden.txt", "x"),
            ("api/.dockerignore", "**/hidden*\n"),
        ];
        let files: Vec<(&str, &str)> = PROJECT.iter().chain(&files).copied().collect();
        let world = Memory::of(&files);
        let mut read = read(&world, &mut Sources::new(), "./api", "api/Dockerfile");
        let named =
            ["./api/secrets/db.txt", "api/secrets/hidden.txt", "other/token.txt", "api/gone.txt", "api/.env"];
        read.add_secrets(&world, &named.map(str::to_owned));
        let keys = |entries: &[ContextEntry]| -> Vec<String> {
            let keys = entries.iter().filter(|entry| entry.kind == ContextEntryKind::Key);
            keys.map(|entry| entry.path.to_string()).collect()
        };
        assert_eq!(keys(&read.context.lets_through), ["deploy/tls/server.key", "secrets/db.txt"]);
        assert_eq!(
            keys(&read.context.sensitive),
            ["deploy/tls/server.key", "secrets/db.txt", "secrets/hidden.txt"]
        );
    }

    #[test]
    fn a_source_is_kept_out_when_nothing_of_it_gets_through() {
        let kept_out = |rules: &str, path: &str| {
            let read = read_with(&[("api/.dockerignore", rules)], "api/Dockerfile");
            is_kept_out(&read, &Memory::of(PROJECT), path)
        };
        assert!(kept_out("deploy\n", "deploy/tls/server.key"));
        assert!(kept_out("*.json\n", "./package.json") && kept_out("*.json\n", "/package.json"));
        assert!(kept_out("*\n", ".") && kept_out("**\n", "/"));
        assert!(!kept_out("a*\n", ".") && !kept_out("*\n!package.json\n", "."));
        // A folder of which an exception may let something through is not judged, a file is.
        assert!(!kept_out("*\n!deploy/tls\n", "deploy"));
        assert!(kept_out("*\n!deploy/tls\n", "package.json"));
        assert!(!kept_out("*\n!package.json\n", "package.json"));
    }

    #[test]
    fn a_missing_directory_is_not_listed() {
        let read = read(&Memory::default(), &mut Sources::new(), "nowhere", "Dockerfile");
        // A world in memory lists nothing there, without an error.
        assert!(read.context.lets_through.is_empty());
    }
}
