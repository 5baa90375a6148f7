//! An image archive as a few lines of text, so that the cases of a page stay readable.
//!
//! `name TAG`, `config JSON` (the `config` object), `step TEXT` (a step without a layer), `layer TEXT` (one with), and below a layer
//! `+ PATH MODE [TEXT or *SIZE]` (a closing `/` makes a directory, `\n` a line end, `\e` the byte that an ELF file starts with,
//! `go:VERSION MODULE@VERSION …` a program that Go made) and `- PATH` (removed). `missing TEXT` is a layer that the archive names and
//! does not have. `layout` makes it an OCI layout; so does `signed by owner`, which puts a signature of cosign beside the image, made
//! with the key whose public half [`owner`] gives, `signed by stranger`, and `signed by copy`: the owner's signature of another image.

#[expect(dead_code, reason = "only one of the shapes is written here")]
#[path = "../../../plimsoll-packages/tests/made/mod.rs"]
mod made;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use made::{Image, Tar};
use plimsoll_packages::layer::decode::digest;
use ring::signature::{Ed25519KeyPair, KeyPair};

/// The owner's key and another one, from fixed bytes, so that the same page is the same archive.
fn pair(owner: bool) -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&[if owner { 7 } else { 9 }; 32]).expect("32 bytes are a key")
}

/// The owner's public key as a file (RFC 8410).
pub(crate) fn owner() -> String {
    let mut der = vec![0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
    der.extend_from_slice(pair(true).public_key().as_ref());
    format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(der))
}

/// An OCI layout of the image with a signature by each of these.
fn layout(image: &Image, signers: &[String]) -> Vec<u8> {
    let (blobs, manifest) = image.blobs(&<[u8]>::to_vec);
    let mut tar = Tar::default();
    for (name, bytes) in &blobs {
        tar.file(name, bytes);
    }
    let blob = |tar: &mut Tar, bytes: &[u8]| {
        let digest = digest(bytes);
        tar.file(&format!("blobs/sha256/{}", made::hex(&digest)), bytes);
        format!("\"digest\":\"{digest}\",\"size\":{}", bytes.len())
    };
    let named = |key: &str, name: &str| format!("\"annotations\":{{\"{key}\":\"{name}\"}}");
    let mut listed = vec![format!(
        "{{\"digest\":\"{manifest}\",\"size\":1,{}}}",
        named("io.containerd.image.name", image.names.first().map_or("", String::as_str))
    )];
    if !signers.is_empty() {
        let mut layers = Vec::new();
        for signer in signers {
            let about =
                if signer == "copy" { format!("sha256:{}", "c".repeat(64)) } else { manifest.clone() };
            let payload = format!(
                "{{\"critical\":{{\"identity\":{{\"docker-reference\":\"\"}},\"image\":{{\"docker-manifest-digest\":\"{about}\"}},\
\"type\":\"cosign container image signature\"}},\"optional\":null}}"
            );
            let signature = STANDARD.encode(pair(signer != "stranger").sign(payload.as_bytes()));
            layers.push(format!(
                "{{\"mediaType\":\"application/vnd.dev.cosign.simplesigning.v1+json\",{},{}}}",
                blob(&mut tar, payload.as_bytes()),
                named("dev.cosignproject.cosign/signature", &signature)
            ));
        }
        let config = blob(&mut tar, b"{}");
        let signatures =
            format!("{{\"schemaVersion\":2,\"config\":{{{config}}},\"layers\":[{}]}}", layers.join(","));
        let tag = format!("sha256-{}.sig", made::hex(&manifest));
        listed.push(format!(
            "{{{},{}}}",
            blob(&mut tar, signatures.as_bytes()),
            named("org.opencontainers.image.ref.name", &tag)
        ));
    }
    tar.file("index.json", format!("{{\"schemaVersion\":2,\"manifests\":[{}]}}", listed.join(",")));
    tar.file("oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}");
    tar.end()
}

/// The bytes of the archive.
pub(crate) fn build(text: &str) -> Vec<u8> {
    let mut image = Image { config: "{}".to_owned(), ..Image::default() };
    let mut layer: Option<Tar> = None;
    let (mut signers, mut alone) = (Vec::new(), false);
    let close = |layer: &mut Option<Tar>, image: &mut Image| {
        image.layers.extend(layer.take().map(|tar| tar.end()));
    };
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        match word {
            "layout" => alone = true,
            "signed" => {
                alone = true;
                signers.push(rest.trim_start_matches("by ").to_owned());
            }
            "name" => image.names.push(rest.to_owned()),
            "config" => rest.clone_into(&mut image.config),
            "step" => {
                close(&mut layer, &mut image);
                image.steps.push((rest.to_owned(), false));
            }
            "layer" | "missing" => {
                close(&mut layer, &mut image);
                if word == "missing" {
                    image.missing.push(image.layers.len());
                }
                image.steps.push((rest.to_owned(), true));
                layer = Some(Tar::default());
            }
            "+" => {
                let tar = layer.as_mut().expect("a file needs a layer");
                let mut words = rest.splitn(3, ' ');
                let path = words.next().expect("a path");
                let mode = words.next().and_then(|mode| u32::from_str_radix(mode, 8).ok()).expect("a mode");
                let content = words.next().unwrap_or("");
                if let Some(build) = content.strip_prefix("go:") {
                    tar.file_of(path, mode, made::go_program(build));
                    continue;
                }
                match content.strip_prefix('*').and_then(|size| size.parse().ok()) {
                    Some(size) => tar.file_of(path, mode, vec![b'x'; size]),
                    None if path.ends_with('/') => tar.entry(path, b'5', mode, "", b""),
                    None => tar.file_of(path, mode, content.replace("\\n", "\n").replace("\\e", "\x7f")),
                };
            }
            "-" => {
                let (parent, name) = rest.rsplit_once('/').unwrap_or(("", rest));
                let path = format!("{parent}/.wh.{name}");
                layer.as_mut().expect("a file needs a layer").file(path.trim_start_matches('/'), "");
            }
            other => panic!("an archive has no `{other}`"),
        }
    }
    close(&mut layer, &mut image);
    if alone {
        return layout(&image, &signers);
    }
    image.old()
}
