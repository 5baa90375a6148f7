//! Runs another program, for a bounded time and until somebody says stop.
//!
//! Deliberately absent: which program.

use std::io::Read;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use plimsoll_engine::Stop;

use super::Trouble;

/// Of each stream, in bytes.
const MOST: u64 = 64 * 1024 * 1024;
/// How often it is asked whether it is done.
const BEAT: Duration = Duration::from_millis(20);

/// What it came to.
pub(super) struct Ran {
    pub(super) ok: bool,
    pub(super) stdout: String,
    pub(super) stderr: String,
}

impl Ran {
    /// Its own words about what went wrong: the last lines, without those that only count progress.
    pub(super) fn complaint(&self) -> String {
        let text = if self.stderr.trim().is_empty() { &self.stdout } else { &self.stderr };
        let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        let is_error = |line: &&&str| {
            let small = line.to_ascii_lowercase();
            small.contains("error") || small.contains("failed")
        };
        let line = lines.iter().rev().find(is_error).or(lines.last());
        line.map_or_else(|| "it says nothing".to_owned(), |line| line.chars().take(300).collect())
    }
}

/// Runs to the end. The program is ended when time is over or somebody says stop.
pub(super) fn run(command: &mut Command, deadline: Instant, stop: &Stop) -> Result<Ran, Trouble> {
    let name = command.get_program().to_string_lossy().into_owned();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| Trouble::Cannot(format!("{name} cannot be started: {error}")))?;
    let readers = (child.stdout.take().map(collect), child.stderr.take().map(collect));
    let status = wait(&mut child, deadline, stop);
    if status.is_err() {
        // It is ours, and nobody waits for it any more.
        let _ = child.kill();
        let _ = child.wait();
    }
    let text = |reader: Option<std::thread::JoinHandle<String>>| {
        reader.and_then(|reader| reader.join().ok()).unwrap_or_default()
    };
    let (stdout, stderr) = (text(readers.0), text(readers.1));
    Ok(Ran { ok: status?.success(), stdout, stderr })
}

fn collect(stream: impl Read + Send + 'static) -> std::thread::JoinHandle<String> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        // What came until it broke off is what there is.
        let _ = stream.take(MOST).read_to_end(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

fn wait(child: &mut Child, deadline: Instant, stop: &Stop) -> Result<ExitStatus, Trouble> {
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Ok(status),
            Ok(None) if stop.load(Ordering::Relaxed) => return Err(Trouble::Stopped),
            Ok(None) if Instant::now() >= deadline => return Err(Trouble::late()),
            Ok(None) => std::thread::sleep(BEAT),
            Err(error) => return Err(Trouble::Cannot(error.to_string())),
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::AtomicBool;

    use super::*;

    fn sh(script: &str, seconds: u64, stopped: bool) -> Result<Ran, Trouble> {
        let stop = Arc::new(AtomicBool::new(stopped));
        run(
            Command::new("/bin/sh").args(["-c", script]),
            Instant::now() + Duration::from_secs(seconds),
            &stop,
        )
    }

    #[test]
    fn a_program_ends_by_itself_or_is_ended() {
        let ran =
            sh("echo out; echo 'progress'; echo 'Error: no' >&2; echo done >&2; exit 3", 60, false).unwrap();
        assert!(!ran.ok && ran.stdout.starts_with("out\n"));
        assert_eq!(ran.complaint(), "Error: no");
        assert!(matches!(sh("exec sleep 600", 0, false), Err(Trouble::Cannot(_))));
        assert!(matches!(sh("exec sleep 600", 60, true), Err(Trouble::Stopped)));
    }
}
