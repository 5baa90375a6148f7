//! Package lists that were fetched in one layer and are used in another.

use plimsoll_posture::{Plane, Posture, Recipe, Run, ShellCommand, Stage};

use crate::system_packages::{self, Action, Family};
use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "package-lists-stale",
    title: "packages are installed by lists of an older layer",
    page: include_str!("package_lists_stale.md"),
    severity: Severity::Medium,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["DS-0017", "CKV_DOCKER_5", "DD002", "CIS-4.7", "CIS-DI-0007", "KICS: Update Instruction Alone"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Stage(check),
};

fn check(stage: &Stage, recipe: &Recipe, _: &Posture, _: &Settings) -> Verdict {
    let mut findings: Vec<Finding> = Vec::new();
    // The step of the lineage whose lists are in force, with its stage.
    let mut lists: Option<(&Stage, &ShellCommand)> = None;
    let mut reported = None;
    let mut installs = false;
    for owner in recipe.lineage(stage.index) {
        for (_, run) in owner.runs().filter(|(step, _)| !step.on_build) {
            let (update, install) = of_apt(run);
            installs |= install.is_some();
            if let (None, Some(install), Some((from, update))) = (update, install, lists)
                && owner.index == stage.index
                && !keeps_lists_elsewhere(run)
            {
                // One update may feed many installs.
                if reported == Some(update.at) {
                    if let Some(finding) = findings.pop() {
                        findings.push(finding.near(owner.place(install.at), "and here"));
                    }
                } else {
                    reported = Some(update.at);
                    findings.push(
                        Finding::place(
                            from.place(update.at),
                            Plane::Declared,
                            "stays in the build cache as it is today",
                            format!("stage `{}` installs packages by the lists of an older layer", stage.label()),
                            "join both: `RUN apt-get update && apt-get install -y … && rm -rf /var/lib/apt/lists/*`",
                        )
                        .near(owner.place(install.at), "used here"),
                    );
                }
            }
            if let Some(update) = update {
                lists = Some((owner, update));
            }
        }
    }
    let nothing = if installs { Verdict::absent() } else { Verdict::NotApplicable("apt installs nothing") };
    Verdict::from_findings(findings, nothing)
}

/// The last refresh and the first install of a script that comes before any refresh or without one. Only apt keeps
/// lists of any age: apk, dnf and zypper look at how old theirs are.
fn of_apt(run: &Run) -> (Option<&ShellCommand>, Option<&ShellCommand>) {
    let (mut update, mut install) = (None, None);
    for command in &run.commands {
        let Some(packages) = system_packages::read(command).filter(|packages| packages.family == Family::Apt)
        else {
            continue;
        };
        match packages.action {
            Action::Update => update = Some(command),
            Action::Install if install.is_none() && names_remote(&packages.packages) => {
                install = Some(command)
            }
            _ => {}
        }
    }
    (update, install)
}

/// `apt-get install ./x.deb` reads a file.
fn names_remote(packages: &[&plimsoll_posture::ShellWord]) -> bool {
    packages.is_empty() || packages.iter().any(|word| !word.text.starts_with(['.', '/']))
}

/// A mount holds the lists, so that no layer does.
fn keeps_lists_elsewhere(run: &Run) -> bool {
    run.mounts.iter().any(|mount| {
        mount.target.as_deref().is_some_and(|target| target.trim_end_matches('/').starts_with("/var/lib/apt"))
    })
}
