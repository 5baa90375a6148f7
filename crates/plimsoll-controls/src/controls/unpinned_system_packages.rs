//! Distribution packages without a version.

use plimsoll_posture::{Plane, Posture, Recipe, Stage};

use crate::system_packages::{self, Action, Family};
use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict, stage_steps};

pub(super) static CONTROL: Control = Control {
    id: "unpinned-system-packages",
    title: "distribution packages are installed without a version",
    page: include_str!("unpinned_system_packages.md"),
    severity: Severity::Info,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[
        "DL3008",
        "DL3018",
        "DL3033",
        "DL3037",
        "DL3041",
        "KICS: Apt Get Install Pin Version Not Defined",
        "KICS: Missing Version Specification In dnf install",
        "KICS: Yum install Without Version",
        "KICS: Zypper Install Without Version",
        "KICS: Unpinned Package Version in Apk Add",
    ],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Stage(check),
};

fn check(stage: &Stage, recipe: &Recipe, _: &Posture, _: &Settings) -> Verdict {
    let mut findings = Vec::new();
    let mut installs = false;
    for (step, run) in stage.runs() {
        for command in &run.commands {
            let Some(packages) = system_packages::read(command) else { continue };
            if packages.action != Action::Install {
                continue;
            }
            installs = true;
            let mut count = 0;
            let mut places = Vec::new();
            for word in packages.packages {
                let loose = if word.literal {
                    usize::from(!is_pinned(packages.family, &word.text))
                } else {
                    // A variable may list many.
                    stage_steps::spelled_out(recipe, stage, step, run, word).map_or(0, |list| {
                        let names = list.split_whitespace().filter(|name| !name.starts_with(['-', '\\']));
                        names.filter(|name| !name.contains('$') && !is_pinned(packages.family, name)).count()
                    })
                };
                count += loose;
                if loose > 0 {
                    places.push(word.at);
                }
            }
            let (Some(first), Some(last)) = (places.first(), places.last()) else { continue };
            let noun = if count == 1 { "package" } else { "packages" };
            findings.push(Finding::place(
                stage.place(first.join(*last)),
                Plane::Declared,
                "whatever version is current",
                format!(
                    "stage `{}` installs {count} {noun} with {} without a version",
                    stage.label(),
                    packages.tool
                ),
                "pin versions where builds must repeat; otherwise pin the base image by digest and rebuild often",
            ));
        }
    }
    let nothing = if installs {
        Verdict::absent()
    } else {
        Verdict::NotApplicable("no distribution packages are installed")
    };
    Verdict::from_findings(findings, nothing)
}

fn is_pinned(family: Family, package: &str) -> bool {
    if package.starts_with(['/', '.', '@'])
        || package.contains("://")
        || package.ends_with(".deb")
        || package.ends_with(".rpm")
    {
        return true;
    }
    match family {
        // `name=1.2`, `name/stable`: the second fixes the release, not the version, but is a choice.
        Family::Apt => {
            package.contains(['=', '/'])
                || package.ends_with(['-', '+']) && package.len() > 1 && !package.ends_with("++")
        }
        Family::Apk => package.contains(['=', '<', '>', '~', '@']),
        Family::Zypper => package.contains(['=', '<', '>']),
        // name-1.2-3: a dash before a digit starts the version.
        Family::Dnf => {
            let bytes = package.as_bytes();
            bytes.windows(2).any(|pair| pair[0] == b'-' && pair[1].is_ascii_digit())
        }
    }
}
