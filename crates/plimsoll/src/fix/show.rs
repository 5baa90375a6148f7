//! What `plimsoll fix` did or would do, for people and for programs.
//!
//! What people see is also a patch: `git apply` reads the diffs and passes over the lines between them. Deliberately
//! absent: texts of files outside of diffs.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use plimsoll_controls::Applicability;
use plimsoll_report::{plain, to_json};
use serde_json::{Value, json};

use super::{Cause, Left, Made, Outcome, Turn, Usage, unified};

/// How it is shown.
#[derive(Debug, Clone, Copy, Default)]
pub struct Look {
    /// With colours.
    pub colour: bool,
    /// Also each finding that stays, and what a person can do about it.
    pub verbose: bool,
    /// Whether the diffs were shown already.
    pub brief: bool,
    /// Whether the files were written.
    pub written: bool,
}

const RED: &str = "\x1b[31m";
const GREEN: &str = "\x1b[32m";
const CYAN: &str = "\x1b[36m";
const BOLD: &str = "\x1b[1m";
const PLAIN: &str = "\x1b[0m";

/// Controls that are named in a short line.
const NAMED: usize = 4;

/// Every remedy with its reason and its diff, what is left and why, and a summary.
#[must_use]
pub fn human(outcome: &Outcome, look: &Look) -> String {
    let mut out = String::new();
    if !look.brief {
        for made in &outcome.made {
            out.push_str(&one(made, look.colour));
        }
    }
    match look.verbose {
        true => each_left(&mut out, &outcome.left),
        false => left_in_short(&mut out, &outcome.left),
    }
    summary(&mut out, outcome, look);
    out
}

/// One remedy.
#[must_use]
pub fn one(made: &Made, colour: bool) -> String {
    let mut out = String::new();
    let place = made.place.as_deref().map(|place| format!("{}: ", plain(place))).unwrap_or_default();
    let head = format!("# {place}{} [{}]", plain(&made.message), made.control);
    let _ = match colour {
        true => writeln!(out, "{BOLD}{head}{PLAIN}"),
        false => writeln!(out, "{head}"),
    };
    let lead = match made.applicability {
        Applicability::Safe => "safe",
        Applicability::Risky => "risky, look at it",
    };
    let _ = writeln!(out, "#   fix: {}", plain(made.fix.lines().next().unwrap_or_default()));
    let _ = writeln!(out, "#   {lead}: {}", plain(&made.why));
    if let Some(reason) = &made.outside {
        let _ = writeln!(out, "#   from outside: {}", plain(reason));
    }
    for (path, turn) in &made.files {
        let shown = unified(path, turn);
        if shown.masked {
            out.push_str("#   something in this diff is masked: it cannot be applied as it stands, --write writes the real text\n");
        }
        match colour {
            true => coloured(&mut out, &shown.text),
            false => out.push_str(&shown.text),
        }
    }
    out.push('\n');
    out
}

fn coloured(out: &mut String, diff: &str) {
    for line in diff.split_inclusive('\n') {
        let (content, end) = match line.strip_suffix('\n') {
            Some(content) => (content, "\n"),
            None => (line, ""),
        };
        let colour = match content.as_bytes().first() {
            _ if content.starts_with("--- ") || content.starts_with("+++ ") => BOLD,
            Some(b'-') => RED,
            Some(b'+') => GREEN,
            Some(b'@') => CYAN,
            _ => "",
        };
        let _ = match colour {
            "" => write!(out, "{content}{end}"),
            _ => write!(out, "{colour}{content}{PLAIN}{end}"),
        };
    }
}

fn each_left(out: &mut String, left: &[Left]) {
    if left.is_empty() {
        return;
    }
    out.push_str("# left as it is\n");
    for left in left {
        let place = left.place.as_deref().map(|place| format!("{}: ", plain(place))).unwrap_or_default();
        let _ = writeln!(out, "#   {place}{} [{}]", plain(&left.message), left.control);
        let _ = writeln!(out, "#     {}", plain(&left.reason));
        let _ = writeln!(out, "#     by hand: {}", plain(left.fix.lines().next().unwrap_or_default()));
        if let Some((path, text)) = &left.overlay {
            let _ = writeln!(out, "#     --overlay makes {} say it from outside:", plain(path));
            for line in text.lines().filter(|line| !line.starts_with('#')) {
                let _ = writeln!(out, "#       {}", plain(line));
            }
        }
    }
    out.push_str("#\n");
}

/// A line for each reason: what is risky, what takes a person, and what was refused and why.
fn left_in_short(out: &mut String, left: &[Left]) {
    let mut reasons: BTreeMap<(Cause, &str, bool), Vec<&str>> = BTreeMap::new();
    for left in left {
        let reason = match left.cause {
            Cause::Risky => "risky: --risky shows them",
            Cause::Declined => "declined",
            Cause::Refused | Cause::Broke | Cause::Unproven => left.reason.as_str(),
            Cause::NoRemedy => "without a fix of its own: `plimsoll scan` says what to do",
        };
        reasons.entry((left.cause, reason, left.overlay.is_some())).or_default().push(&left.control);
    }
    if reasons.is_empty() {
        return;
    }
    out.push_str("# left as it is (--verbose names each)\n");
    for ((_, reason, from_outside), mut controls) in reasons {
        let count = controls.len();
        controls.sort_unstable();
        controls.dedup();
        let more = controls.len().saturating_sub(NAMED);
        controls.truncate(NAMED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let way = if from_outside { "; --overlay makes the change from outside" } else { "" };
        let _ = writeln!(out, "#   {count} {}{way} [{}{more}]", plain(reason), controls.join(", "));
    }
    out.push_str("#\n");
}

fn summary(out: &mut String, outcome: &Outcome, look: &Look) {
    let safe = outcome.made.iter().filter(|made| made.applicability == Applicability::Safe).count();
    let risky = outcome.made.len() - safe;
    let _ = writeln!(
        out,
        "# {} ({safe} safe, {risky} risky) in {}, {} left; findings {} -> {}, score {} -> {}",
        count(outcome.made.len(), "fix", "fixes"),
        count(outcome.files.len(), "file", "files"),
        outcome.left.len(),
        outcome.findings.0,
        outcome.findings.1,
        outcome.points.0,
        outcome.points.1,
    );
    if !outcome.made.is_empty() {
        let names: Vec<_> = outcome.files.keys().map(|path| plain(path)).collect();
        let _ = match look.written {
            true => writeln!(out, "# written: {}", names.join(", ")),
            false => writeln!(out, "# nothing was written: --write does it"),
        };
    }
    for (path, usage) in &outcome.overlays {
        let place = match usage.directory.as_str() {
            "." => String::new(),
            directory => format!(" in {}", plain(directory)),
        };
        let _ = writeln!(out, "# {} counts only where it is named{place}:", plain(path));
        let _ = writeln!(out, "#   {}", plain(&usage.command));
        let _ = writeln!(out, "#   or, for every command, in .env: {}", plain(&usage.variable));
    }
}

fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// `plimsoll.fix/1`, with what came of a proof where one was asked for.
#[must_use]
pub fn json(outcome: &Outcome, written: bool, proof: Option<Value>) -> String {
    let files: Vec<Value> =
        outcome.files.iter().map(|(path, (old, _))| json!({ "path": path, "new": old.is_none() })).collect();
    let mut whole = json!({
        "schema": "plimsoll.fix/1",
        "tool": { "name": "plimsoll", "version": env!("CARGO_PKG_VERSION") },
        "written": written,
        "findings": { "before": outcome.findings.0, "after": outcome.findings.1 },
        "score": { "before": outcome.points.0, "after": outcome.points.1 },
        "made": outcome.made.iter().map(made).collect::<Vec<_>>(),
        "left": outcome.left.iter().map(left).collect::<Vec<_>>(),
        "files": files,
        "overlays": outcome.overlays.iter().map(overlay).collect::<Vec<_>>(),
    });
    if let (Some(proof), Value::Object(whole)) = (proof, &mut whole) {
        whole.insert("proof".to_owned(), proof);
    }
    to_json(&whole)
}

fn overlay((path, usage): (&String, &Usage)) -> Value {
    json!({
        "path": path,
        "directory": usage.directory,
        "command": usage.command,
        "variable": usage.variable,
    })
}

fn made(made: &Made) -> Value {
    let diff = |(path, turn): (&String, &Turn)| {
        let shown = unified(path, turn);
        json!({ "path": path, "new": turn.old.is_none(), "diff": shown.text, "masked": shown.masked })
    };
    json!({
        "scenario": made.scenario,
        "control": made.control,
        "severity": made.severity.name(),
        "fingerprint": made.fingerprint,
        "place": made.place,
        "message": made.message,
        "fix": made.fix,
        "applicability": made.applicability.name(),
        "why": made.why,
        "outside": made.outside,
        "diffs": made.files.iter().map(diff).collect::<Vec<_>>(),
    })
}

fn left(left: &Left) -> Value {
    json!({
        "scenario": left.scenario,
        "control": left.control,
        "place": left.place,
        "message": left.message,
        "fix": left.fix,
        "cause": left.cause.name(),
        "reason": left.reason,
        "overlay": left.overlay.as_ref().map(|(path, text)| json!({ "path": path, "text": text })),
    })
}
