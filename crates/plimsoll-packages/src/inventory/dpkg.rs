//! The database of dpkg: `status`, the single files of distroless images, and the lists of files.
//!
//! Deliberately absent: how versions compare, and what is known against packages.

use std::sync::Arc;

use plimsoll_posture::SourcePackage;

use super::{Listed, Owned, is_ambiguous};

/// The database of a whole system.
pub const STATUS: &str = "var/lib/dpkg/status";

/// Packages that are installed. A single file (`status.d`) has no field that says so.
#[must_use]
pub fn packages(content: &[u8], single: bool) -> Vec<Listed> {
    let text = String::from_utf8_lossy(content);
    let mut packages = Vec::new();
    let mut paragraph = Paragraph::default();
    for line in text.lines() {
        if line.trim().is_empty() {
            packages.extend(std::mem::take(&mut paragraph).listed(single));
            continue;
        }
        // A continued field: nothing of what is read here has any.
        if line.starts_with([' ', '\t']) {
            continue;
        }
        let Some((field, value)) = line.split_once(':') else { continue };
        let value = value.trim();
        let slot = match field {
            "Package" => &mut paragraph.name,
            "Version" => &mut paragraph.version,
            "Status" => &mut paragraph.status,
            "Source" => &mut paragraph.source,
            "Architecture" => &mut paragraph.architecture,
            "Maintainer" => &mut paragraph.maintainer,
            _ => continue,
        };
        *slot = Some(value);
    }
    packages.extend(paragraph.listed(single));
    packages
}

#[derive(Default)]
struct Paragraph<'a> {
    name: Option<&'a str>,
    version: Option<&'a str>,
    status: Option<&'a str>,
    source: Option<&'a str>,
    architecture: Option<&'a str>,
    maintainer: Option<&'a str>,
}

impl Paragraph<'_> {
    fn listed(self, single: bool) -> Option<Listed> {
        // "want flag state" (dpkg-query(1)): a package that waits for triggers is there.
        let installed = match self.status {
            Some(status) => {
                let mut words = status.split_whitespace().skip(1);
                words.next() == Some("ok")
                    && matches!(words.next(), Some("installed" | "triggers-awaited" | "triggers-pending"))
            }
            None => single,
        };
        let (name, version) = (self.name?, self.version?);
        if !installed || name.is_empty() || version.is_empty() {
            return None;
        }
        Some(Listed {
            name: name.into(),
            version: version.into(),
            source: self.source.and_then(|source| source_of(source, name, version)),
            architecture: self.architecture.map(Arc::from),
            maintainer: self.maintainer.map(Arc::from),
            license: None,
        })
    }
}

/// `openssl (3.0.11-1)` or `openssl`.
fn source_of(text: &str, name: &str, version: &str) -> Option<SourcePackage> {
    let (source, rest) = text.split_once(' ').unwrap_or((text, ""));
    let own = rest.trim().strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).map(str::trim);
    let own = own.filter(|own| !own.is_empty() && *own != version);
    if source.is_empty() || (source == name && own.is_none()) {
        return None;
    }
    Some(SourcePackage { name: source.into(), version: own.map(Arc::from) })
}

/// The files of a package that may be found as packages of another kind.
#[must_use]
pub fn files(path: &str, content: &[u8]) -> Owned {
    let name = path.rsplit('/').next().unwrap_or(path);
    let name = name.strip_suffix(".list").unwrap_or(name);
    let package = name.split(':').next().unwrap_or(name);
    let text = String::from_utf8_lossy(content);
    let files = text.lines().map(|line| line.trim_start_matches('/')).filter(|line| is_ambiguous(line));
    Owned { package: package.into(), files: files.map(Box::from).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fields as deb-status files have them; `~` and epochs belong to the version.
    #[test]
    fn installed_packages_with_their_sources() {
        let status = "Package: libssl3\nStatus: install ok installed\nArchitecture: amd64\nSource: openssl\n\
            Version: 3.0.11-1~deb12u2\nDescription: a\n Package: fake\n .\nMaintainer: D <d@example.org>\n\n\
            Package: gone\nStatus: deinstall ok config-files\nVersion: 1\n\n\
            Package: held\nStatus: hold ok installed\nVersion: 1:2-3\nSource: held (1:2-2)\n\n\
            Package: same\nStatus: install ok installed\nSource: same\nVersion: 4\n\n\
            Package: half\nStatus: install ok half-installed\nVersion: 4\n\nPackage: none\nVersion: 1\n";
        let found = packages(status.as_bytes(), false);
        let names: Vec<_> = found.iter().map(|package| (&*package.name, &*package.version)).collect();
        assert_eq!(names, [("libssl3", "3.0.11-1~deb12u2"), ("held", "1:2-3"), ("same", "4")]);
        let source = |name: &str, version: Option<&str>| {
            Some(SourcePackage { name: name.into(), version: version.map(Arc::from) })
        };
        assert_eq!(found[0].source, source("openssl", None));
        assert_eq!(found[0].maintainer.as_deref(), Some("D <d@example.org>"));
        assert_eq!(found[1].source, source("held", Some("1:2-2")));
        assert_eq!(found[2].source, None);
        assert_eq!(packages(b"Package: tzdata\nVersion: 2024a-0\n", true).len(), 1);
    }

    #[test]
    fn files_that_are_packages_of_another_kind() {
        let list = b"/.\n/usr\n/usr/share/nodejs/undici/package.json\n/usr/bin/node\n/usr/share/doc/x\n";
        let owned = files("var/lib/dpkg/info/node-undici:amd64.list", list);
        assert_eq!(&*owned.package, "node-undici");
        let names: Vec<&str> = owned.files.iter().map(|file| &**file).collect();
        assert_eq!(names, ["usr/share/nodejs/undici/package.json", "usr/bin/node"]);
        let owned = files("var/lib/dpkg/info/runc.list", b"/usr/sbin\n/usr/sbin/runc\n");
        assert_eq!(owned.files, ["usr/sbin/runc".into()]);
    }
}
