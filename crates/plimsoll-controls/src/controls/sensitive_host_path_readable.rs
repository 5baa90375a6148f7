//! Credentials or other services' data of the host can be read.

use plimsoll_posture::{Known, Posture, Service};

use crate::host_mount;
use crate::host_path::{Reading, lookup};
use crate::{Control, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "sensitive-host-path-readable",
    title: "secrets of the host can be read",
    page: include_str!("sensitive_host_path_readable.md"),
    severity: Severity::High,
    foothold: Foothold::Service,
    since: "0.1.0",
    peers: &["CL-0013", "CIS-5.6", "KICS: Volume Has Sensitive Host Directory"],
    covered_by: &["runtime-socket-mounted"],
    standing: Standing::Ordinary,
    scope: Scope::Runtime(check),
};

fn check(service: &Service, posture: &Posture, _: &Settings) -> Verdict {
    host_mount::judge(
        service,
        |_| true,
        |host| {
            let Some(found) = lookup(host.path).filter(|found| found.reading == Reading::Secret) else {
                return Ok(None);
            };
            // Where it can also be written, the control for that tells the worse story.
            if found.writing_takes_over && host.mount.writable == Known::Value(true) {
                return Ok(None);
            }
            let object = format!("the host's `{}`", host.path);
            let mut finding = host.finding(
                posture,
                found.holds,
                format!("service `{}` {}", service.name(), host.verb(&object)),
                "remove the mount; hand over the one file the program needs, as a `secret` or read-only",
            );
            if host.path.starts_with("/run/") {
                finding = finding
                    .because("`:ro` does not stop requests over a socket, and root's requests are obeyed");
            }
            Ok(Some(finding))
        },
    )
}
