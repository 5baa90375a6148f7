//! A Dockerfile that no compose project builds, on trial: built, and started the way `docker run` would, in a network of
//! its own.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::builder::{self, Job};
use super::smoke::Smoke;
use super::trial::Trial;
use super::watch::{Observation, Target, watch};
use super::yard::Yard;
use super::{Trouble, copy};
use crate::paths;

/// What the container is called inside, before and after: an answer may hold it.
const HOST: &str = "app";

/// A Dockerfile to be tried.
pub(super) struct Image<'p> {
    root: &'p Path,
    /// The directory that is copied, relative to the root.
    base: String,
    context: String,
    dockerfile: String,
    args: &'p BTreeMap<String, String>,
    smokes: Vec<Smoke>,
    compose: Option<&'p Path>,
    turn: Cell<usize>,
}

impl<'p> Image<'p> {
    pub(super) fn new(
        (root, dockerfile, context): (&'p Path, &str, &str),
        args: &'p BTreeMap<String, String>,
        smokes: &[String],
        compose: Option<&'p Path>,
    ) -> Result<Self, Trouble> {
        let base = super::above([context, &paths::parent(dockerfile)].into_iter())?;
        let smokes = smokes.iter().map(|written| Smoke::read(written, &[]));
        Ok(Self {
            root,
            base,
            context: context.to_owned(),
            dockerfile: dockerfile.to_owned(),
            args,
            smokes: smokes.collect::<Result<_, _>>().map_err(Trouble::Cannot)?,
            compose,
            turn: Cell::new(0),
        })
    }

    fn place(&self, source: &Path, path: &str) -> PathBuf {
        let inner = if self.base == "." { Some(path) } else { path.strip_prefix(&self.base) };
        match inner.map(|inner| inner.trim_start_matches('/')) {
            None | Some("" | ".") => source.to_owned(),
            Some(inner) => source.join(inner),
        }
    }
}

impl Trial for Image<'_> {
    fn base(&self) -> &str {
        &self.base
    }

    fn run(
        &self,
        yard: &Yard,
        texts: &BTreeMap<String, String>,
        reference: Option<&Observation>,
    ) -> Result<Observation, Trouble> {
        self.turn.set(self.turn.get() + 1);
        let name = format!("image-{}", self.turn.get());
        let folder = yard.folder(&name)?;
        let source = folder.join("source");
        std::fs::create_dir(&source).map_err(|error| Trouble::Cannot(error.to_string()))?;
        copy::copy(&self.root.join(&self.base), &source)?;
        copy::patch(&source, &self.base, texts)?;
        let tag = yard.name(&name);
        let build = json!({
            "context": self.place(&source, &self.context),
            "dockerfile": self.place(&source, &self.dockerfile),
            "args": self.args.iter().map(|(name, value)| (name, value.replace('$', "$$"))).collect::<BTreeMap<_, _>>(),
        });
        builder::build(yard, self.compose, &Job { build: &build, tag: &tag, folder: &folder })?;
        let observation = self.start(yard, &name, &tag, reference);
        yard.sweep();
        // What is copied is large, and not needed again.
        let _ = std::fs::remove_dir_all(&source);
        observation
    }
}

impl Image<'_> {
    fn start(
        &self,
        yard: &Yard,
        name: &str,
        tag: &str,
        reference: Option<&Observation>,
    ) -> Result<Observation, Trouble> {
        let network = yard.name(name);
        yard.shop().create_network(&network, !yard.online, &yard.labels())?;
        let config = json!({
            "Image": tag,
            "Hostname": HOST,
            "Labels": yard.labels(),
            "HostConfig": {
                "NetworkMode": network,
                // Another driver of the engine's configuration might carry what is printed elsewhere.
                "LogConfig": { "Type": "json-file", "Config": { "max-size": "10m" } },
            },
        });
        let id = yard.shop().create(&yard.name(name), &config)?;
        match yard.shop().start(&id) {
            Err(plimsoll_engine::EngineError::Refused { message, .. }) => {
                return Err(Trouble::Fault(format!("it cannot be started: {message}")));
            }
            other => other?,
        }
        let whole: Value = yard.lookout().container(&id)?.unwrap_or_default();
        let target = Target::of("it", &whole, BTreeMap::new());
        watch(yard, &[target], &self.smokes, reference)
    }
}
