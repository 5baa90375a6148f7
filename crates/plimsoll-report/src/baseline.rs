//! The baseline: findings that are known already, as a file (`plimsoll.baseline/1`).
//!
//! The fingerprints decide; control, subject and file are there for whoever reads the file or its diff.
//! Deliberately absent: reading and writing files, and dates.

use std::collections::BTreeSet;

use plimsoll_posture::Subject;
use serde::{Deserialize, Serialize};

use crate::veil::Veil;
use crate::{BaselineUse, Report, State, entry, fingerprints, wire};

/// Known findings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Baseline {
    fingerprints: BTreeSet<String>,
}

/// Why a baseline cannot be read: the fault is in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BaselineError {
    /// Not JSON, or not of this shape; the parser's words with line and column.
    Malformed(String),
    /// The schema is another one, or newer than this program.
    Schema(String),
}

impl std::fmt::Display for BaselineError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Malformed(words) => {
                write!(f, "the baseline is not what `plimsoll baseline` writes: {words}")
            }
            Self::Schema(schema) => {
                write!(f, "the baseline has the schema `{schema}`; this program reads `{SCHEMA}`")
            }
        }
    }
}

impl std::error::Error for BaselineError {}

const SCHEMA: &str = "plimsoll.baseline/1";

#[derive(Serialize, Deserialize)]
struct File {
    schema: String,
    findings: Vec<Known>,
}

#[derive(Serialize, Deserialize)]
struct Known {
    fingerprint: String,
    control: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    file: Option<String>,
}

/// The baseline that holds every finding of the report which nobody allows: JSON, sorted so that diffs are small.
#[must_use]
pub fn baseline_json(report: &Report) -> String {
    let mut findings: Vec<Known> = entry::distinct(report)
        .into_iter()
        .filter(|(entry, _)| !matches!(entry.state, State::Allowed(_)))
        .map(|(entry, veil)| known(&entry, &veil))
        .collect();
    findings.sort_by(|a, b| {
        (&a.file, &a.control, &a.subject, &a.fingerprint).cmp(&(
            &b.file,
            &b.control,
            &b.subject,
            &b.fingerprint,
        ))
    });
    let file = File { schema: SCHEMA.to_owned(), findings };
    wire::to_json(&file)
}

fn known(entry: &entry::Entry<'_>, veil: &Veil) -> Known {
    Known {
        fingerprint: entry.fingerprint().to_owned(),
        control: entry.control().id.to_owned(),
        subject: entry
            .judged
            .judgement
            .subject
            .as_ref()
            .map(|subject| veil.words(&Subject::key(subject)).into_owned()),
        file: entry.place.map(|place| place.file().to_owned()),
    }
}

impl Baseline {
    /// Reads a baseline file.
    ///
    /// # Errors
    /// [`BaselineError`] when the text is no baseline of this version.
    pub fn parse(text: &str) -> Result<Self, BaselineError> {
        let file: File =
            serde_json::from_str(text).map_err(|error| BaselineError::Malformed(error.to_string()))?;
        if file.schema != SCHEMA {
            return Err(BaselineError::Schema(file.schema));
        }
        Ok(Self { fingerprints: file.findings.into_iter().map(|known| known.fingerprint).collect() })
    }
}

impl Report {
    /// Marks every open finding that the baseline holds, and notes how many of the baseline's are gone.
    pub fn compare_with(&mut self, baseline: &Baseline, name: &str) {
        let mut met = BTreeSet::new();
        for scenario in &mut self.scenarios {
            let all = fingerprints(scenario);
            for (judged, fingerprints) in scenario.judged.iter_mut().zip(all) {
                for (at, fingerprint) in fingerprints.into_iter().enumerate() {
                    if !baseline.fingerprints.contains(&fingerprint) {
                        continue;
                    }
                    if judged.findings().nth(at).is_some_and(|(_, state)| *state == State::Open) {
                        judged.mark(at, State::Baselined);
                    }
                    met.insert(fingerprint);
                }
            }
        }
        let gone = baseline.fingerprints.len() - met.len();
        self.baseline = Some(BaselineUse { name: name.to_owned(), gone });
    }
}
