//! Several sources and a destination without a slash.

use plimsoll_posture::{Plane, Posture, Recipe, Stage};

use crate::{
    Control, Finding, Foothold, Remedy, Scope, Settings, Severity, Standing, Verdict, recipe_change,
};

pub(super) static CONTROL: Control = Control {
    id: "copy-destination-ambiguous",
    title: "several files are copied to what may be one file",
    page: include_str!("copy_destination_ambiguous.md"),
    severity: Severity::Medium,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["DL3021", "DS-0011", "KICS: Copy With More Than Two Arguments Not Ending With Slash"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Stage(check),
};

fn check(stage: &Stage, _: &Recipe, _: &Posture, _: &Settings) -> Verdict {
    let mut asked = false;
    let mut findings = Vec::new();
    for (step, copy) in stage.copies() {
        if copy.sources.len() < 2 {
            continue;
        }
        asked = true;
        // `{{ name }}` of a template falls into words that nobody wrote.
        if copy.sources.iter().any(|source| source.path.value().is_some_and(|path| path.contains("{{"))) {
            continue;
        }
        let to = copy.destination.value.trim_matches(['"', '\'']);
        let directory = to.is_empty()
            || to.ends_with(['/', '\\'])
            || matches!(to, "." | "..")
            || to.ends_with("/.")
            || to.ends_with("/..")
            || to.contains('$')
            || step.workdir.as_deref() == Some(to);
        if directory {
            continue;
        }
        let finding = Finding::place(
            stage.place(copy.destination.at),
            Plane::Declared,
            "a file, unless it is a directory already",
            format!("stage `{}` copies {} sources to `{to}`", stage.label(), copy.sources.len()),
            format!("end it with a slash: `{to}/`"),
        );
        // Only a word that stands there as it is: no quotes, no variable.
        let bare =
            copy.destination.at.len() == copy.destination.value.len() && *copy.destination.value == *to;
        findings.push(if bare && !step.on_build {
            finding.remedied(Remedy::safe(
                vec![recipe_change::add_behind(stage, copy.destination.at, "/")],
                "the builder refuses several sources without it, unless a folder is there already",
            ))
        } else {
            finding
        });
    }
    if asked {
        Verdict::from_findings(findings, Verdict::absent())
    } else {
        Verdict::NotApplicable("no copy has several sources")
    }
}
