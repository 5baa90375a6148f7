//! `ADD` of something remote that nothing verifies.

use plimsoll_posture::{CopySourceKind, Known, Plane, Posture, Recipe, Stage};

use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "remote-add-unverified",
    title: "remote file or repository is added without verification",
    page: include_str!("remote_add_unverified.md"),
    severity: Severity::Medium,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["DD059", "DH007"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Stage(check),
};

fn check(stage: &Stage, _: &Recipe, _: &Posture, _: &Settings) -> Verdict {
    let mut findings = Vec::new();
    let mut verified = false;
    for (_, copy) in stage.copies().filter(|(_, copy)| copy.add) {
        for source in &copy.sources {
            let path = source.path.value().map(|path| &**path);
            let (what, fix) = match source.kind {
                CopySourceKind::Url if copy.checksum.is_none() => (
                    "nothing verifies what the URL serves",
                    "add `--checksum=sha256:…` of the file you reviewed",
                ),
                CopySourceKind::Git if copy.checksum.is_none() && !path.is_some_and(names_a_commit) => (
                    "a branch or tag can move",
                    "name a commit after `#`, or add `--checksum=` with the commit",
                ),
                CopySourceKind::Url | CopySourceKind::Git => {
                    verified = true;
                    continue;
                }
                CopySourceKind::Path | CopySourceKind::Heredoc => continue,
            };
            findings.push(Finding::place(
                stage.place(source.at),
                Plane::Declared,
                what,
                format!("stage `{}` adds a remote source without verifying it", stage.label()),
                fix,
            ));
        }
        if let Some(Known::Unknown(reason)) = copy.sources.first().map(|source| &source.path)
            && findings.is_empty()
            && !verified
        {
            return Verdict::Unknown(reason.clone());
        }
    }
    let nothing =
        if verified { Verdict::absent() } else { Verdict::NotApplicable("nothing remote is added") };
    Verdict::from_findings(findings, nothing)
}

/// A git source with a full commit id after `#`, before an optional `:subdirectory`.
fn names_a_commit(url: &str) -> bool {
    url.split_once('#').is_some_and(|(_, fragment)| {
        let reference = fragment.split(':').next().unwrap_or("");
        matches!(reference.len(), 40 | 64) && reference.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}
