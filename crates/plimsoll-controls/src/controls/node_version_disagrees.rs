//! An image with another Node.js than the project asks for.

use plimsoll_posture::{Dependencies, NodeRequest, Plane, Posture, StageBase};

use crate::{Control, Evidence, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "node-version-disagrees",
    title: "image has another Node.js than the project asks for",
    page: include_str!("node_version_disagrees.md"),
    severity: Severity::Low,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::App(check),
};

fn check(app: &Dependencies, posture: &Posture, _: &Settings) -> Verdict {
    let asked: Vec<&NodeRequest> = app.node.iter().filter(|request| !request.majors.is_empty()).collect();
    if asked.is_empty() {
        return Verdict::NotApplicable("the project asks for no version of Node.js");
    }
    let mut findings = among_themselves(&asked);
    let mut compared = asked.get(1).map(|request| request.place());
    for recipe in &posture.recipes {
        let context = recipe.context.and_then(|id| posture.contexts.get(id.0));
        if context.is_none_or(|context| context.path != app.directory) {
            continue;
        }
        for stage in recipe.stages.iter().filter(|stage| stage.reached) {
            let StageBase::Image(_) = &stage.base else { continue };
            let lines = stage.image.knowledge.lines.iter().filter(|line| &*line.product == "Node.js");
            for major in lines.filter_map(|line| line.cycle.parse::<u32>().ok()) {
                compared = Some(stage.place(stage.subject.anchor));
                let Some(request) = asked.iter().find(|request| !request.majors.contains(&major)) else {
                    continue;
                };
                findings.push(
                    Finding::place(
                        stage.place(stage.subject.anchor),
                        Plane::Declared,
                        format!("Node.js {major}"),
                        format!(
                            "stage `{}` has Node.js {major}, and {} asks for `{}`",
                            stage.label(),
                            request.said_by,
                            request.wanted
                        ),
                        format!("use the same line of Node.js in the Dockerfile and in {}", request.said_by),
                    )
                    .near(request.place(), "another line of Node.js"),
                );
            }
        }
    }
    let otherwise = match compared {
        Some(at) => Verdict::Pass(Evidence { at: Some(at), plane: Plane::Declared }),
        None => Verdict::NotApplicable(
            "no image with a known line of Node.js is built from here, and nothing else asks for one",
        ),
    };
    Verdict::from_findings(findings, otherwise)
}

/// Statements of the project of which none allows what another one asks for.
fn among_themselves(asked: &[&NodeRequest]) -> Vec<Finding> {
    let Some((first, others)) = asked.split_first() else { return Vec::new() };
    let apart = others.iter().filter(|other| !other.majors.iter().any(|major| first.majors.contains(major)));
    apart
        .map(|other| {
            Finding::place(
                other.place(),
                Plane::Declared,
                format!("asks for `{}`", other.wanted),
                format!(
                    "{} asks for `{}`, and {} for `{}`: no line of Node.js is both",
                    other.said_by, other.wanted, first.said_by, first.wanted
                ),
                format!("ask for the same line of Node.js in {} and in {}", other.said_by, first.said_by),
            )
            .near(first.place(), format!("asks for `{}`", first.wanted))
        })
        .collect()
}
