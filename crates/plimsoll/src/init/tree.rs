//! Which files and directories of a package run, and which are only there for those who work on it.
//!
//! What the source reaches is always kept. Of the rest everything is kept that is not known to be for development: a
//! template that is missing is worse than one too many. Deliberately absent: what a build makes.

use plimsoll_lens::{EntryKind, World};

use crate::paths;

/// Names beside package.json, for the image.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Kept {
    pub(super) files: Vec<String>,
    pub(super) directories: Vec<String>,
}

pub(super) struct Asked<'a> {
    pub(super) world: &'a dyn World,
    pub(super) directory: &'a str,
    /// Files that the source reaches, relative to the world.
    pub(super) reached: &'a [String],
    /// The directory that a build makes and that holds all the code, where there is one.
    pub(super) compiled: Option<&'a str>,
    pub(super) started: Option<&'a str>,
    /// Directories that are written to.
    pub(super) writes: &'a [String],
}

/// Directories that hold what compiled code reads while it runs.
const ASSETS: &[&str] = &[
    "public",
    "static",
    "views",
    "templates",
    "assets",
    "locales",
    "i18n",
    "migrations",
    "emails",
    "resources",
    "proto",
    "protos",
];

/// Directories that are not for running.
const DEVELOPMENT: &[&str] = &[
    "node_modules",
    "test",
    "tests",
    "__tests__",
    "__mocks__",
    "spec",
    "specs",
    "e2e",
    "cypress",
    "playwright",
    "fixtures",
    "docs",
    "doc",
    "documentation",
    "coverage",
    "example",
    "examples",
    "bench",
    "benchmark",
    "benchmarks",
    "tmp",
    "temp",
    "logs",
    "log",
    "terraform",
    "k8s",
    "kubernetes",
    "helm",
    "charts",
    "deploy",
    "deployment",
    "deployments",
    "docker",
    "nginx",
    "infra",
    "infrastructure",
    "ci",
    "scripts",
    "tools",
    "types",
    "typings",
    "postman",
    "http",
    "patches",
    "secrets",
    "certs",
    "backup",
    "backups",
    "uploads",
    "dist",
    "build",
    "out",
];

/// Names of files that are not for running.
const DEVELOPMENT_FILES: &[&str] = &[
    "package.json",
    "package-lock.json",
    "npm-shrinkwrap.json",
    "yarn.lock",
    "pnpm-lock.yaml",
    "pnpm-workspace.yaml",
    "bun.lock",
    "bun.lockb",
    "LICENSE",
    "LICENCE",
    "NOTICE",
    "CODEOWNERS",
    "Makefile",
    "Procfile",
    "Jenkinsfile",
    "Vagrantfile",
    "nodemon.json",
    "renovate.json",
    "lerna.json",
    "nx.json",
    "turbo.json",
    "nest-cli.json",
    "biome.json",
    "app.json",
    "vercel.json",
    "netlify.toml",
    "fly.toml",
    "railway.json",
    "render.yaml",
    "plimsoll.toml",
    "plimsoll-baseline.json",
    "plimsoll.json",
    "plimsoll.sarif",
    "Containerfile",
    "gulpfile.js",
    "Gruntfile.js",
    "typedoc.json",
    "codecov.yml",
    "cypress.json",
    "skaffold.yaml",
    "appveyor.yml",
    "Taskfile.yml",
    "justfile",
    "ecosystem.config.js",
    "ecosystem.config.cjs",
    "commitlint.config.js",
    "schema.prisma",
];

/// Ends of names that are not for running; keys, databases and archives do not belong into an image at all.
const DEVELOPMENT_ENDS: &[&str] = &[
    ".md",
    ".mdx",
    ".log",
    ".txt",
    ".tgz",
    ".zip",
    ".tar.gz",
    ".http",
    ".rest",
    ".map",
    ".pem",
    ".key",
    ".p12",
    ".pfx",
    ".crt",
    ".sqlite",
    ".sqlite3",
    ".db",
    ".sql",
    ".tsbuildinfo",
    ".test.js",
    ".spec.js",
    ".test.ts",
    ".spec.ts",
    ".test.mjs",
    ".d.ts",
    ".sh",
    ".bat",
    ".cmd",
    ".ps1",
    ".code-workspace",
    ".iml",
    ".png",
    ".jpg",
    ".gif",
];

/// What to keep.
pub(super) fn kept(asked: &Asked<'_>) -> Kept {
    let mut kept = Kept::default();
    let inside = |path: &str| {
        let path = if asked.directory == "." {
            Some(path)
        } else {
            path.strip_prefix(asked.directory)?.strip_prefix('/')
        };
        path.map(|path| path.split('/').next().unwrap_or(path).to_owned())
    };
    let mut reached: Vec<String> = asked.reached.iter().filter_map(|path| inside(path)).collect();
    reached.extend(asked.started.map(|file| file.split('/').next().unwrap_or(file).to_owned()));
    let written = |name: &str| asked.writes.iter().any(|path| path == name);
    for (name, kind) in asked.world.list(asked.directory).unwrap_or_default() {
        let needed = asked.compiled.is_none() && reached.contains(&name);
        if name.starts_with('.') || written(&name) && !needed {
            continue;
        }
        match kind {
            EntryKind::Directory if asked.compiled.is_some() => {
                if ASSETS.contains(&name.as_str()) {
                    kept.directories.push(name);
                }
            }
            EntryKind::Directory => {
                let package =
                    asked.world.kind(&paths::join(&paths::join(asked.directory, &name), "package.json"));
                if needed || !DEVELOPMENT.contains(&name.as_str()) && package.is_none() {
                    kept.directories.push(name);
                }
            }
            EntryKind::File if asked.compiled.is_none() && (needed || runs(&name)) => kept.files.push(name),
            EntryKind::File | EntryKind::Other => {}
        }
    }
    kept
}

fn runs(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    !(DEVELOPMENT_FILES.contains(&name)
        || DEVELOPMENT_ENDS.iter().any(|end| lower.ends_with(end))
        || lower.starts_with("dockerfile")
        || lower.starts_with("compose.")
        || lower.starts_with("docker-compose")
        || lower.starts_with("license")
        || lower.starts_with("tsconfig")
        || lower.starts_with("jest.")
        || lower.starts_with("vitest.")
        || lower.starts_with("eslint.")
        || lower.starts_with("prettier.")
        || lower.starts_with("babel.")
        || lower.starts_with("webpack.")
        || lower.starts_with("rollup.")
        || lower.starts_with("tsup.")
        || lower.starts_with("vite.")
        || lower.starts_with("playwright.")
        || lower.starts_with("cypress.")
        || name.contains(char::is_whitespace))
}

#[cfg(test)]
mod tests {
    use plimsoll_lens::Memory;

    use super::*;

    #[test]
    fn what_runs_is_kept() {
        let names = [
            "package.json",
            "package-lock.json",
            "README.md",
            "server.js",
            "config.json",
            "jest.config.js",
            ".env",
            "id.pem",
            "src/a.js",
            "test/a.js",
            "views/a.ejs",
            "scripts/x.js",
            "uploads/a",
            "lib/a.js",
            "Dockerfile",
            "compose.yaml",
        ];
        let files: Vec<(&str, &str)> = names.iter().map(|name| (*name, "")).collect();
        let world = Memory::of(&files);
        let mut asked = Asked {
            world: &world,
            directory: ".",
            reached: &["server.js".to_owned(), "scripts/x.js".to_owned()],
            compiled: None,
            started: Some("server.js"),
            writes: &["uploads".to_owned()],
        };
        let found = kept(&asked);
        assert_eq!(found.files, ["config.json", "server.js"]);
        assert_eq!(found.directories, ["lib", "scripts", "src", "views"]);
        asked.compiled = Some("dist");
        assert_eq!(kept(&asked), Kept { files: Vec::new(), directories: vec!["views".to_owned()] });
    }
}
