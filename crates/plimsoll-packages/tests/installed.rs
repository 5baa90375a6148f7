//! What is known against the packages of images. Expected values are Trivy's own, or follow from what the distributions say: deb-version(7),
//! the rules of the Debian security tracker and of Alpine's secdb, and the rows of `data/`.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[expect(dead_code, reason = "only one of the shapes is written here")]
mod made;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::{self, Cursor};
use std::path::PathBuf;

use made::{Image, Tar};
use plimsoll_packages::archive::{self, Choice, Handle, Input};
use plimsoll_packages::database::{Database, Part, Table};
use plimsoll_packages::image::built;
use plimsoll_packages::installed::judge;
use plimsoll_packages::layer::{SecretSense, Sight};
use plimsoll_posture::{BuiltImage, Extent, InstalledCoverage, Subject, SubjectKind};
use plimsoll_text::{SourceKind, Sources, Span};
use serde_json::Value;

struct NoSecrets;

impl SecretSense for NoSecrets {
    fn wants(&self, _: &str, _: u64) -> bool {
        false
    }

    fn look(&self, _: &str, _: &[u8]) -> Vec<Sight> {
        Vec::new()
    }
}

/// An image of these layers, each a list of files, judged.
fn image_of(layers: &[&[(&str, &str)]], database: &Database) -> BuiltImage {
    let layers: Vec<Tar> = layers
        .iter()
        .map(|files| {
            let mut tar = Tar::default();
            for (path, content) in *files {
                tar.file(path, content);
            }
            tar
        })
        .collect();
    let bytes = Image::of(&layers).old();
    let open = || -> io::Result<Box<dyn Handle>> { Ok(Box::new(Cursor::new(bytes.clone()))) };
    let reading = archive::read(Input::File(&open), &Choice::default(), &NoSecrets).unwrap();
    let mut sources = Sources::new();
    let source = sources.add_text("config.json", SourceKind::ImageConfig, "{}");
    let subject = Subject::new(SubjectKind::Image, "api", Span::whole(source));
    let mut image = built(&reading.images[0], subject, "linux/amd64", &[]).0;
    judge(&mut image, database);
    image
}

fn carried(files: &[(&str, &str)]) -> BuiltImage {
    image_of(&[files], Database::embedded())
}

const BOOKWORM: &str = "ID=debian\nVERSION_ID=\"12\"\nVERSION_CODENAME=bookworm\n";

/// `name version [source [source version]] [maintainer]`
fn status(packages: &[[&str; 4]]) -> String {
    let mut text = String::new();
    for [name, version, source, maintainer] in packages {
        let _ = write!(text, "Package: {name}\nStatus: install ok installed\nVersion: {version}\n");
        for (field, value) in [("Source", source), ("Maintainer", maintainer)] {
            if !value.is_empty() {
                let _ = writeln!(text, "{field}: {value}");
            }
        }
        text.push('\n');
    }
    text
}

fn debian(release: &str, packages: &[[&str; 4]]) -> BuiltImage {
    carried(&[("etc/os-release", release), ("var/lib/dpkg/status", &status(packages))])
}

/// Source, version, newest, whether it mends a weakness.
fn updates(image: &BuiltImage) -> Vec<(&str, &str, &str, bool)> {
    let updates = image.installed.updates.iter();
    updates.map(|update| (&*update.source, &*update.version, &*update.newest, update.security)).collect()
}

fn coverage(image: &BuiltImage, of: &str) -> InstalledCoverage {
    let found = image.installed.coverage.iter().find(|coverage| &*coverage.of == of);
    found.unwrap_or_else(|| panic!("{of}: {:?}", image.installed.coverage)).clone()
}

fn texts(value: &Value) -> Vec<&str> {
    value.as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect()
}

/// The source of each package that Trivy's rows name; as the packages' own `Source:` and `o:` say.
fn source_of(package: &str) -> &str {
    match package {
        "libcrypto1.1" | "libssl1.1" => "openssl",
        "musl-utils" => "musl",
        "libidn2-0" => "libidn2",
        "e2fslibs" | "libcomerr2" | "libss2" => "e2fsprogs",
        other => other,
    }
}

/// A row: advisory, package, version, fixed version.
type Row = [String; 4];

/// What is found with the packages of a case, as rows.
fn found(os: &str, rows: &[Row], database: &Database) -> BTreeSet<Row> {
    let packages: BTreeMap<&str, &str> =
        rows.iter().map(|[_, name, version, _]| (&**name, &**version)).collect();
    let (id, version) = os.split_once(' ').unwrap();
    let image = if id == "debian" {
        let list: Vec<[&str; 4]> =
            packages.iter().map(|(name, version)| [*name, *version, source_of(name), ""]).collect();
        let release = format!("ID=debian\nVERSION_ID=\"{}\"\n", version.split('.').next().unwrap());
        image_of(&[&[("etc/os-release", &*release), ("var/lib/dpkg/status", &*status(&list))]], database)
    } else {
        let list = packages.iter().fold(String::new(), |text, (name, version)| {
            text + &format!("P:{name}\nV:{version}\no:{}\n\n", source_of(name))
        });
        image_of(&[&[("etc/alpine-release", version), ("lib/apk/db/installed", &*list)]], database)
    };
    let mut found = BTreeSet::new();
    for update in &image.installed.updates {
        for (at, advisory) in
            update.packages.iter().flat_map(|at| update.advisories.iter().map(move |a| (at, a)))
        {
            let package = &image.packages[*at];
            found.insert(
                [&advisory.id, &package.name, &package.version, advisory.fixed.as_ref().unwrap()]
                    .map(|t| t.to_string()),
            );
        }
    }
    found
}

/// Trivy's test database in the notation of the tables. `distroless` names its own release, of which the database has edge only.
fn trivy(golden: &Value) -> Database {
    let mut database = Database::default();
    for (part, family) in [(Part::Debian, "debian "), (Part::Alpine, "alpine ")] {
        let mut lines = Vec::new();
        for (release, sources) in golden["db"].as_object().unwrap() {
            let Some(number) = release.strip_prefix(family) else { continue };
            let number = if number == "edge" { "3.16" } else { number };
            lines.push(format!("{number}\t{number}\t2026-08-01\ta"));
            for (source, advisories) in sources.as_object().unwrap() {
                let fixes = advisories.as_object().unwrap().iter().filter_map(|(id, fixed)| {
                    let (fixed, id) = (fixed.as_str()?, id.strip_prefix("CVE-")?);
                    (!fixed.is_empty()).then(|| format!("{fixed}={id}"))
                });
                lines.push(format!("{number}/{source}\t\t{}", fixes.collect::<Vec<_>>().join(";")));
            }
        }
        lines.sort_by(|a, b| a.split('\t').next().cmp(&b.split('\t').next()));
        let text = format!("2026-08-01\t2026-08-01\n{}\n", lines.join("\n"));
        database = database.with(part, Table::imported(text, "Trivy's test database"));
    }
    database
}

/// By Trivy's own database every row that has a fix is found, and no other. By what the program carries those of the releases that it
/// knows; the page explains the others.
#[test]
fn trivy_finds_the_same_in_debian_and_alpine() {
    let golden: Value = serde_json::from_str(include_str!("data/trivy-distro-golden.json")).unwrap();
    let theirs = trivy(&golden);
    let (mut rows, mut unmended, mut missed) = (0, BTreeSet::new(), BTreeSet::new());
    for case in golden["cases"].as_array().unwrap() {
        let (name, os) = (case["golden"].as_str().unwrap(), case["os"].as_str().unwrap());
        let all: Vec<Row> = case["rows"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| texts(row).into_iter().map(str::to_owned).collect::<Vec<_>>().try_into().unwrap())
            .collect();
        rows += all.len();
        let (mended, open): (Vec<&Row>, Vec<&Row>) = all.iter().partition(|row| !row[3].is_empty());
        unmended
            .extend(open.into_iter().map(|row| format!("| {os} | `{}` {} | {} |", row[1], row[2], row[0])));
        let by_theirs = found(os, &all, &theirs);
        let by_ours = found(os, &all, Database::embedded());
        for row in &mended {
            assert!(by_theirs.contains(*row), "{name}: {row:?} of {by_theirs:?}");
            if !by_ours.contains(*row) {
                missed.insert(format!("| {os} | `{}` {} | {} |", row[1], row[2], row[0]));
            }
        }
        // `ignore` and `high-critical` leave rows out on purpose.
        if !name.contains("ignore") && !name.contains("high") {
            assert_eq!(by_theirs.len(), mended.len(), "{name}: {by_theirs:?}");
        }
    }
    assert_eq!(rows, 34);
    missed.extend(unmended);
    let page = std::fs::read_to_string(
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/accuracy-packages.md"),
    )
    .unwrap();
    let explained: BTreeSet<String> = page
        .lines()
        .filter(|line| line.starts_with("| debian ") || line.starts_with("| alpine "))
        .map(|line| line.splitn(5, '|').take(4).collect::<Vec<_>>().join("|") + "|")
        .collect();
    assert_eq!(missed, explained, "docs/accuracy-packages.md explains other misses than there are");
}

#[test]
fn debian_is_judged_by_source_and_its_version() {
    let image = debian(
        BOOKWORM,
        &[
            // A binary whose number is its own: the source's counts.
            ["libssl3", "3.0.11-1~deb12u2", "openssl", ""],
            ["openssl", "3.0.11-1~deb12u2", "", ""],
            ["gcc-12-base", "12.2.0-14+deb12u1", "gcc-12", ""],
            ["libacl1", "2.3.1-3", "acl", ""],
            ["libc6", "99-1", "glibc (2.36-9)", ""],
            ["linux-libc-dev", "6.1.55-1", "linux", ""],
            ["no-such-package", "1-1", "", ""],
            ["git", "1:2.39.2-1~bpo12+1", "", ""],
            ["nodejs", "18.20.4-1nodesource1", "", "Node <x@nodesource.com>"],
            ["nginx", "1.26.0-1", "", "NGINX Packaging <nginx-packaging@f5.com>"],
        ],
    );
    let found = updates(&image);
    let sources: Vec<&str> = found.iter().map(|update| update.0).collect();
    // glibc first: CVE-2023-4911 is known to be exploited.
    assert_eq!(sources, ["glibc", "openssl", "linux"], "{found:?}");
    assert_eq!(found[0].1, "2.36-9", "the source's version");
    assert!(found[0].3 && found[1].3 && !found[2].3, "headers are nothing to run");
    assert_eq!(image.installed.updates[1].packages.len(), 2, "both packages of openssl");
    let known = coverage(&image, "Debian 12");
    assert_eq!((known.extent, known.foreign, &*known.to), (Extent::Whole, 3, "2026-11-20"));
    assert_eq!(known.unknown, ["no-such-package".into()]);
    assert_eq!(known.judged, 5);
}

/// The newest version of every pocket counts: of ca-certificates the security pocket has a later one and no CVE is named, of base-files
/// only the release itself has.
#[test]
fn an_update_without_a_cve_is_missing_too() {
    let image =
        debian(BOOKWORM, &[["ca-certificates", "20230311+deb12u1", "", ""], ["base-files", "12.4", "", ""]]);
    let found = updates(&image);
    assert_eq!(found[0], ("ca-certificates", "20230311+deb12u1", "20250419~deb12u2", true));
    assert_eq!((found[1].0, found[1].3), ("base-files", false));
    assert!(image.installed.updates.iter().all(|update| update.advisories.is_empty()));
}

#[test]
fn each_layer_has_the_updates_of_what_it_brought() {
    let below = status(&[["libssl3", "3.0.11-1~deb12u2", "openssl", ""]]);
    let above = status(&[["libssl3", "3.0.11-1~deb12u2", "openssl", ""], ["libc6", "2.36-9", "glibc", ""]]);
    let image = image_of(
        &[
            &[("etc/os-release", BOOKWORM), ("var/lib/dpkg/status", &below)],
            &[("app/x", "x")],
            &[("var/lib/dpkg/status", &above)],
        ],
        Database::embedded(),
    );
    let layers: Vec<(&str, Option<usize>)> =
        image.installed.updates.iter().map(|update| (&*update.source, update.layer)).collect();
    assert_eq!(layers, [("glibc", Some(2)), ("openssl", Some(0))]);
}

/// What is Debian and what only has its files.
#[test]
fn derivatives_and_other_releases_are_not_judged() {
    let old = [["libssl3", "1.0-1", "openssl", ""]];
    for (release, name) in [
        ("ID=ubuntu\nVERSION_ID=\"22.04\"\nVERSION_CODENAME=jammy\n", "Ubuntu 22.04"),
        ("ID=debian\nVERSION_ID=\"10\"\nVERSION_CODENAME=buster\n", "Debian 10"),
        ("ID=raspbian\nVERSION_ID=\"12\"\nVERSION_CODENAME=bookworm\n", "raspbian 12"),
        ("ID=debian\nVERSION_CODENAME=forky\n", "Debian forky"),
    ] {
        let image = debian(release, &old);
        assert_eq!(updates(&image), [], "{name}");
        assert_eq!(coverage(&image, name).extent, Extent::Nothing);
    }
    // Distroless says Debian and has no code name; what it lists lies in files of their own.
    let image = carried(&[
        ("usr/lib/os-release", "ID=\"debian\"\nVERSION_ID=\"12\"\n"),
        ("var/lib/dpkg/status.d/libssl3", "Package: libssl3\nVersion: 3.0.11-1~deb12u2\nSource: openssl\n"),
    ]);
    assert_eq!(updates(&image).len(), 1);
    // No file says what it is.
    let image = carried(&[("var/lib/dpkg/status", &status(&old))]);
    assert_eq!(coverage(&image, "dpkg").extent, Extent::Nothing);
}

#[test]
fn alpine_is_judged_by_origin_and_branch() {
    let database = "P:libcrypto1.1\nV:1.1.1c-r0\no:openssl\n\nP:libssl1.1\nV:1.1.1c-r0\no:openssl\n\nP:musl\nV:1.1.22-r3\no:musl\n\n\
        P:nginx\nV:1.0.0-r1\nm:NGINX Packaging <nginx-packaging@f5.com>\no:nginx\n\n";
    let image = carried(&[("etc/alpine-release", "3.10.2\n"), ("lib/apk/db/installed", database)]);
    let [update] = &image.installed.updates[..] else { panic!("{:?}", image.installed.updates) };
    assert_eq!((&*update.source, update.packages.len()), ("openssl", 2));
    let known = coverage(&image, "Alpine 3.10.2");
    // A source that secdb does not name has never been mended: that is known.
    assert_eq!((known.extent, known.judged, known.foreign, known.unknown.len()), (Extent::Whole, 2, 1, 0));
    let part = carried(&[("etc/alpine-release", "3.22.1\n"), ("usr/lib/apk/db/installed", database)]);
    let known = coverage(&part, "Alpine 3.22.1");
    assert_eq!((known.extent, known.judged), (Extent::Part, 2));
    for (release, name) in
        [("3.22.0_alpha20250108\n", "Alpine 3.22.0_alpha20250108"), ("3.19.1\n", "Alpine 3.19.1")]
    {
        let image = carried(&[("etc/alpine-release", release), ("lib/apk/db/installed", database)]);
        assert_eq!(updates(&image), []);
        assert_eq!(coverage(&image, name).extent, Extent::Nothing, "{name}");
    }
    let wolfi = carried(&[
        ("etc/os-release", "ID=wolfi\nVERSION_ID=\"20230201\"\n"),
        ("lib/apk/db/installed", database),
    ]);
    assert_eq!(coverage(&wolfi, "wolfi 20230201").extent, Extent::Nothing);
}

/// Key `0` of secdb says that the branch never had the fault: 3.20 says so of openssl and CVE-2022-1292 … by its own file.
#[test]
fn what_a_branch_never_had_is_not_found() {
    let text = "2026-01-01\t2026-01-01\n3.20\t3.20\t2026-01-01\ta\n3.20/a\t\t0=2020-1;1.2-r0=2020-2\n";
    let database = Database::default().with(Part::Alpine, Table::imported(text.to_owned(), "a test"));
    let files = [("etc/alpine-release", "3.20.0"), ("lib/apk/db/installed", "P:a\nV:0_pre1-r0\n\n")];
    let image = image_of(&[&files], &database);
    let [update] = &image.installed.updates[..] else { panic!("{:?}", image.installed.updates) };
    let ids: Vec<&str> = update.advisories.iter().map(|advisory| &*advisory.id).collect();
    assert_eq!((ids, &*update.newest), (vec!["CVE-2020-2"], "1.2-r0"));
}

const NODE: &str = "\x7fELF node.js/v20.11.0 ................................................................................";

#[test]
fn packages_of_the_program_are_told_from_those_of_the_package_managers() {
    let image = carried(&[
        ("app/node_modules/lodash/package.json", r#"{"name":"lodash","version":"4.17.20"}"#),
        ("app/node_modules/a/node_modules/lodash/package.json", r#"{"name":"lodash","version":"4.17.20"}"#),
        ("app/node_modules/tar/package.json", r#"{"name":"tar","version":"6.2.0"}"#),
        ("usr/local/lib/node_modules/npm/package.json", r#"{"name":"npm","version":"10.2.4"}"#),
        (
            "usr/local/lib/node_modules/npm/node_modules/tar/package.json",
            r#"{"name":"tar","version":"6.2.0"}"#,
        ),
        ("opt/yarn-v1.22.19/node_modules/x/package.json", r#"{"name":"x","version":"1.0.0"}"#),
        ("usr/local/bin/node", NODE),
    ]);
    let installed = &image.installed;
    let tools: Vec<(&str, Option<&str>)> =
        installed.tools.iter().map(|tool| (&*tool.directory, tool.version.as_deref())).collect();
    assert_eq!(tools, [("opt/yarn-v1.22.19", None), ("usr/local/lib/node_modules/npm", Some("10.2.4"))]);
    let mut hits: Vec<(&str, usize, Option<usize>)> = installed
        .hits
        .iter()
        .map(|hit| (&*image.packages[hit.packages[0]].name, hit.packages.len(), hit.tool))
        .collect();
    hits.sort_unstable();
    assert_eq!(hits, [("lodash", 2, None), ("tar", 1, None), ("tar", 1, Some(1))]);
    let lodash = installed.hits.iter().find(|hit| hit.packages.len() == 2).unwrap();
    assert_eq!(lodash.mended.as_ref().map(|(_, breaking)| *breaking), Some(false));
    assert_eq!(coverage(&image, "npm").judged, 4);
    // The releases of 2024-02-14 mended CVE-2024-21892 in 20.11.1.
    let [runtime] = &installed.runtimes[..] else { panic!("{:?}", installed.runtimes) };
    assert_eq!(
        (&*runtime.build.version, &*image.packages[runtime.package].path),
        ("20.11.0", "usr/local/bin/node")
    );
    assert!(runtime.build.advisories.iter().any(|advisory| &*advisory.id == "CVE-2024-21892"));
}

/// Debian's `nodejs` has fixes under old numbers: its own data judges it.
#[test]
fn a_distribution_s_node_is_judged_by_the_distribution() {
    let image = carried(&[
        ("etc/os-release", BOOKWORM),
        ("var/lib/dpkg/status", &status(&[["nodejs", "18.19.0+dfsg-6~deb12u2", "", ""]])),
        ("var/lib/dpkg/info/nodejs.list", "/usr/bin/node\n"),
        ("usr/bin/node", NODE),
    ]);
    assert_eq!(image.installed.runtimes.len(), 0);
    let [update] = &image.installed.updates[..] else { panic!("{:?}", image.installed.updates) };
    let ids: BTreeSet<&str> = update.advisories.iter().map(|advisory| &*advisory.id).collect();
    // Mended by 18.19.0+dfsg-6~deb12u1 and by 18.20.4+dfsg-1~deb12u1 (data/debian/bookworm.json).
    assert!(!ids.contains("CVE-2023-32002") && ids.contains("CVE-2024-27983"), "{ids:?}");
}
