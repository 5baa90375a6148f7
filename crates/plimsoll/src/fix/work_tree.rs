//! Asks git which files have changes that were not committed.
//!
//! Deliberately absent: any need of git. Without it, without a repository, and when it takes too long, there is nothing
//! to say.

use std::io::Read as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// How long git may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// How often it is asked whether it is done.
const BEAT: Duration = Duration::from_millis(5);

/// Bytes of the answer that are read.
const MOST: u64 = 1024 * 1024;

/// Those of the files, relative to `root`, that git knows and that differ from the last commit.
pub(super) fn modified<'n>(root: &Path, names: &[&'n str]) -> Vec<&'n str> {
    let one = |name: &&&'n str| status(root, name).is_some_and(|status| !status.starts_with("??"));
    names.iter().filter(one).copied().collect()
}

fn status(root: &Path, name: &str) -> Option<String> {
    // The project is not trusted: no program that its configuration names is started, and no index is written.
    let mut child = Command::new("git")
        .args(["--no-optional-locks", "--literal-pathspecs", "-c", "core.fsmonitor=false"])
        .args(["status", "--porcelain", "-z", "--ignore-submodules=all", "--", name])
        .current_dir(root)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let begin = Instant::now();
    let done = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status.success(),
            Ok(None) if begin.elapsed() < PATIENCE => std::thread::sleep(BEAT),
            _ => {
                // It is ours, and nobody waits for it any more.
                let _ = child.kill();
                let _ = child.wait();
                break false;
            }
        }
    };
    let mut text = String::new();
    child.stdout.take()?.take(MOST).read_to_string(&mut text).ok()?;
    (done && !text.is_empty()).then_some(text)
}
