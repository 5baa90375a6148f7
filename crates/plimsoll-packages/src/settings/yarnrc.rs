//! `.yarnrc` of Yarn 1 and `.yarnrc.yml` of Yarn since 2.
//!
//! Sources: the references of both. Deliberately absent: the configuration that `extends` of a plugin would add.

use plimsoll_posture::{RegistrySettings, ScriptRule, ScriptsRun, Spanned};
use plimsoll_text::{Source, Span};

use super::{is_secret, registry, span};
use crate::json::Json;
use crate::yaml;

/// Lines that are read.
const MOST: usize = 10_000;

/// Yarn 1: a key and a value on each line. `--install.x` gives an option to one command.
pub(super) fn read_classic(source: &Source) -> RegistrySettings {
    let mut settings = RegistrySettings::default();
    let mut offset = 0;
    for raw in source.text.split_inclusive('\n').take(MOST) {
        let start = offset;
        offset += raw.len();
        let line = raw.trim();
        let Some((key, value)) = line.split_once([' ', '\t']).filter(|_| !line.starts_with('#')) else {
            continue;
        };
        let key = key.trim_matches('"').trim_end_matches(':').trim_start_matches("--");
        let value = value.trim().trim_matches('"');
        let Some(inside) = raw.rfind(value).filter(|_| !value.is_empty()) else { continue };
        let at = Span::new(source.id, start + inside, start + inside + value.len());
        match key {
            "ignore-scripts" | "install.ignore-scripts" if value == "true" => {
                let (key, managers) = ("ignore-scripts", &["yarn"]);
                settings.scripts.push(ScriptRule { key, managers, run: ScriptsRun::Nobody, at });
            }
            "strict-ssl" if value == "false" => settings.unverified.push(at),
            "registry" => registry(&mut settings, value, None, at),
            _ => {
                if let Some(scope) = key.strip_suffix(":registry") {
                    registry(&mut settings, value, Some(scope), at);
                }
            }
        }
    }
    settings
}

/// Keys whose value lets its holder read or publish in somebody's name.
const CREDENTIALS: [&str; 2] = ["npmAuthToken", "npmAuthIdent"];

/// Yarn since 2.
pub(super) fn read(source: &Source) -> RegistrySettings {
    let mut settings = RegistrySettings::default();
    let reading = yaml::read(&source.text);
    let Some(root) = reading.root.as_ref().and_then(|documents| documents.items().first()) else {
        return settings;
    };
    let is_false = |key: &str| root.get(key).filter(|json| json.text().is_some_and(|text| text == "false"));
    settings.unverified.extend(is_false("enableStrictSsl").map(|json| span(source, json)));
    if let Some(json) = is_false("enableScripts") {
        settings.scripts.push(ScriptRule {
            key: "enableScripts",
            managers: &["berry"],
            run: ScriptsRun::Nobody,
            at: span(source, json),
        });
    }
    block(source, &mut settings, root, None);
    for member in root.get("npmScopes").map_or(&[][..], Json::members) {
        block(source, &mut settings, &member.value, Some(&format!("@{}", member.key)));
    }
    for member in root.get("npmRegistries").map_or(&[][..], Json::members) {
        block(source, &mut settings, &member.value, None);
    }
    settings
}

/// The registry and the token of the whole file, of a scope or of a registry.
fn block(source: &Source, settings: &mut RegistrySettings, block: &Json<'_>, scope: Option<&str>) {
    if let Some(json) = block.get("npmRegistryServer") {
        registry(settings, json.text().map_or("", |text| text), scope, span(source, json));
    }
    for key in CREDENTIALS {
        let Some(json) = block.get(key) else { continue };
        if json.text().is_some_and(|text| is_secret(text)) {
            settings.credentials.push(Spanned { value: key.into(), at: span(source, json) });
        }
    }
}

#[cfg(test)]
mod tests {
    use plimsoll_text::{SourceKind, Sources};

    use super::*;

    #[test]
    fn yarn_1_has_keys_and_values_on_lines() {
        let mut sources = Sources::new();
        let text = "# x\nregistry \"http://npm.example/x\"\n\"@a:registry\" \"https://a.example\"\n--install.ignore-scripts true\nstrict-ssl false\nignore-scripts false\n";
        let id = sources.add_text(".yarnrc", SourceKind::Manifest, text);
        let settings = read_classic(sources.get(id));
        assert_eq!(&*settings.plain[0].value, "npm.example");
        assert_eq!(settings.registries[1].scope.as_deref(), Some("@a"));
        assert_eq!(settings.scripts.len(), 1);
        assert_eq!(sources.text(settings.unverified[0]), "false");
    }

    #[test]
    fn yarn_2_has_blocks_for_scopes_and_registries() {
        let mut sources = Sources::new();
        let text = "npmRegistryServer: https://npm.example\nenableScripts: false\nenableStrictSsl: false\nnpmAuthToken: ${TOKEN}\nnpmScopes:\n  a:\n    npmRegistryServer: http://a.example\n    npmAuthToken: s3cr3t\nnpmRegistries:\n  //b.example:\n    npmAuthIdent: \"me:s3cr3t\"\n";
        let id = sources.add_text(".yarnrc.yml", SourceKind::Manifest, text);
        let settings = read(sources.get(id));
        let secrets: Vec<&str> = settings.credentials.iter().map(|one| sources.text(one.at)).collect();
        assert_eq!(secrets, ["s3cr3t", "\"me:s3cr3t\""]);
        assert_eq!(&*settings.plain[0].value, "a.example");
        assert_eq!(settings.registries[1].scope.as_deref(), Some("@a"));
        assert_eq!((settings.unverified.len(), settings.scripts.len()), (1, 1));
    }
}
