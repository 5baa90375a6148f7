//! A container has other settings than its project declares.

use plimsoll_posture::{Deviation, Plane, Posture, Seen, Service};

use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "drift",
    title: "container differs from what is declared",
    page: include_str!("drift.md"),
    severity: Severity::Medium,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Runtime(check),
};

/// How many settings are named; the rest is counted.
const NAMED: usize = 8;

fn check(service: &Service, _: &Posture, _: &Settings) -> Verdict {
    if service.seen.is_empty() {
        return Verdict::NotApplicable("no engine told of a container of it");
    }
    let drifted = service.seen.iter().filter(|seen| !seen.deviations.is_empty());
    let findings: Vec<Finding> = drifted.map(|seen| finding(service, seen)).collect();
    Verdict::from_findings(findings, passed(service))
}

fn passed(service: &Service) -> Verdict {
    let at = service.seen.first().map(|seen| seen.at.clone());
    Verdict::Pass(crate::Evidence { at, plane: Plane::Running })
}

fn finding(service: &Service, seen: &Seen) -> Finding {
    let named: Vec<String> = seen.deviations.iter().take(NAMED).map(told).collect();
    let more = match seen.deviations.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!("; and {more} more"),
    };
    let stopped = match &*seen.status {
        "" | "running" => String::new(),
        status => format!(" ({status})"),
    };
    let message = format!(
        "container `{}`{stopped} of service `{}` differs from what is declared: {}{more}",
        seen.name,
        service.name(),
        named.join("; ")
    );
    let fix = format!(
        "`docker compose up -d --force-recreate {}` gives it what is declared; if the container is right, write it into the \
         compose file",
        service.name()
    );
    // The project's own file first: that is where somebody decides which of the two is right.
    let first = seen.deviations.iter().find_map(|deviation| deviation.declared_at.clone());
    let running = seen.deviations.first().map_or_else(|| seen.at.clone(), |first| first.running_at.clone());
    let mut finding = match first {
        Some(declared) => Finding::place(declared, Plane::Running, "declared here", message, fix)
            .near(running, "the container has this"),
        None => Finding::place(running, Plane::Running, "the container has this", message, fix),
    };
    for deviation in seen.deviations.iter().skip(1).take(NAMED - 1) {
        finding = finding.near(deviation.running_at.clone(), deviation.setting.clone());
    }
    finding
}

fn told(deviation: &Deviation) -> String {
    let Deviation { setting, declared, running, declared_at, .. } = deviation;
    match declared_at {
        Some(_) => format!("{setting} is {running}, declared {declared}"),
        None => format!("{setting} is {running}, by default {declared}"),
    }
}
