//! A package manager that asks, in a build where nobody answers.

use plimsoll_posture::{Plane, Posture, Recipe, Run, ShellCommand, Stage};

use crate::system_packages::{self, Action, Family};
use crate::{
    Control, Finding, Foothold, Remedy, Scope, Settings, Severity, Standing, Verdict, recipe_change,
    stage_steps,
};

pub(super) static CONTROL: Control = Control {
    id: "missing-assume-yes",
    title: "package manager would wait for an answer",
    page: include_str!("missing_assume_yes.md"),
    severity: Severity::Medium,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[
        "DL3014",
        "DL3030",
        "DL3034",
        "DL3038",
        "DS-0021",
        "KICS: APT-GET Missing '-y' To Avoid Manual Input",
        "KICS: Yum Install Allows Manual Input",
        "KICS: Missing Zypper Non-interactive Switch",
        "KICS: Missing Flag From Dnf Install",
    ],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Stage(check),
};

fn check(stage: &Stage, recipe: &Recipe, _: &Posture, _: &Settings) -> Verdict {
    let mut findings = Vec::new();
    let mut asks = false;
    for (step, run) in stage.runs() {
        for (at, command) in run.commands.iter().enumerate() {
            let Some(packages) = system_packages::read(command) else { continue };
            if !matches!(packages.action, Action::Install | Action::UpgradeAll | Action::Remove) {
                continue;
            }
            // apk and microdnf never ask.
            let answer = match (packages.family, packages.tool) {
                (Family::Apk, _) | (_, "microdnf") => continue,
                (Family::Apt, _) => "add `-y`",
                (Family::Dnf, _) => "add `-y`",
                (Family::Zypper, _) => "write `zypper --non-interactive …`",
            };
            asks = true;
            let settled = is_answered(packages.family, command)
                || is_fed(&run.commands, at)
                || configured(recipe, stage, step.at.start, packages.family, run);
            if settled {
                continue;
            }
            let answered = match packages.family {
                Family::Zypper => command
                    .effective_words()
                    .first()
                    .and_then(|program| recipe_change::add_option(stage, program, "--non-interactive")),
                _ => recipe_change::add_option(stage, packages.verb, "-y"),
            };
            let finding = Finding::place(
                stage.place(command.at),
                Plane::Declared,
                "asks, and nobody answers",
                format!(
                    "stage `{}` runs {} without an answer to its questions",
                    stage.label(),
                    packages.tool
                ),
                answer,
            );
            findings.push(match answered {
                Some(change) => finding.remedied(Remedy::safe(
                    vec![change],
                    "a build has nobody to answer: where it works today nothing is asked",
                )),
                None => finding,
            });
        }
    }
    let nothing =
        if asks { Verdict::absent() } else { Verdict::NotApplicable("no package manager that asks is run") };
    Verdict::from_findings(findings, nothing)
}

fn is_answered(family: Family, command: &ShellCommand) -> bool {
    let words = command.arguments();
    let any = |test: &dyn Fn(&str) -> bool| words.iter().any(|word| test(&word.text));
    // A variable may hold the answer, where its name does not say that it holds packages.
    let holds_options = |text: &str| {
        let name = text.to_ascii_lowercase();
        text.starts_with('$') && ["opt", "arg", "flag", "param", "yes"].iter().any(|part| name.contains(part))
    };
    if any(&holds_options) {
        return true;
    }
    match family {
        Family::Apt => {
            command.has_short('y')
                || command.has_short('s')
                || any(&|text| {
                    let folded = text.to_ascii_lowercase();
                    matches!(
                        &*folded,
                        "--yes" | "--assume-yes" | "--dry-run" | "--simulate" | "--just-print" | "--no-act"
                            | "--recon" | "--print-uris" | "--quiet=2" | "--assume-no"
                    ) || folded.contains("apt::get::assume-yes=") || is_quiet_twice(&folded)
                })
                // `-q -q` is `-qq`.
                || words.iter().filter(|word| matches!(&*word.text, "-q" | "--quiet")).count() > 1
        }
        Family::Dnf => {
            command.has_short('y')
                || any(&|text| {
                    matches!(text, "--assumeyes" | "--assumeno" | "-h" | "--help")
                        || text.contains("assumeyes=1")
                        || text.contains("assumeyes=true")
                })
        }
        Family::Zypper => {
            command.has_short('y')
                || command.has_short('n')
                || any(&|text| matches!(text, "--non-interactive" | "--no-confirm" | "--dry-run" | "-D"))
        }
        Family::Apk => true,
    }
}

/// `-qq`, `-qqy`, `-q=2`: a second `q` says yes as well (apt-get(8)).
fn is_quiet_twice(text: &str) -> bool {
    text == "-q=2"
        || text.starts_with('-')
            && !text.starts_with("--")
            && text.bytes().filter(|byte| *byte == b'q').count() > 1
}

/// `yes | apt-get install …`, `echo y | …`, `… <<< y`.
fn is_fed(commands: &[ShellCommand], at: usize) -> bool {
    commands.get(at).is_some_and(|command| {
        command.position > 0 || command.redirects.iter().any(|redirect| redirect.operator.starts_with('<'))
    })
}

/// A step up to this one writes the answer into the tool's own configuration.
fn configured(recipe: &Recipe, stage: &Stage, until: u32, family: Family, run: &Run) -> bool {
    let key = match family {
        Family::Apt => "Assume-Yes",
        Family::Dnf => "assumeyes",
        Family::Zypper | Family::Apk => return false,
    };
    stage_steps::written_before(recipe, stage, until, key) || run.script.expose().contains(key)
}
