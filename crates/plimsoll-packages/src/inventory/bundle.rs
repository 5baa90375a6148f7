//! What a JavaScript file that a bundler made tells of the packages in it: the comments and module names that esbuild, webpack and ncc
//! leave, and the sources that a source map names or holds.
//!
//! Versions are told by nobody but the store of pnpm, whose paths have them. A file that was made smaller holds no names any more.
//! Deliberately absent: maps that are written into the file itself, and what the code does.

use std::collections::BTreeMap;
use std::sync::Arc;

use memchr::memmem::Finder;
use serde::Deserialize;

/// Shorter files tell nothing.
pub const LEAST: u64 = 32;
/// Names kept of one file.
const MAX_PACKAGES: usize = 5_000;
const FOLDER: &str = "node_modules/";

/// What a bundle or its map tells.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Bundle {
    /// Packages by name, with the version where it is told.
    pub packages: Vec<(Arc<str>, Option<Arc<str>>)>,
    /// How many files of the application, rather than of packages, stand in the map word for word.
    pub own_sources: usize,
}

/// Whether a path may be that of a bundle or a map: scripts outside of installed packages.
#[must_use]
pub fn is_one(path: &str) -> bool {
    let script = [".js", ".mjs", ".cjs"].iter().any(|end| path.ends_with(end)) || is_map(path);
    script
        && !path.starts_with(FOLDER)
        && !path.contains("/node_modules/")
        && !path.starts_with("usr/share/nodejs/")
}

/// Whether it is a map rather than a script.
#[must_use]
pub fn is_map(path: &str) -> bool {
    [".js.map", ".mjs.map", ".cjs.map"].iter().any(|end| path.ends_with(end))
}

/// Reads one; nothing where it tells nothing.
#[must_use]
pub fn read(path: &str, content: &[u8]) -> Option<Bundle> {
    let bundle = if is_map(path) { map(content)? } else { script(content) };
    (bundle.own_sources > 0 || !bundle.packages.is_empty()).then_some(bundle)
}

#[derive(Deserialize)]
struct Map {
    #[serde(default)]
    sources: Vec<Option<String>>,
    #[serde(default, rename = "sourcesContent")]
    contents: Vec<Option<String>>,
    #[serde(default)]
    sections: Vec<Section>,
}

#[derive(Deserialize)]
struct Section {
    map: Option<FlatMap>,
}

#[derive(Deserialize)]
struct FlatMap {
    #[serde(default)]
    sources: Vec<Option<String>>,
    #[serde(default, rename = "sourcesContent")]
    contents: Vec<Option<String>>,
}

fn map(content: &[u8]) -> Option<Bundle> {
    let map: Map = serde_json::from_slice(content).ok()?;
    let flat = map.sections.into_iter().filter_map(|section| section.map);
    let parts = flat.map(|map| (map.sources, map.contents)).chain([(map.sources, map.contents)]);
    let mut packages = BTreeMap::new();
    let mut own_sources = 0;
    for (sources, contents) in parts {
        for (at, source) in
            sources.iter().enumerate().filter_map(|(at, source)| Some((at, source.as_deref()?)))
        {
            match package(source) {
                Some((name, version)) => note(&mut packages, name, version),
                None if is_made_up(source) => {}
                None => {
                    let held = contents.get(at).and_then(Option::as_deref);
                    own_sources += usize::from(held.is_some_and(|text| !text.trim().is_empty()));
                }
            }
        }
    }
    Some(Bundle { packages: packages.into_iter().collect(), own_sources })
}

/// What bundlers name besides files: their own runtime, and modules that are not there.
fn is_made_up(source: &str) -> bool {
    let path = source.strip_prefix("webpack://").map_or(source, |rest| {
        let rest = rest.trim_start_matches('/');
        rest.split_once('/').map_or(rest, |(_, path)| path)
    });
    ["webpack/", "(webpack)", "external ", "ignored|", "<", "\0"].iter().any(|start| path.starts_with(start))
}

type Packages = BTreeMap<Arc<str>, Option<Arc<str>>>;

fn note(packages: &mut Packages, name: &str, version: Option<&str>) {
    if packages.len() < MAX_PACKAGES || packages.contains_key(name) {
        let known = packages.entry(name.into()).or_default();
        if known.is_none() {
            *known = version.map(Into::into);
        }
    }
}

/// The package that a path lies in: the name behind the last `node_modules/`.
fn package(path: &str) -> Option<(&str, Option<&str>)> {
    let at = path.rfind(FOLDER)?;
    if at > 0 && !path.get(..at)?.ends_with(['/', '"', ' ', '~']) {
        return None;
    }
    let rest = path.get(at + FOLDER.len()..)?;
    let scoped = rest.starts_with('@');
    let mut slashes = rest.match_indices('/').map(|(at, _)| at);
    let name = rest.get(..slashes.nth(usize::from(scoped))?)?;
    let plain = name
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'@' | b'/' | b'-' | b'_' | b'.'));
    if !plain || name.starts_with('.') || name.is_empty() || name.len() > 214 {
        return None;
    }
    Some((name, version(path.get(..at)?, name)))
}

/// `lodash@4.17.21` of `node_modules/.pnpm/lodash@4.17.21/`.
fn version<'p>(before: &'p str, name: &str) -> Option<&'p str> {
    let store = before.strip_suffix('/')?;
    let entry = store.get(store.rfind(".pnpm/")? + 6..)?;
    let entry = entry.strip_prefix(&*name.replace('/', "+"))?.strip_prefix('@')?;
    let version = entry.split(['_', '(']).next()?;
    version.starts_with(|c: char| c.is_ascii_digit()).then_some(version)
}

/// esbuild begins each module with `// node_modules/x/y.js`; webpack and ncc name it `"./node_modules/x/y.js":`, perhaps with
/// `/***/` before it, or by its number and a comment of that path.
fn script(content: &[u8]) -> Bundle {
    let mut packages = Packages::new();
    let mut next = 0;
    let finder = Finder::new(FOLDER);
    for at in finder.find_iter(content) {
        if at < next {
            continue;
        }
        let line =
            content.get(..at).and_then(|before| memchr::memrchr(b'\n', before)).map_or(0, |end| end + 1);
        let end = content
            .get(at..)
            .and_then(|rest| memchr::memchr(b'\n', rest))
            .map_or(content.len(), |end| at + end);
        next = end;
        // A line of a file that was made smaller is as long as the file.
        if at - line > 1_000 || end - at > 1_000 {
            continue;
        }
        let Some(text) = content.get(line..end).and_then(|line| std::str::from_utf8(line).ok()) else {
            continue;
        };
        if let Some(path) = module(text.trim())
            && let Some((name, version)) = package(path)
        {
            note(&mut packages, name, version);
        }
    }
    Bundle { packages: packages.into_iter().collect(), own_sources: 0 }
}

/// The path of a line that begins a module.
fn module(line: &str) -> Option<&str> {
    if let Some(comment) = line.strip_prefix("// ") {
        let relative = comment.trim_start_matches("../").trim_start_matches("./");
        return (relative.starts_with(FOLDER) && !relative.contains(' ')).then_some(comment);
    }
    let line = line.trim_start_matches("/***/").trim_start();
    let quote = line.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    let (path, rest) = line.get(1..)?.split_once(quote)?;
    let relative = path.trim_start_matches("../").trim_start_matches("./");
    (relative.starts_with(FOLDER) && rest.trim_start().starts_with([':', '('])).then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(path: &str, content: &str) -> (Vec<String>, usize) {
        let bundle = read(path, content.as_bytes()).unwrap_or_default();
        let one = |(name, version): &(Arc<str>, Option<Arc<str>>)| match version {
            Some(version) => format!("{name} {version}"),
            None => name.to_string(),
        };
        (bundle.packages.iter().map(one).collect(), bundle.own_sources)
    }

    #[test]
    fn sources_of_a_map() {
        let map = r#"{"version":3,"sources":["../node_modules/ms/index.js","../src/a.ts","../src/b.ts",
            "../node_modules/.pnpm/lodash@4.17.21/node_modules/lodash/map.js",
            "webpack://app/./node_modules/.pnpm/@babel+runtime@7.1.0_x/node_modules/@babel/runtime/h.js",
            "webpack://app/webpack/bootstrap", "webpack://app/external commonjs \"fs\"", null],
            "sourcesContent":["m","secret",null,"l","b","w","e"],"mappings":""}"#;
        let packages = ["@babel/runtime 7.1.0", "lodash 4.17.21", "ms"].map(str::to_owned).to_vec();
        assert_eq!(told("app/dist/a.js.map", map), (packages, 1));
        assert_eq!(told("a.js.map", r#"{"sources":["src/a.ts"],"mappings":""}"#), (vec![], 0));
        let parts = r#"{"sections":[{"map":{"sources":["a.ts"],"sourcesContent":["x"]}}]}"#;
        assert_eq!(told("a.mjs.map", parts), (vec![], 1));
        assert_eq!(told("a.js.map", "no map"), (vec![], 0));
    }

    #[test]
    fn names_in_a_script() {
        let esbuild = "var a;\n// node_modules/ms/index.js\nvar b;\n  // ../../node_modules/@a/b/c.js\n// src/node_modules\n";
        assert_eq!(told("dist/a.js", esbuild).0, ["@a/b", "ms"]);
        let webpack =
            "/***/ \"./node_modules/depd/index.js\":\n/***/ ((m) => {\nrequire(\"./node_modules/x/y.js\")\n";
        assert_eq!(told("dist/a.cjs", webpack).0, ["depd"]);
        let prose =
            "// node_modules/ is ignored\n// see node_modules/x/y.js\nconst p = './node_modules/z/a.js';\n";
        assert_eq!(told("a.js", prose).0, [""; 0]);
    }

    #[test]
    fn files_that_are_looked_at() {
        assert!(is_one("app/dist/server.js") && is_one("a.cjs") && is_one("public/a.js.map"));
        assert!(!is_one("app/node_modules/x/y.js") && !is_one("node_modules/x/y.js.map"));
        assert!(!is_one("a.css.map") && !is_one("a.map"));
    }
}
