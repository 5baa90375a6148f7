//! Where a compiler puts what it makes: `outDir` of tsconfig.json, options of build scripts.
//!
//! Deliberately absent: everything else in tsconfig.json, and configurations from packages.

use plimsoll_lens::{EntryKind, World};
use serde_json::Value;

/// A tsconfig.json with the file that decides, relative to the package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Compiler {
    /// The file to give to `tsc`.
    pub(super) project: String,
    /// `dist`, without `./`; `None` where files are made beside their sources.
    pub(super) output: Option<String>,
}

/// The configuration that a build uses.
pub(super) fn read(world: &dyn World, directory: &str) -> Option<Compiler> {
    let names = ["tsconfig.build.json", "tsconfig.prod.json", "tsconfig.json"];
    let project = names.into_iter().find(|name| world.kind(&at(directory, name)) == Some(EntryKind::File))?;
    let mut path = at(directory, project);
    let mut output = None;
    for _ in 0..4 {
        let Some(value) = world.read(&path).ok().and_then(|bytes| relaxed(&String::from_utf8_lossy(&bytes)))
        else {
            break;
        };
        output = value
            .get("compilerOptions")
            .and_then(|options| options.get("outDir")?.as_str().map(str::to_owned));
        let extends = value.get("extends").and_then(Value::as_str).filter(|extends| extends.starts_with('.'));
        let (None, Some(extends)) = (&output, extends) else { break };
        let folder = path.rsplit_once('/').map_or(".", |(folder, _)| folder).to_owned();
        path = crate::paths::join(&folder, extends);
        if !path.ends_with(".json") {
            path.push_str(".json");
        }
    }
    let output = output.map(|output| output.trim_start_matches("./").trim_end_matches('/').to_owned());
    let output = output.filter(|output| !output.is_empty() && !output.starts_with("..") && output != ".");
    Some(Compiler { project: project.to_owned(), output })
}

fn at(directory: &str, name: &str) -> String {
    crate::paths::join(directory, name)
}

/// The directory that a build script names: `tsup src/index.ts -d dist`, `babel src --out-dir build`.
pub(super) fn option(script: &str) -> Option<String> {
    let words: Vec<&str> = script.split_whitespace().collect();
    let spaced = words.windows(2).find(|pair| {
        matches!(
            pair[0],
            "-d" | "--out-dir" | "--outDir" | "--outdir" | "--dist-dir" | "-o" | "--output-path"
        )
    });
    let joined = words.iter().find_map(|word| {
        word.strip_prefix("--outdir=")
            .or_else(|| word.strip_prefix("--out-dir="))
            .or_else(|| word.strip_prefix("--outDir="))
    });
    let output = spaced.map(|pair| pair[1]).or(joined)?.trim_start_matches("./").trim_end_matches('/');
    (!output.is_empty() && !output.starts_with(['/', '-', '.'])).then(|| output.to_owned())
}

/// JSON with comments and commas too many, as tsconfig.json may be.
pub(super) fn relaxed(text: &str) -> Option<Value> {
    let text = text.trim_start_matches('\u{feff}');
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    let mut inside = false;
    while let Some(character) = characters.next() {
        match character {
            '"' => inside = !inside,
            '\\' if inside => {
                plain.push(character);
                plain.extend(characters.next());
                continue;
            }
            '/' if !inside && characters.peek() == Some(&'/') => {
                for skipped in characters.by_ref() {
                    if skipped == '\n' {
                        break;
                    }
                }
                plain.push('\n');
                continue;
            }
            '/' if !inside && characters.peek() == Some(&'*') => {
                let mut before = ' ';
                characters.next();
                for skipped in characters.by_ref() {
                    if before == '*' && skipped == '/' {
                        break;
                    }
                    before = skipped;
                }
                continue;
            }
            '}' | ']' if !inside => {
                let kept = plain.trim_end().strip_suffix(',').map(str::len);
                if let Some(length) = kept {
                    plain.truncate(length);
                }
            }
            _ => {}
        }
        plain.push(character);
    }
    serde_json::from_str(&plain).ok()
}

#[cfg(test)]
mod tests {
    use plimsoll_lens::Memory;

    use super::*;

    #[test]
    fn the_output_directory_is_found_through_extends() {
        let world = Memory::of(&[
            (
                "a/tsconfig.json",
                "{\n  // where\n  \"extends\": \"../tsconfig.base.json\", /* none */\n  \"include\": [\"src/**/*\",],\n}",
            ),
            ("tsconfig.base.json", "{ \"compilerOptions\": { \"outDir\": \"./build/\" } }"),
        ]);
        let expected = Compiler { project: "tsconfig.json".to_owned(), output: Some("build".to_owned()) };
        assert_eq!(read(&world, "a"), Some(expected));
        assert_eq!(read(&world, "b"), None);
    }

    #[test]
    fn build_scripts_may_say_it() {
        assert_eq!(option("tsup src/index.ts -d out --minify").as_deref(), Some("out"));
        assert_eq!(option("esbuild src/a.ts --bundle --outdir=lib").as_deref(), Some("lib"));
        assert_eq!(option("tsc -p tsconfig.build.json"), None);
    }
}
