//! A real engine for tests, and an image of Node that is made from this machine's own.
//!
//! The image is named like an official one, so that what is known of those counts; a name that is there already is left alone.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Stdio};

/// A tag that nobody is likely to have. The version is one that is not past its end of life.
const BASE: &str = "node:22.20.0-bookworm-slim";

/// An engine and a base image.
pub(crate) struct Engine {
    /// The image's name.
    pub(crate) base: String,
    /// Its id: the name may be given to another meanwhile.
    id: String,
    /// A Compose of version 2.
    pub(crate) compose: Option<String>,
    /// What was there before the first test.
    pub(crate) before: Things,
    made: bool,
}

/// What an engine holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Things {
    pub(crate) containers: BTreeSet<String>,
    pub(crate) networks: BTreeSet<String>,
    pub(crate) volumes: BTreeSet<String>,
    pub(crate) images: BTreeSet<String>,
}

impl Engine {
    /// The engine, when it is asked for and there.
    pub(crate) fn at_hand() -> Option<Self> {
        if std::env::var_os("PLIMSOLL_INTEGRATION").is_none() {
            eprintln!("not run: PLIMSOLL_INTEGRATION is not set");
            return None;
        }
        let Some(version) = docker(&["version", "--format", "{{.Server.Version}}"]) else {
            eprintln!("NOT RUN: no Docker Engine answers, so that no proof was tried");
            return None;
        };
        let [node, busybox] =
            ["node", "busybox"].map(|name| output("sh", &["-c", &format!("command -v {name}")]));
        let (Some(node), Some(busybox)) = (node, busybox) else {
            eprintln!(
                "NOT RUN: no proof was tried, because there is no node or no busybox to make an image of"
            );
            return None;
        };
        eprintln!("with the engine {}", version.trim());
        let compose = std::env::var("PLIMSOLL_COMPOSE").ok().filter(|path| !path.is_empty());
        let made = docker(&["image", "inspect", BASE]).is_none();
        if made {
            import(node.trim(), busybox.trim());
        }
        let id = docker(&["image", "inspect", "--format", "{{.Id}}", BASE])?.trim().to_owned();
        let mut engine = Self { base: BASE.to_owned(), id, compose, before: Things::default(), made };
        engine.before = engine.things();
        Some(engine)
    }

    /// Of what the engine holds, all that a proof might have made: what carries its label, and every image that stands on
    /// the one of these tests. Others may use the engine meanwhile.
    pub(crate) fn things(&self) -> Things {
        let label = "label=dev.plimsoll.proof";
        let list = |arguments: &[&str]| -> BTreeSet<String> {
            docker(arguments).unwrap_or_default().lines().map(str::to_owned).collect()
        };
        let all: Vec<String> = list(&["image", "ls", "--all", "--quiet", "--no-trunc"]).into_iter().collect();
        let parents: Vec<(String, String)> = all
            .iter()
            .filter_map(|id| docker(&["image", "inspect", "--format", "{{.Id}} {{.Parent}}", id]))
            .filter_map(|line| {
                line.trim().split_once(' ').map(|(id, parent)| (id.to_owned(), parent.to_owned()))
            })
            .collect();
        let mut images = BTreeSet::from([self.id.clone()]);
        loop {
            let more: Vec<String> = parents
                .iter()
                .filter(|(id, parent)| images.contains(parent) && !images.contains(id))
                .map(|(id, _)| id.clone())
                .collect();
            if more.is_empty() {
                break;
            }
            images.extend(more);
        }
        images.extend(list(&["image", "ls", "--all", "--quiet", "--no-trunc", "--filter", label]));
        Things {
            containers: list(&["ps", "--all", "--quiet", "--filter", label]),
            networks: list(&["network", "ls", "--quiet", "--filter", label]),
            volumes: list(&["volume", "ls", "--quiet", "--filter", label]),
            images,
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        if self.made {
            docker(&["image", "rm", &self.base]);
        }
    }
}

fn output(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

fn docker(arguments: &[&str]) -> Option<String> {
    output("docker", arguments)
}

/// Node with the libraries it needs, busybox by the names of its programs, two accounts.
fn import(node: &str, busybox: &str) {
    let root = std::env::temp_dir().join(format!("plimsoll-node-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&root);
    for folder in ["bin", "usr/local/bin", "etc", "tmp", "root", "home/node", "var"] {
        std::fs::create_dir_all(root.join(folder)).unwrap();
    }
    let copy = |from: &str, to: &Path| {
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        std::fs::copy(from, to).unwrap();
    };
    copy(node, &root.join("usr/local/bin/node"));
    for library in output("ldd", &[node]).unwrap().split_whitespace().filter(|word| word.starts_with('/')) {
        copy(library, &root.join(&library[1..]));
    }
    copy(busybox, &root.join("bin/busybox"));
    for name in ["sh", "sleep", "touch", "wget"] {
        std::os::unix::fs::symlink("busybox", root.join("bin").join(name)).unwrap();
    }
    std::fs::write(
        root.join("etc/passwd"),
        "root:x:0:0::/root:/bin/sh\nnode:x:1000:1000::/home/node:/bin/sh\n",
    )
    .unwrap();
    std::fs::write(root.join("etc/group"), "root:x:0:\nnode:x:1000:\n").unwrap();
    let mut tar = Command::new("tar")
        .args(["--owner=0", "--group=0", "-C"])
        .arg(&root)
        .args(["-c", "."])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let path = "ENV PATH=/usr/local/bin:/usr/bin:/bin";
    let imported = Command::new("docker")
        .args(["import", "-c", path, "-", BASE])
        .stdin(tar.stdout.take().unwrap())
        .stdout(Stdio::null())
        .status()
        .unwrap();
    assert!(imported.success() && tar.wait().unwrap().success());
    std::fs::remove_dir_all(&root).unwrap();
}
