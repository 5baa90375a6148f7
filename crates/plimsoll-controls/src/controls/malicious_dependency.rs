//! A package that was published to do harm.

use plimsoll_posture::{Advisory, Plane, Posture};

use crate::locked_package::{HitPackage, told};
use crate::{Control, Evidence, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "malicious-dependency",
    title: "dependency is malicious",
    page: include_str!("malicious_dependency.md"),
    severity: Severity::Critical,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Package(check),
};

fn check(hit: &HitPackage<'_>, _: &Posture, _: &Settings) -> Verdict {
    let advisories: Vec<Advisory> =
        hit.hit.advisories.iter().filter(|advisory| advisory.malicious).cloned().collect();
    let package = hit.package;
    let Some(first) = advisories.first() else {
        return Verdict::Pass(Evidence { at: Some(package.place()), plane: Plane::Declared });
    };
    let way: Vec<&str> = hit.way().iter().map(|package| &*package.name).collect();
    let label = match way.as_slice() {
        [] => "asked for by the project itself".to_owned(),
        way => format!("needed by {}", way.join(" > ")),
    };
    let fix = match &first.fixed {
        Some(fixed) => format!(
            "delete `node_modules`, move to {fixed} or back to a version before, and replace every secret of the machines that installed it"
        ),
        None => format!(
            "remove `{}` and replace every secret of the machines that installed it",
            way.first().copied().unwrap_or(&package.name)
        ),
    };
    let message = format!("`{}` {} is malicious", package.name, package.version);
    let mut finding = Finding::place(package.place(), Plane::Declared, label, message, fix)
        .about(&advisories)
        .because(format!("Known: {}", told(&advisories, 3)));
    if let Some(request) = hit.request() {
        finding = finding.near(request.place(), "brought in by this request");
    }
    Verdict::fail(finding)
}
