//! The Dockerfile lens: from the text to a recipe with one image per stage.
//!
//! Two layers: [`parse`] gives the lossless syntax tree, [`read`] gives it a meaning. The rules are those of
//! BuildKit's Dockerfile frontend; what it refuses becomes a complaint and the rest of the file is still read.
//! Deliberately absent: judgement, and the build context (see [`crate::context`]).

mod accounts;
mod check;
mod comments;
mod copy;
mod descriptions;
pub mod edit;
mod inherit;
mod lex;
mod pattern;
mod ports;
mod references;
mod run;
mod scope;
mod scripts;
mod sightings;
mod stages;
mod steps;
mod syntax;

use std::collections::BTreeMap;

use plimsoll_posture::{Complaint, Recipe};
use plimsoll_text::{SourceId, Sources};

pub use scripts::{RunScript, scripts};
pub use syntax::{
    Arguments, Definition, Directive, Document, Fault, Flag, Heredoc, Instruction, Keyword, Node, NodeKind,
    Pair, Word,
};

use crate::pragma::Comment;

/// What is given to a build from outside.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// `--build-arg` and `build.args`: name and value.
    pub args: BTreeMap<String, String>,
    /// Names of `--build-context` and `build.additional_contexts`: `COPY --from` and `FROM` may use them.
    pub contexts: Vec<String>,
}

/// Everything that a Dockerfile says.
#[derive(Debug, Clone)]
pub struct Reading {
    /// How the image is built. The last stage is the target until somebody aims it elsewhere.
    pub recipe: Recipe,
    /// What is wrong or doubtful.
    pub complaints: Vec<Complaint>,
    /// Every comment.
    pub comments: Vec<Comment>,
    /// The syntax tree, for edits.
    pub document: Document,
}

/// Parses the text without giving it a meaning. Lossless: the ranges of the nodes add up to the text.
#[must_use]
pub fn parse(text: &str) -> Document {
    syntax::parse(text.into())
}

/// Reads a document of the arena.
#[must_use]
pub fn read(sources: &Sources, id: SourceId, options: &Options) -> Reading {
    let source = sources.get(id);
    let document = syntax::parse(source.text.clone());
    let (recipe, complaints) = stages::read(source, &document, options);
    let comments = comments::collect(&document, id);
    Reading { recipe, complaints, comments, document }
}
