//! What is attached to an image, and what it comes to.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use plimsoll_posture::{Attestation, Signature, SignatureForm, Standing};
use ring::digest;
use serde_json::Value;

use crate::bundle::{COSIGN_SIGN, Envelope, Statement};
use crate::{Key, payload};

/// More than this nobody attaches to one image.
const MAX_FOUND: usize = 256;

const BUNDLE: &str = "application/vnd.dev.sigstore.bundle";
const NOTATION: &str = "application/vnd.cncf.notary.signature";
const ENVELOPE: &str = "application/vnd.dsse.envelope.v1+json";
const IN_TOTO: &str = "application/vnd.in-toto+json";

/// A manifest that is about an image rather than one, with those of its blobs that could be had.
#[derive(Debug, Clone, Copy)]
pub struct Attached<'a> {
    /// The digest of what it is about, as its tag, its `subject` or the index says.
    pub about: &'a str,
    /// The manifest.
    pub manifest: &'a [u8],
    /// A blob by its digest. What it holds is not checked yet.
    pub blobs: &'a [(String, Vec<u8>)],
}

/// What attachments come to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Findings {
    /// Signatures.
    pub signatures: Vec<Signature>,
    /// Attestations.
    pub attestations: Vec<Attestation>,
}

/// Looks at everything that is attached to an image whose manifest, or an index above it, has one of these digests.
#[must_use]
pub fn examine(attached: &[Attached<'_>], digests: &[String], keys: &[Key]) -> Findings {
    let mut findings = Findings::default();
    for one in attached.iter().filter(|one| digests.iter().any(|digest| digest == one.about)) {
        let Ok(manifest) = serde_json::from_slice::<Value>(one.manifest) else { continue };
        let context = Context { one, keys };
        let artifact = text(&manifest, "artifactType")
            .or_else(|| text(manifest.get("config")?, "mediaType"))
            .unwrap_or_default();
        if artifact.starts_with(NOTATION) {
            let why = "signatures of the Notary Project rest on certificates, which are not checked here";
            let standing = Standing::Unverified(why.into());
            findings.signatures.push(Signature { form: SignatureForm::Notation, standing });
            continue;
        }
        let layers = manifest.get("layers").and_then(Value::as_array).into_iter().flatten();
        for layer in layers.take(MAX_FOUND) {
            if findings.signatures.len() + findings.attestations.len() >= MAX_FOUND {
                return findings;
            }
            context.layer(layer, &mut findings);
        }
    }
    findings
}

fn text<'v>(value: &'v Value, key: &str) -> Option<&'v str> {
    value.get(key).and_then(Value::as_str)
}

struct Context<'a> {
    one: &'a Attached<'a>,
    keys: &'a [Key],
}

impl Context<'_> {
    fn layer(&self, layer: &Value, findings: &mut Findings) {
        let annotation = |key: &str| {
            layer.get("annotations").and_then(|all| text(all, key)).filter(|value| !value.is_empty())
        };
        let kind = text(layer, "mediaType").unwrap_or_default();
        if kind == payload::SIMPLE_SIGNING {
            let signature = annotation(payload::SIGNATURE);
            let keyless = annotation(payload::CERTIFICATE).is_some();
            let standing = self.simple(layer, signature, keyless);
            findings.signatures.push(Signature { form: SignatureForm::CosignTag, standing });
        } else if kind.starts_with(BUNDLE) {
            match self.envelope(layer) {
                (Some(statement), standing) if statement.predicate_type != COSIGN_SIGN => {
                    findings.attestations.push(attestation(statement, standing));
                }
                (_, standing) => {
                    findings.signatures.push(Signature { form: SignatureForm::SigstoreBundle, standing });
                }
            }
        } else if kind == ENVELOPE {
            let (statement, standing) = self.envelope(layer);
            let predicate = annotation("predicateType").unwrap_or_default().to_owned();
            let statement =
                statement.unwrap_or(Statement { predicate_type: predicate, ..Statement::default() });
            findings.attestations.push(attestation(statement, standing));
        } else if kind == IN_TOTO {
            let predicate = annotation("in-toto.io/predicate-type").unwrap_or_default().to_owned();
            let statement = self.blob(layer).ok().and_then(|bytes| Statement::parse(bytes).ok());
            let statement =
                statement.unwrap_or(Statement { predicate_type: predicate, ..Statement::default() });
            let standing = Standing::Unverified("nobody signed it".into());
            findings.attestations.push(attestation(statement, standing));
        }
    }

    /// A blob that is what its descriptor says.
    fn blob(&self, layer: &Value) -> Result<&[u8], &'static str> {
        let said = text(layer, "digest").unwrap_or_default();
        let (_, bytes) =
            self.one.blobs.iter().find(|(digest, _)| digest == said).ok_or("what it signs cannot be had")?;
        match sha256(bytes) == said {
            true => Ok(bytes),
            false => Err("what it signs is not what its digest says"),
        }
    }

    fn simple(&self, layer: &Value, signature: Option<&str>, keyless: bool) -> Standing {
        let wrong = |why: &str| Standing::Wrong(why.into());
        let bytes = match self.blob(layer) {
            Ok(bytes) => bytes,
            Err(why) if self.keys.is_empty() || keyless => return Standing::Unverified(why.into()),
            Err(why) => return wrong(why),
        };
        if let Some(unverified) = self.not_checked(keyless) {
            return unverified;
        }
        let Some(signature) = signature.and_then(|text| STANDARD.decode(text).ok()) else {
            return wrong("its signature is missing or damaged");
        };
        let Some(key) = self.keys.iter().find(|key| key.verifies(bytes, &signature)) else {
            return wrong(self.none_of_the_keys());
        };
        match payload::subject(bytes) {
            // What the tag says and what was signed must be the same image, or a signature could be carried over.
            Ok(digest) if digest == self.one.about => Standing::Verified(key.name().into()),
            Ok(_) => wrong("it is the signature of another image"),
            Err(why) => wrong(why),
        }
    }

    fn envelope(&self, layer: &Value) -> (Option<Statement>, Standing) {
        let envelope = match self.blob(layer).and_then(Envelope::parse) {
            Ok(envelope) => envelope,
            Err(why) if self.keys.is_empty() => return (None, Standing::Unverified(why.into())),
            Err(why) => return (None, Standing::Wrong(why.into())),
        };
        let statement = envelope.statement();
        let standing = self.check(&envelope, &statement);
        (statement.ok(), standing)
    }

    fn check(&self, envelope: &Envelope, statement: &Result<Statement, &'static str>) -> Standing {
        if let Some(unverified) = self.not_checked(envelope.keyless) {
            return unverified;
        }
        let signed = envelope.signed();
        let by = |key: &&Key| envelope.signatures.iter().any(|signature| key.verifies(&signed, signature));
        let Some(key) = self.keys.iter().find(by) else {
            return Standing::Wrong(self.none_of_the_keys().into());
        };
        match statement {
            Ok(statement) if statement.subjects.iter().any(|one| one == self.one.about) => {
                Standing::Verified(key.name().into())
            }
            Ok(_) => Standing::Wrong("it is about another image".into()),
            Err(why) => Standing::Wrong((*why).into()),
        }
    }

    fn not_checked(&self, keyless: bool) -> Option<Standing> {
        match (keyless, self.keys.is_empty()) {
            (true, _) => {
                let why = "it was made without a key of one's own, and its certificate is not checked here";
                Some(Standing::Unverified(why.into()))
            }
            (false, true) => Some(Standing::Unverified("no key was given to check it with".into())),
            (false, false) => None,
        }
    }

    fn none_of_the_keys(&self) -> &'static str {
        match self.keys.len() {
            1 => "the key that was given did not make it",
            _ => "none of the keys that were given made it",
        }
    }
}

fn attestation(statement: Statement, standing: Standing) -> Attestation {
    Attestation {
        predicate: statement.predicate_type.into(),
        builder: statement.builder.map(Into::into),
        standing,
    }
}

fn sha256(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    let mut text = "sha256:".to_owned();
    for byte in digest::digest(&digest::SHA256, bytes).as_ref() {
        let _ = write!(text, "{byte:02x}");
    }
    text
}
