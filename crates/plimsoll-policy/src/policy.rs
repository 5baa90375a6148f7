//! A policy: who is meant, what must hold, and what is said where it does not.

use plimsoll_controls::{Control, Severity};
use plimsoll_text::Span;

use crate::{Format, PackagePattern, Pattern, PortPattern, control};

/// One `[[policy]]`.
#[derive(Debug, Clone)]
pub struct Policy {
    /// The record under which reports carry it: id `policy/ID`, title, severity, page.
    pub control: &'static Control,
    /// Who is meant.
    pub selector: Selector,
    /// What must hold.
    pub rule: Rule,
    /// What to do instead of the rule's own advice.
    pub fix: Option<String>,
    /// The line that holds the rule.
    pub at: Span,
}

/// What a policy says about itself.
#[derive(Debug, Clone)]
pub struct Statement {
    /// Kebab-case, without the namespace.
    pub id: String,
    /// The rule as one sentence without a full stop.
    pub message: String,
    /// How bad.
    pub severity: Severity,
    /// Why the rule is there.
    pub why: Option<String>,
    /// What to do.
    pub fix: Option<String>,
}

impl Policy {
    /// Puts a policy together. `at` is the line that holds the rule.
    #[must_use]
    pub fn new(statement: Statement, selector: Selector, rule: Rule, at: Span) -> Self {
        let control = control::of_policy(&statement, &rule);
        Self { control, selector, rule, fix: statement.fix, at }
    }
}

/// Who is meant; without any choice everybody.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selector {
    /// Names of services. Empty means that no service was chosen by name.
    pub services: Vec<Pattern>,
    /// Stages of Dockerfiles; `None` means that none was chosen.
    pub stages: Option<StageChoice>,
    /// Only services that publish a port, or only those that do not.
    pub publishing: Option<bool>,
}

/// Which stages are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StageChoice {
    /// Every stage that is built.
    All,
    /// The stages whose images are run.
    Final,
    /// By name.
    Named(Vec<Pattern>),
}

/// On which side of a container a port is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The port of the host: what `ports:` publishes.
    Published,
    /// The port of the container: `EXPOSE`, `expose:` and the target of `ports:`.
    Exposed,
    /// Either.
    Both,
}

/// What must hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rule {
    /// Images come from one of these registries, or prefixes of repositories.
    Registries(Vec<String>),
    /// Images match one of these.
    AllowedImages(Vec<Pattern>),
    /// Images match none of these.
    ForbiddenImages(Vec<Pattern>),
    /// Images carry these labels; when strict, no others.
    ImageLabels {
        /// Name and form.
        required: Vec<(String, Format)>,
        /// Whether others are forbidden.
        strict: bool,
    },
    /// Services carry these labels; when strict, no others.
    ServiceLabels {
        /// Name and form.
        required: Vec<(String, Format)>,
        /// Whether others are forbidden.
        strict: bool,
    },
    /// No `RUN` installs one of these.
    ForbiddenPackages(Vec<PackagePattern>),
    /// Only these ports.
    AllowedPorts(Vec<PortPattern>, Side),
    /// None of these ports.
    ForbiddenPorts(Vec<PortPattern>, Side),
    /// Services join all of these networks.
    RequiredNetworks(Vec<Pattern>),
    /// Services join none of these networks.
    ForbiddenNetworks(Vec<Pattern>),
    /// Services run as one of these.
    RequiredUsers(Vec<String>),
    /// Services run as none of these.
    ForbiddenUsers(Vec<String>),
    /// Services drop these capabilities.
    DroppedCapabilities(Vec<String>),
}

impl Rule {
    /// Whether it is about services only, so that a choice of stages is a mistake.
    #[must_use]
    pub fn is_of_services(&self) -> bool {
        match self {
            Self::Registries(_)
            | Self::AllowedImages(_)
            | Self::ForbiddenImages(_)
            | Self::ImageLabels { .. }
            | Self::ForbiddenPackages(_) => false,
            Self::ServiceLabels { .. }
            | Self::AllowedPorts(..)
            | Self::ForbiddenPorts(..)
            | Self::RequiredNetworks(_)
            | Self::ForbiddenNetworks(_)
            | Self::RequiredUsers(_)
            | Self::ForbiddenUsers(_)
            | Self::DroppedCapabilities(_) => true,
        }
    }

    /// The rule as a sentence, for the page.
    #[must_use]
    pub fn sentence(&self) -> String {
        let globs = |patterns: &[Pattern]| quoted(patterns.iter().map(Pattern::as_str));
        let labels = |required: &[(String, Format)], strict: bool| {
            let names: Vec<String> = required
                .iter()
                .map(|(name, format)| match format {
                    Format::Text => format!("`{name}`"),
                    _ => format!("`{name}` ({})", format.name()),
                })
                .collect();
            let others = if strict { ", and no others" } else { "" };
            match names.is_empty() {
                true => "no labels".to_owned(),
                false => format!("the labels {}{others}", names.join(", ")),
            }
        };
        let ports = |patterns: &[PortPattern]| {
            patterns.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
        };
        match self {
            Self::Registries(list) => {
                format!("Images come from {}.", quoted(list.iter().map(String::as_str)))
            }
            Self::AllowedImages(list) => format!("Images match one of {}.", globs(list)),
            Self::ForbiddenImages(list) => format!("No image matches {}.", globs(list)),
            Self::ImageLabels { required, strict } => format!("Images carry {}.", labels(required, *strict)),
            Self::ServiceLabels { required, strict } => {
                format!("Services carry {}.", labels(required, *strict))
            }
            Self::ForbiddenPackages(list) => {
                let names: Vec<String> = list.iter().map(ToString::to_string).collect();
                format!("No `RUN` installs {}.", quoted(names.iter().map(String::as_str)))
            }
            Self::AllowedPorts(list, side) => {
                format!("No other ports than {} are {}.", ports(list), side.participle())
            }
            Self::ForbiddenPorts(list, side) => {
                format!("The ports {} are not {}.", ports(list), side.participle())
            }
            Self::RequiredNetworks(list) => format!("Services join {}.", globs(list)),
            Self::ForbiddenNetworks(list) => format!("No service joins {}.", globs(list)),
            Self::RequiredUsers(list) => {
                format!("Services run as one of {}.", quoted(list.iter().map(String::as_str)))
            }
            Self::ForbiddenUsers(list) => {
                format!("No service runs as {}.", quoted(list.iter().map(String::as_str)))
            }
            Self::DroppedCapabilities(list) => {
                format!("Services drop the capabilities {}.", quoted(list.iter().map(String::as_str)))
            }
        }
    }
}

impl Side {
    /// `published`, `exposed`, `published or exposed`.
    #[must_use]
    pub fn participle(self) -> &'static str {
        match self {
            Self::Published => "published",
            Self::Exposed => "exposed",
            Self::Both => "published or exposed",
        }
    }
}

pub(crate) fn quoted<'a>(words: impl Iterator<Item = &'a str>) -> String {
    words.map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}
