//! Accounts that are root by their group.

use plimsoll_posture::{Host, Known, Plane, Posture};

use crate::{Control, Evidence, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "docker-group-member",
    title: "account is root by the group of the engine's socket",
    page: include_str!("docker_group_member.md"),
    severity: Severity::High,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["CIS-1.1.2"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Host(check),
};

fn check(host: &Host, _: &Posture, _: &Settings) -> Verdict {
    let members = match &host.docker_group {
        Known::Unknown(reason) => return Verdict::Unknown(reason.clone()),
        Known::Value(members) => members,
    };
    let mut doubt = None;
    let mut findings = Vec::new();
    for member in members {
        match &member.value {
            Known::Unknown(reason) => doubt = doubt.or_else(|| Some(reason.clone())),
            Known::Value(name) if &**name == "root" => {}
            Known::Value(name) => findings.push(Finding::at(
                member,
                "as good as root",
                format!("`{name}` may order the engine, and so is root on the host"),
                format!("`gpasswd -d {name} docker`; who needs containers gets a rootless engine of his own"),
            )),
        }
    }
    let passed = || Verdict::Pass(Evidence { at: None, plane: Plane::Running });
    Verdict::from_findings(findings, doubt.map_or_else(passed, Verdict::Unknown))
}
