//! What a control offers to do about a finding.

use plimsoll_posture::{Change, Claim, Service, Setting};

/// Changes that together make a finding go away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remedy {
    /// The changes, made together or not at all.
    pub changes: Vec<Change>,
    /// Whether the program behaves as before.
    pub applicability: Applicability,
    /// Why it is safe, or what may behave otherwise: one sentence without a full stop.
    pub why: String,
}

/// How freely a remedy may be applied. What only a person can do has no remedy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Applicability {
    /// It may change what the program does: somebody has to look.
    Risky,
    /// The program does what it did; argued on the control's page under "Fix safety".
    Safe,
}

impl Applicability {
    /// The name in output.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Risky => "risky",
            Self::Safe => "safe",
        }
    }
}

impl Remedy {
    /// Changes that keep what the program does.
    #[must_use]
    pub fn safe(changes: Vec<Change>, why: impl Into<String>) -> Self {
        Self { changes, applicability: Applicability::Safe, why: why.into() }
    }

    /// Changes that somebody has to look at.
    #[must_use]
    pub fn risky(changes: Vec<Change>, why: impl Into<String>) -> Self {
        Self { changes, applicability: Applicability::Risky, why: why.into() }
    }
}

/// A service of the project gets a setting.
pub(crate) fn give(service: &Service, setting: Setting) -> Change {
    Change::Service { anchor: service.subject.anchor, setting }
}

/// What a claim says is taken away.
pub(crate) fn withdraw<T>(claim: &Claim<T>) -> Change {
    Change::Withdraw { at: claim.at.clone() }
}
