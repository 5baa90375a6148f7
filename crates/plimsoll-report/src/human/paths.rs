//! Attack paths for people: the changes that close them first, then who gets where through which service.
//!
//! Deliberately absent: the milder ones, unless all are asked for (`plimsoll paths`).

use std::collections::BTreeMap;

use plimsoll_controls::paths::{Because, Certainty, Cut, Measure, Paths, Story};
use plimsoll_controls::{Applicability, Severity};

use super::diagnostic::Pen;
use super::ink::{Ink, wrap};
use super::{Style, heading};
use crate::place::Place;
use crate::veil::{Veil, plain};
use crate::{Report, Scenario};

/// How many changes, services and doubts a report tells that is not about paths alone.
const MOST: usize = 4;
/// How many paths of one service to one end are named.
const NAMED: usize = 3;

/// The attack paths of every scenario, all of them. Ends with a line feed.
#[must_use]
pub fn paths_human(report: &Report, style: &Style) -> String {
    let style = Style { width: style.width.max(40), ..style.clone() };
    let ink = Ink { colour: style.colour };
    let mut out = String::new();
    for scenario in &report.scenarios {
        let Some(paths) = scenario.paths.as_deref() else { continue };
        if report.scenarios.len() > 1 {
            out.push_str(&format!("{}\n\n", ink.bold(&format!("=== {}", plain(&scenario.name)))));
        }
        let veil = Veil::of(scenario);
        let pen = Pen { veil: &veil, ink, width: style.width };
        Section { scenario, paths, pen, all: true }.write(&mut out);
    }
    if out.is_empty() {
        out.push_str("no attack path\n");
    }
    out
}

/// The grave ones of a scenario, where there are any.
pub(super) fn write(out: &mut String, scenario: &Scenario, pen: Pen<'_>) {
    let Some(paths) = scenario.paths.as_deref() else { return };
    let grave = |story: &&Story| !story.accepted && story.severity >= Severity::High;
    if paths.stories.iter().any(|story| grave(&story)) {
        Section { scenario, paths, pen, all: false }.write(out);
    }
}

struct Section<'a> {
    scenario: &'a Scenario,
    paths: &'a Paths,
    pen: Pen<'a>,
    /// Whether everything is told.
    all: bool,
}

impl Section<'_> {
    fn write(&self, out: &mut String) {
        let least = if self.all { Severity::Low } else { Severity::High };
        let told: Vec<&Story> = self.paths.told(least).collect();
        let possible: Vec<&Story> = self
            .paths
            .stories
            .iter()
            .filter(|story| story.certainty == Certainty::Possible && story.severity >= least)
            .collect();
        let milder = self.paths.told(Severity::Low).count() - told.len();
        let mut counts = Vec::new();
        if !told.is_empty() {
            counts.push(format!("{} open", told.len()));
        }
        if !possible.is_empty() {
            counts.push(format!("{} possible, not verified", possible.len()));
        }
        heading(out, "attack paths", &counts.join(", "), self.pen.ink);
        let cut = if self.all { &self.paths.cut } else { &self.paths.grave };
        self.cut(out, cut);
        self.stories(out, &told);
        self.possible(out, &possible);
        self.rest(out, milder);
        out.push('\n');
    }

    fn line(&self, out: &mut String, indent: usize, text: &str) {
        let text = plain(&self.pen.veil.words(text)).into_owned();
        let room = self.pen.width.saturating_sub(indent + 2).max(24);
        for (at, piece) in wrap(&text, room).iter().enumerate() {
            let indent = if at == 0 { indent } else { indent + 2 };
            out.push_str(&format!("{:indent$}{piece}\n", ""));
        }
    }

    fn cut(&self, out: &mut String, cut: &Cut) {
        if cut.measures.is_empty() {
            return;
        }
        let changes = self.paths.changes(cut);
        let what = if changes == 1 { "1 change".to_owned() } else { format!("{changes} changes") };
        let proof = if cut.proven { "" } else { " (fewer may do; the search was given up)" };
        let which = match (cut.closes, self.all) {
            (1, _) => "Close it".to_owned(),
            (_, true) => "Close every open path".to_owned(),
            (count, false) => format!("Close all {count}"),
        };
        self.line(out, 2, &format!("{which} with {what}{proof}:"));
        let most = if self.all { usize::MAX } else { MOST };
        let measures = cut.measures.iter().filter_map(|at| self.paths.measures.get(*at));
        for (at, measure) in measures.clone().enumerate().take(most) {
            self.line(out, 4, &format!("{}. {}", at + 1, self.measure(measure)));
        }
        let left = measures.count().saturating_sub(most);
        if left > 0 {
            self.line(out, 4, &format!("and {left} more: plimsoll paths"));
        }
    }

    fn measure(&self, measure: &Measure) -> String {
        let place = Place::of(&self.scenario.sources, measure.at.span);
        let place =
            place.map(|place| format!(" ({}:{})", place.file(), place.start.line)).unwrap_or_default();
        let controls = match measure.controls.as_slice() {
            [] => String::new(),
            controls => format!(" [{}]", controls.join(", ")),
        };
        let how = match measure.applicability {
            Some(Applicability::Safe) => ": plimsoll fix",
            Some(Applicability::Risky) => ": plimsoll fix --risky",
            None => "",
        };
        format!("`{}`: {}{place}{controls}{how}", measure.subject, measure.words)
    }

    /// Paths from one origin through one service to one end are one line, with what they rest on beneath it.
    fn stories(&self, out: &mut String, told: &[&Story]) {
        let mut groups: Vec<(String, Vec<&Story>)> = Vec::new();
        for &story in told {
            let way = way(story);
            match groups.iter_mut().find(|(own, _)| *own == way) {
                Some((_, stories)) => stories.push(story),
                None => groups.push((way, vec![story])),
            }
        }
        let most = if self.all { usize::MAX } else { MOST };
        let left: usize = groups.iter().skip(most).map(|(_, stories)| stories.len()).sum();
        for (way, stories) in groups.iter().take(most) {
            let worst = stories.iter().map(|story| story.severity).max().unwrap_or(Severity::Info);
            let label = self.pen.ink.severity(worst, worst.name());
            let words = plain(&self.pen.veil.words(way)).into_owned();
            out.push_str(&format!("  {label} {words}\n"));
            if self.all {
                for story in stories {
                    self.line(out, 4, &format!("{}: {}", story.path.id, story.path.name));
                    for because in &story.because {
                        self.line(out, 6, &self.because(because));
                    }
                }
            } else {
                let mut ids: Vec<String> =
                    stories.iter().take(NAMED).map(|story| story.path.id.to_owned()).collect();
                if stories.len() > NAMED {
                    ids.push(format!("and {} more", stories.len() - NAMED));
                }
                let telling = stories.first().and_then(|story| {
                    // The last fact is the path's own; the account comes first.
                    story.because.iter().rev().find(|because| because.control != Some("runs-as-root"))
                });
                let because =
                    telling.map(|because| format!(": {}", self.because(because))).unwrap_or_default();
                self.line(out, 4, &format!("{}{because}", ids.join(", ")));
            }
        }
        if left > 0 {
            self.line(out, 2, &format!("and {left} more: plimsoll paths"));
        }
    }

    fn because(&self, because: &Because) -> String {
        let place = Place::of(&self.scenario.sources, because.at.span);
        let place =
            place.map(|place| format!(" ({}:{})", place.file(), place.start.line)).unwrap_or_default();
        format!("{}{place}", because.words)
    }

    /// What may be open, by what would settle it.
    fn possible(&self, out: &mut String, possible: &[&Story]) {
        let mut groups: BTreeMap<(String, String), Vec<&str>> = BTreeMap::new();
        for story in possible {
            let settle = story.open.first().map(|open| open.reason.settle()).unwrap_or_default();
            let service = story.services().next().unwrap_or("any container").to_owned();
            groups.entry((service, settle)).or_default().push(story.path.id);
        }
        let most = if self.all { usize::MAX } else { MOST };
        let left: usize = groups.values().skip(most).map(Vec::len).sum();
        for ((service, settle), ids) in groups.iter().take(most) {
            let named = if self.all { ids.len() } else { ids.len().min(NAMED) };
            let more =
                if ids.len() > named { format!(" and {} more", ids.len() - named) } else { String::new() };
            let ids: Vec<&str> = ids.iter().copied().take(named).collect();
            let text = format!("possible, not verified: `{service}`: {}{more}; {settle}", ids.join(", "));
            self.line(out, 2, &text);
        }
        if left > 0 {
            self.line(out, 2, &format!("possible, not verified: {left} more, see plimsoll paths"));
        }
    }

    fn rest(&self, out: &mut String, milder: usize) {
        let unseen = self.paths.unseen;
        let mut rest = Vec::new();
        if milder > 0 {
            rest.push(format!("{milder} milder: plimsoll paths"));
        }
        if unseen.host > 0 {
            rest.push(match unseen.asked {
                true => format!("{} more depend on what nobody could read of the host", unseen.host),
                false => format!("{} more depend on the host: plimsoll scan --engine", unseen.host),
            });
        }
        if unseen.images > 0 {
            rest.push(format!("{} on images that were not read: --image NAME", unseen.images));
        }
        if !rest.is_empty() {
            self.line(out, 2, &rest.join("; "));
        }
    }
}

/// `anybody -> `web` -> `api` -> root on the host`.
fn way(story: &Story) -> String {
    let mut steps: Vec<String> = match (story.route.first(), story.local) {
        (Some(_), _) => std::iter::once("anybody outside".to_owned())
            .chain(story.route.iter().map(|name| format!("`{name}`")))
            .collect(),
        (None, true) => vec!["programs of the host".to_owned()],
        (None, false) => vec!["code in the container".to_owned()],
    };
    if story.route.is_empty() {
        steps.push(match story.services().next() {
            Some(name) => format!("`{name}`"),
            None => "any container".to_owned(),
        });
    }
    if story.services.len() > 1
        && let Some(last) = steps.last_mut()
    {
        last.push_str(&format!(" (or {} more)", story.services.len() - 1));
    }
    steps.push(story.path.result.words().to_owned());
    steps.join(" -> ")
}
