//! A package with known vulnerabilities that the program needs.

use std::fmt::Write as _;

use plimsoll_posture::{Advisory, BuiltImage, LockedPackage, Mend, Plane, Posture};

use crate::locked_package::{HitPackage, Presence, Reach, impact, told};
use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict, layers};

pub(super) static CONTROL: Control = Control {
    id: "vulnerable-dependency",
    title: "dependency has known vulnerabilities",
    page: include_str!("vulnerable_dependency.md"),
    severity: Severity::High,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Package(check),
};

/// How many advisories are named; the rest is counted.
const NAMED: usize = 6;

fn check(hit: &HitPackage<'_>, posture: &Posture, _: &Settings) -> Verdict {
    let advisories: Vec<Advisory> =
        hit.hit.advisories.iter().filter(|advisory| !advisory.malicious).cloned().collect();
    let Some(worst) = advisories.first() else {
        return Verdict::NotApplicable("the package itself is malicious");
    };
    if hit.stays_behind() {
        return Verdict::NotApplicable("only development needs the package, and no image ships it");
    }
    let package = hit.package;
    let exploited = if worst.exploited { ", known to be exploited" } else { "" };
    let count = match advisories.len() {
        1 => format!("a known vulnerability, rated {}{exploited}", worst.rating.name()),
        count => format!("{count} known vulnerabilities, the worst rated {}{exploited}", worst.rating.name()),
    };
    let ships = if hit.development_ships { ", and ships although only development needs it" } else { "" };
    let message = format!("`{}` {} has {count}{ships}", package.name, package.version);
    let way: Vec<&str> = hit.way().iter().map(|package| &*package.name).collect();
    let label = match way.as_slice() {
        [] => "asked for by the project itself".to_owned(),
        way => format!("needed by {}", way.join(" > ")),
    };
    let mut finding = Finding::place(package.place(), Plane::Declared, label, message, fix(hit))
        .rated(impact(&advisories))
        .about(&advisories);
    let mut why = format!("Known: {}", told(&advisories, NAMED));
    match hit.reach(posture) {
        Reach::Imported(_, at) if way.is_empty() => finding = finding.near(at, "imported here"),
        Reach::Imported(name, at) => {
            finding = finding.near(at, format!("`{name}`, which brings it in, is imported here"));
        }
        Reach::Nobody(name) => {
            let _ = write!(
                why,
                ". No file that the program starts with reaches `{name}`: perhaps it is not used"
            );
            finding = finding.of_unused();
        }
        Reach::Open => {}
    }
    finding = finding.because(why);
    if let Some(request) = hit.request() {
        let words = if way.is_empty() { "asked for here" } else { "brought in by this request" };
        finding = finding.near(request.place(), words);
    }
    match hit.presence {
        Presence::Here(image, own) => finding = finding.near(own.at.clone(), presence("in", image)),
        Presence::Absent(image) => {
            finding = finding.near(layers::place(image), presence("not in", image));
        }
        Presence::Unread => {}
    }
    Verdict::fail(finding)
}

fn presence(word: &str, image: &BuiltImage) -> String {
    format!("{word} image `{}`", image.subject.name)
}

fn fix(hit: &HitPackage<'_>) -> String {
    let package = hit.package;
    if package.bundled {
        let around = hit.way().last().map_or("the package around it", |parent| &*parent.name);
        return format!("update `{around}`, inside of which it came");
    }
    let Some(mend) = &hit.hit.mended else {
        return format!("no version without them is known: replace `{}`", replaced(hit));
    };
    let version = &mend.version;
    let manager = Manager::of(&hit.lockfile.format);
    match mend.in_range {
        Some(true) => {
            format!("`{}`: {version} is in the range that is asked for", manager.update(&package.name))
        }
        Some(false) => match mend.held_by.and_then(|at| hit.lockfile.packages.get(at)) {
            Some(parent) => held(hit, parent, mend, manager),
            None => format!("ask for `{}` {version}{}", package.name, caution(mend)),
        },
        None if package.is_direct() => format!("update `{}` to {version}{}", package.name, caution(mend)),
        None => format!("`{}` to get {version}{}", manager.update(&package.name), caution(mend)),
    }
}

/// What the manifest asks for, when nothing but that can be changed.
fn replaced<'a>(hit: &HitPackage<'a>) -> &'a str {
    hit.way().first().map_or(&*hit.package.name, |first| &first.name)
}

fn held(hit: &HitPackage<'_>, parent: &LockedPackage, mend: &Mend, manager: Manager) -> String {
    let (name, version) = (&hit.package.name, &mend.version);
    let first = hit.way().first().map_or(&*parent.name, |first| &first.name);
    let caution = caution(mend);
    format!(
        "update `{first}` until `{name}` is at least {version}; else give it that version under `{}`{caution}",
        manager.overrides()
    )
}

fn caution(mend: &Mend) -> &'static str {
    if mend.breaking { " (a breaking step: read its notes)" } else { "" }
}

/// Who wrote a lockfile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manager {
    Npm,
    Yarn,
    NewYarn,
    Pnpm,
    Bun,
    Deno,
}

impl Manager {
    fn of(format: &str) -> Self {
        match format.split(' ').next().unwrap_or("") {
            "yarn" if format == "yarn 1" => Self::Yarn,
            "yarn" => Self::NewYarn,
            "pnpm" => Self::Pnpm,
            "bun" => Self::Bun,
            "deno" => Self::Deno,
            _ => Self::Npm,
        }
    }

    /// The command that moves a package within the ranges that are asked for.
    fn update(self, name: &str) -> String {
        match self {
            Self::Npm => format!("npm update {name}"),
            Self::Yarn => format!("yarn upgrade {name}"),
            Self::NewYarn => format!("yarn up --recursive {name}"),
            Self::Pnpm => format!("pnpm update --depth Infinity {name}"),
            Self::Bun => format!("bun update {name}"),
            Self::Deno => format!("deno update npm:{name}"),
        }
    }

    fn overrides(self) -> &'static str {
        match self {
            Self::Npm | Self::Bun | Self::Deno => "overrides",
            Self::Yarn | Self::NewYarn => "resolutions",
            Self::Pnpm => "pnpm.overrides",
        }
    }
}
