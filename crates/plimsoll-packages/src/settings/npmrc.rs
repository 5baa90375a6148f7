//! `.npmrc`: of its keys those by which packages come over an open line, from anybody, or with somebody's token.
//!
//! Values never leave: places and keys do.

use std::sync::Arc;

use plimsoll_posture::{RegistrySettings, ScriptRule, ScriptsRun, Spanned};
use plimsoll_text::{Source, Span};

use super::{is_secret, registry};

/// Keys whose value lets its holder publish or read in somebody's name.
const CREDENTIALS: [&str; 4] = ["_authToken", "_auth", "_password", "//_password"];

/// Lines that are read.
const MOST: usize = 10_000;

/// Reads a project's `.npmrc`.
pub(super) fn read(source: &Source) -> RegistrySettings {
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
        if CREDENTIALS.contains(&name) && is_secret(value) {
            settings.credentials.push(Spanned { value: Arc::from(name), at });
        } else if key == "strict-ssl" && value == "false" {
            settings.unverified.push(at);
        } else if key == "ignore-scripts" && value == "true" {
            let managers = &["npm", "pnpm", "yarn"];
            settings.scripts.push(ScriptRule {
                key: "ignore-scripts",
                managers,
                run: ScriptsRun::Nobody,
                at,
            });
        } else if key == "registry" {
            registry(&mut settings, value, None, at);
        } else if let Some(scope) = key.strip_suffix(":registry") {
            registry(&mut settings, value, Some(scope), at);
        }
    }
    settings
}

#[cfg(test)]
mod tests {
    use plimsoll_text::{SourceKind, Sources};

    use super::*;

    #[test]
    fn keys_are_told_and_values_are_not() {
        let mut sources = Sources::new();
        let text = "ignore-scripts = true\nregistry=http://registry.example/\n@a:registry = \"http://localhost:4873\"\n\
            //registry.example/:_authToken=s3cr3t\n//other.example/:_authToken=${TOKEN}\n; _auth=x\nstrict-ssl=false\n";
        let id = sources.add_text(".npmrc", SourceKind::Other, text);
        let settings = read(sources.get(id));
        assert_eq!(settings.credentials.len(), 1);
        assert_eq!(sources.text(settings.credentials[0].at), "s3cr3t");
        assert_eq!(&*settings.credentials[0].value, "_authToken");
        assert_eq!(settings.unverified.len(), 1);
        let hosts: Vec<&str> = settings.plain.iter().map(|plain| &*plain.value).collect();
        assert_eq!(hosts, ["registry.example"]);
        let all: Vec<_> = settings.registries.iter().map(|one| (one.scope.as_deref(), &*one.host)).collect();
        assert_eq!(all, [(None, "registry.example"), (Some("@a"), "localhost:4873")]);
        assert_eq!(settings.scripts.len(), 1);
    }
}
