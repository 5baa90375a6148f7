//! What a control answers.

use plimsoll_posture::{Advisory, Claim, Plane, Provenance, Rating, Reason};

use crate::{Remedy, Severity};

/// The answer about one subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Fine, and what shows it.
    Pass(Evidence),
    /// Wrong; never empty. Several findings when several places of one subject are wrong.
    Fail(Vec<Finding>),
    /// Cannot be said from what was read. Never a pass.
    Unknown(Reason),
    /// The question does not arise, and why.
    NotApplicable(&'static str),
}

/// What a pass rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// The place that shows it; the subject's anchor for "nothing of the kind is there".
    pub at: Option<Provenance>,
    /// How well it is known.
    pub plane: Plane,
}

/// One thing that is wrong. It is built from facts, so one without a place cannot be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What is wrong, naming the subject: ``service `api` runs as root``. No secret, no trailing full stop.
    pub message: String,
    /// The place that decides, with a few words for the caret line: `uid 0, set here`.
    pub primary: Label,
    /// Other places that matter: what is overridden, where the image is named.
    pub related: Vec<Label>,
    /// Why it matters here, one sentence. `None` takes the first sentence of the page's "Why it matters".
    pub why: Option<String>,
    /// What to do here, concrete: ``remove `user: "0"` ``. An imperative without a trailing full stop.
    pub fix: String,
    /// The weakest evidence that the finding rests on: how sure we are.
    pub plane: Plane,
    /// How bad it is by itself, where somebody else rates it, such as the publisher of an advisory; else the control
    /// says so.
    pub impact: Option<Severity>,
    /// What `plimsoll fix` can do about it. Boxed, because most findings of a large tree have none.
    pub remedy: Option<Box<Remedy>>,
    /// Why there is no remedy, where one would be expected: the end of a sentence without a full stop.
    pub hindrance: Option<Box<str>>,
    /// The advisories that it tells of, where it is about such: each can be accepted by itself.
    pub advisories: Vec<Advisory>,
    /// Whether the program is known not to reach what it tells of: no reason for silence, but others are told before it.
    pub unused: bool,
    /// Whether it says more than that its control failed: others of the control do not stand for it.
    pub particular: bool,
}

/// A place with a few words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// The place.
    pub at: Provenance,
    /// Words for the caret line; may be empty.
    pub text: String,
}

impl Finding {
    /// A finding at the place of the deciding claim.
    pub fn at<T>(
        claim: &Claim<T>,
        label: impl Into<String>,
        message: impl Into<String>,
        fix: impl Into<String>,
    ) -> Self {
        Self::place(claim.at.clone(), claim.plane, label, message, fix)
    }

    /// A finding at a place that no claim stands for, such as a step of a recipe.
    pub fn place(
        at: Provenance,
        plane: Plane,
        label: impl Into<String>,
        message: impl Into<String>,
        fix: impl Into<String>,
    ) -> Self {
        Self {
            message: message.into(),
            primary: Label { at, text: label.into() },
            related: Vec::new(),
            why: None,
            fix: fix.into(),
            plane,
            impact: None,
            remedy: None,
            hindrance: None,
            advisories: Vec::new(),
            unused: false,
            particular: false,
        }
    }

    /// Adds another place.
    #[must_use]
    pub fn with<T>(mut self, claim: &Claim<T>, text: impl Into<String>) -> Self {
        self.related.push(Label { at: claim.at.clone(), text: text.into() });
        self.plane = self.plane.min(claim.plane);
        self
    }

    /// Adds another place without lowering how sure we are.
    #[must_use]
    pub fn near(mut self, at: Provenance, text: impl Into<String>) -> Self {
        self.related.push(Label { at, text: text.into() });
        self
    }

    /// Offers to do something about it.
    #[must_use]
    pub fn remedied(mut self, remedy: Remedy) -> Self {
        self.remedy = Some(Box::new(remedy));
        self
    }

    /// The same where there may be nothing to offer.
    #[must_use]
    pub fn remedied_by(mut self, remedy: Option<Remedy>) -> Self {
        self.remedy = remedy.map(Box::new);
        self
    }

    /// Offers to do something about it, or says why not.
    #[must_use]
    pub fn remedied_or(mut self, remedy: Result<Remedy, String>) -> Self {
        match remedy {
            Ok(remedy) => self.remedy = Some(Box::new(remedy)),
            Err(hindrance) => self.hindrance = Some(hindrance.into()),
        }
        self
    }

    /// Takes the rating of somebody else.
    #[must_use]
    pub fn rated(mut self, impact: Severity) -> Self {
        self.impact = Some(impact);
        self
    }

    /// Names the advisories that it tells of.
    #[must_use]
    pub fn about(mut self, advisories: &[Advisory]) -> Self {
        self.advisories = advisories.to_vec();
        self
    }

    /// Says that the program is not known to reach what it tells of.
    #[must_use]
    pub fn of_unused(mut self) -> Self {
        self.unused = true;
        self
    }

    /// Says that others of its control do not stand for it.
    #[must_use]
    pub fn alone(mut self) -> Self {
        self.particular = true;
        self
    }

    /// Which of several findings of one severity is told first, smaller first: what is exploited already, what is
    /// malicious, then the rest; what the program does not reach behind that, and what nobody has rated yet last.
    #[must_use]
    pub fn precedence(&self) -> u8 {
        let advisories = &self.advisories;
        if advisories.iter().any(|advisory| advisory.exploited) {
            0
        } else if advisories.iter().any(|advisory| advisory.malicious) {
            1
        } else if !advisories.is_empty()
            && advisories.iter().all(|advisory| advisory.rating == Rating::Unrated)
        {
            4
        } else {
            2 + u8::from(self.unused)
        }
    }

    /// Says why it matters here.
    #[must_use]
    pub fn because(mut self, why: impl Into<String>) -> Self {
        self.why = Some(why.into());
        self
    }
}

impl Verdict {
    /// A failure with one finding.
    #[must_use]
    pub fn fail(finding: Finding) -> Self {
        Self::Fail(vec![finding])
    }

    /// A pass shown by a claim.
    pub fn pass<T>(claim: &Claim<T>) -> Self {
        Self::Pass(Evidence { at: Some(claim.at.clone()), plane: claim.plane })
    }

    /// A pass because nothing of the kind is written.
    #[must_use]
    pub fn absent() -> Self {
        Self::Pass(Evidence { at: None, plane: Plane::Declared })
    }

    /// How bad its findings are by themselves; `None` where the control says so.
    #[must_use]
    pub fn impact(&self) -> Option<Severity> {
        match self {
            Self::Fail(findings) => findings.iter().filter_map(|finding| finding.impact).max(),
            _ => None,
        }
    }

    /// A failure if there are findings, else `otherwise`.
    #[must_use]
    pub fn from_findings(findings: Vec<Finding>, otherwise: Self) -> Self {
        if findings.is_empty() { otherwise } else { Self::Fail(findings) }
    }

    /// Lower-case name: `pass`, `fail`, `unknown`, `not-applicable`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Pass(_) => "pass",
            Self::Fail(_) => "fail",
            Self::Unknown(_) => "unknown",
            Self::NotApplicable(_) => "not-applicable",
        }
    }
}
