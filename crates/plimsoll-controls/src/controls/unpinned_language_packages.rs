//! Tools from a language's registry without a version.

use plimsoll_posture::{Plane, Posture, Recipe, Stage};

use crate::language_packages::{self, Registry};
use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict, stage_steps};

pub(super) static CONTROL: Control = Control {
    id: "unpinned-language-packages",
    title: "packages of a language registry are installed without a version",
    page: include_str!("unpinned_language_packages.md"),
    severity: Severity::Low,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[
        "DL3013",
        "DL3016",
        "DL3028",
        "DL3062",
        "KICS: Unpinned Package Version in Pip Install",
        "KICS: NPM Install Command Without Pinned Version",
        "KICS: Gem Install Without Version",
    ],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Stage(check),
};

fn check(stage: &Stage, recipe: &Recipe, _: &Posture, _: &Settings) -> Verdict {
    let mut findings = Vec::new();
    let mut installs = false;
    for (step, command) in stage.commands() {
        let Some(install) = language_packages::read(command) else { continue };
        installs |= !install.packages.is_empty();
        let constrained = install.registry == Registry::Pip
            && stage_steps::env_before(recipe, stage, step, "PIP_CONSTRAINT").is_some();
        if install.fixed || constrained {
            continue;
        }
        let loose: Vec<_> = install
            .packages
            .iter()
            .filter(|word| word.literal && !install.registry.is_pinned(&word.text))
            .collect();
        let (Some(first), Some(last)) = (loose.first(), loose.last()) else { continue };
        let names: Vec<String> = loose.iter().take(3).map(|word| format!("`{}`", word.text)).collect();
        let more = if loose.len() > names.len() { ", …" } else { "" };
        findings.push(Finding::place(
            stage.place(first.at.join(last.at)),
            Plane::Declared,
            "the newest version of the day",
            format!(
                "stage `{}` installs {}{more} with {} without a version",
                stage.label(),
                names.join(", "),
                install.tool
            ),
            install.registry.fix(),
        ));
    }
    let nothing = if installs {
        Verdict::absent()
    } else {
        Verdict::NotApplicable("no language packages are installed by name")
    };
    Verdict::from_findings(findings, nothing)
}
