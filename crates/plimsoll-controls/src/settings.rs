//! What the user configured, as far as controls need it.

/// Settings of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// Registries or repository prefixes (`ghcr.io/acme/`) that are trusted. Empty means no opinion.
    pub trusted_registries: Vec<String>,
    /// Whether every built image must have a signature that holds.
    pub signature_required: bool,
}
