//! Packages of lockfiles that advisories hit: one question per name and version, wherever in the tree it is.
//!
//! Deliberately absent: packages that nothing is known against. A lockfile without any that is hit is one verdict.

use std::sync::Arc;

use plimsoll_posture::{
    Advisory, BuiltImage, Dependencies, DependencyKind, Hit, Known, LockedPackage, Lockfile, Plane, Posture,
    Provenance, Rating, Subject, SubjectKind,
};

use crate::{Evidence, Scope, Settings, Severity, Verdict, find};

/// A package that is hit.
#[derive(Debug, Clone, Copy)]
pub struct HitPackage<'a> {
    /// The application.
    pub app: &'a Dependencies,
    /// Its lockfile.
    pub lockfile: &'a Lockfile,
    /// What hits it.
    pub hit: &'a Hit,
    /// The package at the place with the weightiest reason.
    pub package: &'a LockedPackage,
    /// Whether an image that is run holds what only development needs.
    pub development_ships: bool,
    /// Whether the image that is built from the application holds it.
    pub presence: Presence<'a>,
}

/// Whether the image that is built from an application holds a package.
#[derive(Debug, Clone, Copy)]
pub enum Presence<'a> {
    /// No such image was read, or it has no packages of npm: what is bundled into one file shows none.
    Unread,
    /// It holds others and not this one.
    Absent(&'a BuiltImage),
    /// It does, by this package of its own.
    Here(&'a BuiltImage, &'a plimsoll_posture::Package),
}

impl<'a> Presence<'a> {
    fn of(image: Option<&'a BuiltImage>, package: &LockedPackage) -> Self {
        let Some(image) = image else { return Self::Unread };
        let own = |other: &&plimsoll_posture::Package| {
            other.name == package.name && other.version == package.version && image.is_dependency(other)
        };
        match image.packages.iter().find(own) {
            Some(own) => Self::Here(image, own),
            None => Self::Absent(image),
        }
    }
}

/// Whether a program takes something from a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    /// It takes something from this package there.
    Imported(Arc<str>, Provenance),
    /// No file that it starts with reaches the package.
    Nobody(Arc<str>),
    /// The source could not be followed.
    Open,
}

/// How a control judges one package that is hit.
pub type Check = fn(&HitPackage<'_>, &Posture, &Settings) -> Verdict;

impl<'a> HitPackage<'a> {
    /// The packages from a dependency of the manifest down to this one, without this one.
    #[must_use]
    pub fn way(&self) -> Vec<&'a LockedPackage> {
        let at = self.hit.packages.first().copied().unwrap_or(usize::MAX);
        self.lockfile.way_to(at)
    }

    /// The manifest's request that brings it in.
    #[must_use]
    pub fn request(&self) -> Option<&'a plimsoll_posture::Request> {
        let first = self.way().first().map_or(&self.package.name, |first| &first.name);
        self.app.requests.iter().find(|request| request.name == *first)
    }

    /// Whether the program takes something from it, or from the dependency of the manifest that brings it in.
    #[must_use]
    pub fn reach(&self, posture: &Posture) -> Reach {
        let Some(app) = posture.apps.iter().find(|app| app.directory == self.app.directory) else {
            return Reach::Open;
        };
        let name = self.way().first().map_or(&self.package.name, |first| &first.name);
        // An alias is imported by the name that the manifest gives it.
        let alias = self.app.requests.iter().find(|request| {
            let real = request.wanted.strip_prefix("npm:");
            real.is_some_and(|real| {
                real.strip_prefix(&**name).is_some_and(|rest| rest.is_empty() || rest.starts_with('@'))
            })
        });
        let name = alias.map_or(name, |request| &request.name);
        if let Some(import) = app.imports.iter().find(|import| import.value == *name) {
            let mut place = app.place();
            place.span = import.at;
            return Reach::Imported(name.clone(), place);
        }
        // Scripts of the manifest start programs of packages, and `node -r` loads some.
        let started = app.scripts.iter().any(|(_, command, _)| command.contains(&**name));
        let asked = self.app.requests.iter().any(|request| request.name == *name);
        match &app.followed {
            Known::Value(()) if asked && !started => Reach::Nobody(name.clone()),
            _ => Reach::Open,
        }
    }

    /// Whether only work on the program needs it, and no image that runs holds it.
    #[must_use]
    pub fn stays_behind(&self) -> bool {
        self.package.kind == DependencyKind::Development && !self.development_ships
    }
}

/// The verdicts on every package that is hit, and one on each lockfile without any.
pub(crate) fn judge(posture: &Posture, settings: &Settings, check: Check) -> Vec<(Subject, Verdict)> {
    let mut verdicts = Vec::new();
    for app in &posture.dependencies {
        let mut ships = None;
        let image = image_of(app, posture);
        for lockfile in &app.lockfiles {
            for hit in &lockfile.hits {
                let first = hit.packages.first().and_then(|at| lockfile.packages.get(*at));
                let Some(package) = first else { continue };
                let presence = Presence::of(image, package);
                let mut ships = || *ships.get_or_insert_with(|| ships_development(app, posture, settings));
                // What the image holds is known better than what its Dockerfile says.
                let development_ships = package.kind == DependencyKind::Development
                    && match presence {
                        Presence::Here(..) => true,
                        Presence::Absent(_) => false,
                        Presence::Unread => ships(),
                    };
                let subject = Subject {
                    kind: SubjectKind::Package,
                    name: format!("{}@{}", package.name, package.version).into(),
                    anchor: package.at,
                    service: app.subject.service.clone(),
                };
                let hit = HitPackage { app, lockfile, hit, package, development_ships, presence };
                verdicts.push((subject, check(&hit, posture, settings)));
            }
            if let Known::Unknown(reason) = &lockfile.read {
                verdicts.push((app.subject.clone(), Verdict::Unknown(reason.clone())));
            } else if lockfile.hits.is_empty() {
                let evidence = Evidence { at: Some(lockfile.place()), plane: Plane::Declared };
                verdicts.push((app.subject.clone(), Verdict::Pass(evidence)));
            }
        }
    }
    verdicts
}

/// The image that is built from an application, if it was read whole and has packages of npm.
pub(crate) fn image_of<'a>(app: &Dependencies, posture: &'a Posture) -> Option<&'a BuiltImage> {
    let service = app.subject.service.as_ref()?;
    let image = posture.built.iter().find(|image| image.subject.service.as_ref() == Some(service))?;
    let whole = image.layers.iter().all(|layer| layer.read.value().is_some());
    (whole && image.packages.iter().any(|package| image.is_dependency(package))).then_some(image)
}

/// Whether an image that is built from the application's directory and run holds what only development needs.
fn ships_development(app: &Dependencies, posture: &Posture, settings: &Settings) -> bool {
    let built_here = |recipe: &&plimsoll_posture::Recipe| {
        let context = recipe.context.and_then(|id| posture.contexts.get(id.0));
        context.is_some_and(|context| context.path == app.directory)
    };
    // The control that asks this of stages answers it here, too.
    let Some(Scope::Stage(check)) = find("development-dependencies-shipped").map(|control| control.scope)
    else {
        return false;
    };
    let fails = |recipe, stage| matches!(check(stage, recipe, posture, settings), Verdict::Fail(_));
    let mut recipes = posture.recipes.iter().filter(built_here);
    recipes.any(|recipe| recipe.final_stages().any(|stage| fails(recipe, stage)))
}

/// What an advisory weighs (`docs/severity.md`): its publisher's rating. What is not rated yet is not mild for that, and what
/// is exploited already needs no estimate.
#[must_use]
pub(crate) fn impact(advisories: &[Advisory]) -> Severity {
    let one = |advisory: &Advisory| match advisory.rating {
        _ if advisory.exploited => Severity::Critical,
        Rating::Critical => Severity::Critical,
        Rating::High => Severity::High,
        Rating::Medium | Rating::Unrated => Severity::Medium,
        Rating::Low => Severity::Low,
    };
    advisories.iter().map(one).max().unwrap_or(Severity::Low)
}

/// `CVE-2020-8203 (high), CVE-2021-23337 (high, exploited) and 2 more`: by CVE where there is one, which people know.
#[must_use]
pub(crate) fn told(advisories: &[Advisory], most: usize) -> String {
    let one = |advisory: &Advisory| {
        let cve = advisory.aliases.iter().find(|alias| alias.starts_with("CVE-")).unwrap_or(&advisory.id);
        let exploited = if advisory.exploited { ", known to be exploited" } else { "" };
        format!("{cve} ({}{exploited})", advisory.rating.name())
    };
    let mut words: Vec<String> = advisories.iter().take(most).map(one).collect();
    if advisories.len() > most {
        words.push(format!("{} more", advisories.len() - most));
    }
    match words.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
        None => String::new(),
    }
}
