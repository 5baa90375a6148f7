//! Files served from the root of the file system.

use plimsoll_posture::{Posture, RemarkKind, Service};

use crate::proxy::by_remark;
use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "filesystem-served",
    title: "files are served from a system directory",
    page: include_str!("filesystem_served.md"),
    severity: Severity::High,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["gixy: root_is_filesystem"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Process(check),
};

fn check(service: &Service, _: &Posture, _: &Settings) -> Verdict {
    by_remark(service, RemarkKind::FilesystemServed, |_, remark| {
        let name = service.name();
        let about = &remark.about;
        let message = format!("proxy `{name}` serves files from `{about}`");
        Finding::place(
            remark.at.at.clone(),
            remark.at.plane,
            "everything below it can be asked for",
            message,
            "serve a directory that holds nothing but what is meant to be public",
        )
    })
}
