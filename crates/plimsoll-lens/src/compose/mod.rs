//! The compose lens: from files to one merged model, and from the model to claims.

pub mod claims;
pub mod tree;

use std::sync::Arc;

use plimsoll_posture::{Complaint, Sensitive, UnknownKey};
use plimsoll_text::{SourceId, Sources, Span};

use crate::{World, pragma};
pub use tree::{Entry, Map, Node, Text, Value};

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

/// The compose project in a directory, by Compose's own rules of discovery.
pub fn find(world: &dyn World, directory: &str) -> Option<ProjectFiles> {
    let _ = (world, directory);
    None
}

/// Loads a project. Text of standard input must be in `sources` under the name `<stdin>` before.
pub fn load(world: &dyn World, sources: &mut Sources, project: &ProjectFiles) -> Loaded {
    let _ = world;
    let at = Span::whole(sources.add_text("", plimsoll_text::SourceKind::Compose, ""));
    Loaded {
        model: Node::new(Value::Map(Map::default()), at),
        directory: project.directory.clone(),
        complaints: Vec::new(),
        comments: Vec::new(),
        files: Vec::new(),
        env_files: Vec::new(),
        variables: Vec::new(),
        unknown_keys: Vec::new(),
        version: None,
        refused: false,
    }
}
