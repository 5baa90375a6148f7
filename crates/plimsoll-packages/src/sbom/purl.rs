//! Package URLs: `pkg:npm/%40scope/name@1.0.0`, `pkg:deb/debian/openssl@3.0.11-1?arch=amd64&distro=debian-12`.
//!
//! Written as the package URL specification has them in canonical form, read with more patience. Deliberately absent: rules of
//! types that nothing here reads.

use std::fmt;

use plimsoll_posture::{Ecosystem, OperatingSystem, Package};

/// A package URL, its parts decoded.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Purl {
    /// `npm`, `deb`, `apk`, `oci`.
    pub kind: String,
    /// `@scope`, `debian`; empty where there is none.
    pub namespace: String,
    /// The name.
    pub name: String,
    /// The version; empty where none is said.
    pub version: String,
    /// `arch`, `distro`, sorted by key.
    pub qualifiers: Vec<(String, String)>,
}

/// Longer ones are none.
const LONGEST: usize = 4_096;

impl Purl {
    /// A package of npm.
    #[must_use]
    pub fn npm(name: &str, version: &str) -> Self {
        let (namespace, name) = match name.split_once('/') {
            Some((scope, name)) if scope.starts_with('@') => (scope, name),
            _ => ("", name),
        };
        Self {
            kind: "npm".to_owned(),
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            version: version.to_owned(),
            qualifiers: Vec::new(),
        }
    }

    /// A package of an image. `upstream` names its source as syft and grype do.
    #[must_use]
    pub fn of(package: &Package, system: Option<&OperatingSystem>) -> Self {
        let kind = match package.ecosystem {
            Ecosystem::Dpkg => "deb",
            Ecosystem::Apk => "apk",
            Ecosystem::Rpm => "rpm",
            Ecosystem::Npm | Ecosystem::Bundled => return Self::npm(&package.name, &package.version),
            Ecosystem::Go => "golang",
            Ecosystem::Node | Ecosystem::NodeLibrary => "generic",
        };
        let (namespace, name) = package.name.rsplit_once('/').unwrap_or(("", &package.name));
        let mut purl = Self {
            kind: kind.to_owned(),
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            version: package.version.to_string(),
            qualifiers: Vec::new(),
        };
        if matches!(package.ecosystem, Ecosystem::Go | Ecosystem::Node | Ecosystem::NodeLibrary) {
            return purl;
        }
        let mut qualify = |key: &str, value: String| purl.qualifiers.push((key.to_owned(), value));
        if let Some(architecture) = &package.architecture {
            qualify("arch", architecture.to_string());
        }
        if let Some(system) = system {
            let version = if system.version.is_empty() {
                system.codename.as_deref().unwrap_or_default()
            } else {
                &system.version
            };
            let dash = if version.is_empty() { "" } else { "-" };
            qualify("distro", format!("{}{dash}{version}", system.id));
        }
        if let Some(source) = &package.source {
            let version = source.version.as_ref().map(|version| format!("@{version}")).unwrap_or_default();
            qualify("upstream", format!("{}{version}", source.name));
        }
        purl.name = package.name.to_string();
        let usual = match package.ecosystem {
            Ecosystem::Apk => "alpine",
            Ecosystem::Rpm => "",
            _ => "debian",
        };
        purl.namespace = system.map_or(usual, |system| &*system.id).to_owned();
        // A type of package URL has its own place for the epoch.
        if package.ecosystem == Ecosystem::Rpm
            && let Some((epoch, version)) = package.version.split_once(':')
        {
            purl.qualifiers.push(("epoch".to_owned(), epoch.to_owned()));
            purl.version = version.to_owned();
        }
        purl.qualifiers.sort();
        purl
    }

    /// Reads one; `None` for what is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.len() > LONGEST {
            return None;
        }
        let rest = text.get(..4).filter(|head| head.eq_ignore_ascii_case("pkg:")).and(text.get(4..))?;
        let rest = rest.trim_start_matches('/');
        let rest = rest.split('#').next().unwrap_or(rest);
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (kind, path) = path.split_once('/')?;
        let path = path.trim_matches('/');
        // A scope may come undecoded, and its sign is none of a version.
        let (path, version) = match path.rsplit_once('@') {
            Some((before, version)) if !before.is_empty() && !before.ends_with('/') => (before, version),
            _ => (path, ""),
        };
        let (namespace, name) = path.rsplit_once('/').unwrap_or(("", path));
        let name = decoded(name);
        if kind.is_empty() || name.is_empty() {
            return None;
        }
        let mut qualifiers: Vec<(String, String)> = query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .filter(|(key, value)| !key.is_empty() && !value.is_empty())
            .map(|(key, value)| (key.to_ascii_lowercase(), decoded(value)))
            .collect();
        qualifiers.sort();
        Some(Self {
            kind: kind.to_ascii_lowercase(),
            namespace: decoded(namespace),
            name,
            version: decoded(version),
            qualifiers,
        })
    }

    /// A qualifier.
    #[must_use]
    pub fn qualifier(&self, key: &str) -> Option<&str> {
        self.qualifiers.iter().find(|(own, _)| own == key).map(|(_, value)| &**value)
    }

    /// The name with the scope of npm.
    #[must_use]
    pub fn full_name(&self) -> String {
        match self.namespace.as_str() {
            "" => self.name.clone(),
            namespace => format!("{namespace}/{}", self.name),
        }
    }

    /// Whether what is said of `self` is said of `package`: what is left out of `self` is said of all.
    #[must_use]
    pub fn covers(&self, package: &Self) -> bool {
        self.kind == package.kind
            && self.namespace == package.namespace
            && self.name == package.name
            && (self.version.is_empty() || self.version == package.version)
            && self.qualifiers.iter().all(|(key, value)| {
                // What only one side knows tells nothing apart.
                package.qualifier(key).is_none_or(|own| own == value)
            })
    }
}

impl fmt::Display for Purl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "pkg:{}/", self.kind)?;
        for part in self.namespace.split('/').filter(|part| !part.is_empty()) {
            write!(f, "{}/", Encoded(part))?;
        }
        write!(f, "{}", Encoded(&self.name))?;
        if !self.version.is_empty() {
            write!(f, "@{}", Encoded(&self.version))?;
        }
        for (at, (key, value)) in self.qualifiers.iter().enumerate() {
            write!(f, "{}{key}={}", if at == 0 { '?' } else { '&' }, Encoded(value))?;
        }
        Ok(())
    }
}

/// Percent-encoded but for letters, digits and `.-_~:`, as the specification asks.
struct Encoded<'a>(&'a str);

impl fmt::Display for Encoded<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for byte in self.0.bytes() {
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'_' | b'~' | b':' => {
                    write!(f, "{}", char::from(byte))?;
                }
                other => write!(f, "%{other:02X}")?,
            }
        }
        Ok(())
    }
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let hex = after.get(..2).and_then(|pair| std::str::from_utf8(pair).ok());
        let byte = hex
            .filter(|pair| *first == b'%' && pair.bytes().all(|b| b.is_ascii_hexdigit()))
            .and_then(|pair| u8::from_str_radix(pair, 16).ok());
        match byte {
            Some(byte) => {
                bytes.push(byte);
                rest = after.get(2..).unwrap_or(&[]);
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Canonical forms of the package URL specification's own examples and of those that syft 1.18 writes.
    #[test]
    fn canonical_ones_come_back_as_they_are() {
        for text in [
            "pkg:npm/%40angular/animation@12.3.1",
            "pkg:npm/foobar@12.3.1",
            "pkg:deb/debian/curl@7.50.3-1?arch=i386&distro=jessie",
            "pkg:apk/alpine/ssl_client@1.30.1-r3?arch=x86_64&distro=alpine-3.10.4&upstream=busybox",
            "pkg:golang/google.golang.org/genproto",
            "pkg:deb/debian/login@1:4.13%2Bdfsg1-1",
        ] {
            assert_eq!(Purl::parse(text).unwrap().to_string(), text);
        }
        let scoped = Purl::parse("pkg:npm/%40angular/animation@12.3.1").unwrap();
        assert_eq!(
            (&*scoped.namespace, &*scoped.name, &*scoped.version),
            ("@angular", "animation", "12.3.1")
        );
        assert_eq!(Purl::npm("@angular/animation", "12.3.1"), scoped);
    }

    #[test]
    fn others_are_read_too() {
        let same = Purl::parse("PKG://NPM/@a/b@1.0.0?#src/lib").unwrap();
        assert_eq!(same, Purl::npm("@a/b", "1.0.0"));
        assert_eq!(Purl::parse("pkg:npm/@a/b").unwrap(), Purl::npm("@a/b", ""));
        let epoch = Purl::parse("pkg:deb/debian/passwd@1%3A4.8.1-1?arch=amd64").unwrap();
        assert_eq!(epoch.version, "1:4.8.1-1");
        for text in
            ["", "pkg:", "pkg:npm", "pkg:npm/", "npm/x@1", "pkg:/x", "https://example.com/x", "pkg:npm/%"]
        {
            let _ = Purl::parse(text).map(|purl| purl.to_string());
        }
        assert_eq!(Purl::parse("pkg:npm"), None);
        assert_eq!(Purl::parse("https://example.com/x"), None);
    }

    #[test]
    fn what_is_left_out_covers_all() {
        let package = Purl::parse("pkg:deb/debian/curl@7.50.3-1?arch=i386&distro=debian-12").unwrap();
        let covers = |text: &str| Purl::parse(text).unwrap().covers(&package);
        assert!(covers("pkg:deb/debian/curl") && covers("pkg:deb/debian/curl@7.50.3-1"));
        assert!(covers("pkg:deb/debian/curl?arch=i386") && covers("pkg:deb/debian/curl@7.50.3-1?epoch=1"));
        assert!(!covers("pkg:deb/debian/curl@7.50.3-2") && !covers("pkg:deb/debian/curl?arch=amd64"));
        assert!(
            !covers("pkg:deb/ubuntu/curl") && !covers("pkg:npm/curl") && !covers("pkg:deb/debian/libcurl4")
        );
    }
}
