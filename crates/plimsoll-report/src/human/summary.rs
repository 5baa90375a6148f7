//! The end of the report: score, counts, what could not be verified and how to settle it, what was read.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_controls::{Grade, Score, Severity, Verdict};
use plimsoll_posture::{Coverage, Extent};

use super::Style;
use super::ink::{Ink, wrap};
use crate::veil::plain;
use crate::{InputStatus, Report, Tally};

/// How many ways to settle an unknown are listed unless everything is asked for.
const WAYS: usize = 5;
const LABEL: usize = 14;

/// Writes the summary.
pub(super) fn write(out: &mut String, report: &Report, style: &Style, ink: Ink) {
    let tally = report.tally();
    if let Some(score) = report.score() {
        scores(out, report, score, ink);
    }
    let mut rows: Vec<(&str, Vec<String>)> = Vec::new();
    rows.push(("findings", vec![findings(&tally, style)]));
    rows.push(("verdicts", vec![verdicts(&tally)]));
    if tally.unknown > 0 {
        rows.push(("not verified", unknowns(report, tally.unknown, style)));
    }
    rows.push(("inputs", inputs(report, style)));
    let known: Vec<String> = packages(report).into_iter().chain(installed(report)).collect();
    if !known.is_empty() {
        rows.push(("packages", known));
    }
    rows.extend(allowances(report, &tally).map(|row| ("allowed", vec![row])));
    if tally.covered > 0 {
        let row = format!("{} that the findings above say already (see --verbose)", tally.covered);
        rows.push(("covered", vec![row]));
    }
    if let Some(baseline) = &report.baseline {
        let row =
            format!("{} known by {}, {} gone since", tally.baselined, plain(&baseline.name), baseline.gone);
        rows.push(("baseline", vec![row]));
    }
    rows.push(("gate", vec![gate(report)]));
    draw(out, rows, style, ink);
}

/// What was read and what was not, alone.
pub(super) fn inputs_row(out: &mut String, report: &Report, style: &Style, ink: Ink) {
    draw(out, vec![("inputs", inputs(report, style))], style, ink);
}

fn draw(out: &mut String, rows: Vec<(&str, Vec<String>)>, style: &Style, ink: Ink) {
    for (label, lines) in rows {
        for (at, line) in lines.iter().enumerate() {
            let label = if at == 0 { label } else { "" };
            for (at, piece) in wrap(line, style.width.saturating_sub(LABEL + 2).max(24)).iter().enumerate() {
                let label = if at == 0 { label } else { "" };
                out.push_str(format!("  {}{piece}", ink.dim(&format!("{label:<LABEL$}"))).trim_end());
                out.push('\n');
            }
        }
    }
}

/// The counts by severity. What is merely good to know is counted and shown on demand.
fn findings(tally: &Tally, style: &Style) -> String {
    if tally.findings() == 0 {
        return "none".into();
    }
    let hidden = tally.of(Severity::Info) > 0 && !style.is_verbose();
    format!("{}{}", tally.severities(), if hidden { " (info: see --verbose)" } else { "" })
}

fn scores(out: &mut String, report: &Report, score: Score, ink: Ink) {
    let words = |score: Score| {
        grade(ink, score.grade, &format!("grade {}, {} of 100", score.grade.name(), score.points))
    };
    match &report.scenarios[..] {
        [one] => out.push_str(&format!("{}: {}\n", ink.bold(&plain(&one.name)), words(score))),
        many => {
            out.push_str(&format!("{}: {}\n", ink.bold(&format!("{} projects", many.len())), words(score)));
            for scenario in many {
                let tally = scenario.tally();
                let found = if tally.findings() == 0 { "no findings".to_owned() } else { tally.severities() };
                let Score { points, grade: letter } = scenario.score;
                let score = grade(ink, letter, &format!("{} {points:>3}", letter.name()));
                out.push_str(&format!("  {score}  {}: {found}\n", plain(&scenario.name)));
            }
        }
    }
}

fn grade(ink: Ink, grade: Grade, text: &str) -> String {
    match grade {
        Grade::A | Grade::B => ink.good(text),
        Grade::C | Grade::D => ink.severity(Severity::Medium, text),
        Grade::E | Grade::F => ink.severity(Severity::High, text),
    }
}

fn verdicts(tally: &Tally) -> String {
    let Tally { passed, failed, unknown, not_applicable, .. } = *tally;
    format!("{passed} passed, {failed} failed, {unknown} not verified, {not_applicable} not applicable")
}

/// The number, and every distinct way to settle with how many verdicts it would settle, most first.
fn unknowns(report: &Report, count: usize, style: &Style) -> Vec<String> {
    let mut ways: BTreeMap<String, usize> = BTreeMap::new();
    for judged in report.scenarios.iter().flat_map(|scenario| &scenario.judged) {
        if let Verdict::Unknown(reason) = &judged.judgement.verdict {
            *ways.entry(reason.settle()).or_default() += 1;
        }
    }
    let mut ways: Vec<(String, usize)> = ways.into_iter().collect();
    ways.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let shown = if style.is_verbose() { ways.len() } else { ways.len().min(WAYS) };
    let mut lines = vec![format!("{count}; to settle:")];
    lines.extend(ways.iter().take(shown).map(|(way, count)| format!("{} ({count})", plain(way))));
    if ways.len() > shown {
        lines.push(format!("and {} more ways, see --verbose", ways.len() - shown));
    }
    lines
}

/// How old and how complete the data is by which packages were judged; nothing where none were.
fn packages(report: &Report) -> Option<String> {
    let mut all: BTreeMap<&str, &Coverage> = BTreeMap::new();
    for scenario in &report.scenarios {
        for lockfile in &scenario.lockfiles {
            all.insert(&scenario.sources.get(lockfile.source).name, &lockfile.coverage);
        }
    }
    let newest = all.values().next()?;
    let count = |of: fn(&Coverage) -> usize| all.values().copied().map(of).sum::<usize>();
    let (judged, open) = (count(|coverage| coverage.judged), count(|coverage| coverage.open));
    let files = if all.len() == 1 { "1 lockfile".to_owned() } else { format!("{} lockfiles", all.len()) };
    let (to, some) = (plain(&newest.complete_to), plain(&newest.newest));
    let mut line = format!("{judged} of {files}, judged by every npm advisory to {to}");
    if to != some {
        line.push_str(&format!(" and some to {some}"));
    }
    if open > 0 {
        line.push_str(&format!("; of {open} an advisory may hit more versions than it says"));
    }
    Some(line)
}

/// The same of images, kind by kind, and what of them was not judged.
fn installed(report: &Report) -> BTreeSet<String> {
    let images = report.scenarios.iter().flat_map(|scenario| &scenario.images);
    let lines = images.flat_map(|image| {
        image.coverage.iter().map(|coverage| {
            let (name, of, to) = (plain(&image.name), plain(&coverage.of), plain(&coverage.to));
            if coverage.extent == Extent::Nothing {
                return format!("image {name}: nothing is known of {of}, and no package of it was judged");
            }
            let few = if coverage.extent == Extent::Part { " of a few sources" } else { "" };
            let mut line =
                format!("image {name}: {} of {of}, judged by what is known{few} to {to}", coverage.judged);
            let mut add = |count: usize, what: &str| {
                if count > 0 {
                    line.push_str(&format!("; {count} {what}"));
                }
            };
            add(coverage.unknown.len(), "more of which nothing is known");
            add(coverage.foreign, "of other publishers left out");
            add(coverage.open, "of which an advisory may hit more versions than it says");
            line
        })
    });
    lines.collect()
}

fn inputs(report: &Report, style: &Style) -> Vec<String> {
    let mut all: BTreeMap<&str, &InputStatus> = BTreeMap::new();
    for input in report.scenarios.iter().flat_map(|scenario| &scenario.inputs).chain(&report.skipped) {
        // A document that one scenario reads and another skips was read.
        let entry = all.entry(&input.name).or_insert(&input.status);
        if matches!(entry, InputStatus::Skipped(_)) {
            *entry = &input.status;
        }
    }
    let count = |wanted: fn(&InputStatus) -> bool| all.values().filter(|status| wanted(status)).count();
    let read = count(|status| matches!(status, InputStatus::Read));
    let partial = count(|status| matches!(status, InputStatus::Partial));
    let skipped = count(|status| matches!(status, InputStatus::Skipped(_)));
    let mut line = format!("{} read", read + partial);
    if partial > 0 {
        line.push_str(&format!(" ({partial} in part)"));
    }
    if skipped > 0 {
        line.push_str(&format!(", {skipped} skipped"));
    }
    let mut lines = vec![line];
    if style.is_verbose() {
        for (name, status) in all {
            let how = match status {
                InputStatus::Read => continue,
                InputStatus::Partial => "read in part".to_owned(),
                InputStatus::Skipped(why) => format!("skipped: {}", plain(why)),
            };
            lines.push(format!("{}: {how}", plain(name)));
        }
    }
    lines
}

fn allowances(report: &Report, tally: &Tally) -> Option<String> {
    let unused = report
        .configuration
        .notices
        .iter()
        .chain(report.scenarios.iter().flat_map(|scenario| &scenario.notices))
        .filter(|notice| notice.code == "unused-allowance")
        .count();
    if tally.allowed() + tally.accepted + unused == 0 {
        return None;
    }
    let parts = [
        (tally.allowed_by_config, "by plimsoll.toml"),
        (tally.allowed_by_comment, "by comments"),
        (tally.allowed_by_peer, "by comments of other tools"),
        (tally.allowed_by_file, "by files of other tools"),
    ];
    let by: Vec<String> =
        parts.iter().filter(|(count, _)| *count > 0).map(|(count, by)| format!("{count} {by}")).collect();
    let mut line = match tally.allowed() {
        0 => "none".to_owned(),
        _ => by.join(", "),
    };
    if tally.accepted > 0 {
        line.push_str(&format!("; single advisories of findings that stay: {}", tally.accepted));
    }
    if unused > 0 {
        line.push_str(&format!("; unused allowances: {unused}"));
    }
    Some(line)
}

fn gate(report: &Report) -> String {
    match report.gate {
        None => "none is set".to_owned(),
        Some(gate) if report.passes() => format!("passed: nothing at {} or above", gate.name()),
        Some(gate) => format!("failed: findings at {} or above", gate.name()),
    }
}
