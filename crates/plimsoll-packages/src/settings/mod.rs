//! What configures the package managers of a project: from where packages come, over which line, with whose token, and
//! whether their scripts run.
//!
//! Values never leave: places, keys and hosts do. Deliberately absent: configuration outside of the project (a user's own
//! `.npmrc`), and `bunfig.toml`.

mod npmrc;
mod yarnrc;

use std::sync::Arc;

use plimsoll_posture::{Registry, RegistrySettings, ScriptRule, ScriptsRun, Spanned};
use plimsoll_text::{Source, Span};

use crate::json::Json;
use crate::yaml;

/// The names of the files that are read.
pub const NAMES: &[&str] = &[".npmrc", ".yarnrc", ".yarnrc.yml", "pnpm-workspace.yaml"];

/// Reads one of them.
#[must_use]
pub fn read(source: &Source) -> RegistrySettings {
    match source.name.rsplit('/').next() {
        Some(".npmrc") => npmrc::read(source),
        Some(".yarnrc") => yarnrc::read_classic(source),
        Some(".yarnrc.yml") => yarnrc::read(source),
        Some("pnpm-workspace.yaml") => {
            let reading = yaml::read(&source.text);
            let root = reading.root.as_ref().and_then(|documents| documents.items().first());
            root.map(|root| of_pnpm(source, root)).unwrap_or_default()
        }
        _ => RegistrySettings::default(),
    }
}

/// What a `package.json` says in their place.
pub(crate) fn of_manifest(source: &Source, root: &Json<'_>) -> RegistrySettings {
    let mut settings = root.get("pnpm").map(|pnpm| of_pnpm(source, pnpm)).unwrap_or_default();
    // pnpm runs scripts of listed packages only since its version 10.
    let manager = root.get("packageManager");
    let pnpm = manager.and_then(|json| json.text()?.strip_prefix("pnpm@"));
    let major = pnpm.and_then(|version| version.split('.').next()?.parse::<u32>().ok());
    if let (Some(json), Some(10..)) = (manager, major) {
        settings.scripts.push(ScriptRule {
            key: "packageManager",
            managers: &["pnpm"],
            run: ScriptsRun::Listed,
            at: span(source, json),
        });
    }
    if let Some(json) = root.get("publishConfig").and_then(|config| config.get("registry")) {
        registry(&mut settings, json.text().map_or("", |text| text), None, span(source, json));
        // Where the project publishes to is no way in.
        settings.plain.clear();
    }
    settings
}

/// The settings of pnpm, which stand in `package.json` or in a file of their own.
fn of_pnpm(source: &Source, root: &Json<'_>) -> RegistrySettings {
    let mut settings = RegistrySettings::default();
    let mut rule = |key: &'static str, run| {
        let Some(json) = root.get(key) else { return };
        let on = json.text().is_some_and(|text| text == "true") || root.is_set(key);
        if run == ScriptsRun::Listed || on {
            settings.scripts.push(ScriptRule { key, managers: &["pnpm"], run, at: span(source, json) });
        }
    };
    rule("onlyBuiltDependencies", ScriptsRun::Listed);
    rule("allowBuilds", ScriptsRun::Listed);
    rule("ignoreScripts", ScriptsRun::Nobody);
    rule("dangerouslyAllowAllBuilds", ScriptsRun::Everybody);
    for member in root.get("registries").map_or(&[][..], Json::members) {
        let scope = (member.key != "default").then_some(&*member.key);
        let address = member.value.text().map_or("", |text| text);
        registry(&mut settings, address, scope, span(source, &member.value));
    }
    settings
}

fn span(source: &Source, json: &Json<'_>) -> Span {
    Span::new(source.id, json.start, json.end)
}

/// Notes a registry, and whether the line to it is open.
fn registry(settings: &mut RegistrySettings, address: &str, scope: Option<&str>, at: Span) {
    let (rest, plain) = match (address.strip_prefix("https://"), address.strip_prefix("http://")) {
        (Some(rest), _) => (rest, false),
        (None, Some(rest)) => (rest, true),
        (None, None) => return,
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or("");
    let host: Arc<str> = authority.rsplit('@').next().unwrap_or("").to_ascii_lowercase().into();
    if host.is_empty() || host.contains('$') {
        return;
    }
    if plain && !is_local(&host) {
        settings.plain.push(Spanned { value: host.clone(), at });
    }
    settings.registries.push(Registry { scope: scope.map(Arc::from), host, at });
}

/// A registry on the same machine, or in the same compose project, is reached without crossing a line that others share.
fn is_local(host: &str) -> bool {
    let name = host.split(':').next().unwrap_or(host);
    matches!(name, "localhost" | "127.0.0.1" | "[") || !name.contains('.')
}

/// Whether a value is a secret and no reference to a variable.
fn is_secret(value: &str) -> bool {
    !value.is_empty() && !value.contains("${")
}

#[cfg(test)]
mod tests {
    use plimsoll_text::{SourceKind, Sources};

    use super::*;

    fn settings(name: &str, text: &str) -> (Sources, RegistrySettings) {
        let mut sources = Sources::new();
        let id = sources.add_text(name, SourceKind::Manifest, text);
        let settings = match name {
            "package.json" => crate::manifest::read(sources.get(id)).settings,
            _ => read(sources.get(id)),
        };
        (sources, settings)
    }

    fn rules(settings: &RegistrySettings) -> Vec<(&'static str, ScriptsRun)> {
        settings.scripts.iter().map(|rule| (rule.key, rule.run)).collect()
    }

    #[test]
    fn pnpm_says_whose_scripts_run_in_either_place() {
        let (sources, read) = settings(
            "a/pnpm-workspace.yaml",
            "packages: ['a']\nonlyBuiltDependencies:\n  - esbuild\ndangerouslyAllowAllBuilds: false\nregistries:\n  default: https://npm.example/\n  '@a': http://packages.example/x\n",
        );
        assert_eq!(rules(&read), [("onlyBuiltDependencies", ScriptsRun::Listed)]);
        let hosts: Vec<_> = read.registries.iter().map(|one| (one.scope.as_deref(), &*one.host)).collect();
        assert_eq!(hosts, [(None, "npm.example"), (Some("@a"), "packages.example")]);
        assert_eq!(sources.text(read.plain[0].at), "http://packages.example/x");
        let (_, read) = settings(
            "package.json",
            r#"{"packageManager": "pnpm@10.4.1+sha512.0", "pnpm": {"dangerouslyAllowAllBuilds": true}}"#,
        );
        assert_eq!(
            rules(&read),
            [("dangerouslyAllowAllBuilds", ScriptsRun::Everybody), ("packageManager", ScriptsRun::Listed)]
        );
        let (_, read) = settings("package.json", r#"{"packageManager": "pnpm@9.15.0"}"#);
        assert_eq!(rules(&read), []);
    }

    #[test]
    fn where_a_project_publishes_is_a_registry_of_it() {
        let (_, read) =
            settings("package.json", r#"{"publishConfig": {"registry": "http://npm.example:4873/x"}}"#);
        assert_eq!(&*read.registries[0].host, "npm.example:4873");
        assert!(read.plain.is_empty());
    }
}
