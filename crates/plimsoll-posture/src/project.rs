//! The posture: every fact of one scenario.

use std::collections::BTreeMap;
use std::sync::Arc;

use plimsoll_text::{SourceId, Span};

use crate::{
    BuildContext, BuiltImage, Claim, Dependencies, Fact, HostPorts, Known, Provenance, Recipe, Runtime,
    Search, SecretSighting, Service, Stage, StageId, Subject,
};

/// Everything that is known about one scenario: one compose project with the Dockerfiles it builds, or one Dockerfile.
#[derive(Debug, Clone, Default)]
pub struct Posture {
    /// Services in the order of the project's file.
    pub services: Vec<Service>,
    /// Dockerfiles.
    pub recipes: Vec<Recipe>,
    /// Build contexts.
    pub contexts: Vec<BuildContext>,
    /// Networks, `default` included when a service uses it.
    pub networks: Vec<Network>,
    /// Named volumes.
    pub volumes: Vec<Volume>,
    /// Images whose layers were read.
    pub built: Vec<BuiltImage>,
    /// Applications found beside the Dockerfiles.
    pub apps: Vec<App>,
    /// What the applications depend on, by directory.
    pub dependencies: Vec<Dependencies>,
    /// Runtimes and servers whose exact build the tag of an image tells, each image once.
    pub runtimes: Vec<Runtime>,
    /// Digests of images that an engine has, by name and tag as [`crate::ImageReference::tagged`] writes them; empty unless one was
    /// asked.
    pub digests: Arc<BTreeMap<String, Arc<str>>>,
    /// What a search for secrets through the files saw, where there was one.
    pub search: Option<Search>,
    /// The host and the engine that runs the services, where either was looked at.
    pub host: Option<crate::Host>,
    /// Facts about the compose project itself.
    pub project: Project,
    /// Who takes which port of the host; filled by `assemble`.
    pub host_ports: HostPorts,
}

impl Posture {
    /// The service of that name.
    #[must_use]
    pub fn service(&self, name: &str) -> Option<&Service> {
        self.services.iter().find(|service| service.name() == name)
    }

    /// The network of that name.
    #[must_use]
    pub fn network(&self, name: &str) -> Option<&Network> {
        self.networks.iter().find(|network| &*network.name == name)
    }

    /// The stage with its recipe.
    #[must_use]
    pub fn stage(&self, id: StageId) -> Option<(&Recipe, &Stage)> {
        let recipe = self.recipes.get(id.recipe.0)?;
        recipe.stages.get(id.stage).map(|stage| (recipe, stage))
    }

    /// The application in a build context's directory.
    #[must_use]
    pub fn app(&self, context: &BuildContext) -> Option<&App> {
        self.apps.iter().find(|app| app.directory == context.path)
    }

    /// The services attached to a network.
    pub fn members<'a>(&'a self, network: &'a str) -> impl Iterator<Item = &'a Service> {
        self.services.iter().filter(move |service| {
            service.networks.values().any(|(attachment, _)| &*attachment.network == network)
        })
    }
}

/// The compose project.
#[derive(Debug, Clone, Default)]
pub struct Project {
    /// `name:` or the directory's name.
    pub name: Option<Arc<str>>,
    /// The value of an obsolete top-level `version:`.
    pub version: Option<Claim<Arc<str>>>,
    /// What Compose refuses the project for, by place.
    pub refusals: Vec<Refusal>,
    /// Keys the specification does not know: the path and, when one is near, the key that was meant.
    pub unknown_keys: Vec<UnknownKey>,
    /// Secrets seen outside services: `.env`, `configs.*.content`.
    pub sightings: Vec<SecretSighting>,
    /// `DOCKER_CONTENT_TRUST` and the like, where an env file or a script of the project sets it.
    pub content_trust: Vec<Claim<bool>>,
    /// What git does with the env files that hold secrets; those of which nothing is known are missing.
    pub tracking: BTreeMap<SourceId, Tracking>,
}

/// One thing for which Compose refuses a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Where.
    pub at: Provenance,
    /// What is wrong, without a trailing full stop.
    pub message: String,
    /// What to do.
    pub cure: Option<String>,
}

/// What git does with a file of the project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tracking {
    /// It is in the repository.
    Tracked,
    /// It is not, and an ignore file keeps it out.
    Ignored,
    /// It is not, and nothing keeps it out.
    Open,
}

/// A key of a compose file that the specification does not know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownKey {
    /// `services.api.enviroment`.
    pub path: Arc<str>,
    /// The key's bytes.
    pub at: Span,
    /// The nearest known key.
    pub meant: Option<&'static str>,
    /// The service it belongs to.
    pub service: Option<Arc<str>>,
}

impl UnknownKey {
    /// The key's place.
    #[must_use]
    pub fn place(&self) -> Provenance {
        Provenance::new("compose", self.at, self.path.clone())
    }
}

/// A network of the project.
#[derive(Debug, Clone)]
pub struct Network {
    /// The network's place; for the implicit `default` the anchor of the first service that uses it.
    pub subject: Subject,
    /// The key under `networks:`.
    pub name: Arc<str>,
    /// `internal:`.
    pub internal: Fact<bool>,
    /// `external:`.
    pub external: bool,
    /// `driver:`.
    pub driver: Option<Arc<str>>,
    /// Whether containers may talk to each other on it (`com.docker.network.bridge.enable_icc`).
    pub icc: Fact<bool>,
    /// Whether it is only implied: no `networks.default` is written.
    pub implicit: bool,
}

/// A named volume of the project.
#[derive(Debug, Clone)]
pub struct Volume {
    /// The volume's place.
    pub subject: Subject,
    /// The key under `volumes:`.
    pub name: Arc<str>,
    /// `external:`.
    pub external: bool,
    /// `driver_opts.device` of a local volume that is a bind.
    pub device: Option<Claim<Arc<str>>>,
}

/// A Node application: what `package.json` and its neighbours say.
#[derive(Debug, Clone)]
pub struct App {
    /// Directory relative to the scanned root; `.` for the root.
    pub directory: Arc<str>,
    /// The `package.json`.
    pub manifest: Span,
    /// `package-lock.json`, `yarn.lock` … that stand beside it, by name.
    pub lockfiles: Vec<Arc<str>>,
    /// Whether its `yarn.lock` is one of Yarn 1.
    pub classic_yarn: bool,
    /// `scripts`: name, command and place.
    pub scripts: Vec<(Arc<str>, Arc<str>, Span)>,
    /// Names in `dependencies`.
    pub dependencies: Vec<Arc<str>>,
    /// Names in `devDependencies`.
    pub dev_dependencies: Vec<Arc<str>>,
    /// `engines.node`.
    pub engine: Option<crate::Spanned<Arc<str>>>,
    /// `main`.
    pub main: Option<Arc<str>>,
    /// Whether the manifest could be read; its reason otherwise.
    pub read: Known<()>,
    /// The source file that is started, relative to the scanned root, where the manifest leads to one that is there.
    pub entry: Option<Arc<str>>,
    /// Where the source waits for connections, as far as it could be read.
    pub listens: Vec<Listening>,
    /// Whole paths that the source answers and that are named like a health endpoint, the best first.
    pub health: Vec<crate::Spanned<Arc<str>>>,
    /// Routes named like a health endpoint of which it is not known what comes before them.
    pub health_elsewhere: Vec<crate::Spanned<Arc<str>>>,
    /// Variables of the environment that the source reads, sorted.
    pub variables: Vec<Arc<str>>,
    /// Relative paths that the source writes to, as far as they are literals.
    pub writes: Vec<crate::Spanned<Arc<str>>>,
    /// Packages that the source takes something from, each with the first place, sorted by name.
    pub imports: Vec<crate::Spanned<Arc<str>>>,
    /// Whether the source was followed to every file that it reaches; its reason otherwise.
    pub followed: Known<()>,
}

/// A place where the source of an application waits for connections.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listening {
    /// The port where no variable sets another; unknown where it is computed.
    pub port: Known<u16>,
    /// The variable of the environment that sets the port (`PORT`).
    pub variable: Option<Arc<str>>,
    /// Whether it listens on the loopback only, where no variable says otherwise: nobody outside of its container can
    /// reach it then.
    pub loopback: bool,
    /// The variable that sets the address (`HOST`).
    pub host_variable: Option<Arc<str>>,
    /// The call.
    pub at: Span,
}

impl App {
    /// The one port that the application listens on; `None` where it is unknown or there are several.
    #[must_use]
    pub fn port(&self) -> Option<u16> {
        let mut ports = self.listens.iter().filter_map(|listening| listening.port.value().copied());
        let first = ports.next()?;
        ports.all(|port| port == first).then_some(first)
    }

    /// The manifest's place.
    #[must_use]
    pub fn place(&self) -> Provenance {
        Provenance::new("app", self.manifest, "package.json")
    }
}
