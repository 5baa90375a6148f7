//! What kind of file a path names: its notation, and whether it is the project's own word or somebody's sample.
//!
//! Deliberately absent: reading the file, but for telling code that a machine wrote.

/// The notation of names and values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// `NAME=value`, to the end of the line.
    Env,
    /// `name = value` and `name: value`, to the end of the line.
    Settings,
    /// YAML.
    Yaml,
    /// JSON: everything is quoted.
    Json,
    /// A program: only literals in quotes are values.
    Code,
    /// A script of a shell, and a Dockerfile.
    Shell,
    /// Elements and attributes.
    Markup,
    /// Text for people.
    Prose,
    /// Neither names nor values.
    Other,
}

/// Whose word the file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// The project's.
    Own,
    /// Tests, documentation, examples: values are mostly made up.
    Sample,
    /// Texts of a user interface: names are keys, values are words.
    Wording,
    /// Written by a machine: lockfiles, bundles. Names and values there mean nothing.
    Machine,
}

/// Parts of paths that hold samples.
const SAMPLES: &[&str] = &[
    "test",
    "tests",
    "testing",
    "testdata",
    "test-data",
    "test_data",
    "__tests__",
    "__mocks__",
    "__fixtures__",
    "__snapshots__",
    "spec",
    "specs",
    "fixture",
    "fixtures",
    "mock",
    "mocks",
    "stubs",
    "e2e",
    "cypress",
    "playwright",
    "example",
    "examples",
    "sample",
    "samples",
    "demo",
    "demos",
    "doc",
    "docs",
    "documentation",
    "tutorial",
    "tutorials",
    "stories",
    "benches",
    "benchmark",
    "benchmarks",
    "fuzz",
    "cassettes",
];

/// Parts of paths that hold texts of a user interface.
const WORDINGS: &[&str] = &[
    "i18n",
    "l10n",
    "locale",
    "locales",
    "lang",
    "langs",
    "languages",
    "translations",
    "translation",
    "messages",
];

/// Files that machines write.
const LOCKS: &[&str] = &[
    "package-lock.json",
    "npm-shrinkwrap.json",
    "yarn.lock",
    "pnpm-lock.yaml",
    "bun.lock",
    "deno.lock",
    "cargo.lock",
    "go.sum",
    "go.mod",
    "composer.lock",
    "gemfile.lock",
    "poetry.lock",
    "pdm.lock",
    "uv.lock",
    "pipfile.lock",
    "packages.lock.json",
    "flake.lock",
    "gradle.lockfile",
    ".terraform.lock.hcl",
    ".package-lock.json",
    ".cargo-checksum.json",
];

/// A file by its path and text.
pub(crate) fn of(path: &str, text: &str) -> (Dialect, Standing) {
    let path = path.replace('\\', "/").to_ascii_lowercase();
    let name = path.rsplit('/').next().unwrap_or("");
    let dialect = dialect(name, &path, text);
    let sealed = text.starts_with("$ANSIBLE_VAULT;") || text.contains("kind: SealedSecret");
    let standing =
        if sealed || LOCKS.contains(&name) || name.ends_with(".map") || is_minified(name, dialect, text) {
            Standing::Machine
        } else if is_wording(&path, name, dialect) {
            Standing::Wording
        } else if is_sample(&path, name, dialect) {
            Standing::Sample
        } else {
            Standing::Own
        };
    (dialect, standing)
}

fn dialect(name: &str, path: &str, text: &str) -> Dialect {
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    if name == ".env" || name.starts_with(".env.") || name == ".envrc" || ending == "env" {
        return Dialect::Env;
    }
    if name.starts_with("dockerfile") || name.starts_with("containerfile") || ending == "dockerfile" {
        return Dialect::Shell;
    }
    match ending {
        "yml" | "yaml" | "kubeconfig" => Dialect::Yaml,
        "json" | "jsonc" | "json5" | "dockerconfigjson" | "dockercfg" | "ipynb" | "webmanifest" | "har" => {
            Dialect::Json
        }
        "ini" | "properties" | "cfg" | "conf" | "config" | "cnf" | "npmrc" | "pypirc" | "toml" | "tfvars"
        | "service" | "editorconfig" | "yarnrc" | "gradle"
            if !text.trim_start().starts_with('<') =>
        {
            Dialect::Settings
        }
        "sh" | "bash" | "zsh" | "ksh" | "fish" | "ps1" | "bat" | "cmd" | "envrc" | "mk" => Dialect::Shell,
        "js" | "jsx" | "mjs" | "cjs" | "ts" | "tsx" | "mts" | "cts" | "vue" | "svelte" | "astro" | "py"
        | "rb" | "go" | "java" | "kt" | "kts" | "scala" | "groovy" | "php" | "cs" | "fs" | "vb" | "c"
        | "h" | "cc" | "cpp" | "hpp" | "m" | "mm" | "swift" | "rs" | "dart" | "lua" | "pl" | "pm" | "r"
        | "ex" | "exs" | "erl" | "clj" | "hs" | "ml" | "tf" | "hcl" | "sql" | "graphql" | "proto"
        | "coffee" | "sol" | "jl" | "nix" | "tpl" | "ejs" | "erb" | "hbs" | "pug" | "liquid" | "jinja"
        | "j2" | "cue" | "bicep" | "rego" => Dialect::Code,
        "xml" | "html" | "htm" | "xhtml" | "plist" | "csproj" | "config" | "resx" | "xaml" | "jsp" => {
            Dialect::Markup
        }
        "md" | "mdx" | "markdown" | "rst" | "txt" | "adoc" | "asciidoc" | "org" | "text" | "log" | "csv" => {
            Dialect::Prose
        }
        "css" | "scss" | "sass" | "less" | "styl" | "svg" | "lock" | "sum" | "map" | "po" | "pot"
        | "patch" | "diff" => Dialect::Other,
        _ => by_name(name, path, text),
    }
}

fn by_name(name: &str, path: &str, text: &str) -> Dialect {
    match name {
        ".npmrc" | ".yarnrc" | ".pypirc" | ".my.cnf" | ".s3cfg" | ".boto" | ".pgpass" | ".netrc"
        | "_netrc" | "credentials" | ".gitconfig" | ".git-credentials" | "pip.conf" | ".wgetrc"
        | ".curlrc" => Dialect::Settings,
        "kubeconfig" => Dialect::Yaml,
        "config" if path.ends_with(".kube/config") => Dialect::Yaml,
        "config" => Dialect::Settings,
        "makefile" | "justfile" | "procfile" | ".bashrc" | ".zshrc" | ".profile" | ".bash_profile"
        | ".bash_history" | ".zsh_history" => Dialect::Shell,
        "jenkinsfile" | "vagrantfile" | "rakefile" | "gemfile" | "tiltfile" | "gulpfile" => Dialect::Code,
        "readme" | "license" | "changelog" | "notice" | "authors" => Dialect::Prose,
        _ if text.starts_with("#!") && text.lines().next().is_some_and(|line| line.contains("sh")) => {
            Dialect::Shell
        }
        _ if text.starts_with("#!") => Dialect::Code,
        _ if name.rsplit_once('.').is_some_and(|(_, ending)| matches!(ending.as_bytes(), [b'1'..=b'9'])) => {
            // A page of a manual.
            Dialect::Prose
        }
        _ if name.trim_start_matches('.').contains('.') => Dialect::Code,
        _ => Dialect::Settings,
    }
}

/// Whether lines are longer than a person writes.
fn is_minified(name: &str, dialect: Dialect, text: &str) -> bool {
    if name.contains(".min.") || name.ends_with(".bundle.js") {
        return true;
    }
    let written = matches!(dialect, Dialect::Code | Dialect::Other | Dialect::Markup);
    written && text.len() > 4096 && {
        let lines = text.bytes().filter(|byte| *byte == b'\n').count() + 1;
        text.len() / lines > 300
    }
}

fn is_wording(path: &str, name: &str, dialect: Dialect) -> bool {
    let data = matches!(dialect, Dialect::Json | Dialect::Yaml | Dialect::Settings | Dialect::Code);
    data && (path.split('/').rev().skip(1).any(|part| WORDINGS.contains(&part))
        || name.split('.').next().is_some_and(|stem| {
            WORDINGS.contains(&stem) || stem.starts_with("messages_") || stem.starts_with("strings")
        })
        || name.ends_with(".arb")
        || name.ends_with(".strings"))
}

fn is_sample(path: &str, name: &str, dialect: Dialect) -> bool {
    if dialect == Dialect::Prose {
        return true;
    }
    let folder = path.split('/').rev().skip(1).any(|part| SAMPLES.contains(&part));
    let named = name.split(['.', '-', '_']).any(|part| {
        matches!(
            part,
            "test"
                | "tests"
                | "spec"
                | "specs"
                | "example"
                | "sample"
                | "fixture"
                | "fixtures"
                | "mock"
                | "mocks"
                | "stories"
                | "template"
                | "dist"
                | "testing"
                | "demo"
                | "readme"
                | "changelog"
                | "conftest"
        )
    });
    folder || named
}
