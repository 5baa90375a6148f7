//! Which file an application is started with, by its manifest, and which source file that is.
//!
//! Deliberately absent: package managers' own ways of running scripts; `start` is what runs in production.

use crate::json::Json;
use crate::world::clean;
use crate::{EntryKind, World};

/// Programs that run a file of JavaScript or TypeScript, and words before the file that are none.
const RUNNERS: &[&str] = &[
    "node",
    "nodejs",
    "tsx",
    "ts-node",
    "ts-node-dev",
    "nodemon",
    "bun",
    "babel-node",
    "pm2-runtime",
    "swc-node",
];

/// Where sources lie, most usual first, in place of a directory that a build makes.
const SOURCES: &[&str] = &["src", "", "lib", "app", "source", "server"];

/// The source file that is started, relative to the scanned root.
pub(super) fn source(world: &dyn World, directory: &str, manifest: Option<&Json>) -> Option<String> {
    let script = |name: &str| manifest?.get("scripts")?.get(name)?.text().map(|text| &**text);
    let named = ["start:prod", "start:production", "start", "serve", "dev", "start:dev"];
    let started = named.into_iter().filter_map(script).find_map(started);
    let main = manifest.and_then(|json| json.get("main")?.text()).map(|text| &**text);
    let bin = manifest
        .and_then(|json| json.get("bin"))
        .and_then(|bin| bin.text().or_else(|| bin.members().first()?.value.text()).map(|text| &**text));
    let nest = ["nest start", "nest build"];
    let is_nest = ["start", "build", "start:dev"]
        .into_iter()
        .filter_map(script)
        .any(|text| nest.iter().any(|nest| text.contains(nest)));
    let guesses = [
        "src/main.ts",
        "src/index.ts",
        "src/server.ts",
        "src/app.ts",
        "server.ts",
        "index.ts",
        "main.ts",
        "app.ts",
        "src/index.js",
        "src/server.js",
        "src/app.js",
        "src/main.js",
        "server.js",
        "index.js",
        "app.js",
        "main.js",
        "src/index.mjs",
        "server.mjs",
        "index.mjs",
        "src/bin/www",
        "bin/www",
    ];
    started
        .into_iter()
        .chain(main)
        .chain(bin)
        .chain(is_nest.then_some("src/main.ts"))
        .find_map(|file| written(world, directory, file))
        .or_else(|| guesses.into_iter().find_map(|file| written(world, directory, file)))
}

/// The file in a command: `dist/main.js` of `NODE_ENV=production node -r dotenv/config dist/main.js --port 3000`.
pub(super) fn started(script: &str) -> Option<&str> {
    let command = script.split(['&', ';', '|']).map(str::trim).rfind(|part| !part.is_empty())?;
    let mut words = command.split_whitespace().skip_while(|word| !RUNNERS.contains(word));
    words.next()?;
    let mut skip = false;
    for word in words {
        if std::mem::take(&mut skip) || matches!(word, "run" | "watch") || RUNNERS.contains(&word) {
            continue;
        }
        if word.starts_with('-') {
            skip = matches!(
                word,
                "-r" | "--require"
                    | "--import"
                    | "--loader"
                    | "--env-file"
                    | "-C"
                    | "--watch-path"
                    | "-P"
                    | "--project"
                    | "-e"
                    | "--exec"
                    | "--ext"
                    | "-w"
                    | "--ignore"
            );
            continue;
        }
        return Some(word.trim_matches(['"', '\'']));
    }
    None
}

/// The source of a file that is started: itself, or what a build makes it of.
fn written(world: &dyn World, directory: &str, file: &str) -> Option<String> {
    let file = clean(file);
    if file.starts_with("..") {
        return None;
    }
    let stem = [".js", ".mjs", ".cjs", ".ts"].iter().find_map(|end| file.strip_suffix(end)).unwrap_or(&file);
    let is_file = |path: &str| world.kind(&clean(&format!("{directory}/{path}"))) == Some(EntryKind::File);
    let built = ["dist", "build", "out", "lib", ".build", "output"]
        .iter()
        .find_map(|top| stem.strip_prefix(top)?.strip_prefix('/'));
    let mut candidates = Vec::new();
    if let Some(built) = built {
        for inside in [built, built.strip_prefix("src/").unwrap_or(built)] {
            for top in SOURCES {
                for end in [".ts", ".mts", ".js", ".mjs"] {
                    let path = if top.is_empty() {
                        format!("{inside}{end}")
                    } else {
                        format!("{top}/{inside}{end}")
                    };
                    candidates.push(path);
                }
            }
        }
    }
    candidates.push(file.clone());
    candidates
        .extend([".ts", ".js", ".mjs", ".cjs", "/index.js", "/index.ts"].map(|end| format!("{stem}{end}")));
    let found = candidates.into_iter().find(|path| is_file(path))?;
    Some(clean(&format!("{directory}/{found}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Memory;

    #[test]
    fn the_file_of_a_start_script_is_found() {
        for (script, file) in [
            ("node server.js", Some("server.js")),
            ("NODE_ENV=production node -r dotenv/config dist/main.js --x", Some("dist/main.js")),
            ("npm run build && node --enable-source-maps ./dist/index.js", Some("./dist/index.js")),
            ("tsx watch src/index.ts", Some("src/index.ts")),
            ("node dist/main", Some("dist/main")),
            ("nest start", None),
            ("next start -p 3000", None),
        ] {
            assert_eq!(started(script), file, "{script}");
        }
    }

    #[test]
    fn what_a_build_makes_leads_to_its_source() {
        let world = Memory::of(&[("api/src/main.ts", ""), ("api/server.js", ""), ("api/src/bin/www.ts", "")]);
        for (file, source) in [
            ("dist/main.js", Some("api/src/main.ts")),
            ("dist/main", Some("api/src/main.ts")),
            ("dist/src/main.js", Some("api/src/main.ts")),
            ("build/bin/www.js", Some("api/src/bin/www.ts")),
            ("./server", Some("api/server.js")),
            ("../server.js", None),
            ("dist/other.js", None),
        ] {
            assert_eq!(written(&world, "api", file).as_deref(), source, "{file}");
        }
    }
}
