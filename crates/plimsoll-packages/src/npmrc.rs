//! `.npmrc`: of its keys those by which packages come over an open line, from anybody, or with somebody's token.
//!
//! Values never leave: places and keys do.

use std::sync::Arc;

use plimsoll_posture::{RegistrySettings, Spanned};
use plimsoll_text::{Source, Span};

/// Keys whose value lets its holder publish or read in somebody's name.
const CREDENTIALS: [&str; 4] = ["_authToken", "_auth", "_password", "//_password"];

/// Lines that are read.
const MOST: usize = 10_000;

/// Reads a project's `.npmrc`.
#[must_use]
pub fn read(source: &Source) -> RegistrySettings {
    let mut settings = RegistrySettings::default();
    let mut offset = 0;
    for raw in source.text.split_inclusive('\n').take(MOST) {
        let start = offset;
        offset += raw.len();
        let line = raw.trim();
        if line.starts_with(['#', ';', '[']) {
            continue;
        }
        let Some((key, value)) = line.split_once('=') else { continue };
        let (key, value) = (key.trim(), value.trim());
        let value = value.trim_matches(['"', '\'']);
        let Some(inside) = raw.rfind(value).filter(|_| !value.is_empty()) else { continue };
        let at = Span::new(source.id, start + inside, start + inside + value.len());
        // `//host/:_authToken` belongs to one registry.
        let name = key.rsplit(':').next().unwrap_or(key);
        if CREDENTIALS.contains(&name) && !value.contains("${") {
            settings.credentials.push(Spanned { value: Arc::from(name), at });
        } else if key == "strict-ssl" && value == "false" {
            settings.unverified.push(at);
        } else if (key == "registry" || key.ends_with(":registry"))
            && let Some(rest) = value.strip_prefix("http://")
        {
            let authority = rest.split('/').next().unwrap_or("");
            let host = authority.rsplit('@').next().unwrap_or("");
            if !is_local(host) {
                settings.plain.push(Spanned { value: Arc::from(host), at });
            }
        }
    }
    settings
}

/// A registry on the same machine, or in the same compose project, is reached without crossing a line that others share.
pub(crate) fn is_local(host: &str) -> bool {
    let name = host.split(':').next().unwrap_or(host);
    matches!(name, "localhost" | "127.0.0.1" | "[") || !name.contains('.')
}

#[cfg(test)]
mod tests {
    use plimsoll_text::{SourceKind, Sources};

    use super::*;

    #[test]
    fn keys_are_told_and_values_are_not() {
        let mut sources = Sources::new();
        let text = "registry=http://registry.example/\n@a:registry = \"http://localhost:4873\"\n\
            //registry.example/:_authToken=s3cr3t\n//other.example/:_authToken=${TOKEN}\n; _auth=x\nstrict-ssl=false\n";
        let id = sources.add_text(".npmrc", SourceKind::Other, text);
        let settings = read(sources.get(id));
        assert_eq!(settings.credentials.len(), 1);
        assert_eq!(sources.text(settings.credentials[0].at), "s3cr3t");
        assert_eq!(&*settings.credentials[0].value, "_authToken");
        assert_eq!(settings.unverified.len(), 1);
        let hosts: Vec<&str> = settings.plain.iter().map(|plain| &*plain.value).collect();
        assert_eq!(hosts, ["registry.example"]);
    }
}
