//! Directories that are listed.

use plimsoll_posture::{Posture, RemarkKind, Service};

use crate::proxy::by_remark;
use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "directory-listing",
    title: "contents of directories are listed",
    page: include_str!("directory_listing.md"),
    severity: Severity::Low,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["gixy: autoindex"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Process(check),
};

fn check(service: &Service, _: &Posture, _: &Settings) -> Verdict {
    by_remark(service, RemarkKind::DirectoryListed, |_, remark| {
        let name = service.name();
        let message = format!("proxy `{name}` lists directories");
        Finding::place(
            remark.at.at.clone(),
            remark.at.plane,
            "every file can be found",
            message,
            "switch the listing off, or guard the path with a password",
        )
    })
}
