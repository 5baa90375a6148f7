//! The compose lens: from files to one merged model, and from the model to claims.

mod canonical;
pub mod cast;
pub mod claims;
mod consistency;
mod dotenv;
pub mod edit;
mod envfile;
mod environment;
mod extends;
mod files;
mod include;
mod interpolate;
mod keys;
mod loader;
mod merge;
mod normalize;
mod path;
mod paths;
mod reset;
mod scalar;
mod schema;
pub mod tree;
mod unique;
mod variables;
mod words;
pub(crate) mod yaml;

use std::sync::Arc;

use plimsoll_posture::{Complaint, ComplaintKind, Sensitive, UnknownKey};
use plimsoll_text::{SourceId, Sources, Span};

use crate::{World, pragma};
use environment::Environment;
pub use files::find;
use loader::{Loader, Scope};
pub use normalize::plain_text;
pub use tree::{Entry, Map, Node, Text, Value};

/// Reads the first document of any YAML (or JSON) text, without what Compose makes of it: for configurations of other
/// tools.
#[must_use]
pub fn document(source: &plimsoll_text::Source) -> (Option<Node>, Vec<Complaint>) {
    let reading = yaml::read(source);
    (reading.documents.into_iter().find_map(|document| document.root), reading.complaints)
}

/// The files that make up one compose project.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProjectFiles {
    /// Compose files in the order of `-f`, relative to the root; `-` for standard input.
    pub files: Vec<String>,
    /// The project directory, relative to the root.
    pub directory: String,
    /// Files of `--env-file`; when empty, `.env` in the project directory, if there is one.
    pub env_files: Vec<String>,
    /// Active profiles. The model holds all services regardless.
    pub profiles: Vec<String>,
    /// `--project-name`.
    pub name: Option<String>,
    /// A file that is laid over the others where it is there; what is read goes by the name of the others.
    pub overlay: Option<String>,
}

/// A variable that an env file of the project sets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: Arc<str>,
    /// Its value.
    pub value: Sensitive,
    /// The bytes of the value in the env file, without quotes.
    pub at: Span,
}

/// A loaded project.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The merged, canonical project, see [`tree`]: `name`, `services`, `networks`, `volumes`, `secrets`, `configs`, `x-…`.
    pub model: Node,
    /// The project directory, relative to the root.
    pub directory: String,
    /// What is wrong.
    pub complaints: Vec<Complaint>,
    /// Comments of all compose files.
    pub comments: Vec<pragma::Comment>,
    /// Compose files that were read, included and extended ones too.
    pub files: Vec<SourceId>,
    /// Those of them that came by `include`.
    pub included: Vec<SourceId>,
    /// Env files of the project that were read: `.env`, `--env-file`, those of `include`. Not those of `env_file:`.
    pub env_files: Vec<SourceId>,
    /// Variables set by those env files.
    pub variables: Vec<Variable>,
    /// Keys the specification does not know.
    pub unknown_keys: Vec<UnknownKey>,
    /// The obsolete top-level `version` and its place.
    pub version: Option<(Arc<str>, Span)>,
    /// Whether Compose would refuse the project; complaints of the kinds Invalid and Missing say why.
    pub refused: bool,
}

/// Loads a project. The text of standard input must be in `sources` under the name `<stdin>` before.
pub fn load(world: &dyn World, sources: &mut Sources, project: &ProjectFiles) -> Loaded {
    let directory = crate::world::clean(&project.directory);
    let mut loader = Loader::new(world, sources);
    let laid_over = project.overlay.iter().filter(|path| files::is_file(loader.world, path));
    let files: Vec<(String, Option<Span>)> =
        project.files.iter().chain(laid_over).map(|path| (path.clone(), None)).collect();
    // The files first: they get the first numbers, and what is missing can be reported at one of them.
    for (path, asked) in &files {
        loader.read(path, *asked);
    }
    let mut environment = Environment::new(world);
    let env_files = match project.env_files.as_slice() {
        [] => loader.default_env_file(&directory).into_iter().map(|path| (path, None)).collect(),
        given => given.iter().map(|path| (path.clone(), None)).collect::<Vec<_>>(),
    };
    loader.env_files(&env_files, &mut environment);
    let (name, name_at) = loader.name(project, &files, &directory, &environment);
    environment.name_project(&name);

    let scope =
        Scope { directory: directory.clone(), environment: &environment, number: 0, included: Vec::new() };
    let model = loader.project(&files, &scope);
    let mut model = model.unwrap_or_else(|| Node::new(Value::Map(Map::default()), loader.anywhere()));
    let name_at = name_at.unwrap_or(model.at);
    normalize::project(&mut model, &name, name_at, &environment, &mut loader.complaints);
    loader.service_files(&mut model, &environment);
    consistency::check(&model, &mut loader.complaints);
    loader.finish(model, directory)
}

/// The variables that a directory's own env files set, for finding the project.
fn variables_of<'w>(world: &'w dyn World, directory: &str, env_files: &[String]) -> Environment<'w> {
    let mut sources = Sources::new();
    let mut loader = Loader::new(world, &mut sources);
    let files: Vec<(String, Option<Span>)> = match env_files {
        [] => loader.default_env_file(directory).into_iter().map(|path| (path, None)).collect(),
        given => given.iter().map(|path| (path.clone(), None)).collect(),
    };
    let mut environment = Environment::new(world);
    loader.env_files(&files, &mut environment);
    environment
}

impl Loader<'_> {
    /// The project's name and where it is written: `--project-name`, `COMPOSE_PROJECT_NAME`, the last `name:` of the files,
    /// the directory.
    fn name(
        &mut self,
        project: &ProjectFiles,
        files: &[(String, Option<Span>)],
        directory: &str,
        environment: &Environment<'_>,
    ) -> (String, Option<Span>) {
        let given = project.name.clone().or_else(|| {
            let found = environment.find("COMPOSE_PROJECT_NAME")?;
            Some(found.value.expose().to_owned()).filter(|name| !name.is_empty())
        });
        if let Some(name) = given {
            return (name, None);
        }
        let mut written = None;
        for (path, asked) in files {
            let Some((_, documents)) = self.read(path, *asked) else { continue };
            for document in documents.iter() {
                let name = document.root.as_ref().and_then(|root| root.get("name"));
                if let Some(name) = name.filter(|name| name.text() != Some("")) {
                    written = Some(name.clone());
                }
            }
        }
        if let Some(node) = written
            && let Some(template) = node.as_text()
        {
            let text = interpolate::substitute(template, node.at, &|name| environment.find(name)).text;
            let name = normalize::project_name(&text.text);
            if name.is_empty() {
                self.invalid(
                    "project-name",
                    node.at,
                    "the name of the project is empty",
                    "use lower case letters, digits, `-` and `_`",
                );
            }
            return (name, Some(node.at));
        }
        let base = match directory {
            "." => self.world.root_name(),
            other => other.rsplit('/').next().unwrap_or("").to_owned(),
        };
        (normalize::project_name(&base), None)
    }

    /// Sorts what was said, and once only.
    fn finish(mut self, mut model: Node, directory: String) -> Loaded {
        self.bound_services(&mut model);
        let mut complaints: Vec<Complaint> = Vec::new();
        let mut said = std::collections::HashSet::new();
        for complaint in self.complaints {
            if said.insert((complaint.code, complaint.at, complaint.message.clone())) {
                complaints.push(complaint);
            }
        }
        complaints.sort_by_key(|complaint| complaint.at);
        let refused =
            self.lacking || complaints.iter().any(|complaint| complaint.kind == ComplaintKind::Invalid);
        Loaded {
            model,
            directory,
            complaints,
            comments: self.comments,
            files: self.files,
            included: self.included,
            env_files: self.env_files,
            variables: self.variables,
            unknown_keys: self.unknown_keys,
            version: self.version,
            refused,
        }
    }

    /// What is judged compares services with each other: a project made to be large must not take hours.
    fn bound_services(&mut self, model: &mut Node) {
        let services = match &mut model.value {
            Value::Map(map) => map.entries.iter_mut().find(|entry| &*entry.key == "services"),
            _ => None,
        };
        let Some(Value::Map(services)) = services.map(|entry| &mut entry.value.value) else { return };
        let Some(first) = services.entries.get(MAX_SERVICES) else { return };
        self.complaints.push(Complaint {
            kind: ComplaintKind::Skipped,
            code: "too-many-services",
            at: first.key_at,
            message: format!("the project has {} services; {MAX_SERVICES} were read", services.entries.len()),
            cure: Some("split the project".to_owned()),
        });
        services.entries.truncate(MAX_SERVICES);
    }
}

/// The most services of one project that are read; the largest projects that people run have some two hundred.
const MAX_SERVICES: usize = 2_000;
