//! The Node application beside a Dockerfile: `package.json`, the lockfiles next to it, and what its source says about
//! where it listens and what answers a question after its health.
//!
//! Deliberately absent: what the lockfiles hold (packages and advisories are read elsewhere), workspaces, and a grammar
//! of JavaScript.

mod entry;
mod module;
mod next;
mod serving;
mod token;
mod value;

use std::sync::Arc;

use plimsoll_posture::{App, Complaint, Known, Reason, Spanned};
use plimsoll_text::{SourceKind, Sources, Span};

use crate::json::{self, Json};
use crate::world::clean;
use crate::{EntryKind, World};

/// Lockfiles of npm, Yarn, pnpm and Bun.
pub(crate) const LOCKFILES: &[&str] =
    &["package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock", "bun.lockb"];

/// Reads the application of a directory (relative to the scanned root); `None` where there is no `package.json`.
pub fn read(world: &dyn World, sources: &mut Sources, directory: &str) -> Option<(App, Vec<Complaint>)> {
    let directory = clean(directory);
    let beside = |name: &str| clean(&format!("{directory}/{name}"));
    let path = beside("package.json");
    if world.kind(&path) != Some(EntryKind::File) {
        return None;
    }
    let source = match (sources.find(&path).map(|source| source.id), world.read(&path)) {
        (Some(id), _) => id,
        (None, Ok(bytes)) => sources.add(&path, SourceKind::Manifest, &bytes),
        (None, Err(_)) => {
            let id = sources.add_text(&path, SourceKind::Manifest, "");
            let read = Known::Unknown(Reason::MissingSource(path.into()));
            return Some((app(&directory, Span::whole(id), None, read), Vec::new()));
        }
    };
    let source = sources.get(source);
    let (manifest, complaints) = json::read(source);
    let read = match &manifest {
        Some(json) if !json.members().is_empty() || complaints.is_empty() => Known::Value(()),
        _ => Known::Unknown(Reason::NotUnderstood(path.into())),
    };
    let mut app = app(&directory, Span::whole(source.id), manifest.as_ref(), read);
    app.lockfiles = LOCKFILES
        .iter()
        .filter(|name| world.kind(&beside(name)) == Some(EntryKind::File))
        .map(|name| Arc::from(*name))
        .collect();
    app.classic_yarn = world.read(&beside("yarn.lock")).is_ok_and(|bytes| {
        let head = bytes.get(..200).unwrap_or(&bytes);
        String::from_utf8_lossy(head).contains("# yarn lockfile v1")
    });
    if let Some(file) = entry::source(world, &directory, manifest.as_ref()) {
        let serving = serving::read(world, sources, &file);
        app.entry = Some(file.into());
        app.listens = serving.listens;
        app.health = serving.health;
        app.health_elsewhere = serving.health_elsewhere;
        app.variables = serving.variables;
        app.writes = serving.writes;
        app.imports = serving.imports;
        app.followed = serving.followed;
    }
    if app.dependencies.iter().any(|name| &**name == "next") && app.listens.is_empty() {
        app.health = next::health(world, sources, &directory);
    }
    Some((app, complaints))
}

fn app(directory: &str, manifest: Span, json: Option<&Json>, read: Known<()>) -> App {
    let names = |key: &str| -> Vec<Arc<str>> {
        let members = json.and_then(|json| json.get(key)).map_or(&[][..], Json::members);
        members.iter().map(|member| member.key.clone()).collect()
    };
    let scripts = json.and_then(|json| json.get("scripts")).map_or(&[][..], Json::members);
    let engine = json.and_then(|json| json.get("engines")?.get("node"));
    App {
        directory: directory.into(),
        manifest: json.map_or(manifest, |json| json.at),
        lockfiles: Vec::new(),
        classic_yarn: false,
        scripts: scripts
            .iter()
            .filter_map(|script| Some((script.key.clone(), script.value.text()?.clone(), script.value.at)))
            .collect(),
        dependencies: names("dependencies"),
        dev_dependencies: names("devDependencies"),
        engine: engine.and_then(|engine| Some(Spanned { value: engine.text()?.clone(), at: engine.at })),
        main: json.and_then(|json| json.get("main")?.text().cloned()),
        read,
        entry: None,
        listens: Vec::new(),
        health: Vec::new(),
        health_elsewhere: Vec::new(),
        variables: Vec::new(),
        writes: Vec::new(),
        imports: Vec::new(),
        followed: Known::Unknown(Reason::MissingSource("the file that the program starts with".into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Memory;

    #[test]
    fn the_manifest_and_its_neighbours_are_read() {
        let world = Memory::of(&[
            (
                "api/package.json",
                r#"{
  "main": "server.js",
  "scripts": { "start": "node server.js", "dev": "nodemon server.js", "odd": 1 },
  "engines": { "node": ">=20" },
  "dependencies": { "express": "^5" },
  "devDependencies": { "nodemon": "^3", },
}"#,
            ),
            ("api/yarn.lock", ""),
            ("package-lock.json", ""),
        ]);
        let mut sources = Sources::new();
        let (app, complaints) = read(&world, &mut sources, "./api").unwrap();
        assert_eq!(complaints.len(), 2, "two trailing commas");
        assert_eq!(&*app.directory, "api");
        assert_eq!(app.lockfiles, ["yarn.lock".into()]);
        assert_eq!(app.scripts.len(), 2);
        assert_eq!(sources.text(app.scripts[0].2), "\"node server.js\"");
        assert_eq!(app.dependencies, ["express".into()]);
        assert_eq!(app.dev_dependencies, ["nodemon".into()]);
        assert_eq!(app.main.as_deref(), Some("server.js"));
        assert_eq!(sources.text(app.engine.unwrap().at), "\">=20\"");
        assert_eq!(app.read, Known::Value(()));
    }

    #[test]
    fn no_manifest_no_application_and_a_broken_one_says_so() {
        let world = Memory::of(&[("a/package.json", "<html>"), ("b/index.js", "")]);
        let mut sources = Sources::new();
        assert!(read(&world, &mut sources, "b").is_none());
        let (app, complaints) = read(&world, &mut sources, "a").unwrap();
        assert!(!complaints.is_empty());
        assert!(matches!(app.read, Known::Unknown(Reason::NotUnderstood(_))));
    }
}
