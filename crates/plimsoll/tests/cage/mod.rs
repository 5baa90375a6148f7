//! A real engine for tests that look at containers, with an image of nothing but busybox, and all that is made removed again.
//!
//! Nothing of it is shared between tests that run side by side: image, names and label are of one process.

use std::collections::BTreeMap;
use std::process::{Command, Stdio};

use plimsoll_engine::{Address, Patience, Workshop};
use serde_json::Value;

/// An engine and what was made in it.
pub(crate) struct Cage {
    pub(crate) workshop: Workshop,
    /// The image; every name that is made starts like it.
    pub(crate) image: String,
    /// What all names start with.
    pub(crate) name: String,
    label: String,
}

impl Cage {
    /// The engine, when it is asked for and there; says so when it is not.
    pub(crate) fn at_hand(purpose: &str) -> Option<Self> {
        if std::env::var_os("PLIMSOLL_INTEGRATION").is_none() {
            eprintln!("not run: PLIMSOLL_INTEGRATION is not set");
            return None;
        }
        let address = Address::find(|name| std::env::var(name).ok()).ok()?;
        let workshop = match Workshop::open(&address, Patience::default(), None) {
            Ok(workshop) => workshop,
            Err(error) => {
                eprintln!("NOT RUN: no engine answers, so that nothing was proved ({error})");
                return None;
            }
        };
        let Some(busybox) = output("sh", &["-c", "command -v busybox"]) else {
            eprintln!("NOT RUN: nothing was proved, because there is no busybox to make an image of");
            return None;
        };
        eprintln!("with the engine {}", workshop.lookout().about().version);
        let name = format!("plimsoll-{purpose}-{}", std::process::id());
        let label = format!("dev.plimsoll.cage={name}");
        let cage = Self { workshop, image: format!("{name}:1"), name, label };
        cage.import(busybox.trim(), &cage.image);
        Some(cage)
    }

    /// What is made has to have this label.
    pub(crate) fn labels(&self) -> BTreeMap<String, String> {
        let (key, value) = self.label.split_once('=').unwrap();
        BTreeMap::from([(key.to_owned(), value.to_owned())])
    }

    /// Runs the client, which has to succeed.
    pub(crate) fn docker(&self, arguments: &[&str]) -> String {
        let output = Command::new("docker").args(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// What `docker inspect` prints of the containers.
    pub(crate) fn inspect(&self) -> Vec<Value> {
        let ids = self.ids(&["ps", "--all"]);
        let mut arguments = vec!["inspect", "--type", "container"];
        arguments.extend(ids.iter().map(String::as_str));
        serde_json::from_str(&self.docker(&arguments)).unwrap()
    }

    /// An image of busybox with two accounts; `busybox` is a path on this machine.
    pub(crate) fn import(&self, busybox: &str, image: &str) {
        let root = std::env::temp_dir().join(format!("{}-root", image.replace([':', '/'], "-")));
        let _ = std::fs::remove_dir_all(&root);
        for folder in ["bin", "etc", "tmp", "usr/share", "proc", "dev", "sys"] {
            std::fs::create_dir_all(root.join(folder)).unwrap();
        }
        std::fs::copy(busybox, root.join("bin/busybox")).unwrap();
        for name in ["sh", "sleep"] {
            std::os::unix::fs::symlink("busybox", root.join("bin").join(name)).unwrap();
        }
        let accounts = "root:x:0:0::/:/bin/sh\nnode:x:1000:1000::/:/bin/sh\n";
        std::fs::write(root.join("etc/passwd"), accounts).unwrap();
        std::fs::write(root.join("etc/group"), "root:x:0:\nnode:x:1000:\n").unwrap();
        let mut tar = Command::new("tar")
            .args(["--owner=0", "--group=0", "-C"])
            .arg(&root)
            .args(["-c", "."])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let label = format!("LABEL {}", self.label);
        let imported = Command::new("docker")
            .args(["import", "-c", "ENV PATH=/bin", "-c", &label, "-", image])
            .stdin(tar.stdout.take().unwrap())
            .stdout(Stdio::null())
            .status()
            .unwrap();
        assert!(imported.success() && tar.wait().unwrap().success());
        std::fs::remove_dir_all(&root).unwrap();
    }

    fn ids(&self, list: &[&str]) -> Vec<String> {
        let filter = format!("label={}", self.label);
        let mut arguments = list.to_vec();
        arguments.extend(["--quiet", "--filter", &filter]);
        output("docker", &arguments).unwrap_or_default().lines().map(str::to_owned).collect()
    }
}

impl Drop for Cage {
    fn drop(&mut self) {
        for (list, remove) in [
            (&["ps", "--all"][..], &["rm", "--force", "--volumes"][..]),
            (&["network", "ls"], &["network", "rm"]),
            (&["volume", "ls"], &["volume", "rm", "--force"]),
            (&["image", "ls", "--all"], &["image", "rm", "--force"]),
        ] {
            let ids = self.ids(list);
            if !ids.is_empty() {
                let mut arguments = remove.to_vec();
                arguments.extend(ids.iter().map(String::as_str));
                output("docker", &arguments);
            }
        }
    }
}

fn output(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}
