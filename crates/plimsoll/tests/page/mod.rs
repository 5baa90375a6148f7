//! The `## Cases` part of a control's page: fenced files under headings.

pub(crate) mod archive;

use std::ops::Range;

/// What a case shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The control finds something.
    Fails,
    /// It finds nothing and says so.
    Passes,
    /// It cannot tell.
    Unknown,
    /// The question does not arise.
    NotApplicable,
    /// A failing case put right.
    Fixed,
}

impl Kind {
    const ALL: [Self; 5] = [Self::Fails, Self::Passes, Self::Unknown, Self::NotApplicable, Self::Fixed];

    pub(crate) fn heading(self) -> &'static str {
        match self {
            Self::Fails => "fails",
            Self::Passes => "passes",
            Self::Unknown => "unknown",
            Self::NotApplicable => "not applicable",
            Self::Fixed => "fixed",
        }
    }
}

/// One file of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct File {
    pub(crate) name: String,
    pub(crate) text: String,
}

/// One case.
#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) kind: Kind,
    /// The name below its kind's heading; empty when there is none.
    pub(crate) name: String,
    /// The line of its heading, from 1.
    pub(crate) line: usize,
    pub(crate) files: Vec<File>,
    pub(crate) report: Option<String>,
    /// The bytes of the report block with its fences.
    report_at: Option<Range<usize>>,
    /// The bytes of the files' blocks with their fences; empty behind the heading when there are none.
    files_at: Range<usize>,
}

/// The cases of a page.
#[derive(Debug, Default)]
pub(crate) struct Page {
    pub(crate) cases: Vec<Case>,
    pub(crate) problems: Vec<String>,
}

impl Page {
    pub(crate) fn read(text: &str) -> Self {
        let mut page = Self::default();
        let mut inside = false;
        let mut kind = None;
        let mut lines = Lines { text, at: 0, number: 0 };
        while let Some((start, line)) = lines.next() {
            if let Some(heading) = line.strip_prefix("## ") {
                inside = heading.trim() == "Cases";
            } else if !inside {
                continue;
            } else if let Some(heading) = line.strip_prefix("### ") {
                kind = Kind::ALL.into_iter().find(|kind| kind.heading() == heading.trim());
                match kind {
                    Some(kind) => page.open(kind, "", lines.number, lines.at),
                    None => page.problems.push(format!("line {}: no such case: {heading}", lines.number)),
                }
            } else if let Some(name) = line.strip_prefix("#### ") {
                match kind {
                    Some(kind) => page.open(kind, name.trim(), lines.number, lines.at),
                    None => page.problems.push(format!("line {}: a name without its kind", lines.number)),
                }
            } else if line.starts_with("```") {
                let ticks = line.len() - line.trim_start_matches('`').len();
                let info = line[ticks..].trim().to_owned();
                let number = lines.number;
                let Some(body) = lines.fenced(ticks) else {
                    page.problems.push(format!("line {number}: a block that does not end"));
                    break;
                };
                page.block(&info, body, start..lines.at, number);
            }
        }
        // A kind's heading with named cases below it holds no case itself.
        let heads: Vec<bool> = page
            .cases
            .iter()
            .zip(page.cases.iter().skip(1).map(Some).chain([None]))
            .map(|(case, next)| {
                let holds = !case.files.is_empty() || case.report.is_some();
                // What a fix makes can be written by the runner: an empty one is kept.
                let named_below = next.is_some_and(|next| next.kind == case.kind && case.name.is_empty());
                holds || (case.kind == Kind::Fixed && !named_below)
            })
            .collect();
        let mut heads = heads.into_iter();
        page.cases.retain(|_| heads.next().unwrap_or(true));
        page
    }

    /// The case that a fixed case puts right.
    pub(crate) fn broken(&self, fixed: &Case) -> Option<&Case> {
        self.cases.iter().find(|case| case.kind == Kind::Fails && case.name == fixed.name)
    }

    fn open(&mut self, kind: Kind, name: &str, line: usize, at: usize) {
        self.cases.push(Case {
            kind,
            name: name.to_owned(),
            line,
            files: Vec::new(),
            report: None,
            report_at: None,
            files_at: at..at,
        });
    }

    fn block(&mut self, info: &str, body: &str, at: Range<usize>, number: usize) {
        let Some(case) = self.cases.last_mut() else {
            return self.problems.push(format!("line {number}: a block without a case"));
        };
        match info.split_once(' ') {
            _ if info == "report" => {
                case.report = Some(body.to_owned());
                case.report_at = Some(at);
            }
            Some((_, name)) => {
                let start = if case.files.is_empty() { at.start } else { case.files_at.start };
                case.files_at = start..at.end;
                case.files.push(File { name: name.trim().to_owned(), text: body.to_owned() });
            }
            None => self.problems.push(format!("line {number}: a block without a file name: `{info}`")),
        }
    }

    /// The page with these report blocks, one entry per case; `None` leaves a case as it is.
    pub(crate) fn with_reports(&self, text: &str, reports: &[Option<String>]) -> String {
        let mut new = text.to_owned();
        for (case, report) in self.cases.iter().zip(reports).rev() {
            let Some(report) = report else { continue };
            let block = format!("```report\n{report}```\n");
            match &case.report_at {
                Some(at) => new.replace_range(at.clone(), &block),
                None => {
                    place_block(&mut new, case.files_at.end..case.files_at.end, &block);
                }
            }
        }
        new
    }

    /// The page with the files of its fixed cases, one entry per case; `None` leaves a case as it is.
    pub(crate) fn with_files(&self, text: &str, fixed: &[Option<Vec<File>>]) -> String {
        let mut new = text.to_owned();
        for (case, files) in self.cases.iter().zip(fixed).rev() {
            let Some(files) = files else { continue };
            let blocks: Vec<String> = files.iter().map(File::block).collect();
            place_block(&mut new, case.files_at.clone(), &blocks.join("\n"));
        }
        new
    }
}

/// Puts blocks in the place of others, with one blank line before and behind.
fn place_block(text: &mut String, at: Range<usize>, block: &str) {
    let rest = text[at.end..].trim_start_matches('\n').to_owned();
    text.truncate(at.start);
    let head = text.trim_end_matches('\n').len();
    text.truncate(head);
    text.push_str("\n\n");
    text.push_str(block);
    if !rest.is_empty() {
        text.push('\n');
        text.push_str(&rest);
    }
}

impl File {
    /// The file as a fenced block.
    fn block(&self) -> String {
        let longest = self.text.lines().map(|line| line.len() - line.trim_start_matches('`').len()).max();
        let fence = "`".repeat(longest.unwrap_or(0).max(2) + 1);
        let language = match self.name.rsplit_once('.').map_or("", |(_, ending)| ending) {
            "yaml" | "yml" => "yaml",
            "json" => "json",
            "toml" => "toml",
            "tar" => "image",
            "conf" => "nginx",
            "js" => "js",
            _ if self.name.contains("Dockerfile") => "dockerfile",
            _ => "text",
        };
        format!("{fence}{language} {}\n{}{fence}\n", self.name, self.text)
    }
}

struct Lines<'a> {
    text: &'a str,
    at: usize,
    number: usize,
}

impl<'a> Lines<'a> {
    /// The next line with its start, without its end.
    fn next(&mut self) -> Option<(usize, &'a str)> {
        let start = self.at;
        let rest = self.text.get(start..).filter(|rest| !rest.is_empty())?;
        let end = rest.find('\n').map_or(rest.len(), |end| end + 1);
        self.at += end;
        self.number += 1;
        Some((start, rest[..end].trim_end_matches(['\n', '\r'])))
    }

    /// The text up to a closing fence of at least so many ticks.
    fn fenced(&mut self, ticks: usize) -> Option<&'a str> {
        let begin = self.at;
        while let Some((start, line)) = self.next() {
            if line.len() >= ticks && line.bytes().all(|byte| byte == b'`') {
                return Some(&self.text[begin..start]);
            }
        }
        None
    }
}

#[test]
fn reports_are_written_where_they_belong() {
    let text = "## Cases\n\n### fails\n\n```yaml compose.yaml\na: 1\n```\n\n\n### passes\n\n#### one\n\n```yaml b.yaml\nb\n```\n";
    let page = Page::read(text);
    assert_eq!(page.problems, Vec::<String>::new());
    assert_eq!(page.cases.len(), 2);
    assert_eq!((page.cases[1].kind, page.cases[1].name.as_str()), (Kind::Passes, "one"));
    assert_eq!(page.cases[0].files[0].text, "a: 1\n");
    let once = page.with_reports(text, &[Some("high x a:1:1 y\n".into()), None]);
    let expected = "## Cases\n\n### fails\n\n```yaml compose.yaml\na: 1\n```\n\n```report\nhigh x a:1:1 y\n```\n\n### passes\n\n#### one\n\n```yaml b.yaml\nb\n```\n";
    assert_eq!(once, expected);
    let again = Page::read(&once);
    assert_eq!(again.cases[0].report.as_deref(), Some("high x a:1:1 y\n"));
    assert_eq!(
        again.with_reports(&once, &[Some("low z\n".into()), None]),
        expected.replace("high x a:1:1 y", "low z")
    );
}

#[test]
fn a_fixed_case_is_written_under_its_heading() {
    let text = "## Cases\n\n### fixed\n\n#### one\n\n#### two\n\n```yaml b.yaml\nold\n```\n\n### passes\n\n```yaml a.yaml\na\n```\n";
    let page = Page::read(text);
    let names: Vec<_> = page.cases.iter().map(|case| (case.kind, case.name.as_str())).collect();
    assert_eq!(names, [(Kind::Fixed, "one"), (Kind::Fixed, "two"), (Kind::Passes, "")]);
    let file = |text: &str| Some(vec![File { name: "b.yaml".into(), text: text.into() }]);
    let once = page.with_files(text, &[file("x\n"), file("y\n"), None]);
    let expected = "## Cases\n\n### fixed\n\n#### one\n\n```yaml b.yaml\nx\n```\n\n#### two\n\n```yaml b.yaml\ny\n```\n\n### passes\n\n```yaml a.yaml\na\n```\n";
    assert_eq!(once, expected);
    assert_eq!(Page::read(&once).with_files(&once, &[file("x\n"), file("y\n"), None]), expected);
}
