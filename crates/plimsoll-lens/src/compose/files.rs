//! Which files make up a project, and what their paths mean.
//!
//! Deliberately absent: the search in parent directories that Compose does; every directory of a scan is looked at itself.

use super::ProjectFiles;
use crate::world::clean;
use crate::{EntryKind, World};

/// Names of the main file, best first.
const MAIN: [&str; 4] = ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"];
/// Names of the override file, best first.
const OVERRIDE: [&str; 4] = [
    "compose.override.yml",
    "compose.override.yaml",
    "docker-compose.override.yml",
    "docker-compose.override.yaml",
];

/// The compose project in a directory, by Compose's own rules: `COMPOSE_FILE` of the environment or of `.env`, else the
/// best of the usual names and the best override beside it. `COMPOSE_PATH_SEPARATOR`, `COMPOSE_PROFILES`,
/// `COMPOSE_ENV_FILES` and `COMPOSE_PROJECT_NAME` count as they do for Compose.
#[must_use]
pub fn find(world: &dyn World, directory: &str) -> Option<ProjectFiles> {
    let directory = clean(directory);
    let env_files: Vec<String> = world
        .variable("COMPOSE_ENV_FILES")
        .map(|list| {
            list.split(',').filter(|file| !file.is_empty()).map(|file| join(&directory, file)).collect()
        })
        .unwrap_or_default();
    let variables = super::variables_of(world, &directory, &env_files);
    let variable = |name: &str| variables.find(name).map(|found| found.value.expose().to_owned());
    let files = match variable("COMPOSE_FILE") {
        Some(list) => {
            let separator = variable("COMPOSE_PATH_SEPARATOR").filter(|separator| !separator.is_empty());
            let separator = separator.as_deref().unwrap_or(":");
            list.split(separator)
                .filter(|file| !file.is_empty())
                .map(|file| if file == "-" { file.to_owned() } else { join(&directory, file) })
                .collect()
        }
        None => {
            let first = |names: [&str; 4]| {
                names.iter().map(|name| join(&directory, name)).find(|path| is_file(world, path))
            };
            let mut files = vec![first(MAIN)?];
            files.extend(first(OVERRIDE));
            files
        }
    };
    let own = files
        .first()
        .filter(|file| *file != "-")
        .map_or_else(|| directory.clone(), |file| parent(file).to_owned());
    let profiles = variable("COMPOSE_PROFILES").map(|list| {
        list.split(',').map(str::trim).filter(|profile| !profile.is_empty()).map(str::to_owned).collect()
    });
    Some(ProjectFiles {
        files,
        directory: own,
        env_files,
        profiles: profiles.unwrap_or_default(),
        name: variable("COMPOSE_PROJECT_NAME").filter(|name| !name.is_empty()),
        overlay: None,
    })
}

/// A path of a project file, relative to the root: `path` as it is written in `directory`. Absolute paths and paths of a
/// home directory stay.
pub(super) fn join(directory: &str, path: &str) -> String {
    if path.starts_with('/') || path.starts_with('~') {
        return path.to_owned();
    }
    clean(&format!("{directory}/{path}"))
}

/// The directory of a path.
pub(super) fn parent(path: &str) -> &str {
    match path.rsplit_once('/') {
        Some(("", _)) => "/",
        Some((directory, _)) => directory,
        None => ".",
    }
}

/// The path for the world: an absolute path below the root becomes relative.
pub(super) fn in_world(world: &dyn World, path: &str) -> String {
    if !path.starts_with('/') {
        return path.to_owned();
    }
    let root = world.root_path();
    match path.strip_prefix(root.trim_end_matches('/')) {
        Some("") => ".".to_owned(),
        Some(rest) if rest.starts_with('/') => clean(rest),
        _ => path.to_owned(),
    }
}

/// The absolute path of a path relative to the root.
pub(super) fn absolute(world: &dyn World, path: &str) -> String {
    if path.starts_with('/') {
        return path.to_owned();
    }
    clean_absolute(&format!("{}/{path}", world.root_path()))
}

/// A path without `.`, `..` and doubled slashes; an absolute one stays absolute.
pub(super) fn clean_absolute(path: &str) -> String {
    if !path.starts_with('/') {
        return clean(path);
    }
    let mut cleaned = clean(path);
    while let Some(rest) = cleaned.strip_prefix("..") {
        cleaned = rest.trim_start_matches('/').to_owned();
    }
    if cleaned == "." { "/".to_owned() } else { format!("/{cleaned}") }
}

pub(super) fn is_file(world: &dyn World, path: &str) -> bool {
    world.kind(&in_world(world, path)) == Some(EntryKind::File)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Memory;

    #[test]
    fn the_best_name_and_its_override_are_taken() {
        let world = Memory::of(&[
            ("a/docker-compose.yml", ""),
            ("a/compose.yml", ""),
            ("a/docker-compose.override.yml", ""),
            ("a/compose.override.yaml", ""),
            ("b/readme", ""),
        ]);
        let project = find(&world, "a").unwrap();
        assert_eq!(project.files, ["a/compose.yml", "a/compose.override.yaml"]);
        assert_eq!(project.directory, "a");
        assert_eq!(find(&world, "b"), None);
    }

    #[test]
    fn compose_file_in_env_replaces_the_search() {
        let world = Memory::of(&[
            (".env", "COMPOSE_FILE=base/c.yml;dev.yml\nCOMPOSE_PATH_SEPARATOR=;\nCOMPOSE_PROFILES=a, b\n"),
            ("compose.yaml", ""),
            ("compose.override.yaml", ""),
            ("base/c.yml", ""),
            ("dev.yml", ""),
        ]);
        let project = find(&world, ".").unwrap();
        assert_eq!(project.files, ["base/c.yml", "dev.yml"]);
        assert_eq!(project.directory, "base");
        assert_eq!(project.profiles, ["a", "b"]);
    }

    #[test]
    fn absolute_paths_are_cleaned_and_brought_into_the_world() {
        assert_eq!(clean_absolute("/a/./b/../c/"), "/a/c");
        assert_eq!(clean_absolute("/../x"), "/x");
        assert_eq!(clean_absolute("/"), "/");
        let world = Memory::default();
        assert_eq!(in_world(&world, "/project/a/b"), "a/b");
        assert_eq!(in_world(&world, "/projects/a"), "/projects/a");
        assert_eq!(absolute(&world, "../x"), "/x");
    }
}
