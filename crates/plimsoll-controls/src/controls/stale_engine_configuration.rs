//! What the file says is not what runs.

use plimsoll_posture::{Deviation, Host, Known, Plane, Posture, Reason};

use crate::{
    Control, Evidence, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict, engine_setting,
};

pub(super) static CONTROL: Control = Control {
    id: "stale-engine-configuration",
    title: "engine runs with another configuration than its file",
    page: include_str!("stale_engine_configuration.md"),
    severity: Severity::Medium,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Host(check),
};

fn check(host: &Host, _: &Posture, _: &Settings) -> Verdict {
    let Some(file) = &host.daemon.file else {
        return match host.daemon.file_sought {
            true => Verdict::NotApplicable("the daemon has no configuration file"),
            false => Verdict::Unknown(Reason::NeedsEngine("cat /etc/docker/daemon.json")),
        };
    };
    if let Some(first) = file.stale.first() {
        let told: Vec<String> = file.stale.iter().take(NAMED).map(told).collect();
        let more = match file.stale.len().saturating_sub(NAMED) {
            0 => String::new(),
            more => format!("; and {more} more"),
        };
        let at = first.declared_at.clone().unwrap_or_else(|| file.at.clone());
        return Verdict::fail(
            Finding::place(
                at,
                Plane::Running,
                "written here",
                format!("the engine does not run with what its file says: {}{more}", told.join("; ")),
                "systemctl restart docker, or undo the change of /etc/docker/daemon.json",
            )
            .near(first.running_at.clone(), "the engine says this"),
        );
    }
    if engine_setting::is_newer(host) {
        return Verdict::fail(Finding::place(
            file.at.clone(),
            Plane::Running,
            "written after the engine was started",
            "the configuration of the engine was changed after the engine had read it",
            "systemctl restart docker, or undo the change of /etc/docker/daemon.json",
        ));
    }
    match (engine_setting::told(host), &file.modified) {
        (None, _) => engine_setting::not_told(),
        (Some(_), Known::Unknown(reason)) => Verdict::Unknown(reason.clone()),
        (Some(_), Known::Value(_)) if host.engine.started.value().is_none() => {
            Verdict::Unknown(Reason::NeedsEngine("ps -o lstart= -C dockerd"))
        }
        (Some(_), Known::Value(_)) => {
            Verdict::Pass(Evidence { at: Some(file.at.clone()), plane: Plane::Running })
        }
    }
}

/// How many settings are named; the rest is counted.
const NAMED: usize = 6;

fn told(deviation: &Deviation) -> String {
    let Deviation { setting, declared, running, .. } = deviation;
    match running.is_empty() {
        true => format!("`{setting}` is to be {declared}"),
        false => format!("`{setting}` is {running}, written {declared}"),
    }
}
