//! Tells by a file's name, or by its text, what kind of input it is.

/// What a file looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FileClass {
    /// A Dockerfile or Containerfile.
    Dockerfile,
    /// One of the names that Compose looks for by itself.
    ComposeBase,
    /// One of the names that Compose puts on top of the base by itself.
    ComposeOverride,
    /// A YAML file with `compose` in its name.
    ComposeLike,
    /// A lockfile of a JavaScript package manager.
    Lockfile,
}

/// Endings of files that have `Dockerfile` in their name and are something else.
const NOT_DOCKERFILES: &[&str] = &[
    "dockerignore",
    "md",
    "txt",
    "rst",
    "adoc",
    "html",
    "sh",
    "bash",
    "py",
    "rb",
    "go",
    "rs",
    "js",
    "mjs",
    "cjs",
    "ts",
    "tsx",
    "java",
    "kt",
    "c",
    "h",
    "cc",
    "cpp",
    "cs",
    "php",
    "lua",
    "json",
    "jsonc",
    "yml",
    "yaml",
    "toml",
    "xml",
    "lock",
    "sum",
    "snap",
    "golden",
    "out",
    "log",
    "patch",
    "diff",
    "orig",
    "rej",
    "bak",
    "swp",
    "swo",
    "png",
    "svg",
    "gif",
    "jpg",
    "gz",
    "zip",
    "tar",
    "asc",
    "sig",
    "license",
];

/// Endings of templates: they become Dockerfiles only after something has filled them in.
const TEMPLATES: &[&str] =
    &["j2", "jinja", "jinja2", "tmpl", "tpl", "template", "erb", "in", "mustache", "hbs", "ejs", "gotmpl"];

/// The class of a file by its name without directory; `None` for anything else.
#[must_use]
pub fn by_name(name: &str) -> Option<FileClass> {
    if plimsoll_packages::lockfile::NAMES.contains(&name) {
        return Some(FileClass::Lockfile);
    }
    let lower = name.to_ascii_lowercase();
    if let Some(stem) = lower.strip_suffix(".yaml").or_else(|| lower.strip_suffix(".yml")) {
        return match stem {
            "compose" | "docker-compose" => Some(FileClass::ComposeBase),
            "compose.override" | "docker-compose.override" => Some(FileClass::ComposeOverride),
            // Names with a leading dot are the settings of linters.
            _ if stem.contains("compose") && !stem.starts_with('.') => Some(FileClass::ComposeLike),
            _ => None,
        };
    }
    is_dockerfile(&lower).then_some(FileClass::Dockerfile)
}

fn is_dockerfile(lower: &str) -> bool {
    let stem = ["dockerfile", "containerfile"].into_iter().find_map(|stem| lower.strip_prefix(stem));
    match stem {
        Some("") => true,
        Some(rest) => rest.strip_prefix('.').is_some_and(|rest| {
            let ending = rest.rsplit('.').next().unwrap_or(rest);
            !ending.is_empty()
                && !ending.ends_with('~')
                && !NOT_DOCKERFILES.contains(&ending)
                && !TEMPLATES.contains(&ending)
        }),
        None => lower.ends_with(".dockerfile") || lower.ends_with(".containerfile"),
    }
}

/// Whether the name is that of a template of a Dockerfile.
#[must_use]
pub fn is_template(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let Some((stem, ending)) = lower.rsplit_once('.') else { return false };
    TEMPLATES.contains(&ending) && (is_dockerfile(stem) || stem.starts_with("dockerfile"))
}

/// Tells a Dockerfile from a compose file by its text, for standard input and files whose name says nothing.
/// A compose file has a mapping at its left edge; a Dockerfile has instructions there.
#[must_use]
pub fn by_text(text: &str) -> Option<FileClass> {
    for line in text.trim_start_matches('\u{feff}').lines() {
        let line = line.trim_end();
        if line.is_empty() || line.trim_start().starts_with('#') {
            continue;
        }
        if line.starts_with("---") || line.starts_with('%') || line.starts_with('{') {
            return Some(FileClass::ComposeLike);
        }
        let word = line
            .trim_start()
            .split(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '-')
            .next()
            .unwrap_or("");
        let after = &line.trim_start()[word.len()..];
        if after.starts_with(':') && !word.is_empty() {
            return Some(FileClass::ComposeLike);
        }
        let known = ["FROM", "ARG"].iter().any(|keyword| word.eq_ignore_ascii_case(keyword));
        return (known && after.starts_with([' ', '\t'])).then_some(FileClass::Dockerfile);
    }
    None
}

/// Whether the text has a `services` key at its left edge (or may have: a flow mapping or JSON).
#[must_use]
pub fn has_services(text: &str) -> bool {
    text.lines().any(|line| {
        let line = line.trim_start_matches('\u{feff}');
        ["services", "\"services\"", "'services'"]
            .iter()
            .any(|key| line.strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with(':')))
            || line.trim_start().starts_with('{')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_the_class() {
        use FileClass::{ComposeBase, ComposeLike, ComposeOverride, Dockerfile};
        for (name, class) in [
            ("Dockerfile", Some(Dockerfile)),
            ("dockerfile", Some(Dockerfile)),
            ("Dockerfile.prod", Some(Dockerfile)),
            ("Dockerfile.node22.alpine", Some(Dockerfile)),
            ("api.Dockerfile", Some(Dockerfile)),
            ("api.dockerfile", Some(Dockerfile)),
            ("Containerfile", Some(Dockerfile)),
            ("Containerfile.dev", Some(Dockerfile)),
            ("Dockerfile.dockerignore", None),
            ("Dockerfile.md", None),
            ("Dockerfile.j2", None),
            ("Dockerfile~", None),
            ("Dockerfiles", None),
            ("dockerfile_test.go", None),
            ("package-lock.json", Some(FileClass::Lockfile)),
            ("pnpm-lock.yaml", Some(FileClass::Lockfile)),
            ("compose.yaml", Some(ComposeBase)),
            ("docker-compose.yml", Some(ComposeBase)),
            ("docker-compose.override.yml", Some(ComposeOverride)),
            ("compose.prod.yaml", Some(ComposeLike)),
            ("docker-compose-dev.yml", Some(ComposeLike)),
            ("api.compose.yml", Some(ComposeLike)),
            (".compose-lint.yml", None),
            ("compose.go", None),
            ("values.yaml", None),
        ] {
            assert_eq!(by_name(name), class, "{name}");
        }
        assert!(is_template("Dockerfile.j2") && is_template("Dockerfile-debian.template"));
        assert!(!is_template("Dockerfile") && !is_template("nginx.conf.j2"));
    }

    #[test]
    fn text_tells_the_class() {
        assert_eq!(by_text("# syntax=docker/dockerfile:1\n\nFROM node\n"), Some(FileClass::Dockerfile));
        assert_eq!(by_text("arg A=1\nfrom $A\n"), Some(FileClass::Dockerfile));
        assert_eq!(by_text("\u{feff}# x\nname: a\nservices:\n"), Some(FileClass::ComposeLike));
        assert_eq!(by_text("x-base: &b\n  a: 1\n"), Some(FileClass::ComposeLike));
        assert_eq!(by_text("hello there\n"), None);
        assert_eq!(by_text(""), None);
        assert!(has_services("a: 1\nservices:\n") && has_services("{\"services\": {}}"));
        assert!(!has_services("on:\n  services: 1\n"));
    }
}
