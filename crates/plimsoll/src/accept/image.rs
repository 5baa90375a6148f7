//! Accepted advisories of what an image holds: its distribution, its packages of npm, its runtimes.
//!
//! Updates of one layer are one finding, and so is what package managers bring: only where all of it is accepted is the finding
//! allowed. Deliberately absent: what accepts (see the module above).

use std::collections::BTreeMap;

use plimsoll_packages::sbom::Purl;
use plimsoll_posture::{Advisory, BuiltImage, Package, Subject, SubjectKind};
use plimsoll_report::Accepted;

use super::{Acceptance, Candidate, found, image_purl, of_runtime, runtime_purl, settle, take};

/// Of one package or source: which acceptance holds for each of its advisories, and whether that leaves nothing.
struct Part {
    found: Vec<Option<usize>>,
    done: bool,
    subject: Subject,
}

impl Part {
    /// Something without an advisory, such as an update without a CVE, cannot be accepted by one.
    fn of(advisories: &[Advisory], found: Vec<Option<usize>>, subject: Subject) -> Self {
        let done = !advisories.is_empty() && found.iter().all(Option::is_some);
        Self { found, done, subject }
    }
}

pub(super) fn apply(image: &mut BuiltImage, all: &[&Acceptance], used: &mut [bool]) -> Vec<Accepted> {
    let mut accepted = Vec::new();
    let within: Vec<Purl> = image.names.iter().filter_map(|name| image_purl(name, &image.id)).collect();
    for (_, runtime) in &mut image.runtimes {
        let purl = runtime_purl(runtime);
        let candidate = of_runtime(&image.subject, &purl, &within);
        accepted.extend(settle(&mut runtime.advisories, &candidate, all, used));
    }
    for runtime in &mut image.installed.runtimes {
        let purl = runtime_purl(&runtime.build);
        let candidate = of_runtime(&image.subject, &purl, &within);
        accepted.extend(settle(&mut runtime.build.advisories, &candidate, all, used));
    }
    let (packages, system) = (&image.packages, image.system.as_ref());
    let subject_of = |package: &Package| Subject {
        kind: SubjectKind::Package,
        name: format!("{}@{}", package.name, package.version).into(),
        anchor: package.at.span,
        service: image.subject.service.clone(),
    };
    let purl_of = |package: &Package| Purl::of(package, system);

    let updates = &mut image.installed.updates;
    let mut parts: Vec<Part> = Vec::with_capacity(updates.len());
    for update in updates.iter() {
        let built: Vec<&Package> = update.packages.iter().filter_map(|at| packages.get(*at)).collect();
        let mut best = vec![None; update.advisories.len()];
        // What was built from a source is spoken of by its own name or by the source's.
        let mut purls: Vec<(Purl, &str)> =
            built.iter().map(|package| (purl_of(package), &*package.path)).collect();
        if let Some((purl, path)) = purls.first().cloned() {
            let version = update.version.to_string();
            purls.push((Purl { name: update.source.to_string(), version, ..purl }, path));
        }
        for (purl, path) in &purls {
            let control = "security-update-missing";
            let candidate = Candidate { control, subject: &image.subject, purl, path, within: &within };
            for (best, own) in best.iter_mut().zip(found(&update.advisories, &candidate, all, used)) {
                *best = best.or(own);
            }
        }
        let subject = built.first().map_or_else(|| image.subject.clone(), |package| subject_of(package));
        parts.push(Part::of(&update.advisories, best, subject));
    }
    let groups: Vec<usize> = updates.iter().map(|update| update.layer.unwrap_or(0)).collect();
    let whole = whole_groups(&groups, &parts);
    let mut keep = Vec::with_capacity(parts.len());
    for ((update, part), group) in updates.iter_mut().zip(parts).zip(&groups) {
        let whole = whole.get(group) == Some(&true);
        keep.push(whole || !part.done);
        accepted.extend(take(&mut update.advisories, part.found, &part.subject, all, |_| whole));
    }
    retain(updates, &keep);

    let hits = &mut image.installed.hits;
    let mut parts: Vec<Part> = Vec::with_capacity(hits.len());
    for hit in hits.iter() {
        let Some(package) = hit.packages.first().and_then(|at| packages.get(*at)) else {
            parts.push(Part::of(&[], vec![None; hit.advisories.len()], image.subject.clone()));
            continue;
        };
        let control =
            if hit.tool.is_some() { "package-manager-in-image" } else { "vulnerable-package-in-image" };
        let (subject, purl) = (subject_of(package), purl_of(package));
        let candidate =
            Candidate { control, subject: &subject, purl: &purl, path: &package.path, within: &within };
        let found = found(&hit.advisories, &candidate, all, used);
        parts.push(Part::of(&hit.advisories, found, subject));
    }
    // All package managers are one finding, every other package is one of its own.
    let groups: Vec<usize> =
        hits.iter().enumerate().map(|(at, hit)| if hit.tool.is_some() { 0 } else { at + 1 }).collect();
    let whole = whole_groups(&groups, &parts);
    let mut keep = Vec::with_capacity(parts.len());
    for ((hit, part), group) in hits.iter_mut().zip(parts).zip(&groups) {
        let whole = whole.get(group) == Some(&true);
        keep.push(whole || !part.done);
        accepted.extend(take(&mut hit.advisories, part.found, &part.subject, all, |_| whole));
    }
    retain(hits, &keep);
    accepted
}

/// Which findings are accepted with all that they tell of.
fn whole_groups(groups: &[usize], parts: &[Part]) -> BTreeMap<usize, bool> {
    let mut whole = BTreeMap::new();
    for (group, part) in groups.iter().zip(parts) {
        *whole.entry(*group).or_insert(true) &= part.done;
    }
    whole
}

fn retain<T>(list: &mut Vec<T>, keep: &[bool]) {
    let mut keep = keep.iter();
    list.retain(|_| keep.next().copied().unwrap_or(true));
}
