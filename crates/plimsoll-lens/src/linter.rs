//! What a linter of shell scripts says of the build steps of a Dockerfile, at the Dockerfile's own places.
//!
//! Deliberately absent: starting a program (whoever calls hands in a [`ScriptLinter`]), and any judgement.

use std::fmt::Write as _;

use plimsoll_posture::{LinterLevel, LinterRemark};
use plimsoll_text::{Source, Span};

use crate::dockerfile::RunScript;

/// A script to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LintScript {
    /// The text, with a `#!` line.
    pub text: String,
    /// The dialect: `sh`, `bash`, `dash`, `ksh`, `busybox`.
    pub shell: &'static str,
}

/// What a linter said, in lines and columns of the script, both from 1; a column counts characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScriptRemark {
    /// Index of the script.
    pub script: usize,
    /// From here.
    pub start: (usize, usize),
    /// To before here.
    pub end: (usize, usize),
    /// How bad.
    pub level: LinterLevel,
    /// `SC2034`.
    pub code: String,
    /// Its words.
    pub message: String,
}

/// A program that finds mistakes in shell scripts.
pub trait ScriptLinter: Send + Sync {
    /// Looks at all scripts at once.
    ///
    /// # Errors
    /// Why it could not.
    fn lint(&self, scripts: &[LintScript]) -> Result<Vec<ScriptRemark>, String>;
}

/// Scripts longer than this are not handed over.
const MAX_SCRIPT: usize = 1 << 20;
/// Of one Dockerfile no more scripts than this are handed over.
const MAX_SCRIPTS: usize = 2_000;

/// What the linter says of the scripts of a Dockerfile, by place.
///
/// # Errors
/// What the linter says when it could not look.
pub fn remarks(
    source: &Source,
    scripts: &[RunScript],
    linter: &dyn ScriptLinter,
) -> Result<Vec<LinterRemark>, String> {
    let mut asked = Vec::new();
    let mut given = Vec::new();
    for script in scripts.iter().filter(|script| script.text.len() <= MAX_SCRIPT).take(MAX_SCRIPTS) {
        let Some(shell) = dialect(&script.program) else { continue };
        let (text, lines) = surrounded(script);
        asked.push((script, lines));
        given.push(LintScript { text, shell });
    }
    if given.is_empty() {
        return Ok(Vec::new());
    }
    let mut found: Vec<LinterRemark> = linter
        .lint(&given)?
        .into_iter()
        .filter_map(|remark| {
            let (script, lines) = asked.get(remark.script)?;
            let start = offset(&script.text, remark.start, *lines)?;
            let end = offset(&script.text, remark.end, *lines)?.max(start);
            let range = script.map.range(start..end);
            // A place behind the last byte of a step belongs to its end.
            let limit = script.at.end as usize;
            let (start, end) = (range.start.min(limit), range.end.min(limit).max(range.start.min(limit)));
            Some(LinterRemark {
                at: Span::new(source.id, start, end),
                code: remark.code.into(),
                level: remark.level,
                message: remark.message.into(),
                stage: script.stage,
            })
        })
        .collect();
    found.sort();
    found.dedup();
    Ok(found)
}

/// The dialects that ShellCheck knows, by the program of the shell.
fn dialect(program: &str) -> Option<&'static str> {
    match program.rsplit(['/', '\\']).next().unwrap_or(program) {
        "sh" => Some("sh"),
        "bash" => Some("bash"),
        "dash" => Some("dash"),
        "ksh" => Some("ksh"),
        "ash" | "busybox" => Some("busybox"),
        _ => None,
    }
}

/// Variables that every build knows.
const ALWAYS: [&str; 8] = [
    "HTTP_PROXY",
    "http_proxy",
    "HTTPS_PROXY",
    "https_proxy",
    "FTP_PROXY",
    "ftp_proxy",
    "NO_PROXY",
    "no_proxy",
];

/// The script below a `#!` line with the shell's own options and below the variables of the build; and how many lines
/// stand before it.
fn surrounded(script: &RunScript) -> (String, usize) {
    let mut text = String::with_capacity(script.text.len() + 256);
    let name = script.program.rsplit(['/', '\\']).next().unwrap_or("sh");
    let _ = write!(text, "#!/bin/{name}");
    let plain = |word: &&std::sync::Arc<str>| !word.is_empty() && !word.contains(char::is_whitespace);
    for option in script.options.iter().filter(plain) {
        let _ = write!(text, " {option}");
    }
    text.push('\n');
    let declared = script.variables.iter().map(String::as_str);
    for name in declared.chain(ALWAYS) {
        let _ = writeln!(text, "export {name}=1");
    }
    let lines = text.matches('\n').count();
    text.push_str(&script.text);
    text.push('\n');
    (text, lines)
}

/// The byte of a line and column of the surrounded script; `None` for what stands before the script.
fn offset(text: &str, (line, column): (usize, usize), before: usize) -> Option<usize> {
    let line = line.checked_sub(before + 1)?;
    let mut start = 0;
    for _ in 0..line {
        match text.get(start..)?.find('\n') {
            Some(end) => start += end + 1,
            None => return Some(text.len()),
        }
    }
    let rest = text.get(start..)?;
    let rest = rest.split('\n').next().unwrap_or(rest);
    let within = rest.char_indices().nth(column.saturating_sub(1)).map_or(rest.len(), |(at, _)| at);
    Some(start + within)
}

#[cfg(test)]
mod tests {
    use plimsoll_text::{SourceKind, Sources};

    use super::*;
    use crate::dockerfile;

    /// Marks every `X` of every script.
    struct Marks;

    impl ScriptLinter for Marks {
        fn lint(&self, scripts: &[LintScript]) -> Result<Vec<ScriptRemark>, String> {
            let mut found = Vec::new();
            for (script, own) in scripts.iter().enumerate() {
                for (line, text) in own.text.lines().enumerate() {
                    for (column, _) in text.chars().enumerate().filter(|(_, c)| *c == 'X') {
                        found.push(ScriptRemark {
                            script,
                            start: (line + 1, column + 1),
                            end: (line + 1, column + 2),
                            level: LinterLevel::Info,
                            code: format!("SC{}", own.shell),
                            message: String::new(),
                        });
                    }
                }
            }
            Ok(found)
        }
    }

    fn marked(text: &str) -> Vec<(usize, usize, String, usize)> {
        let mut sources = Sources::new();
        let id = sources.add_text("Dockerfile", SourceKind::Dockerfile, text);
        let source = sources.get(id);
        let scripts = dockerfile::scripts(source, &dockerfile::parse(text));
        let remarks = remarks(source, &scripts, &Marks).unwrap();
        remarks
            .into_iter()
            .map(|remark| {
                assert_eq!(sources.text(remark.at), "X", "{text}");
                let place = source.place(remark.at.start as usize);
                (place.line, place.column, remark.code.to_string(), remark.stage)
            })
            .collect()
    }

    fn marks(expected: &[(usize, usize, &str, usize)]) -> Vec<(usize, usize, String, usize)> {
        expected
            .iter()
            .map(|(line, column, code, stage)| (*line, *column, (*code).to_owned(), *stage))
            .collect()
    }

    #[test]
    fn places_are_those_of_the_dockerfile() {
        let text = "FROM a\nARG ARX\nRUN écho X && \\\n    # comment X\n\n\tX\nRUN <<EOF\nX\n  X\nEOF\n";
        assert_eq!(
            marked(text),
            marks(&[(3, 10, "SCsh", 0), (6, 2, "SCsh", 0), (8, 1, "SCsh", 0), (9, 3, "SCsh", 0)])
        );
    }

    #[test]
    fn the_shell_is_the_one_that_reads_the_script() {
        let text = "FROM a AS b\nSHELL [\"/bin/bash\", \"-c\"]\nRUN X\nRUN [\"X\"]\nRUN <<EOF\n#!/usr/bin/env dash\nX\nEOF\n\
                    FROM b\nRUN X\nSHELL [\"/bin/ash\", \"-c\"]\nRUN X\nSHELL [\"pwsh\", \"-c\"]\nRUN X\n";
        assert_eq!(
            marked(text),
            marks(&[(3, 5, "SCbash", 0), (7, 1, "SCdash", 0), (10, 5, "SCbash", 1), (12, 5, "SCbusybox", 1)])
        );
    }
}
