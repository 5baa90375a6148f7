//! BuildKit's own parser as a judge, through the Python package `dockerfile`.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What reads every text of a JSON list and says of each whether BuildKit takes it: its syntax, and that it knows
/// every instruction, which its parser leaves to a later step.
const BUILDKIT: &str = "\
import dockerfile, json, sys
known = set('ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL MAINTAINER ONBUILD RUN SHELL STOPSIGNAL USER VOLUME WORKDIR'.split())
def parses(text):
    try:
        return all(command.cmd.upper() in known for command in dockerfile.parse_string(text))
    except Exception:
        return False
print(json.dumps([parses(text) for text in json.load(sys.stdin)]))
";

/// The Python that has BuildKit's parser; says so when there is none.
#[expect(clippy::print_stderr, reason = "who reads the log learns what did not run")]
pub(crate) fn python() -> Option<PathBuf> {
    let python = std::env::var_os("PLIMSOLL_BUILDKIT_PYTHON").map(PathBuf::from);
    if python.is_none() {
        eprintln!("not run: PLIMSOLL_BUILDKIT_PYTHON is not set");
    }
    python
}

/// Of each text whether BuildKit takes it.
pub(crate) fn parsed(python: &Path, texts: &[String]) -> Vec<bool> {
    let mut child = Command::new(python)
        .args(["-c", BUILDKIT])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("PLIMSOLL_BUILDKIT_PYTHON names a Python");
    let mut stdin = child.stdin.take().expect("it was asked for");
    let input = serde_json::to_vec(texts).expect("texts are JSON strings");
    // It reads everything before it answers: no pipe can be full on both sides.
    stdin.write_all(&input).expect("the judge reads");
    drop(stdin);
    let answer = child.wait_with_output().expect("the judge ends");
    let said: Vec<bool> =
        serde_json::from_slice(&answer.stdout).expect("the Python has the package `dockerfile`");
    assert_eq!(said.len(), texts.len());
    said
}
