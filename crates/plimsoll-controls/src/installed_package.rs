//! Packages in built images that advisories hit: one question per name and version, wherever in the image it is.
//!
//! What a lockfile of the project tells is told there, and what belongs to a package manager of the base image is told as a whole
//! (`package-manager-in-image`). Deliberately absent: packages of the distribution (`security-update-missing`).

use plimsoll_posture::{
    BuiltImage, CommandLine, Ecosystem, Extent, InstalledHit, Known, Package, Plane, Posture, Reason,
    Service, Subject, SubjectKind, program_name,
};

use crate::locked_package::image_of;
use crate::{Evidence, Verdict, layers};

/// A package that is hit.
#[derive(Debug, Clone, Copy)]
pub(crate) struct InstalledPackage<'a> {
    /// The image.
    pub(crate) image: &'a BuiltImage,
    /// What hits it.
    pub(crate) hit: &'a InstalledHit,
    /// The package at the first of its places.
    pub(crate) package: &'a Package,
}

/// The verdicts on every package of an image that is hit, or one on the image.
pub(crate) fn judge(
    image: &BuiltImage,
    posture: &Posture,
    check: fn(&InstalledPackage<'_>) -> Verdict,
) -> Vec<(Subject, Verdict)> {
    if !image.packages.iter().any(|package| image.is_dependency(package)) {
        let why = "the image has no packages of npm that the program could use";
        return vec![(image.subject.clone(), Verdict::NotApplicable(why))];
    }
    let mut verdicts = Vec::new();
    for hit in image.installed.hits.iter().filter(|hit| hit.tool.is_none()) {
        let first = hit.packages.first().and_then(|at| image.packages.get(*at));
        let Some(package) = first.filter(|package| !is_locked(image, package, posture)) else { continue };
        let subject = Subject {
            kind: SubjectKind::Package,
            name: format!("{}@{}", package.name, package.version).into(),
            anchor: package.at.span,
            service: image.subject.service.clone(),
        };
        verdicts.push((subject, check(&InstalledPackage { image, hit, package })));
    }
    if verdicts.is_empty() {
        verdicts.push((image.subject.clone(), pass(image, "npm")));
    }
    verdicts
}

/// Whether a lockfile of the application that the image is built from pins the package: it is told there.
fn is_locked(image: &BuiltImage, package: &Package, posture: &Posture) -> bool {
    let built_from = |app: &&plimsoll_posture::Dependencies| {
        image_of(app, posture).is_some_and(|other| other.subject == image.subject)
    };
    let mut locked = posture.dependencies.iter().filter(built_from).flat_map(|app| &app.lockfiles);
    locked.any(|lockfile| {
        lockfile.hits.iter().flat_map(|hit| &hit.packages).filter_map(|at| lockfile.packages.get(*at)).any(
            |locked| {
                package.ecosystem == Ecosystem::Npm
                    && locked.name == package.name
                    && locked.version == package.version
            },
        )
    })
}

/// Nothing is known against packages of a kind; unknown where too little is known of them at all, or a layer could not be read.
pub(crate) fn pass(image: &BuiltImage, kind: &str) -> Verdict {
    let unread = layers::pass(image);
    let judged = image.installed.coverage.iter().filter(|coverage| &*coverage.of == kind);
    let thin = judged.clone().any(|coverage| coverage.extent == Extent::Nothing);
    match unread {
        Verdict::Pass(_) if thin => Verdict::Unknown(Reason::NoAdvisories(kind.into())),
        Verdict::Pass(_) => Verdict::Pass(Evidence { at: Some(layers::place(image)), plane: Plane::Built }),
        other => other,
    }
}

/// The service that runs an image: the one of the project, or the image by itself.
pub(crate) fn service_of<'a>(image: &BuiltImage, posture: &'a Posture) -> Option<&'a Service> {
    posture.services.iter().find(|service| match &image.subject.service {
        Some(name) => service.subject.name == *name,
        None => service.subject == image.subject,
    })
}

/// Whether a service starts one of these programs; `None` where its command is not known.
pub(crate) fn starts(service: &Service, programs: &[&str]) -> Option<bool> {
    let mut known = false;
    for fact in [&service.entrypoint, &service.command] {
        let Some(claim) = fact.effective() else { continue };
        let Known::Value(line) = &claim.value else { return None };
        known = true;
        if names(line, programs) {
            return Some(true);
        }
    }
    known.then_some(false)
}

fn names(line: &CommandLine, programs: &[&str]) -> bool {
    line.arguments().any(|word| programs.contains(&program_name(word)))
}
