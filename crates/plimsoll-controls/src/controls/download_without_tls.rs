//! Programs and packages that come over plain HTTP.

use plimsoll_posture::{CopySourceKind, Plane, Posture, Recipe, ShellCommand, ShellWord, Stage, StepKind};
use plimsoll_text::Span;

use crate::{
    Control, Finding, Foothold, Remedy, Scope, Settings, Severity, Standing, Verdict, download, recipe_change,
};

pub(super) static CONTROL: Control = Control {
    id: "download-without-tls",
    title: "something is downloaded over an open line",
    page: include_str!("download_without_tls.md"),
    severity: Severity::Medium,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[],
    covered_by: &["download-piped-to-shell", "remote-add-unverified"],
    standing: Standing::Ordinary,
    scope: Scope::Stage(check),
};

/// Variables that name a registry.
const REGISTRIES: &[&str] = &[
    "GOPROXY",
    "NPM_CONFIG_REGISTRY",
    "PIP_EXTRA_INDEX_URL",
    "PIP_INDEX_URL",
    "UV_INDEX_URL",
    "YARN_REGISTRY",
    "npm_config_registry",
];

fn check(stage: &Stage, _: &Recipe, _: &Posture, _: &Settings) -> Verdict {
    let mut findings: Vec<Finding> = Vec::new();
    let mut report = |at: Span, change: Option<(Span, &str)>| {
        let finding = Finding::place(
            stage.place(at),
            Plane::Declared,
            "anybody on the way can change what arrives",
            format!("stage `{}` downloads over an open line", stage.label()),
            "write `https://`, or check the file's sha256 in the same step",
        );
        findings.push(finding.remedied_by(change.map(|(scheme, text)| {
            Remedy::risky(
                vec![recipe_change::reword(stage, scheme, text)],
                "a server that does not speak TLS there does not answer",
            )
        })));
    };
    for step in &stage.steps {
        match &step.kind {
            StepKind::Run(run) => {
                let verified = run.commands.iter().any(download::verifies);
                for command in &run.commands {
                    if let Some(word) = open_address(command, verified) {
                        report(word.at, in_word(word, run.script.expose()));
                    }
                }
            }
            StepKind::Copy(copy) if copy.add && copy.checksum.is_none() => {
                for source in &copy.sources {
                    let remote = matches!(source.kind, CopySourceKind::Url | CopySourceKind::Git);
                    if remote && source.path.value().is_some_and(|path| download::is_open(path)) {
                        report(source.at, source.path.value().and_then(|path| scheme(source.at, path)));
                    }
                }
            }
            StepKind::Env(pairs) => {
                for (name, value) in pairs {
                    if REGISTRIES.contains(&&*name.value) && download::is_open(value.value.expose()) {
                        report(value.at, scheme(value.at, value.value.expose()));
                    }
                }
            }
            _ => {}
        }
    }
    Verdict::from_findings(findings, Verdict::absent())
}

/// The first address that a command fetches from over an open line. Packages of apt and apk are signed, so that the line
/// does not matter for them.
fn open_address(command: &ShellCommand, verified: bool) -> Option<&ShellWord> {
    if let Some(found) = download::read(command) {
        return first_open(found.addresses.into_iter()).filter(|_| !verified);
    }
    let words = command.arguments();
    match command.effective_program()? {
        "git" | "hg" | "svn" => {
            let fetches = command.subcommand().is_some_and(|verb| {
                matches!(&*verb.text, "clone" | "checkout" | "co" | "submodule" | "export")
            });
            first_open(words.iter()).filter(|_| fetches)
        }
        "npm" | "yarn" | "pnpm" | "bun" | "pip" | "pip2" | "pip3" | "uv" | "gem" | "poetry" | "pipenv" => {
            let given = command.assignments.iter().map(|(_, value)| value);
            first_open(words.iter().chain(given).filter(|word| !is_proxy(&word.text)))
        }
        "python" | "python3" if command.has_argument(&["pip"]) => first_open(words.iter()),
        "rpm" => first_open(words.iter()),
        "apt-key" if command.has_argument(&["--fetch-keys"]) => first_open(words.iter()),
        "yum" | "dnf" | "microdnf" | "tdnf" => {
            first_open(words.iter().filter(|word| word.text.ends_with(".rpm")))
        }
        _ => None,
    }
}

fn is_proxy(text: &str) -> bool {
    text.starts_with("--proxy") || text.starts_with("--https-proxy")
}

fn first_open<'a>(mut words: impl Iterator<Item = &'a ShellWord>) -> Option<&'a ShellWord> {
    words.find(|word| {
        let text = &*word.text;
        // `--index-url=http://…`, `name @ http://…`
        let value =
            text.split_once('=').map_or(text, |(_, value)| if text.starts_with('-') { value } else { text });
        download::is_open(value)
    })
}

/// The scheme in a word of a script. Variables may follow it, but none may name the host; the quotes, where there are any,
/// must be around the whole word, so that its bytes are where its characters are.
fn in_word(word: &ShellWord, script: &str) -> Option<(Span, &'static str)> {
    let address = &*word.text;
    let start = address.find("://").map(|at| at + 3)?;
    let host = address.get(start..)?.split('/').next()?;
    let quoted = || ['"', '\''].iter().any(|quote| script.contains(&format!("{quote}{address}{quote}")));
    let plain = word.at.len() == address.len() || word.at.len() == address.len() + 2 && quoted();
    if host.contains(['$', '`']) || !plain {
        return None;
    }
    scheme(word.at, address)
}

/// Where the scheme of an address stands that is written as it is, between quotes at the most, and what takes its place. The
/// open protocol of git goes by the same paths as HTTPS on GitHub, which has switched it off.
fn scheme(at: Span, address: &str) -> Option<(Span, &'static str)> {
    let (before, old, new) = match (address.find("http://"), address.find("git://github.com/")) {
        (Some(before), _) => (before, "http", "https"),
        (None, Some(before)) => (before, "git", "https"),
        (None, None) => return None,
    };
    let quotes = at.len().checked_sub(address.len())?;
    if !matches!(quotes, 0 | 2) || !address.is_ascii() {
        return None;
    }
    let start = at.start as usize + quotes / 2 + before;
    Some((Span::new(at.source, start, start + old.len()), new))
}
