//! A link that makes another shell of `/bin/sh`.

use plimsoll_posture::{Plane, Posture, Recipe, ShellCommand, ShellWord, Stage};

use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "default-shell-link",
    title: "image replaces /bin/sh by a link",
    page: include_str!("default_shell_link.md"),
    severity: Severity::Low,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["DL4005", "KICS: Changing Default Shell Using SHELL Command"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Stage(check),
};

fn check(stage: &Stage, _: &Recipe, _: &Posture, _: &Settings) -> Verdict {
    let mut findings = Vec::new();
    for (_, command) in stage.commands() {
        let Some(shell) = linked_shell(command) else { continue };
        let name = shell.text.rsplit('/').next().unwrap_or("bash");
        findings.push(Finding::place(
            stage.place(command.at),
            Plane::Declared,
            "every script of the distribution runs under another shell",
            format!("stage `{}` links /bin/sh to `{name}`", stage.label()),
            format!("leave /bin/sh alone and write `SHELL [\"/bin/{name}\", \"-c\"]`"),
        ));
    }
    Verdict::from_findings(findings, Verdict::absent())
}

/// What `ln` puts in the place of `/bin/sh`.
fn linked_shell(command: &ShellCommand) -> Option<&ShellWord> {
    if command.effective_program() != Some("ln") {
        return None;
    }
    let files: Vec<&ShellWord> =
        command.arguments().iter().filter(|word| !word.text.starts_with('-')).collect();
    match files.as_slice() {
        [target, link] if matches!(&*link.text, "/bin/sh" | "/usr/bin/sh") => Some(target),
        _ => None,
    }
}
