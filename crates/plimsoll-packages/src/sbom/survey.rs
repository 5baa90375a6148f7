//! From a bill of materials that somebody hands in to packages that can be judged.
//!
//! A bill of an image gives the packages of an image, any other one those of a lockfile. Deliberately absent: the judging; and
//! ecosystems that nothing here knows advisories of, which are counted.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use plimsoll_posture::{
    BuiltImage, DependencyKind, Ecosystem, ImageLayer, Known, LockedPackage, OperatingSystem, Origin,
    Package, Provenance, Reason, SourcePackage, Subject, SubjectKind,
};
use plimsoll_text::{SourceId, Span};

use super::{Component, Kind, Need, Purl, Reading, property};
use crate::lockfile::graph::{Edge, Graph, Node};

/// What a bill holds, for judging.
#[derive(Debug)]
pub struct Survey {
    /// The packages of an image, where it is the bill of one.
    pub image: Option<Box<BuiltImage>>,
    /// The packages of a project, where it is none of an image.
    pub packages: Vec<LockedPackage>,
    /// What is not judged: how many components of which type of package URL.
    pub foreign: BTreeMap<String, usize>,
    /// How many have no package URL.
    pub unnamed: usize,
    /// How many have no version.
    pub unversioned: usize,
    /// Whether it says who depends on whom.
    pub related: bool,
}

/// The lens that reads bills.
const LENS: &str = "sbom";

/// Looks through a bill.
#[must_use]
pub fn survey(reading: &Reading, name: &str, source: SourceId) -> Survey {
    let bill = &reading.bill;
    let mut survey = Survey {
        image: None,
        packages: Vec::new(),
        foreign: BTreeMap::new(),
        unnamed: 0,
        unversioned: 0,
        related: bill.components.iter().chain([&bill.subject]).any(|component| component.depends.is_some()),
    };
    let mut known: Vec<(&Component, &Purl, Ecosystem)> = Vec::new();
    for component in &bill.components {
        let Some(purl) = &component.purl else {
            survey.unnamed += usize::from(component.kind == Kind::Library);
            continue;
        };
        let ecosystem = match purl.kind.as_str() {
            "npm" if component.property(property::ECOSYSTEM) == Some("bundled") => Ecosystem::Bundled,
            "npm" => Ecosystem::Npm,
            "deb" => Ecosystem::Dpkg,
            "apk" => Ecosystem::Apk,
            "rpm" => Ecosystem::Rpm,
            "golang" => Ecosystem::Go,
            "generic" if purl.name == "node" => Ecosystem::Node,
            "generic" if component.property(property::ECOSYSTEM) == Some("node-library") => {
                Ecosystem::NodeLibrary
            }
            "oci" | "docker" => continue,
            other => {
                *survey.foreign.entry(other.to_owned()).or_default() += 1;
                continue;
            }
        };
        // An application in a bill of several is none of its own packages.
        let own =
            component.kind == Kind::Application && ecosystem == Ecosystem::Npm && component.depends.is_some();
        if own {
            continue;
        }
        if version_of(component, purl).is_empty() && ecosystem != Ecosystem::Bundled {
            survey.unversioned += 1;
            continue;
        }
        known.push((component, purl, ecosystem));
    }
    let distribution = |ecosystem| matches!(ecosystem, Ecosystem::Dpkg | Ecosystem::Apk | Ecosystem::Rpm);
    let of_image = bill.subject.kind == Kind::Container
        || bill.components.iter().any(|component| component.kind == Kind::System)
        || known.iter().any(|(.., ecosystem)| distribution(*ecosystem));
    if of_image {
        survey.image = Some(Box::new(image(reading, name, source, &known)));
    } else {
        survey.packages = project(reading, source, &known);
        for (_, purl, _) in known.iter().filter(|(.., ecosystem)| *ecosystem != Ecosystem::Npm) {
            *survey.foreign.entry(purl.kind.clone()).or_default() += 1;
        }
    }
    survey
}

/// With the epoch, which Trivy keeps apart in the package URL.
fn version_of<'a>(component: &'a Component, purl: &'a Purl) -> Cow<'a, str> {
    if !component.version.is_empty() {
        return Cow::Borrowed(&component.version);
    }
    match purl.qualifier("epoch").filter(|epoch| *epoch != "0" && !purl.version.contains(':')) {
        Some(epoch) => Cow::Owned(format!("{epoch}:{}", purl.version)),
        None => Cow::Borrowed(&purl.version),
    }
}

fn place(source: SourceId, component: &Component) -> Provenance {
    let at = Span::new(source, component.at.0, component.at.1);
    Provenance::new(LENS, at, format!("{}@{}", component.name, component.version))
}

/// The layer that brought a package: ours, syft's, Trivy's.
fn layer_of(component: &Component) -> Option<&str> {
    let names = [
        property::LAYER,
        "syft:location:0:layerID",
        "aquasecurity:trivy:LayerDiffID",
        "LayerDiffID",
        "aquasecurity:trivy:LayerDigest",
        "LayerDigest",
    ];
    names.iter().find_map(|name| component.property(name)).filter(|digest| !digest.is_empty())
}

fn path_of(component: &Component) -> &str {
    let own = component.spots.first().map(|spot| &*spot.path);
    let names = ["syft:location:0:path", "aquasecurity:trivy:FilePath", "PkgPath"];
    let path = own.or_else(|| names.iter().find_map(|name| component.property(name))).unwrap_or("");
    path.trim_start_matches('/')
}

/// What a package was built from: `upstream` of ours and syft's, properties of Trivy's.
fn source_of(component: &Component, purl: &Purl, version: &str) -> Option<SourcePackage> {
    if let Some(upstream) = purl.qualifier("upstream") {
        let (name, own) = upstream.split_once('@').map_or((upstream, None), |(name, own)| (name, Some(own)));
        return Some(SourcePackage { name: name.into(), version: own.map(Arc::from) });
    }
    let said = |name: &str| component.property(&format!("aquasecurity:trivy:{name}"));
    let name = said("SrcName")?;
    let mut own = said("SrcVersion").unwrap_or("").to_owned();
    if let Some(release) = said("SrcRelease").filter(|release| !release.is_empty()) {
        own = format!("{own}-{release}");
    }
    if let Some(epoch) = said("SrcEpoch").filter(|epoch| !matches!(*epoch, "" | "0")) {
        own = format!("{epoch}:{own}");
    }
    let own = Some(own).filter(|own| !own.is_empty() && own != version);
    (name != &*purl.name || own.is_some())
        .then(|| SourcePackage { name: name.into(), version: own.map(Arc::from) })
}

/// The distribution: its own component, else what the package URLs say (`distro=alpine-3.20.1`).
fn system(reading: &Reading, known: &[(&Component, &Purl, Ecosystem)]) -> Option<OperatingSystem> {
    let bill = &reading.bill;
    if let Some(own) = bill.components.iter().find(|component| component.kind == Kind::System) {
        let codename =
            own.property(property::CODENAME).or_else(|| own.property("syft:distro:versionCodename"));
        return Some(OperatingSystem {
            id: own.name.to_ascii_lowercase().into(),
            version: own.version.as_str().into(),
            codename: codename.map(Arc::from),
        });
    }
    let (purl, distro) = known
        .iter()
        .filter(|(.., ecosystem)| matches!(ecosystem, Ecosystem::Dpkg | Ecosystem::Apk | Ecosystem::Rpm))
        .find_map(|(_, purl, _)| Some((purl, purl.qualifier("distro")?)))?;
    let version = distro.strip_prefix(&*purl.namespace).and_then(|rest| rest.strip_prefix('-'));
    let named = !distro.starts_with(|c: char| c.is_ascii_digit()) && version.is_none();
    Some(OperatingSystem {
        id: purl.namespace.as_str().into(),
        version: version.unwrap_or(if named { "" } else { distro }).into(),
        codename: named.then(|| distro.into()),
    })
}

fn image(
    reading: &Reading,
    name: &str,
    source: SourceId,
    known: &[(&Component, &Purl, Ecosystem)],
) -> BuiltImage {
    let bill = &reading.bill;
    let whole = Span::new(source, bill.subject.at.0, bill.subject.at.1);
    let subject = &bill.subject;
    let called = if subject.name.is_empty() { name } else { &subject.name };
    let mut digests: Vec<&str> = bill.subject.all(property::LAYER).collect();
    let given = digests.len();
    let mut layers: HashMap<&str, usize> =
        digests.iter().enumerate().map(|(at, digest)| (*digest, at)).collect();
    let mut packages: Vec<Package> = Vec::with_capacity(known.len());
    for (component, purl, ecosystem) in known {
        let version = version_of(component, purl);
        let layer = layer_of(component).map(|digest| {
            *layers.entry(digest).or_insert_with(|| {
                digests.push(digest);
                digests.len() - 1
            })
        });
        let full = match ecosystem {
            Ecosystem::Npm | Ecosystem::Bundled | Ecosystem::Go => purl.full_name(),
            _ => purl.name.clone(),
        };
        packages.push(Package {
            ecosystem: *ecosystem,
            name: full.into(),
            version: (&*version).into(),
            source: source_of(component, purl, &version),
            architecture: purl.qualifier("arch").map(Arc::from),
            maintainer: component.publisher.as_deref().map(Arc::from),
            license: component.license.as_deref().map(Arc::from),
            owner: component.property(property::OWNER).map(Arc::from),
            path: path_of(component).into(),
            layer,
            at: place(source, component),
        });
    }
    packages.sort_by(|a, b| {
        (a.ecosystem, &a.name, &a.version, &a.path, &a.architecture).cmp(&(
            b.ecosystem,
            &b.name,
            &b.version,
            &b.path,
            &b.architecture,
        ))
    });
    // No layer was read: what stands in none cannot be said to be absent.
    let unread = || Known::Unknown(Reason::OnlyListed(called.into()));
    let count = digests.len().max(given).max(1);
    let layers = (0..count).map(|at| ImageLayer {
        step: None,
        digest: digests.get(at).copied().unwrap_or("").into(),
        at: BuiltImage::place(whole, ""),
        instruction: "".into(),
        read: unread(),
        bytes: 0,
        entries: 0,
        hidden_bytes: 0,
        hidden_files: Vec::new(),
    });
    let mut names: Vec<Arc<str>> = subject.all(property::IMAGE_NAME).map(Arc::from).collect();
    names.extend(subject.all("aquasecurity:trivy:RepoTag").map(Arc::from));
    BuiltImage {
        subject: Subject::new(SubjectKind::Image, called, whole),
        names,
        id: subject.property("aquasecurity:trivy:ImageID").unwrap_or(&subject.version).into(),
        platform: subject.property(property::PLATFORM).unwrap_or("").into(),
        system: system(reading, known),
        layers: layers.collect(),
        packages,
        files: Vec::new(),
        accounts: Vec::new(),
        sightings: Vec::new(),
        secrets: Vec::new(),
        runtimes: Vec::new(),
        installed: plimsoll_posture::Installed::default(),
        lines: Vec::new(),
        programs: Vec::new(),
        trust: plimsoll_posture::Trust::default(),
        unread: subject.all(property::UNREAD).map(Arc::from).collect(),
    }
}

/// Why a component is there, where it says so itself.
fn kind_of(component: &Component) -> Option<DependencyKind> {
    let development = ["aquasecurity:trivy:Indirect:dev", property::DEVELOPMENT];
    if development.iter().any(|name| component.property(name) == Some("true")) {
        return Some(DependencyKind::Development);
    }
    match (component.property(property::DEPENDENCY), component.need) {
        (Some("peer"), _) => Some(DependencyKind::Peer),
        (_, Need::Optional) => Some(DependencyKind::Optional),
        (_, Need::Excluded) => Some(DependencyKind::Development),
        (_, Need::Required) => None,
    }
}

/// The packages with who asks for whom, as of a lockfile.
fn project(
    reading: &Reading,
    source: SourceId,
    known: &[(&Component, &Purl, Ecosystem)],
) -> Vec<LockedPackage> {
    let npm: Vec<(&Component, &Purl)> = known
        .iter()
        .filter(|(.., ecosystem)| *ecosystem == Ecosystem::Npm)
        .map(|(component, purl, _)| (*component, *purl))
        .collect();
    let places: HashMap<&str, usize> =
        npm.iter().enumerate().map(|(at, (component, _))| (&*component.reference, at)).collect();
    let edges = |component: &Component| -> Vec<Edge<'static>> {
        let depends = component.depends.iter().flatten();
        let targets = depends.filter_map(|reference| places.get(&**reference).copied());
        targets
            .map(|to| {
                let kind = npm.get(to).and_then(|(component, _)| kind_of(component));
                Edge { to, kind: kind.unwrap_or(DependencyKind::Production), wanted: None }
            })
            .collect()
    };
    let mut graph = Graph::default();
    for (component, purl) in &npm {
        graph.nodes.push(Node {
            name: Cow::Owned(purl.full_name()),
            version: version_of(component, purl),
            start: component.at.0,
            end: component.at.1,
            kind: kind_of(component),
            bundled: component.property(property::BUNDLED) == Some("true"),
            integrity: None,
            checksum: None,
            license: None,
            install_script: None,
            deprecated: None,
            origin: Origin::Registry,
            edges: edges(component),
        });
    }
    let packages: HashSet<*const Component> =
        npm.iter().map(|(component, _)| std::ptr::from_ref(*component)).collect();
    let bill = &reading.bill;
    let others = std::iter::once(&bill.subject).chain(&bill.components);
    let others = others.filter(|component| !packages.contains(&std::ptr::from_ref(*component)));
    graph.roots = others.flat_map(edges).collect();
    graph.packages(source)
}
