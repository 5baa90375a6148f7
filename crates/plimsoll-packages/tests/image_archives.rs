//! Archives in every shape, and everything that is known to go wrong with them. Expected values follow from the OCI image
//! specification (layer.md, image-layout.md), tar(5) and what engines 20.10 and 28 save.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod made;

use std::io::{self, Cursor, Write};

use made::{Image, Tar, hex, index};
use plimsoll_packages::archive::{self, Choice, Directory, Handle, Input, Reading};
use plimsoll_packages::image::built;
use plimsoll_packages::layer::decode::digest;
use plimsoll_packages::layer::{self, Layer, SecretSense, Sight};
use plimsoll_posture::{AccountTrait, BuiltImage, Ecosystem, FileTrait, Subject, SubjectKind};
use plimsoll_text::{SourceKind, Sources, Span};

/// Sees a secret in every file called `secret`.
struct Sense;

impl SecretSense for Sense {
    fn wants(&self, path: &str, _: u64) -> bool {
        path.ends_with("secret")
    }

    fn look(&self, _: &str, content: &[u8]) -> Vec<Sight> {
        let certainty = plimsoll_posture::Certainty::Certain;
        vec![Sight { name: "KEY".into(), kind: "named".into(), length: content.len(), certainty, line: 1 }]
    }
}

fn plain(layer: &[u8]) -> Vec<u8> {
    layer.to_vec()
}

fn gzip(layer: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    out.write_all(layer).unwrap();
    out.finish().unwrap()
}

/// A Zstandard frame of raw blocks (RFC 8878, 3.1.1), between two skippable ones.
fn zstd(layer: &[u8]) -> Vec<u8> {
    let skippable = [0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3];
    let mut out = skippable.to_vec();
    let halves = layer.split_at(layer.len() / 2);
    for half in [halves.0, halves.1] {
        // A window of 1 MiB, no content size.
        out.extend([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x50]);
        let mut blocks = half.chunks(100_000).peekable();
        while let Some(block) = blocks.next() {
            let head = (block.len() << 3) | usize::from(blocks.peek().is_none());
            out.extend(&head.to_le_bytes()[..3]);
            out.extend(block);
        }
    }
    out.extend(skippable);
    out
}

fn read(bytes: &[u8]) -> Reading {
    let open = || -> io::Result<Box<dyn Handle>> { Ok(Box::new(Cursor::new(bytes.to_vec()))) };
    archive::read(Input::File(&open), &Choice::default(), &Sense).unwrap()
}

fn stream(bytes: &[u8]) -> Reading {
    archive::read(Input::Stream(Box::new(bytes)), &Choice::default(), &Sense).unwrap()
}

fn image(reading: &Reading) -> BuiltImage {
    let mut sources = Sources::new();
    let source = sources.add_text("config.json", SourceKind::ImageConfig, "{}");
    let subject = Subject::new(SubjectKind::Image, "api", Span::whole(source));
    built(&reading.images[0], subject, "linux/amd64", &[]).0
}

fn packages(image: &BuiltImage) -> Vec<(Ecosystem, &str, &str, Option<usize>)> {
    image.packages.iter().map(|own| (own.ecosystem, &*own.name, &*own.version, own.layer)).collect()
}

fn no_faults(reading: &Reading) {
    assert_eq!(reading.faults, Vec::<String>::new());
    for image in &reading.images {
        assert_eq!(image.faults, Vec::new());
    }
}

const MANIFEST: &str = "{\"name\":\"a\",\"version\":\"1.0.0\"}";

fn status(packages: &[(&str, &str)]) -> String {
    let paragraph = |(name, version): &(&str, &str)| {
        format!("Package: {name}\nStatus: install ok installed\nVersion: {version}\n\n")
    };
    packages.iter().map(paragraph).collect()
}

#[test]
fn every_shape_says_the_same() {
    let mut lower = Tar::default();
    lower.file("var/lib/dpkg/status", status(&[("libc6", "2.36-9"), ("zlib1g", "1:1.2.13")]));
    lower.file("usr/lib/os-release", "ID=debian\nVERSION_ID=\"12\"\n");
    let mut upper = Tar::default();
    upper.file("app/node_modules/a/package.json", MANIFEST);
    upper.file("var/lib/dpkg/status", status(&[("libc6", "2.36-9"), ("zlib1g", "1:1.2.13"), ("curl", "7")]));
    let saved = Image::of(&[lower, upper]);
    for (shape, bytes) in [
        ("old", saved.old()),
        ("new", saved.new_shape(&plain)),
        ("new, gzip", saved.new_shape(&gzip)),
        ("new, zstd", saved.new_shape(&zstd)),
        ("old, compressed", gzip(&saved.old())),
        ("new, all compressed", zstd(&saved.new_shape(&gzip))),
    ] {
        for reading in [read(&bytes), stream(&bytes)] {
            no_faults(&reading);
            assert_eq!(reading.images[0].names, ["api:1.0"], "{shape}");
            assert_eq!(reading.images[0].id, digest(saved.document().as_bytes()), "{shape}");
            let image = image(&reading);
            let expected = [
                (Ecosystem::Dpkg, "curl", "7", Some(1)),
                (Ecosystem::Dpkg, "libc6", "2.36-9", Some(0)),
                (Ecosystem::Dpkg, "zlib1g", "1:1.2.13", Some(0)),
                (Ecosystem::Npm, "a", "1.0.0", Some(1)),
            ];
            assert_eq!(packages(&image), expected, "{shape}");
            let system = image.system.as_ref().unwrap();
            assert_eq!((&*system.id, &*system.version), ("debian", "12"), "{shape}");
        }
    }
}

struct Files(Vec<(String, Vec<u8>)>);

impl Directory for Files {
    fn open(&self, path: &str) -> io::Result<Box<dyn Handle>> {
        let found = self.0.iter().find(|(name, _)| name == path);
        found
            .map(|(_, bytes)| Box::new(Cursor::new(bytes.clone())) as Box<dyn Handle>)
            .ok_or(io::ErrorKind::NotFound.into())
    }
}

#[test]
fn a_layout_with_platforms_attestations_and_blobs_that_are_not_there() {
    let mut one = Tar::default();
    one.file("app/node_modules/a/package.json", MANIFEST);
    let saved = Image::of(&[one]);
    let (mut blobs, manifest) = saved.blobs(&gzip);
    let mut other = saved.clone();
    other.config = "{\"User\":\"9\"}".to_owned();
    let (more, arm) = other.blobs(&gzip);
    blobs.extend(more);
    let gone = digest(b"gone");
    let platform = |name: &str| format!(",\"platform\":{{\"os\":\"linux\",\"architecture\":{name:?}}}");
    let attestation = ",\"annotations\":{\"vnd.docker.reference.type\":\"attestation-manifest\"}";
    let inner = index(&[
        (&arm, &platform("arm64")),
        (&manifest, &platform("amd64")),
        (&gone, &platform("s390x")),
        (&gone, attestation),
    ]);
    let own = digest(inner.as_bytes());
    blobs.push((format!("blobs/sha256/{}", hex(&own)), inner.into_bytes()));
    let name = ",\"annotations\":{\"io.containerd.image.name\":\"r.example/api:2\"}";
    blobs.push(("index.json".to_owned(), index(&[(&own, name)]).into_bytes()));
    let directory = Files(blobs);
    let reading = archive::read(Input::Directory(&directory), &Choice::default(), &Sense).unwrap();
    no_faults(&reading);
    assert_eq!(reading.images.len(), 1);
    assert_eq!(reading.images[0].names, ["r.example/api:2"]);
    assert_eq!(reading.images[0].platform.as_deref(), Some("linux/amd64"));
    let left: Vec<&str> = reading.left_out.iter().map(|(platform, _)| platform.as_str()).collect();
    assert_eq!(left, ["linux/s390x", "linux/arm64"]);
    let choice = Choice { platform: Some("linux/arm64".to_owned()) };
    let reading = archive::read(Input::Directory(&directory), &choice, &Sense).unwrap();
    assert_eq!(reading.images[0].config, other.document().as_bytes());
}

/// OCI image specification, layer.md: whiteouts concern lower layers only, whatever the order of entries.
#[test]
fn whiteouts_and_opaque_directories() {
    let package = |tar: &mut Tar, name: &str| {
        let text = format!("{{\"name\":{name:?},\"version\":\"1.0.0\"}}");
        tar.file(&format!("app/node_modules/{name}/package.json"), text);
    };
    let (mut first, mut second, mut third) = (Tar::default(), Tar::default(), Tar::default());
    for name in ["kept", "gone", "again", "replaced"] {
        package(&mut first, name);
    }
    first.file("srv/secret", "x");
    first.file("opt/node_modules/o/package.json", "{\"name\":\"opaque\",\"version\":\"1.0.0\"}");
    // A sibling whose name begins alike must stay.
    first.file("srv-data/node_modules/s/package.json", "{\"name\":\"sibling\",\"version\":\"1.0.0\"}");
    second.file("app/node_modules/.wh.gone", "");
    package(&mut second, "again");
    second.file("app/node_modules/.wh.again", "");
    second.file(".wh.srv", "");
    second.file("opt/node_modules/n/package.json", "{\"name\":\"new\",\"version\":\"1.0.0\"}");
    second.file("opt/.wh..wh..opq", "");
    third.file("app/node_modules/replaced", "a file where a directory was");
    let reading = read(&Image::of(&[first, second, third]).old());
    no_faults(&reading);
    let image = image(&reading);
    let names: Vec<_> = image.packages.iter().map(|own| (&*own.name, own.layer)).collect();
    assert_eq!(names, [("again", Some(1)), ("kept", Some(0)), ("new", Some(1)), ("sibling", Some(0))]);
    assert_eq!((image.secrets[0].layer, image.secrets[0].hidden_by), (0, Some(1)));
    let hidden: Vec<u64> = image.layers.iter().map(|layer| layer.hidden_bytes).collect();
    let text = |name: &str| format!("{{\"name\":{name:?},\"version\":\"1.0.0\"}}").len() as u64;
    assert_eq!(hidden, [text("gone") + text("again") + text("replaced") + text("opaque") + 1, 0, 0]);
}

#[test]
fn paths_that_lead_out_are_refused_and_the_rest_is_read() {
    let mut tar = Tar::default();
    for name in ["../etc/passwd", "/etc/shadow", "a/../../b", "./app/../../x"] {
        tar.file(name, "root::0:0:::\n");
    }
    tar.entry("app/node_modules/b/package.json", b'1', 0o644, "../../out", b"");
    tar.file("./app/node_modules/a/package.json", MANIFEST);
    let layer = layer::read(&*tar.end(), None, &Sense);
    assert_eq!(layer.faults.len(), 5, "{:?}", layer.faults);
    assert_eq!(layer.discoveries.len(), 1);
    assert!(layer.digests.is_some() && layer.partial);
}

#[test]
fn long_names_and_hard_links() {
    let deep = format!("app/node_modules/{}/node_modules/b/package.json", "a".repeat(150));
    let mut tar = Tar::default();
    tar.file(&deep, MANIFEST);
    let gnu = format!("app/node_modules/{}/package.json\0", "c".repeat(150));
    tar.entry("././@LongLink", b'L', 0, "", gnu.as_bytes());
    tar.entry("app/cut", b'0', 0o644, "", MANIFEST.as_bytes());
    // pnpm: the installed file is a hard link to the store.
    let stored = format!("root/.local/share/pnpm/store/v3/files/ab/{}", "0".repeat(126));
    tar.file(&stored, "{\"name\":\"stored\",\"version\":\"2.0.0\"}");
    let installed = "app/node_modules/.pnpm/stored@2.0.0/node_modules/stored/package.json";
    tar.pax(&[("linkpath", stored.as_str()), ("path", installed)]);
    tar.entry("cut", b'1', 0o644, "cut", b"");
    let image = image(&read(&Image::of(&[tar]).old()));
    let found: Vec<_> = image.packages.iter().map(|own| (&*own.name, &*own.path)).collect();
    let gnu = gnu.trim_end_matches('\0');
    assert_eq!(found, [("a", deep.as_str()), ("a", gnu), ("stored", installed)]);
}

#[test]
fn damage_is_told_and_what_came_before_counts() {
    let mut tar = Tar::default();
    tar.file("app/node_modules/a/package.json", MANIFEST);
    tar.file("app/large", vec![7; 200_000]);
    let whole = tar.end();
    let cut = |bytes: Vec<u8>, length: usize| bytes[..length].to_vec();
    let mut broken = whole.clone();
    broken[1024 + 3] ^= 1;
    let packed = gzip(&whole);
    let half = packed.len() / 2;
    for (what, bytes) in [
        ("cut", cut(whole.clone(), 5_000)),
        ("a header", broken),
        ("cut gzip", cut(packed, half)),
        ("cut zstd", cut(zstd(&whole), 150_000)),
    ] {
        let layer = layer::read(&*bytes, Some(bytes.len() as u64), &Sense);
        assert_eq!(layer.discoveries.len(), 1, "{what}");
        assert!(
            layer.digests.is_none() && layer.partial && layer.faults.len() == 1,
            "{what}: {:?}",
            layer.faults
        );
    }
    let mut saved = Image::of(&[tar]);
    let mut other = saved.new_shape(&plain);
    let at = other.windows(9).position(|window| window == [7; 9]).unwrap();
    other[at] ^= 1;
    let reading = read(&other);
    let told: Vec<&str> = reading.images[0].faults.iter().map(|(_, fault)| fault.as_str()).collect();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].starts_with("its content is not what the configuration says"), "{told:?}");
    assert!(told[1].starts_with("the blob is not what its name says"), "{told:?}");
    saved.missing.push(0);
    let reading = read(&saved.old());
    assert_eq!(reading.images[0].faults, [(Some(0), "it is not in the archive".to_owned())]);
}

#[test]
fn sizes_that_lie_are_bounded() {
    // A record that claims gigabytes is refused before any of it is kept.
    let mut record = Tar::default();
    record.sized("x", b'L', 0, "", 1 << 33, b"short");
    let layer = layer::read(&*record.end(), None, &Sense);
    assert_eq!(layer.faults, ["the header of an entry makes no sense: a name or record is too long"]);
    // So is a file of interest; the rest of the layer is passed over, not kept.
    let mut file = Tar::default();
    file.sized("var/lib/dpkg/status", b'0', 0o644, "", 1 << 32, b"Package: a\n");
    let layer = layer::read(&*file.end(), None, &Sense);
    assert_eq!(layer.faults.len(), 2, "{:?}", layer.faults);
    assert!(layer.faults[0].contains("is larger than 32 MiB"));
}

#[test]
fn accounts_files_and_owners() {
    let mut lower = Tar::default();
    lower.file("etc/passwd", "root:x:0:0::/:/bin/sh\ntoor:x:0:0::/:/bin/sh\nopen::5:5::/:\n");
    lower.file("etc/shadow", "root:::0:::::\ngone:::0:::::\n");
    lower.file_of("usr/bin/tool", 0o4755, "x");
    lower.file_of("usr/bin/shared", 0o2755, "x");
    lower.file_of("app/open", 0o666, "x");
    lower.entry("tmp/", b'5', 0o1777, "", b"");
    lower.entry("data/", b'5', 0o777, "", b"");
    lower.entry("link", b'2', 0o777, "tmp", b"");
    lower.file("app/.git/objects/aa/bb", "12345");
    lower.file("var/lib/apt/lists/x_Packages", "123");
    lower.file("var/lib/apt/lists/lock", "");
    lower.file("usr/share/nodejs/undici/node_modules/u/package.json", MANIFEST);
    lower
        .file("var/lib/dpkg/info/node-undici.list", "/usr/share/nodejs/undici/node_modules/u/package.json\n");
    lower.file("var/lib/rpm/Packages", "Berkeley");
    let elf = [b"\x7fELF".as_slice(), &[0; 300], b"node.js/v20.11.0\0", &[0; 100]].concat();
    lower.file("usr/local/bin/node", elf);
    let image = image(&read(&Image::of(&[lower]).old()));
    assert_eq!(packages(&image), [(Ecosystem::Node, "node", "20.11.0", Some(0))]);
    let files: Vec<_> = image.files.iter().map(|file| (&*file.path, file.noted, file.bytes)).collect();
    let expected = [
        ("app/.git", FileTrait::VersionControl, 5),
        ("app/open", FileTrait::WorldWritable, 1),
        ("data", FileTrait::WorldWritable, 0),
        ("usr/bin/shared", FileTrait::Setgid, 1),
        ("usr/bin/tool", FileTrait::Setuid, 1),
        ("var/lib/apt/lists", FileTrait::PackageCache, 3),
    ];
    assert_eq!(files, expected);
    let accounts: Vec<_> = image.accounts.iter().map(|own| (&*own.name, own.noted.clone())).collect();
    let shared = AccountTrait::SharedUid { uid: 0, first: "root".into() };
    let empty = AccountTrait::EmptyPassword;
    assert_eq!(accounts, [("open", empty.clone()), ("root", empty), ("toor", shared)]);
    assert_eq!(image.unread.iter().map(|unread| &**unread).collect::<Vec<_>>(), ["rpm-bdb"]);
}

/// `ID/layer.tar` may be a symbolic link to that of another image of the archive (engines 1.10 to 24).
#[test]
fn a_shared_layer_is_a_link() {
    let mut tar = Tar::default();
    tar.file("app/node_modules/a/package.json", MANIFEST);
    let saved = Image::of(&[tar]);
    let config = saved.document();
    let name = format!("{}.json", hex(&digest(config.as_bytes())));
    let mut outer = Tar::default();
    outer.file("one/layer.tar", &saved.layers[0]);
    outer.entry("two/layer.tar", b'2', 0o777, "../one/layer.tar", b"");
    outer.file(&name, &config);
    outer.file(
        "manifest.json",
        format!("[{{\"Config\":{name:?},\"RepoTags\":null,\"Layers\":[\"two/layer.tar\"]}}]"),
    );
    for reading in [read(&outer.end()), stream(&outer.end())] {
        no_faults(&reading);
        assert_eq!(image(&reading).packages.len(), 1);
    }
}

#[test]
fn what_is_no_archive_is_told() {
    let mut tar = Tar::default();
    tar.file("readme", "x");
    let bytes = tar.end();
    let open = || -> io::Result<Box<dyn Handle>> { Ok(Box::new(Cursor::new(bytes.clone()))) };
    let error = archive::read(Input::File(&open), &Choice::default(), &Sense).unwrap_err();
    assert!(error.to_string().starts_with("holds no image"), "{error}");
    assert!(archive::looks_like_archive(&bytes) && !archive::looks_like_archive(b"FROM node\n"));
}

/// Real archives, where the development data lies beside the checkout. The packages are those that Alpine's own database of the
/// release lists for the minimal root file system.
#[test]
fn archives_of_alpine() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/images");
    for (release, libc) in [("310", "musl"), ("311", "musl")] {
        let path = folder.join(format!("alpine-{release}.tar.gz"));
        if !path.exists() {
            eprintln!("SKIPPED: {} is not there", path.display());
            continue;
        }
        let open = || -> io::Result<Box<dyn Handle>> { Ok(Box::new(std::fs::File::open(&path)?)) };
        let reading = archive::read(Input::File(&open), &Choice::default(), &Sense).unwrap();
        no_faults(&reading);
        let image = image(&reading);
        assert_eq!(image.packages.len(), 14);
        assert!(image.packages.iter().any(|package| &*package.name == libc));
        let system = image.system.unwrap();
        assert_eq!((&*system.id, system.version.starts_with("3.1")), ("alpine", true));
    }
}

/// Archives with bytes changed, cut and doubled at places that a fixed sequence gives: reading ends, and keeps no more than there is.
#[test]
fn damage_anywhere_is_survived() {
    let mut tar = Tar::default();
    tar.file("var/lib/dpkg/status", status(&[("libc6", "2.36-9")]));
    tar.file("lib/apk/db/installed", "P:a\nV:1\nF:usr\nR:package.json\n\n");
    tar.file(&format!("app/node_modules/{}/package.json", "a".repeat(120)), MANIFEST);
    tar.file("etc/passwd", "root:x:0:0::/:/bin/sh\n");
    tar.entry("app/.wh.x", b'0', 0o644, "", b"");
    tar.entry("app/hard", b'1', 0o644, "etc/passwd", b"");
    let saved = Image::of(&[tar]);
    let shapes = [saved.old(), saved.new_shape(&gzip), saved.new_shape(&zstd), gzip(&saved.old())];
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = |most: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % most.max(1) as u64).unwrap()
    };
    for round in 0..600 {
        let mut bytes = shapes[round % shapes.len()].clone();
        for _ in 0..=next(6) {
            let at = next(bytes.len());
            match next(4) {
                0 => bytes[at] = u8::try_from(next(256)).unwrap(),
                1 => bytes[at] ^= 1 << next(8),
                2 => bytes.truncate(at.max(1)),
                _ => {
                    let part = bytes[at..(at + next(700)).min(bytes.len())].to_vec();
                    bytes.splice(at..at, part);
                }
            }
        }
        let open = || -> io::Result<Box<dyn Handle>> { Ok(Box::new(Cursor::new(bytes.clone()))) };
        for input in [Input::File(&open), Input::Stream(Box::new(&*bytes))] {
            let Ok(reading) = archive::read(input, &Choice::default(), &Sense) else { continue };
            if !reading.images.is_empty() {
                image(&reading);
            }
        }
        layer::read(&*bytes, Some(bytes.len() as u64), &Sense);
    }
}

/// Layers are shared between threads.
#[test]
fn a_layer_can_be_sent() {
    fn check<T: Send + Sync>() {}
    check::<Layer>();
}

/// Modules are packages of the layer that brought the program; a program of the distribution is the distribution's.
#[test]
fn modules_of_go_programs() {
    let (mut lower, mut upper) = (Tar::default(), Tar::default());
    lower.file_of("usr/sbin/runc", 0o755, made::go_program("1.19.8"));
    lower.file("var/lib/dpkg/info/runc.list", "/usr/sbin/runc\n");
    lower.file_of("old", 0o755, made::go_program("1.18.0"));
    lower.file_of("no-program", 0o644, made::go_program("1.18.0"));
    upper.file_of("server", 0o755, made::go_program("1.22.1 golang.org/x/net@v0.17.0"));
    upper.file(".wh.old", "");
    let image = image(&read(&Image::of(&[lower, upper]).old()));
    let expected = [
        (Ecosystem::Go, "golang.org/x/net", "v0.17.0", Some(1)),
        (Ecosystem::Go, "stdlib", "1.22.1", Some(1)),
    ];
    assert_eq!(packages(&image), expected);
}
