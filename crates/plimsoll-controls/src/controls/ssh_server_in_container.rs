//! A container in which an SSH server runs.

use plimsoll_posture::{Known, Plane, Posture, Reason, Service};

use crate::{Control, Evidence, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "ssh-server-in-container",
    title: "container runs an SSH server",
    page: include_str!("ssh_server_in_container.md"),
    severity: Severity::Medium,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["CIS-5.7"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Process(check),
};

const FIX: &str = "remove it from what the container starts; `docker exec` opens a shell, and leaves a trace in the engine's log";

fn check(service: &Service, _: &Posture, _: &Settings) -> Verdict {
    for claim in [&service.entrypoint, &service.command].iter().filter_map(|fact| fact.effective()) {
        let Known::Value(line) = &claim.value else { continue };
        if line.words.iter().any(|text| text.expose().split_whitespace().any(is_server)) {
            let message = format!("service `{}` starts an SSH server", service.name());
            return Verdict::fail(Finding::at(claim, "an SSH server", message, FIX));
        }
    }
    let Some(seen) = service.seen.first() else {
        return Verdict::NotApplicable("no engine told of a container of it, and its command starts none");
    };
    let passed = Verdict::Pass(Evidence { at: Some(seen.at.clone()), plane: Plane::Running });
    let Some(programs) = service.observed.as_ref().and_then(|observed| observed.programs.as_ref()) else {
        return match service.seen.iter().any(|seen| matches!(&*seen.status, "" | "running" | "paused")) {
            true => Verdict::Unknown(Reason::NeedsEngine("docker top NAME | grep -E 'sshd|dropbear'")),
            false => passed,
        };
    };
    match programs.iter().find(|program| is_server(program)) {
        Some(program) => {
            let message = format!("`{program}` runs in service `{}`", service.name());
            Verdict::fail(Finding::place(seen.at.clone(), Plane::Running, "in this container", message, FIX))
        }
        None => passed,
    }
}

fn is_server(word: &str) -> bool {
    matches!(word.rsplit('/').next(), Some("sshd" | "dropbear"))
}
