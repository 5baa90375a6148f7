//! `ADD` of plain local files.

use plimsoll_posture::{CopySourceKind, Known, Plane, Posture, Recipe, Stage};

use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict, archive};

pub(super) static CONTROL: Control = Control {
    id: "add-instead-of-copy",
    title: "ADD is used where COPY would do",
    page: include_str!("add_instead_of_copy.md"),
    severity: Severity::Info,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[
        "DL3020",
        "DS-0005",
        "CKV_DOCKER_4",
        "CIS-4.9",
        "CIS-DI-0009",
        "DD007",
        "KICS: Add Instead of Copy",
    ],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Stage(check),
};

fn check(stage: &Stage, _: &Recipe, _: &Posture, _: &Settings) -> Verdict {
    let mut asked = false;
    let mut finding: Option<Finding> = None;
    for (step, copy) in stage.copies().filter(|(_, copy)| copy.add) {
        asked = true;
        let plain = copy.sources.iter().any(|source| match (&source.path, source.kind) {
            (_, CopySourceKind::Heredoc) => true,
            (Known::Value(path), CopySourceKind::Path) => !archive::is_archive(path),
            _ => false,
        });
        if !plain {
            continue;
        }
        let at = stage.place(step.keyword_at);
        finding = Some(match finding {
            Some(finding) => finding.near(at, "and here"),
            None => Finding::place(
                at,
                Plane::Declared,
                "COPY would do",
                format!("stage `{}` adds plain files with ADD", stage.label()),
                "write COPY",
            ),
        });
    }
    match finding {
        Some(finding) => Verdict::fail(finding),
        None if asked => Verdict::absent(),
        None => Verdict::NotApplicable("no ADD"),
    }
}
