//! Packages that npm, pnpm or yarn installed: a `package.json` right below `node_modules`, with a name and a version.
//!
//! Deliberately absent: lockfiles, and the manifests that packages carry for their own tests.

use std::sync::Arc;

use serde_json::Value;

/// Name and version of a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// With its scope.
    pub name: Arc<str>,
    /// As written.
    pub version: Arc<str>,
    /// `license`, or the `type` of the older notation, several joined by `OR`.
    pub license: Option<Arc<str>>,
}

const FOLDER: &str = "node_modules";

/// Whether a path is that of an installed package's manifest: from the first `node_modules` on, nothing but packages and the
/// folders they nest in. What lies elsewhere in a package (`test/fixtures/node_modules/x`) nobody can `require`.
#[must_use]
pub fn is_installed(path: &str) -> bool {
    let mut parts = path.split('/').skip_while(|part| *part != FOLDER);
    let mut deep = false;
    while let Some(part) = parts.next() {
        match part {
            FOLDER => {}
            "package.json" => return deep && parts.next().is_none(),
            _ => return false,
        }
        let Some(mut name) = parts.next() else { return false };
        if name == ".pnpm" {
            // `.pnpm/express@4.19.2_peer/node_modules/express`
            if parts.next().is_none() {
                return false;
            }
            continue;
        }
        if name.starts_with('@') {
            let Some(second) = parts.next() else { return false };
            name = second;
        }
        // `.bin`, `.cache`, `.package-lock.json`.
        if name.is_empty() || name.starts_with('.') || name == FOLDER {
            return false;
        }
        deep = true;
    }
    false
}

/// Whether a path may be that of a manifest in the store of pnpm: `…/files/ab/cdef…`, named by its digest.
#[must_use]
pub fn is_stored(path: &str) -> bool {
    let mut parts = path.rsplit('/');
    let (Some(name), Some(folder), Some(files)) = (parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    files == "files"
        && folder.len() == 2
        && name.len() >= 30
        && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The name and the version, when there are both.
#[must_use]
pub fn manifest(content: &[u8]) -> Option<Manifest> {
    let content = content.strip_prefix(b"\xef\xbb\xbf").unwrap_or(content);
    if !content.trim_ascii_start().starts_with(b"{") {
        return None;
    }
    let value: Value = serde_json::from_slice(content).ok()?;
    let text = |key: &str| value.get(key)?.as_str().filter(|text| is_short(text)).map(Arc::from);
    Some(Manifest { name: text("name")?, version: text("version")?, license: license(&value) })
}

/// `"MIT"`, `{"type": "MIT"}`, or a list of such.
fn license(manifest: &Value) -> Option<Arc<str>> {
    fn one(value: &Value) -> Option<&str> {
        value.as_str().or_else(|| value.get("type")?.as_str()).filter(|text| is_short(text))
    }
    if let Some(said) = manifest.get("license").and_then(one) {
        return Some(said.into());
    }
    let list = manifest.get("licenses").or_else(|| manifest.get("license"))?.as_array()?;
    let list: Vec<&str> = list.iter().filter_map(one).collect();
    match list.as_slice() {
        [] => None,
        [one] => Some((*one).into()),
        many => Some(format!("({})", many.join(" OR ")).into()),
    }
}

/// Whether a content is JSON at all.
#[must_use]
pub fn is_json(content: &[u8]) -> bool {
    let content = content.strip_prefix(b"\xef\xbb\xbf").unwrap_or(content);
    serde_json::from_slice::<serde::de::IgnoredAny>(content).is_ok()
}

/// No name and no version is longer (the registry allows 214 and 256), and none spans lines.
fn is_short(text: &str) -> bool {
    !text.is_empty() && text.len() <= 256 && !text.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn installed_packages_are_told_from_fixtures() {
        for path in [
            "app/node_modules/express/package.json",
            "node_modules/@types/node/package.json",
            "app/node_modules/a/node_modules/@b/c/package.json",
            "usr/local/lib/node_modules/npm/node_modules/tar/package.json",
            "app/node_modules/.pnpm/express@4.19.2/node_modules/express/package.json",
            "app/node_modules/.pnpm/@a+b@1.0.0_c@2/node_modules/@a/b/package.json",
        ] {
            assert!(is_installed(path), "{path}");
        }
        for path in [
            "app/package.json",
            "app/node_modules/package.json",
            "app/node_modules/a/lib/package.json",
            "app/node_modules/resolve/test/fixtures/node_modules/x/package.json",
            "app/node_modules/.bin/package.json",
            "app/node_modules/@types/package.json",
            "app/node_modules/.pnpm/package.json",
            "app/node_modules/a/package.json/b",
            "usr/share/nodejs/undici/package.json",
        ] {
            assert!(!is_installed(path), "{path}");
        }
    }

    #[test]
    fn a_manifest_needs_a_name_and_a_version() {
        let found = manifest(b"\xef\xbb\xbf { \"version\": \"1.0.0-rc.1\", \"name\": \"@a/b\" }").unwrap();
        assert_eq!((&*found.name, &*found.version), ("@a/b", "1.0.0-rc.1"));
        for text in [
            "{\"name\": \"a\"}",
            "{\"name\": 1, \"version\": \"1\"}",
            "[]",
            "",
            "{",
            "{\"name\":\"\",\"version\":\"1\"}",
        ] {
            assert_eq!(manifest(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn the_store_of_pnpm() {
        let hash = "a".repeat(126);
        assert!(is_stored(&format!("root/.local/share/pnpm/store/v3/files/0a/{hash}")));
        assert!(!is_stored("files/0a/index") && !is_stored("a"));
    }
}
