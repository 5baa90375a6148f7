//! apt's recommended packages, which come along unless somebody says no.

use plimsoll_posture::{Plane, Posture, Recipe, Stage};

use crate::system_packages::{self, Action, Family};
use crate::{
    Control, Finding, Foothold, Remedy, Scope, Settings, Severity, Standing, Verdict, recipe_change,
    stage_steps,
};

pub(super) static CONTROL: Control = Control {
    id: "recommended-packages-installed",
    title: "packages are installed that nobody asked for",
    page: include_str!("recommended_packages_installed.md"),
    severity: Severity::Low,
    foothold: Foothold::Service,
    since: "0.1.0",
    peers: &["DL3015", "DS-0029", "KICS: APT-GET Not Avoiding Additional Packages"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Stage(check),
};

fn check(stage: &Stage, recipe: &Recipe, _: &Posture, _: &Settings) -> Verdict {
    if !stage.ships {
        return Verdict::NotApplicable("the stage's layers are not part of an image that runs");
    }
    let mut findings = Vec::new();
    let mut installs = false;
    for (step, run) in stage.runs() {
        for command in &run.commands {
            let Some(packages) = system_packages::read(command) else { continue };
            if packages.family != Family::Apt || packages.action != Action::Install {
                continue;
            }
            installs = true;
            let settled = command.arguments().iter().any(|word| {
                match stage_steps::spelled_out(recipe, stage, step, run, word) {
                    Some(text) => text.split_whitespace().any(leaves_them_out),
                    None => leaves_them_out(&word.text) || may_leave_them_out(&word.text),
                }
            }) || run.script.expose().contains("Install-Recommends")
                || stage_steps::written_before(recipe, stage, step.at.start, "Install-Recommends");
            if settled {
                continue;
            }
            let option =
                if packages.tool == "aptitude" { "--without-recommends" } else { "--no-install-recommends" };
            let finding = Finding::place(
                stage.place(command.at),
                Plane::Declared,
                "brings recommended packages along",
                format!("stage `{}` installs what {} recommends", stage.label(), packages.tool),
                "add `--no-install-recommends`, and name the packages that are then missed",
            );
            findings.push(match recipe_change::add_option(stage, packages.verb, option) {
                Some(change) => finding.remedied(Remedy::risky(
                    vec![change],
                    "a package that only came along as a recommendation may be missed; name it then",
                )),
                None => finding,
            });
        }
    }
    let nothing = if installs { Verdict::absent() } else { Verdict::NotApplicable("apt installs nothing") };
    Verdict::from_findings(findings, nothing)
}

fn leaves_them_out(text: &str) -> bool {
    // aptitude calls it otherwise.
    matches!(text, "--no-install-recommends" | "--without-recommends" | "-R" | "--no-recommends")
        || text
            .to_ascii_lowercase()
            .split_once("install-recommends=")
            .is_some_and(|(_, value)| matches!(value.trim_matches(['"', '\'']), "0" | "false" | "no" | "off"))
}

/// A variable that nothing here sets may hold the option when its name says so.
fn may_leave_them_out(text: &str) -> bool {
    let name = text.to_ascii_lowercase();
    text.starts_with('$') && ["opt", "arg", "flag", "param"].iter().any(|part| name.contains(part))
}
