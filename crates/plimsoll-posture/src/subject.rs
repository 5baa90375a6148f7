//! What a statement is about, and where that thing is itself defined.

use std::sync::Arc;

use plimsoll_text::Span;

/// What kind of thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SubjectKind {
    /// A service of a compose project.
    Service,
    /// A container of an engine that no service here is known for.
    Container,
    /// An image that a Dockerfile builds; the name is the Dockerfile's path.
    Image,
    /// One stage of a Dockerfile; the name is `PATH#STAGE`.
    Stage,
    /// A network of the project.
    Network,
    /// A volume of the project.
    Volume,
    /// An application by its manifest or lockfile; the name is that file's path.
    App,
    /// A package that a lockfile pins; the name is `NAME@VERSION`.
    Package,
    /// The project as a whole, or a file of it.
    Project,
    /// plimsoll's own configuration.
    Config,
    /// The machine.
    Host,
}

impl SubjectKind {
    /// Whether it is something that runs: a service or a container.
    #[must_use]
    pub fn runs(self) -> bool {
        matches!(self, Self::Service | Self::Container)
    }

    /// The word for people and for wire formats.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Container => "container",
            Self::Image => "image",
            Self::Stage => "stage",
            Self::Network => "network",
            Self::Volume => "volume",
            Self::App => "app",
            Self::Package => "package",
            Self::Project => "project",
            Self::Config => "config",
            Self::Host => "host",
        }
    }
}

/// What a claim or verdict is about. Absence points at the anchor.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Subject {
    /// What kind of thing.
    pub kind: SubjectKind,
    /// Its name: unique within the kind and the scenario.
    pub name: Arc<str>,
    /// Where it is defined: the key of a service, the `FROM` of a stage.
    pub anchor: Span,
    /// The service under which a report shows it, when it is not one itself and belongs to exactly one.
    pub service: Option<Arc<str>>,
}

impl Subject {
    /// A subject that stands for itself.
    #[must_use]
    pub fn new(kind: SubjectKind, name: impl Into<Arc<str>>, anchor: Span) -> Self {
        Self { kind, name: name.into(), anchor, service: None }
    }

    /// `service api`: how configuration names it and messages speak of it.
    #[must_use]
    pub fn key(&self) -> String {
        format!("{} {}", self.kind.name(), self.name)
    }
}
