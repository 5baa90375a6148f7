//! The container may write where writing makes one root on the host.

use plimsoll_posture::{Change, Known, Mount, MountKind, Posture, Service};

use crate::host_mount;
use crate::host_path::{Reading, lookup};
use crate::{Control, Foothold, Remedy, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "sensitive-host-path-writable",
    title: "system path of the host can be written",
    page: include_str!("sensitive_host_path_writable.md"),
    severity: Severity::Critical,
    foothold: Foothold::Root,
    since: "0.1.0",
    peers: &["CL-0025", "CIS-5.6", "KICS: Volume Has Sensitive Host Directory"],
    covered_by: &["runtime-socket-mounted"],
    standing: Standing::Ordinary,
    scope: Scope::Runtime(check),
};

fn check(service: &Service, posture: &Posture, _: &Settings) -> Verdict {
    host_mount::judge(
        service,
        |mount: &Mount| mount.writable != Known::Value(false),
        |host| {
            let Some(found) = lookup(host.path).filter(|found| found.writing_takes_over) else {
                return Ok(None);
            };
            match &host.mount.writable {
                Known::Value(false) => return Ok(None),
                Known::Unknown(reason) => return Err(reason.clone()),
                Known::Value(true) => {}
            }
            let read_only = if host.mount.kind == MountKind::Volume { "`read_only: true`" } else { "`:ro`" };
            let fix = match found.reading {
                Reading::Secret => {
                    "mount only the one directory or file below it that the program needs".to_owned()
                }
                _ => format!("remove the mount, or add {read_only} if the program must read it"),
            };
            let object = format!("the host's `{}` writable", host.path);
            let message = format!("service `{}` {}", service.name(), host.verb(&object));
            // What holds secrets is no better off when it can still be read.
            let readable = found.reading != Reading::Secret && host.mount.kind == MountKind::Bind;
            let remedy = readable.then(|| {
                Remedy::risky(
                    vec![Change::MountOptions {
                        at: host.claim.at.clone(),
                        with: vec!["ro".into()],
                        without: Vec::new(),
                    }],
                    "a program that writes there fails",
                )
            });
            Ok(Some(host.finding(posture, found.holds, message, fix).remedied_by(remedy)))
        },
    )
}
