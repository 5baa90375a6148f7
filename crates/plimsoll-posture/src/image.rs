//! What an image says about the containers made from it, and what is known about an image by its name.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::{Claim, CommandLine, ExposedPort, Fact, Healthcheck, Keyed, Sensitive, Union, UserSpec};

/// An OCI image configuration as facts. A Dockerfile stage yields layer Image, plane Declared; a table of known images
/// layer Base, plane Assumed; a built image layer Image, plane Built.
#[derive(Debug, Clone, Default)]
pub struct ImageConfig {
    /// `USER`.
    pub user: Fact<UserSpec>,
    /// `ENV`. Values are sensitive until judged.
    pub env: Keyed<Sensitive>,
    /// `EXPOSE`.
    pub exposed: Union<ExposedPort>,
    /// `ENTRYPOINT`; an empty list resets.
    pub entrypoint: Fact<CommandLine>,
    /// `CMD`.
    pub command: Fact<CommandLine>,
    /// `WORKDIR`, absolute after joining relative ones.
    pub workdir: Fact<Arc<str>>,
    /// `HEALTHCHECK`.
    pub healthcheck: Fact<Healthcheck>,
    /// `VOLUME`.
    pub volumes: Union<Arc<str>>,
    /// `STOPSIGNAL`.
    pub stop_signal: Fact<Arc<str>>,
    /// `LABEL`.
    pub labels: Keyed<Sensitive>,
    /// `SHELL`.
    pub shell: Fact<Arc<[Arc<str>]>>,
}

/// An account of an image's `/etc/passwd`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Login name.
    pub name: Arc<str>,
    /// User id; `None` when the account is known to exist but not its number (`adduser` picks one).
    pub uid: Option<u32>,
    /// Primary group id, when known.
    pub gid: Option<u32>,
}

/// Who stands behind an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Publisher {
    /// Docker Official Images (`docker.io/library`).
    Official,
    /// The vendor's own repository or a Docker Verified Publisher.
    Verified,
    /// Anybody else on a public registry.
    Community,
    /// A registry that is not public: the organisation's own.
    Private,
}

/// How much an image carries beside its purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flavour {
    /// A whole distribution with compilers and package managers.
    Full,
    /// `-slim` and the like.
    Slim,
    /// Alpine or Wolfi based.
    Alpine,
    /// No shell, no package manager.
    Distroless,
    /// `scratch`.
    Scratch,
}

/// What an image is for, as far as a rule needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Keeps data: PostgreSQL, Redis, MongoDB, Elasticsearch, RabbitMQ …
    Datastore,
    /// Stands in front of others: nginx, Traefik, Caddy, HAProxy, Envoy.
    Proxy,
    /// A language runtime that applications are built on: node, python …
    Runtime,
    /// A bare distribution: debian, alpine, ubuntu …
    Distribution,
    /// A web front end to a datastore or to the engine: adminer, phpmyadmin, portainer …
    Administration,
    /// A finished application.
    Application,
}

/// A release line of a product that an image name and tag stand for, with its end of life.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseLine {
    /// `Node.js`, `Debian`, `PostgreSQL`.
    pub product: Arc<str>,
    /// `14`, `bullseye (11)`.
    pub cycle: Arc<str>,
    /// `YYYY-MM-DD` of the end of life; `None` when none is set.
    pub end_of_life: Option<Arc<str>>,
    /// Whether that day lies before the day of the data.
    pub ended: bool,
    /// The newest line that is still supported and, where the product has them, of long-term support: `24`.
    pub successor: Option<Arc<str>>,
}

/// What is known about an image by its name and tag alone. Everything here is Assumed.
#[derive(Debug, Clone, Default)]
pub struct ImageKnowledge {
    /// Who publishes it.
    pub publisher: Option<Publisher>,
    /// What it is for.
    pub role: Option<Role>,
    /// `debian`, `alpine`, `ubuntu` …: what package manager and shell it has.
    pub distribution: Option<Arc<str>>,
    /// How lean.
    pub flavour: Option<Flavour>,
    /// A leaner image of the same kind, ready to be written in its place: `node:22-slim`.
    pub leaner: Option<Arc<str>>,
    /// The same image in a supported version, ready to be written in its place, where the tag names none (`node:26` for
    /// `node`) or one that has ended; another image where this one was retired.
    pub maintained: Option<Arc<str>>,
    /// Release lines the tag names: the runtime and, where the tag tells, the distribution.
    pub lines: Vec<ReleaseLine>,
    /// Accounts of `/etc/passwd`.
    pub accounts: Vec<Account>,
    /// Whether `accounts` is the whole list, so that a missing name is really missing.
    pub accounts_complete: bool,
    /// The account to which the image's own entrypoint steps down after it started as root (postgres, redis …).
    pub steps_down_to: Option<Arc<str>>,
    /// Whether the image's entrypoint already runs an init (tini, dumb-init, s6) as PID 1.
    pub has_init: bool,
    /// Environment variables that the image also reads from a file: `POSTGRES_PASSWORD` for `POSTGRES_PASSWORD_FILE`.
    pub file_variables: Vec<Arc<str>>,
    /// The environment variables that the image sets, when every one of them is known.
    pub variables: Option<Vec<Arc<str>>>,
    /// A non-root account that the image offers and that is not the default: `node` in `node:22`.
    pub offers_user: Option<Arc<str>>,
}

/// Whether a tag names one build for ever, a moving line, or nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pin {
    /// `@sha256:…`.
    Digest,
    /// A tag that names a version: `22.11.0-slim`, `16`.
    Version,
    /// `latest`, `stable`, `lts`, `alpine`, `current`, `edge`, `main` …: moves between versions.
    Floating,
    /// No tag: `latest`.
    Missing,
}

/// The claims and the knowledge about one image, from its base upward.
#[derive(Debug, Clone, Default)]
pub struct ImageChain {
    /// The image's configuration, claims of all layers stacked.
    pub config: ImageConfig,
    /// What is known about the outermost base.
    pub knowledge: ImageKnowledge,
    /// Accounts that build steps add on top of the base: `RUN adduser app`.
    pub created: Vec<Claim<Account>>,
    /// Groups that build steps add, with their numbers where these are given.
    pub groups: BTreeMap<Arc<str>, Option<u32>>,
    /// The account that the image's own entrypoint script hands over to (`exec gosu app "$@"`).
    pub steps_down: Option<Claim<UserSpec>>,
}
