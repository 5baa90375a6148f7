//! Markdown for a comment on a pull request: a summary, the gravest findings, the rest folded away.
//!
//! Text from files is written as HTML entities: it can neither format, nor link, nor mention anybody.

use plimsoll_controls::Severity;

use crate::entry::Entry;
use crate::veil::{Veil, plain};
use crate::{Report, Tally, entry};

/// How many findings stand outside the fold.
const TOP: usize = 5;
/// Comments on GitHub end at 65,536 characters; bytes are never fewer.
const MOST: usize = 60_000;

/// The report as Markdown.
#[must_use]
pub fn markdown(report: &Report) -> String {
    let tally = report.tally();
    let mut out = String::from("## plimsoll: ");
    out.push_str(&match report.score() {
        Some(score) => format!("grade {}, {} of 100\n\n", score.grade.name(), score.points),
        None => "nothing to judge\n\n".to_owned(),
    });
    out.push_str(match (report.gate, report.passes()) {
        (None, _) => "",
        (Some(_), true) => "The gate is passed.\n\n",
        (Some(_), false) => "**The gate is not passed.**\n\n",
    });
    counts(&mut out, report, &tally);
    paths(&mut out, report);
    let entries: Vec<_> = entry::distinct(report).into_iter().filter(|(entry, _)| entry.is_open()).collect();
    if entries.is_empty() {
        out.push_str("No open findings.\n\n");
    }
    let mut left = entries.len();
    for (at, (entry, veil)) in entries.iter().enumerate() {
        if at == TOP {
            out.push_str(&format!("<details><summary>{} more findings</summary>\n\n", entries.len() - TOP));
        }
        let item = finding(entry, veil);
        if out.len() + item.len() > MOST {
            break;
        }
        out.push_str(&item);
        left -= 1;
    }
    if left > 0 {
        out.push_str(&format!("- … and {left} more, which do not fit here.\n"));
    }
    if entries.len() > TOP {
        out.push_str("\n</details>\n");
    }
    out.push('\n');
    foot(&mut out, report, &tally);
    out
}

fn counts(out: &mut String, report: &Report, tally: &Tally) {
    out.push_str("| | score | critical | high | medium | low | info | not verified |\n");
    out.push_str("|---|---|---|---|---|---|---|---|\n");
    let row = |name: &str, score: String, tally: &Tally| {
        let cells: Vec<String> =
            Severity::ALL.into_iter().rev().map(|severity| tally.of(severity).to_string()).collect();
        format!("| {name} | {score} | {} | {} |\n", cells.join(" | "), tally.unknown)
    };
    // A table of a hundred projects would leave no room for what was found.
    for scenario in report.scenarios.iter().take(20) {
        let score = format!("{} {}", scenario.score.grade.name(), scenario.score.points);
        let name = format!("<code>{}</code>", escape(&scenario.name));
        out.push_str(&row(&name, score, &scenario.tally()));
    }
    if report.scenarios.len() > 1 {
        let score = report.score().map(|score| format!("{} {}", score.grade.name(), score.points));
        out.push_str(&row("all", score.unwrap_or_default(), tally));
    }
    out.push('\n');
}

/// The changes that close the grave attack paths, as one table.
fn paths(out: &mut String, report: &Report) {
    let mut rows = Vec::new();
    let (mut closes, mut all) = (0, 0);
    for scenario in &report.scenarios {
        let Some(paths) = scenario.paths.as_deref() else { continue };
        let veil = Veil::of(scenario);
        closes += paths.grave.closes;
        let measures = paths.grave.measures.iter().filter_map(|at| paths.measures.get(*at));
        all += paths.grave.measures.len();
        rows.extend(measures.take(TOP).map(|measure| {
            let place = crate::place::Place::of(&scenario.sources, measure.at.span);
            let place =
                place.map(|place| format!("<code>{}:{}</code>", escape(place.file()), place.start.line));
            let controls: Vec<String> =
                measure.controls.iter().map(|id| format!("<code>{}</code>", escape(id))).collect();
            format!(
                "| <code>{}</code> | {} | {} | {} |\n",
                escape(&veil.words(&measure.subject)),
                prose(&veil.words(&measure.words)),
                place.unwrap_or_default(),
                controls.join(", ")
            )
        }));
    }
    if rows.is_empty() {
        return;
    }
    let more = if all > rows.len().min(2 * TOP) { ", these first" } else { "" };
    out.push_str(&format!(
        "**Attack paths**: {closes} grave ones are open; {all} places to change close them{more}.\n\n"
    ));
    out.push_str("| in | change | where | told by |\n|---|---|---|---|\n");
    rows.iter().take(2 * TOP).for_each(|row| out.push_str(row));
    out.push('\n');
}

fn finding(entry: &Entry<'_>, veil: &Veil) -> String {
    let words = |text: &str| prose(&veil.words(text));
    let place = entry
        .place
        .map(|place| format!(" (<code>{}:{}</code>)", escape(place.file()), place.start.line))
        .unwrap_or_default();
    let mut item = format!(
        "- **{}** <code>{}</code>: {}{place}\n",
        entry.severity().name(),
        escape(entry.control().id),
        words(&entry.finding.message),
    );
    for (lead, text) in [("Why", entry.why()), ("Fix", entry.finding.fix.clone())] {
        if !text.is_empty() {
            item.push_str(&format!("  <br>{lead}: {}\n", words(&text)));
        }
    }
    item
}

fn foot(out: &mut String, report: &Report, tally: &Tally) {
    let mut parts = vec![
        format!("{} passed", tally.passed),
        format!("{} failed", tally.failed),
        format!("{} not verified", tally.unknown),
        format!("{} not applicable", tally.not_applicable),
    ];
    if tally.allowed() > 0 {
        parts.push(format!("{} findings allowed", tally.allowed()));
    }
    if tally.baselined > 0 {
        parts.push(format!("{} findings known before", tally.baselined));
    }
    out.push_str(&format!("<sub>{}. plimsoll {}</sub>\n", parts.join(", "), escape(&report.tool.version)));
}

/// A sentence in which backticks mark code: code and words are escaped alike, the marks become tags. A mark without a
/// partner is a backtick.
fn prose(text: &str) -> String {
    let pieces: Vec<&str> = text.split('`').collect();
    let paired = pieces.len() - (pieces.len() + 1) % 2;
    let mut out = String::new();
    for (at, piece) in pieces.iter().enumerate() {
        if at >= paired {
            out.push_str("&#96;");
            out.push_str(&escape(piece));
        } else if at % 2 == 1 {
            out.push_str(&format!("<code>{}</code>", escape(piece)));
        } else {
            out.push_str(&escape(piece));
        }
    }
    out
}

/// Every character with which Markdown, HTML or GitHub's own syntax would act inside a line becomes an entity, and so
/// does what would start a link by itself.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in plain(text).chars() {
        match c {
            '&' | '<' | '>' | '\\' | '`' | '*' | '_' | '[' | ']' | '#' | '|' | '~' | '@' | '$' => {
                out.push_str(&format!("&#{};", c as u32));
            }
            c => out.push(c),
        }
    }
    out.replace("://", "&#58;//").replace("www.", "www&#46;").replace("WWW.", "WWW&#46;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_from_files_cannot_act() {
        assert_eq!(escape("@all <b>"), "&#64;all &#60;b&#62;");
        assert_eq!(escape("[x](http://y)"), "&#91;x&#93;(http&#58;//y)");
        assert_eq!(escape("www.example.org"), "www&#46;example.org");
    }

    #[test]
    fn backticks_mark_code_in_pairs() {
        assert_eq!(prose("service `a_b` runs"), "service <code>a&#95;b</code> runs");
        assert_eq!(prose("odd ` one"), "odd &#96; one");
        assert_eq!(prose("`a` and `b"), "<code>a</code> and &#96;b");
        assert_eq!(prose(""), "");
    }
}
