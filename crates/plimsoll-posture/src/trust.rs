//! What speaks for an image: under which digests it is known, who signed it, what its builder attests, what it says of its origin.
//!
//! A signature that is there and was not verified is never called one that holds. Deliberately absent: keys and how a signature is
//! verified.

use std::sync::Arc;

use crate::{Known, Provenance, Reason};

/// Whether an image is what it is said to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trust {
    /// Digests of its manifest and of the indexes above it; from an engine with the repository: `ghcr.io/acme/api@sha256:…`.
    pub digests: Vec<Arc<str>>,
    /// Whether signatures would have been seen where the image was read.
    pub searched: Known<()>,
    /// How many keys were given.
    pub keys: usize,
    /// Signatures, in the order in which they were found.
    pub signatures: Vec<Signature>,
    /// Attestations, in the order in which they were found.
    pub attestations: Vec<Attestation>,
    /// What its labels say of its origin.
    pub lineage: Lineage,
}

impl Default for Trust {
    fn default() -> Self {
        Self {
            digests: Vec::new(),
            searched: Known::Unknown(Reason::MissingSource("signatures of the image".into())),
            keys: 0,
            signatures: Vec::new(),
            attestations: Vec::new(),
            lineage: Lineage::default(),
        }
    }
}

/// `org.opencontainers.image.*`, each with its place.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lineage {
    /// `source`: where the code is.
    pub source: Option<(Arc<str>, Provenance)>,
    /// `revision`: which commit it is.
    pub revision: Option<(Arc<str>, Provenance)>,
    /// `base.name`: the image it was made from.
    pub base_name: Option<(Arc<str>, Provenance)>,
    /// `base.digest`: which build of it.
    pub base_digest: Option<(Arc<str>, Provenance)>,
}

/// How a signature is written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SignatureForm {
    /// cosign 1 and 2: a tag `sha256-….sig` with payloads beside it.
    CosignTag,
    /// cosign 3: a Sigstore bundle that refers to the image.
    SigstoreBundle,
    /// Notary Project: an envelope that refers to the image.
    Notation,
}

impl SignatureForm {
    /// The name in output.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::CosignTag => "cosign-tag",
            Self::SigstoreBundle => "sigstore-bundle",
            Self::Notation => "notation",
        }
    }
}

/// How far a signature or an attestation was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// It holds: by the key of this name.
    Verified(Arc<str>),
    /// It is there and was not checked, and why.
    Unverified(Arc<str>),
    /// It was checked and does not hold, and why.
    Wrong(Arc<str>),
}

/// A signature of an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// How it is written down.
    pub form: SignatureForm,
    /// How far it was checked.
    pub standing: Standing,
}

/// A statement about an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attestation {
    /// Its type: `https://slsa.dev/provenance/v1`.
    pub predicate: Arc<str>,
    /// Who built it, as provenance says.
    pub builder: Option<Arc<str>>,
    /// How far it was checked.
    pub standing: Standing,
}

impl Trust {
    /// Whether a signature holds.
    #[must_use]
    pub fn is_verified(&self) -> bool {
        self.signatures.iter().any(|signature| matches!(signature.standing, Standing::Verified(_)))
    }
}
