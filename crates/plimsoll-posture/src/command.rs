//! Commands of a shell script, as far as rules need them.

use std::sync::Arc;

use plimsoll_text::Span;

/// One simple command: `NAME=1 apt-get install -y curl 2>&1`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShellCommand {
    /// From the first to the last byte of the command, assignments and redirections included.
    pub at: Span,
    /// The words; the first is the program. Empty for a bare assignment.
    pub words: Vec<ShellWord>,
    /// Assignments before the program.
    pub assignments: Vec<(Arc<str>, ShellWord)>,
    /// Redirections.
    pub redirects: Vec<Redirect>,
    /// Commands of one pipeline share a number.
    pub pipeline: u32,
    /// Position in its pipeline, from 0: a command with position above 0 reads the one before it.
    pub position: u32,
    /// How many commands the pipeline has.
    pub pipeline_length: u32,
    /// How it is joined to the command before it in its list.
    pub joined: Joined,
    /// Inside `$(…)`, backticks or `<(…)` of another command.
    pub substituted: bool,
    /// For a substituted command: index (in the same list of commands) of the command whose word it is part of.
    pub parent: Option<usize>,
    /// Depth of `( … )`, `{ … }`, `if`, `for` …; 0 at the top.
    pub depth: u32,
}

/// How a command follows the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Joined {
    /// First of its list, or after `;` or a line end.
    Sequence,
    /// `&&`.
    And,
    /// `||`.
    Or,
    /// `|` or `|&`.
    Pipe,
    /// `&`.
    Background,
}

/// One word after quote removal. Expansions stay as they are written: `$HOME/x`, `$(id -u)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShellWord {
    /// The text.
    pub text: Arc<str>,
    /// Its bytes, quotes included.
    pub at: Span,
    /// Whether it holds no expansion, so that `text` is the value.
    pub literal: bool,
    /// Whether any part of it is quoted.
    pub quoted: bool,
}

/// A redirection with a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redirect {
    /// `>`, `>>`, `<`, `<<`, `<<<`, `>&`, `&>` …
    pub operator: Arc<str>,
    /// File or descriptor.
    pub target: ShellWord,
}

impl ShellCommand {
    /// The program without directories: `apt-get` of `/usr/bin/apt-get install`. Wrappers (`sudo`, `env`, `exec`,
    /// `command`, `nice`, `time`) are not skipped: see [`ShellCommand::effective_words`].
    #[must_use]
    pub fn program(&self) -> Option<&str> {
        self.words.first().map(|word| program_name(&word.text))
    }

    /// The words from the program that really runs on: without `sudo -E`, `env A=1`, `exec`, `command`, `nice -n 5`,
    /// `time`.
    #[must_use]
    pub fn effective_words(&self) -> &[ShellWord] {
        let mut words = &self.words[..];
        while let [first, rest @ ..] = words {
            let name = program_name(&first.text);
            let takes_value: &[&str] = match name {
                "sudo" => &["-u", "-g", "-C", "-h", "-p", "-U", "--user", "--group"],
                "nice" => &["-n"],
                "env" => &["-u", "-C", "-S"],
                "exec" => &["-a"],
                "command" | "time" | "nohup" => &[],
                _ => break,
            };
            words = rest;
            while let [option, rest @ ..] = words {
                let text = &*option.text;
                if takes_value.contains(&text) {
                    words = rest.get(1..).unwrap_or(&[]);
                } else if text.starts_with('-') || (name == "env" || name == "sudo") && is_assignment(text) {
                    words = rest;
                } else {
                    break;
                }
            }
        }
        words
    }

    /// The program that really runs: see [`ShellCommand::effective_words`].
    #[must_use]
    pub fn effective_program(&self) -> Option<&str> {
        self.effective_words().first().map(|word| program_name(&word.text))
    }

    /// The arguments of the program that really runs.
    #[must_use]
    pub fn arguments(&self) -> &[ShellWord] {
        self.effective_words().get(1..).unwrap_or(&[])
    }

    /// Whether an argument is exactly one of these.
    #[must_use]
    pub fn has_argument(&self, any: &[&str]) -> bool {
        self.arguments().iter().any(|word| any.contains(&&*word.text))
    }

    /// Whether a short option letter is given, alone or in a cluster: `k` in `-fsSLk`.
    #[must_use]
    pub fn has_short(&self, letter: char) -> bool {
        self.arguments().iter().any(|word| {
            let text = &*word.text;
            text.starts_with('-') && !text.starts_with("--") && text.contains(letter)
        })
    }

    /// The first argument that is not an option: `install` of `apt-get -y install curl`.
    #[must_use]
    pub fn subcommand(&self) -> Option<&ShellWord> {
        self.arguments().iter().find(|word| !word.text.starts_with('-'))
    }
}

/// The name of a program without its directories: `node` of `/usr/local/bin/node`. Asked of every command by every control; for a word of a few bytes a plain loop is
/// several times faster than a search made for long texts.
#[must_use]
pub fn program_name(path: &str) -> &str {
    path.bytes().rposition(|byte| byte == b'/').and_then(|at| path.get(at + 1..)).unwrap_or(path)
}

fn is_assignment(text: &str) -> bool {
    text.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    })
}
