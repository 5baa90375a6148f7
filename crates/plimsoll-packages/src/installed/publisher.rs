//! Whether the distribution itself built a package: another publisher's package of the same name has other versions and other fixes.
//!
//! Deliberately absent: sources that the distribution does not have; its data does not list them.

use plimsoll_posture::Package;

/// Publishers of packages that have the names of a distribution's.
const OTHERS: &[&str] = &[
    "@docker.com",
    "@elastic.co",
    "@f5.com",
    "@mariadb.com",
    "@mariadb.org",
    "@microsoft.com",
    "@mongodb.com",
    "@mysql.com",
    "@nginx.com",
    "@nginx.org",
    "@nodesource.com",
    "@oracle.com",
    "@percona.com",
    "@rabbitmq.com",
    "@redis.com",
    "@redis.io",
    "@vmware.com",
];

/// Words that Debian itself writes into a version. Another publisher says who or for which release it is: `1nodesource1`,
/// `1~bookworm`, `1.pgdg120+1`, `1~bpo12+1`, `1ubuntu2`.
const WORDS: &[&str] =
    &["alpha", "beta", "deb", "dfsg", "ds", "exp", "git", "nmu", "rc", "really", "repack", "svn"];

/// Whether another publisher than the distribution built a package of apk.
pub(super) fn is_foreign(package: &Package) -> bool {
    let maintainer = package.maintainer.as_deref().unwrap_or("").to_ascii_lowercase();
    OTHERS.iter().any(|other| maintainer.contains(other))
}

/// The same of a package of dpkg, by its version too.
pub(super) fn is_foreign_to_debian(package: &Package, version: &str) -> bool {
    // A package that has no revision has its words in the version as a whole.
    let own = version.rsplit_once('-').map_or(version, |(_, revision)| revision);
    let mut words = own.split(|c: char| !c.is_ascii_alphabetic()).filter(|word| word.len() > 1);
    words.any(|word| !WORDS.contains(&word)) || is_foreign(package)
}

#[cfg(test)]
mod tests {
    use plimsoll_posture::{BuiltImage, Ecosystem};
    use plimsoll_text::{SourceKind, Sources, Span};

    use super::*;
    use crate::database::{Database, Part};

    fn package(maintainer: &str) -> Package {
        let mut sources = Sources::new();
        let at = Span::whole(sources.add_text("a", SourceKind::ImageConfig, ""));
        Package {
            ecosystem: Ecosystem::Dpkg,
            name: "a".into(),
            version: "1".into(),
            source: None,
            architecture: None,
            maintainer: Some(maintainer.into()),
            license: None,
            owner: None,
            path: "".into(),
            layer: None,
            at: BuiltImage::place(at, ""),
        }
    }

    /// Versions as the publishers' own repositories have them.
    #[test]
    fn packages_of_others_are_told_by_version_or_publisher() {
        let debian = package("Debian OpenSSL Team <pkg-openssl-devel@alioth-lists.debian.net>");
        for version in [
            "20.11.0-1nodesource1",
            "5:27.0.3-1~debian.12~bookworm",
            "16.3-1.pgdg120+1",
            "1.26.0-1~bookworm",
            "8.2.20-1+0~20240606.64+debian12~1.gbpb5a8ea",
            "1:10.11.8+maria~deb12",
            "8.0.37-1debian12",
            "2.42.0-1~bpo12+1",
            "6:7.2.5-1rl1~bookworm1",
            "3.0.2-0ubuntu1.15",
            "5.15.0-2+rpt1",
        ] {
            assert!(is_foreign_to_debian(&debian, version), "{version}");
        }
        for version in [
            "3.0.11-1~deb12u2",
            "1:2.60-1+2026f",
            "1.26.5-1~exp1+deb11u4",
            "2.16.1+ds-deb12u8",
            "12.4+deb12u5",
        ] {
            assert!(!is_foreign_to_debian(&debian, version), "{version}");
        }
        assert!(is_foreign_to_debian(&package("NGINX Packaging <nginx-packaging@f5.com>"), "1.26.0-1"));
        assert!(is_foreign(&package("NGINX Packaging <nginx-packaging@F5.com>")));
    }

    /// No version that Debian itself has is taken for another's.
    #[test]
    fn versions_of_the_archive_are_its_own() {
        let debian = package("");
        for line in Database::embedded().part(Part::Debian).rows().filter(|line| line.contains('/')) {
            let newest = line.split('\t').nth(1).unwrap();
            for version in newest.split(';').filter_map(|pocket| pocket.get(1..)) {
                assert!(!is_foreign_to_debian(&debian, version), "{line}");
            }
        }
    }
}
