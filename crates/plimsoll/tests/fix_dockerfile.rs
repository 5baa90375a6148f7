//! The laws of `plimsoll fix` over real Dockerfiles: the result parses by BuildKit's own parser exactly when the
//! original did, a second run changes nothing, findings never grow, and what no remedy touches stays byte for byte.
//!
//! Needs the corpus in the directory named by `PLIMSOLL_CORPUS`, and a Python with the package `dockerfile` (BuildKit's parser)
//! named by `PLIMSOLL_BUILDKIT_PYTHON`; says so when it did not run. Every `STRIDE`th file, or all with `PLIMSOLL_ALL=1`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use plimsoll::config::Config;
use plimsoll::discover::Plan;
use plimsoll::fix::{Cause, Choice, Outcome, look, propose};
use plimsoll::scan::Wishes;
use plimsoll_controls::Severity;
use plimsoll_lens::Memory;

#[path = "judge/buildkit.rs"]
mod buildkit;

/// One file of so many is looked at, so that a debug build stays under a minute.
const STRIDE: usize = 40;

#[test]
fn fixes_of_real_dockerfiles_keep_the_laws() {
    let Some(corpus) = std::env::var_os("PLIMSOLL_CORPUS").map(PathBuf::from) else {
        eprintln!("not run: PLIMSOLL_CORPUS is not set");
        return;
    };
    let Some(python) = buildkit::python() else { return };
    let all = std::env::var_os("PLIMSOLL_ALL").is_some_and(|value| value == "1");
    let mut paths = Vec::new();
    collect(&corpus, &mut paths);
    paths.sort();
    let texts: BTreeSet<String> =
        paths.iter().filter_map(|path| String::from_utf8(std::fs::read(path).ok()?).ok()).collect();
    let texts: Vec<String> = texts.into_iter().step_by(if all { 1 } else { STRIDE }).collect();
    assert!(!texts.is_empty(), "no Dockerfile below {}", corpus.display());

    let mut figures = Figures::default();
    let mut problems = Vec::new();
    let mut fixed = Vec::new();
    for (text, done) in texts.iter().zip(in_parallel(&texts)) {
        figures.count(&done.first);
        if done.findings.1 > done.findings.0 {
            problems.push(format!("{:?} findings, more than before:\n{text}", done.findings));
        }
        if done.first.points.1 < done.first.points.0 {
            problems.push(format!("a lower score than before:\n{text}"));
        }
        if done.again {
            figures.again += 1;
            problems.push(format!("a second run changes it again:\n{}", done.text));
        }
        if let Some(lost) = lost_comment(text, &done.text) {
            problems.push(format!("a comment is lost: {lost}"));
        }
        if text.contains("\r\n") && !text.replace("\r\n", "").contains('\n') {
            let kept = !done.text.replace("\r\n", "").contains('\n');
            if !kept {
                problems.push(format!("line ends are mixed:\n{}", done.text));
            }
        }
        fixed.push(done.text);
    }
    let (before, after) = (buildkit::parsed(&python, &texts), buildkit::parsed(&python, &fixed));
    for ((old, new), (was, is)) in texts.iter().zip(&fixed).zip(before.iter().zip(&after)) {
        if was != is {
            figures.rejected += 1;
            problems.push(format!("parsed before: {was}, after: {is}\n--- before\n{old}\n--- after\n{new}"));
        }
    }
    eprintln!("{figures}");
    assert!(
        problems.is_empty(),
        "{} problems, first:\n{}",
        problems.len(),
        problems.iter().take(3).cloned().collect::<Vec<_>>().join("\n\n")
    );
}

/// What came of one file.
struct Done {
    first: Outcome,
    text: String,
    /// All findings before and after, those included that another one tells.
    findings: (usize, usize),
    /// A second run would change something.
    again: bool,
}

fn in_parallel(texts: &[String]) -> Vec<Done> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let size = texts.len().div_ceil(threads).max(1);
    std::thread::scope(|scope| {
        let work: Vec<_> = texts
            .chunks(size)
            .map(|part| scope.spawn(|| part.iter().map(|text| done(text)).collect::<Vec<_>>()))
            .collect();
        work.into_iter().flat_map(|part| part.join().expect("no thread panics")).collect()
    })
}

fn done(text: &str) -> Done {
    let old = [("Dockerfile", text)];
    let first = outcome(&old);
    let mut files: BTreeMap<String, String> = BTreeMap::from([("Dockerfile".to_owned(), text.to_owned())]);
    for (path, (_, new)) in &first.files {
        files.insert(path.clone(), new.clone());
    }
    let list: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let again = !outcome(&list).made.is_empty();
    let findings = (found(&old), found(&list));
    let text = files.remove("Dockerfile").unwrap_or_default();
    Done { first, text, findings, again }
}

fn plan() -> Plan {
    Plan { dockerfiles: vec!["Dockerfile".to_owned()], ..Plan::default() }
}

fn found(files: &[(&str, &str)]) -> usize {
    let report = look(&Memory::of(files), &plan(), &Config::default(), &Wishes::default()).report;
    let judged = report.scenarios.iter().flat_map(|scenario| &scenario.judged);
    judged.map(|judged| judged.findings().count()).sum()
}

fn outcome(files: &[(&str, &str)]) -> Outcome {
    let world = Memory::of(files);
    let choice = Choice { risky: true, ..Choice::default() };
    propose(&world, &plan(), &Config::default(), &Wishes::default(), &choice, |_| true)
}

#[derive(Default)]
struct Figures {
    files: usize,
    changed: usize,
    rejected: usize,
    again: usize,
    made: BTreeMap<String, usize>,
    left: BTreeMap<String, usize>,
    grave: (usize, usize),
    refused: BTreeMap<String, usize>,
}

impl Figures {
    fn count(&mut self, outcome: &Outcome) {
        self.files += 1;
        self.changed += usize::from(outcome.files.contains_key("Dockerfile"));
        for made in &outcome.made {
            *self.made.entry(made.control.clone()).or_default() += 1;
            if made.severity >= Severity::Medium {
                self.grave.0 += 1;
                self.grave.1 += 1;
            }
        }
        for left in &outcome.left {
            *self.left.entry(left.control.clone()).or_default() += 1;
            if left.cause == Cause::Refused {
                *self.refused.entry(format!("{}: {}", left.control, left.reason)).or_default() += 1;
            }
            let control = plimsoll_controls::CATALOGUE.iter().find(|control| control.id == left.control);
            // What is left has no severity of its own here: that of its control, which is at least as high, stands for it.
            if control.is_some_and(|control| control.severity >= Severity::Medium) {
                self.grave.1 += 1;
            }
        }
    }
}

impl std::fmt::Display for Figures {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { files, changed, rejected, again, grave, .. } = self;
        writeln!(
            f,
            "{files} files, {changed} changed, {rejected} rejected by BuildKit's parser, {again} changed by a second run"
        )?;
        writeln!(f, "medium and above: {} of {} fixed", grave.0, grave.1)?;
        for (control, count) in &self.made {
            let left = self.left.get(control).copied().unwrap_or(0);
            writeln!(f, "  {control}: {count} fixed, {left} left")?;
        }
        for (control, count) in self.left.iter().filter(|(control, _)| !self.made.contains_key(*control)) {
            writeln!(f, "  {control}: none fixed, {count} left")?;
        }
        for (reason, count) in &self.refused {
            writeln!(f, "  refused {count}: {reason}")?;
        }
        Ok(())
    }
}

/// A comment line of the old text that the new one does not have as often.
fn lost_comment(old: &str, new: &str) -> Option<String> {
    let count = |text: &str| {
        let mut all: BTreeMap<String, usize> = BTreeMap::new();
        for line in text.lines().map(str::trim).filter(|line| line.starts_with('#')) {
            *all.entry(line.to_owned()).or_default() += 1;
        }
        all
    };
    let new = count(new);
    count(old)
        .into_iter()
        .find(|(line, count)| new.get(line).copied().unwrap_or(0) < *count)
        .map(|(line, _)| line)
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, found);
            continue;
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
        if name == "dockerfile" || name.starts_with("dockerfile.") || name.ends_with(".dockerfile") {
            found.push(path);
        }
    }
}
