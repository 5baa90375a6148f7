//! `.dockerignore`: reading it and asking it.
//!
//! Source of the rules: moby/patternmatcher (`ignorefile`, `MatchesUsingParentResults`), which BuildKit's file sync asks
//! directory by directory: a folder's results are carried over to what lies in it.

use plimsoll_posture::{Complaint, ComplaintKind};
use plimsoll_text::{Source, Span};

use super::glob::Glob;

/// The rules of one ignore file, in order; none for a context without one.
#[derive(Debug, Clone, Default)]
pub struct IgnoreRules {
    rules: Vec<Rule>,
}

#[derive(Debug, Clone)]
struct Rule {
    glob: Glob,
    /// `!pattern`: lets through again.
    exception: bool,
}

/// What each rule said about a folder, to be carried to its entries.
#[derive(Debug, Clone, Default)]
pub(crate) struct Verdicts {
    matched: Vec<bool>,
    ignored: bool,
}

impl Verdicts {
    /// Whether the folder itself is ignored.
    pub(crate) fn ignored(&self) -> bool {
        self.ignored
    }
}

/// More rules than any project has; the rest of a longer file is not read.
const MAX_RULES: usize = 10_000;

impl IgnoreRules {
    /// Reads an ignore file. A malformed pattern makes Docker refuse the build: a complaint, and the rest still counts.
    #[must_use]
    pub fn read(source: &Source) -> (Self, Vec<Complaint>) {
        let mut rules = Self::default();
        let mut complaints = Vec::new();
        let mut start = 0;
        for line in source.text.split('\n') {
            let at = Span::new(source.id, start, start + line.trim_end_matches('\r').len());
            start += line.len() + 1;
            // Only the very first bytes of the file can be a byte order mark.
            let line = if at.start == 0 { line.strip_prefix('\u{feff}').unwrap_or(line) } else { line };
            if line.starts_with('#') {
                continue;
            }
            let message = match rules.push(line) {
                Ok(()) => continue,
                Err(message) => message,
            };
            complaints.push(Complaint {
                kind: ComplaintKind::Invalid,
                code: "bad-ignore-pattern",
                at,
                message: message.to_owned(),
                cure: Some("correct or remove the line: Docker refuses the build".to_owned()),
            });
            if rules.rules.len() >= MAX_RULES {
                break;
            }
        }
        (rules, complaints)
    }

    /// The rules of patterns given one by one, such as `--exclude`; malformed ones are left out.
    #[must_use]
    pub fn of<'a>(patterns: impl IntoIterator<Item = &'a str>) -> Self {
        let mut rules = Self::default();
        for pattern in patterns {
            // A malformed pattern matches nothing.
            let _ = rules.push(pattern);
        }
        rules
    }

    fn push(&mut self, line: &str) -> Result<(), &'static str> {
        let pattern = line.trim();
        if pattern.is_empty() {
            return Ok(());
        }
        let (exception, pattern) = match pattern.strip_prefix('!') {
            Some(rest) => (true, rest.trim()),
            None => (false, pattern),
        };
        if pattern.is_empty() {
            return Err("`!` stands alone: it needs a pattern");
        }
        let cleaned = clean(pattern);
        let cleaned = cleaned.strip_prefix('/').filter(|rest| !rest.is_empty()).unwrap_or(&cleaned);
        let glob = Glob::compile(cleaned).ok_or("the pattern is malformed")?;
        if self.rules.len() < MAX_RULES {
            self.rules.push(Rule { glob, exception });
        }
        Ok(())
    }

    /// Whether there are no rules at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// Whether any rule lets something through again.
    #[must_use]
    pub fn has_exceptions(&self) -> bool {
        self.rules.iter().any(|rule| rule.exception)
    }

    /// Whether the path (relative to the context, `/`) is kept out of the build.
    #[must_use]
    pub fn ignores(&self, path: &str) -> bool {
        let path = clean(path);
        let path = path.trim_start_matches('/');
        let mut verdicts = Verdicts::default();
        let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
        for end in ends {
            verdicts = self.judge(path.get(..end).unwrap_or(path), &verdicts);
        }
        verdicts.ignored
    }

    /// Judges an entry of a folder whose own verdicts are given; the context itself has none.
    pub(crate) fn judge(&self, path: &str, folder: &Verdicts) -> Verdicts {
        let mut verdicts = Verdicts { matched: Vec::with_capacity(self.rules.len()), ignored: false };
        for (index, rule) in self.rules.iter().enumerate() {
            let inherited = folder.matched.get(index).copied().unwrap_or(false);
            // A rule that could not change the answer is not asked, and then counts as not matching for what lies below.
            let matched = inherited || rule.exception == verdicts.ignored && rule.glob.matches(path);
            verdicts.matched.push(matched);
            if matched {
                verdicts.ignored = !rule.exception;
            }
        }
        verdicts
    }
}

/// Go's `filepath.Clean`: `.` and `..` joined away, no double or trailing slash; `/` and leading `..` stay.
pub(crate) fn clean(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if rooted => {}
            other => parts.push(other),
        }
    }
    let joined = parts.join("/");
    match (rooted, joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) => ".".to_owned(),
        (false, false) => joined,
    }
}

#[cfg(test)]
mod tests {
    use plimsoll_text::{SourceKind, Sources};

    use super::*;

    fn read(text: &str) -> (IgnoreRules, Vec<Complaint>) {
        let mut sources = Sources::new();
        let id = sources.add_text(".dockerignore", SourceKind::Dockerignore, text);
        IgnoreRules::read(sources.get(id))
    }

    /// Each row: the file, what it keeps out, what it lets through. Worked out by hand from the documented rules
    /// (docs.docker.com, "dockerignore files") and, where those are silent, from patternmatcher's source.
    #[test]
    fn rules_decide_as_documented() {
        let table: &[(&str, &[&str], &[&str])] = &[
            ("", &[], &["a", "a/b"]),
            ("# comment\n\n  \n", &[], &["# comment", "comment"]),
            (" # not a comment\n", &["# not a comment"], &["not a comment"]),
            (
                "node_modules\n",
                &["node_modules", "node_modules/a/b.js"],
                &["web/node_modules", "node_modules2"],
            ),
            ("**/node_modules\n", &["node_modules/a", "web/node_modules/a"], &["my_node_modules_x"]),
            ("node_modules/\n", &["node_modules", "node_modules/a"], &["web/node_modules"]),
            ("/node_modules\n", &["node_modules/a"], &["web/node_modules"]),
            ("./a/../b/\n", &["b", "b/c"], &["a"]),
            ("  .env  \r\n.git\r\n", &[".env", ".git/HEAD"], &["web/.env", ".env.local"]),
            (".env*\n", &[".env", ".env.local", ".envrc"], &["web/.env"]),
            ("*\n!src\n!package.json\n", &[".env", "README.md", ".git/HEAD"], &["src/a.js", "package.json"]),
            ("*\n!src\nsrc/secret\n", &["src/secret/x", "a"], &["src/a.js"]),
            ("!src\n*\n", &["src/a.js"], &[]),
            (
                "*.md\n!README*.md\nREADME-secret.md\n",
                &["a.md", "README-secret.md"],
                &["README.md", "README-x.md"],
            ),
            ("a\n!a/b/c\n", &["a/x", "a/b/x"], &["a/b/c", "a/b/c/d"]),
            (".git/*\n", &[".git/HEAD", ".git/refs/a"], &[".git"]),
            ("**\n!keep\n", &["a", "b/c"], &["keep", "keep/x"]),
            ("! keep\n", &[], &["keep"]),
            ("*\n!/keep\n", &["a"], &["keep"]),
            (".\n/\n", &[], &["a"]),
            ("\u{feff}a\n", &["a"], &["b"]),
            ("a/*/c\n", &["a/b/c", "a/b/c/d"], &["a/c", "a/b/b/c"]),
        ];
        for (text, kept_out, let_through) in table {
            let (rules, complaints) = read(text);
            assert!(complaints.is_empty(), "{text:?}");
            for path in *kept_out {
                assert!(rules.ignores(path), "{text:?} should ignore {path}");
            }
            for path in *let_through {
                assert!(!rules.ignores(path), "{text:?} should let {path} through");
            }
        }
    }

    /// BuildKit carries a folder's results downward: a rule that was not asked about the folder is not in force below.
    #[test]
    fn results_of_the_folder_are_carried_down() {
        let (rules, _) = read("*\n!dir/file\ndir\n");
        assert!(rules.ignores("dir/other"));
        assert!(!rules.ignores("dir/file"));
    }

    #[test]
    fn malformed_lines_are_complaints_with_a_place() {
        let (rules, complaints) = read("a\n!\n[\nb\n");
        assert_eq!(complaints.len(), 2);
        assert_eq!((complaints[0].at.start, complaints[0].at.end), (2, 3));
        assert_eq!((complaints[1].at.start, complaints[1].at.end), (4, 5));
        assert!(rules.ignores("a") && rules.ignores("b"));
    }
}
