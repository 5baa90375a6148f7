//! No limit of its own on open files and the like.

use plimsoll_posture::{Posture, Service};

use crate::deciding::{or_unknown, unset_here};
use crate::{Control, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "ulimits-unset",
    title: "ulimits are left to the engine",
    page: include_str!("ulimits_unset.md"),
    severity: Severity::Info,
    foothold: Foothold::Service,
    since: "0.1.0",
    peers: &["CIS-5.19"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Runtime(check),
};

fn check(service: &Service, _: &Posture, _: &Settings) -> Verdict {
    match service.ulimits.items().next() {
        Some(claim) => or_unknown(&service.ulimits, Verdict::pass(claim)),
        None => Verdict::fail(unset_here(
            service,
            "ulimits",
            format!("service `{}` leaves its ulimits to the engine", service.name()),
            "add `ulimits: {nofile: {soft: 1024, hard: 4096}}`",
        )),
    }
}
