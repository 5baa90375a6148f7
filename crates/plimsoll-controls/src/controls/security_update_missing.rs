//! Packages of the distribution in a built image that lack updates.

use std::collections::BTreeMap;

use plimsoll_posture::{
    Advisory, BuiltImage, Ecosystem, Extent, InstalledCoverage, MissingUpdate, Posture, Rating, Reason,
    Subject,
};

use crate::locked_package::told;
use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict, layers};

pub(super) static CONTROL: Control = Control {
    id: "security-update-missing",
    title: "packages of the distribution lack security updates",
    page: include_str!("security_update_missing.md"),
    severity: Severity::High,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["CIS-4.4"],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Contents(check),
};

/// How many sources are named, and how many advisories of each; the rest is counted.
const SOURCES: usize = 6;
const ADVISORIES: usize = 2;
/// How many packages a command names.
const PACKAGES: usize = 8;

fn check(image: &BuiltImage, _: &Posture, _: &Settings) -> Vec<(Subject, Verdict)> {
    let listed = |ecosystem| image.packages.iter().any(|package| package.ecosystem == ecosystem);
    let mut of_layer: BTreeMap<usize, Vec<&MissingUpdate>> = BTreeMap::new();
    for update in &image.installed.updates {
        of_layer.entry(update.layer.unwrap_or(0)).or_default().push(update);
    }
    let whole = match image.unread.first() {
        _ if !of_layer.is_empty() => None,
        _ if listed(Ecosystem::Dpkg) || listed(Ecosystem::Apk) => Some(clean(image)),
        Some(unread) => Some(Verdict::Unknown(Reason::NoAdvisories(unread.clone()))),
        None => Some(Verdict::NotApplicable("the image lists no packages of a distribution")),
    };
    // Each layer weighs by itself.
    let findings =
        of_layer.into_iter().map(|(layer, updates)| Verdict::fail(finding(image, layer, &updates)));
    whole.into_iter().chain(findings).map(|verdict| (image.subject.clone(), verdict)).collect()
}

/// Nothing is missing, as far as the data knows every source.
fn clean(image: &BuiltImage) -> Verdict {
    for coverage in &image.installed.coverage {
        let what = match coverage.extent {
            Extent::Nothing if matches!(&*coverage.of, "npm" | "Node.js") => continue,
            Extent::Nothing => coverage.of.to_string(),
            _ if is_cut_short(image, coverage) => format!("{} after {}", coverage.of, coverage.to),
            _ if coverage.unknown.is_empty() => continue,
            _ => match coverage.unknown.as_slice() {
                [one] => format!("{}: of source `{one}`", coverage.of),
                [one, others @ ..] => format!("{}: of source `{one}` and {} more", coverage.of, others.len()),
                [] => continue,
            },
        };
        return Verdict::Unknown(Reason::NoAdvisories(what.into()));
    }
    layers::pass(image)
}

/// Whether a release got updates for longer than the data reaches, so that the last of them are not known.
fn is_cut_short(image: &BuiltImage, coverage: &InstalledCoverage) -> bool {
    let system = image.lines.iter().find(|line| &*line.product != "Node.js" && line.ended);
    let end = system.and_then(|line| line.end_of_life.as_ref());
    let system = !matches!(&*coverage.of, "npm" | "Node.js");
    system && end.is_some_and(|end| *coverage.to < **end)
}

fn finding(image: &BuiltImage, layer: usize, updates: &[&MissingUpdate]) -> Finding {
    let mending = updates.iter().filter(|update| update.security).count();
    let sources = match updates.len() {
        1 => "a source package".to_owned(),
        count => format!("{count} source packages"),
    };
    let distribution = image.installed.coverage.iter().find(|coverage| coverage.extent != Extent::Nothing);
    let distribution = distribution.map_or("the distribution", |coverage| &*coverage.of);
    let lack = if updates.len() == 1 { "lacks" } else { "lack" };
    let what = match mending {
        0 => format!("{lack} an update"),
        1 if updates.len() == 1 => format!("{lack} a security update"),
        all if all == updates.len() => format!("{lack} security updates"),
        1 => format!("{lack} updates, one of them a security update"),
        some => format!("{lack} updates, {some} of them security updates"),
    };
    let worst = updates.first().map(|update| worst(update)).unwrap_or_default();
    let mut finding = layers::finding(
        image,
        layer,
        "brought by this step",
        format!("{sources} of {distribution} in {} {what}{worst}", layers::layer(image, layer)),
        fix(image, layer, updates),
    )
    .rated(impact(updates));
    let named: Vec<String> = updates.iter().take(SOURCES).map(|update| line(update)).collect();
    let more = match updates.len().saturating_sub(named.len()) {
        0 => String::new(),
        more => format!("; and {more} more"),
    };
    let advisories: Vec<Advisory> = updates.iter().flat_map(|update| &update.advisories).cloned().collect();
    finding = finding.about(&advisories).because(format!("Missing: {}{more}", named.join("; ")));
    finding
}

/// `, the worst of openssl (CVE-2023-1 …)`.
fn worst(update: &MissingUpdate) -> String {
    match update.advisories.first() {
        Some(advisory) => {
            format!(", the worst of `{}`: {}", update.source, told(std::slice::from_ref(advisory), 1))
        }
        None => String::new(),
    }
}

/// ``openssl 3.0.11-1 -> 3.0.20-1 (CVE-2023-1 (high) and 3 more)``.
fn line(update: &MissingUpdate) -> String {
    let known = match (update.advisories.as_slice(), update.security) {
        ([], true) => " (security update without a CVE)".to_owned(),
        ([], false) => String::new(),
        (advisories, _) => format!(": {}", told(advisories, ADVISORIES)),
    };
    format!("`{}` {} -> {}{known}", update.source, update.version, update.newest)
}

/// What the layer was made by says who can bring the updates.
fn fix(image: &BuiltImage, layer: usize, updates: &[&MissingUpdate]) -> String {
    let mut packages: Vec<&str> = updates
        .iter()
        .filter(|update| update.security || updates.iter().all(|other| !other.security))
        .flat_map(|update| &update.packages)
        .filter_map(|at| image.packages.get(*at))
        .map(|package| &*package.name)
        .collect();
    packages.dedup();
    let apk = updates
        .iter()
        .flat_map(|update| &update.packages)
        .any(|at| image.packages.get(*at).is_some_and(|package| package.ecosystem == Ecosystem::Apk));
    let instruction = image.layers.get(layer).map_or("", |layer| &*layer.instruction);
    if layer > 0 && instruction == "RUN" {
        return "build the image again without the cache: `docker build --pull --no-cache`; the step then installs what \
            the release has now"
            .to_owned();
    }
    if let Some(line) = image.lines.iter().find(|line| line.ended && &*line.product != "Node.js") {
        let next = line.successor.as_ref().map_or_else(String::new, |next| format!(", such as {next}"));
        return format!("move the base to a release of {} that still gets updates{next}", line.product);
    }
    let shown = packages.iter().take(PACKAGES).copied().collect::<Vec<_>>().join(" ");
    let more = if packages.len() > PACKAGES { " …" } else { "" };
    let command = match apk {
        true => format!("apk add --no-cache --upgrade {shown}{more}"),
        false => {
            format!("apt-get update && apt-get install --yes --only-upgrade {shown}{more}")
        }
    };
    format!(
        "build the image again on the newest build of its base (`docker build --pull`); as long as that lacks them too, \
         `RUN {command}` in the stage that ships"
    )
}

/// Whether the program reaches the faulty part nobody knows, so that only what is exploited already counts as critical; without a CVE
/// the distribution thought it worth a security update, and nobody rated it.
fn impact(updates: &[&MissingUpdate]) -> Severity {
    let one = |update: &&MissingUpdate| match update.advisories.first() {
        Some(worst) if worst.exploited => Severity::Critical,
        Some(worst) => match worst.rating {
            Rating::Critical | Rating::High => Severity::High,
            Rating::Medium | Rating::Unrated => Severity::Medium,
            Rating::Low => Severity::Low,
        },
        None if update.security => Severity::Medium,
        None => Severity::Info,
    };
    updates.iter().map(one).max().unwrap_or(Severity::Info)
}
