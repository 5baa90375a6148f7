//! What the user should know of a project: what was not found and where it belongs, what was left out and why.
//!
//! Each says a place where it has one. Deliberately absent: what needs no word.

use plimsoll_posture::App;
use plimsoll_text::{Sources, Span};

use super::making::Next;
use super::package_manager::{Locked, PackageManager};
use super::start::Start;
use crate::paths;

/// `server.js:12`: where something is said.
pub(super) fn place(sources: &Sources, span: Span) -> String {
    let source = sources.get(span.source);
    format!("{}:{}", source.name, source.place(span.start as usize).line)
}

pub(super) fn lockfile_notes(locked: &Locked, notes: &mut Vec<String>) -> Result<(), String> {
    let Some(file) = locked.file else {
        let command = match locked.manager {
            PackageManager::Npm => "npm install --package-lock-only",
            PackageManager::Pnpm { .. } => "pnpm install --lockfile-only",
            PackageManager::Classic { .. } | PackageManager::Berry { .. } => "yarn install",
            PackageManager::Bun { .. } => "bun install",
        };
        return Err(format!(
            "there is no lockfile, so nobody can say what an image would hold: make one with `{command}`, commit it, and run again"
        ));
    };
    if !locked.others.is_empty() {
        notes.push(format!(
            "{} stands beside {file}, which is used: delete what you do not use, or name the manager in \"packageManager\"",
            locked.others.join(", ")
        ));
    }
    Ok(())
}

/// Directories that are written to, in terms of the image.
pub(super) fn writes(
    app: &App,
    directory: &str,
    compiled: Option<&str>,
    next: Option<Next>,
    notes: &mut Vec<String>,
) -> Vec<String> {
    let mut found = Vec::new();
    for path in &app.writes {
        let path = path.value.strip_prefix("src/").filter(|_| compiled.is_some()).map_or_else(
            || path.value.to_string(),
            |inside| format!("{}/{inside}", compiled.unwrap_or("dist")),
        );
        let name = paths::name(&path).to_owned();
        let file = name.contains('.') && !name.starts_with('.');
        let folder = if file { paths::parent(&path) } else { path.clone() };
        match folder.as_str() {
            "." => notes.push(format!(
                "the program writes {path} beside its own code, which is read-only in the container: let it write into a directory \
                 (data/{name}), and run init again"
            )),
            folder if folder.starts_with("..") || folder.contains([' ', ':', '$']) => {}
            folder => found.push(folder.to_owned()),
        }
    }
    if next == Some(Next::Standalone) && directory != "." {
        found.push(format!("{directory}/.next/cache"));
    } else if next.is_some() {
        found.push(".next/cache".to_owned());
    }
    found.sort();
    found.dedup();
    // A directory within another comes with it.
    let all = found.clone();
    found.retain(|path| !all.iter().any(|other| path != other && path.starts_with(&format!("{other}/"))));
    found
}

pub(super) fn host(
    app: &App,
    sources: &Sources,
    next: Option<Next>,
    notes: &mut Vec<String>,
) -> Option<(String, &'static str)> {
    if next.is_some() {
        return Some(("HOSTNAME".to_owned(), "0.0.0.0"));
    }
    let listening = app.listens.iter().find(|listening| listening.loopback)?;
    if let Some(variable) = &listening.host_variable {
        return Some((variable.to_string(), "0.0.0.0"));
    }
    notes.insert(
        0,
        format!(
            "{} listens on the loopback, where nobody outside of the container reaches it: add the host, for instance \
             `listen({{ port, host: process.env.HOST ?? '127.0.0.1' }})`, and run init again",
            place(sources, listening.at)
        ),
    );
    None
}

pub(super) fn start_notes(start: &Start) -> Vec<String> {
    let script = start.script.as_deref().unwrap_or("start");
    let before = start.before.iter().filter(|command| !command.contains("build"));
    let before = before.map(|command| {
        format!("the script `{script}` also runs `{command}`: CMD does not; run it once before each release, not at each start")
    });
    before.chain(start.dropped.iter().map(|dropped| format!("left out of CMD: {dropped}"))).collect()
}

pub(super) fn serving_notes(
    app: &App,
    sources: &Sources,
    port: Option<u16>,
    health: Option<&str>,
    notes: &mut Vec<String>,
) {
    if port.is_none() {
        notes.push(match app.listens.first() {
            Some(listening) => {
                format!(
                    "{} listens on a port that cannot be read from the source: no port is published; give it with --port",
                    place(sources, listening.at)
                )
            }
            None => "the source listens on no port that could be found: none is published; if it serves, give it with --port".to_owned(),
        });
    }
    if health.is_none() && port.is_some() {
        notes.push(match app.health_elsewhere.first() {
            Some(found) => {
                format!(
                    "{} answers `{}`, and what comes before that path is not clear, so no HEALTHCHECK was written: add it to the \
                     Dockerfile, above CMD (`plimsoll explain healthcheck-missing`)",
                    place(sources, found.at), found.value
                )
            }
            None => {
                let before = app.listens.first().map(|listening| format!(" before {}", place(sources, listening.at)));
                format!(
                    "no health endpoint was found in the source, so no HEALTHCHECK was written: add a route `GET /health` that answers 200{}, \
                     delete the Dockerfile and run init again, or add the HEALTHCHECK above CMD",
                    before.unwrap_or_default()
                )
            }
        });
    }
}
