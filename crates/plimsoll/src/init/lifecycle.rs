//! Scripts that run while packages are installed, and what they need to be there by then.
//!
//! Deliberately absent: running them.

use plimsoll_lens::World;
use plimsoll_posture::App;
use serde_json::Value;

use super::package_manager::Locked;

/// What installing needs beside the manifest and the lockfile.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Needs {
    /// Scripts of tools that production does not have and does not need (hooks of git).
    pub(super) dropped: Vec<&'static str>,
    /// Files and directories.
    pub(super) files: Vec<String>,
    /// Everything: a script builds, or is not understood.
    pub(super) whole: Option<String>,
}

const SCRIPTS: &[&str] = &["preinstall", "install", "postinstall", "prepare"];

/// Tools that set git up.
const HOOKS: &[&str] = &["husky", "lefthook", "simple-git-hooks", "git config", "is-ci", "pinst", "yorkie"];

/// Reads the scripts of the package, and of the root of its workspace.
pub(super) fn needs(manifest: &Value, root: Option<&Value>, app: &App) -> Needs {
    let mut needs = Needs::default();
    for value in [Some(manifest), root].into_iter().flatten() {
        for name in SCRIPTS {
            let Some(text) = value.get("scripts").and_then(|scripts| scripts.get(name)?.as_str()) else {
                continue;
            };
            if HOOKS.iter().any(|hook| text.contains(hook)) {
                needs.dropped.push(name);
            } else if text.contains("patch-package") {
                needs.files.push("patches".to_owned());
                let kept = app.dependencies.iter().any(|name| &**name == "patch-package");
                if !kept {
                    needs.whole.get_or_insert_with(|| (*name).to_owned());
                }
            } else if text.contains("prisma generate")
                || text.contains("only-allow")
                || text.starts_with("echo ")
            {
                // The schema is copied with the manifest; the others need nothing.
            } else if let Some(file) = script_file(text) {
                needs.files.push(file.to_owned());
            } else {
                needs.whole = Some((*name).to_owned());
            }
        }
    }
    needs.dropped.dedup();
    needs.files.dedup();
    needs
}

/// The file of `node scripts/setup.js`.
fn script_file(text: &str) -> Option<&str> {
    let mut words = text.split_whitespace();
    let file = (words.next() == Some("node")).then(|| words.next())??;
    let plain = file.trim_start_matches("./");
    let known = plain.ends_with(".js") || plain.ends_with(".mjs") || plain.ends_with(".cjs");
    (known && words.next().is_none() && !plain.starts_with("..")).then_some(plain)
}

/// Whether npm's lockfile holds a package for production that is compiled when it is installed.
pub(super) fn lockfile_compiles(world: &dyn World, locked: &Locked) -> bool {
    let Some(file) = locked.file.filter(|file| file.ends_with(".json")) else { return false };
    let Ok(bytes) = world.read(file) else { return false };
    let Ok(value) = serde_json::from_slice::<Value>(&bytes) else { return false };
    let packages = value.get("packages").or_else(|| value.get("dependencies"));
    let packages = packages.and_then(Value::as_object).into_iter().flatten();
    let says = |package: &Value, key: &str| package.get(key).and_then(Value::as_bool).unwrap_or(false);
    packages.filter(|(_, package)| !says(package, "dev")).any(|(_, package)| {
        says(package, "hasInstallScript")
            && package.get("dependencies").is_some_and(|needs| {
                [
                    "node-gyp",
                    "node-addon-api",
                    "nan",
                    "prebuild-install",
                    "bindings",
                    "node-pre-gyp",
                    "@mapbox/node-pre-gyp",
                ]
                .iter()
                .any(|name| needs.get(name).is_some())
            })
    })
}

#[cfg(test)]
mod tests {
    use plimsoll_text::Sources;
    use serde_json::json;

    use super::*;

    #[test]
    fn hooks_go_files_come_along_and_the_rest_needs_everything() {
        let world = plimsoll_lens::Memory::of(&[("package.json", "{}")]);
        let (app, _) = plimsoll_lens::app::read(&world, &mut Sources::new(), ".").unwrap();
        let of = |scripts: Value| needs(&json!({ "scripts": scripts }), None, &app);
        assert_eq!(of(json!({ "prepare": "husky", "test": "x" })).dropped, ["prepare"]);
        assert_eq!(of(json!({ "postinstall": "node ./scripts/setup.js" })).files, ["scripts/setup.js"]);
        assert_eq!(of(json!({ "postinstall": "prisma generate" })), Needs::default());
        assert_eq!(of(json!({ "prepare": "npm run build" })).whole.as_deref(), Some("prepare"));
    }
}
