//! `ADD` of plain local files.

use plimsoll_posture::{CopySource, CopySourceKind, Known, Plane, Posture, Recipe, Stage};

use crate::{
    Control, Finding, Foothold, Remedy, Scope, Settings, Severity, Standing, Verdict, archive, recipe_change,
};

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
    let mut keywords = Some(Vec::new());
    let mut sure = true;
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
        let local = |source: &CopySource| match (&source.path, source.kind) {
            (_, CopySourceKind::Heredoc) => true,
            (Known::Value(path), CopySourceKind::Path) => !archive::is_archive(path),
            _ => false,
        };
        if copy.sources.iter().all(local) && !step.on_build && copy.checksum.is_none() {
            sure &= copy.sources.iter().all(is_no_archive);
            if let Some(keywords) = &mut keywords {
                keywords.push(recipe_change::reword(stage, step.keyword_at, "COPY"));
            }
        } else {
            keywords = None;
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
    let remedy = keywords.filter(|keywords| !keywords.is_empty()).map(|keywords| {
        if sure {
            Remedy::safe(keywords, "what is added is no archive, and COPY takes files as they are")
        } else {
            Remedy::risky(keywords, "a file that turns out to be an archive would no longer be unpacked")
        }
    });
    match finding {
        Some(finding) => Verdict::fail(match remedy {
            Some(remedy) => finding.remedied(remedy),
            None => finding,
        }),
        None if asked => Verdict::absent(),
        None => Verdict::NotApplicable("no ADD"),
    }
}

/// The folder itself, or a file whose ending no archive has: whatever ADD finds there, it does not unpack it.
fn is_no_archive(source: &CopySource) -> bool {
    const ENDINGS: &[&str] = &[
        "bat",
        "c",
        "cfg",
        "conf",
        "config",
        "cpp",
        "crt",
        "css",
        "csv",
        "env",
        "go",
        "h",
        "html",
        "ini",
        "java",
        "js",
        "json",
        "key",
        "list",
        "lock",
        "md",
        "mod",
        "pem",
        "php",
        "pl",
        "properties",
        "py",
        "rb",
        "repo",
        "sh",
        "sql",
        "sum",
        "toml",
        "ts",
        "txt",
        "xml",
        "yaml",
        "yml",
    ];
    if source.kind == CopySourceKind::Heredoc {
        return true;
    }
    let Some(path) = source.path.value() else { return false };
    let name = path.trim_end_matches('/').rsplit('/').next().unwrap_or("");
    matches!(name, "" | "." | "..")
        || path.ends_with('/')
        || name.rsplit_once('.').is_some_and(|(_, ending)| ENDINGS.contains(&ending))
}
