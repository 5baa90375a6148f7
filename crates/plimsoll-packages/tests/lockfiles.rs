//! What each package manager made of one manifest (tests/data/lockfiles): the same packages, for the same reasons.
//!
//! The manifest asks for debug (which needs ms), for lodash under the name `lo`, for minimatch (which needs brace-expansion,
//! and that balanced-match and concat-map), for fsevents where the platform has it, and for mkdirp (which needs minimist) to
//! work on the program.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fmt::Write as _;
use std::path::PathBuf;

use plimsoll_packages::manifest::Manifest;
use plimsoll_packages::{audit, lockfile, manifest};
use plimsoll_posture::{DependencyKind, Known, Lockfile};
use plimsoll_text::{SourceKind, Sources};

/// A lockfile with a manifest beside it.
fn read(name: &str, text: &str, manifest_text: Option<&str>) -> (Sources, Lockfile, Vec<String>) {
    let mut sources = Sources::new();
    let own: Option<Manifest> = manifest_text.map(|text| {
        let id = sources.add_text("package.json", SourceKind::Manifest, text);
        manifest::read(sources.get(id))
    });
    let id = sources.add_text(name, SourceKind::Manifest, text);
    let reading = lockfile::read(sources.get(id), &mut |part| own.clone().filter(|_| part == "."));
    let mut lockfile = reading.lockfile;
    audit(&mut lockfile, plimsoll_packages::database::Database::embedded());
    let complaints = reading.complaints.into_iter().map(|complaint| complaint.message).collect();
    (sources, lockfile, complaints)
}

fn fixture(path: &str) -> String {
    let data = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/lockfiles");
    std::fs::read_to_string(data.join(path)).unwrap()
}

/// `name version kind < way`, sorted.
fn told(lockfile: &Lockfile) -> String {
    let mut lines: Vec<String> = (0..lockfile.packages.len())
        .map(|at| {
            let package = &lockfile.packages[at];
            let way: Vec<&str> = lockfile.way_to(at).iter().map(|package| &*package.name).collect();
            let way = if way.is_empty() { String::new() } else { format!(" < {}", way.join(" > ")) };
            format!("{} {} {}{way}", package.name, package.version, package.kind.name())
        })
        .collect();
    lines.sort();
    lines.join("\n")
}

const EXPECTED: &str = "\
balanced-match 1.0.2 production < minimatch > brace-expansion
brace-expansion 1.1.22 production < minimatch
concat-map 0.0.1 production < minimatch > brace-expansion
debug 2.6.8 production
fsevents 2.3.2 optional
lodash 4.17.15 production
minimatch 3.1.5 production
minimist 0.0.8 development < mkdirp
mkdirp 0.5.1 development
ms 2.0.0 production < debug";

#[test]
fn every_notation_says_the_same() {
    let manifest = fixture("package.json");
    for (path, format) in [
        ("npm1/package-lock.json", "package-lock 1"),
        ("npm2/package-lock.json", "package-lock 2"),
        ("npm3/package-lock.json", "package-lock 3"),
        ("yarn1/yarn.lock", "yarn 1"),
        ("berry/yarn.lock", "yarn 10"),
        ("pnpm7/pnpm-lock.yaml", "pnpm 5.4"),
        ("pnpm8/pnpm-lock.yaml", "pnpm 6.0"),
        ("pnpm9/pnpm-lock.yaml", "pnpm 9.0"),
        ("bun/bun.lock", "bun 2"),
        ("deno/deno.lock", "deno 5"),
    ] {
        let name = path.rsplit('/').next().unwrap();
        let (sources, lockfile, complaints) = read(name, &fixture(path), Some(&manifest));
        assert_eq!(complaints, Vec::<String>::new(), "{path}");
        assert_eq!(lockfile.read, Known::Value(()), "{path}");
        assert_eq!(&*lockfile.format, format);
        // Deno leaves packages of other platforms out. Yarn brings what builds native modules for fsevents.
        let mut expected = EXPECTED.to_owned();
        if name == "deno.lock" {
            expected = expected.replace("fsevents 2.3.2 optional\n", "");
        }
        let mut own = told(&lockfile);
        if path.starts_with("berry") {
            own = own.lines().filter(|line| !line.contains("node-gyp")).collect::<Vec<_>>().join("\n");
        }
        assert_eq!(own, expected, "{path}");
        assert_eq!(lockfile.drift, [], "{path}");
        for package in &lockfile.packages {
            assert!(
                sources.text(package.at).contains(&*package.name) || &*package.name == "lodash",
                "{path}: {package:?}"
            );
            assert!(package.integrity != Some(false), "{path}: {package:?}");
        }
        // minimist 0.0.8 and lodash 4.17.15 have known faults, as has debug 2.6.8 (GHSA-gxpj-cx7g-858c).
        let hit: Vec<&str> =
            lockfile.hits.iter().map(|hit| &*lockfile.packages[hit.packages[0]].name).collect();
        for name in ["debug", "lodash", "minimist"] {
            assert!(hit.contains(&name), "{path}: {hit:?}");
        }
        let mend = |name: &str| {
            let hit =
                lockfile.hits.iter().find(|hit| &*lockfile.packages[hit.packages[0]].name == name).unwrap();
            hit.mended.clone().unwrap()
        };
        assert_eq!(&*mend("debug").version, "2.6.9", "{path}");
        assert_eq!(&*mend("minimist").version, "0.2.4", "{path}");
    }
}

#[test]
fn a_broken_file_says_where_and_keeps_what_was_read() {
    for path in [
        "npm3/package-lock.json",
        "yarn1/yarn.lock",
        "pnpm9/pnpm-lock.yaml",
        "berry/yarn.lock",
        "bun/bun.lock",
    ] {
        let name = path.rsplit('/').next().unwrap();
        let whole = fixture(path);
        let at = whole.char_indices().map(|(at, _)| at).nth(whole.len() * 3 / 4).unwrap();
        let line = whole[..at].rfind('\n').unwrap() + 1;
        let text = format!("{}<<<<<<< HEAD\n{}", &whole[..line], &whole[line..]);
        let (_, lockfile, complaints) = read(name, &text, None);
        assert_eq!(complaints.len(), 1, "{path}: {complaints:?}");
        assert!(lockfile.packages.len() >= 3, "{path}: {}", told(&lockfile));
        assert!(matches!(lockfile.read, Known::Unknown(_)), "{path}");
    }
    for name in lockfile::NAMES {
        let (_, lockfile, complaints) = read(name, "<html>", None);
        assert!(lockfile.packages.is_empty() && complaints.len() == 1, "{name}: {complaints:?}");
    }
}

/// npm puts the version that only one package can use below that package, and finds names as Node does.
#[test]
fn nested_packages_workspaces_bundles_and_peers() {
    let text = r#"{
  "lockfileVersion": 3,
  "packages": {
    "": { "workspaces": ["apps/*"], "dependencies": { "a": "^1.0.0" } },
    "apps/web": { "name": "web", "dependencies": { "b": "^2.0.0" }, "devDependencies": { "c": "*" } },
    "node_modules/web": { "resolved": "apps/web", "link": true },
    "node_modules/a": { "version": "1.0.0", "integrity": "x", "dependencies": { "b": "^1.0.0" }, "peerDependencies": { "p": "1" } },
    "node_modules/a/node_modules/b": { "version": "1.5.0", "integrity": "x" },
    "node_modules/b": { "version": "2.0.0", "integrity": "x", "dependencies": { "d": "1" }, "bundleDependencies": ["d"] },
    "node_modules/b/node_modules/d": { "version": "1.0.0", "inBundle": true },
    "node_modules/c": { "version": "3.0.0", "dev": true, "resolved": "git+ssh://git@host.example/c.git#0123456789abcdef0123456789abcdef01234567" },
    "node_modules/p": { "version": "1.0.0", "peer": true, "integrity": "x" }
  }
}"#;
    let (_, lockfile, complaints) = read("package-lock.json", text, None);
    assert_eq!(complaints, Vec::<String>::new());
    let expected = "\
a 1.0.0 production
b 1.5.0 production < a
b 2.0.0 production
c 3.0.0 development
d 1.0.0 production < b
p 1.0.0 peer < a";
    assert_eq!(told(&lockfile), expected);
    let find = |name: &str| lockfile.packages.iter().find(|package| &*package.name == name).unwrap();
    assert!(find("d").bundled && find("d").integrity.is_none());
    assert_eq!(find("c").origin, plimsoll_posture::Origin::Git { commit: true });
    assert_eq!(find("b").needs[0].wanted.as_deref(), Some("^1.0.0"));
}

#[test]
fn a_lockfile_that_was_not_made_for_the_manifest() {
    let manifest = fixture("package.json")
        .replace("\"debug\": \"2.6.8\"", "\"debug\": \"^4.0.0\",\n    \"helmet\": \"^8.0.0\"");
    for (path, debug) in [
        ("npm1/package-lock.json", Some("2.6.8")),
        ("npm3/package-lock.json", Some("2.6.8")),
        ("yarn1/yarn.lock", Some("2.6.8")),
        ("berry/yarn.lock", Some("2.6.8")),
        ("pnpm7/pnpm-lock.yaml", Some("2.6.8")),
        ("pnpm9/pnpm-lock.yaml", Some("2.6.8")),
        ("bun/bun.lock", Some("2.6.8")),
    ] {
        let (_, lockfile, _) = read(path.rsplit('/').next().unwrap(), &fixture(path), Some(&manifest));
        let drift: Vec<(&str, Option<&str>)> =
            lockfile.drift.iter().map(|drift| (&*drift.name, drift.locked.as_deref())).collect();
        assert_eq!(drift, [("debug", debug), ("helmet", None)], "{path}");
    }
}

/// Not a limit that the machine of a test can hold to the millisecond, but one that a quadratic reader would miss.
#[test]
fn a_large_lockfile_is_read_in_one_pass() {
    let mut text =
        String::from("{\"lockfileVersion\": 3, \"packages\": {\"\": {\"dependencies\": {\"p0\": \"1\"}}");
    for at in 0..20_000 {
        write!(
            text,
            ",\n\"node_modules/p{at}\": {{\"version\": \"1.0.{at}\", \"integrity\": \"sha512-x\", \"dependencies\": {{\"p{}\": \"^1.0.0\", \"p{}\": \"*\"}}}}",
            at + 1,
            at * 2
        )
        .unwrap();
    }
    text.push_str("}}");
    let (_, lockfile, complaints) = read("package-lock.json", &text, None);
    assert_eq!(complaints, Vec::<String>::new());
    assert_eq!(lockfile.packages.len(), 20_000);
    assert!(lockfile.packages.iter().all(|package| package.kind == DependencyKind::Production));
}

mod laws {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// Any piece of a real lockfile with any bytes put in: no panic, and every place lies in the document.
        #[test]
        fn nothing_makes_it_fall_over(which in 0..8_usize, from in 0.0..1.0_f64, put in "\\PC{0,12}", cut in 0.0..1.0_f64) {
            let path = [
                "npm1/package-lock.json", "npm3/package-lock.json", "yarn1/yarn.lock", "berry/yarn.lock",
                "pnpm7/pnpm-lock.yaml", "pnpm9/pnpm-lock.yaml", "bun/bun.lock", "deno/deno.lock",
            ][which];
            let whole = fixture(path);
            let boundary = |share: f64| {
                let at = (share * whole.len() as f64) as usize;
                (0..=at).rev().find(|at| whole.is_char_boundary(*at)).unwrap_or(0)
            };
            let (from, cut) = (boundary(from), boundary(cut));
            let text = format!("{}{put}{}", &whole[..from], &whole[cut..]);
            let (sources, lockfile, _) = read(path.rsplit('/').next().unwrap(), &text, None);
            for package in &lockfile.packages {
                prop_assert!(sources.get(package.at.source).text.get(package.at.range()).is_some());
            }
        }
    }
}

/// What the notations say of scripts and of packages that were given up: `name script deprecated`.
#[test]
fn scripts_and_farewells_are_told_where_the_notation_has_them() {
    let npm = r#"{"lockfileVersion": 3, "packages": {
        "node_modules/a": {"version": "1.0.0", "hasInstallScript": true, "deprecated": "use b"},
        "node_modules/b": {"version": "1.0.0"}}}"#;
    let old_npm = r#"{"lockfileVersion": 1, "dependencies": {"a": {"version": "1.0.0"}}}"#;
    let pnpm = "lockfileVersion: '6.0'\npackages:\n  /a@1.0.0:\n    resolution: {integrity: x}\n    requiresBuild: true\n    deprecated: use b\n  /b@1.0.0:\n    resolution: {integrity: x}\n";
    let new_pnpm = "lockfileVersion: '9.0'\npackages:\n  a@1.0.0:\n    resolution: {integrity: x}\n    deprecated: use b\nsnapshots:\n  a@1.0.0: {}\n";
    let yarn = "# yarn lockfile v1\n\na@^1.0.0:\n  version \"1.0.0\"\n";
    for (name, text, expected) in [
        ("package-lock.json", npm, "a Some(true) Some(\"use b\"), b Some(false) None"),
        ("package-lock.json", old_npm, "a None None"),
        ("pnpm-lock.yaml", pnpm, "a Some(true) Some(\"use b\"), b Some(false) None"),
        ("pnpm-lock.yaml", new_pnpm, "a None Some(\"use b\")"),
        ("yarn.lock", yarn, "a None None"),
    ] {
        let (_, lockfile, _) = read(name, text, None);
        let told = lockfile.packages.iter().map(|package| {
            format!("{} {:?} {:?}", package.name, package.install_script, package.deprecated.as_deref())
        });
        assert_eq!(told.collect::<Vec<_>>().join(", "), expected, "{name}");
    }
}
