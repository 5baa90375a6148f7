//! A registry of the test's own on this machine, with the layout that `plimsoll-trust` signs as its content: what is asked of it,
//! with which credentials, and what becomes of an image that is not what it should be.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use plimsoll_fetch::{Fetcher, Limits, Network};
use plimsoll_registry::{Keychain, Layout, Name, Registry, RegistryError};
use serde_json::Value;

type Answer = (u16, Vec<String>, Vec<u8>);

struct Server {
    port: u16,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Server {
    fn start(answer: impl Fn(&str, &str) -> Answer + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let heads: Arc<Mutex<Vec<String>>> = Arc::default();
        let seen = heads.clone();
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let mut head = String::new();
                let mut reader = BufReader::new(&mut stream);
                while !head.ends_with("\r\n\r\n") && reader.read_line(&mut head).unwrap_or(0) > 0 {}
                seen.lock().unwrap().push(head.clone());
                let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
                let (status, headers, body) = answer(&path, &head);
                let mut bytes =
                    format!("HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: {}\r\n", body.len());
                headers.iter().for_each(|header| bytes += &format!("{header}\r\n"));
                bytes += "\r\n";
                let mut bytes = bytes.into_bytes();
                bytes.extend(body);
                stream.write_all(&bytes).ok();
            }
        });
        Self { port, heads }
    }

    fn asked(&self, what: &str) -> Vec<String> {
        self.heads.lock().unwrap().iter().filter(|head| head.contains(what)).cloned().collect()
    }
}

fn fixture(path: &str) -> Vec<u8> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../plimsoll-trust/tests");
    std::fs::read(root.join(path)).unwrap()
}

/// Manifests by tag and digest, and blobs by digest.
#[derive(Clone)]
struct Content {
    tags: BTreeMap<String, String>,
    blobs: BTreeMap<String, Vec<u8>>,
    image: String,
    index: String,
    layer: String,
}

fn content() -> Content {
    let digests = String::from_utf8(fixture("digests")).unwrap();
    let (image, index) = digests.trim().split_once('\n').unwrap();
    let layout: Value = serde_json::from_slice(&fixture("layout/index.json")).unwrap();
    let mut tags = BTreeMap::from([("1.4".to_owned(), index.to_owned())]);
    let mut referrers: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for one in layout["manifests"].as_array().unwrap() {
        let digest = one["digest"].as_str().unwrap();
        let tag = one["annotations"]["org.opencontainers.image.ref.name"].as_str().unwrap_or_default();
        if tag.starts_with("sha256-") {
            tags.insert(tag.to_owned(), digest.to_owned());
        }
        let hex = digest.strip_prefix("sha256:").unwrap();
        let manifest: Value =
            serde_json::from_slice(&fixture(&format!("layout/blobs/sha256/{hex}"))).unwrap();
        if let Some(subject) = manifest["subject"]["digest"].as_str() {
            referrers.entry(subject.to_owned()).or_default().push(one.clone());
        }
    }
    let mut blobs = BTreeMap::new();
    let folder =
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../plimsoll-trust/tests/layout/blobs/sha256");
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = format!("sha256:{}", path.file_name().unwrap().to_string_lossy());
        blobs.insert(name, std::fs::read(path).unwrap());
    }
    for (subject, manifests) in referrers {
        let index = serde_json::json!({ "schemaVersion": 2, "manifests": manifests });
        blobs.insert(format!("referrers {subject}"), index.to_string().into_bytes());
    }
    let manifest: Value = serde_json::from_slice(&blobs[image]).unwrap();
    let layer = manifest["layers"][0]["digest"].as_str().unwrap().to_owned();
    Content { tags, blobs, image: image.to_owned(), index: index.to_owned(), layer }
}

impl Content {
    fn answer(&self, path: &str) -> Answer {
        let missing = (404, Vec::new(), b"{\"errors\":[]}".to_vec());
        let rest = path.strip_prefix("/v2/acme/api/").unwrap_or_default();
        let (kind, name) = rest.split_once('/').unwrap_or_default();
        let bytes = match kind {
            "manifests" => self.blobs.get(self.tags.get(name).map_or(name, String::as_str)),
            "blobs" => self.blobs.get(name),
            "referrers" => self.blobs.get(&format!("referrers {name}")),
            _ => None,
        };
        bytes.map_or(missing, |bytes| (200, Vec::new(), bytes.clone()))
    }
}

fn fetcher() -> Fetcher {
    Fetcher::new(Limits::default(), &Network::default()).unwrap()
}

fn name(server: &Server, reference: &str) -> Name {
    Name::parse(&format!("127.0.0.1:{}/acme/api{reference}", server.port)).unwrap()
}

fn read(layout: &Layout<'_>, path: &str) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    layout.file(path)?.read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn path(digest: &str) -> String {
    format!("blobs/sha256/{}", digest.strip_prefix("sha256:").unwrap())
}

#[test]
fn an_image_is_a_layout_with_what_is_attached_to_it() {
    let content = content();
    let own = content.clone();
    let server = Server::start(move |path, _| own.answer(path));
    let fetcher = fetcher();
    let registry = Registry::new(&fetcher, name(&server, ":1.4"), &Keychain::default());
    let layout = Layout::open(&registry, None).unwrap();
    assert_eq!(layout.digest, content.index);
    assert_eq!((layout.left_out.len(), layout.faults.len()), (0, 0));
    let index: Value = serde_json::from_slice(&read(&layout, "index.json").unwrap()).unwrap();
    let listed = index["manifests"].as_array().unwrap();
    assert_eq!(listed[0]["digest"], content.index.as_str());
    let named = listed[0]["annotations"]["io.containerd.image.name"].as_str().unwrap();
    assert!(named.ends_with("/acme/api:1.4"), "{named}");
    // The tags of cosign, two bundles that refer to the index, and one signature of the Notary Project.
    assert_eq!(listed.len(), 6, "{index}");
    for one in listed {
        let digest = one["digest"].as_str().unwrap();
        assert_eq!(read(&layout, &path(digest)).unwrap(), content.blobs[digest]);
    }
    // A layer comes when it is opened, and only then.
    assert!(server.asked(&format!("blobs/{}", content.layer)).is_empty());
    let mut piece = layout.file(&path(&content.layer)).unwrap();
    let size = piece.seek(SeekFrom::End(0)).unwrap();
    assert_eq!(size, content.blobs[&content.layer].len() as u64);
    piece.seek(SeekFrom::Start(0)).unwrap();
    let mut bytes = Vec::new();
    piece.read_to_end(&mut bytes).unwrap();
    assert_eq!(bytes, content.blobs[&content.layer]);
    // Nobody learns of files that the image does not name.
    let before = server.asked("GET").len();
    for other in ["../../etc/passwd", "blobs/sha256/00", "manifest.json", "index.json/"] {
        assert!(layout.file(other).is_err(), "{other}");
    }
    assert_eq!(server.asked("GET").len(), before);
}

/// The way of the distribution specification's token: nothing is sent before the registry asks; the credentials go to the service
/// that it names and to nobody else; the token goes to the registry and not to where it keeps its blobs.
#[test]
fn credentials_and_tokens_go_where_they_belong() {
    let content = content();
    let store = {
        let own = content.clone();
        Server::start(move |path, _| (200, Vec::new(), own.blobs[path.trim_start_matches('/')].clone()))
    };
    let tokens = Server::start(|path, head| {
        let known = head.contains("Basic bWU6Y2FuYXJ5");
        let asked = path == "/token?for=all&service=registry.test&scope=repository:acme/api:pull";
        match known && asked {
            true => (200, Vec::new(), br#"{"token":"t0ken"}"#.to_vec()),
            false => (401, Vec::new(), Vec::new()),
        }
    });
    let server = {
        let (own, tokens, store) = (content.clone(), tokens.port, store.port);
        Server::start(move |path, head| {
            if !head.contains("Bearer t0ken") {
                let realm = format!("http://127.0.0.1:{tokens}/token?for=all");
                let challenge =
                    format!("WWW-Authenticate: Bearer realm=\"{realm}\",service=\"registry.test\"");
                return (401, vec![challenge], b"{}".to_vec());
            }
            match path.strip_prefix("/v2/acme/api/blobs/") {
                Some(digest) => {
                    (307, vec![format!("Location: http://127.0.0.1:{store}/{digest}")], Vec::new())
                }
                None => own.answer(path),
            }
        })
    };
    let host = format!("127.0.0.1:{}", server.port);
    // `me:canary`.
    let file = format!("{{\"auths\":{{\"{host}\":{{\"auth\":\"bWU6Y2FuYXJ5\"}}}}}}");
    let keychain = Keychain::parse(file.as_bytes()).unwrap();
    let fetcher = fetcher();
    let registry = Registry::new(&fetcher, name(&server, ":1.4"), &keychain);
    let layout = Layout::open(&registry, Some("linux/amd64")).unwrap();
    assert_eq!(read(&layout, &path(&content.layer)).unwrap(), content.blobs[&content.layer]);
    assert!(!server.asked("GET")[0].to_lowercase().contains("authorization"));
    assert!(server.asked("Basic").is_empty(), "the registry never sees the password");
    assert_eq!(tokens.asked("GET").len(), 1, "one token is enough");
    assert!(store.asked("uthorization").is_empty() && store.asked("GET").len() == 1);
    // A stranger is told what to do; the word of whoever refuses is no secret.
    let stranger = Registry::new(&fetcher, name(&server, ":1.4"), &Keychain::default());
    let error = Layout::open(&stranger, None).unwrap_err();
    assert!(matches!(error, RegistryError::Denied { .. }), "{error}");
    let helped = Keychain::parse(br#"{"credsStore":"desktop"}"#).unwrap();
    let error = Layout::open(&Registry::new(&fetcher, name(&server, ":1.4"), &helped), None).unwrap_err();
    assert!(error.to_string().contains("`desktop`, which is not run"), "{error}");
    let wrong = file.replace("bWU6Y2FuYXJ5", "bWU6d3Jvbmc=");
    let wrong = Keychain::parse(wrong.as_bytes()).unwrap();
    let error = Layout::open(&Registry::new(&fetcher, name(&server, ":1.4"), &wrong), None).unwrap_err();
    assert!(error.to_string().contains("401") && !error.to_string().contains("wrong"), "{error}");
}

#[test]
fn what_is_asked_for_by_digest_has_that_digest() {
    let content = content();
    let mut own = content.clone();
    // The registry gives another manifest for the digest.
    let other = own.blobs[&own.image].clone();
    own.blobs.insert(own.index.clone(), other);
    let server = Server::start(move |path, _| own.answer(path));
    let fetcher = fetcher();
    let registry =
        Registry::new(&fetcher, name(&server, &format!("@{}", content.index)), &Keychain::default());
    let error = Layout::open(&registry, None).unwrap_err();
    assert!(matches!(&error, RegistryError::Unusable { .. }), "{error}");
    assert!(error.to_string().contains("is another one"), "{error}");
}

#[test]
fn what_is_not_there_is_said() {
    let content = content();
    let mut own = content.clone();
    own.blobs.remove(&content.layer);
    let server = Server::start(move |path, _| own.answer(path));
    let fetcher = fetcher();
    let open = |reference: &str, platform: Option<&str>| {
        let registry = Registry::new(&fetcher, name(&server, reference), &Keychain::default());
        Layout::open(&registry, platform).map(drop)
    };
    assert!(matches!(open(":none", None), Err(RegistryError::Missing { .. })));
    let error = open(":1.4", Some("linux/arm64")).unwrap_err().to_string();
    assert!(error.contains("linux/arm64") && error.contains("linux/amd64"), "{error}");
    let registry = Registry::new(&fetcher, name(&server, ":1.4"), &Keychain::default());
    let layout = Layout::open(&registry, None).unwrap();
    let error = layout.file(&path(&content.layer)).unwrap_err();
    assert!(error.to_string().contains("has no blob"), "{error}");
}

#[test]
fn an_answer_that_is_none_is_no_image() {
    for (status, body) in
        [(200, b"<html>".to_vec()), (200, b"[]".to_vec()), (500, Vec::new()), (429, Vec::new())]
    {
        let sent = body.clone();
        let server = Server::start(move |_, _| (status, Vec::new(), sent.clone()));
        let fetcher = fetcher();
        let registry = Registry::new(&fetcher, name(&server, ":1.4"), &Keychain::default());
        match Layout::open(&registry, None) {
            Err(error) => assert!(matches!(error, RegistryError::Unusable { .. }), "{error}"),
            // A list is JSON, and names neither layers nor manifests.
            Ok(layout) => assert_eq!(body, b"[]", "{:?}", layout.digest),
        }
    }
}
