//! A project that does not say which Node.js it is made for.

use plimsoll_posture::{Dependencies, Plane, Posture};

use crate::{Control, Evidence, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "node-version-unstated",
    title: "project does not say which Node.js it is made for",
    page: include_str!("node_version_unstated.md"),
    severity: Severity::Info,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[],
    covered_by: &[],
    standing: Standing::Style,
    scope: Scope::App(check),
};

fn check(app: &Dependencies, _: &Posture, _: &Settings) -> Verdict {
    if let Some(request) = app.node.first() {
        return Verdict::Pass(Evidence { at: Some(request.place()), plane: Plane::Declared });
    }
    if app.requests.is_empty() {
        return Verdict::NotApplicable("no package.json asks for anything");
    }
    Verdict::fail(Finding::place(
        app.place(),
        Plane::Declared,
        "no `engines.node`",
        "package.json does not say which Node.js it is made for, nor does a file beside it",
        "write `\"engines\": { \"node\": \">=24\" }` with the line that is tested",
    ))
}
