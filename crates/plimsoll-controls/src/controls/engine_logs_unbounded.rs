//! Logs of containers that say nothing grow without end.

use plimsoll_posture::{Host, Posture, Reason};

use crate::engine_logging::{self, Default};
use crate::engine_setting::{self, Words};
use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "engine-logs-unbounded",
    title: "logs grow without end by default",
    page: include_str!("engine_logs_unbounded.md"),
    severity: Severity::Medium,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["CIS-2.13"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Host(check),
};

fn check(host: &Host, _: &Posture, _: &Settings) -> Verdict {
    let words = Words {
        key: "log-opts",
        label: "files without a `max-size`",
        message: "the logs of containers grow until the disk is full",
        fix: &engine_setting::write(
            r#""log-driver": "json-file", "log-opts": {"max-size": "10m", "max-file": "3"}"#,
        ),
    };
    match engine_logging::of(host) {
        Default::Bounded(claim) => Verdict::pass(claim),
        Default::Endless(claim) if claim.is_assumed() => engine_setting::unset(host, &words),
        Default::Endless(claim) => Verdict::fail(Finding::at(claim, words.label, words.message, words.fix)),
        Default::Untold => Verdict::Unknown(Reason::NeedsEngine(
            "grep log-opts /etc/docker/daemon.json; ps -o args= -C dockerd",
        )),
    }
}
