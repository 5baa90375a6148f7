//! A project on disk for one test, and runs of the program in it.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A value that must never be printed; it has the form of a GitHub token and belongs to nobody.
pub(crate) const CANARY: &str = "ghp_16C7e42F292c6912E7710c838347Ae178B4a";

/// A directory that is removed again.
pub(crate) struct Project(PathBuf);

/// What a run left.
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Project {
    pub(crate) fn new(name: &str, files: &[(&str, &str)]) -> Self {
        let path = std::env::temp_dir().join(format!("plimsoll-cli-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(path.join("project")).unwrap();
        let project = Self(path);
        for (path, text) in files {
            project.write(path, text);
        }
        project
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.0.join("project")
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        self.write_bytes(path, text.as_bytes());
    }

    pub(crate) fn write_bytes(&self, path: &str, bytes: &[u8]) {
        let path = self.root().join(path);
        std::fs::create_dir_all(path.parent().unwrap_or(Path::new("/"))).unwrap();
        std::fs::write(path, bytes).unwrap();
    }

    pub(crate) fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.root().join(path)).unwrap()
    }

    pub(crate) fn run(&self, arguments: &[impl AsRef<str>]) -> Run {
        self.run_with(arguments, &[], "")
    }

    pub(crate) fn run_with(
        &self,
        arguments: &[impl AsRef<str>],
        variables: &[(&str, &str)],
        stdin: &str,
    ) -> Run {
        let mut child = self.command(arguments).envs(variables.iter().copied()).spawn().unwrap();
        // A program that does not read its input may be gone before it is written.
        let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
        let output = child.wait_with_output().unwrap();
        Run {
            code: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// A run whose standard output is closed before anything is written.
    pub(crate) fn run_unread(&self, arguments: &[&str]) -> Run {
        let mut child = self.command(arguments).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        Run {
            code: output.status.code().unwrap(),
            stdout: String::new(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    pub(crate) fn command(&self, arguments: &[impl AsRef<str>]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_plimsoll"));
        command
            .args(arguments.iter().map(AsRef::as_ref))
            .current_dir(self.root())
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }
}

impl Drop for Project {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

impl Run {
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}{}", self.stdout, self.stderr))
    }

    /// The names of the scenarios.
    pub(crate) fn names(&self) -> Vec<String> {
        let json = self.json();
        let scenarios = json["scenarios"].as_array().unwrap();
        scenarios.iter().map(|scenario| scenario["name"].as_str().unwrap().to_owned()).collect()
    }

    /// The subjects at which a control has open findings.
    pub(crate) fn findings(&self, control: &str) -> Vec<String> {
        let json = self.json();
        let scenarios = json["scenarios"].as_array().unwrap();
        scenarios
            .iter()
            .flat_map(|scenario| scenario["findings"].as_array().unwrap())
            .filter(|finding| finding["control"] == control && finding["state"] == "open")
            .map(|finding| {
                let subject = &finding["subject"];
                format!("{} {}", subject["kind"].as_str().unwrap(), subject["name"].as_str().unwrap())
            })
            .collect()
    }
}
