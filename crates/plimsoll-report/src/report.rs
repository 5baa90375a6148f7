//! What a run found, as the command line hands it to the renderers.
//!
//! Deliberately absent: how anything was found, and every derived figure (see `tally`).

use std::sync::Arc;

use plimsoll_controls::paths::Paths;
use plimsoll_controls::{Finding, Judgement, Score, Severity, Verdict};
use plimsoll_posture::{Complaint, Coverage, InstalledCoverage, Subject};
use plimsoll_text::{SourceId, Sources, Span};

/// One run.
#[derive(Debug, Clone)]
pub struct Report {
    /// Who says it.
    pub tool: Tool,
    /// The gate: open findings of this severity or above fail the run. `None` is `--fail-on never`.
    pub gate: Option<Severity>,
    /// plimsoll's own configuration and what is wrong with it.
    pub configuration: Configuration,
    /// The baseline that was compared with, when one was.
    pub baseline: Option<BaselineUse>,
    /// What was judged, in the order in which it is shown.
    pub scenarios: Vec<Scenario>,
    /// Whether whole-file discovery left things out, by path and reason: shown with the inputs.
    pub skipped: Vec<Input>,
}

/// The program.
#[derive(Debug, Clone, Default)]
pub struct Tool {
    /// Version of plimsoll: `0.1.0`.
    pub version: String,
    /// The data it carries.
    pub data: Vec<Dataset>,
}

/// A set of data that ships with plimsoll.
#[derive(Debug, Clone)]
pub struct Dataset {
    /// `images`, `end-of-life`.
    pub name: String,
    /// `YYYY-MM-DD`: the day it was taken.
    pub date: String,
}

/// plimsoll's own configuration.
#[derive(Debug, Clone, Default)]
pub struct Configuration {
    /// The documents that the spans of `notices` and of [`AllowedBy::Config`] belong to.
    pub sources: Sources,
    /// What is wrong with it.
    pub notices: Vec<Notice>,
}

/// Something wrong with an instruction to plimsoll: an unknown key, an unknown id, an allowance that is unused or
/// expired, one without a reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Stable, kebab-case: `unused-allowance`, `expired-allowance`, `unknown-control`, `unknown-key`.
    pub code: &'static str,
    /// How bad. Notices take part in the gate like findings.
    pub severity: Severity,
    /// Where.
    pub at: Span,
    /// What is wrong, without a trailing full stop.
    pub message: String,
    /// What to do, when there is something to do.
    pub cure: Option<String>,
}

/// The baseline a run was compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaselineUse {
    /// The file's path as given.
    pub name: String,
    /// Findings of the baseline that are no longer there.
    pub gone: usize,
}

/// One compose project with the Dockerfiles it builds, or one Dockerfile.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// The path that names it, relative to the scanned root: `compose.yaml`, `services/api/Dockerfile`.
    pub name: String,
    /// What it is.
    pub kind: ScenarioKind,
    /// The documents that all spans of the scenario belong to.
    pub sources: Sources,
    /// What was read for it and what was not.
    pub inputs: Vec<Input>,
    /// The verdicts, in the order of the judge: all failures and unknowns, and what passes or does not apply unless it
    /// was settled.
    pub judged: Vec<Judged>,
    /// Verdicts that are counted and no longer kept.
    pub settled: Settled,
    /// What the lenses could not read.
    pub complaints: Vec<Complaint>,
    /// What is wrong with in-place comments (`# plimsoll: allow …`) of its documents.
    pub notices: Vec<Notice>,
    /// The score of the verdicts that are not allowed.
    pub score: Score,
    /// The bytes of every secret that was seen: masked wherever the text of a document is shown.
    pub sensitive: Vec<Span>,
    /// The lockfiles whose packages were looked up among the advisories.
    pub lockfiles: Vec<JudgedLockfile>,
    /// Single advisories that were taken off findings that stay.
    pub accepted: Vec<Accepted>,
    /// The images whose packages were looked up.
    pub images: Vec<JudgedImage>,
    /// The attack paths, where they were asked for.
    pub paths: Option<Box<Paths>>,
}

/// An image whose packages were looked up among what is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JudgedImage {
    /// Its name.
    pub name: Arc<str>,
    /// What its packages were judged by, kind by kind.
    pub coverage: Vec<InstalledCoverage>,
}

/// A lockfile whose packages were looked up among the advisories.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JudgedLockfile {
    /// The document.
    pub source: SourceId,
    /// What its packages were judged by.
    pub coverage: Coverage,
}

/// How many verdicts were let go because nobody will ask for more than their number: thousands of scenarios are kept
/// until the report is told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Settled {
    /// Verdicts that pass.
    pub passed: usize,
    /// Verdicts that do not apply.
    pub not_applicable: usize,
}

impl Scenario {
    /// Keeps of the verdicts that pass or do not apply only their number.
    pub fn settle(&mut self) {
        let Settled { passed, not_applicable } = &mut self.settled;
        self.judged.retain(|judged| match judged.judgement.verdict {
            Verdict::Pass(_) => {
                *passed += 1;
                false
            }
            Verdict::NotApplicable(_) => {
                *not_applicable += 1;
                false
            }
            Verdict::Fail(_) | Verdict::Unknown(_) => true,
        });
        self.judged.shrink_to_fit();
    }
}

/// What a scenario is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScenarioKind {
    /// A compose project.
    Compose,
    /// A Dockerfile that no compose file builds.
    Dockerfile,
    /// An archive of images that no project runs.
    Image,
    /// Containers of an engine that no project here describes.
    Engine,
    /// An application that neither of them builds.
    App,
    /// A bill of materials.
    Bill,
    /// The project's files, searched for secrets.
    Files,
}

impl ScenarioKind {
    /// The name in output.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Compose => "compose",
            Self::Dockerfile => "dockerfile",
            Self::Image => "image",
            Self::Engine => "engine",
            Self::App => "app",
            Self::Bill => "sbom",
            Self::Files => "files",
        }
    }
}

/// A document that was read, or that should have been.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// Path relative to the scanned root.
    pub name: String,
    /// The lens that took it: `compose`, `dockerfile`, `env-file`; empty when none did.
    pub lens: &'static str,
    /// How far it was read.
    pub status: InputStatus,
}

/// How far a document was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InputStatus {
    /// All of it.
    Read,
    /// All but what the complaints name.
    Partial,
    /// Not at all, and why: `ignored by .gitignore`, `larger than 4 MiB`.
    Skipped(String),
}

/// One verdict as it counts in this run.
#[derive(Debug, Clone)]
pub struct Judged {
    /// What the judge said.
    pub judgement: Judgement,
    /// The severity after the configuration's remapping.
    pub severity: Severity,
    /// One per finding of a failure, in order; a missing one is open. Empty for every other verdict.
    pub states: Vec<State>,
}

/// Whether a finding counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// It counts.
    Open,
    /// Somebody accepts it.
    Allowed(Allowance),
    /// The baseline holds it already.
    Baselined,
    /// A finding of this control at the same place, or of the same subject, says it already.
    Covered(&'static str),
}

/// Who accepts a finding and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allowance {
    /// The reason as written; empty for a peer's comment that gives none. Shown.
    pub reason: String,
    /// Where it is allowed.
    pub by: AllowedBy,
    /// `YYYY-MM-DD`: the last day it holds, when one is set.
    pub until: Option<String>,
}

/// Where an allowance is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AllowedBy {
    /// `plimsoll.toml`; the span belongs to [`Configuration::sources`].
    Config(Span),
    /// A `# plimsoll: allow` comment; the span belongs to the scenario's sources.
    Comment(Span),
    /// Another tool's comment (`hadolint`, `trivy`, `checkov`); the span belongs to the scenario's sources.
    Peer {
        /// The tool.
        tool: &'static str,
        /// The comment.
        at: Span,
    },
    /// A file of another tool (`openvex`, `cyclonedx`, `trivy`); the span belongs to [`Configuration::sources`].
    File {
        /// The tool.
        tool: &'static str,
        /// The statement or the line.
        at: Span,
    },
}

/// An advisory that somebody accepts while others of its package stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// Its id.
    pub advisory: Arc<str>,
    /// The package or image.
    pub subject: Subject,
    /// Who accepts it and why.
    pub allowance: Allowance,
}

impl Judged {
    /// A verdict with the severity that the judge gave it and every finding open.
    #[must_use]
    pub fn open(judgement: Judgement) -> Self {
        Self { severity: judgement.weight.severity, judgement, states: Vec::new() }
    }

    /// The findings of a failure, each with its state; none for every other verdict.
    pub fn findings(&self) -> impl Iterator<Item = (&Finding, &State)> {
        let findings: &[Finding] = match &self.judgement.verdict {
            Verdict::Fail(findings) => findings,
            _ => &[],
        };
        findings
            .iter()
            .enumerate()
            .map(|(at, finding)| (finding, self.states.get(at).unwrap_or(&State::Open)))
    }

    /// Sets the state of one finding by its index; an index past the findings does nothing.
    pub fn mark(&mut self, finding: usize, state: State) {
        let Verdict::Fail(findings) = &self.judgement.verdict else { return };
        if finding < findings.len() {
            if self.states.len() <= finding {
                self.states.resize(finding + 1, State::Open);
            }
            self.states[finding] = state;
        }
    }

    /// Whether a finding counts.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.findings().any(|(_, state)| *state == State::Open)
    }
}
