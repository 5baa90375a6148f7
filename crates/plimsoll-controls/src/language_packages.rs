//! What a command installs from a language's registry by name: npm and its kin, pip and its kin, gem, go, cargo.
//!
//! Sources: the command references of npm 11, pip 26, uv, pipx, pipenv, Poetry 2, RubyGems, Go 1.26 (`go help install`,
//! `go help get`) and Cargo. Deliberately absent: what a lock or requirements file lists.

use plimsoll_posture::{ShellCommand, ShellWord};

use crate::node_package_manager::{self, Action};

/// Where packages come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Registry {
    Npm,
    Pip,
    Gem,
    Go,
    Cargo,
}

/// One command that installs packages by name.
#[derive(Debug, Clone)]
pub(crate) struct LanguageInstall<'a> {
    pub(crate) registry: Registry,
    /// What the user calls the tool: `npm`, `pip`, `go`.
    pub(crate) tool: &'a str,
    /// The packages, as written.
    pub(crate) packages: Vec<&'a ShellWord>,
    /// A version or a file of versions is given by an option for all of them.
    pub(crate) fixed: bool,
}

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
    "--python",
    "-p",
    "--python-version",
    "--platform",
    "--implementation",
    "--abi",
    "--proxy",
    "--cache-dir",
    "--log",
    "--src",
    "--cert",
    "--client-cert",
    "--global-option",
    "--install-option",
    "--config-settings",
    "-C",
    "--no-binary",
    "--only-binary",
    "--progress-bar",
    "--upgrade-strategy",
    "--exists-action",
    "--root-user-action",
    "--use-feature",
    "--group",
    "-G",
    "--extras",
    "-E",
];

const GEM_VALUES: &[&str] = &[
    "-v",
    "--version",
    "-s",
    "--source",
    "-i",
    "--install-dir",
    "-n",
    "--bindir",
    "-p",
    "--http-proxy",
    "-P",
    "--trust-policy",
    "--platform",
    "-B",
    "--bulk-threshold",
    "--build-root",
    "--document",
];

const GO_VALUES: &[&str] = &[
    "-tags",
    "-ldflags",
    "-gcflags",
    "-asmflags",
    "-o",
    "-mod",
    "-modfile",
    "-p",
    "-pkgdir",
    "-installsuffix",
    "-buildmode",
    "-toolexec",
    "-C",
];

const CARGO_VALUES: &[&str] = &[
    "--version",
    "--vers",
    "--git",
    "--branch",
    "--tag",
    "--rev",
    "--path",
    "--root",
    "--index",
    "--registry",
    "--features",
    "-F",
    "--target",
    "--target-dir",
    "--profile",
    "--bin",
    "--example",
    "-j",
    "--jobs",
    "--config",
    "-Z",
];

/// Reads a command; `None` for one that installs nothing by name.
pub(crate) fn read(command: &ShellCommand) -> Option<LanguageInstall<'_>> {
    if let Some(install) = node_package_manager::read(command) {
        let named = install.action == Action::Add;
        return named.then(|| LanguageInstall {
            registry: Registry::Npm,
            tool: command.effective_program().unwrap_or("npm"),
            packages: node_packages(command),
            fixed: false,
        });
    }
    if let Some((tool, words)) = pip(command) {
        let given = words.iter().any(|word| {
            matches!(&*word.text, "-c" | "--constraint" | "--constraints")
                || word.text.starts_with("--constraint")
        });
        let packages = operands(words, PIP_VALUES);
        return Some(LanguageInstall { registry: Registry::Pip, tool, packages, fixed: given });
    }
    let words = command.arguments();
    match command.effective_program()? {
        "gem" => {
            let rest = after(words, &["install", "i"], GEM_VALUES)?;
            let rest = rest.split(|word| &*word.text == "--").next().unwrap_or(rest);
            let fixed = rest
                .iter()
                .any(|word| matches!(&*word.text, "-v" | "--version") || word.text.starts_with("--version="));
            let packages = operands(rest, GEM_VALUES);
            Some(LanguageInstall { registry: Registry::Gem, tool: "gem", packages, fixed })
        }
        "go" => {
            let rest = after(words, &["install", "get", "run"], &["-C"])?;
            let mut packages = operands(rest, GO_VALUES);
            // What follows the package of `go run` is for the program.
            if words.iter().any(|word| &*word.text == "run") {
                packages.truncate(1);
            }
            Some(LanguageInstall { registry: Registry::Go, tool: "go", packages, fixed: false })
        }
        "cargo" => {
            let rest = after(words, &["install", "binstall"], CARGO_VALUES)?;
            let fixed = rest.iter().any(|word| {
                let name = word.text.split('=').next().unwrap_or("");
                matches!(name, "--version" | "--vers" | "--path" | "--rev" | "--tag")
            });
            let packages = operands(rest, CARGO_VALUES);
            Some(LanguageInstall { registry: Registry::Cargo, tool: "cargo", packages, fixed })
        }
        _ => None,
    }
}

/// The words after `install` of pip, in all its forms, or of what stands in for it.
pub(crate) fn pip(command: &ShellCommand) -> Option<(&str, &[ShellWord])> {
    let words = command.arguments();
    let first = |words: &[ShellWord]| words.first().map(|word| word.text.to_string()).unwrap_or_default();
    match command.effective_program()? {
        "pipx" => Some(("pipx", after(words, &["install"], PIP_VALUES)?)),
        "pipenv" => Some(("pipenv", after(words, &["install"], PIP_VALUES)?)),
        "poetry" => Some(("poetry", after(words, &["add"], PIP_VALUES)?)),
        "easy_install" => Some(("easy_install", words)),
        "uv" => match first(words).as_str() {
            "pip" => Some(("uv", after(words.get(1..)?, &["install"], PIP_VALUES)?)),
            "tool" => Some(("uv", after(words.get(1..)?, &["install"], PIP_VALUES)?)),
            _ => Some(("uv", after(words, &["add"], PIP_VALUES)?)),
        },
        program if is_pip(program) => Some(("pip", after(words, &["install"], PIP_VALUES)?)),
        program if program.starts_with("python") || program.starts_with("pypy") => {
            let module = words.iter().position(|word| &*word.text == "-m")?;
            let name = words.get(module + 1)?;
            if !is_pip(&name.text) || words.iter().take(module).any(|word| !word.text.starts_with('-')) {
                return None;
            }
            Some(("pip", after(words.get(module + 2..)?, &["install"], PIP_VALUES)?))
        }
        _ => None,
    }
}

/// `pip`, `pip3`, `pip3.12`.
fn is_pip(program: &str) -> bool {
    program.strip_prefix("pip").is_some_and(|version| {
        version.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.' || byte == b'-')
    })
}

/// The words after the verb, when the first word that is neither option nor value is one of these.
fn after<'a>(words: &'a [ShellWord], verbs: &[&str], with_value: &[&str]) -> Option<&'a [ShellWord]> {
    let mut skip = false;
    for (at, word) in words.iter().enumerate() {
        if std::mem::take(&mut skip) {
            continue;
        }
        if word.text.starts_with('-') {
            skip = with_value.contains(&&*word.text);
            continue;
        }
        return verbs.contains(&&*word.text).then(|| words.get(at + 1..).unwrap_or(&[]));
    }
    None
}

fn operands<'a>(words: &'a [ShellWord], with_value: &[&str]) -> Vec<&'a ShellWord> {
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

fn node_packages(command: &ShellCommand) -> Vec<&ShellWord> {
    let verbs = ["install", "i", "in", "ins", "inst", "isntall", "add", "global"];
    let operands = node_package_manager::operands(command);
    operands.into_iter().skip_while(|word| verbs.contains(&&*word.text)).collect()
}

impl Registry {
    /// Whether a package says which version it wants, or does not come from the registry.
    pub(crate) fn is_pinned(self, text: &str) -> bool {
        let local = text.starts_with(['.', '/', '~']);
        match self {
            Self::Npm => {
                let after_scope = text.strip_prefix('@').unwrap_or(text);
                local
                    || text.contains("://")
                    || text.starts_with("git+")
                    || text.starts_with("file:")
                    || text.ends_with(".tgz")
                    || after_scope.split_once('@').is_some_and(|(_, version)| {
                        version.starts_with(|c: char| {
                            c.is_ascii_digit() || matches!(c, '^' | '~' | 'v' | '=' | '>' | '<' | '$')
                        })
                    })
            }
            Self::Pip => {
                // `git+https://host/name.git@1.2`: without what follows the `@` it is whatever the branch holds.
                if ["git+", "hg+", "svn+", "bzr+"].iter().any(|scheme| text.starts_with(scheme)) {
                    let path = text.split_once("://").map_or(text, |(_, path)| path);
                    return path.rsplit('/').next().is_some_and(|name| name.contains('@'));
                }
                local
                    || text.contains("://")
                    || text.contains(['<', '>', '=', '@'])
                    || text.ends_with(".whl")
                    || text.ends_with(".tar.gz")
                    || text.ends_with(".zip")
            }
            Self::Gem => local || text.contains("://") || text.ends_with(".gem") || text.contains(':'),
            Self::Go => {
                local
                    || !text.split('/').next().is_some_and(|host| host.contains('.'))
                    || text.split_once('@').is_some_and(|(_, version)| {
                        !matches!(version, "latest" | "upgrade" | "patch" | "master" | "main")
                    })
            }
            Self::Cargo => local || text.contains('@'),
        }
    }

    /// How a version is named.
    pub(crate) fn fix(self) -> &'static str {
        match self {
            Self::Npm => "name a version: `name@1.2.3`",
            Self::Pip => "name a version: `name==1.2.3`, or install from a requirements file with hashes",
            Self::Gem => "name a version: `gem install name:1.2.3`",
            Self::Go => "name a version: `module@v1.2.3`",
            Self::Cargo => "name a version and keep its lock file: `cargo install --locked name@1.2.3`",
        }
    }
}
