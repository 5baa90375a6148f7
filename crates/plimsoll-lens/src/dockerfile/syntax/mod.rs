//! The lossless syntax tree of a Dockerfile, and the parser that never gives up.
//!
//! Every byte of the text belongs to exactly one node. What BuildKit's parser refuses becomes a [`Fault`] of the node
//! it stands in, and reading goes on behind it. Deliberately absent: what instructions mean, variables, stages.

mod heredoc;
mod instruction;
mod json;
mod keyword;
mod lines;
mod words;

use std::ops::Range;
use std::sync::Arc;

pub(super) use heredoc::announced;
pub use keyword::Keyword;

use crate::shell::OffsetMap;

/// A Dockerfile as it is written.
#[derive(Debug, Clone)]
pub struct Document {
    /// The text.
    pub text: Arc<str>,
    /// The escape and continuation character: `\`, or `` ` `` by directive.
    pub escape: char,
    /// What the text consists of, in order and without gaps.
    pub nodes: Vec<Node>,
    /// What is wrong with the document as a whole.
    pub faults: Vec<Fault>,
}

/// A stretch of the text.
#[derive(Debug, Clone)]
pub struct Node {
    /// Its bytes, the line end included.
    pub range: Range<usize>,
    /// What it is.
    pub kind: NodeKind,
}

/// The kinds of nodes.
#[derive(Debug, Clone)]
pub enum NodeKind {
    /// The byte order mark at the beginning.
    Bom,
    /// `# escape=`, `# syntax=` or `# check=` where such a line counts.
    Directive(Directive),
    /// A comment line; the range is that of the comment, from `#` to the end of the line.
    Comment(Range<usize>),
    /// An empty line or one of white space.
    Blank,
    /// An instruction, known or not.
    Instruction(Box<Instruction>),
}

/// A parser directive.
#[derive(Debug, Clone)]
pub struct Directive {
    /// `escape`, `syntax` or `check`.
    pub name: &'static str,
    /// The bytes of the value.
    pub value: Range<usize>,
    /// What is wrong with it.
    pub fault: Option<Fault>,
}

/// An instruction with everything that belongs to it.
#[derive(Debug, Clone)]
pub struct Instruction {
    /// From the keyword to the last byte of the arguments or of the last heredoc's terminator, no line end.
    pub range: Range<usize>,
    /// The keyword.
    pub keyword: Keyword,
    /// Its bytes.
    pub keyword_range: Range<usize>,
    /// The instruction as one line: continuations joined, comment and empty lines between them dropped.
    pub line: String,
    /// From bytes of `line` to bytes of the text.
    pub map: OffsetMap,
    /// Where in `line` the arguments behind keyword and flags are.
    pub body: Range<usize>,
    /// `--name=value` before the arguments.
    pub flags: Vec<Flag>,
    /// The arguments, in the form that the keyword calls for.
    pub arguments: Arguments,
    /// Heredocs in the order of their bodies.
    pub heredocs: Vec<Heredoc>,
    /// Comments on lines of their own inside the instruction.
    pub comments: Vec<Range<usize>>,
    /// What is wrong with it.
    pub faults: Vec<Fault>,
}

/// The arguments of an instruction.
#[derive(Debug, Clone)]
pub enum Arguments {
    /// None at all.
    None,
    /// The text as a whole: shell forms, `USER`, `WORKDIR`, unknown instructions.
    Text(Word),
    /// Words between white space: `FROM`, `EXPOSE`, shell form of `COPY`, `ADD`, `VOLUME`. Quotes are kept.
    Words(Vec<Word>),
    /// A JSON array of strings, escapes resolved.
    Exec(Vec<Word>),
    /// `ENV` and `LABEL`.
    Pairs(Vec<Pair>),
    /// `ARG`.
    Definitions(Vec<Definition>),
    /// `HEALTHCHECK`: `NONE` or `CMD`, and what follows.
    Health {
        /// The type.
        kind: Word,
        /// [`Arguments::Text`], [`Arguments::Exec`] or [`Arguments::None`].
        command: Box<Arguments>,
    },
    /// `ONBUILD`.
    Trigger(Box<Instruction>),
}

/// A word with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// The text; quotes and escapes are kept, except in JSON.
    pub text: String,
    /// Where in the instruction's line.
    pub line: Range<usize>,
    /// Where in the document.
    pub range: Range<usize>,
}

/// `--name` or `--name=value`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flag {
    /// Without the dashes.
    pub name: String,
    /// The value after quote removal.
    pub value: Option<Word>,
    /// The whole flag in the document.
    pub range: Range<usize>,
    /// As BuildKit hands it on: `--name=value` after quote removal.
    pub text: String,
}

/// `key=value`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// The key.
    pub key: Word,
    /// The value, quotes kept.
    pub value: Word,
    /// Written with a space in place of `=` (the legacy form that holds one pair only).
    pub legacy: bool,
}

/// `NAME` or `NAME=default`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    /// The name.
    pub name: Word,
    /// The default, quotes kept.
    pub default: Option<Word>,
    /// The whole definition in the document.
    pub range: Range<usize>,
}

/// `<<NAME` with its body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heredoc {
    /// The delimiter after quote removal.
    pub name: String,
    /// No quotes in the delimiter: variables in the body are expanded.
    pub expand: bool,
    /// `<<-`: leading tabs are dropped.
    pub chomp: bool,
    /// The number before `<<`; 0 when none is written.
    pub descriptor: u32,
    /// The bytes of the body, line ends included.
    pub body: Range<usize>,
    /// The bytes of the terminator line without its line end; `None` when it is missing.
    pub terminator: Option<Range<usize>>,
}

/// Something that BuildKit refuses, or that does not mean what it seems to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Stable name.
    pub code: &'static str,
    /// Its bytes.
    pub range: Range<usize>,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub cure: Option<String>,
    /// Whether a build stops here; `false` for what is only doubtful.
    pub fatal: bool,
}

impl Document {
    /// The instructions in order.
    pub fn instructions(&self) -> impl Iterator<Item = &Instruction> {
        self.nodes.iter().filter_map(|node| match &node.kind {
            NodeKind::Instruction(instruction) => Some(&**instruction),
            _ => None,
        })
    }

    /// The parser directive of that name.
    #[must_use]
    pub fn directive(&self, name: &str) -> Option<&Directive> {
        self.nodes.iter().find_map(|node| match &node.kind {
            NodeKind::Directive(directive) if directive.name == name => Some(directive),
            _ => None,
        })
    }

    /// Every fault with which BuildKit's parser refuses the text, in order.
    pub fn faults(&self) -> impl Iterator<Item = &Fault> {
        let nodes = self.nodes.iter().flat_map(|node| match &node.kind {
            NodeKind::Directive(directive) => directive.fault.iter().collect::<Vec<_>>(),
            NodeKind::Instruction(instruction) => instruction.all_faults(),
            _ => Vec::new(),
        });
        nodes.chain(&self.faults)
    }
}

impl Instruction {
    fn all_faults(&self) -> Vec<&Fault> {
        let mut faults: Vec<&Fault> = self.faults.iter().collect();
        if let Arguments::Trigger(trigger) = &self.arguments {
            faults.extend(trigger.all_faults());
        }
        faults
    }
}

/// Parses a text.
pub(super) fn parse(text: Arc<str>) -> Document {
    lines::parse(text)
}
