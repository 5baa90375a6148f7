//! What is remarkable in a shell script beyond its commands: places where the shell does something else than the
//! writer may think, and what a linter said of it.
//!
//! Deliberately absent: whether any of it is bad (see the controls), and the commands (see `command`).

use std::sync::Arc;

use plimsoll_text::Span;

/// What a script says about itself as a whole, and its slips.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ScriptTraits {
    /// Whether it switches to `set -e` anywhere.
    pub stops_on_error: bool,
    /// In the order of the walk: a place inside of another comes after it.
    pub slips: Vec<ShellSlip>,
}

/// A place of a script where the shell does something else than the writer may think.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShellSlip {
    /// What it is.
    pub kind: SlipKind,
    /// The expansion, word or command.
    pub at: Span,
}

/// The kinds of slips.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SlipKind {
    /// A variable outside quotes, the value of which may hold spaces or pattern characters: it is split and matched
    /// against file names.
    SplitVariable(Arc<str>),
    /// The same for the output of a command.
    SplitOutput,
    /// Backticks around a command.
    Backticks,
    /// `cd`, `pushd` or `popd` the failure of which nothing looks at, with commands after it.
    UncheckedDirectory,
    /// `export NAME=$(command)`: the status of the command is that of `export`.
    MaskedStatus(Arc<str>),
    /// `echo` of a text with `\n` or another escape, without `-e`.
    EchoedEscape,
    /// An argument that starts with `*` or `?`: a file name that starts with `-` becomes an option.
    GlobAsOption,
    /// A recursive `rm` of what is this path when the expansions in it are empty.
    EmptiedRemoval(Arc<str>),
    /// A pipeline of which only the last command's failure is seen, although the status of the whole decides. The
    /// script has not switched to `pipefail` before it.
    UncheckedPipe,
}

/// What a linter said of a script.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LinterRemark {
    /// What it is about.
    pub at: Span,
    /// The linter's own id: `SC2034`.
    pub code: Arc<str>,
    /// How bad the linter finds it.
    pub level: LinterLevel,
    /// Its words.
    pub message: Arc<str>,
    /// Index of the stage.
    pub stage: usize,
}

/// How bad a linter finds something, mildest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LinterLevel {
    /// Taste.
    Style,
    /// A note.
    Info,
    /// Probably a mistake.
    Warning,
    /// A mistake.
    Error,
}

impl LinterLevel {
    /// Lower-case name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Style => "style",
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}
