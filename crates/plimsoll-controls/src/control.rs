//! What a control is.

use plimsoll_posture::{Posture, Recipe, Service, Stage};

use crate::named_image::Check;
use crate::{Settings, Verdict};

/// How bad a failure is: impact times reach, argued on the control's page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Good to know; no risk by itself.
    Info,
    /// Weakens a second line of defence.
    Low,
    /// Makes a break-in worse, or likely to be needed for one.
    Medium,
    /// One more step and the data or the host is lost.
    High,
    /// The host or the secrets are lost as soon as somebody looks.
    Critical,
}

impl Severity {
    /// All, mildest first.
    pub const ALL: [Self; 5] = [Self::Info, Self::Low, Self::Medium, Self::High, Self::Critical];

    /// Lower-case name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }

    /// Reads a lower-case name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|severity| severity.name() == text)
    }
}

/// What a control looks at, and its function. One verdict is given per subject of the scope.
#[derive(Clone, Copy)]
pub enum Scope {
    /// Every service that a compose file or container runs. A Dockerfile alone says nothing about these facts, so
    /// there the control does not apply.
    Runtime(fn(&Service, &Posture, &Settings) -> Verdict),
    /// Every service, and the image of a Dockerfile that nothing runs: facts that the image decides too
    /// (user, environment, command, health check).
    Process(fn(&Service, &Posture, &Settings) -> Verdict),
    /// Every Dockerfile.
    Recipe(fn(&Recipe, &Posture, &Settings) -> Verdict),
    /// Every stage of every Dockerfile.
    Stage(fn(&Stage, &Recipe, &Posture, &Settings) -> Verdict),
    /// Every image that is named and not built here: `image:`, `FROM`, `COPY --from=`.
    Image(Check),
    /// The scenario as a whole.
    Project(fn(&Posture, &Settings) -> Verdict),
}

/// One control: a static record.
pub struct Control {
    /// Names the bad thing, kebab-case, equal to the file's stem with `-` for `_`.
    pub id: &'static str,
    /// The bad thing as a short sentence without a full stop: `service runs as root`.
    pub title: &'static str,
    /// The page: `include_str!` of the file beside it.
    pub page: &'static str,
    /// Default severity.
    pub severity: Severity,
    /// The version that brought it.
    pub since: &'static str,
    /// Ids of other tools for the same weakness: `DL3002`, `DS-0002`, `CKV_DOCKER_3`, `CL-0018`, `CIS-4.1`, `CIS-DI-0001`.
    pub peers: &'static [&'static str],
    /// One of the hardening gaps that nearly every file has: the human report groups them per service.
    pub baseline: bool,
    /// What it looks at and how it judges.
    pub scope: Scope,
}

impl std::fmt::Debug for Control {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Control").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Control {
    /// A section of the page by its heading (`Why it matters`), without the heading.
    #[must_use]
    pub fn section(&self, heading: &str) -> Option<&'static str> {
        let mark = format!("\n## {heading}\n");
        let start = self.page.find(&mark)? + mark.len();
        let rest = &self.page[start..];
        Some(rest[..rest.find("\n## ").unwrap_or(rest.len())].trim())
    }
}
