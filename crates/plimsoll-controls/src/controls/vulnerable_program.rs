//! A Go program of an image with modules that have known vulnerabilities.

use plimsoll_posture::{BuiltImage, ModuleHit, Plane, Posture, Program, Rating};

use crate::locked_package::{impact, told};
use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict, layers};

pub(super) static CONTROL: Control = Control {
    id: "vulnerable-program",
    title: "Go program has known vulnerabilities",
    page: include_str!("vulnerable_program.md"),
    severity: Severity::High,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Built(check),
};

fn check(image: &BuiltImage, _: &Posture, _: &Settings) -> Verdict {
    let findings: Vec<Finding> = image
        .programs
        .iter()
        .filter(|program| !program.hits.is_empty())
        .map(|program| finding(image, program))
        .collect();
    if !findings.is_empty() {
        return Verdict::Fail(findings);
    }
    if image.programs.is_empty() {
        return match layers::pass(image) {
            Verdict::Pass(_) => Verdict::NotApplicable("the image holds no Go program of its own"),
            other => other,
        };
    }
    layers::pass(image)
}

fn finding(image: &BuiltImage, program: &Program) -> Finding {
    let mut hits: Vec<&ModuleHit> = program.hits.iter().collect();
    let weight = |hit: &ModuleHit| {
        let exploited = hit.advisories.iter().any(|advisory| advisory.exploited);
        let worst = hit.advisories.iter().map(|advisory| advisory.rating).max().unwrap_or(Rating::Unrated);
        (exploited, worst, hit.advisories.len())
    };
    hits.sort_by(|a, b| weight(b).cmp(&weight(a)).then_with(|| a.module.cmp(&b.module)));
    let count: usize = hits.iter().map(|hit| hit.advisories.len()).sum();
    let count = if count == 1 {
        "a known vulnerability".to_owned()
    } else {
        format!("{count} known vulnerabilities")
    };
    let (path, names) = (&program.path, list(&hits, name));
    let layer = program.layer.map(|layer| format!(" of {}", layers::layer(image, layer))).unwrap_or_default();
    let mut all: Vec<_> = hits.iter().flat_map(|hit| hit.advisories.iter().cloned()).collect();
    all.sort_by_key(|advisory| (!advisory.exploited, std::cmp::Reverse(advisory.rating)));
    // Whether the program runs the faulty part is not known, so that nothing but proof of use makes it critical.
    let most =
        if all.iter().any(|advisory| advisory.exploited) { Severity::Critical } else { Severity::High };
    let mended: Vec<&ModuleHit> = hits.iter().copied().filter(|hit| hit.mended.is_some()).collect();
    let fix = if mended.is_empty() {
        "no version without them is known: ask its makers, or leave the program out".to_owned()
    } else {
        format!("build it again with {}, or take a newer release of the program", list(&mended, better))
    };
    Finding::place(
        program.at.clone(),
        Plane::Built,
        format!("`/{path}`"),
        format!("`/{path}`{layer} was built with {names}: {count}"),
        fix,
    )
    .rated(impact(&all).min(most))
    .about(&all)
    .because(format!("Known: {}", told(&all, 6)))
}

fn name(hit: &ModuleHit) -> String {
    match &*hit.module {
        "stdlib" => format!("Go {}", hit.version),
        module => format!("{module} {}", hit.version),
    }
}

fn better(hit: &ModuleHit) -> String {
    let version = hit.mended.as_deref().unwrap_or("");
    match &*hit.module {
        "stdlib" => format!("Go {version}"),
        module => format!("{module} {version}"),
    }
}

/// The first three and how many more.
fn list(hits: &[&ModuleHit], one: fn(&ModuleHit) -> String) -> String {
    let mut words: Vec<String> = hits.iter().take(3).map(|hit| one(hit)).collect();
    if let Some(more) = hits.len().checked_sub(3).filter(|more| *more > 0) {
        words.push(if more == 1 { "another module".to_owned() } else { format!("{more} more modules") });
    }
    match words.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
        None => String::new(),
    }
}
