//! What a command of npm, yarn, pnpm or bun does to a project's dependencies.
//!
//! Sources: the command references of npm 11 (`npm help install`, `ci`, `prune`), yarn 1 and 4, pnpm 10, bun 1.

use plimsoll_posture::{ShellCommand, ShellWord};

/// A package manager for Node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manager {
    Npm,
    Yarn,
    Pnpm,
    Bun,
}

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    /// Installs what the lockfile says, and fails where it does not fit: `npm ci`, `--frozen-lockfile`, `--immutable`.
    Frozen,
    /// Installs what package.json allows today: `npm install`.
    Loose,
    /// Adds named packages to the project or to the system.
    Add,
    /// Removes development dependencies.
    Prune,
}

/// One command that touches `node_modules`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Install<'a> {
    pub(crate) manager: Manager,
    pub(crate) action: Action,
    /// Development dependencies are left out by the command's own options.
    pub(crate) omits_dev: bool,
    /// System-wide (`-g`).
    pub(crate) global: bool,
    /// The words that name packages, for [`Action::Add`].
    pub(crate) command: &'a ShellCommand,
}

impl Manager {
    fn of(program: &str) -> Option<Self> {
        match program {
            "npm" => Some(Self::Npm),
            "yarn" | "yarnpkg" => Some(Self::Yarn),
            "pnpm" => Some(Self::Pnpm),
            "bun" => Some(Self::Bun),
            _ => None,
        }
    }

    /// The command that installs exactly the lockfile, without development dependencies.
    pub(crate) fn production_install(self) -> &'static str {
        match self {
            Self::Npm => "npm ci --omit=dev",
            Self::Yarn => "yarn install --frozen-lockfile --production",
            Self::Pnpm => "pnpm install --frozen-lockfile --prod",
            Self::Bun => "bun install --frozen-lockfile --production",
        }
    }

    /// The command that installs exactly the lockfile.
    pub(crate) fn frozen_install(self) -> &'static str {
        match self {
            Self::Npm => "npm ci",
            Self::Yarn => "yarn install --frozen-lockfile",
            Self::Pnpm => "pnpm install --frozen-lockfile",
            Self::Bun => "bun install --frozen-lockfile",
        }
    }
}

/// Words that are values of the option before them.
const VALUE_OPTIONS: &[&str] = &[
    "--prefix",
    "-C",
    "--cwd",
    "--dir",
    "--registry",
    "--cache",
    "--cache-folder",
    "--loglevel",
    "--omit",
    "--only",
    "--include",
    "--workspace",
    "-w",
    "--filter",
    "-F",
    "--network-timeout",
    "--modules-folder",
    "--location",
    "--network-concurrency",
    "--mutex",
    "--reporter",
    "--fetch-timeout",
    "--fetch-retries",
    "--userconfig",
];

/// The words of a command that are neither options nor their values, after the program.
pub(crate) fn operands(command: &ShellCommand) -> Vec<&ShellWord> {
    let mut operands = Vec::new();
    let mut skip = false;
    for word in command.arguments() {
        if std::mem::take(&mut skip) {
            continue;
        }
        if word.text.starts_with('-') {
            skip = VALUE_OPTIONS.contains(&&*word.text);
        } else {
            operands.push(word);
        }
    }
    operands
}

/// Reads a command; `None` for anything that leaves `node_modules` alone.
pub(crate) fn read(command: &ShellCommand) -> Option<Install<'_>> {
    let manager = Manager::of(command.effective_program()?)?;
    let words = operands(command);
    let verb = words.first().map_or("", |word| &*word.text);
    let named = words.len() > 1;
    let global = command.has_argument(&["-g", "--global", "--location=global"]) || verb == "global";
    let frozen = command.has_argument(&["--frozen-lockfile", "--immutable", "--frozen-lockfile=true"]);
    let action = match (manager, verb) {
        (Manager::Npm, "ci" | "clean-install" | "ic" | "install-clean" | "isntall-clean") => Action::Frozen,
        (Manager::Npm, "install" | "i" | "in" | "ins" | "inst" | "isntall" | "add") if named || global => {
            Action::Add
        }
        (Manager::Npm, "install" | "i" | "in" | "ins" | "inst" | "isntall") => Action::Loose,
        (Manager::Npm | Manager::Pnpm, "prune") => Action::Prune,
        (Manager::Yarn | Manager::Pnpm | Manager::Bun, "add") => Action::Add,
        (Manager::Yarn, "global") if words.get(1).is_some_and(|word| &*word.text == "add") => Action::Add,
        (Manager::Pnpm | Manager::Bun, "install" | "i") if named || global => Action::Add,
        (Manager::Yarn, "workspaces") if words.get(1).is_some_and(|word| &*word.text == "focus") => {
            Action::Frozen
        }
        // yarn refuses names here: they belong after `add`.
        (Manager::Yarn, "install") if named => return None,
        (Manager::Yarn, "" | "install") if command.has_argument(&["--version", "-v", "--help"]) => {
            return None;
        }
        (Manager::Yarn, "" | "install") | (Manager::Pnpm | Manager::Bun, "install" | "i") => {
            if frozen {
                Action::Frozen
            } else {
                Action::Loose
            }
        }
        (Manager::Pnpm, "fetch" | "deploy") => Action::Frozen,
        _ => return None,
    };
    Some(Install { manager, action, omits_dev: omits_dev(manager, command), global, command })
}

fn omits_dev(manager: Manager, command: &ShellCommand) -> bool {
    let mut words = command.arguments().iter().map(|word| &*word.text);
    while let Some(word) = words.next() {
        let omits = match word {
            "--production" | "--production=true" | "--prod" | "--omit=dev" | "--only=prod"
            | "--only=production" => true,
            "-P" => manager == Manager::Pnpm,
            "--omit" | "--only" => {
                words.next().is_some_and(|value| matches!(value, "dev" | "prod" | "production"))
            }
            _ => false,
        };
        if omits {
            return true;
        }
    }
    false
}
