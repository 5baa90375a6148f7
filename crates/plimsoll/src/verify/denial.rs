//! What the kernel denied a program, as the program tells it: the lines of a log that hardening brings about.
//!
//! Of a line only the denial and the path are kept: what else it holds may be anybody's secret.

use std::collections::BTreeSet;

/// The words by which programs tell, and what they are called here.
const WORDS: &[(&str, &str)] = &[
    ("erofs", "EROFS"),
    ("read-only file system", "EROFS"),
    ("eacces", "EACCES"),
    ("permission denied", "EACCES"),
    ("eperm", "EPERM"),
    ("operation not permitted", "EPERM"),
];

/// The longest part of a line that is told, in characters.
const LONGEST: usize = 160;

/// The denials of these lines, such as `EROFS /app/data/state.json`.
pub(super) fn denials(lines: impl Iterator<Item = String>) -> BTreeSet<String> {
    let all: BTreeSet<String> = lines.filter_map(|line| denial(&line)).collect();
    // The same said once more without the path is no news.
    let told = |name: &String| {
        all.iter().any(|other| other.strip_prefix(name).is_some_and(|rest| rest.starts_with(' ')))
    };
    all.iter().filter(|denial| !told(denial)).cloned().collect()
}

fn denial(line: &str) -> Option<String> {
    let small = line.to_ascii_lowercase();
    let (_, name) = WORDS.iter().find(|(word, _)| small.contains(word))?;
    Some(match thing(line) {
        Some(thing) => format!("{name} {thing}"),
        None => (*name).to_owned(),
    })
}

/// The path or the address that it is about: the last on the line, because a program says its own place first.
fn thing(line: &str) -> Option<&str> {
    let cut = |one: char| one.is_whitespace() || "'\"`,;()[]{}<>".contains(one);
    let mut parts = line.split(cut).map(|part| part.trim_end_matches([':', '.']));
    let path = |part: &&str| part.len() > 1 && part.starts_with('/') && !part.starts_with("//");
    let address = |part: &&str| {
        part.rsplit_once(':').is_some_and(|(host, port)| {
            port.parse::<u16>().is_ok()
                && host.bytes().all(|byte| byte.is_ascii_digit() || b".:[]".contains(&byte))
        })
    };
    parts.rfind(|part| part.len() < LONGEST && (path(part) || address(part)))
}

/// The same with every number left open, so that a process id or a time of day makes no difference.
pub(super) fn shape(denial: &str) -> String {
    let mut out = String::with_capacity(denial.len());
    for one in denial.chars() {
        match one.is_ascii_digit() {
            true if out.ends_with('0') => {}
            true => out.push('0'),
            false => out.push(one),
        }
    }
    out
}

/// The line that says best why a program ended, without what is known to be secret.
pub(super) fn reason(lines: &[String], secrets: &[String]) -> Option<String> {
    let has = |line: &&String, words: &[&str]| {
        let small = line.to_ascii_lowercase();
        words.iter().any(|word| small.contains(word))
    };
    let is_error = |line: &&String| has(line, &["error", "cannot", "can't", "fatal", "not found", "failed"]);
    let line = lines
        .iter()
        .find(|line| is_told(line))
        .or_else(|| lines.iter().find(is_error))
        .or(lines.iter().rev().find(|line| !line.trim().is_empty()))?;
    let mut text = line.trim().to_owned();
    for secret in secrets.iter().filter(|secret| secret.len() >= 4) {
        text = text.replace(secret.as_str(), "••••");
    }
    // A password in an address: everything between the scheme and the host.
    if let (Some(start), Some(end)) = (text.find("://"), text.rfind('@'))
        && start + 3 < end
    {
        text.replace_range(start + 3..end, "••••");
    }
    Some(text.chars().take(LONGEST).collect())
}

/// Whether a line begins as an error does: `TypeError: …`, `Error [ERR_X]: …`, `fatal: …`. Node shows the line of the program
/// that threw before it, which is no reason.
fn is_told(line: &str) -> bool {
    let first = line.trim_start().split([':', ' ', '[']).next().unwrap_or_default();
    let small = first.to_ascii_lowercase();
    let word = !small.is_empty() && small.bytes().all(|byte| byte.is_ascii_alphanumeric());
    word && (small.ends_with("error") || matches!(small.as_str(), "fatal" | "panic" | "uncaught"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_denied_is_read_from_what_programs_print() {
        for (line, expected) in [
            (
                "Error: EROFS: read-only file system, open '/app/data/state.json'",
                Some("EROFS /app/data/state.json"),
            ),
            ("sh: can't create /var/run/x.pid: Permission denied", Some("EACCES /var/run/x.pid")),
            ("Error: listen EACCES: permission denied 0.0.0.0:80", Some("EACCES 0.0.0.0:80")),
            ("chown: /data: Operation not permitted", Some("EPERM /data")),
            ("    at Object.<anonymous> (/app/server.js:3:4) EPERM", Some("EPERM /app/server.js:3:4")),
            (
                "nginx: [emerg] mkdir() \"/var/cache/nginx/client_temp\" failed (30: Read-only file system)",
                Some("EROFS /var/cache/nginx/client_temp"),
            ),
            ("password=hunter2 permission denied", Some("EACCES")),
            ("listening on :3000", None),
        ] {
            assert_eq!(denial(line).as_deref(), expected, "{line}");
        }
        assert_eq!(shape("EACCES /tmp/x-1234.sock"), shape("EACCES /tmp/x-9.sock"));
        assert_ne!(shape("EACCES /a"), shape("EROFS /a"));
    }

    #[test]
    fn a_denial_is_told_once() {
        let lines = ["errno: -13 EACCES", "EACCES: permission denied, open '/a'", "EPERM"].map(str::to_owned);
        assert_eq!(denials(lines.into_iter()), ["EACCES /a", "EPERM"].map(str::to_owned).into());
    }

    #[test]
    fn a_reason_tells_no_secret() {
        let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
        let text = "starting\nError: connect postgres://me:hunter2@db/x with s3cr3t-token\n    at x\n";
        let told = reason(&lines(text), &["s3cr3t-token".to_owned(), "db".to_owned()]).unwrap();
        assert_eq!(told, "Error: connect postgres://••••@db/x with ••••");
        let thrown =
            "/app/a.js:3\n  throw new Error('no ' + x)\n  ^\n\nTypeError: x is gone\n    at a.js:3\n";
        assert_eq!(reason(&lines(thrown), &[]).as_deref(), Some("TypeError: x is gone"));
        assert_eq!(reason(&lines("one\ntwo\n\n"), &[]).as_deref(), Some("two"));
        assert_eq!(reason(&[], &[]), None);
    }
}
