//! One project's way from files to a merged tree: read, interpolate, extend, include, merge, canonise.
//!
//! The order of the phases is Compose's own. Deliberately absent: what is done once at the end, see [`super::normalize`].

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;
use std::sync::Arc;

use plimsoll_posture::{Complaint, ComplaintKind, Sensitive, UnknownKey, Via, ViaKind};
use plimsoll_text::{SourceId, SourceKind, Sources, Span};

use super::canonical::Canonical;
use super::dotenv;
use super::environment::Environment;
use super::files::{in_world, is_file};
use super::interpolate::Found;
use super::merge::merge;
use super::path::Path;
use super::tree::{Map, Node, Value};
use super::yaml::{self, Document, Reset};
use super::{Variable, normalize, paths, reset, schema, unique, variables};
use crate::{World, pragma};

/// Files that one project may read through `include` and `extends`.
const MOST_LOADS: usize = 300;
/// Ports that ranges may make in one project.
const MOST_PORTS: usize = 20_000;

/// A file that was read, and its documents.
type Read = (SourceId, Rc<Vec<Document>>);

/// The state of a load.
pub(super) struct Loader<'a> {
    pub(super) world: &'a dyn World,
    pub(super) sources: &'a mut Sources,
    pub(super) complaints: Vec<Complaint>,
    pub(super) unknown_keys: Vec<UnknownKey>,
    pub(super) comments: Vec<pragma::Comment>,
    pub(super) files: Vec<SourceId>,
    pub(super) included: Vec<SourceId>,
    pub(super) env_files: Vec<SourceId>,
    pub(super) variables: Vec<Variable>,
    pub(super) version: Option<(Arc<str>, Span)>,
    /// Whether something is missing without which Compose refuses.
    pub(super) lacking: bool,
    readings: HashMap<String, Option<Read>>,
    pub(super) bases: HashMap<(String, usize), Option<super::extends::Base>>,
    ports_left: usize,
    grown: usize,
    loads: usize,
    pub(super) scopes: usize,
}

/// Where a file's paths and variables come from.
pub(super) struct Scope<'e, 'w> {
    /// The directory of the project or of the include, relative to the root.
    pub(super) directory: String,
    pub(super) environment: &'e Environment<'w>,
    /// Distinguishes scopes of one load.
    pub(super) number: usize,
    /// Files on the way from the main file to here, by `include`.
    pub(super) included: Vec<String>,
}

impl<'a> Loader<'a> {
    pub(super) fn new(world: &'a dyn World, sources: &'a mut Sources) -> Self {
        Self {
            world,
            sources,
            complaints: Vec::new(),
            unknown_keys: Vec::new(),
            comments: Vec::new(),
            files: Vec::new(),
            included: Vec::new(),
            env_files: Vec::new(),
            variables: Vec::new(),
            version: None,
            lacking: false,
            readings: HashMap::new(),
            bases: HashMap::new(),
            ports_left: MOST_PORTS,
            grown: 0,
            loads: 0,
            scopes: 0,
        }
    }

    /// Loads the files of a project or of an include, in order, and merges them.
    pub(super) fn project(
        &mut self,
        files: &[(String, Option<Span>)],
        scope: &Scope<'_, '_>,
    ) -> Option<Node> {
        let mut project: Option<Node> = None;
        for (path, asked) in files {
            let Some((source, documents)) = self.read(path, *asked) else { continue };
            for document in documents.iter() {
                project = self.document(project, document, source, path, scope);
            }
        }
        let mut project = project?;
        normalize::defaults(&mut project);
        paths::resolve(&mut project, &scope.directory, self.world);
        Some(project)
    }

    /// Lays one document over the project so far.
    fn document(
        &mut self,
        project: Option<Node>,
        document: &Document,
        source: SourceId,
        path: &str,
        scope: &Scope<'_, '_>,
    ) -> Option<Node> {
        let mut tree = self.tree(document, source)?;
        self.interpolate(&mut tree, scope);
        self.extend(&mut tree, path, &document.resets, scope);
        let mut merged = match project {
            Some(mut project) => {
                reset::apply(&mut project, &document.resets);
                self.include(&mut tree, path, scope);
                tree.came(&Via { kind: ViaKind::Override, span: None });
                merge(project, tree, &Path::ROOT, &mut self.complaints)
            }
            None => {
                self.include(&mut tree, path, scope);
                tree
            }
        };
        unique::enforce(&mut merged, &Path::ROOT);
        self.check(&merged);
        self.take_version(&mut merged);
        self.canonise(&mut merged);
        Some(merged)
    }

    /// A copy of a document's root that is certainly a mapping.
    pub(super) fn tree(&mut self, document: &Document, source: SourceId) -> Option<Node> {
        match &document.root {
            Some(root) if root.as_map().is_some() => Some(root.clone()),
            other => {
                let at = other.as_ref().map_or(Span::whole(source), |root| root.at);
                self.invalid(
                    "not-a-mapping",
                    at,
                    "a compose file must be a mapping at the top",
                    "begin with `services:`",
                );
                None
            }
        }
    }

    pub(super) fn interpolate(&mut self, tree: &mut Node, scope: &Scope<'_, '_>) {
        variables::interpolate(tree, &Path::ROOT, scope.environment, &mut self.grown, &mut self.complaints);
    }

    pub(super) fn canonise(&mut self, tree: &mut Node) {
        Canonical { complaints: &mut self.complaints, ports_left: &mut self.ports_left }.project(tree);
        unique::enforce(tree, &Path::ROOT);
    }

    fn check(&mut self, tree: &Node) {
        let verdict = schema::check(tree);
        self.complaints.extend(verdict.complaints);
        for unknown in verdict.unknown_keys {
            if !self.unknown_keys.iter().any(|known| known.at == unknown.at && known.path == unknown.path) {
                self.unknown_keys.push(unknown);
            }
        }
    }

    fn take_version(&mut self, tree: &mut Node) {
        let Some(entry) = tree.as_map_mut().and_then(|map| map.take("version")) else { return };
        let text: Arc<str> = match &entry.value.value {
            Value::Text(text) => text.text.clone(),
            Value::Float(text) => text.clone(),
            Value::Int(number) => number.to_string().into(),
            _ => "".into(),
        };
        self.version.get_or_insert((text, entry.value.at));
    }

    /// The documents of a compose file; read once, whoever asks. `asked` is what names the file.
    pub(super) fn read(&mut self, path: &str, asked: Option<Span>) -> Option<Read> {
        let path = if path == "-" { "-".to_owned() } else { in_world(self.world, path) };
        if let Some(known) = self.readings.get(&path) {
            return known.clone();
        }
        self.loads += 1;
        let id = if self.loads > MOST_LOADS {
            let asked = asked.unwrap_or_else(|| self.anywhere());
            self.complaints.push(Complaint {
                kind: ComplaintKind::Skipped,
                code: "too-many-files",
                at: asked,
                message: format!("the project refers to more than {MOST_LOADS} files; {path} was not read"),
                cure: None,
            });
            None
        } else if path == "-" {
            self.sources.find("<stdin>").map(|source| source.id)
        } else {
            match self.world.read(&path) {
                Ok(bytes) => Some(self.sources.add(&path, SourceKind::Compose, &bytes)),
                Err(error) => {
                    let asked = asked.unwrap_or_else(|| self.anywhere());
                    self.missing(
                        "file-not-found",
                        asked,
                        format!("{path} cannot be read: {}", cause(&error)),
                        "add the file, or correct the path",
                    );
                    None
                }
            }
        };
        let result = id.map(|id| {
            let reading = yaml::read(self.sources.get(id));
            self.files.push(id);
            self.comments.extend(reading.comments);
            if reading.documents.is_empty() && reading.complaints.is_empty() {
                self.invalid("empty-file", Span::whole(id), "the compose file is empty", "add `services:`");
            }
            self.complaints.extend(reading.complaints);
            (id, Rc::new(reading.documents))
        });
        self.readings.insert(path, result.clone());
        result
    }

    /// Reads env files for interpolation: later files win over earlier ones, and the environment over all.
    pub(super) fn env_files(&mut self, files: &[(String, Option<Span>)], environment: &mut Environment<'_>) {
        let mut set: BTreeMap<Arc<str>, Found> = BTreeMap::new();
        for (path, asked) in files {
            let path = in_world(self.world, path);
            let bytes = match self.world.read(&path) {
                Ok(bytes) => bytes,
                Err(error) => {
                    let asked_at = asked.unwrap_or_else(|| self.anywhere());
                    self.missing(
                        "env-file-not-found",
                        asked_at,
                        format!("the env file {path} cannot be read: {}", cause(&error)),
                        "add the file, or correct the path",
                    );
                    continue;
                }
            };
            let id = self.sources.add(&path, SourceKind::EnvFile, &bytes);
            self.env_files.push(id);
            let outside = |name: &str| environment.find(name).or_else(|| set.get(name).cloned());
            let (assignments, refusal) = dotenv::read(self.sources.get(id), &outside);
            for assignment in assignments {
                let Some(value) = assignment.value else { continue };
                if assignment.name.is_empty() {
                    self.invalid(
                        "env-file-syntax",
                        assignment.at,
                        "a value stands without a name",
                        "put `NAME=` before it",
                    );
                    continue;
                }
                let value = Sensitive::new(value.text);
                self.variables.push(Variable {
                    name: assignment.name.clone(),
                    value: value.clone(),
                    at: assignment.at,
                });
                set.insert(assignment.name, Found { value, at: Some(assignment.at) });
            }
            if let Some(refusal) = refusal {
                self.invalid(
                    "env-file-syntax",
                    refusal.at,
                    &refusal.message,
                    "correct the line; Compose refuses the file",
                );
            }
        }
        environment.add(set);
    }

    /// The default env file of a directory, when there is one.
    pub(super) fn default_env_file(&self, directory: &str) -> Option<String> {
        let path = super::files::join(directory, ".env");
        is_file(self.world, &path).then_some(path)
    }

    /// Some place, for what no file says.
    pub(super) fn anywhere(&mut self) -> Span {
        let first = self.sources.iter().next().map(|source| source.id);
        Span::whole(first.unwrap_or_else(|| self.sources.add_text("compose.yaml", SourceKind::Compose, "")))
    }

    pub(super) fn invalid(&mut self, code: &'static str, at: Span, message: &str, cure: &str) {
        self.complaints.push(Complaint {
            kind: ComplaintKind::Invalid,
            code,
            at,
            message: message.to_owned(),
            cure: Some(cure.to_owned()),
        });
    }

    pub(super) fn missing(&mut self, code: &'static str, at: Span, message: String, cure: &str) {
        self.lacking = true;
        self.complaints.push(Complaint {
            kind: ComplaintKind::Missing,
            code,
            at,
            message,
            cure: Some(cure.to_owned()),
        });
    }
}

/// The reason of an I/O error in our words; those of the system depend on the platform.
pub(super) fn cause(error: &std::io::Error) -> &'static str {
    match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file",
        std::io::ErrorKind::PermissionDenied => "access is denied",
        std::io::ErrorKind::IsADirectory => "it is a directory",
        std::io::ErrorKind::InvalidData => "it is too large or no regular file",
        _ => "the system refuses",
    }
}

/// The services of a project.
pub(super) fn services(project: &mut Node) -> Option<&mut Map> {
    project.as_map_mut()?.get_mut("services")?.as_map_mut()
}

/// What `!reset` takes out of an extended service.
pub(super) type Resets = [Reset];
