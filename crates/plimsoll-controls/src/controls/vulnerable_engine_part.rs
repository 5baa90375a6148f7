//! containerd, runc or BuildKit with known vulnerabilities.

use plimsoll_posture::{Advisory, Component, Host, Known, Posture, Reason, Subject, SubjectKind};

use crate::locked_package::{impact, told};
use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict, engine_part};

pub(super) static CONTROL: Control = Control {
    id: "vulnerable-engine-part",
    title: "engine or a part of it has known vulnerabilities",
    page: include_str!("vulnerable_engine_part.md"),
    severity: Severity::High,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::HostContents(check),
};

fn check(host: &Host, _: &Posture, _: &Settings) -> Vec<(Subject, Verdict)> {
    if host.engine.components.is_empty() {
        let reason = Reason::NeedsEngine("docker version --format '{{json .}}'");
        return vec![(host.subject.clone(), Verdict::Unknown(reason))];
    }
    let parts = host.engine.components.iter();
    parts
        .map(|part| {
            let anchor = part.version.at.span;
            (
                Subject::new(SubjectKind::Host, format!("{} {}", host.subject.name, part.name), anchor),
                judge(part),
            )
        })
        .collect()
}

fn judge(part: &Component) -> Verdict {
    let version = match &part.version.value {
        Known::Unknown(reason) => return Verdict::Unknown(reason.clone()),
        Known::Value(version) => version,
    };
    let hits = match &part.advisories {
        Known::Value(hits) => hits,
        Known::Unknown(reason) => {
            let distribution = part.patched_by.as_deref();
            return Verdict::Unknown(distribution.map_or_else(|| reason.clone(), engine_part::tracker));
        }
    };
    let mut advisories: Vec<Advisory> = hits.iter().flat_map(|hit| hit.advisories.iter().cloned()).collect();
    if advisories.is_empty() {
        return Verdict::pass(&part.version);
    }
    advisories.sort_by_key(|advisory| (!advisory.exploited, std::cmp::Reverse(advisory.rating)));
    let count = match advisories.len() {
        1 => "a known vulnerability".to_owned(),
        many => format!("{many} known vulnerabilities"),
    };
    let mended = hits.iter().filter_map(|hit| hit.mended.as_deref()).next();
    let fix = match mended {
        Some(mended) => format!("update {} to {mended} or later, then systemctl restart docker", part.name),
        None => format!("no release of {} without them is known: watch its advisories", part.name),
    };
    Verdict::fail(
        Finding::at(&part.version, "this version", format!("{} {version} has {count}", part.name), fix)
            .rated(impact(&advisories))
            .about(&advisories)
            .because(format!("Known: {}", told(&advisories, 6))),
    )
}
