//! Signatures that openssl made (`make-layout`), verified; and each of them after one thing about it was changed.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::path::PathBuf;

use plimsoll_posture::{SignatureForm, Standing};
use plimsoll_trust::{Attached, Findings, Key, KeyError, examine};
use serde_json::Value;

fn tests(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests").join(path)
}

fn key(name: &str) -> Key {
    Key::parse(name, &std::fs::read(tests(&format!("keys/{name}.pub"))).unwrap()).unwrap()
}

fn blob(digest: &str) -> Vec<u8> {
    std::fs::read(tests(&format!("layout/blobs/sha256/{}", digest.strip_prefix("sha256:").unwrap()))).unwrap()
}

struct Own {
    about: String,
    manifest: Vec<u8>,
    blobs: Vec<(String, Vec<u8>)>,
}

impl Own {
    fn of(about: &str, digest: &str) -> Self {
        let manifest = blob(digest);
        let parsed: Value = serde_json::from_slice(&manifest).unwrap();
        let blobs = parsed["layers"].as_array().unwrap().iter().map(|layer| {
            let digest = layer["digest"].as_str().unwrap();
            (digest.to_owned(), blob(digest))
        });
        Self { about: about.to_owned(), blobs: blobs.collect(), manifest }
    }
}

/// The image, the index above it, and everything that is attached to either.
fn layout() -> (Vec<String>, Vec<Own>) {
    let digests: Vec<String> =
        std::fs::read_to_string(tests("digests")).unwrap().lines().map(str::to_owned).collect();
    let index: Value = serde_json::from_slice(&std::fs::read(tests("layout/index.json")).unwrap()).unwrap();
    let mut attached = Vec::new();
    for descriptor in index["manifests"].as_array().unwrap() {
        let digest = descriptor["digest"].as_str().unwrap();
        if digest == digests[1] {
            let inner: Value = serde_json::from_slice(&blob(digest)).unwrap();
            let provenance = &inner["manifests"][1];
            let about = provenance["annotations"]["vnd.docker.reference.digest"].as_str().unwrap();
            attached.push(Own::of(about, provenance["digest"].as_str().unwrap()));
            continue;
        }
        let manifest: Value = serde_json::from_slice(&blob(digest)).unwrap();
        let about = manifest["subject"]["digest"].as_str().unwrap_or(&digests[0]);
        attached.push(Own::of(about, digest));
    }
    (digests, attached)
}

fn found(digests: &[String], attached: &[Own], keys: &[Key]) -> Findings {
    let attached: Vec<Attached<'_>> = attached
        .iter()
        .map(|one| Attached { about: &one.about, manifest: &one.manifest, blobs: &one.blobs })
        .collect();
    examine(&attached, digests, keys)
}

/// `+key` for one that holds, `?` for one that was not checked, `-` for one that is wrong.
fn marks(findings: &Findings, form: SignatureForm) -> Vec<String> {
    let signatures = findings.signatures.iter().filter(|signature| signature.form == form);
    signatures.map(|signature| mark(&signature.standing)).collect()
}

fn mark(standing: &Standing) -> String {
    match standing {
        Standing::Verified(key) => format!("+{key}"),
        Standing::Unverified(_) => "?".to_owned(),
        Standing::Wrong(_) => "-".to_owned(),
    }
}

#[test]
fn every_kind_of_key_verifies_its_own_signature_and_no_other() {
    let (digests, attached) = layout();
    // In the order in which `make-layout` signs: by another key, then by each of these.
    for (at, name) in ["p256", "p384", "ed25519", "rsa"].into_iter().enumerate() {
        let marks = marks(&found(&digests, &attached, &[key(name)]), SignatureForm::CosignTag);
        let expected: Vec<String> =
            (0..5).map(|one| if one == at + 1 { format!("+{name}") } else { "-".to_owned() }).collect();
        assert_eq!(marks, expected);
    }
    let all = [key("rsa"), key("p256"), key("other")];
    let marks = marks(&found(&digests, &attached, &all), SignatureForm::CosignTag);
    assert_eq!(marks, ["+other", "+p256", "-", "-", "+rsa"]);
}

#[test]
fn a_bundle_that_refers_to_the_index_holds_and_statements_beside_it_are_attestations() {
    let (digests, attached) = layout();
    let findings = found(&digests, &attached, &[key("p256")]);
    assert_eq!(marks(&findings, SignatureForm::SigstoreBundle), ["+p256"]);
    assert_eq!(marks(&findings, SignatureForm::Notation), ["?"]);
    let attestations: Vec<(String, Option<String>, String)> = findings
        .attestations
        .iter()
        .map(|one| {
            (one.predicate.to_string(), one.builder.as_deref().map(str::to_owned), mark(&one.standing))
        })
        .collect();
    let slsa = "https://slsa.dev/provenance/v1".to_owned();
    let builder = Some("https://example.org/acme/api/actions/1".to_owned());
    assert_eq!(
        attestations,
        [
            // BuildKit's, which nobody signs.
            (slsa.clone(), builder.clone(), "?".to_owned()),
            ("https://spdx.dev/Document".to_owned(), None, "+p256".to_owned()),
            (slsa, builder, "+p256".to_owned()),
        ]
    );
    assert_eq!(
        marks(&found(&digests, &attached, &[key("other")]), SignatureForm::SigstoreBundle),
        ["-"],
        "another key"
    );
}

#[test]
fn without_a_key_nothing_is_verified_and_nothing_is_wrong() {
    let (digests, attached) = layout();
    let findings = found(&digests, &attached, &[]);
    assert_eq!(findings.signatures.len(), 7);
    assert_eq!(findings.attestations.len(), 3);
    let standings = findings.signatures.iter().map(|one| &one.standing);
    let standings = standings.chain(findings.attestations.iter().map(|one| &one.standing));
    for standing in standings {
        assert!(matches!(standing, Standing::Unverified(_)), "{standing:?}");
    }
}

/// Replaces bytes of the same length in the first blob of an attachment and gives it the digest that it has then.
fn changed(own: &Own, from: &str, to: &str) -> Own {
    let mut blobs = own.blobs.clone();
    let (digest, bytes) = blobs.first_mut().unwrap();
    let text = String::from_utf8(bytes.clone()).unwrap();
    assert!(text.contains(from));
    *bytes = text.replace(from, to).into_bytes();
    let path = std::env::temp_dir().join(format!("plimsoll-trust-{}", std::process::id()));
    std::fs::write(&path, &*bytes).unwrap();
    let sum = std::process::Command::new("sha256sum").arg(&path).output().unwrap().stdout;
    std::fs::remove_file(&path).unwrap();
    let new = format!("sha256:{}", String::from_utf8(sum).unwrap().split(' ').next().unwrap());
    let manifest = String::from_utf8(own.manifest.clone()).unwrap().replace(&**digest, &new);
    *digest = new;
    Own { about: own.about.clone(), manifest: manifest.into_bytes(), blobs }
}

fn standing_of(digests: &[String], own: Own, keys: &[Key]) -> Vec<String> {
    let findings = found(digests, &[own], keys);
    let signatures = findings.signatures.iter().map(|one| &one.standing);
    let all = signatures.chain(findings.attestations.iter().map(|one| &one.standing));
    all.map(|standing| format!("{standing:?}")).collect()
}

#[test]
fn one_changed_byte_of_what_was_signed_is_wrong() {
    let (digests, attached) = layout();
    let keys = [key("p256")];
    let signed = &attached[1];
    let told = standing_of(&digests, changed(signed, "example.org", "example.com"), &keys);
    assert!(told.iter().all(|one| one.contains("did not make it")), "{told:?}");
    // With the old digest the change is seen before any key is tried.
    let mut own = changed(signed, "example.org", "example.com");
    own.manifest.clone_from(&signed.manifest);
    own.blobs[0].0.clone_from(&signed.blobs[0].0);
    let told = standing_of(&digests, own, &keys);
    assert!(told.iter().all(|one| one.contains("not what its digest says")), "{told:?}");
    // The payload cannot be had at all.
    let own = Own { blobs: Vec::new(), about: signed.about.clone(), manifest: signed.manifest.clone() };
    let told = standing_of(&digests, own, &keys);
    assert!(told.iter().all(|one| one.starts_with("Wrong") && one.contains("cannot be had")), "{told:?}");
    // The bundle: its statement, in base64.
    let bundle = &attached[3];
    let told = standing_of(&digests, changed(bundle, "eyJfdHlwZSI6", "eyJfdHlwZSA6"), &keys);
    assert!(told[0].contains("did not make it"), "{told:?}");
}

/// The signature holds, but it was made for another image: a tag or a reference alone proves nothing.
#[test]
fn a_signature_carried_over_from_another_image_is_wrong() {
    let other = format!("sha256:{}", "ab".repeat(32));
    let (_, attached) = layout();
    for mut own in attached {
        own.about.clone_from(&other);
        let told = standing_of(std::slice::from_ref(&other), own, &[key("p256")]);
        assert!(!told.is_empty());
        for one in told {
            let known = one.starts_with("Unverified")
                || one.contains("another image")
                || one.contains("did not make it");
            assert!(known, "{one}");
        }
    }
}

#[test]
fn what_is_about_another_image_is_not_looked_at() {
    let (_, attached) = layout();
    let other = format!("sha256:{}", "ab".repeat(32));
    assert_eq!(found(&[other], &attached, &[key("p256")]), Findings::default());
}

#[test]
fn a_certificate_in_the_place_of_a_key_is_not_checked() {
    let (digests, attached) = layout();
    let signed = &attached[1];
    let mark = r#""dev.cosignproject.cosign/signature":"#;
    let manifest = String::from_utf8(signed.manifest.clone()).unwrap();
    let manifest = manifest.replace(mark, &format!(r#""dev.sigstore.cosign/certificate":"PEM",{mark}"#));
    let own =
        Own { about: signed.about.clone(), blobs: signed.blobs.clone(), manifest: manifest.into_bytes() };
    let told = standing_of(&digests, own, &[key("p256")]);
    assert!(told.iter().all(|one| one.starts_with("Unverified") && one.contains("certificate")), "{told:?}");
    let told = standing_of(
        &digests,
        changed(&attached[3], r#""publicKey":{"#, r#""certificate":{"#),
        &[key("p256")],
    );
    assert!(told[0].starts_with("Unverified"), "{told:?}");
}

#[test]
fn what_is_no_public_key_says_why() {
    let parse = |pem: &str| Key::parse("x", pem.as_bytes()).unwrap_err();
    assert_eq!(parse(""), KeyError::NoKey);
    assert_eq!(
        parse("-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n"),
        KeyError::Private
    );
    assert_eq!(parse("-----BEGIN PUBLIC KEY-----\n!\n-----END PUBLIC KEY-----\n"), KeyError::Damaged);
    let pem = std::fs::read_to_string(tests("keys/p256.pub")).unwrap();
    let lines: Vec<&str> = pem.lines().collect();
    // Every end before its time, and every byte changed: an error or a key, never a panic.
    for cut in 0..lines[1].len() {
        let short = format!("{}\n{}\n{}\n", lines[0], &lines[1][..cut], lines[3]);
        assert!(Key::parse("x", short.as_bytes()).is_err(), "{cut}");
        let mut bytes = pem.clone().into_bytes();
        bytes[lines[0].len() + 1 + cut] ^= 1;
        let _ = Key::parse("x", &bytes);
    }
    // secp256k1, whose points are as long.
    let other = pem.replace("MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE", "MFYwEAYHKoZIzj0CAQYFK4EEAAoDQgAE");
    assert_ne!(other, pem);
    assert_eq!(parse(&other), KeyError::Kind);
}
