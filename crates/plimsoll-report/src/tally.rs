//! Figures over a report: what the summaries show and the exit code rests on.

use plimsoll_controls::{Counted, Score, Severity, Verdict, score_counted};

use crate::{AllowedBy, Judged, Report, Scenario, State};

/// Counts over some scenarios.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Open findings by severity, in the order of [`Severity::ALL`].
    pub open: [usize; 5],
    /// Verdicts that pass.
    pub passed: usize,
    /// Verdicts that fail, allowed ones and those of the baseline included.
    pub failed: usize,
    /// Verdicts that could not be given.
    pub unknown: usize,
    /// Verdicts that do not apply.
    pub not_applicable: usize,
    /// Findings allowed by `plimsoll.toml`.
    pub allowed_by_config: usize,
    /// Findings allowed by a `# plimsoll: allow` comment.
    pub allowed_by_comment: usize,
    /// Findings allowed by another tool's comment.
    pub allowed_by_peer: usize,
    /// Findings that a file of another tool allows: a VEX document, `.trivyignore`.
    pub allowed_by_file: usize,
    /// Advisories that are accepted while their finding stays.
    pub accepted: usize,
    /// Findings that the baseline holds.
    pub baselined: usize,
    /// Findings that another finding says already.
    pub covered: usize,
}

impl Tally {
    /// Open findings of one severity.
    #[must_use]
    pub fn of(&self, severity: Severity) -> usize {
        self.open[severity as usize]
    }

    /// All open findings.
    #[must_use]
    pub fn findings(&self) -> usize {
        self.open.iter().sum()
    }

    /// All allowed findings.
    #[must_use]
    pub fn allowed(&self) -> usize {
        self.allowed_by_config + self.allowed_by_comment + self.allowed_by_peer + self.allowed_by_file
    }

    /// `1 critical, 3 high`, worst first, without those that are not there; empty for none.
    pub(crate) fn severities(&self) -> String {
        let parts: Vec<String> = Severity::ALL
            .into_iter()
            .rev()
            .filter(|&severity| self.of(severity) > 0)
            .map(|severity| format!("{} {}", self.of(severity), severity.name()))
            .collect();
        parts.join(", ")
    }

    fn add_scenario(&mut self, scenario: &Scenario) {
        self.passed += scenario.settled.passed;
        self.not_applicable += scenario.settled.not_applicable;
        self.accepted += scenario.accepted.len();
        scenario.judged.iter().for_each(|judged| self.add(judged));
    }

    fn add(&mut self, judged: &Judged) {
        match &judged.judgement.verdict {
            Verdict::Pass(_) => self.passed += 1,
            Verdict::Fail(_) => self.failed += 1,
            Verdict::Unknown(_) => self.unknown += 1,
            Verdict::NotApplicable(_) => self.not_applicable += 1,
        }
        for (_, state) in judged.findings() {
            match state {
                State::Open => self.open[judged.severity as usize] += 1,
                State::Baselined => self.baselined += 1,
                State::Covered(_) => self.covered += 1,
                State::Allowed(allowance) => match allowance.by {
                    AllowedBy::Config(_) => self.allowed_by_config += 1,
                    AllowedBy::Comment(_) => self.allowed_by_comment += 1,
                    AllowedBy::Peer { .. } => self.allowed_by_peer += 1,
                    AllowedBy::File { .. } => self.allowed_by_file += 1,
                },
            }
        }
    }
}

/// The score of verdicts as they count: allowed findings do not, those of a baseline and covered ones do, severities
/// are those of the configuration.
#[must_use]
pub fn score_judged(judged: &[Judged]) -> Score {
    let counted = judged.iter().map(|judged| Counted {
        judgement: &judged.judgement,
        severity: judged.severity,
        open: judged.findings().filter(|(_, state)| !matches!(state, State::Allowed(_))).count(),
    });
    score_counted(counted)
}

impl Scenario {
    /// Its counts.
    #[must_use]
    pub fn tally(&self) -> Tally {
        let mut tally = Tally::default();
        tally.add_scenario(self);
        tally
    }
}

impl Report {
    /// The counts of all scenarios.
    #[must_use]
    pub fn tally(&self) -> Tally {
        let mut tally = Tally::default();
        self.scenarios.iter().for_each(|scenario| tally.add_scenario(scenario));
        tally
    }

    /// The lowest score of all scenarios; `None` when there is none.
    #[must_use]
    pub fn score(&self) -> Option<Score> {
        self.scenarios.iter().map(|scenario| scenario.score).min_by_key(|score| score.points)
    }

    /// The gravest severity among open findings and notices.
    #[must_use]
    pub fn worst(&self) -> Option<Severity> {
        let findings = self
            .scenarios
            .iter()
            .flat_map(|scenario| &scenario.judged)
            .filter(|judged| judged.is_open())
            .map(|judged| judged.severity);
        let notices = self
            .configuration
            .notices
            .iter()
            .chain(self.scenarios.iter().flat_map(|scenario| &scenario.notices))
            .map(|notice| notice.severity);
        findings.chain(notices).max()
    }

    /// Whether nothing open reaches the gate: exit code 0 rather than 1.
    #[must_use]
    pub fn passes(&self) -> bool {
        self.gate.is_none_or(|gate| self.worst().is_none_or(|worst| worst < gate))
    }
}
