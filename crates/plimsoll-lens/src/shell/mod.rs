//! Shell scripts to simple commands: an adapter over the shell parser.
//!
//! The parser's types do not leave this module, so that another parser can take its place.
//! Deliberately absent: execution, expansion of variables, and any judgement about a command.

mod expansions;
mod inner;
mod script;
mod slips;
mod variables;
mod walk;
mod word;

use plimsoll_posture::{ScriptTraits, ShellCommand};
use shuck_parser::parser::{ParseResult, Parser};
use shuck_parser::{ShellDialect, ShellProfile};

pub use script::{OffsetMap, Script};
pub use slips::Around;
pub use variables::Declared;

/// How a script is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// `sh`, `ash`, `dash`, `ksh`.
    Posix,
    /// `bash`.
    Bash,
    /// `zsh`.
    Zsh,
    /// A shell or interpreter that is not read: PowerShell, cmd, Python.
    Other,
}

impl Dialect {
    /// The dialect of an interpreter by its path or name; `.exe` does not count.
    #[must_use]
    pub fn of(program: &str) -> Self {
        let name = program.rsplit(['/', '\\']).next().unwrap_or(program).to_ascii_lowercase();
        match name.strip_suffix(".exe").unwrap_or(&name) {
            "sh" | "ash" | "dash" | "ksh" | "mksh" | "busybox" => Self::Posix,
            "bash" => Self::Bash,
            "zsh" => Self::Zsh,
            _ => Self::Other,
        }
    }
}

/// Constructs nested deeper than this are not read: the walk recurses.
const MAX_DEPTH: usize = 48;
/// Scripts longer than this are not read.
const MAX_LENGTH: usize = 1 << 20;
/// How many scripts inside of scripts (`sh -c '…'`) are read.
const MAX_LEVEL: usize = 3;

/// The commands of a script in order of appearance, those of substitutions after the command they belong to, and
/// whether the whole script was understood. Of a script with an error, what was understood is kept.
///
/// `sh` is often bash, so a script that is no POSIX shell is read once more as bash. A script that a command hands to
/// another shell (`bash -c '…'`) is read too: its commands follow that command.
#[must_use]
pub fn commands(script: Script<'_>, dialect: Dialect) -> (Vec<ShellCommand>, bool) {
    commands_at(script, dialect, 0)
}

fn commands_at(script: Script<'_>, dialect: Dialect, level: usize) -> (Vec<ShellCommand>, bool) {
    if level > MAX_LEVEL {
        return (Vec::new(), false);
    }
    match tree(script, dialect) {
        Some(result) => (walk::commands(script, &result.file, level), result.is_ok()),
        None => (Vec::new(), false),
    }
}

/// What a script says: its commands, whether it was understood, and what is remarkable about it.
#[derive(Debug, Clone, Default)]
pub struct Reading {
    /// See [`commands`].
    pub commands: Vec<ShellCommand>,
    /// Whether the whole script was understood.
    pub understood: bool,
    /// Its slips; none of a script that was not understood.
    pub traits: ScriptTraits,
}

/// The commands of a script, and what is remarkable about it beyond them.
#[must_use]
pub fn read(script: Script<'_>, dialect: Dialect, around: Around<'_>) -> Reading {
    let Some(result) = tree(script, dialect) else { return Reading::default() };
    let understood = result.is_ok();
    let traits =
        if understood { slips::slips(script, &result.file, around) } else { ScriptTraits::default() };
    Reading { commands: walk::commands(script, &result.file, 0), understood, traits }
}

fn tree(script: Script<'_>, dialect: Dialect) -> Option<ParseResult> {
    let first = match dialect {
        Dialect::Posix => ShellDialect::Posix,
        Dialect::Bash => ShellDialect::Bash,
        Dialect::Zsh => ShellDialect::Zsh,
        Dialect::Other => return None,
    };
    if script.text.len() > MAX_LENGTH {
        return None;
    }
    let mut result = parse(script.text, first);
    if !result.is_ok() && first == ShellDialect::Posix {
        let again = parse(script.text, ShellDialect::Bash);
        if again.is_ok() {
            result = again;
        }
    }
    Some(result)
}

/// Which word of a command is a script for a shell: `["bash", "-c", "…"]`.
pub(crate) fn inner_script(words: &[plimsoll_posture::ShellWord]) -> Option<(usize, Dialect)> {
    inner::place(words)
}

fn parse(text: &str, dialect: ShellDialect) -> ParseResult {
    let fuel = text.len().max(20_000);
    Parser::with_limits_and_profile(text, MAX_DEPTH, fuel, ShellProfile::native(dialect)).parse()
}
