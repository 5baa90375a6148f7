//! `[trust]`: the keys that images are signed with, and whether they must be.
//!
//! Deliberately absent: what a signature is (`plimsoll-trust`).

use std::path::Path;

use plimsoll_controls::Severity;
use plimsoll_report::Notice;
use plimsoll_text::Span;
use plimsoll_trust::Key;
use toml_edit::Item;

use super::{Config, Reader, keys};
use crate::images;

pub(crate) const TRUST_KEYS: &[&str] = &["keys", "require"];

/// What is trusted.
#[derive(Debug, Clone, Default)]
pub struct Trust {
    /// Files of public keys as they are written, relative to the configuration.
    files: Vec<(String, Span)>,
    /// Those that were read.
    pub keys: Vec<Key>,
    /// `require = "signature"`.
    pub signature_required: bool,
}

impl Reader {
    pub(super) fn trust(&mut self, item: &Item) {
        let Some(table) = item.as_table_like() else {
            return self.wrong(item, "`trust` is a table", "write `[trust]`");
        };
        for (name, key, item) in keys(table) {
            match name {
                "keys" => self.config.trust.files = self.texts(item),
                "require" => match item.as_str() {
                    Some("signature") => self.config.trust.signature_required = true,
                    _ => self.wrong(item, "nothing that can be required", "write \"signature\""),
                },
                _ => self.unknown_key(name, key, TRUST_KEYS),
            }
        }
    }
}

impl Config {
    /// Reads the files of keys. One that cannot be used is told like any other value that does not hold.
    pub(crate) fn load_keys(&mut self, directory: &Path) {
        for (file, at) in &self.trust.files {
            match images::key(&directory.join(file), file) {
                Ok(key) => self.trust.keys.push(key),
                Err(message) => self.notices.push(Notice {
                    code: "invalid-value",
                    severity: Severity::High,
                    at: *at,
                    message,
                    cure: Some(
                        "name a file with a public key, as `cosign generate-key-pair` writes it".to_owned(),
                    ),
                }),
            }
        }
        self.notices.sort_by_key(|notice| notice.at);
    }
}
