//! Single advisories that somebody accepts: `[[allow]]` with `advisory`, statements of VEX documents, `.trivyignore`.
//!
//! An advisory that is accepted is taken off its package before anything is judged, so that the finding tells the others.
//! Where none would be left, all stay, and what they find is allowed as a whole. Deliberately absent: allowances of whole
//! controls (see `allow`), and reading VEX (`plimsoll-packages`).

mod files;
mod glob;
mod image;

use plimsoll_controls::Finding;
use plimsoll_packages::sbom::Purl;
use plimsoll_packages::vex::Statement;
use plimsoll_posture::{Advisory, Posture, Runtime, Subject, SubjectKind};
use plimsoll_report::{Accepted, Allowance, AllowedBy};
use plimsoll_text::{Sources, Span};

use crate::allow::is_meant;
use crate::date::Date;

pub(crate) use files::{read_trivy, read_vex};

/// Who accepts which advisories.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acceptance {
    /// Where it is written.
    pub by: AllowedBy,
    /// Why.
    pub reason: String,
    /// The last day it holds.
    pub until: Option<Date>,
    /// What it accepts.
    pub meant: Meant,
}

/// What an acceptance is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Meant {
    /// `[[allow]]` with `advisory`.
    Named {
        /// The control that tells of it; `None` for all.
        control: Option<String>,
        /// As for every allowance; `*` is everything.
        subject: String,
        /// The advisory, by any of its names.
        advisory: String,
    },
    /// A line of `.trivyignore`.
    Ignored {
        /// The advisory.
        advisory: String,
        /// Patterns of paths, one of which has to fit; empty for all.
        paths: Vec<String>,
        /// Packages, one of which has to be meant; empty for all.
        purls: Vec<Purl>,
    },
    /// A statement of a VEX document. One that does not allow undoes an earlier one that does.
    Stated(Statement),
}

/// An advisory of a package, as far as an acceptance may ask.
struct Candidate<'a> {
    control: &'a str,
    subject: &'a Subject,
    purl: &'a Purl,
    path: &'a str,
    /// What the package is part of goes by these.
    within: &'a [Purl],
}

fn names(advisory: &Advisory) -> impl Iterator<Item = &str> {
    std::iter::once(&*advisory.id).chain(advisory.aliases.iter().map(|alias| &**alias))
}

impl Acceptance {
    fn covers(&self, advisory: &Advisory, candidate: &Candidate<'_>) -> bool {
        let named = |id: &str| names(advisory).any(|own| own.eq_ignore_ascii_case(id));
        match &self.meant {
            Meant::Named { control, subject, advisory } => {
                named(advisory)
                    && control.as_deref().is_none_or(|control| control == candidate.control)
                    && is_meant(subject, Some(candidate.subject))
            }
            Meant::Ignored { advisory, paths, purls } => {
                named(advisory)
                    && (paths.is_empty() || paths.iter().any(|pattern| glob::fits(pattern, candidate.path)))
                    && (purls.is_empty() || purls.iter().any(|purl| purl.covers(candidate.purl)))
            }
            Meant::Stated(statement) => statement.covers(names(advisory), candidate.purl, candidate.within),
        }
    }

    /// As it is told.
    #[must_use]
    pub fn allowance(&self) -> Allowance {
        let until = self.until.map(|until| until.to_string());
        Allowance { reason: self.reason.clone(), by: self.by.clone(), until }
    }

    /// Whether it accepts anything at all.
    #[must_use]
    pub fn accepts(&self) -> bool {
        match &self.meant {
            Meant::Stated(statement) => statement.status.allows(),
            Meant::Named { .. } | Meant::Ignored { .. } => true,
        }
    }
}

/// Takes accepted advisories off the packages of a posture, or marks them where all of a package are. `used` has one entry for
/// each acceptance. Returns what was taken off.
pub(crate) fn apply(
    posture: &mut Posture,
    sources: &Sources,
    all: &[&Acceptance],
    used: &mut [bool],
) -> Vec<Accepted> {
    let mut accepted = Vec::new();
    if all.is_empty() {
        return accepted;
    }
    for app in &mut posture.dependencies {
        let own = app.name.as_deref();
        let within: Vec<Purl> =
            own.map(|name| Purl::npm(name, app.version.as_deref().unwrap_or(""))).into_iter().collect();
        for lockfile in &mut app.lockfiles {
            let path = sources.get(lockfile.source).name.clone();
            for hit in &mut lockfile.hits {
                let Some(package) = hit.packages.first().and_then(|at| lockfile.packages.get(*at)) else {
                    continue;
                };
                let subject = Subject {
                    kind: SubjectKind::Package,
                    name: format!("{}@{}", package.name, package.version).into(),
                    anchor: package.at,
                    service: app.subject.service.clone(),
                };
                let purl = Purl::npm(&package.name, &package.version);
                let candidate = Candidate {
                    control: "vulnerable-dependency",
                    subject: &subject,
                    purl: &purl,
                    path: &path,
                    within: &within,
                };
                accepted.extend(settle(&mut hit.advisories, &candidate, all, used));
            }
        }
    }
    for image in &mut posture.built {
        accepted.extend(image::apply(image, all, used));
    }
    let anchor = sources.iter().next().map(|source| Span::whole(source.id));
    for runtime in &mut posture.runtimes {
        let Some(anchor) = anchor else { continue };
        let subject = Subject::new(SubjectKind::Image, runtime.image.clone(), anchor);
        let within: Vec<Purl> = image_purl(&runtime.image, "").into_iter().collect();
        let purl = runtime_purl(runtime);
        accepted.extend(settle(&mut runtime.advisories, &of_runtime(&subject, &purl, &within), all, used));
    }
    accepted
}

fn of_runtime<'a>(subject: &'a Subject, purl: &'a Purl, within: &'a [Purl]) -> Candidate<'a> {
    Candidate { control: "vulnerable-runtime", subject, purl, path: "", within }
}

/// `pkg:generic/node@20.11.0`, as syft names programs.
fn runtime_purl(runtime: &Runtime) -> Purl {
    let name = match runtime.product {
        "Node.js" => "node".to_owned(),
        other => other.to_lowercase().replace(' ', "-"),
    };
    Purl { kind: "generic".to_owned(), name, version: runtime.version.to_string(), ..Purl::default() }
}

/// An image as VEX documents name it: `pkg:oci/api?tag=1.4`, with the digest as its version.
fn image_purl(name: &str, digest: &str) -> Option<Purl> {
    let name = name.split('@').next().unwrap_or(name);
    let (path, tag) = match name.rsplit_once(':') {
        Some((path, tag)) if !tag.contains('/') => (path, Some(tag)),
        _ => (name, None),
    };
    let last = path.rsplit('/').next().filter(|last| !last.is_empty())?;
    let mut purl =
        Purl { kind: "oci".to_owned(), name: last.to_owned(), version: digest.to_owned(), ..Purl::default() };
    // A name without a registry says nothing of where the image lies.
    if path.split('/').next().is_some_and(|host| path.contains('/') && host.contains(['.', ':'])) {
        purl.qualifiers.push(("repository_url".to_owned(), path.to_owned()));
    }
    purl.qualifiers.extend(tag.map(|tag| ("tag".to_owned(), tag.to_owned())));
    Some(purl)
}

/// Which acceptance holds for an advisory. Of statements about the same the latest does.
fn find(advisory: &Advisory, candidate: &Candidate<'_>, all: &[&Acceptance]) -> Option<usize> {
    let covering = |at: &usize| all.get(*at).is_some_and(|one| one.covers(advisory, candidate));
    let mut stated: Option<(Option<i64>, usize)> = None;
    for at in (0..all.len()).filter(covering) {
        match all.get(at).map(|one| &one.meant) {
            Some(Meant::Stated(statement)) => {
                if stated.is_none_or(|(time, _)| time <= statement.time) {
                    stated = Some((statement.time, at));
                }
            }
            _ => return Some(at),
        }
    }
    stated.map(|(_, at)| at).filter(|at| all.get(*at).is_some_and(|one| one.accepts()))
}

/// Which acceptance holds for each advisory; notes which were used.
fn found(
    advisories: &[Advisory],
    candidate: &Candidate<'_>,
    all: &[&Acceptance],
    used: &mut [bool],
) -> Vec<Option<usize>> {
    let one = |advisory: &Advisory| {
        let control = if advisory.malicious { "malicious-dependency" } else { candidate.control };
        find(advisory, &Candidate { control, ..*candidate }, all)
    };
    let found: Vec<Option<usize>> = advisories.iter().map(one).collect();
    for at in found.iter().flatten() {
        if let Some(used) = used.get_mut(*at) {
            *used = true;
        }
    }
    found
}

/// Takes off what is accepted, or marks it where `whole` says that all of its finding is.
fn take(
    advisories: &mut Vec<Advisory>,
    found: Vec<Option<usize>>,
    subject: &Subject,
    all: &[&Acceptance],
    whole: impl Fn(&Advisory) -> bool,
) -> Vec<Accepted> {
    let mut taken = Vec::new();
    let mut kept = Vec::with_capacity(advisories.len());
    for (mut advisory, at) in std::mem::take(advisories).into_iter().zip(found) {
        let Some(acceptance) = at.and_then(|at| all.get(at)) else {
            kept.push(advisory);
            continue;
        };
        if whole(&advisory) {
            advisory.accepted = at;
            kept.push(advisory);
        } else {
            taken.push(Accepted {
                advisory: advisory.id,
                subject: subject.clone(),
                allowance: acceptance.allowance(),
            });
        }
    }
    *advisories = kept;
    taken
}

/// The advisories of one package, which are one finding; what is malicious is told by a control of its own.
fn settle(
    advisories: &mut Vec<Advisory>,
    candidate: &Candidate<'_>,
    all: &[&Acceptance],
    used: &mut [bool],
) -> Vec<Accepted> {
    let found = found(advisories, candidate, all, used);
    if found.iter().all(Option::is_none) {
        return Vec::new();
    }
    let whole = [false, true].map(|malicious| {
        let mut own = advisories.iter().zip(&found).filter(|(one, _)| one.malicious == malicious);
        own.all(|(_, at)| at.is_some())
    });
    take(advisories, found, candidate.subject, all, |advisory| whole[usize::from(advisory.malicious)])
}

/// Who allows a finding that tells of advisories and nothing else: all of them have to be accepted.
pub(crate) fn of_finding(finding: &Finding, all: &[&Acceptance]) -> Option<Allowance> {
    let first = finding.advisories.first()?.accepted?;
    let every = finding.advisories.iter().all(|advisory| advisory.accepted.is_some());
    all.get(first).filter(|_| every).map(|acceptance| acceptance.allowance())
}
