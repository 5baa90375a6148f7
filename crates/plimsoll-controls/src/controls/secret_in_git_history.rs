//! Secrets in former versions of files, which git keeps.

use plimsoll_posture::{Certainty, Past, SearchedFile, SecretSighting};

use crate::sightings::{label, says};
use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "secret-in-git-history",
    title: "history of git holds a secret",
    page: include_str!("secret_in_git_history.md"),
    severity: Severity::High,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::File(check),
};

fn check(file: &SearchedFile, _: &Settings) -> Verdict {
    let Some(past) = &file.past else {
        return Verdict::NotApplicable("it is no former version of a file");
    };
    let findings = file.sightings.iter().map(|sighting| finding(past, sighting)).collect();
    Verdict::from_findings(findings, Verdict::absent())
}

fn finding(past: &Past, sighting: &SecretSighting) -> Finding {
    let (name, commit) = (&sighting.name, &past.commit);
    let whereabouts = match past.gone {
        true => format!("is gone from the tree and still in the history (commit {commit})"),
        false => format!("is in the history (commit {commit}) and in the tree that is checked out"),
    };
    let impact = if sighting.certainty == Certainty::Certain { Severity::High } else { Severity::Medium };
    Finding::at(
        &sighting.at,
        label(sighting),
        format!("`{name}`, which {}, {whereabouts}", says(sighting)),
        "change the secret where it is issued: every clone has it; rewriting the history (`git filter-repo`) does not reach clones and forks",
    )
    .rated(impact)
}
