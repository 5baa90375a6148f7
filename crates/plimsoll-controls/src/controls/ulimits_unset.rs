//! No limit of its own on open files and the like.

use plimsoll_posture::{Posture, Service, Setting};

use crate::datastore::is_datastore;
use crate::deciding::{or_unknown, unset_here};
use crate::limit::is_large;
use crate::remedy::give;
use crate::{Control, Foothold, Remedy, Scope, Settings, Severity, Standing, Verdict};

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
        None => {
            // A datastore keeps its files open, and some refuse to start with few.
            let many = is_datastore(service) || is_large(service);
            let (soft, hard) = if many { (65536, 65536) } else { (1024, 4096) };
            let finding = unset_here(
                service,
                "ulimits",
                format!("service `{}` leaves its ulimits to the engine", service.name()),
                format!("add `ulimits: {{nofile: {{soft: {soft}, hard: {hard}}}}}`"),
            );
            let why = "a program that keeps more files and connections open at once fails";
            let change = give(service, Setting::OpenFiles(soft, hard));
            Verdict::fail(finding.remedied(Remedy::risky(vec![change], why)))
        }
    }
}
