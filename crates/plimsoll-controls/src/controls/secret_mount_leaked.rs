//! A mounted secret that is written into the layer or into the build log.

use plimsoll_posture::{BuildMount, Plane, Posture, Recipe, Redirect, Run, ShellCommand, ShellWord, Stage};

use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "secret-mount-leaked",
    title: "a mounted secret ends up in the image or the build log",
    page: include_str!("secret_mount_leaked.md"),
    severity: Severity::High,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Stage(check),
};

fn check(stage: &Stage, _: &Recipe, _: &Posture, _: &Settings) -> Verdict {
    let mut findings = Vec::new();
    let mut mounted = false;
    for (_, run) in stage.runs() {
        let mut secrets: Vec<Secret<'_>> = run.mounts.iter().filter_map(Secret::of).collect();
        for secret in &mut secrets {
            secret.follow(run);
        }
        mounted |= !secrets.is_empty();
        for secret in &secrets {
            let leak = run
                .commands
                .iter()
                .enumerate()
                .find_map(|(at, command)| Some((command, leak(run, at, command, secret)?)));
            let Some((command, leak)) = leak else { continue };
            let (label, where_to, fix) = match leak {
                Leak::Layer => (
                    "written into the layer",
                    "the image",
                    "read the secret where it is mounted, and write nothing of it outside /tmp of this step",
                ),
                Leak::Log => ("printed into the build log", "the build log", "do not print the secret"),
            };
            findings.push(
                Finding::place(
                    stage.place(command.at),
                    Plane::Declared,
                    label,
                    format!("stage `{}` leaves the secret `{}` in {where_to}", stage.label(), secret.name),
                    fix,
                )
                .near(stage.place(secret.mount.at), "mounted here"),
            );
        }
    }
    let nothing = match mounted {
        true => Verdict::absent(),
        false => Verdict::NotApplicable("no step mounts a secret"),
    };
    Verdict::from_findings(findings, nothing)
}

/// A secret that a step can read.
struct Secret<'a> {
    mount: &'a BuildMount,
    name: String,
    /// Where it is mounted; `None` when it is only a variable.
    path: Option<String>,
    /// Variables of the script that hold it.
    variables: Vec<std::sync::Arc<str>>,
}

impl<'a> Secret<'a> {
    fn of(mount: &'a BuildMount) -> Option<Self> {
        match &*mount.kind {
            "secret" => {
                let target = mount.target.as_deref();
                let id = mount.id.as_deref().or(mount.source.as_deref());
                let id = id.or_else(|| target.and_then(|target| target.rsplit('/').next()))?;
                let path = match (target, &mount.env) {
                    (Some(target), _) if target.starts_with('/') => Some(target.to_owned()),
                    (Some(target), _) => Some(format!("/run/secrets/{target}")),
                    (None, Some(_)) => None,
                    (None, None) => Some(format!("/run/secrets/{id}")),
                };
                let variables = mount.env.iter().cloned().collect();
                Some(Self { mount, name: id.to_owned(), path, variables })
            }
            _ => None,
        }
    }

    /// `TOKEN="$(cat /run/secrets/token)"`: from here on the variable is the value.
    fn follow(&mut self, run: &Run) {
        for command in run.commands.iter().filter(|command| !command.substituted) {
            let mut held: Vec<std::sync::Arc<str>> = Vec::new();
            if command.words.is_empty() {
                let assigned = command.assignments.iter().filter(|(_, word)| self.is_value_in(&word.text));
                held.extend(assigned.map(|(name, _)| name.clone()));
            }
            if matches!(command.program(), Some("export" | "local" | "readonly" | "declare")) {
                let assigned = command.arguments().iter().filter(|word| self.is_value_in(&word.text));
                held.extend(
                    assigned.filter_map(|word| word.text.split_once('=').map(|(name, _)| name.into())),
                );
            }
            self.variables.extend(held);
        }
    }

    fn is_file(&self, word: &ShellWord) -> bool {
        self.path.as_deref() == Some(&*word.text)
    }

    /// Whether a command is given the value itself: the variable, or the output of a command that reads the file.
    fn is_value_in(&self, text: &str) -> bool {
        if self.variables.iter().any(|name| names_variable(text, name)) {
            return true;
        }
        let opens = text.contains("$(") || text.contains('`');
        // `$(sha256sum FILE)` gives something else than the secret.
        let reads = ["cat ", "$(<", "$(< ", "head ", "tail ", "base64 ", "tr ", "sed ", "awk ", "jq "];
        opens
            && self.path.as_deref().is_some_and(|path| names_path(text, path))
            && reads.iter().any(|read| text.contains(read))
    }
}

/// Where a secret goes.
enum Leak {
    Layer,
    Log,
}

fn leak(run: &Run, at: usize, command: &ShellCommand, secret: &Secret<'_>) -> Option<Leak> {
    let program = command.effective_program()?;
    let arguments = command.arguments();
    let files: Vec<&ShellWord> = arguments.iter().filter(|word| !word.text.starts_with('-')).collect();
    let is_kept = |word: &ShellWord| is_kept(run, &word.text) && !is_removed(run, at, &word.text);
    if matches!(program, "cp" | "mv" | "install" | "ln") {
        let symbolic = program == "ln" && command.has_short('s');
        return match files.as_slice() {
            [sources @ .., target] if sources.iter().any(|word| secret.is_file(word)) => {
                (!symbolic && is_kept(target)).then_some(Leak::Layer)
            }
            _ => None,
        };
    }
    let value = arguments.iter().any(|word| secret.is_value_in(&word.text));
    let reads = matches!(program, "cat" | "head" | "tail" | "base64" | "sed" | "tr" | "awk" | "jq")
        && files.iter().any(|word| secret.is_file(word));
    let prints = matches!(program, "echo" | "printf") && value;
    // A heredoc's body is no word: what it expands is found by the commands inside of it.
    if (reads || prints) && !command.substituted {
        if command.pipeline_length > command.position + 1 {
            let next = run.commands.iter().find(|other| {
                other.pipeline == command.pipeline
                    && other.parent == command.parent
                    && other.position + 1 == other.pipeline_length
            })?;
            return written(next, &is_kept);
        }
        return written(command, &is_kept).or_else(|| {
            let quiet = command.redirects.iter().any(is_output);
            (!quiet).then_some(Leak::Log)
        });
    }
    if value && is_setting(command) && !is_unset(run, at, program) {
        return Some(Leak::Layer);
    }
    // The clone remembers the address that it came from.
    let address = arguments.iter().find(|word| word.text.contains("://") && secret.is_value_in(&word.text));
    if let (["git", "clone", ..], Some(address)) = (texts(command).as_slice(), address) {
        let last = files.last().filter(|word| word.at != address.at).map(|word| &*word.text);
        let own = address.text.rsplit('/').next().unwrap_or("").trim_end_matches(".git");
        let folder = last.unwrap_or(own).trim_end_matches('/');
        let forgotten = is_removed(run, at, &format!("{folder}/.git"))
            || run.commands.iter().skip(at + 1).any(|other| {
                other.effective_program() == Some("git")
                    && other.has_argument(&["remote", "remote.origin.url"])
            });
        return (!forgotten).then_some(Leak::Layer);
    }
    None
}

fn texts(command: &ShellCommand) -> Vec<&str> {
    command.effective_words().iter().map(|word| &*word.text).collect()
}

/// Whether a later command of the step takes a setting back: `npm config delete KEY`.
fn is_unset(run: &Run, at: usize, program: &str) -> bool {
    run.commands.iter().skip(at + 1).any(|other| {
        other.effective_program() == Some(program)
            && other.has_argument(&["config"])
            && other.has_argument(&["delete", "rm", "unset", "--unset", "--unset-all", "--remove-section"])
    })
}

/// Whether the command writes what it is given to a file that stays.
fn written(command: &ShellCommand, is_kept: &dyn Fn(&ShellWord) -> bool) -> Option<Leak> {
    let redirected =
        command.redirects.iter().any(|redirect| is_output(redirect) && is_kept(&redirect.target));
    let teed = command.effective_program() == Some("tee")
        && command.arguments().iter().any(|word| !word.text.starts_with('-') && is_kept(word));
    (redirected || teed).then_some(Leak::Layer)
}

fn is_output(redirect: &Redirect) -> bool {
    matches!(&*redirect.operator, ">" | ">>" | ">|" | "&>")
}

/// Programs that store what they are given in a file of the account.
fn is_setting(command: &ShellCommand) -> bool {
    matches!(
        texts(command).as_slice(),
        ["npm" | "pnpm" | "yarn" | "pip" | "poetry" | "composer" | "bundle" | "git", "config", ..]
            | ["aws", "configure", "set", ..]
    )
}

/// Whether a path is part of the layer: not a device, not a mount of the step.
fn is_kept(run: &Run, path: &str) -> bool {
    let outside = ["/dev/", "/proc/", "/sys/", "/run/secrets/"];
    let mounted = run.mounts.iter().filter_map(|mount| mount.target.as_deref()).any(|target| {
        path.strip_prefix(target.trim_end_matches('/'))
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    });
    !mounted && !outside.iter().any(|outside| path.starts_with(outside)) && !path.starts_with('&')
}

/// Whether a later command of the step removes the file.
fn is_removed(run: &Run, at: usize, path: &str) -> bool {
    let remover = |command: &ShellCommand| {
        matches!(command.effective_program(), Some("rm" | "shred" | "unlink"))
            && command.arguments().iter().any(|word| {
                let gone = word.text.trim_end_matches('/');
                path == gone || path.strip_prefix(gone).is_some_and(|rest| rest.starts_with('/'))
            })
    };
    let reset = |command: &ShellCommand| {
        command.redirects.iter().any(|own| &*own.operator == ">" && &*own.target.text == path)
            && command.effective_program().is_none_or(|program| matches!(program, ":" | "true"))
    };
    run.commands.iter().skip(at + 1).any(|command| remover(command) || reset(command))
}

/// Whether a text names a path, and not only the start of another.
fn names_path(text: &str, path: &str) -> bool {
    text.match_indices(path).any(|(at, _)| {
        let after = text.get(at + path.len()..).and_then(|rest| rest.chars().next());
        after.is_none_or(|c| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/')))
    })
}

/// Whether a text expands a variable.
fn names_variable(text: &str, name: &str) -> bool {
    text.match_indices('$').any(|(at, _)| {
        let rest = text.get(at + 1..).unwrap_or("");
        let rest = rest.strip_prefix('{').unwrap_or(rest);
        rest.strip_prefix(name).is_some_and(|after| {
            // `${NAME:+set}` and `${#NAME}` show something else than the value.
            !after.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
                && !after.starts_with(":+")
                && !after.starts_with('+')
        })
    })
}
