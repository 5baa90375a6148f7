//! What a control is.

use plimsoll_posture::{
    BuiltImage, Dependencies, Host, Posture, Recipe, SearchedFile, Service, Stage, Subject,
};

use crate::named_image::Check;
use crate::{Foothold, Settings, Severity, Verdict};

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
    /// Every image whose layers were read.
    Built(fn(&BuiltImage, &Posture, &Settings) -> Verdict),
    /// Every Dockerfile, and every image whose layers were read: the text shows what the layers show.
    RecipeAndBuilt(
        fn(&Recipe, &Posture, &Settings) -> Verdict,
        fn(&BuiltImage, &Posture, &Settings) -> Verdict,
    ),
    /// Every stage of every Dockerfile, and every image whose layers were read.
    StageAndBuilt(
        fn(&Stage, &Recipe, &Posture, &Settings) -> Verdict,
        fn(&BuiltImage, &Posture, &Settings) -> Verdict,
    ),
    /// Every image that is named and not built here: `image:`, `FROM`, `COPY --from=`.
    Image(Check),
    /// The same, and every image whose layers were read.
    ImageAndBuilt(Check, fn(&BuiltImage, &Posture, &Settings) -> Verdict),
    /// Every application: what its manifest asks for and its lockfiles say.
    App(fn(&Dependencies, &Posture, &Settings) -> Verdict),
    /// Every package of a lockfile that an advisory hits.
    Package(crate::locked_package::Check),
    /// Every image whose layers were read, with a verdict for each thing in it that weighs by itself.
    Contents(fn(&BuiltImage, &Posture, &Settings) -> Vec<(Subject, Verdict)>),
    /// Every file, and every former version of one, in which a search saw a secret; the scenario as a whole where it saw none.
    File(fn(&SearchedFile, &Settings) -> Verdict),
    /// The host and its engine, where they are what is scanned.
    Host(fn(&Host, &Posture, &Settings) -> Verdict),
    /// The same, with a verdict for each thing of the host that weighs by itself.
    HostContents(fn(&Host, &Posture, &Settings) -> Vec<(Subject, Verdict)>),
    /// The scenario as a whole.
    Project(fn(&Posture, &Settings) -> Verdict),
}

/// When a control is run, and how its findings are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Always; each finding for itself.
    Ordinary,
    /// Always; one of the hardening gaps that nearly every file has: the human report groups them per service.
    Baseline,
    /// Only when asked for (`--style`, `style = true`, or by its id): a matter of taste, without a risk.
    Style,
}

/// One control: a static record.
pub struct Control {
    /// Names the bad thing, kebab-case, equal to the file's stem with `-` for `_`.
    pub id: &'static str,
    /// The bad thing as a short sentence without a full stop: `service runs as root`.
    pub title: &'static str,
    /// The page: `include_str!` of the file beside it.
    pub page: &'static str,
    /// How bad a failure is where everybody reaches it: the impact (`docs/severity.md`).
    pub severity: Severity,
    /// What somebody must hold to use it: what makes it milder in one service than in another.
    pub foothold: Foothold,
    /// The version that brought it.
    pub since: &'static str,
    /// Ids of other tools for the same weakness: `DL3002`, `DS-0002`, `CKV_DOCKER_3`, `CL-0018`, `CIS-4.1`, `CIS-DI-0001`.
    pub peers: &'static [&'static str],
    /// Ids of controls that say the same thing of a subject and more: where one of them fails at the same line, or
    /// at the same subject when this one only misses something there, a finding of this control is *covered* and no
    /// report tells it at length. Its own id: what several subjects take from one text is told of the first.
    pub covered_by: &'static [&'static str],
    /// When it is told, and how.
    pub standing: Standing,
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
