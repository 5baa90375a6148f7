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
    let mut findings: Vec<Finding> = service.seen.iter().filter_map(|seen| finding(service, seen)).collect();
    findings.extend(beyond(service));
    Verdict::from_findings(findings, passed(service))
}

fn passed(service: &Service) -> Verdict {
    let at = service.seen.first().map(|seen| seen.at.clone());
    Verdict::Pass(crate::Evidence { at, plane: Plane::Running })
}

fn finding(service: &Service, seen: &Seen) -> Option<Finding> {
    if let Some(former) = &seen.orphan {
        let message = format!(
            "container `{}`{} was made for the service `{former}`, which the project has no more",
            seen.name,
            state(seen)
        );
        let fix =
            "`docker compose up -d --remove-orphans` removes it; if it is needed, write the service again"
                .to_owned();
        return Some(Finding::place(seen.at.clone(), Plane::Running, "an orphan", message, fix));
    }
    if seen.deviations.is_empty() {
        return None;
    }
    let named: Vec<String> = seen.deviations.iter().take(NAMED).map(told).collect();
    let more = match seen.deviations.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!("; and {more} more"),
    };
    // Nobody declares a container that belongs to no project here.
    let declared = *seen.name != *service.name();
    let whose = if declared { format!(" of service `{}`", service.name()) } else { String::new() };
    let message = format!(
        "container `{}`{}{whose} differs from what is declared: {}{more}{}",
        seen.name,
        state(seen),
        named.join("; "),
        since(seen)
    );
    let fix = match declared {
        true => format!(
            "`docker compose up -d --force-recreate {}` gives it what is declared; if the container is right, write it into the \
             compose file",
            service.name()
        ),
        false => {
            "make the container again from the image that its tag names, or name the image by its digest"
                .to_owned()
        }
    };
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
    Some(finding.alone())
}

/// The kernel lets a process do more than the engine says that it may.
fn beyond(service: &Service) -> Option<Finding> {
    let processes = service.observed.as_ref().map(|observed| observed.processes.as_slice())?;
    let words = processes.iter().map(|process| process.beyond(service)).find(|words| !words.is_empty())?;
    let at = service.seen.first()?.at.clone();
    let message = format!(
        "the kernel lets the first process of `{}` have more than its engine tells: {}",
        service.name(),
        words.join("; ")
    );
    let fix =
        "make the container again; if it stays so, compare `docker info` (Security Options, runtimes) with \
               /proc/PID/status"
            .to_owned();
    Some(Finding::place(at, Plane::Running, "the engine tells of it here", message, fix).alone())
}

fn state(seen: &Seen) -> String {
    let made = seen.created.as_deref().and_then(|text| text.get(..10)).map(|day| format!("made on {day}"));
    let stopped = Some(&*seen.status).filter(|status| !matches!(*status, "" | "running")).map(str::to_owned);
    let words: Vec<String> = stopped.into_iter().chain(made).collect();
    if words.is_empty() { String::new() } else { format!(" ({})", words.join(", ")) }
}

/// Which of the two came later, where that can be told.
fn since(seen: &Seen) -> String {
    match &seen.edited {
        Some(file) => format!("; {file} was changed after the container was made"),
        None => String::new(),
    }
}

fn told(deviation: &Deviation) -> String {
    let Deviation { setting, declared, running, declared_at, .. } = deviation;
    match declared_at {
        Some(_) => format!("{setting} is {running}, declared {declared}"),
        None => format!("{setting} is {running}, by default {declared}"),
    }
}
