//! From the layers of an image to what is in it: packages, files, accounts and secrets, each with the layer it came by.
//!
//! Deliberately absent: the configuration (a lens reads it) and any judgement.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use plimsoll_posture::{
    Account, AccountTrait, BuiltImage, Ecosystem, FileTrait, ImageLayer, Installed, Known, NotedAccount,
    NotedFile, NotedSecret, OperatingSystem, Package, Provenance, Reason, Subject, Trust,
};

use crate::archive::SavedImage;
use crate::go::STANDARD_LIBRARY;
use crate::inventory::{Discovery, Listed, account, release};
use crate::layer::path::whiteout;
use crate::stack::Stack;
use crate::tar::EntryKind;

/// Where a layer is spoken of.
#[derive(Debug, Clone)]
pub struct LayerPlace {
    /// The step of the history, or the digest in the configuration.
    pub at: Provenance,
    /// `RUN`, `COPY`; empty when nobody says.
    pub instruction: Arc<str>,
}

/// More files of one kind are counted, not named.
const MAX_NOTED: usize = 2_000;
/// The largest hidden files of a layer that are named.
const MAX_HIDDEN: usize = 5;

/// Reads an image: `places` has a place for every layer.
#[must_use]
pub fn built(
    saved: &SavedImage,
    subject: Subject,
    platform: &str,
    places: &[LayerPlace],
) -> (BuiltImage, Vec<Account>) {
    let stack = Stack::new(saved.layers.clone());
    let whole = BuiltImage::place(subject.anchor, "");
    let place = |layer: usize| places.get(layer).map_or_else(|| whole.clone(), |place| place.at.clone());
    let mut image = BuiltImage {
        names: saved.names.iter().map(|name| name.as_str().into()).collect(),
        id: saved.id.as_str().into(),
        platform: platform.into(),
        system: None,
        layers: layers(&stack, places, &whole),
        packages: Vec::new(),
        installed: Installed::default(),
        lines: Vec::new(),
        files: Vec::new(),
        accounts: Vec::new(),
        programs: Vec::new(),
        runtimes: Vec::new(),
        sightings: Vec::new(),
        secrets: Vec::new(),
        unread: Vec::new(),
        trust: Trust::default(),
        subject,
    };
    let found = Found::of(&stack);
    image.system = found.system();
    let owners = found.owners();
    for (path, (layer, program)) in &found.programs {
        image.packages.push(Package {
            ecosystem: Ecosystem::Node,
            name: "node".into(),
            version: program.version.clone(),
            source: None,
            architecture: None,
            maintainer: None,
            license: None,
            owner: owners.get(path).map(|owner| (*owner).into()),
            path: (*path).into(),
            layer: Some(*layer),
            at: place(*layer),
        });
    }
    for (path, (layer, manifest)) in found.npm.iter().filter(|(path, _)| !owners.contains_key(**path)) {
        image.packages.push(Package {
            ecosystem: Ecosystem::Npm,
            name: manifest.name.clone(),
            version: manifest.version.clone(),
            source: None,
            architecture: None,
            maintainer: None,
            license: manifest.license.clone(),
            owner: None,
            path: (*path).into(),
            layer: Some(*layer),
            at: place(*layer),
        });
    }
    let inside = |ecosystem, name: &str, version: &str, path: &str, layer: usize| Package {
        ecosystem,
        name: name.into(),
        version: version.into(),
        source: None,
        architecture: None,
        maintainer: None,
        license: None,
        owner: owners.get(path).map(|owner| (*owner).into()),
        path: path.into(),
        layer: Some(layer),
        at: place(layer),
    };
    for (path, (layer, program)) in &found.programs {
        let libraries = program.libraries.iter();
        image.packages.extend(
            libraries.map(|(name, version)| inside(Ecosystem::NodeLibrary, name, version, path, *layer)),
        );
    }
    for (path, (layer, bundle)) in &found.bundles {
        image.packages.extend(bundle.packages.iter().map(|(name, version)| {
            inside(Ecosystem::Bundled, name, version.as_deref().unwrap_or(""), path, *layer)
        }));
    }
    for (path, (layer, build)) in found.builds.iter().filter(|(path, _)| !owners.contains_key(**path)) {
        let go = build.go.as_ref().map(|version| (STANDARD_LIBRARY, version));
        let modules = build.modules.iter().map(|module| (&*module.path, &module.version));
        image.packages.extend(go.into_iter().chain(modules).map(|(name, version)| Package {
            ecosystem: Ecosystem::Go,
            name: name.into(),
            version: version.clone(),
            license: None,
            source: None,
            architecture: None,
            maintainer: None,
            owner: None,
            path: (*path).into(),
            layer: Some(*layer),
            at: place(*layer),
        }));
    }
    found.listed(&stack, &place, &mut image.packages);
    image.packages.sort_by(|a, b| {
        (a.ecosystem, &a.name, &a.version, &a.path, &a.architecture).cmp(&(
            b.ecosystem,
            &b.name,
            &b.version,
            &b.path,
            &b.architecture,
        ))
    });
    image.packages.dedup();
    image.unread.extend(found.unread.iter().map(|name| Arc::from(*name)));
    image.files = files(&stack);
    image.secrets = secrets(&stack);
    let accounts = found.accounts(&mut image.accounts);
    (image, accounts)
}

fn layers(stack: &Stack, places: &[LayerPlace], whole: &Provenance) -> Vec<ImageLayer> {
    let layers = stack.layers().iter().enumerate();
    layers
        .map(|(at, layer)| {
            let (mut bytes, mut entries, mut hidden_bytes) = (0, 0, 0);
            let mut hidden_files: Vec<(u64, &str)> = Vec::new();
            for (index, (path, item)) in layer.items.iter().enumerate() {
                if whiteout(path).is_some() {
                    continue;
                }
                entries += 1;
                bytes += item.size;
                if item.size > 0 && stack.hidden_by(at, index).is_some() {
                    hidden_bytes += item.size;
                    hidden_files.push((item.size, path));
                }
            }
            hidden_files.sort_unstable_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(b.1)));
            hidden_files.truncate(MAX_HIDDEN);
            let place = places.get(at);
            let digest = layer.digests.as_ref().map_or("", |digests| digests.plain.as_str());
            ImageLayer {
                digest: digest.into(),
                at: place.map_or_else(|| whole.clone(), |place| place.at.clone()),
                step: None,
                instruction: place.map_or_else(|| "".into(), |place| place.instruction.clone()),
                read: match layer.partial {
                    true => Known::Unknown(Reason::MissingSource(format!("layer {}", at + 1).into())),
                    false => Known::Value(()),
                },
                bytes,
                entries,
                hidden_bytes,
                hidden_files: hidden_files.into_iter().map(|(size, path)| (path.into(), size)).collect(),
            }
        })
        .collect()
}

/// What a container sees, by path, each with its layer.
#[derive(Default)]
struct Found<'s> {
    dpkg: BTreeMap<&'s str, (usize, &'s [Listed])>,
    apk: BTreeMap<&'s str, (usize, &'s [Listed])>,
    npm: BTreeMap<&'s str, (usize, &'s crate::inventory::npm::Manifest)>,
    programs: BTreeMap<&'s str, (usize, &'s crate::inventory::node::Program)>,
    bundles: BTreeMap<&'s str, (usize, &'s crate::inventory::bundle::Bundle)>,
    builds: BTreeMap<&'s str, (usize, &'s crate::inventory::go::Build)>,
    releases: BTreeMap<&'s str, &'s release::Release>,
    owned: Vec<&'s crate::inventory::Owned>,
    passwd: Option<(usize, &'s [account::Entry])>,
    shadow: Option<(usize, &'s [Arc<str>])>,
    rpm: BTreeMap<&'s str, (usize, &'s [Listed])>,
    unread: BTreeSet<&'static str>,
}

impl<'s> Found<'s> {
    fn of(stack: &'s Stack) -> Self {
        let mut found = Self::default();
        for (at, layer) in stack.layers().iter().enumerate() {
            for (index, discovery) in &layer.discoveries {
                let Some((path, _)) = layer.items.get(*index) else { continue };
                if stack.hidden_by(at, *index).is_some() {
                    continue;
                }
                match discovery {
                    Discovery::Dpkg(packages) => {
                        found.dpkg.insert(path, (at, packages));
                    }
                    Discovery::Apk(database) => {
                        found.apk.insert(path, (at, &database.packages));
                        found.owned.extend(&database.owned);
                    }
                    Discovery::Owned(owned) => found.owned.push(owned),
                    Discovery::Npm(manifest) => {
                        found.npm.insert(path, (at, manifest));
                    }
                    Discovery::Node(program) => {
                        found.programs.insert(path, (at, program));
                    }
                    Discovery::Bundle(bundle) => {
                        found.bundles.insert(path, (at, bundle));
                    }
                    Discovery::Go(build) => {
                        found.builds.insert(path, (at, build));
                    }
                    Discovery::Release(release) => {
                        found.releases.insert(path, release);
                    }
                    Discovery::Passwd(entries) => found.passwd = Some((at, entries)),
                    Discovery::Shadow(names) => found.shadow = Some((at, names)),
                    Discovery::Rpm(database) => {
                        found.rpm.insert(path, (at, &database.packages));
                        found.owned.extend(&database.owned);
                    }
                    Discovery::UnreadRpm(name) => {
                        found.unread.insert(name);
                    }
                    Discovery::Secrets(_) => {}
                }
            }
        }
        found
    }

    fn system(&self) -> Option<OperatingSystem> {
        // os-release(5): the file in /etc comes first; it is a link to the other one more often than not.
        let order = ["etc/os-release", "usr/lib/os-release", "etc/alpine-release", "etc/debian_version"];
        let release =
            order.iter().filter_map(|path| self.releases.get(path)).find(|release| release.id.is_some())?;
        Some(OperatingSystem {
            id: release.id.clone()?,
            version: release.version.clone().unwrap_or_else(|| "".into()),
            codename: release.codename.clone(),
        })
    }

    /// The package of the distribution for each of its files that may be a package of another kind.
    fn owners(&self) -> HashMap<&'s str, &'s str> {
        let mut owners = HashMap::new();
        for owned in &self.owned {
            for file in &owned.files {
                owners.insert(&**file, &*owned.package);
                // The database was written when /lib, /bin and /sbin were directories of their own.
                if let Some(other) = file.strip_prefix("usr/") {
                    owners.insert(other, &*owned.package);
                }
            }
        }
        owners
    }

    /// Packages of the distribution. The database names all of them in every layer that changes it, so a package belongs to the
    /// lowest layer from which on every database has it in this version.
    fn listed(&self, stack: &Stack, place: &dyn Fn(usize) -> Provenance, packages: &mut Vec<Package>) {
        for (ecosystem, databases) in
            [(Ecosystem::Dpkg, &self.dpkg), (Ecosystem::Apk, &self.apk), (Ecosystem::Rpm, &self.rpm)]
        {
            for (path, (top, listed)) in databases {
                let mut brought: Vec<usize> = vec![*top; listed.len()];
                let mut open: Vec<bool> = vec![true; listed.len()];
                for (at, layer) in stack.layers().iter().enumerate().take(*top).rev() {
                    let Some(earlier) = earlier(layer, path, ecosystem) else { continue };
                    let earlier: HashSet<&Listed> = earlier.iter().collect();
                    for ((package, brought), open) in listed.iter().zip(&mut brought).zip(&mut open) {
                        *open = *open && earlier.contains(package);
                        if *open {
                            *brought = at;
                        }
                    }
                }
                for (package, layer) in listed.iter().zip(brought) {
                    packages.push(Package {
                        ecosystem,
                        name: package.name.clone(),
                        version: package.version.clone(),
                        source: package.source.clone(),
                        architecture: package.architecture.clone(),
                        maintainer: package.maintainer.clone(),
                        license: package.license.clone(),
                        owner: None,
                        path: (*path).into(),
                        layer: Some(layer),
                        at: place(layer),
                    });
                }
            }
        }
    }

    /// The accounts, and what is wrong with them.
    fn accounts(&self, noted: &mut Vec<NotedAccount>) -> Vec<Account> {
        let Some((layer, entries)) = self.passwd else { return Vec::new() };
        let mut first: HashMap<u32, &Arc<str>> = HashMap::new();
        let mut names: BTreeSet<&str> = BTreeSet::new();
        for entry in entries {
            names.insert(&entry.name);
            if entry.open {
                let name = entry.name.clone();
                noted.push(NotedAccount { name, noted: AccountTrait::EmptyPassword, layer });
            }
            match first.get(&entry.uid) {
                None => {
                    first.insert(entry.uid, &entry.name);
                }
                Some(other) => noted.push(NotedAccount {
                    name: entry.name.clone(),
                    noted: AccountTrait::SharedUid { uid: entry.uid, first: (*other).clone() },
                    layer,
                }),
            }
        }
        if let Some((layer, open)) = self.shadow {
            // Only an account that `passwd` has is one.
            let open = open.iter().filter(|name| names.contains(&***name));
            noted.extend(open.map(|name| NotedAccount {
                name: name.clone(),
                noted: AccountTrait::EmptyPassword,
                layer,
            }));
        }
        noted.sort_by(|a, b| a.name.cmp(&b.name));
        noted.dedup_by(|a, b| a.name == b.name && a.noted == b.noted);
        let account = |entry: &account::Entry| Account {
            name: entry.name.clone(),
            uid: Some(entry.uid),
            gid: Some(entry.gid),
        };
        entries.iter().map(account).collect()
    }
}

/// The database of the same path in a lower layer.
fn earlier<'l>(layer: &'l crate::layer::Layer, path: &str, ecosystem: Ecosystem) -> Option<&'l [Listed]> {
    layer.discoveries.iter().find_map(|(index, discovery)| {
        let own = layer.items.get(*index).is_some_and(|(own, _)| own == path);
        match discovery {
            Discovery::Dpkg(packages) if own && ecosystem == Ecosystem::Dpkg => Some(&**packages),
            Discovery::Apk(database) if own && ecosystem == Ecosystem::Apk => Some(&*database.packages),
            Discovery::Rpm(database) if own && ecosystem == Ecosystem::Rpm => Some(&*database.packages),
            _ => None,
        }
    })
}

/// Directories that hold what a package manager downloaded, and how it is told from what belongs there.
const CACHES: &[&str] = &[
    "var/lib/apt/lists",
    "var/cache/apt/archives",
    "var/cache/apk",
    "var/cache/dnf",
    "var/cache/yum",
    "root/.npm/_cacache",
    "home/node/.npm/_cacache",
    "usr/local/share/.cache/yarn",
    "root/.cache/yarn",
    "root/.cache/pip",
    "root/.local/share/pnpm/store",
];

fn files(stack: &Stack) -> Vec<NotedFile> {
    let mut noted: Vec<NotedFile> = Vec::new();
    // Directories that count as a whole: bytes that are still seen, bytes that are not, and the layer that hides them.
    let mut heaps: BTreeMap<(&str, usize, FileTrait, Option<usize>), u64> = BTreeMap::new();
    for (at, layer) in stack.layers().iter().enumerate() {
        for (index, (path, item)) in layer.items.iter().enumerate() {
            let file = matches!(item.kind, EntryKind::File | EntryKind::HardLink | EntryKind::Sparse);
            let mode = u32::from(item.mode);
            let mut traits = [None; 3];
            if file && mode & 0o4000 != 0 {
                traits[0] = Some(FileTrait::Setuid);
            }
            // Without the right to run it, setgid marks a file for mandatory locking.
            if file && mode & 0o2000 != 0 && mode & 0o010 != 0 {
                traits[1] = Some(FileTrait::Setgid);
            }
            let sticky = mode & 0o1000 != 0;
            if mode & 0o002 != 0 && (file || (item.kind == EntryKind::Directory && !sticky)) {
                traits[2] = Some(FileTrait::WorldWritable);
            }
            let heap = if file { heap(path) } else { None };
            if (traits == [None; 3] && heap.is_none()) || whiteout(path).is_some() {
                continue;
            }
            let hidden_by = stack.hidden_by(at, index);
            for own in traits.into_iter().flatten() {
                if noted.len() < MAX_NOTED {
                    noted.push(NotedFile {
                        path: path.into(),
                        noted: own,
                        layer: at,
                        hidden_by,
                        bytes: item.size,
                        uid: item.uid,
                    });
                }
            }
            if let Some((root, kind)) = heap {
                *heaps.entry((root, at, kind, hidden_by)).or_default() += item.size;
            }
        }
    }
    for (at, layer) in stack.layers().iter().enumerate() {
        for (index, discovery) in &layer.discoveries {
            let (Discovery::Bundle(bundle), Some((path, item))) = (discovery, layer.items.get(*index)) else {
                continue;
            };
            if bundle.own_sources > 0 && noted.len() < 2 * MAX_NOTED {
                let (noted_as, hidden_by) = (FileTrait::SourceMap, stack.hidden_by(at, *index));
                noted.push(NotedFile {
                    path: path.into(),
                    noted: noted_as,
                    layer: at,
                    hidden_by,
                    bytes: item.size,
                    uid: item.uid,
                });
            }
        }
    }
    noted.extend(heaps.into_iter().filter(|(_, bytes)| *bytes > 0).take(MAX_NOTED).map(
        |((path, layer, noted, hidden_by), bytes)| NotedFile {
            path: path.into(),
            noted,
            layer,
            hidden_by,
            bytes,
            uid: 0,
        },
    ));
    noted.sort_by(|a, b| {
        (&a.path, a.layer, a.noted, a.hidden_by).cmp(&(&b.path, b.layer, b.noted, b.hidden_by))
    });
    noted
}

/// The directory that a file counts to.
fn heap(path: &str) -> Option<(&str, FileTrait)> {
    for cache in CACHES {
        let inside = path.strip_prefix(cache).and_then(|rest| rest.strip_prefix('/'));
        if inside.is_some_and(|rest| !matches!(rest, "lock" | "partial" | ".keep")) {
            return path.get(..cache.len()).map(|root| (root, FileTrait::PackageCache));
        }
    }
    // A submodule has a file of that name; a repository has objects.
    for name in [".git/objects/", ".hg/store/", ".svn/"] {
        let at = match path.starts_with(name) {
            true => Some(0),
            false => path.find(&format!("/{name}")).map(|at| at + 1),
        };
        let end = at.and_then(|at| path.get(at..)?.find('/').map(|length| at + length));
        if let Some(root) = end.and_then(|end| path.get(..end)) {
            return Some((root, FileTrait::VersionControl));
        }
    }
    None
}

fn secrets(stack: &Stack) -> Vec<NotedSecret> {
    let mut noted = Vec::new();
    for (at, layer) in stack.layers().iter().enumerate() {
        for (index, discovery) in &layer.discoveries {
            let (Discovery::Secrets(sights), Some((path, _))) = (discovery, layer.items.get(*index)) else {
                continue;
            };
            let hidden_by = stack.hidden_by(at, *index);
            noted.extend(sights.iter().map(|sight| NotedSecret {
                path: path.into(),
                line: sight.line,
                name: sight.name.as_str().into(),
                kind: sight.kind.as_str().into(),
                length: sight.length,
                certainty: sight.certainty,
                layer: at,
                hidden_by,
            }));
        }
    }
    noted.sort_by(|a, b| (&a.path, a.layer, a.line, &a.name).cmp(&(&b.path, b.layer, b.line, &b.name)));
    noted.truncate(MAX_NOTED);
    noted
}
