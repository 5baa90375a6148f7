//! Decides which scenarios there are: groups the files that were found or named into compose projects and Dockerfiles.
//!
//! Deliberately absent: reading what the files mean, beyond telling a compose file from another YAML file.

use std::collections::BTreeMap;
use std::sync::Arc;

use plimsoll_lens::compose::{self, ProjectFiles};
use plimsoll_lens::{EntryKind, World};
use plimsoll_report::{Input, InputStatus};
use plimsoll_text::Sources;

use crate::classify::{self, FileClass};
use crate::paths;
use crate::{archives, bills, running};

/// What a run is asked to look at, before any file is understood.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// Compose projects, in order.
    pub projects: Vec<ProjectFiles>,
    /// Compose files that are read on their own or on top of a base, unless another project reads them already.
    pub loose: Vec<Loose>,
    /// Dockerfiles that are scenarios of their own unless a project builds them.
    pub dockerfiles: Vec<String>,
    /// Archives of images, and directories of the OCI layout.
    pub archives: Vec<String>,
    /// What an engine said of its containers.
    pub recordings: Vec<String>,
    /// Lockfiles of applications that are scenarios of their own unless something builds them.
    pub lockfiles: Vec<String>,
    /// Bills of materials.
    pub bills: Vec<String>,
    /// Files that are searched for secrets.
    pub searched: Vec<String>,
    /// The directories that they were found below.
    pub searched_in: Vec<String>,
    /// What was left out and why.
    pub skipped: Vec<Input>,
}

/// A compose file beside, or without, the project of its directory.
#[derive(Debug, Clone)]
pub struct Loose {
    /// Its path.
    pub path: String,
    /// The project of its directory.
    pub base: Option<ProjectFiles>,
    /// Whether the user named it, so that it is read whatever it holds.
    pub named: bool,
}

/// What the user said about compose projects.
#[derive(Debug, Clone, Default)]
pub struct ComposeOptions {
    /// `-f`.
    pub files: Vec<String>,
    /// `--env-file`.
    pub env_files: Vec<String>,
    /// `--profile`.
    pub profiles: Vec<String>,
    /// `--project-directory`.
    pub directory: Option<String>,
    /// Whether the overlay of a project is read with it, see [`overlay_of`].
    pub overlay: bool,
}

impl ComposeOptions {
    /// The project of the files of `-f`.
    #[must_use]
    pub fn project(&self) -> Option<ProjectFiles> {
        let first = self.files.first()?;
        Some(self.given(ProjectFiles {
            files: self.files.clone(),
            directory: if first == "-" { ".".to_owned() } else { paths::parent(first) },
            ..ProjectFiles::default()
        }))
    }

    /// The project of one file.
    fn single(&self, path: &str) -> ProjectFiles {
        self.given(ProjectFiles {
            files: vec![path.to_owned()],
            directory: paths::parent(path),
            ..ProjectFiles::default()
        })
    }

    fn given(&self, mut project: ProjectFiles) -> ProjectFiles {
        if let Some(directory) = &self.directory {
            project.directory.clone_from(directory);
        }
        if !self.env_files.is_empty() {
            project.env_files.clone_from(&self.env_files);
        }
        project.profiles.extend(self.profiles.iter().cloned());
        self.overlaid(project)
    }

    fn overlaid(&self, mut project: ProjectFiles) -> ProjectFiles {
        project.overlay = if self.overlay { overlay_of(&project.files) } else { None };
        project
    }
}

/// What the name of an overlay that hardens a project ends with.
const HARDENING: &str = ".hardening.yaml";

/// The file that is laid over a project to harden it from outside: beside the last of its files, save an override that
/// Compose finds by itself. `compose.hardening.yaml` for the names that Compose looks for.
#[must_use]
pub fn overlay_of(files: &[String]) -> Option<String> {
    let last =
        files.iter().rev().find(|file| !is_override(file)).or(files.last()).filter(|file| *file != "-")?;
    let name = paths::name(last);
    let stem = match classify::by_name(name) {
        Some(FileClass::ComposeBase) => "compose",
        _ => name.strip_suffix(".yaml").or(name.strip_suffix(".yml")).unwrap_or(name),
    };
    Some(paths::join(&paths::parent(last), &format!("{stem}{HARDENING}")))
}

impl Plan {
    /// Adds the files of a walk: paths with their classes, sorted. `top` is the directory that was asked for: only
    /// there do the variables of the caller's environment choose files.
    pub fn add_found(
        &mut self,
        world: &dyn World,
        quiet: &dyn World,
        top: &str,
        candidates: &[(String, FileClass)],
        options: &ComposeOptions,
    ) {
        let mut by_directory: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for (path, class) in candidates {
            if *class == FileClass::Dockerfile {
                self.dockerfiles.push(path.clone());
            } else if *class == FileClass::Lockfile {
                self.lockfiles.push(path.clone());
            } else {
                by_directory.entry(paths::parent(path)).or_default().push(path);
            }
        }
        by_directory.entry(top.to_owned()).or_default();
        for (directory, files) in by_directory {
            let world = if directory == top { world } else { quiet };
            let base = compose::find(world, &directory).map(|project| options.given(project));
            for path in files {
                if base.as_ref().is_some_and(|base| base.files.iter().any(|file| file == path)) {
                    continue;
                }
                let class = classify::by_name(paths::name(path));
                match (&base, class) {
                    (Some(base), Some(FileClass::ComposeBase)) => {
                        let used = base.files.first().map_or("another", String::as_str);
                        self.skip(path, format!("Compose reads {used} instead"));
                    }
                    _ => self.loose.push(Loose { path: path.to_owned(), base: base.clone(), named: false }),
                }
            }
            self.projects.extend(base);
        }
    }

    /// Adds a file that the user named.
    ///
    /// # Errors
    /// A message when it cannot be told what the file is.
    pub fn add_named(
        &mut self,
        world: &dyn World,
        path: &str,
        options: &ComposeOptions,
    ) -> Result<(), String> {
        let class = match classify::by_name(paths::name(path)) {
            Some(class) => Some(class),
            None if archives::is_archive(world, path) => {
                self.archives.push(path.to_owned());
                return Ok(());
            }
            None if bills::is_bill(world, path) => {
                self.bills.push(path.to_owned());
                return Ok(());
            }
            None if running::is_record(world, path) => {
                self.recordings.push(path.to_owned());
                return Ok(());
            }
            None => {
                let bytes = world.read(path).map_err(|error| format!("{path}: {error}"))?;
                let yaml = path.ends_with(".yml") || path.ends_with(".yaml");
                let text = String::from_utf8_lossy(&bytes);
                if yaml { Some(FileClass::ComposeLike) } else { classify::by_text(&text) }
            }
        };
        match class {
            Some(FileClass::Dockerfile) => self.dockerfiles.push(path.to_owned()),
            Some(FileClass::Lockfile) => self.lockfiles.push(path.to_owned()),
            Some(_) => self.projects.push(options.single(path)),
            None => {
                return Err(format!(
                    "{path} looks neither like a Dockerfile nor like a compose file, an archive of an image, a bill of materials in JSON or \
                     a record of an engine (`docker inspect`, `docker info`)"
                ));
            }
        }
        Ok(())
    }

    /// The same plan with the overlay of each project read as part of it.
    pub fn lay_over(&mut self, options: &mut ComposeOptions) {
        options.overlay = true;
        for project in &mut self.projects {
            *project = options.overlaid(std::mem::take(project));
        }
        let of_projects = self.projects.iter().filter_map(|project| project.overlay.clone());
        let of_loose = self.loose.iter().filter_map(|loose| overlay_of(std::slice::from_ref(&loose.path)));
        let overlays: Vec<String> = of_projects.chain(of_loose).collect();
        self.loose.retain(|loose| !overlays.contains(&paths::join(".", &loose.path)));
    }

    /// Leaves one of each: the named paths may overlap.
    pub fn unite(&mut self) {
        let mut seen: Vec<ProjectFiles> = Vec::new();
        self.projects.retain(|project| {
            let new = !seen.contains(project);
            if new {
                seen.push(project.clone());
            }
            new
        });
        self.loose.sort_by(|a, b| a.path.cmp(&b.path));
        self.loose.dedup_by(|a, b| a.path == b.path);
        self.dockerfiles.sort();
        self.dockerfiles.dedup();
        self.archives.sort();
        self.archives.dedup();
        self.recordings.sort();
        self.recordings.dedup();
        self.lockfiles.sort();
        self.lockfiles.dedup();
        self.bills.sort();
        self.bills.dedup();
        self.skipped.sort_by(|a, b| a.name.cmp(&b.name));
        self.skipped.dedup();
    }

    /// Whether nothing but bills of materials was named.
    #[must_use]
    pub fn holds_only_bills(&self) -> bool {
        self.projects.is_empty()
            && self.loose.is_empty()
            && self.dockerfiles.is_empty()
            && self.archives.is_empty()
            && self.lockfiles.is_empty()
    }

    fn skip(&mut self, path: &str, reason: String) {
        self.skipped.push(Input {
            name: path.to_owned(),
            lens: "compose",
            status: InputStatus::Skipped(reason),
        });
    }
}

/// What a compose file beside the project of its directory turns out to be.
pub enum Standing {
    /// A project of its own.
    Project(ProjectFiles),
    /// Not a compose file, or not one that can stand, and why.
    Not(String),
}

/// Looks into a loose compose file. A file whose services lack an image and a build that the base gives them is meant
/// to be put on top of the base: `-f base -f file`.
#[must_use]
pub fn settle(world: &dyn World, loose: &Loose, options: &ComposeOptions) -> Standing {
    let alone = options.single(&loose.path);
    if loose.named {
        return Standing::Project(alone);
    }
    let bytes = match world.read(&loose.path) {
        Ok(bytes) => bytes,
        Err(error) => return Standing::Not(format!("not readable: {error}")),
    };
    if !classify::has_services(&String::from_utf8_lossy(&bytes)) {
        return Standing::Not("has no `services`".to_owned());
    }
    let Some(base) = &loose.base else { return Standing::Project(alone) };
    let lacking = services(world, &alone, |whole| !whole);
    if lacking.is_empty() {
        return Standing::Project(alone);
    }
    let given = services(world, base, |whole| whole);
    if !lacking.iter().any(|name| given.contains(name)) {
        return Standing::Project(alone);
    }
    let mut files: Vec<String> = match hardened(world, &loose.path) {
        // What hardens a project was made for all of its files.
        Some(None) => base.files.clone(),
        Some(Some(path)) => match settle(world, &Loose { path, ..loose.clone() }, options) {
            Standing::Project(project) => project.files,
            not => return not,
        },
        None => base.files.iter().filter(|file| !is_override(file)).cloned().collect(),
    };
    files.push(loose.path.clone());
    Standing::Project(options.overlaid(ProjectFiles { files, ..base.clone() }))
}

/// Of an overlay that hardens: the file that it is for, where that is not the one that Compose finds by itself.
fn hardened(world: &dyn World, path: &str) -> Option<Option<String>> {
    let stem = paths::name(path).strip_suffix(HARDENING)?;
    let beside = |ending: &str| paths::join(&paths::parent(path), &format!("{stem}{ending}"));
    let own =
        [".yaml", ".yml"].map(beside).into_iter().find(|file| world.kind(file) == Some(EntryKind::File));
    Some(own.filter(|own| classify::by_name(paths::name(own)) != Some(FileClass::ComposeBase)))
}

fn is_override(path: &str) -> bool {
    classify::by_name(paths::name(path)) == Some(FileClass::ComposeOverride)
}

/// Names of services that have (`true`) or lack an image and a build.
fn services(world: &dyn World, project: &ProjectFiles, keep: impl Fn(bool) -> bool) -> Vec<Arc<str>> {
    let loaded = compose::load(world, &mut Sources::new(), project);
    let Some(all) = loaded.model.get("services").and_then(|node| node.as_map()) else { return Vec::new() };
    all.entries
        .iter()
        .filter(|entry| keep(entry.value.get("image").is_some() || entry.value.get("build").is_some()))
        .map(|entry| entry.key.clone())
        .collect()
}
