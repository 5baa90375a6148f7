//! A package of npm in a built image that advisories hit and that no lockfile tells of.

use crate::installed_package::{InstalledPackage, judge};
use crate::locked_package::{impact, told};
use crate::{Control, Foothold, Scope, Settings, Severity, Standing, Verdict, layers};

pub(super) static CONTROL: Control = Control {
    id: "vulnerable-package-in-image",
    title: "image holds a package with known vulnerabilities",
    page: include_str!("vulnerable_package_in_image.md"),
    severity: Severity::High,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Contents(|image, posture, _: &Settings| judge(image, posture, check)),
};

/// How many advisories are named; the rest is counted.
const NAMED: usize = 6;

fn check(hit: &InstalledPackage<'_>) -> Verdict {
    let (image, package) = (hit.image, hit.package);
    let advisories = &hit.hit.advisories;
    let Some(worst) = advisories.first() else { return Verdict::NotApplicable("nothing hits the package") };
    let malicious = advisories.iter().any(|advisory| advisory.malicious);
    let exploited = if worst.exploited { ", known to be exploited" } else { "" };
    let has = match advisories.len() {
        _ if malicious => "is malicious".to_owned(),
        1 => format!("has a known vulnerability, rated {}{exploited}", worst.rating.name()),
        count => {
            format!("has {count} known vulnerabilities, the worst rated {}{exploited}", worst.rating.name())
        }
    };
    let layer = package.layer.unwrap_or(0);
    let fix = match &hit.hit.mended {
        _ if malicious => {
            "remove it, build the image again, and change every secret that it could read".to_owned()
        }
        Some((version, breaking)) => {
            let caution = if *breaking { " (a breaking step: read its notes)" } else { "" };
            format!("update `{}` to {version}{caution} and build the image again", package.name)
        }
        None => format!("no version without them is known: replace `{}`", package.name),
    };
    let paths = hit.hit.packages.iter().filter_map(|at| image.packages.get(*at)).map(|place| &*place.path);
    let folder = |path| str::strip_suffix(path, "/package.json").unwrap_or(path);
    let finding = layers::finding(
        image,
        layer,
        layers::names(paths.map(folder)),
        format!("`{}` {} in {} {has}", package.name, package.version, layers::layer(image, layer)),
        fix,
    )
    .rated(if malicious { Severity::Critical } else { impact(advisories) })
    .about(advisories)
    .because(format!("Known: {}", told(advisories, NAMED)));
    Verdict::fail(finding)
}
