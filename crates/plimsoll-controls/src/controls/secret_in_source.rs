//! Secrets in files of the project that nothing else reads.

use plimsoll_posture::{Certainty, SearchedFile, SecretSighting, Tracking};

use crate::sightings::{label, says};
use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "secret-in-source",
    title: "file of the project holds a secret",
    page: include_str!("secret_in_source.md"),
    severity: Severity::High,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::File(check),
};

fn check(file: &SearchedFile, _: &Settings) -> Verdict {
    if file.past.is_some() {
        return Verdict::NotApplicable("it is a former version of a file");
    }
    let findings = file.sightings.iter().map(|sighting| finding(file, sighting)).collect();
    Verdict::from_findings(findings, Verdict::absent())
}

fn finding(file: &SearchedFile, sighting: &SecretSighting) -> Finding {
    let name = &sighting.name;
    let (git, fix) = match file.tracking {
        Some(Tracking::Tracked) => (
            ", and git has it",
            "change the secret: git keeps what it once had; then read it from a variable or from a file that is mounted",
        ),
        Some(Tracking::Open) => (
            ", and nothing keeps it out of git",
            "read it from a variable or from a file that is mounted, or name the file in .gitignore before it is committed",
        ),
        _ => ("", "read it from a variable or from a file that is mounted"),
    };
    let tracked = file.tracking == Some(Tracking::Tracked);
    let impact = match (tracked, sighting.certainty) {
        (true, Certainty::Certain) => Severity::High,
        (true, Certainty::Likely) | (false, Certainty::Certain) => Severity::Medium,
        (false, Certainty::Likely) => Severity::Low,
    };
    Finding::at(&sighting.at, label(sighting), format!("`{name}` {}{git}", says(sighting)), fix).rated(impact)
}
