//! From the arguments to a world and a plan: what the named paths are, what may be read, what is called how.
//!
//! Names in output are relative to the current directory as long as everything lies below it, else to the nearest
//! directory that holds everything. Deliberately absent: reading what the files mean.

use std::io::Read;
use std::path::{Component, Path, PathBuf};

use plimsoll_lens::compose::ProjectFiles;

use crate::archives;
use crate::args::{Selection, means_host};
use crate::classify::{self, FileClass};
use crate::discover::{ComposeOptions, Plan};
use crate::disk::{self, Disk, MAX_FILE, Variables};
use crate::paths;
use crate::scan::Stdin;
use crate::walk::{relative, walk};

/// What a run looks at.
#[derive(Debug)]
pub struct Inputs {
    /// The files.
    pub world: Disk,
    /// The plan.
    pub plan: Plan,
    /// Standard input.
    pub stdin: Option<Stdin>,
    /// What was said about compose projects, with the names of the world.
    pub compose: ComposeOptions,
    /// Directories upward in which a configuration is looked for, nearest first.
    pub config_places: Vec<PathBuf>,
}

const STDIN: &str = "-";

/// Resolves the arguments.
///
/// # Errors
/// A message for the user when something named is not there or cannot be read.
pub fn resolve(selection: &Selection, stdin: &mut dyn Read) -> Result<Inputs, String> {
    let current = std::env::current_dir().map_err(|error| format!("the current directory: {error}"))?;
    let mut named: Vec<PathBuf> = selection.paths.clone();
    let asked = named.len();
    named.retain(|path| !means_host(path));
    let host = named.len() < asked;
    if named.is_empty() && selection.files.is_empty() && selection.image.is_empty() && !host {
        named.push(PathBuf::from("."));
    }
    let spots = Spots::of(&current, selection, &named)?;
    let variables = if selection.shell_env { Variables::All } else { Variables::Compose };
    let world = Disk::new(&spots.root, &spots.bounds, variables)
        .map_err(|error| format!("{}: {error}", spots.root.display()))?;
    let quiet = world.with_variables(Variables::Hidden);
    let name = |path: &PathBuf| spots.name(&current, path);
    let compose = ComposeOptions {
        files: selection.files.iter().map(name).collect(),
        env_files: selection.env_file.iter().map(name).collect(),
        profiles: selection.profile.clone(),
        directory: selection.project_directory.as_ref().map(name),
        overlay: false,
    };
    let mut plan = Plan::default();
    plan.projects.extend(compose.project());
    // What a path turns out to be is its own project: the files of `-f` are not put on top of it.
    let single = ComposeOptions { files: Vec::new(), ..compose.clone() };
    for path in &named {
        if is_stdin(path) {
            continue;
        }
        let absolute = lexical(&current, path);
        if absolute.is_dir() && archives::is_layout(&world, &name(path)) {
            plan.archives.push(name(path));
        } else if absolute.is_dir() {
            let walked = walk(&spots.root, &absolute);
            plan.skipped.extend(walked.skipped);
            plan.searched.extend(walked.files);
            plan.searched_in.push(name(path));
            plan.add_found(&world, &quiet, &name(path), &walked.candidates, &single);
        } else {
            plan.add_named(&world, &name(path), &single)?;
        }
    }
    plan.unite();
    let mut given = None;
    if named.iter().chain(&selection.files).any(|path| is_stdin(path)) {
        let for_project = selection.files.iter().any(|path| is_stdin(path));
        given = Some(read_stdin(stdin, selection.stdin_name.as_deref(), for_project)?);
    }
    if let Some(stdin) = given.as_ref().filter(|stdin| !stdin.dockerfile && compose.files.is_empty()) {
        let directory = compose.directory.clone().unwrap_or_else(|| match stdin.name.as_str() {
            "<stdin>" => ".".to_owned(),
            name => paths::parent(name),
        });
        plan.projects.push(ProjectFiles {
            files: vec![STDIN.to_owned()],
            directory,
            env_files: compose.env_files.clone(),
            profiles: compose.profiles.clone(),
            ..ProjectFiles::default()
        });
    }
    let config_places = spots.config_places(&current);
    Ok(Inputs { world, plan, stdin: given, compose, config_places })
}

fn is_stdin(path: &Path) -> bool {
    path == Path::new(STDIN)
}

fn read_stdin(stdin: &mut dyn Read, name: Option<&str>, for_project: bool) -> Result<Stdin, String> {
    let mut bytes = Vec::new();
    stdin.take(MAX_FILE + 1).read_to_end(&mut bytes).map_err(|error| format!("standard input: {error}"))?;
    if bytes.len() as u64 > MAX_FILE {
        return Err(format!("standard input is larger than {} MiB", MAX_FILE >> 20));
    }
    let by_name = name.and_then(|name| classify::by_name(paths::name(name)));
    let class = by_name.or_else(|| classify::by_text(&String::from_utf8_lossy(&bytes)));
    let dockerfile = match class {
        _ if for_project => false,
        Some(class) => class == FileClass::Dockerfile,
        None => {
            return Err("standard input looks neither like a Dockerfile nor like a compose file; \
                        say which with --stdin-name Dockerfile or --stdin-name compose.yaml"
                .to_owned());
        }
    };
    Ok(Stdin { bytes, dockerfile, name: name.unwrap_or("<stdin>").to_owned() })
}

/// Where things lie.
struct Spots {
    root: PathBuf,
    bounds: Vec<PathBuf>,
    /// The directory of the first input, without links.
    first: PathBuf,
}

impl Spots {
    fn of(current: &Path, selection: &Selection, named: &[PathBuf]) -> Result<Self, String> {
        let mut root: Option<PathBuf> = None;
        let mut bounds = Vec::new();
        let mut first = None;
        let inputs = named.iter().chain(&selection.files);
        let helpers = selection.env_file.iter().chain(&selection.project_directory);
        for path in inputs.chain(helpers) {
            if is_stdin(path) {
                bounds.push(disk::repository(current).unwrap_or(current).to_owned());
                root = Some(root.map_or_else(|| current.to_owned(), |root| shared(&root, current)));
                continue;
            }
            let absolute = lexical(current, path);
            let real =
                absolute.canonicalize().map_err(|error| format!("{}: {}", path.display(), plain(&error)))?;
            let is_directory = real.is_dir();
            let directory = |path: &Path| {
                if is_directory { path.to_owned() } else { path.parent().unwrap_or(path).to_owned() }
            };
            let own = directory(&real);
            let within = own.starts_with(current) && !is_directory;
            let bound = disk::repository(&own).unwrap_or(if within { current } else { &own });
            bounds.push(bound.to_owned());
            // A link that the user names may lie in one place and lead to another.
            bounds.push(real.clone());
            first.get_or_insert(own);
            let above = directory(&absolute);
            let above = if above.starts_with(current) { current.to_owned() } else { above };
            root = Some(root.map_or_else(|| above.clone(), |root| shared(&root, &above)));
        }
        Ok(Self {
            root: root.unwrap_or_else(|| current.to_owned()),
            bounds,
            first: first.unwrap_or_else(|| current.to_owned()),
        })
    }

    /// The path as the world names it.
    fn name(&self, current: &Path, path: &Path) -> String {
        if is_stdin(path) { STDIN.to_owned() } else { relative(&self.root, &lexical(current, path)) }
    }

    /// From the first input upward to the repository's root; without a repository to the current directory, if that
    /// lies above, else no further than the input's own directory.
    fn config_places(&self, current: &Path) -> Vec<PathBuf> {
        let last = match disk::repository(&self.first) {
            Some(repository) => repository,
            None if self.first.starts_with(current) => current,
            None => &self.first,
        };
        self.first.ancestors().take_while(|place| place.starts_with(last)).map(Path::to_owned).collect()
    }
}

fn plain(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file or directory".to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        kind => kind.to_string(),
    }
}

/// The absolute path without `.` and `..`, links untouched.
fn lexical(current: &Path, path: &Path) -> PathBuf {
    let mut clean = PathBuf::new();
    for component in current.join(path).components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                clean.pop();
            }
            other => clean.push(other),
        }
    }
    clean
}

/// The nearest directory above both.
fn shared(a: &Path, b: &Path) -> PathBuf {
    a.ancestors().find(|above| b.starts_with(above)).unwrap_or(Path::new("/")).to_owned()
}
