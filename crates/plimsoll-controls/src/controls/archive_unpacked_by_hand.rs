//! An archive that is copied and unpacked with a command.

use plimsoll_posture::{CopyFrom, Plane, Posture, Recipe, ShellCommand, Stage, StepKind};
use plimsoll_text::Span;

use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict, archive};

pub(super) static CONTROL: Control = Control {
    id: "archive-unpacked-by-hand",
    title: "archive is copied and unpacked in another layer",
    page: include_str!("archive_unpacked_by_hand.md"),
    severity: Severity::Info,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["DL3010"],
    covered_by: &[],
    standing: Standing::Style,
    scope: Scope::Stage(check),
};

fn check(stage: &Stage, _: &Recipe, _: &Posture, _: &Settings) -> Verdict {
    let mut open: Vec<(&str, Span)> = Vec::new();
    let mut findings = Vec::new();
    let mut asked = false;
    for step in stage.steps.iter().filter(|step| !step.on_build) {
        match &step.kind {
            StepKind::Copy(copy) if !copy.add && copy.from == CopyFrom::Context => {
                for source in &copy.sources {
                    let path = source.path.value().filter(|path| archive::is_tar(path));
                    let name = path.and_then(|path| path.rsplit('/').next());
                    open.extend(name.map(|name| (name, source.at)));
                    asked |= name.is_some();
                }
            }
            StepKind::Run(run) => open.retain(|(name, at)| {
                let used = run.commands.iter().find(|command| unpacks(command, name));
                if let Some(command) = used {
                    findings.push(
                        Finding::place(
                            stage.place(*at),
                            Plane::Declared,
                            "stays in this layer",
                            format!("stage `{}` copies an archive and unpacks it later", stage.label()),
                            "write ADD: it unpacks, and the archive itself is in no layer",
                        )
                        .near(stage.place(command.at), "unpacked here"),
                    );
                }
                used.is_none()
            }),
            _ => {}
        }
    }
    if asked {
        Verdict::from_findings(findings, Verdict::absent())
    } else {
        Verdict::NotApplicable("no archive is copied")
    }
}

fn unpacks(command: &ShellCommand, name: &str) -> bool {
    let program = command.effective_program();
    let extracts = match program {
        Some("tar") => command.arguments().iter().any(|word| {
            let text = &*word.text;
            let short = !text.starts_with("--") && !text.contains(['/', '.', '=']) && text.contains('x');
            short || matches!(text, "--extract" | "--get")
        }),
        Some("bsdtar" | "gunzip" | "unxz" | "bunzip2") => true,
        _ => false,
    };
    extracts && command.arguments().iter().any(|word| word.text.rsplit('/').next() == Some(name))
}
