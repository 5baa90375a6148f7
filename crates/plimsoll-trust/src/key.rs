//! Public keys: PEM files as `cosign generate-key-pair` and `openssl` write them.
//!
//! Deliberately absent: private keys, certificates, keys of an environment or a service.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P384_SHA384_ASN1, ED25519, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey,
    VerificationAlgorithm,
};

/// A key's file is no larger.
const MAX_PEM: usize = 64 * 1024;

/// Object identifiers (RFC 5480, RFC 8410, RFC 8017), encoded.
const EC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
const P384: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x22];
const EDWARDS: &[u8] = &[0x2b, 0x65, 0x70];
const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];

/// Why a file is no key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// It is no PEM of a public key.
    #[error("it holds no `-----BEGIN PUBLIC KEY-----`: a public key is wanted, as in cosign.pub")]
    NoKey,
    /// It is a private key, which nobody should hand around.
    #[error("it holds a private key: the public one is wanted, as in cosign.pub")]
    Private,
    /// The key is damaged.
    #[error("its public key is damaged")]
    Damaged,
    /// The key is of a kind that is not understood.
    #[error("its public key is of another kind than ECDSA P-256 and P-384, Ed25519 and RSA from 2048 bits")]
    Kind,
}

/// A public key.
#[derive(Clone)]
pub struct Key {
    name: String,
    algorithm: &'static dyn VerificationAlgorithm,
    bytes: Vec<u8>,
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Key").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Key {
    /// Reads a PEM file; `name` is what the key is called in reports.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn parse(name: &str, pem: &[u8]) -> Result<Self, KeyError> {
        let text = std::str::from_utf8(pem.get(..pem.len().min(MAX_PEM)).unwrap_or_default())
            .map_err(|_| KeyError::NoKey)?;
        if text.contains("PRIVATE KEY-----") {
            return Err(KeyError::Private);
        }
        let body = text
            .split_once("-----BEGIN PUBLIC KEY-----")
            .and_then(|(_, rest)| rest.split_once("-----END PUBLIC KEY-----"))
            .ok_or(KeyError::NoKey)?
            .0;
        let body: String = body.split_ascii_whitespace().collect();
        let der = STANDARD.decode(body).map_err(|_| KeyError::Damaged)?;
        // SubjectPublicKeyInfo: SEQUENCE { SEQUENCE { algorithm, parameters }, BIT STRING } (RFC 5280, 4.1).
        let (whole, rest) = element(&der, 0x30).ok_or(KeyError::Damaged)?;
        let (identifier, key) = element(whole, 0x30).ok_or(KeyError::Damaged)?;
        let (bits, after) = element(key, 0x03).ok_or(KeyError::Damaged)?;
        let (algorithm, parameters) = element(identifier, 0x06).ok_or(KeyError::Damaged)?;
        let Some((0, bytes)) = bits.split_first().map(|(unused, bytes)| (*unused, bytes)) else {
            return Err(KeyError::Damaged);
        };
        if !rest.is_empty() || !after.is_empty() {
            return Err(KeyError::Damaged);
        }
        let curve = element(parameters, 0x06).map(|(curve, _)| curve);
        let algorithm: &'static dyn VerificationAlgorithm = match (algorithm, curve) {
            (EC, Some(P256)) if bytes.len() == 65 => &ECDSA_P256_SHA256_ASN1,
            (EC, Some(P384)) if bytes.len() == 97 => &ECDSA_P384_SHA384_ASN1,
            (EDWARDS, None) if bytes.len() == 32 => &ED25519,
            (RSA, None) if bytes.len() >= 256 => &RSA_PKCS1_2048_8192_SHA256,
            _ => return Err(KeyError::Kind),
        };
        Ok(Self { name: name.to_owned(), algorithm, bytes: bytes.to_vec() })
    }

    /// What the key is called.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether this key made that signature over exactly these bytes.
    #[must_use]
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(self.algorithm, &self.bytes).verify(message, signature).is_ok()
    }
}

/// The content of a DER element and what follows it.
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (&own, rest) = der.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        0x81 => (usize::from(*rest.first()?), rest.get(1..)?),
        0x82 => (usize::from(*rest.first()?) << 8 | usize::from(*rest.get(1)?), rest.get(2..)?),
        _ => return None,
    };
    (own == tag).then_some(())?;
    rest.split_at_checked(length)
}
