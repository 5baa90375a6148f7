//! `plimsoll init` as a command: which directory, what is there already, what is written and said.
//!
//! Deliberately absent: what the files say.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use plimsoll_lens::World as _;
use plimsoll_report::plain;

use super::files::{self, File};
use super::{ci, plan, project, workspace};
use crate::args::{CiHost, Init};
use crate::disk::{self, Disk, Variables};
use crate::fix::{Tree, Turn, unified};
use crate::paths;
use crate::run::{self, CLEAN, FINDINGS, Failure, Streams};

/// How a file stands to what is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// It is not there.
    New,
    /// It says this already.
    Same,
    /// It says something else.
    Other,
    /// It says something else and is written over.
    Replaced,
}

/// Runs the command.
pub(crate) fn init(arguments: &Init, streams: &mut Streams<'_>) -> Result<u8, Failure> {
    let named = arguments.directory.clone().unwrap_or_else(|| PathBuf::from("."));
    let real =
        named.canonicalize().map_err(|error| Failure::Told(format!("{}: {error}", named.display())))?;
    if !real.is_dir() {
        return Err(Failure::Told(format!(
            "{}: is no directory: name the one that holds package.json",
            named.display()
        )));
    }
    let (root, directory) = home(&real);
    let top = disk::repository(&root).map_or_else(|| root.clone(), Path::to_owned);
    let world = Disk::new(&root, std::slice::from_ref(&root), Variables::Hidden)
        .map_err(|error| Failure::Told(format!("{}: {error}", root.display())))?;
    let planned = plan(&world, &directory, arguments.port)
        .map_err(|message| Failure::Told(located(&message, &root)))?;
    // Everything below is named from the repository's top, where the job of CI belongs.
    let below = relative(&top, &root);
    let mut all: Vec<File> = planned
        .files
        .iter()
        .map(|file| File { path: paths::join(&below, &file.path), text: file.text.clone() })
        .collect();
    let host = match arguments.ci {
        CiHost::Auto => ci::host(&top),
        CiHost::Github => Some(ci::Host::GitHub),
        CiHost::Gitlab => Some(ci::Host::GitLab),
        CiHost::None => None,
    };
    if let (Some(host), Some(dockerfile)) = (host, planned.files.first()) {
        let npmrc = world.kind(".npmrc").is_some();
        all.push(files::job(host, &below, &dockerfile.path, npmrc));
    }
    let old: Vec<Option<String>> = all.iter().map(|file| present(&top, &file.path)).collect();
    let standing = |file: &File, old: &Option<String>| match old {
        None => Standing::New,
        Some(old) if *old == file.text => Standing::Same,
        Some(_) if arguments.force => Standing::Replaced,
        Some(_) => Standing::Other,
    };
    let standings: Vec<Standing> = all.iter().zip(&old).map(|(file, old)| standing(file, old)).collect();
    let writes = |standing: Standing| matches!(standing, Standing::New | Standing::Replaced);
    let written = all.iter().zip(&old).zip(&standings).filter(|(_, standing)| writes(**standing));
    let kept = standings.contains(&Standing::Other);
    if arguments.dry_run {
        let mut patch = String::new();
        for ((file, old), standing) in all.iter().zip(&old).zip(&standings) {
            if *standing == Standing::Other {
                let _ = writeln!(
                    patch,
                    "# {} is there and says something else: --force would write over it",
                    plain(&file.path)
                );
            }
            if *standing != Standing::Same {
                patch.push_str(&unified(&file.path, &turn(old.clone(), &file.text)).text);
            }
        }
        if patch.is_empty() {
            patch.push_str("# nothing to do: every file is there and says this already\n");
        }
        return run::print(streams, &patch).map(|_| if kept { FINDINGS } else { CLEAN });
    }
    let tree = Tree::new(&top, std::slice::from_ref(&top));
    let pairs = written.map(|((file, old), _)| (file.path.as_str(), old.as_deref(), file.text.as_str()));
    tree.store(pairs).map_err(|error| Failure::Told(error.to_string()))?;
    let mut told = format!("{}\n\n", plain(&planned.summary));
    for (file, standing) in all.iter().zip(&standings) {
        let (mark, rest) = match standing {
            Standing::New => ("created", ""),
            Standing::Same => ("unchanged", ""),
            Standing::Replaced => ("replaced", ""),
            Standing::Other => {
                ("kept", ": says something else; `--dry-run` shows the difference, `--force` writes over it")
            }
        };
        let _ = writeln!(told, "  {mark:<9} {}{rest}", plain(&file.path));
    }
    if standings.iter().all(|standing| *standing == Standing::Same) {
        told.push_str("\nNothing to do: every file is there and says this already.\n");
    }
    if !planned.notes.is_empty() {
        told.push_str("\nTo know:\n");
        for note in &planned.notes {
            let _ = writeln!(told, "  - {}", plain(note));
        }
    }
    if host.is_none() && arguments.ci == CiHost::Auto {
        told.push_str("\nNo CI job was written, because nothing says where the project lives: --ci github or --ci gitlab writes one.\n");
    }
    if host == Some(ci::Host::GitLab) {
        told.push_str(
            "\nThe job runs when .gitlab-ci.yml includes it: `include: [{ local: .gitlab/plimsoll.yml }]`.\n",
        );
    }
    if standings.iter().any(|standing| writes(*standing)) {
        told.push_str(
            "\nNext: `docker compose up --build --wait`, and `plimsoll scan` to see how it stands.\n",
        );
    }
    run::print(streams, &told).map(|_| if kept { FINDINGS } else { CLEAN })
}

fn turn(old: Option<String>, new: &str) -> Turn {
    Turn { old, new: new.to_owned(), hidden_old: Vec::new(), hidden_new: Vec::new() }
}

/// The text of a file that is there; one that is not UTF-8 says something else than ours.
fn present(top: &Path, path: &str) -> Option<String> {
    std::fs::read(top.join(path)).ok().map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

/// The root of the workspace that holds a directory, and the directory in it; the directory itself where it is in none.
fn home(real: &Path) -> (PathBuf, String) {
    let repository = disk::repository(real);
    for above in real.ancestors().skip(1) {
        let Ok(world) = Disk::new(above, &[above.to_owned()], Variables::Hidden) else { break };
        if let Some(patterns) = workspace::patterns(&world, &project::manifest_value(&world, ".")) {
            let inside = relative(above, real);
            if workspace::members(&world, &patterns).iter().any(|member| member.path == inside) {
                return (above.to_owned(), inside);
            }
        }
        if repository == Some(above) {
            break;
        }
    }
    (real.to_owned(), ".".to_owned())
}

fn relative(top: &Path, below: &Path) -> String {
    let inside = below.strip_prefix(top).unwrap_or(Path::new(""));
    let names: Vec<String> = inside.iter().map(|name| name.to_string_lossy().into_owned()).collect();
    if names.is_empty() { ".".to_owned() } else { names.join("/") }
}

/// Messages name files from the root that was read; the user may stand elsewhere.
fn located(message: &str, root: &Path) -> String {
    let here = std::env::current_dir().ok().and_then(|here| here.canonicalize().ok());
    if here.as_deref() == Some(root) {
        return message.to_owned();
    }
    format!("{}: {message}", root.display())
}
