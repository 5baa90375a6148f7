//! Steps that install a Node application's dependencies, and which files of the context are there by then.
//!
//! Deliberately absent: installs in a folder of their own (`--prefix`, `cd client`): which manifest they mean is not
//! known.

use plimsoll_posture::{CopyFrom, CopySourceKind, Recipe, Run, ShellCommand, Stage, Step, StepKind};

use crate::node_package_manager::{self, Action, Install, Manager};
use crate::stage_steps;

/// One install of all dependencies.
pub(crate) struct Site<'a> {
    pub(crate) step: &'a Step,
    pub(crate) run: &'a Run,
    pub(crate) install: Install<'a>,
}

/// The installs of a stage's own steps that mean the application at the top of the context.
pub(crate) fn sites(stage: &Stage) -> Vec<Site<'_>> {
    let mut found = Vec::new();
    for (step, run) in stage.runs().filter(|(step, _)| !step.on_build) {
        let mut moved = false;
        for command in &run.commands {
            moved |= matches!(command.program(), Some("cd" | "pushd"));
            let Some(install) = node_package_manager::read(command) else { continue };
            let whole = matches!(install.action, Action::Loose | Action::Frozen) && !install.global;
            if whole && !moved && !elsewhere(command) {
                found.push(Site { step, run, install });
            }
        }
    }
    found
}

fn elsewhere(command: &ShellCommand) -> bool {
    const FOLDER: &[&str] = &["--prefix", "-C", "--cwd", "--dir", "--filter", "-F", "--workspace", "-w"];
    command.arguments().iter().any(|word| {
        let option = word.text.split('=').next().unwrap_or("");
        FOLDER.contains(&option) || matches!(option, "fetch" | "deploy" | "focus")
    })
}

/// Whether a file at the top of the context is there when a step runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Arrival {
    /// A step before it, or a mount of its own, brings it.
    There,
    /// Nothing brings it.
    Missing,
    /// Another stage or image may bring it.
    Open,
}

/// Whether the file of that name is there when the install runs.
pub(crate) fn arrival(recipe: &Recipe, stage: &Stage, site: &Site<'_>, name: &str) -> Arrival {
    let mounted = site.run.mounts.iter().any(|mount| {
        let source = mount.source.as_deref().unwrap_or(".");
        &*mount.kind == "bind" && (takes(source, name) || mount.from.is_some())
    });
    if mounted {
        return Arrival::There;
    }
    let mut open = false;
    for (_, step) in stage_steps::lineage(recipe, stage) {
        if step.at == site.step.at {
            break;
        }
        match &step.kind {
            StepKind::Copy(copy) => match copy.from {
                CopyFrom::Context => {
                    for source in &copy.sources {
                        match source.path.value() {
                            Some(path) if source.kind == CopySourceKind::Path => {
                                if takes(path, name) {
                                    return Arrival::There;
                                }
                            }
                            _ => open = true,
                        }
                    }
                }
                _ => open = true,
            },
            // A clone or a download may bring a whole application.
            StepKind::Run(run) => {
                open |= run.commands.iter().any(|command| {
                    matches!(command.effective_program(), Some("git" | "curl" | "wget" | "tar" | "unzip"))
                });
            }
            _ => {}
        }
    }
    if open { Arrival::Open } else { Arrival::Missing }
}

/// Whether a source of a copy takes a file at the top of the context.
pub(crate) fn takes(source: &str, name: &str) -> bool {
    let source = source.trim_start_matches("./").trim_start_matches('/').trim_end_matches('/');
    matches!(source, "" | ".") || matches(source.as_bytes(), name.as_bytes())
}

/// Shell wildcards within one name; a bracket matches anything, which errs on the side of silence.
fn matches(pattern: &[u8], name: &[u8]) -> bool {
    // The place after the last `*`, and how much of the name it has taken.
    let (mut p, mut n) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while n < name.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, n));
                p += 1;
            }
            Some(b'[') => return true,
            Some(b'?') => (p, n) = (p + 1, n + 1),
            Some(byte) if *byte == name[n] => (p, n) = (p + 1, n + 1),
            _ => match star {
                Some((at, taken)) => {
                    star = Some((at, taken + 1));
                    (p, n) = (at + 1, taken + 1);
                }
                None => return false,
            },
        }
    }
    pattern.get(p..).unwrap_or(&[]).iter().all(|byte| *byte == b'*')
}

/// The lockfiles that a package manager reads.
pub(crate) fn lockfiles(manager: Manager) -> &'static [&'static str] {
    match manager {
        Manager::Npm => &["package-lock.json", "npm-shrinkwrap.json"],
        Manager::Yarn => &["yarn.lock"],
        Manager::Pnpm => &["pnpm-lock.yaml"],
        Manager::Bun => &["bun.lock", "bun.lockb"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_takes_what_its_pattern_names() {
        for source in [
            "package-lock.json",
            "./package-lock.json",
            "package*.json",
            "*.json",
            ".",
            "./",
            "*",
            "package-lock.json*",
        ] {
            assert!(takes(source, "package-lock.json"), "{source}");
        }
        for source in ["package.json", "src", "api/package-lock.json", "*.js", "yarn.lock*"] {
            assert!(!takes(source, "package-lock.json"), "{source}");
        }
    }
}
