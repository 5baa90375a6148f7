//! What the host is and runs can be read.

use plimsoll_posture::{Known, Posture, Service};

use crate::host_mount;
use crate::host_path::{Reading, lookup};
use crate::{Control, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "host-information-mounted",
    title: "inner workings of the host can be read",
    page: include_str!("host_information_mounted.md"),
    severity: Severity::Low,
    foothold: Foothold::Service,
    since: "0.1.0",
    peers: &["CL-0013", "CIS-5.6", "KICS: Volume Has Sensitive Host Directory"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Runtime(check),
};

fn check(service: &Service, posture: &Posture, _: &Settings) -> Verdict {
    host_mount::judge(
        service,
        |_| true,
        |host| {
            let Some(found) = lookup(host.path).filter(|found| found.reading == Reading::Information) else {
                return Ok(None);
            };
            if found.writing_takes_over && host.mount.writable == Known::Value(true) {
                return Ok(None);
            }
            let object = format!("the host's `{}`", host.path);
            Ok(Some(host.finding(
                posture,
                found.holds,
                format!("service `{}` {}", service.name(), host.verb(&object)),
                "remove the mount unless watching the host is what this service is for, and publish no port of it",
            )))
        },
    )
}
