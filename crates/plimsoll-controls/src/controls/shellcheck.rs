//! What ShellCheck says of the build steps, when it was asked.

use plimsoll_posture::{LinterLevel, Plane, Posture, Recipe, Stage};

use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "shellcheck",
    title: "ShellCheck finds something in a build step",
    page: include_str!("shellcheck.md"),
    severity: Severity::Low,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Stage(check),
};

fn check(stage: &Stage, recipe: &Recipe, _: &Posture, _: &Settings) -> Verdict {
    let Some(remarks) = &recipe.linted else {
        return Verdict::NotApplicable("ShellCheck was not asked: `--shellcheck` does");
    };
    let findings = remarks
        .iter()
        .filter(|remark| remark.stage == stage.index)
        .map(|remark| {
            Finding::place(
                stage.place(remark.at),
                Plane::Declared,
                match remark.level {
                    LinterLevel::Error => "an error, says ShellCheck",
                    LinterLevel::Warning => "a warning of ShellCheck",
                    LinterLevel::Info => "a note of ShellCheck",
                    LinterLevel::Style => "a matter of style, says ShellCheck",
                },
                format!("{}: {}", remark.code, remark.message.trim_end_matches('.')),
                format!("see https://www.shellcheck.net/wiki/{}", remark.code),
            )
        })
        .collect();
    Verdict::from_findings(findings, Verdict::absent())
}
