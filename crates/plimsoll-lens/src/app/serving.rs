//! What the files that an application starts from say together: where it listens, and which path answers a question
//! after its health.
//!
//! Files are followed from the one that is started, so tests, scripts and dead code do not speak. A route counts only
//! where everything that comes before its path is known. Deliberately absent: packages.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use plimsoll_posture::{Known, Listening, Reason, Spanned};
use plimsoll_text::{SourceId, SourceKind, Sources, Span};

use super::module::{self, Made, Module, Target, join};
use super::value::Value;
use crate::world::clean;
use crate::{EntryKind, World};

/// No more files of one application are read.
const MAX_FILES: usize = 300;
/// Nor larger ones: those are bundles, in bytes.
const MAX_FILE: usize = 256 * 1024;
/// How far names and mounts are followed.
const MAX_DEPTH: usize = 8;

/// Suffixes by which a file may be named without them.
const SUFFIXES: &[&str] = &[
    "",
    ".ts",
    ".js",
    ".mjs",
    ".cjs",
    ".mts",
    ".cts",
    ".tsx",
    ".jsx",
    "/index.ts",
    "/index.js",
    "/index.mjs",
];

/// Last pieces of paths that answer a question after the health, the better ones first: whether the process lives comes
/// before whether all that it needs is there.
pub(super) const HEALTH: &[&str] = &[
    "livez",
    "healthz",
    "health",
    "live",
    "liveness",
    "alive",
    "healthcheck",
    "health-check",
    "health_check",
    "_health",
    "readyz",
    "ready",
    "readiness",
    "up",
    "ping",
    "status",
];

/// What was found.
#[derive(Debug)]
pub(super) struct Serving {
    pub(super) listens: Vec<Listening>,
    pub(super) health: Vec<Spanned<Arc<str>>>,
    pub(super) health_elsewhere: Vec<Spanned<Arc<str>>>,
    pub(super) variables: Vec<Arc<str>>,
    pub(super) writes: Vec<Spanned<Arc<str>>>,
    pub(super) imports: Vec<Spanned<Arc<str>>>,
    pub(super) followed: Known<()>,
}

impl Default for Serving {
    fn default() -> Self {
        Self {
            listens: Vec::new(),
            health: Vec::new(),
            health_elsewhere: Vec::new(),
            variables: Vec::new(),
            writes: Vec::new(),
            imports: Vec::new(),
            followed: Known::Value(()),
        }
    }
}

/// Reads the application from the file that is started.
pub(super) fn read(world: &dyn World, sources: &mut Sources, entry: &str) -> Serving {
    let files = Files::read(world, sources, entry);
    let (imports, followed) = files.packages();
    let mut serving = Serving { imports, followed, ..Serving::default() };
    for (file, (source, module)) in files.modules.values().enumerate() {
        for listen in &module.listens {
            serving.listens.push(files.listening(file, *source, listen));
        }
        serving.variables.extend(module.variables.iter().map(|name| Arc::from(name.as_str())));
        let spanned = |path: &str, (start, end): (usize, usize)| Spanned {
            value: Arc::from(path),
            at: Span::new(*source, start, end),
        };
        serving.writes.extend(module.writes.iter().map(|(path, at)| spanned(path, *at)));
        for route in &module.routes {
            let full = files.full(file, route);
            match full {
                Some(path) if rank(&path).is_some() => serving.health.push(spanned(&path, route.at)),
                None if rank(&route.path).is_some() => {
                    serving.health_elsewhere.push(spanned(&route.path, route.at));
                }
                _ => {}
            }
        }
    }
    serving.health.sort_by_key(|endpoint| (rank(&endpoint.value), endpoint.value.clone(), endpoint.at));
    serving.health.dedup_by(|a, b| a.value == b.value);
    serving.variables.sort();
    serving.variables.dedup();
    serving.writes.sort_by(|a, b| (&a.value, a.at).cmp(&(&b.value, b.at)));
    serving.writes.dedup_by(|a, b| a.value == b.value);
    serving
}

/// How good a health endpoint the path is, smaller is better: by its last piece, then by its length.
pub(super) fn rank(path: &str) -> Option<(usize, usize)> {
    let last = path.trim_end_matches('/').rsplit('/').next()?.to_ascii_lowercase();
    let rank = HEALTH.iter().position(|name| *name == last)?;
    Some((rank, path.len()))
}

struct Files {
    /// By path; the number of a file is its place in this order.
    modules: BTreeMap<String, (SourceId, Module)>,
    /// For each file, each word by which it takes from another: the other's number.
    links: Vec<BTreeMap<String, usize>>,
    /// Who mounts a file, by number: the mounting file and the mount's number there.
    mounted: BTreeMap<usize, Vec<(usize, usize)>>,
    /// The first thing that could not be followed.
    lost: Option<String>,
}

impl Files {
    fn read(world: &dyn World, sources: &mut Sources, entry: &str) -> Self {
        let mut modules = BTreeMap::new();
        let mut found: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
        let mut seen = BTreeSet::from([entry.to_owned()]);
        let mut queue = VecDeque::from([entry.to_owned()]);
        let mut lost: Option<String> = None;
        while let Some(path) = queue.pop_front() {
            if modules.len() >= MAX_FILES {
                lost.get_or_insert(path);
                break;
            }
            let Ok(bytes) = world.read(&path) else {
                lost.get_or_insert(path);
                continue;
            };
            if bytes.len() > MAX_FILE {
                lost.get_or_insert(path);
                continue;
            }
            let source = match sources.find(&path) {
                Some(source) => source.id,
                None => sources.add(&path, SourceKind::Other, &bytes),
            };
            let module = module::read(&sources.get(source).text);
            if module.computed {
                lost.get_or_insert_with(|| path.clone());
            }
            let words = module.imports.iter().map(|(_, word)| word);
            let links = found.entry(path.clone()).or_default();
            for word in words.chain(&module.passed_on) {
                if let Some(other) = located(world, &path, word) {
                    links.insert(word.clone(), other.clone());
                    if seen.insert(other.clone()) {
                        queue.push_back(other);
                    }
                } else if package_of(word).is_none() && !is_data(word) {
                    lost.get_or_insert_with(|| path.clone());
                }
            }
            modules.insert(path, (source, module));
        }
        let numbers: BTreeMap<&str, usize> =
            modules.keys().enumerate().map(|(number, path)| (path.as_str(), number)).collect();
        let links = modules
            .keys()
            .map(|path| {
                let own = found.remove(path).unwrap_or_default();
                own.into_iter()
                    .filter_map(|(word, other)| Some((word, *numbers.get(other.as_str())?)))
                    .collect()
            })
            .collect();
        let mut files = Self { modules, links, mounted: BTreeMap::new(), lost };
        files.join_mounts();
        files
    }

    /// The packages that the files take something from, each with the place that is read first, and whether all files
    /// that they reach were read.
    fn packages(&self) -> (Vec<Spanned<Arc<str>>>, Known<()>) {
        let mut found: BTreeMap<&str, Span> = BTreeMap::new();
        for (source, module) in self.modules.values() {
            for (word, (start, end)) in &module.taken {
                let Some(package) = package_of(word) else { continue };
                let at = Span::new(*source, *start, *end);
                found.entry(package).and_modify(|known| *known = at.min(*known)).or_insert(at);
            }
        }
        let spanned = |(name, at): (&str, Span)| Spanned { value: Arc::from(name), at };
        let followed = match &self.lost {
            Some(path) => Known::Unknown(Reason::NotUnderstood(path.as_str().into())),
            None => Known::Value(()),
        };
        (found.into_iter().map(spanned).collect(), followed)
    }

    fn module(&self, file: usize) -> Option<&Module> {
        self.modules.values().nth(file).map(|(_, module)| module)
    }

    fn join_mounts(&mut self) {
        let mut mounted: BTreeMap<usize, Vec<(usize, usize)>> = BTreeMap::new();
        for (file, (_, module)) in self.modules.values().enumerate() {
            for (index, mount) in module.mounts.iter().enumerate() {
                let other = match &mount.what {
                    Target::File(word) => self.links.get(file).and_then(|links| links.get(word)).copied(),
                    Target::Name(name) if module.made.contains_key(name) => None,
                    Target::Name(name) => self.origin(file, name),
                };
                let mut other = other;
                for _ in 0..MAX_DEPTH {
                    let Some(number) = other else { break };
                    mounted.entry(number).or_default().push((file, index));
                    // An index that only passes names on stands for the file behind it, when there is one.
                    let Some(next) = self.module(number).filter(|m| m.routes.is_empty() && m.made.is_empty())
                    else {
                        break;
                    };
                    other = match next.passed_on.as_slice() {
                        [word] => self.links.get(number).and_then(|links| links.get(word)).copied(),
                        _ => None,
                    };
                }
            }
        }
        self.mounted = mounted;
    }

    /// The file that a name is taken from.
    fn origin(&self, file: usize, name: &str) -> Option<usize> {
        let module = self.module(file)?;
        let (_, word) = module.imports.iter().find(|(names, _)| names.iter().any(|own| own == name))?;
        self.links.get(file)?.get(word).copied()
    }

    /// The whole path of a route; `None` where something before it is not known.
    fn full(&self, file: usize, route: &module::Route) -> Option<String> {
        if route.guarded || self.is_behind_door(file, route.receiver.as_deref(), route.at.0) {
            return None;
        }
        let before = match &route.receiver {
            None => self.global(route),
            Some(name) => self.prefix(file, name, MAX_DEPTH),
        }?;
        Some(format!("/{}", join(&before, &route.path).trim_start_matches('/')))
    }

    /// Whether something of that name asks for a login before a place of the file.
    fn is_behind_door(&self, file: usize, receiver: Option<&str>, at: usize) -> bool {
        let Some(module) = self.module(file) else { return true };
        let everywhere = || self.modules.values().any(|(_, module)| module.guards_all);
        let decorated = receiver.is_none() && (module.guarded || everywhere()) && !module.opens;
        decorated || module.doors.iter().any(|(name, door)| name.as_deref() == receiver && *door < at)
    }

    /// The prefix of a Nest application.
    fn global(&self, route: &module::Route) -> Option<String> {
        if !route.prefixed {
            return Some(String::new());
        }
        let mut prefix = String::new();
        for (_, module) in self.modules.values() {
            let excluded = module.unprefixed.iter().any(|path| *path == route.path.trim_matches('/'));
            if module.versioned {
                return None;
            }
            if let Some(said) = module.global_prefix.as_ref().filter(|_| !excluded) {
                prefix = said.clone()?;
            }
        }
        Some(prefix)
    }

    /// What comes before the routes of a name: nothing for an application; for a router its own prefix and those of the
    /// one place where it is mounted.
    fn prefix(&self, file: usize, name: &str, depth: usize) -> Option<String> {
        let depth = depth.checked_sub(1)?;
        let module = self.module(file)?;
        let own = match module.made.get(name) {
            Some(Made::Application) => {
                // An application within another is mounted like a router (Hono, Express).
                let inner = module.mounts.iter().any(|mount| mount.what == Target::Name(name.to_owned()));
                let listens = !module.listens.is_empty();
                if !inner && (listens || !self.mounted.contains_key(&file)) {
                    return Some(String::new());
                }
                String::new()
            }
            Some(Made::Router(own)) => own.clone()?,
            None => {
                if let Some(other) = self.origin(file, name) {
                    let from = self.module(other)?;
                    // The name may be another one there: what the file makes is what it gives.
                    let made = if from.made.contains_key(name) { name } else { from.made.keys().next()? };
                    return self.prefix(other, made, depth);
                }
                String::new()
            }
        };
        let inside = module.mounts.iter().filter(|mount| mount.what == Target::Name(name.to_owned()));
        let mut before = BTreeSet::new();
        for mount in inside {
            before.insert(self.mount(file, mount, depth)?);
        }
        if before.is_empty() {
            for (other, index) in self.mounted.get(&file).into_iter().flatten() {
                let mount = self.module(*other)?.mounts.get(*index)?;
                before.insert(self.mount(*other, mount, depth)?);
            }
        }
        if before.is_empty() {
            // A function that is handed the application: `require('./routes')(app)`.
            let handed =
                module::is_application(name) || module.made.is_empty() && self.called_with_application(file);
            return handed.then_some(own);
        }
        match before.len() {
            1 => before.pop_first().map(|before| join(&before, &own)),
            _ => None,
        }
    }

    fn mount(&self, file: usize, mount: &module::Mount, depth: usize) -> Option<String> {
        if self.is_behind_door(file, mount.receiver.as_deref(), mount.at) {
            return None;
        }
        let below = match &mount.receiver {
            Some(name) => self.prefix(file, name, depth)?,
            None => String::new(),
        };
        Some(join(&below, mount.prefix.as_ref()?))
    }

    /// Whether somebody takes from the file who has an application, and mounts nothing of it.
    fn called_with_application(&self, file: usize) -> bool {
        self.modules.values().zip(&self.links).any(|((_, module), links)| {
            links.values().any(|other| *other == file)
                && module.made.values().any(|made| *made == Made::Application)
        })
    }

    fn listening(&self, file: usize, source: SourceId, listen: &module::Listen) -> Listening {
        let port = self.settled(file, &listen.port, MAX_DEPTH);
        let host = listen.host.as_ref().map(|host| self.settled(file, host, MAX_DEPTH));
        let quiet = || Known::Unknown(Reason::NotUnderstood("the port is computed".into()));
        let local = |text: &str| matches!(text, "localhost" | "127.0.0.1" | "::1");
        let said = host.as_ref().map(|host| host.text.as_deref().is_some_and(local));
        Listening {
            port: port.port.map_or_else(quiet, Known::Value),
            variable: port.variable.as_deref().map(Arc::from),
            loopback: said.unwrap_or_else(|| self.loopback_by_default()),
            host_variable: host.and_then(|host| host.variable).as_deref().map(Arc::from),
            at: Span::new(source, listen.at.0, listen.at.1),
        }
    }

    /// Fastify listens on the loopback unless it is told otherwise, also below Nest.
    fn loopback_by_default(&self) -> bool {
        let takes = |wanted: &[&str]| {
            self.modules
                .values()
                .flat_map(|(_, module)| &module.imports)
                .any(|(_, word)| wanted.contains(&word.as_str()))
        };
        takes(&["fastify", "@nestjs/platform-fastify"]) && !takes(&["express", "koa", "@hapi/hapi"])
    }

    /// A value with what the names in it stand for.
    fn settled(&self, file: usize, value: &Value, depth: usize) -> Value {
        let mut settled = value.clone();
        let (Some(name), Some(depth)) = (&value.name, depth.checked_sub(1)) else { return settled };
        if settled.port.is_some() {
            return settled;
        }
        let own = self.module(file).into_iter().flat_map(|module| &module.values);
        let own = own.filter(|(key, _)| key == name).map(|(_, value)| (file, value));
        let others = self.modules.values().enumerate().flat_map(|(number, (_, module))| {
            module.values.iter().filter(|(key, _)| key == name).map(move |(_, value)| (number, value))
        });
        for (number, known) in own.chain(others.filter(|(number, _)| *number != file)).take(8) {
            let known = self.settled(number, known, depth);
            settled.port = settled.port.or(known.port);
            settled.variable = settled.variable.or(known.variable);
            settled.text = settled.text.or(known.text);
        }
        // `env.PORT` of a schema: the key is the name of the variable.
        if settled.variable.is_none() && super::value::is_variable(name) && settled.port.is_some() {
            settled.variable = Some(name.clone());
        }
        settled
    }
}

/// The package that a word means: `@a/b` of `@a/b/c`. `None` for a file, and for what Node brings itself.
fn package_of(word: &str) -> Option<&str> {
    let own = word.starts_with(['.', '/', '#', '~']) || word.starts_with("@/") || word.contains([':', '\\']);
    let pieces = if word.starts_with('@') { 2 } else { 1 };
    let end = word.match_indices('/').nth(pieces - 1).map_or(word.len(), |(at, _)| at);
    word.get(..end).filter(|name| !own && !name.is_empty() && (pieces == 1 || name.contains('/')))
}

/// What is no source: nothing is taken from packages there. `node:fs` is Node's own.
fn is_data(word: &str) -> bool {
    word.starts_with("node:")
        || [".json", ".css", ".node", ".sql", ".graphql"].iter().any(|end| word.ends_with(end))
}

/// The file that a relative word means; `.js` may stand for `.ts`, as TypeScript has it.
fn located(world: &dyn World, from: &str, word: &str) -> Option<String> {
    let directory = from.rsplit_once('/').map_or(".", |(directory, _)| directory);
    let roots: Vec<String> = match word {
        _ if word.starts_with("./") || word.starts_with("../") || word == "." || word == ".." => {
            vec![clean(&format!("{directory}/{word}"))]
        }
        // The usual aliases for the directory of the sources.
        _ if word.starts_with("@/") || word.starts_with("~/") || word.starts_with("src/") => {
            let rest = word.split_once('/').map_or(word, |(_, rest)| rest);
            let above = directory.split('/').position(|piece| piece == "src");
            let top: Vec<&str> = directory.split('/').take(above.map_or(0, |at| at + 1)).collect();
            vec![clean(&format!("{}/{rest}", top.join("/")))]
        }
        _ => return None,
    };
    for root in roots {
        let plain = [".js", ".mjs", ".cjs"].iter().find_map(|suffix| root.strip_suffix(suffix));
        let candidates = SUFFIXES.iter().map(|suffix| format!("{root}{suffix}"));
        let sources =
            plain.into_iter().flat_map(|plain| [".ts", ".mts", ".cts"].map(|s| format!("{plain}{s}")));
        for path in candidates.chain(sources) {
            let readable = [".ts", ".js", ".mjs", ".cjs", ".mts", ".cts", ".tsx", ".jsx"];
            if readable.iter().any(|suffix| path.ends_with(suffix))
                && world.kind(&path) == Some(EntryKind::File)
            {
                return Some(path);
            }
        }
    }
    None
}

#[cfg(test)]
#[path = "serving_tests.rs"]
mod tests;
