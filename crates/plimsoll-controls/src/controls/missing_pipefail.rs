//! A pipe that succeeds although a command in it failed.

use plimsoll_posture::{Change, Plane, Posture, Publisher, Recipe, Run, ShellSlip, SlipKind, Stage, Step};

use crate::shell_slips::shell_sees_pipes;
use crate::{Control, Finding, Foothold, Remedy, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "missing-pipefail",
    title: "a pipe hides that a command in it failed",
    page: include_str!("missing_pipefail.md"),
    severity: Severity::Low,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["DL4006", "DD040", "KICS: Shell Running A Pipe Without Pipefail Flag"],
    covered_by: &["download-piped-to-shell"],
    standing: Standing::Ordinary,
    scope: Scope::Stage(check),
};

fn check(stage: &Stage, _: &Recipe, _: &Posture, _: &Settings) -> Verdict {
    let mut findings = Vec::new();
    for (step, run) in stage.runs() {
        if run.exec_form || shell_sees_pipes(run) {
            continue;
        }
        let hiding = |slip: &&ShellSlip| slip.kind == SlipKind::UncheckedPipe;
        let mut hidden =
            run.traits.slips.iter().filter(hiding).filter_map(|slip| Some((slip, fails(run, slip)?)));
        let Some((slip, program)) = hidden.next() else { continue };
        let mut finding = Finding::place(
            stage.place(slip.at),
            Plane::Declared,
            "only the last command counts",
            format!("stage `{}` goes on when `{program}` fails in a pipe", stage.label()),
            fix(stage, run),
        );
        for (slip, _) in hidden.take(3) {
            finding = finding.near(stage.place(slip.at), "and here");
        }
        findings.push(match remedy(stage, step, run) {
            Some(remedy) => finding.remedied(remedy),
            None => finding,
        });
    }
    let unread = stage.runs().any(|(_, run)| !run.understood);
    match (findings.is_empty(), unread) {
        (true, true) => Verdict::NotApplicable("a RUN in a language that is not a POSIX shell"),
        _ => Verdict::from_findings(findings, Verdict::absent()),
    }
}

/// The first command of the pipe that can fail unseen.
fn fails<'a>(run: &'a Run, slip: &ShellSlip) -> Option<&'a str> {
    run.commands
        .iter()
        .filter(|command| slip.at.contains(command.at) && command.position + 1 < command.pipeline_length)
        .find_map(|command| command.effective_program().filter(|program| !is_harmless(program)))
}

/// Commands that do nothing but print: they do not fail, and `yes` is meant to be cut off.
fn is_harmless(program: &str) -> bool {
    matches!(program, "echo" | "printf" | "yes" | "true" | ":" | "cd" | "set")
}

/// What the shell of the image offers: dash, the `sh` of Debian and Ubuntu, has no `pipefail`.
fn fix(stage: &Stage, run: &Run) -> String {
    let program = run.interpreter.rsplit('/').next().unwrap_or("");
    if matches!(program, "bash" | "zsh" | "ksh" | "ash") {
        return "start the script with `set -o pipefail`".to_owned();
    }
    match stage.image.knowledge.distribution.as_deref() {
        Some("alpine" | "wolfi") => {
            "write `SHELL [\"/bin/ash\", \"-eo\", \"pipefail\", \"-c\"]` before this step".to_owned()
        }
        Some("debian" | "ubuntu") => {
            "write `SHELL [\"/bin/bash\", \"-o\", \"pipefail\", \"-c\"]` before this \
             step: the `sh` of this image is dash, which may not know `set -o pipefail`"
                .to_owned()
        }
        _ => "write `SHELL [\"/bin/bash\", \"-o\", \"pipefail\", \"-c\"]` before this step, or `/bin/ash` \
             where the image is Alpine's"
            .to_owned(),
    }
}

/// Another shell for this step and those behind it, where the image is known to have one that knows the option.
fn remedy(stage: &Stage, step: &Step, run: &Run) -> Option<Remedy> {
    let usual = run.shell.iter().map(|word| &**word).eq(["/bin/sh", "-c"]);
    if !usual || run.own_interpreter || step.on_build {
        return None;
    }
    let official = stage.image.knowledge.publisher == Some(Publisher::Official);
    let shell = match stage.image.knowledge.distribution.as_deref().filter(|_| official)? {
        "alpine" => r#"SHELL ["/bin/ash", "-eo", "pipefail", "-c"]"#,
        "debian" | "ubuntu" | "centos" | "fedora" | "almalinux" | "rockylinux" | "oraclelinux"
        | "amazonlinux" => r#"SHELL ["/bin/bash", "-o", "pipefail", "-c"]"#,
        _ => return None,
    };
    Some(Remedy::risky(
        vec![Change::Step { beside: stage.place(step.at), before: true, text: shell.to_owned() }],
        "every later step and a command in shell form run under that shell too, and stop where a pipe failed unseen",
    ))
}
