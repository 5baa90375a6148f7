//! Tools from a language's registry without a version.

use plimsoll_posture::{Plane, Posture, Recipe, ShellCommand, ShellWord, Stage};

use crate::node_package_manager::{self, Action};
use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "unpinned-language-packages",
    title: "packages of a language registry are installed without a version",
    page: include_str!("unpinned_language_packages.md"),
    severity: Severity::Low,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["DL3013", "DL3016", "DL3028", "DL3062"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Stage(check),
};

fn check(stage: &Stage, _: &Recipe, _: &Posture, _: &Settings) -> Verdict {
    let mut findings = Vec::new();
    let mut installs = false;
    for (_, command) in stage.commands() {
        let Some((registry, packages)) = named_packages(command) else { continue };
        installs |= !packages.is_empty();
        for word in packages.into_iter().filter(|word| word.literal && !registry.is_pinned(&word.text)) {
            findings.push(Finding::place(
                stage.place(word.at),
                Plane::Declared,
                "the newest version of the day",
                format!("stage `{}` installs `{}` without a version", stage.label(), word.text),
                registry.fix(),
            ));
        }
    }
    let nothing = if installs {
        Verdict::absent()
    } else {
        Verdict::NotApplicable("no language packages are installed by name")
    };
    Verdict::from_findings(findings, nothing)
}

#[derive(Clone, Copy)]
enum Registry {
    Npm,
    Pip,
    Gem,
    Go,
}

impl Registry {
    fn is_pinned(self, text: &str) -> bool {
        let local = text.starts_with(['.', '/', '~']) || text.contains("://") || text.starts_with("git+");
        match self {
            Self::Npm => {
                let after_scope = text.strip_prefix('@').unwrap_or(text);
                local
                    || text.starts_with("file:")
                    || text.ends_with(".tgz")
                    || after_scope.split_once('@').is_some_and(|(_, version)| {
                        version.starts_with(|c: char| {
                            c.is_ascii_digit() || matches!(c, '^' | '~' | 'v' | '=' | '>' | '<')
                        })
                    })
            }
            Self::Pip => {
                local
                    || text.contains("==")
                    || text.contains("~=")
                    || text.contains(['<', '>'])
                    || text.ends_with(".whl")
                    || text.ends_with(".tar.gz")
                    || text.contains(" @ ")
            }
            Self::Gem => local || text.ends_with(".gem") || text.contains(':'),
            Self::Go => {
                local
                    || !text.contains('.')
                    || text.split_once('@').is_some_and(|(_, version)| version != "latest")
            }
        }
    }

    fn fix(self) -> &'static str {
        match self {
            Self::Npm => "name a version: `name@1.2.3`",
            Self::Pip => "name a version: `name==1.2.3`, or install from a requirements file with hashes",
            Self::Gem => "name a version: `gem install name:1.2.3`",
            Self::Go => "name a version: `module@v1.2.3`",
        }
    }
}

/// Options of pip that take the next word.
const PIP_VALUES: &[&str] = &[
    "-r",
    "--requirement",
    "-c",
    "--constraint",
    "-e",
    "--editable",
    "-i",
    "--index-url",
    "--extra-index-url",
    "-t",
    "--target",
    "--trusted-host",
    "--prefix",
    "--root",
    "-f",
    "--find-links",
    "--timeout",
    "--retries",
    "--python-version",
    "--platform",
    "--proxy",
    "--cache-dir",
    "--global-option",
    "--install-option",
    "--no-binary",
    "--only-binary",
];

fn named_packages(command: &ShellCommand) -> Option<(Registry, Vec<&ShellWord>)> {
    if let Some(install) = node_package_manager::read(command) {
        if install.action != Action::Add {
            return None;
        }
        let verbs = ["install", "i", "in", "ins", "inst", "isntall", "add", "global"];
        let operands = node_package_manager::operands(install.command);
        return Some((
            Registry::Npm,
            operands.into_iter().skip_while(|word| verbs.contains(&&*word.text)).collect(),
        ));
    }
    let words = command.arguments();
    let program = command.effective_program()?;
    let (registry, words) = match program {
        "pip" | "pip2" | "pip3" => (Registry::Pip, words),
        "gem" => (Registry::Gem, words),
        "go" => (Registry::Go, words),
        _ if program.starts_with("python") && words.get(1).is_some_and(|word| &*word.text == "pip") => {
            (Registry::Pip, words.get(2..)?)
        }
        _ => return None,
    };
    let (verb, rest) = words.split_first()?;
    if &*verb.text != "install" {
        return None;
    }
    match registry {
        Registry::Gem
            if rest.iter().any(|word| {
                matches!(&*word.text, "-v" | "--version") || word.text.starts_with("--version=")
            }) =>
        {
            None
        }
        _ => Some((
            registry,
            without_options(rest, if matches!(registry, Registry::Pip) { PIP_VALUES } else { &[] }),
        )),
    }
}

fn without_options<'a>(words: &'a [ShellWord], with_value: &[&str]) -> Vec<&'a ShellWord> {
    let mut skip = false;
    words
        .iter()
        .filter(|word| {
            if std::mem::take(&mut skip) {
                return false;
            }
            skip = with_value.contains(&&*word.text);
            !word.text.starts_with('-')
        })
        .collect()
}
