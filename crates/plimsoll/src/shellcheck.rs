//! ShellCheck as a program beside ours: found on `PATH`, asked in batches, bounded in time and size.
//!
//! Deliberately absent: what its findings mean, and places in Dockerfiles (see the lens).

use std::ffi::OsString;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc;
use std::time::Duration;

use plimsoll_lens::linter::{LintScript, ScriptLinter, ScriptRemark};
use plimsoll_posture::LinterLevel;
use serde_json::Value;

/// The program's name.
const NAME: &str = "shellcheck";
/// One call is given no more scripts than this.
const BATCH: usize = 200;
/// One call may take this long.
const PATIENCE: Duration = Duration::from_secs(60);
/// No more of one reply is read, in bytes.
const MAX_REPLY: u64 = 64 * 1024 * 1024;
/// What our own controls say, and what makes no sense of a script that is cut out of a build: files that are not
/// there to follow (SC1090, SC1091) and the name of ash (SC2187).
const LEFT_OUT: &str =
    "--exclude=SC1090,SC1091,SC2187,SC2006,SC2028,SC2035,SC2046,SC2086,SC2115,SC2155,SC2164";

/// Whoever looks at scripts, shared by all scenarios.
#[derive(Clone)]
pub struct Linter(pub Arc<dyn ScriptLinter>);

impl std::fmt::Debug for Linter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Linter")
    }
}

/// When ShellCheck is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum When {
    /// When it is on PATH.
    Auto,
    /// Always; without it the run fails.
    Always,
    /// Never.
    #[default]
    Never,
}

impl When {
    /// Reads the name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "auto" => Self::Auto,
            "always" => Self::Always,
            "never" => Self::Never,
            _ => return None,
        })
    }
}

/// The linter to use.
///
/// # Errors
/// When it is demanded and there is none.
pub fn linter(when: When) -> Result<Option<Linter>, String> {
    if when == When::Never {
        return Ok(None);
    }
    match (on_path(std::env::var_os("PATH")), when) {
        (Some(program), _) => Ok(Some(Linter(Arc::new(ShellCheck { program })))),
        (None, When::Always) => {
            Err("ShellCheck is demanded and there is no `shellcheck` on PATH: install it, or use \
                 `--shellcheck=auto`"
                .to_owned())
        }
        (None, _) => Ok(None),
    }
}

/// Directories that are not absolute would make a program of the scanned project ours.
fn on_path(path: Option<OsString>) -> Option<PathBuf> {
    std::env::split_paths(&path?)
        .filter(|directory| directory.is_absolute())
        .map(|directory| directory.join(NAME).with_extension(std::env::consts::EXE_EXTENSION))
        .find(|program| is_program(program))
}

#[cfg(unix)]
fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(path: &Path) -> bool {
    path.is_file()
}

struct ShellCheck {
    program: PathBuf,
}

impl ScriptLinter for ShellCheck {
    fn lint(&self, scripts: &[LintScript]) -> Result<Vec<ScriptRemark>, String> {
        let mut shells: Vec<&'static str> = scripts.iter().map(|script| script.shell).collect();
        shells.sort_unstable();
        shells.dedup();
        let mut found = Vec::new();
        for shell in shells {
            let own: Vec<(usize, &LintScript)> =
                scripts.iter().enumerate().filter(|(_, script)| script.shell == shell).collect();
            for batch in own.chunks(BATCH) {
                self.ask(shell, batch, &mut found)?;
            }
        }
        Ok(found)
    }
}

impl ShellCheck {
    fn ask(
        &self,
        shell: &str,
        batch: &[(usize, &LintScript)],
        found: &mut Vec<ScriptRemark>,
    ) -> Result<(), String> {
        let told = |error: io::Error| format!("ShellCheck could not be asked: {error}");
        let folder = Folder::new().map_err(told)?;
        for (index, script) in batch {
            std::fs::write(folder.0.join(index.to_string()), &script.text).map_err(told)?;
        }
        let child = Command::new(&self.program)
            .args(["--norc", "--format=json1", "--severity=style", "--color=never", LEFT_OUT])
            .arg(format!("--shell={shell}"))
            .args(batch.iter().map(|(index, _)| index.to_string()))
            .current_dir(&folder.0)
            // Its options may also stand in a variable, and the messages must not depend on the locale.
            .env_clear()
            .env("LC_ALL", "C.UTF-8")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(told)?;
        let reply = reply_of(child)?;
        let reply: Value =
            serde_json::from_slice(&reply).map_err(|_| "ShellCheck's reply is not understood".to_owned())?;
        let comments = reply.get("comments").and_then(Value::as_array);
        found.extend(comments.into_iter().flatten().filter_map(remark));
        Ok(())
    }
}

/// Reads what the program prints until it ends or patience does.
fn reply_of(mut child: Child) -> Result<Vec<u8>, String> {
    let Some(stdout) = child.stdout.take() else { return Err("ShellCheck prints nothing".to_owned()) };
    let (sender, receiver) = mpsc::channel();
    let reader = std::thread::spawn(move || {
        let mut reply = Vec::new();
        let read = stdout.take(MAX_REPLY).read_to_end(&mut reply);
        let _ = sender.send(read.map(|_| reply));
    });
    let reply = receiver.recv_timeout(PATIENCE);
    if reply.is_err() {
        let _ = child.kill();
    }
    let status = child.wait();
    let _ = reader.join();
    match (reply, status) {
        (Ok(Ok(reply)), Ok(status)) if matches!(status.code(), Some(0 | 1)) => Ok(reply),
        (Ok(_), _) => Err("ShellCheck failed".to_owned()),
        (Err(_), _) => Err(format!("ShellCheck took more than {} seconds", PATIENCE.as_secs())),
    }
}

/// One of the `comments` of the format `json1`.
fn remark(comment: &Value) -> Option<ScriptRemark> {
    let number = |name: &str| {
        comment.get(name).and_then(Value::as_u64).and_then(|number| usize::try_from(number).ok())
    };
    let level = match comment.get("level")?.as_str()? {
        "error" => LinterLevel::Error,
        "warning" => LinterLevel::Warning,
        "info" => LinterLevel::Info,
        _ => LinterLevel::Style,
    };
    Some(ScriptRemark {
        script: comment.get("file")?.as_str()?.parse().ok()?,
        start: (number("line")?, number("column")?),
        end: (number("endLine")?, number("endColumn")?),
        level,
        code: format!("SC{}", number("code")?),
        message: comment.get("message")?.as_str()?.to_owned(),
    })
}

/// What a recorded reply of the format `json1` says; the files are the indices of the scripts.
#[must_use]
pub fn recorded(reply: &str) -> Vec<ScriptRemark> {
    let reply: Value = serde_json::from_str(reply).unwrap_or_default();
    let comments = reply.get("comments").and_then(Value::as_array);
    comments.into_iter().flatten().filter_map(remark).collect()
}

/// A directory that nobody else can look into, because scripts may hold secrets. It is removed again.
struct Folder(PathBuf);

impl Folder {
    fn new() -> io::Result<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let mut builder = std::fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        let base = std::env::temp_dir();
        for _ in 0..64 {
            let number = COUNT.fetch_add(1, Ordering::Relaxed);
            let path = base.join(format!("plimsoll-shellcheck-{}-{number}", std::process::id()));
            // What is there already is somebody else's.
            match builder.create(&path) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                created => return created.map(|()| Self(path)),
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
