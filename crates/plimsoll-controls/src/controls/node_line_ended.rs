//! A project that only asks for versions of Node.js that get no more fixes.

use plimsoll_posture::{Dependencies, Plane, Posture};

use crate::{Control, Evidence, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "node-line-ended",
    title: "project asks for a Node.js past its end of life",
    page: include_str!("node_line_ended.md"),
    severity: Severity::Low,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::App(check),
};

fn check(app: &Dependencies, _: &Posture, _: &Settings) -> Verdict {
    let known: Vec<_> = app.node.iter().filter(|request| !request.majors.is_empty()).collect();
    let Some(first) = known.first() else {
        return Verdict::NotApplicable("the project asks for no version of Node.js");
    };
    let findings = known
        .iter()
        .filter_map(|request| {
            let ended = request.ended.as_ref()?;
            let newest = request.majors.last()?;
            Some(Finding::place(
                request.place(),
                Plane::Declared,
                format!("ended {ended}"),
                format!(
                    "{} allows nothing newer than Node.js {newest}, which ended on {ended}",
                    request.said_by
                ),
                "ask for a line of Node.js that still gets fixes",
            ))
        })
        .collect();
    let evidence = Evidence { at: Some(first.place()), plane: Plane::Declared };
    Verdict::from_findings(findings, Verdict::Pass(evidence))
}
