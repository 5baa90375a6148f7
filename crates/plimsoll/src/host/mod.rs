//! Looks at the files of a host and writes down what the host lens reads: plain tables with one line a thing.
//!
//! Everything is read below a root (`--host-root`), so that it works from inside a container that has the host mounted, and in tests.
//! Nothing is written or started, no link leads out of the root, everything is bounded, and what may not be read is said or left out:
//! the rest is captured all the same. Processes and sockets are those of the root's own `/proc`; where that is not mounted there are none.
//! Deliberately absent: what any of it means (`plimsoll-lens`, `host`), and files of another machine than the root's.

mod accounts;
mod files;
mod machine;
mod processes;
mod sockets;
mod tree;
mod units;

use std::path::Path;

use plimsoll_lens::host::{self, Documents, Named, Role};
use plimsoll_text::{SourceKind, Sources};

use self::accounts::Accounts;
use self::tree::Tree;

/// What is known before the files are looked at.
#[derive(Debug, Clone, Default)]
pub struct Hints {
    /// Where the engine says that its data are (`DockerRootDir`).
    pub data_root: Option<String>,
    /// The engine that was asked, when it runs on another machine: no file of this one says anything about it.
    pub elsewhere: Option<String>,
}

/// A document that was captured: its name says what it is ([`Role::of_name`]).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Captured {
    /// `host/files`, `/etc/docker/daemon.json`.
    pub name: String,
    /// Its text.
    pub bytes: Vec<u8>,
}

/// All that was captured of a host.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Capture {
    /// In the order of their roles.
    pub documents: Vec<Captured>,
    /// What was not looked at, and why.
    pub unread: Vec<(String, String)>,
}

/// Looks at the host whose root is `root`.
#[must_use]
pub fn capture(root: &Path, hints: &Hints) -> Capture {
    let mut capture = Capture::default();
    if let Some(engine) = &hints.elsewhere {
        let why = format!("the engine at {engine} is on another machine, whose files are not here");
        capture.unread.push(("host files".to_owned(), why));
        return capture;
    }
    let Some(tree) = Tree::open(root) else {
        capture.unread.push((root.display().to_string(), "is no directory that can be read".to_owned()));
        return capture;
    };
    let running = processes::find(&tree);
    capture.table(Role::Processes, "process, start, command line", processes::table(&running));
    capture.table(Role::Units, "file: setting of a unit", units::table(&tree));
    let named = capture.named();
    match tree.read(&named.daemon_json) {
        Ok(Some(bytes)) => {
            capture.documents.push(Captured { name: Role::DaemonJson.document().to_owned(), bytes });
        }
        Ok(None) => {}
        Err(why) => capture.unread.push((named.daemon_json.clone(), why)),
    }
    let named = capture.named();
    let accounts = Accounts::read(&tree);
    capture.table(Role::Files, "mode, owner, group, time, path", files::table(&tree, &named, &accounts));
    capture.table(Role::Groups, "group of the socket", accounts.members(&tree, &named));
    let data_root = hints.data_root.clone().or_else(|| named.data_root.clone());
    capture.table(Role::Mounts, "path, device, type, source", machine::mounts(&tree, data_root));
    capture.table(Role::Audit, "file: rule", machine::audit(&tree));
    capture.table(Role::Listening, "listening sockets", sockets::table(&tree, &named, &running));
    capture.table(Role::Machine, "kernel and operating system", machine::table(&tree));
    let role = |document: &Captured| Role::of_name(&document.name);
    capture.documents.sort_by_key(role);
    capture
}

impl Capture {
    /// Adds a table, unless nobody could tell what would be in it.
    fn table(&mut self, role: Role, what: &str, lines: Option<Vec<String>>) {
        let Some(lines) = lines else { return };
        let name = role.document();
        let mut text = format!("# {name}: {what}\n");
        for line in lines {
            // A name with a line end in it would make two lines of one.
            text.extend(line.chars().map(|letter| if letter.is_control() { '\u{fffd}' } else { letter }));
            text.push('\n');
        }
        self.documents.push(Captured { name: name.to_owned(), bytes: text.into_bytes() });
    }

    /// What the documents so far name.
    fn named(&self) -> Named {
        let mut sources = Sources::new();
        for document in &self.documents {
            sources.add(&document.name, SourceKind::Other, &document.bytes);
        }
        host::named(&Documents::named(sources.iter()))
    }
}
