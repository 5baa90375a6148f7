//! Envelopes: a DSSE envelope over an in-toto statement, alone (`.att`) or in a Sigstore bundle.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use serde_json::Value;

/// The type of a DSSE payload that is an in-toto statement.
const STATEMENT: &str = "application/vnd.in-toto+json";
/// The predicate of a statement that is nothing but a signature.
pub(crate) const COSIGN_SIGN: &str = "https://sigstore.dev/cosign/sign/v1";

/// What an envelope holds.
pub(crate) struct Envelope {
    payload_type: String,
    payload: Vec<u8>,
    /// The signatures, decoded.
    pub(crate) signatures: Vec<Vec<u8>>,
    /// Whether a certificate stands behind it instead of a key.
    pub(crate) keyless: bool,
}

/// The statement in an envelope.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Statement {
    pub(crate) predicate_type: String,
    /// Digests of everything it is about, `sha256:…`.
    pub(crate) subjects: Vec<String>,
    pub(crate) builder: Option<String>,
}

/// DSSE writes standard base64 and lets readers take the other one too.
fn decode(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).or_else(|_| URL_SAFE.decode(text)).ok()
}

impl Envelope {
    /// A bundle, or an envelope alone.
    ///
    /// # Errors
    /// What it lacks.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, &'static str> {
        let whole: Value = serde_json::from_slice(bytes).map_err(|_| "it is no JSON")?;
        let envelope = match whole.get("dsseEnvelope") {
            Some(envelope) => envelope,
            None if whole.get("messageSignature").is_some() => {
                return Err("it signs a file, not a statement");
            }
            None => &whole,
        };
        let text = |key: &str| envelope.get(key).and_then(Value::as_str);
        let payload = text("payload").and_then(decode).ok_or("it has no payload")?;
        let payload_type = text("payloadType").ok_or("its payload has no type")?.to_owned();
        let signatures = envelope.get("signatures").and_then(Value::as_array).into_iter().flatten();
        let signatures: Vec<Vec<u8>> = signatures
            .filter_map(|one| decode(one.get("sig").and_then(Value::as_str)?))
            .filter(|bytes| !bytes.is_empty())
            .take(16)
            .collect();
        let material = whole.get("verificationMaterial");
        let has = |key: &str| material.and_then(|material| material.get(key)).is_some();
        let keyless = has("certificate") || has("x509CertificateChain");
        Ok(Self { payload_type, payload, signatures, keyless })
    }

    /// What was signed: the pre-authentication encoding (DSSE protocol, "Signature definition").
    pub(crate) fn signed(&self) -> Vec<u8> {
        let mut bytes =
            format!("DSSEv1 {} {} {} ", self.payload_type.len(), self.payload_type, self.payload.len())
                .into_bytes();
        bytes.extend_from_slice(&self.payload);
        bytes
    }

    /// The statement.
    ///
    /// # Errors
    /// What it lacks to be one.
    pub(crate) fn statement(&self) -> Result<Statement, &'static str> {
        if self.payload_type != STATEMENT {
            return Err("its payload is no in-toto statement");
        }
        Statement::parse(&self.payload)
    }
}

impl Statement {
    /// An in-toto statement, version 0.1 or 1.
    ///
    /// # Errors
    /// What it lacks.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, &'static str> {
        let statement: Value = serde_json::from_slice(bytes).map_err(|_| "its statement is no JSON")?;
        let text = |pointer: &str| statement.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
        let version = text("/_type");
        if !version.is_some_and(|version| version.starts_with("https://in-toto.io/Statement/")) {
            return Err("its payload is no in-toto statement");
        }
        let subjects = statement.get("subject").and_then(Value::as_array).into_iter().flatten();
        let subjects = subjects
            .filter_map(|subject| subject.pointer("/digest/sha256").and_then(Value::as_str))
            .map(|hex| format!("sha256:{hex}"))
            .take(1024)
            .collect();
        let builder = text("/predicate/runDetails/builder/id").or_else(|| text("/predicate/builder/id"));
        let builder = builder.filter(|id| !id.is_empty());
        Ok(Self { predicate_type: text("/predicateType").unwrap_or_default(), subjects, builder })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The test vector of the DSSE protocol: type `http://example.com/HelloWorld`, payload `hello world`.
    #[test]
    fn what_is_signed_is_what_the_protocol_says() {
        let envelope = Envelope {
            payload_type: "http://example.com/HelloWorld".to_owned(),
            payload: b"hello world".to_vec(),
            signatures: Vec::new(),
            keyless: false,
        };
        assert_eq!(envelope.signed(), b"DSSEv1 29 http://example.com/HelloWorld 11 hello world");
    }
}
