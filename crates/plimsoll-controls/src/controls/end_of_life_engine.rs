//! An engine that nobody mends any more.

use plimsoll_posture::{Host, Known, Posture, Reason};

use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict, engine_part};

pub(super) static CONTROL: Control = Control {
    id: "end-of-life-engine",
    title: "engine gets no more security fixes",
    page: include_str!("end_of_life_engine.md"),
    severity: Severity::High,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["CIS-1.2.2"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Host(check),
};

fn check(host: &Host, _: &Posture, _: &Settings) -> Verdict {
    let Some(engine) = host.engine.components.iter().find(|part| matches!(&*part.name, "docker" | "podman"))
    else {
        return Verdict::Unknown(Reason::NeedsEngine("docker version --format '{{json .}}'"));
    };
    let claim = &engine.version;
    let version = match &claim.value {
        Known::Unknown(reason) => return Verdict::Unknown(reason.clone()),
        Known::Value(version) => version,
    };
    // A distribution mends what its makers have given up, and does not raise the version.
    if let Some(distribution) = &engine.patched_by {
        return Verdict::Unknown(engine_part::tracker(distribution));
    }
    let line = match &engine.line {
        Known::Unknown(reason) => return Verdict::Unknown(reason.clone()),
        Known::Value(line) => line,
    };
    if !line.ended {
        return Verdict::pass(claim);
    }
    let ended = line.end_of_life.as_ref().map(|day| format!(" on {day}")).unwrap_or_default();
    let newest = line.successor.as_ref().map(|line| format!(", {line} is the newest")).unwrap_or_default();
    Verdict::fail(Finding::at(
        claim,
        format!("{} ended{ended}", line.cycle),
        format!("{} {version} gets no more security fixes: {} ended{ended}", line.product, line.cycle),
        format!("update the engine to a line that is kept up{newest}"),
    ))
}
