//! npm, corepack, Yarn and pnpm that the base image brought, with vulnerable packages of their own.

use std::collections::BTreeSet;

use plimsoll_posture::{Advisory, BuiltImage, InstalledHit, Posture};

use crate::installed_package::{pass, service_of, starts};
use crate::{Control, Foothold, Scope, Settings, Severity, Standing, Verdict, layers};

pub(super) static CONTROL: Control = Control {
    id: "package-manager-in-image",
    title: "package manager with known vulnerabilities is left in the image",
    page: include_str!("package_manager_in_image.md"),
    severity: Severity::Low,
    foothold: Foothold::Service,
    since: "0.1.0",
    peers: &[],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Built(check),
};

const MANAGERS: &[&str] = &["corepack", "npm", "npx", "pnpm", "pnpx", "yarn", "yarnpkg"];

fn check(image: &BuiltImage, posture: &Posture, _: &Settings) -> Verdict {
    let tools = &image.installed.tools;
    if tools.is_empty() {
        return match image.packages.is_empty() {
            true => layers::pass(image),
            false => Verdict::NotApplicable("the image has no package manager of Node.js"),
        };
    }
    let hits: Vec<&InstalledHit> = image.installed.hits.iter().filter(|hit| hit.tool.is_some()).collect();
    let first =
        hits.iter().filter_map(|hit| hit.tool).filter_map(|at| tools.get(at)).min_by_key(|tool| tool.layer);
    let Some(first) = first else { return pass(image, "npm") };
    let layer = first.layer.unwrap_or(0);
    let mut advisories: Vec<Advisory> = hits.iter().flat_map(|hit| &hit.advisories).cloned().collect();
    advisories.sort_by(|a, b| a.id.cmp(&b.id));
    advisories.dedup_by(|a, b| a.id == b.id);
    let names: Vec<String> = tools
        .iter()
        .map(|tool| match &tool.version {
            Some(version) => format!("{} {version}", tool.name),
            None => tool.name.to_string(),
        })
        .collect();
    let names = match names.as_slice() {
        [one] => one.clone(),
        [head @ .., last] => format!("{} and {last}", head.join(", ")),
        [] => String::new(),
    };
    let be = if tools.len() == 1 { "is" } else { "are" };
    let count = match advisories.len() {
        1 => "a known vulnerability goes".to_owned(),
        count => format!("{count} known vulnerabilities go"),
    };
    let packages: BTreeSet<&str> = hits
        .iter()
        .flat_map(|hit| &hit.packages)
        .filter_map(|at| image.packages.get(*at))
        .map(|package| &*package.name)
        .collect();
    let worst = advisories.iter().any(|advisory| advisory.exploited || advisory.malicious);
    let directories: Vec<String> = tools.iter().map(|tool| format!("/{}", tool.directory)).collect();
    let remove = format!("`RUN rm -rf {}` as root in the stage that ships", directories.join(" "));
    let starts = service_of(image, posture).and_then(|service| starts(service, MANAGERS));
    let fix = match starts {
        Some(true) => format!("start the program with `node` instead of the package manager, then {remove}"),
        _ => format!("{remove}, or start it from a base image without them"),
    };
    Verdict::fail(
        layers::finding(
            image,
            layer,
            "left from the base image",
            format!(
                "{names} {be} left in the image: {count} with {}",
                if tools.len() == 1 { "it" } else { "them" }
            ),
            fix,
        )
        .about(&advisories)
        .rated(if worst { Severity::Medium } else { Severity::Low })
        .because(format!(
            "Hit: {}",
            packages.into_iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
        )),
    )
}
