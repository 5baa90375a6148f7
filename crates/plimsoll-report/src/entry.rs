//! The findings of a report as one list: what every renderer walks.

use std::collections::BTreeSet;
use std::rc::Rc;

use plimsoll_controls::{Control, Finding, Severity};
use plimsoll_posture::SubjectKind;

use crate::fingerprint::Fingerprints;
use crate::place::Place;
use crate::veil::Veil;
use crate::{Judged, Report, Scenario, State};

/// One finding with all that belongs to it.
#[derive(Debug, Clone)]
pub(crate) struct Entry<'a> {
    pub(crate) scenario: &'a Scenario,
    pub(crate) judged: &'a Judged,
    pub(crate) finding: &'a Finding,
    pub(crate) state: &'a State,
    /// Where it is shown.
    pub(crate) place: Option<Place<'a>>,
    fingerprints: Rc<Fingerprints<'a>>,
    /// The number of its verdict in the scenario, and its own in the verdict.
    number: (usize, usize),
}

impl<'a> Entry<'a> {
    pub(crate) fn control(&self) -> &'static Control {
        self.judged.judgement.control
    }

    pub(crate) fn severity(&self) -> Severity {
        self.judged.severity
    }

    /// Why it is milder than its control; nothing where the configuration sets the severity.
    pub(crate) fn milder_because(&self) -> impl Iterator<Item = &'static str> {
        let weight = self.judged.judgement.weight;
        weight.reasons().filter(move |_| weight.severity == self.judged.severity)
    }

    /// What makes it the same finding tomorrow.
    pub(crate) fn fingerprint(&self) -> &str {
        self.fingerprints.at(self.number.0, self.number.1)
    }

    pub(crate) fn is_open(&self) -> bool {
        *self.state == State::Open
    }

    /// The service it is shown under, when it has one.
    pub(crate) fn service(&self) -> Option<&'a str> {
        let subject = self.judged.judgement.subject.as_ref()?;
        match &subject.service {
            Some(service) => Some(service),
            None => subject.kind.runs().then_some(&*subject.name),
        }
    }

    /// The heading it is shown under: ``service `api` ``, `image Dockerfile`, `project`.
    pub(crate) fn group(&self) -> String {
        let subject = self.judged.judgement.subject.as_ref();
        if let Some(service) =
            self.service().filter(|_| subject.is_none_or(|subject| subject.kind != SubjectKind::Container))
        {
            return format!("service `{service}`");
        }
        match subject {
            Some(subject) => format!("{} `{}`", subject.kind.name(), subject.name),
            None => "project".to_owned(),
        }
    }

    /// Why it matters, one sentence without a full stop.
    pub(crate) fn why(&self) -> String {
        match &self.finding.why {
            Some(why) => why.trim_end_matches('.').to_owned(),
            None => first_sentence(self.control().section("Why it matters").unwrap_or("")),
        }
    }

    fn order(&self) -> impl Ord + use<'a> {
        (
            std::cmp::Reverse(self.severity()),
            self.finding.precedence(),
            self.place.map(|place| place.order()),
            self.control().id,
            self.judged.judgement.subject.as_ref().map(|subject| subject.name.clone()),
        )
    }
}

/// The findings of one scenario, worst first, then by place.
pub(crate) fn of_scenario(scenario: &Scenario) -> Vec<Entry<'_>> {
    let fingerprints = Rc::new(Fingerprints::of(scenario));
    let mut entries: Vec<Entry<'_>> = Vec::new();
    for (verdict, judged) in scenario.judged.iter().enumerate() {
        entries.extend(judged.findings().enumerate().map(|(number, (finding, state))| Entry {
            scenario,
            judged,
            finding,
            state,
            place: Place::of_finding(&scenario.sources, judged, finding),
            fingerprints: Rc::clone(&fingerprints),
            number: (verdict, number),
        }));
    }
    entries.sort_by_cached_key(Entry::order);
    entries
}

/// The findings of all scenarios, each once though several scenarios share it, worst first, then by place. With each
/// comes the veil of its scenario.
pub(crate) fn distinct(report: &Report) -> Vec<(Entry<'_>, Rc<Veil>)> {
    let mut seen = BTreeSet::new();
    let mut all: Vec<(Entry<'_>, Rc<Veil>)> = Vec::new();
    // Within a scenario they are unique.
    let shared = report.scenarios.len() > 1;
    for scenario in &report.scenarios {
        let veil = Rc::new(Veil::of(scenario));
        for entry in of_scenario(scenario) {
            if !shared || seen.insert(entry.fingerprint().to_owned()) {
                all.push((entry, veil.clone()));
            }
        }
    }
    all.sort_by_cached_key(|(entry, _)| entry.order());
    all
}

/// Up to the first full stop that ends a sentence, on one line.
pub(crate) fn first_sentence(text: &str) -> String {
    let paragraph = text.split("\n\n").next().unwrap_or("");
    let line = paragraph.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut end = line.len();
    for (at, _) in line.match_indices(". ") {
        if line[at + 2..].starts_with(|c: char| c.is_uppercase() || c == '`') {
            end = at;
            break;
        }
    }
    line[..end].trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_ends_where_another_begins() {
        assert_eq!(
            first_sentence("Node 14, e.g. with npm, is old. It\nis not mended."),
            "Node 14, e.g. with npm, is old"
        );
        assert_eq!(first_sentence("One line\nbroken.\n\nMore."), "One line broken");
        assert_eq!(first_sentence(""), "");
    }
}
