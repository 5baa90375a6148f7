//! Runs the cases of every control's page through the whole pipeline, in memory.
//!
//! A case is the files under `### fails`, `### passes`, `### unknown`, `### not applicable` or `### fixed` (or under
//! a `#### name` below one of them) of a page's `## Cases`. Under `fails` a block named `report` holds the expected
//! findings of that control: `SEVERITY ID PLACE MESSAGE`. A case under `fixed` is what the control's remedies, the risky
//! ones too, make of the files of the failing case of the same name, byte for byte. `UPDATE=1` writes these blocks and
//! files; `PLIMSOLL_CASE=id` runs one page.

mod page;
mod stage;

use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use page::{Case, File, Kind, Page};
use plimsoll::config::{self, Config};
use plimsoll::date::Date;
use plimsoll::discover::Plan;
use plimsoll::fix::{self, Choice};
use plimsoll::scan::{Task, Wishes, scan};
use plimsoll::search::{Chronicle, History};
use plimsoll::shellcheck::{self, Linter};
use plimsoll_controls::{CATALOGUE, Control, Scope, Verdict};
use plimsoll_history::{Look, Summary, Version};
use plimsoll_lens::Memory;
use plimsoll_lens::linter::{LintScript, ScriptLinter, ScriptRemark};
use plimsoll_report::Report;
use plimsoll_trust::Key;

#[test]
fn every_page_tells_the_truth() {
    let only = std::env::var("PLIMSOLL_CASE").ok();
    let update = std::env::var_os("UPDATE").is_some_and(|value| value == "1");
    let mut problems = Vec::new();
    let mut ran = 0;
    for control in CATALOGUE {
        if only.as_deref().is_some_and(|only| only != control.id) {
            continue;
        }
        let path = folder().join(format!("{}.md", control.id.replace('-', "_")));
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) => {
                problems.push(format!("{}: {error}", path.display()));
                continue;
            }
        };
        let page = Page::read(&text);
        problems.extend(page.problems.iter().map(|problem| format!("{}.md: {problem}", control.id)));
        for kind in [Kind::Fails, Kind::Passes] {
            if !page.cases.iter().any(|case| case.kind == kind) {
                problems.push(format!("{}.md: no case under `### {}`", control.id, kind.heading()));
            }
        }
        let mut reports = Vec::new();
        for case in &page.cases {
            ran += 1;
            let (problem, report) = run(control, case, update);
            if let Some(problem) = problem {
                problems.push(format!(
                    "{}.md:{}: {} {}: {problem}",
                    control.id,
                    case.line,
                    case.kind.heading(),
                    case.name
                ));
            }
            reports.push(report);
        }
        let mut made = Vec::new();
        for case in &page.cases {
            let fixed = (case.kind == Kind::Fixed).then(|| fixed(control, &page, case));
            made.push(match fixed {
                Some(Ok(files)) if files != case.files => {
                    if !update {
                        problems.push(format!(
                            "{}.md:{}: fixed {}: the fix makes something else:\n{}",
                            control.id,
                            case.line,
                            case.name,
                            indented(&told(&files))
                        ));
                    }
                    Some(files)
                }
                Some(Err(problem)) => {
                    problems.push(format!("{}.md:{}: fixed {}: {problem}", control.id, case.line, case.name));
                    None
                }
                _ => None,
            });
        }
        if update {
            let new = page.with_files(&text, &made);
            let new = Page::read(&new).with_reports(&new, &reports);
            if new != text {
                std::fs::write(&path, new).expect("the page can be written");
            }
        }
    }
    assert!(problems.is_empty(), "{} of {ran} cases:\n\n{}\n", problems.len(), problems.join("\n"));
    assert!(ran > 0, "no case was run");
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../plimsoll-controls/src/controls")
}

/// A linter that says what it said once.
struct Recorded(Vec<ScriptRemark>);

impl ScriptLinter for Recorded {
    fn lint(&self, _: &[LintScript]) -> Result<Vec<ScriptRemark>, String> {
        Ok(self.0.clone())
    }
}

/// A former version of a file: the id of its commit and its path in the first line, then its text.
struct Recalled(String);

impl History for Recalled {
    fn show(&self, look: &mut dyn Look) -> Result<Summary, String> {
        let (head, text) = self.0.split_once('\n').ok_or("an empty history")?;
        let (commit, path) = head.split_once(' ').ok_or("no commit and path")?;
        look.look(&Version { commit, path, current: false, content: text.as_bytes() });
        Ok(Summary { commits: 1, versions: 1, ..Summary::default() })
    }
}

/// What the control's remedies make of the failing case of the same name: the files that it holds and that come to be.
fn fixed(control: &'static Control, page: &Page, case: &Case) -> Result<Vec<File>, String> {
    let broken = page.broken(case).ok_or("no failing case has this name")?;
    let (world, plan, config, wishes) = stage(control, broken);
    let choice = Choice { risky: true, ..Choice::default() };
    let done = fix::propose(&world, &plan, &config, &wishes, &choice, |_| true);
    if done.made.is_empty() {
        let reasons: Vec<_> = done.left.iter().map(|left| left.reason.as_str()).collect();
        return Err(format!("nothing was made: {}", reasons.join("; ")));
    }
    let mut files = broken.files.clone();
    for (path, (_, text)) in done.files {
        match files.iter_mut().find(|file| file.name == path) {
            Some(file) => file.text = text,
            None => files.push(File { name: path, text }),
        }
    }
    Ok(files)
}

fn told(files: &[File]) -> String {
    files.iter().fold(String::new(), |mut all, file| {
        let _ = write!(all, "{}:\n{}", file.name, file.text);
        all
    })
}

fn judged(control: &'static Control, case: &Case) -> Report {
    let (world, plan, config, wishes) = stage(control, case);
    scan(Task { world: &world, plan, stdin: None, config, wishes }).report
}

/// Everything that a look at the case needs.
fn stage(control: &'static Control, case: &Case) -> (Memory, Plan, Config, Wishes) {
    let files: Vec<(&str, &str)> =
        case.files.iter().map(|file| (file.name.as_str(), file.text.as_str())).collect();
    let mut world = Memory::of(&files);
    let archives: Vec<String> =
        files.iter().filter(|(name, _)| name.ends_with(".tar")).map(|(name, _)| (*name).to_owned()).collect();
    for (name, text) in files.iter().filter(|(name, _)| name.ends_with(".tar")) {
        world.files.insert((*name).to_owned(), page::archive::build(text));
    }
    let config = world
        .files
        .get(config::NAME)
        .map(|bytes| {
            config::read(config::NAME, bytes, || Date::MIN).expect("the case's plimsoll.toml is TOML")
        })
        .unwrap_or_default();
    // A reply that a linter gave once stands for the linter.
    let linter = world
        .files
        .get("shellcheck.json")
        .map(|reply| Linter(Arc::new(Recorded(shellcheck::recorded(&String::from_utf8_lossy(reply))))));
    // The only key that a page can name: nothing reads a file of the disk here.
    let names_key =
        world.files.get(config::NAME).is_some_and(|text| text.windows(10).any(|part| part == b"cosign.pub"));
    let key = || Key::parse("cosign.pub", page::archive::owner().as_bytes()).expect("it is a key");
    let keys = if names_key { vec![key()] } else { Vec::new() };
    let only = vec![control.id.to_owned()];
    let history = world.files.remove("HISTORY").map(|text| {
        let past: Arc<dyn History> = Arc::new(Recalled(String::from_utf8_lossy(&text).into_owned()));
        Chronicle(past)
    });
    let search = matches!(control.scope, Scope::File(_));
    let wishes = Wishes { only, linter, keys: keys.into(), search, history, ..Wishes::default() };
    let searched = world.files.keys().cloned().collect();
    let recordings =
        files.iter().map(|(name, _)| (*name).to_owned()).filter(|name| is_record(name)).collect();
    let plan = Plan { archives, searched, recordings, ..stage::plan(&world, &wishes.compose) };
    (world, plan, config, wishes)
}

/// Names of what an engine or a host said: `inspect.json`, `info.json`, `daemon.json`, `host-files.txt`.
fn is_record(name: &str) -> bool {
    let said = ["inspect", "info", "version", "images", "networks", "swarm", "daemon"];
    name.strip_suffix(".json").is_some_and(|stem| said.contains(&stem)) || name.starts_with("host-")
}

/// What is wrong with the case, and the report of its findings.
fn run(control: &'static Control, case: &Case, update: bool) -> (Option<String>, Option<String>) {
    let report = judged(control, case);
    let mut count = [0_usize; 4];
    let mut told = String::new();
    let mut lines = String::new();
    for scenario in &report.scenarios {
        for judged in &scenario.judged {
            let subject =
                judged.judgement.subject.as_ref().map_or("project".to_owned(), |subject| subject.key());
            let _ = write!(told, "\n    {}: {subject}", judged.judgement.verdict.name());
            match &judged.judgement.verdict {
                Verdict::Fail(_) => count[0] += 1,
                Verdict::Pass(_) => count[1] += 1,
                Verdict::Unknown(reason) => {
                    count[2] += 1;
                    let _ = write!(told, " ({reason})");
                }
                Verdict::NotApplicable(why) => {
                    count[3] += 1;
                    let _ = write!(told, " ({why})");
                }
            }
            for (finding, _) in judged.findings() {
                let span = finding.primary.at.span;
                let source = scenario.sources.get(span.source);
                let place = source.place(span.start as usize);
                let line = format!(
                    "{} {} {}:{}:{} {}",
                    judged.severity.name(),
                    control.id,
                    source.name,
                    place.line,
                    place.column,
                    finding.message
                );
                let _ = write!(told, "\n      {line}");
                lines.push_str(&line);
                lines.push('\n');
            }
        }
        for complaint in &scenario.complaints {
            let source = scenario.sources.get(complaint.at.source);
            let line = source.place(complaint.at.start as usize).line;
            let _ = write!(told, "\n    complaint {}:{line}: {}", source.name, complaint.message);
        }
    }
    let [failed, passed, unknown, not_applicable] = count;
    let wrong = match case.kind {
        Kind::Fails if failed == 0 => Some("does not fail".to_owned()),
        Kind::Fails if update => None,
        Kind::Fails => match &case.report {
            None => Some("has no `report` block (UPDATE=1 writes it)".to_owned()),
            Some(expected) if *expected != lines => Some(format!(
                "reports something else\n  expected:\n{}  found:\n{}",
                indented(expected),
                indented(&lines)
            )),
            Some(_) => None,
        },
        Kind::Passes | Kind::Fixed if failed > 0 => Some("fails".to_owned()),
        Kind::Passes if passed == 0 => Some("does not pass".to_owned()),
        // What was judged may be gone: a port that is not published any more.
        Kind::Fixed if passed + not_applicable == 0 => Some("does not pass".to_owned()),
        Kind::Unknown if failed > 0 => Some("fails".to_owned()),
        Kind::Unknown if unknown == 0 => Some("is not unknown".to_owned()),
        Kind::NotApplicable if failed + passed + unknown > 0 || not_applicable == 0 => {
            Some("is judged although it should not apply".to_owned())
        }
        _ => None,
    };
    let wrong = wrong.map(|wrong| format!("{wrong}{told}"));
    (wrong, (case.kind == Kind::Fails && failed > 0).then_some(lines))
}

fn indented(text: &str) -> String {
    text.lines().fold(String::new(), |mut all, line| {
        let _ = writeln!(all, "      {line}");
        all
    })
}
