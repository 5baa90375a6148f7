//! Which names in a build context do not belong in an image.
//!
//! Deliberately absent: secrets inside ordinary files; that is the work of secret detection.

use plimsoll_posture::ContextEntryKind;

use crate::{EntryKind, World};

/// What an entry is by its name, and for names that say too little by its content. `path` is where `world` finds it.
pub(super) fn kind_of(
    world: &dyn World,
    path: &str,
    name: &str,
    kind: EntryKind,
) -> Option<ContextEntryKind> {
    match kind {
        EntryKind::Directory => match name {
            ".git" | ".hg" | ".svn" => Some(ContextEntryKind::Vcs),
            "node_modules" => Some(ContextEntryKind::NodeModules),
            _ => None,
        },
        EntryKind::File if is_env_file(name) => Some(ContextEntryKind::EnvFile),
        EntryKind::File => match key_evidence(path, name) {
            Evidence::Name => Some(ContextEntryKind::Key),
            Evidence::Content(marks) => holds(world, path, marks).then_some(ContextEntryKind::Key),
            Evidence::None => None,
        },
        EntryKind::Other => None,
    }
}

/// `.env`, `.env.production`, `prod.env`, `.envrc`; not the samples that are meant to be shared.
pub(crate) fn is_env_file(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let variant = match lower.strip_prefix(".env") {
        Some("" | "rc") => return true,
        Some(rest) => match rest.strip_prefix(['.', '-', '_']) {
            Some(variant) => variant,
            None => return false,
        },
        None => match lower.strip_suffix(".env") {
            Some(variant) => variant,
            None => return false,
        },
    };
    let harmless = ["example", "sample", "template", "dist", "defaults", "schema", "tpl", "tmpl", "vault"];
    !variant.split(['.', '-', '_']).any(|part| harmless.contains(&part))
}

enum Evidence {
    /// The name alone says it.
    Name,
    /// One of these texts must stand in it.
    Content(&'static [&'static str]),
    None,
}

const PRIVATE_KEY: &[&str] = &["PRIVATE KEY"];
const CLOUD_KEY: &[&str] = &["\"private_key\"", "\"client_secret\"", "\"refresh_token\""];

fn key_evidence(path: &str, name: &str) -> Evidence {
    let lower = name.to_ascii_lowercase();
    let folder = path.rsplit('/').nth(1).unwrap_or("");
    match &*lower {
        "id_rsa"
        | "id_dsa"
        | "id_ecdsa"
        | "id_ed25519"
        | ".netrc"
        | "_netrc"
        | ".git-credentials"
        | ".pypirc"
        | ".pgpass"
        | ".vault-token"
        | ".dockercfg"
        | "terraform.tfstate"
        | "terraform.tfstate.backup" => {
            return Evidence::Name;
        }
        ".npmrc" => return Evidence::Content(&["_authToken", "_auth=", "_auth =", "_password"]),
        ".yarnrc.yml" => return Evidence::Content(&["npmAuthToken", "npmAuthIdent"]),
        "credentials" if folder == ".aws" => return Evidence::Name,
        "config.json" if folder == ".docker" => return Evidence::Content(&["\"auth\""]),
        "config" if folder == ".kube" => {
            return Evidence::Content(&["client-key-data", "token:", "password:"]);
        }
        "kubeconfig" => return Evidence::Content(&["client-key-data", "token:", "password:"]),
        // Rails: decrypts config/credentials.yml.enc.
        "master.key" if folder == "config" => return Evidence::Name,
        _ => {}
    }
    match lower.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "p12" | "pfx" | "jks" | "keystore" | "kdbx" | "ppk" => Evidence::Name,
        "pem" | "key" => Evidence::Content(PRIVATE_KEY),
        "json"
            if ["service", "credential", "gcp", "gcloud", "firebase", "secret", "key"]
                .iter()
                .any(|part| lower.contains(part)) =>
        {
            Evidence::Content(CLOUD_KEY)
        }
        _ => Evidence::None,
    }
}

/// Files of this kind are small; only their beginning is looked at.
const LOOK: usize = 64 * 1024;

fn holds(world: &dyn World, path: &str, marks: &[&str]) -> bool {
    let Ok(bytes) = world.read(path) else { return false };
    let text = String::from_utf8_lossy(bytes.get(..LOOK.min(bytes.len())).unwrap_or(&[]));
    marks.iter().any(|mark| text.contains(mark))
}

/// Whether a file whose name says too little was read and holds none of what would make it a secret.
pub(super) fn is_harmless(world: &dyn World, path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let Evidence::Content(marks) = key_evidence(path, name) else { return false };
    // A key may be binary: only text shows that nothing is there.
    world.read(path).is_ok_and(|bytes| {
        bytes.len() <= LOOK
            && std::str::from_utf8(&bytes).is_ok_and(|text| !marks.iter().any(|mark| text.contains(mark)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Memory;

    #[test]
    fn samples_are_no_secrets() {
        for name in [".env", ".env.local", ".env.production", "prod.env", ".envrc", ".env.production.local"] {
            assert!(is_env_file(name), "{name}");
        }
        for name in [
            ".env.example",
            ".env.sample",
            "example.env",
            ".env.production.template",
            ".environment",
            "env",
            ".env.vault",
        ] {
            assert!(!is_env_file(name), "{name}");
        }
    }

    #[test]
    fn doubtful_names_are_opened() {
        let world = Memory::of(&[
            ("tls/ca.pem", "-----BEGIN CERTIFICATE-----"),
            ("tls/server.key", "-----BEGIN EC PRIVATE KEY-----"),
            (".npmrc", "engine-strict=true"),
            ("web/.npmrc", "//npm.example.com/:_authToken=x"),
            ("id_rsa", ""),
        ]);
        let kind =
            |path: &str| kind_of(&world, path, path.rsplit('/').next().unwrap_or(path), EntryKind::File);
        assert_eq!(kind("tls/ca.pem"), None);
        assert_eq!(kind("tls/server.key"), Some(ContextEntryKind::Key));
        assert_eq!(kind(".npmrc"), None);
        assert_eq!(kind("web/.npmrc"), Some(ContextEntryKind::Key));
        assert_eq!(kind("id_rsa"), Some(ContextEntryKind::Key));
        let harmless = ["tls/ca.pem", "tls/server.key", ".npmrc", "web/.npmrc", "id_rsa", "gone/.npmrc"]
            .map(|path| is_harmless(&world, path));
        assert_eq!(harmless, [true, false, true, false, false, false]);
    }
}
