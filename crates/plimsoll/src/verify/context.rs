//! A build context as the archive that the engine's builder takes: everything that `.dockerignore` lets through, with the
//! Dockerfile in any case.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use plimsoll_lens::context::IgnoreRules;
use plimsoll_text::{SourceKind, Sources};

/// The name of a Dockerfile that lies outside of its context.
const FOREIGN: &str = ".plimsoll.Dockerfile";

/// A context on the disk.
pub(super) struct Context {
    folder: PathBuf,
    rules: IgnoreRules,
    dockerfile: PathBuf,
    /// The Dockerfile's name in the archive.
    pub(super) name: String,
}

impl Context {
    /// The context in `folder` with the Dockerfile at `dockerfile`.
    pub(super) fn of(folder: &Path, dockerfile: &Path) -> Self {
        let inner = dockerfile.strip_prefix(folder).ok().and_then(Path::to_str);
        let name = inner.unwrap_or(FOREIGN).to_owned();
        Self { folder: folder.to_owned(), rules: rules(folder), dockerfile: dockerfile.to_owned(), name }
    }

    /// Writes the archive.
    pub(super) fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut archive = tar::Builder::new(out);
        archive.follow_symlinks(false);
        archive.mode(tar::HeaderMode::Complete);
        if self.name == FOREIGN {
            archive.append_path_with_name(&self.dockerfile, FOREIGN)?;
        }
        let mut open = vec![String::new()];
        while let Some(folder) = open.pop() {
            let mut entries = fs::read_dir(self.folder.join(&folder))?.collect::<io::Result<Vec<_>>>()?;
            entries.sort_by_key(fs::DirEntry::file_name);
            for entry in entries {
                // Names that are not UTF-8 cannot be written in a Dockerfile either.
                let Ok(name) = entry.file_name().into_string() else { continue };
                let path = if folder.is_empty() { name } else { format!("{folder}/{name}") };
                let kind = entry.file_type()?;
                let kept_out = path != self.name && path != ".dockerignore" && self.rules.ignores(&path);
                if kind.is_dir() {
                    // Something in an ignored folder may be let through, and the Dockerfile always is.
                    if !kept_out {
                        archive.append_path_with_name(entry.path(), &path)?;
                    }
                    if !kept_out || self.rules.has_exceptions() || self.name.starts_with(&format!("{path}/"))
                    {
                        open.push(path);
                    }
                } else if !kept_out && (kind.is_file() || kind.is_symlink()) {
                    archive.append_path_with_name(entry.path(), &path)?;
                }
            }
        }
        archive.into_inner()?.flush()
    }
}

fn rules(folder: &Path) -> IgnoreRules {
    match fs::read(folder.join(".dockerignore")) {
        Ok(bytes) => {
            let mut sources = Sources::new();
            let id = sources.add(".dockerignore", SourceKind::Dockerignore, &bytes);
            IgnoreRules::read(sources.get(id)).0
        }
        Err(_) => IgnoreRules::default(),
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn what_is_ignored_stays_out_and_the_dockerfile_goes_in() {
        let top = std::env::temp_dir().join(format!("plimsoll-context-{}", std::process::id()));
        let _ = fs::remove_dir_all(&top);
        let folder = top.join("api");
        for (path, text) in [
            (".dockerignore", "*\n!src\nsrc/*.key\n"),
            ("Dockerfile", "FROM a\n"),
            (".env", "A=1"),
            ("src/x.js", "x"),
            ("src/server.key", "k"),
            ("docs/readme", "r"),
        ] {
            let place = folder.join(path);
            fs::create_dir_all(place.parent().unwrap()).unwrap();
            fs::write(place, text).unwrap();
        }
        fs::write(top.join("Dockerfile.api"), "FROM b\n").unwrap();
        std::os::unix::fs::symlink("x.js", folder.join("src/link.js")).unwrap();
        let names = |dockerfile: &Path| {
            let context = Context::of(&folder, dockerfile);
            let mut bytes = Vec::new();
            context.write(&mut bytes).unwrap();
            let mut archive = tar::Archive::new(&bytes[..]);
            let mut names: Vec<String> = archive
                .entries()
                .unwrap()
                .map(|entry| entry.unwrap().path().unwrap().to_string_lossy().into_owned())
                .collect();
            names.sort();
            (context.name, names)
        };
        let (name, inside) = names(&folder.join("Dockerfile"));
        assert_eq!(name, "Dockerfile");
        assert_eq!(
            inside,
            [".dockerignore", "Dockerfile", "src", "src/link.js", "src/x.js"].map(|name| {
                if name == "src" {
                    inside.iter().find(|own| own.trim_end_matches('/') == "src").unwrap().clone()
                } else {
                    name.to_owned()
                }
            })
        );
        let (name, outside) = names(&top.join("Dockerfile.api"));
        assert_eq!(name, FOREIGN);
        assert!(
            outside.contains(&FOREIGN.to_owned()) && !outside.contains(&"Dockerfile".to_owned()),
            "{outside:?}"
        );
        fs::remove_dir_all(&top).unwrap();
    }
}
