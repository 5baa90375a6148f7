//! Packages that their publishers gave up.

use plimsoll_posture::{Dependencies, DependencyKind, LockedPackage, Lockfile, Plane, Posture};

use crate::{Control, Evidence, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "deprecated-dependency",
    title: "package was given up by its publisher",
    page: include_str!("deprecated_dependency.md"),
    severity: Severity::Info,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::App(check),
};

/// How many packages are named as places, beside the first.
const NAMED: usize = 4;
/// The longest part of a publisher's words that is shown, in characters.
const WORDS: usize = 100;

fn check(app: &Dependencies, _: &Posture, _: &Settings) -> Verdict {
    let telling: Vec<&Lockfile> = app.lockfiles.iter().filter(|lockfile| tells(lockfile)).collect();
    let Some(first) = telling.first() else {
        return Verdict::NotApplicable("no lockfile says which packages were given up");
    };
    let evidence = Evidence { at: Some(first.place()), plane: Plane::Declared };
    let findings = telling.into_iter().filter_map(finding).collect();
    Verdict::from_findings(findings, Verdict::Pass(evidence))
}

/// Yarn, Bun and npm before 7 do not note it.
fn tells(lockfile: &Lockfile) -> bool {
    let noted = lockfile.packages.iter().any(|package| package.deprecated.is_some());
    noted
        || ["package-lock 2", "package-lock 3", "pnpm "]
            .iter()
            .any(|start| lockfile.format.starts_with(start))
}

fn finding(lockfile: &Lockfile) -> Option<Finding> {
    let mut given_up: Vec<&LockedPackage> =
        lockfile.packages.iter().filter(|package| package.deprecated.is_some()).collect();
    let shipped = |package: &LockedPackage| package.kind != DependencyKind::Development;
    // What a person can replace comes first, and of that what the program needs.
    given_up.sort_by_key(|package| (!package.is_direct(), !shipped(package), package.at));
    let (first, others) = given_up.split_first()?;
    let direct = given_up.iter().filter(|package| package.is_direct()).count();
    let count = match given_up.len() {
        1 => format!("a package that its publisher gave up, `{}`", first.name),
        count => format!(
            "{count} packages that their publishers gave up, {direct} of them asked for by the project"
        ),
    };
    let mut finding = Finding::place(
        first.place(),
        Plane::Declared,
        words(first),
        format!("`{}` has {count}", lockfile.name),
        match first.is_direct() {
            true => format!("replace `{}` by what its publisher names", first.name),
            false => "update what asks for them".to_owned(),
        },
    );
    for package in others.iter().take(NAMED) {
        finding = finding.near(package.place(), words(package));
    }
    Some(finding)
}

/// What the publisher says, on one line.
fn words(package: &LockedPackage) -> String {
    let said = package.deprecated.as_deref().unwrap_or("");
    let line: String = said.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(WORDS) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or("")),
        None => line,
    }
}
