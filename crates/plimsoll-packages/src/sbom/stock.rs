//! From what was read of projects and images to a bill of materials.
//!
//! A package of npm that a project has at several places is one component; what an image has at several places are several,
//! since each came by a layer of its own. Deliberately absent: the notations.

use base64::alphabet;
use base64::engine::{DecodePaddingMode, Engine as _, GeneralPurpose, GeneralPurposeConfig};
use std::collections::HashMap;

use plimsoll_posture::{
    BuiltImage, Dependencies, DependencyKind, Ecosystem, LockedPackage, OperatingSystem, Origin, Package,
};
use plimsoll_text::Sources;

use crate::hexadecimal;

use super::{ALGORITHMS, Bill, Checksum, Component, Kind, Need, Purl, Spot, property};

/// What is put together, one application or image after the other.
#[derive(Debug, Default)]
pub struct Stock {
    subjects: Vec<Component>,
    components: Vec<Component>,
    /// How often a reference was given.
    given: HashMap<String, usize>,
    /// Packages of applications by their references.
    shared: HashMap<String, usize>,
}

impl Stock {
    /// Adds an application; `sources` holds its lockfiles.
    pub fn application(&mut self, app: &Dependencies, sources: &Sources) {
        let name = app.name.as_deref().unwrap_or(&app.subject.name);
        let version = app.version.as_deref().unwrap_or("");
        let purl = app.name.as_deref().map(|name| Purl::npm(name, version));
        let reference =
            purl.as_ref().map_or_else(|| format!("app:{}", app.subject.name), ToString::to_string);
        let mut depends: Vec<String> = Vec::new();
        for lockfile in &app.lockfiles {
            let source = sources.get(lockfile.source);
            let references: Vec<String> = lockfile.packages.iter().map(reference_of).collect();
            let mut asked: Vec<Vec<&String>> = vec![Vec::new(); lockfile.packages.len()];
            for (package, own) in lockfile.packages.iter().zip(&references) {
                for need in &package.needs {
                    match need.by {
                        None => depends.push(own.clone()),
                        Some(by) => asked.get_mut(by).into_iter().for_each(|list| list.push(own)),
                    }
                }
            }
            for ((package, own), asked) in lockfile.packages.iter().zip(&references).zip(asked) {
                let spot = Spot {
                    path: source.name.to_string(),
                    line: Some(source.place(package.at.range().start).line),
                };
                let checksums = package.checksum.map_or_else(Vec::new, |at| integrity(sources.text(at)));
                self.share(package, own, spot, checksums, asked);
                let said = package.license.map(|at| sources.text(at).trim_matches('"').trim());
                self.license(own, said.unwrap_or(""));
            }
        }
        sort(&mut depends);
        let spots = vec![Spot { path: app.subject.name.to_string(), line: None }];
        self.subject(Component {
            reference,
            kind: Kind::Application,
            name: name.to_owned(),
            version: version.to_owned(),
            purl,
            spots,
            depends: Some(depends),
            ..Component::default()
        });
    }

    /// One component for a package, however often projects have it.
    fn share(
        &mut self,
        package: &LockedPackage,
        reference: &str,
        spot: Spot,
        checksums: Vec<Checksum>,
        asked: Vec<&String>,
    ) {
        let need = need_of(package.kind);
        let at = *self.shared.entry(reference.to_owned()).or_insert_with(|| {
            self.components.push(locked(package, reference, need));
            self.components.len() - 1
        });
        let Some(component) = self.components.get_mut(at) else { return };
        if need < component.need {
            component.need = need;
            component.properties = properties(package);
        }
        component.spots.push(spot);
        component.checksums.extend(checksums);
        component.depends.get_or_insert_default().extend(asked.into_iter().cloned());
    }

    fn license(&mut self, reference: &str, said: &str) {
        let at = self.shared.get(reference).copied();
        if let Some(component) = at.and_then(|at| self.components.get_mut(at))
            && !said.is_empty()
            && !said.contains(['\\', '\n'])
        {
            component.license.get_or_insert_with(|| said.to_owned());
        }
    }

    /// Adds an image.
    pub fn image(&mut self, image: &BuiltImage) {
        let mut subject = Component {
            reference: format!("image:{}", image.subject.name),
            kind: Kind::Container,
            name: image.subject.name.to_string(),
            version: image.id.to_string(),
            ..Component::default()
        };
        image.names.iter().for_each(|name| subject.set(property::IMAGE_NAME, &**name));
        if !image.platform.is_empty() {
            subject.set(property::PLATFORM, &*image.platform);
        }
        image.layers.iter().for_each(|layer| subject.set(property::LAYER, &*layer.digest));
        image.unread.iter().for_each(|unread| subject.set(property::UNREAD, &**unread));
        let mut depends = Vec::new();
        let system = image.system.as_ref();
        let parts = system.map(distribution).into_iter();
        let packages = image.packages.iter().map(|package| installed(package, image));
        for mut component in parts.chain(packages) {
            self.name_apart(&mut component);
            depends.push(component.reference.clone());
            self.components.push(component);
        }
        sort(&mut depends);
        subject.depends = Some(depends);
        self.subject(subject);
    }

    fn subject(&mut self, mut subject: Component) {
        self.name_apart(&mut subject);
        self.subjects.push(subject);
    }

    fn name_apart(&mut self, component: &mut Component) {
        let count = self.given.entry(component.reference.clone()).or_default();
        *count += 1;
        if *count > 1 || self.shared.contains_key(&component.reference) {
            component.reference = format!("{}#{count}", component.reference);
        }
    }

    /// The bill, of `name` where there is more than one thing in it.
    #[must_use]
    pub fn bill(mut self, name: &str) -> Bill {
        for component in &mut self.components {
            component.checksums.sort();
            component.checksums.dedup();
            component.spots.sort();
            component.spots.dedup();
            component.depends.iter_mut().for_each(sort);
            let own = component.reference.clone();
            component.depends.iter_mut().for_each(|list| list.retain(|other| *other != own));
        }
        let subject = match self.subjects.len() {
            1 => self.subjects.pop().unwrap_or_default(),
            _ => {
                let mut depends: Vec<String> =
                    self.subjects.iter().map(|subject| subject.reference.clone()).collect();
                sort(&mut depends);
                self.components.append(&mut self.subjects);
                Component {
                    reference: format!("scan:{name}"),
                    kind: Kind::Application,
                    name: name.to_owned(),
                    depends: Some(depends),
                    ..Component::default()
                }
            }
        };
        self.components.sort_by(|a, b| {
            (a.kind, &a.name, &a.version, &a.reference).cmp(&(b.kind, &b.name, &b.version, &b.reference))
        });
        Bill { subject, components: self.components, created: None }
    }
}

fn sort(list: &mut Vec<String>) {
    list.sort();
    list.dedup();
}

fn reference_of(package: &LockedPackage) -> String {
    match package.origin {
        // What lies in the project has its name from the project: nobody else knows it by that.
        Origin::File => format!("file:{}@{}", package.name, package.version),
        _ => Purl::npm(&package.name, &package.version).to_string(),
    }
}

fn need_of(kind: DependencyKind) -> Need {
    match kind {
        DependencyKind::Production => Need::Required,
        DependencyKind::Optional | DependencyKind::Peer => Need::Optional,
        DependencyKind::Development => Need::Excluded,
    }
}

fn properties(package: &LockedPackage) -> Vec<(String, String)> {
    let mut component = Component::default();
    match package.kind {
        DependencyKind::Development => component.set(property::DEVELOPMENT, "true"),
        DependencyKind::Peer => component.set(property::DEPENDENCY, "peer"),
        DependencyKind::Production | DependencyKind::Optional => {}
    }
    if package.bundled {
        component.set(property::BUNDLED, "true");
    }
    component.properties
}

fn locked(package: &LockedPackage, reference: &str, need: Need) -> Component {
    Component {
        reference: reference.to_owned(),
        kind: Kind::Library,
        name: package.name.to_string(),
        version: package.version.to_string(),
        purl: (package.origin != Origin::File).then(|| Purl::npm(&package.name, &package.version)),
        need,
        properties: properties(package),
        ..Component::default()
    }
}

fn distribution(system: &OperatingSystem) -> Component {
    let mut component = Component {
        reference: format!("os:{}@{}", system.id, system.version),
        kind: Kind::System,
        name: system.id.to_string(),
        version: system.version.to_string(),
        ..Component::default()
    };
    if let Some(codename) = &system.codename {
        component.set(property::CODENAME, &**codename);
    }
    component
}

fn installed(package: &Package, image: &BuiltImage) -> Component {
    let purl = Purl::of(package, image.system.as_ref());
    let mut component = Component {
        reference: purl.to_string(),
        kind: if package.ecosystem == Ecosystem::Node { Kind::Application } else { Kind::Library },
        name: package.name.to_string(),
        version: package.version.to_string(),
        purl: Some(purl),
        license: package.license.as_deref().map(str::to_owned),
        publisher: package.maintainer.as_deref().map(str::to_owned),
        spots: vec![Spot { path: package.path.to_string(), line: None }],
        ..Component::default()
    };
    let layer = package.layer.and_then(|layer| image.layers.get(layer));
    if let Some(layer) = layer.filter(|layer| !layer.digest.is_empty()) {
        component.set(property::LAYER, &*layer.digest);
    }
    if matches!(package.ecosystem, Ecosystem::NodeLibrary | Ecosystem::Bundled) {
        component.set(property::ECOSYSTEM, package.ecosystem.name());
    }
    if let Some(owner) = &package.owner {
        component.set(property::OWNER, &**owner);
    }
    component
}

/// Checksums as lockfiles write them: `sha512-…` in base64, several by spaces, or SHA-1 in hexadecimal digits.
fn integrity(text: &str) -> Vec<Checksum> {
    let text = text.trim_matches(['"', '\'']);
    let one = |word: &str| {
        let Some((name, rest)) = word.split_once('-') else { return Checksum::named("SHA-1", word) };
        let algorithm = ALGORITHMS.iter().find(|(.., own, _)| *own == name)?;
        let bytes = base64(rest.split('?').next().unwrap_or(rest))?;
        Checksum::named(algorithm.0, &hexadecimal(&bytes))
    };
    text.split_whitespace().filter_map(one).collect()
}

/// With or without padding: lockfiles of old package managers leave it out.
fn base64(text: &str) -> Option<Vec<u8>> {
    const EITHER: GeneralPurposeConfig =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    GeneralPurpose::new(&alphabet::STANDARD, EITHER).decode(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Expected: `printf abc | openssl dgst -sha1` and `-sha512 -binary | base64`; test vectors of RFC 4648.
    #[test]
    fn checksums_become_digits() {
        for (text, bytes) in
            [("", ""), ("Zg==", "f"), ("Zm8=", "fo"), ("Zm9v", "foo"), ("Zm9vYmFy", "foobar")]
        {
            assert_eq!(base64(text).unwrap(), bytes.as_bytes());
        }
        assert_eq!(base64("Zm-v"), None);
        let sha512 = "\"sha512-3a81oZNherrMQXNJriBBMRLm+k6JqX6iCp7u5ktV05ohkpkqJ0/BqDa6PCOj/uu9RU1EI2Q86A4qmslPpUyknw==\"";
        let found = integrity(sha512);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].algorithm, "SHA-512");
        assert!(
            found[0].digits.starts_with("ddaf35a193617abacc417349ae204131") && found[0].digits.len() == 128
        );
        let sha1 = integrity("a9993e364706816aba3e25717850c26c9cd0d89d");
        assert_eq!(
            (sha1[0].algorithm, &*sha1[0].digits),
            ("SHA-1", "a9993e364706816aba3e25717850c26c9cd0d89d")
        );
        assert!(
            integrity("md5-abc").is_empty()
                && integrity("10c0").is_empty()
                && integrity("sha512-").is_empty()
        );
    }
}
