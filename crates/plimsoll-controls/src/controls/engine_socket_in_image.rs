//! The engine's socket in a build: a volume, a copy, a step.

use plimsoll_posture::{CopySourceKind, Plane, Posture, Recipe, Stage, StepKind};
use plimsoll_text::Span;

use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "engine-socket-in-image",
    title: "image is made to be given the engine's socket",
    page: include_str!("engine_socket_in_image.md"),
    severity: Severity::Medium,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["KICS: Docker Socket Mounted In Container"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Stage(check),
};

fn check(stage: &Stage, _: &Recipe, _: &Posture, _: &Settings) -> Verdict {
    let mut findings = Vec::new();
    for step in &stage.steps {
        let at: Option<Span> = match &step.kind {
            StepKind::Volume(paths) => paths.iter().find(|path| is_socket(&path.value)).map(|path| path.at),
            StepKind::Copy(copy) => copy
                .sources
                .iter()
                .filter(|source| source.kind == CopySourceKind::Path)
                .find(|source| source.path.value().is_some_and(|path| is_socket(path)))
                .map(|source| source.at)
                .or_else(|| is_socket(&copy.destination.value).then_some(copy.destination.at)),
            StepKind::Run(run) => run
                .mounts
                .iter()
                .find(|mount| {
                    [&mount.source, &mount.target].into_iter().flatten().any(|path| is_socket(path))
                })
                .map(|mount| mount.at)
                .or_else(|| {
                    run.commands.iter().find_map(|command| {
                        let prints = matches!(command.effective_program(), Some("echo" | "printf"));
                        let words = command.words.iter().filter(|_| !prints);
                        words.into_iter().find(|word| names_socket(&word.text)).map(|word| word.at)
                    })
                }),
            _ => None,
        };
        let Some(at) = at else { continue };
        findings.push(Finding::place(
            stage.place(at),
            Plane::Declared,
            "whoever holds it is root on the host",
            format!("stage `{}` deals with the engine's socket", stage.label()),
            "do without it: let a socket proxy with an allow-list stand between, or use rootless BuildKit",
        ));
    }
    Verdict::from_findings(findings, Verdict::absent())
}

fn is_socket(path: &str) -> bool {
    let path = path.trim_end_matches('/');
    ["docker.sock", "containerd.sock", "podman.sock", "crio.sock"].iter().any(|name| path.ends_with(name))
}

/// `unix:///var/run/docker.sock`, `--host=unix:///var/run/docker.sock`, `/run/docker.sock`.
fn names_socket(text: &str) -> bool {
    text.contains("/run/") && is_socket(text)
}
