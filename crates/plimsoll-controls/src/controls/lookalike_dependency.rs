//! A package whose name is taken easily for that of another, which very many use.

use plimsoll_posture::{Dependencies, Lookalike, Plane, Posture, Resemblance};

use crate::{Control, Evidence, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "lookalike-dependency",
    title: "package has nearly the name of another, which very many use",
    page: include_str!("lookalike_dependency.md"),
    severity: Severity::Medium,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[],
    covered_by: &["malicious-dependency"],
    standing: Standing::Ordinary,
    scope: Scope::App(check),
};

fn check(app: &Dependencies, _: &Posture, _: &Settings) -> Verdict {
    if app.requests.is_empty() && app.lockfiles.iter().all(|lockfile| lockfile.packages.is_empty()) {
        return Verdict::NotApplicable("nothing is asked for");
    }
    let at = app.lockfiles.first().map(plimsoll_posture::Lockfile::place);
    let findings = app.lookalikes.iter().map(finding).collect();
    Verdict::from_findings(findings, Verdict::Pass(Evidence { at, plane: Plane::Declared }))
}

fn finding(lookalike: &Lookalike) -> Finding {
    let Lookalike { name, like, how, by, .. } = lookalike;
    let label = match how {
        Resemblance::Separators => "the same letters with other separators",
        Resemblance::Letter => "one letter apart",
        Resemblance::Glyphs => "letters that look alike",
        Resemblance::Affix => "the same but for what stands before or behind it",
    };
    let by = by.as_ref().map(|by| format!(", and `{by}` asks for it")).unwrap_or_default();
    Finding::place(
        lookalike.place(),
        Plane::Declared,
        label,
        format!("`{name}` is nearly the name of `{like}`, which very many use{by}"),
        format!("look who publishes `{name}`; ask for `{like}` if that was meant"),
    )
}
