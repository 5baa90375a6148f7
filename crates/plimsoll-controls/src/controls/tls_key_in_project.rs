//! The private key of a certificate among the project's files.

use plimsoll_posture::{Posture, RemarkKind, Service};

use crate::proxy::by_remark;
use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "tls-key-in-project",
    title: "private key of a certificate lies in the project",
    page: include_str!("tls_key_in_project.md"),
    severity: Severity::Medium,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Process(check),
};

fn check(service: &Service, _: &Posture, _: &Settings) -> Verdict {
    by_remark(service, RemarkKind::KeyInProject, |_, remark| {
        let name = service.name();
        let about = &remark.about;
        let message = format!("private key of proxy `{name}` is the file `{about}` of the project");
        Finding::place(
            remark.at.at.clone(),
            remark.at.plane,
            format!("the key is `{about}`"),
            message,
            "keep the key outside of the repository and hand it in as a secret",
        )
    })
}
