//! A step that changes the directory first.

use plimsoll_posture::{Joined, Plane, Posture, Recipe, ShellCommand, Stage};

use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "cd-instead-of-workdir",
    title: "a build step starts with cd",
    page: include_str!("cd_instead_of_workdir.md"),
    severity: Severity::Info,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["DL3003", "DS-0013", "CKV2_DOCKER_10", "KICS: RUN Instruction Using 'cd' Instead of WORKDIR"],
    covered_by: &["unguarded-cd"],
    standing: Standing::Style,
    scope: Scope::Stage(check),
};

fn check(stage: &Stage, _: &Recipe, _: &Posture, _: &Settings) -> Verdict {
    let mut findings = Vec::new();
    for (_, run) in stage.runs() {
        let Some(command) = leading_cd(&run.commands) else { continue };
        let directory = command.arguments().first().map_or("", |word| &*word.text);
        findings.push(Finding::place(
            stage.place(command.at),
            Plane::Declared,
            "the whole step happens there",
            format!("stage `{}` starts a step with `cd`", stage.label()),
            format!("write `WORKDIR {directory}` before this step"),
        ));
    }
    Verdict::from_findings(findings, Verdict::absent())
}

/// A `cd` that everything else in the step comes after, into a directory that is there before the step.
fn leading_cd(commands: &[ShellCommand]) -> Option<&ShellCommand> {
    let at = commands.iter().position(|command| {
        !command.words.is_empty() && !matches!(command.program(), Some("set" | "mkdir" | "export" | "umask"))
    })?;
    let command = commands.get(at)?;
    let plain = command.program() == Some("cd")
        && command.depth == 0
        && !command.substituted
        && command.pipeline_length == 1
        && command.joined != Joined::Or;
    let word = command.arguments().first()?;
    let goes_somewhere =
        word.literal && !matches!(&*word.text, "-" | "." | "..") && !word.text.starts_with('~');
    // A step that is nothing but `cd` changes nothing at all, and is no case for WORKDIR.
    (plain && goes_somewhere && commands.len() > at + 1).then_some(command)
}
