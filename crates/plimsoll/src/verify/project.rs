//! A compose project on trial: what changed in it, and what that waits for, started by Compose from a copy.
//!
//! Compose reads the project and starts it; in between the model is made harmless (`model`) and images are built (`builder`).
//! Deliberately absent: a second understanding of compose files.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use plimsoll_engine::Labels;
use plimsoll_lens::compose::ProjectFiles;
use serde_json::Value;

use super::builder::{self, Job};
use super::model::{self, Seal};
use super::smoke::{Kind, Smoke};
use super::trial::Trial;
use super::watch::{Observation, Target, watch};
use super::yard::{LABEL, Yard};
use super::{Trouble, copy, program};

/// A compose project to be tried.
pub(super) struct Project<'p> {
    pub(super) root: &'p Path,
    pub(super) project: ProjectFiles,
    /// The directory that is copied, relative to the root.
    pub(super) base: String,
    pub(super) smokes: &'p [String],
    pub(super) compose: Option<&'p Path>,
    /// All texts that change in the end: what they touch is what is started.
    pub(super) changed: BTreeMap<String, String>,
    /// Whether variables of the environment count.
    pub(super) shell: bool,
    pub(super) turn: Cell<usize>,
    /// The services that are tried, once they are known.
    pub(super) under_test: RefCell<Option<BTreeSet<String>>>,
}

impl Trial for Project<'_> {
    fn base(&self) -> &str {
        &self.base
    }

    fn run(
        &self,
        yard: &Yard,
        texts: &BTreeMap<String, String>,
        reference: Option<&Observation>,
    ) -> Result<Observation, Trouble> {
        let compose = self.compose.ok_or_else(|| {
            Trouble::Cannot(
                "a compose project is started by Compose, and there is none: install the Compose plugin, or name \
                 the program in PLIMSOLL_DOCKER_COMPOSE"
                    .to_owned(),
            )
        })?;
        if self.under_test.borrow().is_none() {
            let touched = self.touched(yard, compose)?;
            *self.under_test.borrow_mut() = Some(touched);
        }
        let tried = self.under_test.borrow().clone().unwrap_or_default();
        let folder = self.prepared(yard, texts)?;
        let source = folder.join("source");
        let mut model = self.understood(yard, compose, &source)?;
        let all = model::closure(&model, &tried);
        let images = self.images(yard, compose, &model, &all, &folder)?;
        let name = folder.file_name().map(|name| yard.name(&name.to_string_lossy())).unwrap_or_default();
        let seal = Seal {
            name: &name,
            label: (LABEL, &yard.run),
            online: yard.online,
            folder: &source,
            images: &images,
            services: &all,
        };
        let published: BTreeMap<String, BTreeMap<u16, u16>> = tried
            .iter()
            .filter_map(|name| Some((name.clone(), model::published(model.get("services")?.get(name)?))))
            .collect();
        model = model::sealed(&model, &seal).map_err(Trouble::Cannot)?;
        let file = folder.join("trial.json");
        std::fs::write(&file, model.to_string()).map_err(|error| Trouble::Cannot(error.to_string()))?;
        let observation = self.started(yard, (compose, &file, &name, &source), &tried, &published, reference);
        yard.sweep();
        // What is copied is large, and not needed again. A container may have written what this user cannot remove.
        let _ = std::fs::remove_dir_all(&source);
        observation
    }
}

impl Project<'_> {
    /// A copy of the project with these texts.
    fn prepared(&self, yard: &Yard, texts: &BTreeMap<String, String>) -> Result<PathBuf, Trouble> {
        self.turn.set(self.turn.get() + 1);
        let folder = yard.folder(&format!("compose-{}", self.turn.get()))?;
        let source = folder.join("source");
        std::fs::create_dir(&source).map_err(|error| Trouble::Cannot(error.to_string()))?;
        copy::copy(&self.root.join(&self.base), &source)?;
        copy::patch(&source, &self.base, texts)?;
        Ok(folder)
    }

    fn place(&self, source: &Path, path: &str) -> PathBuf {
        let inner = if self.base == "." { Some(path) } else { path.strip_prefix(&self.base) };
        match inner.map(|inner| inner.trim_start_matches('/')) {
            None | Some("" | ".") => source.to_owned(),
            Some(inner) => source.join(inner),
        }
    }

    /// The model as Compose reads it.
    fn understood(&self, yard: &Yard, compose: &Path, source: &Path) -> Result<Value, Trouble> {
        let mut command = Command::new(compose);
        if !self.shell {
            builder::surroundings(yard, &mut command, source);
        }
        command.current_dir(source).args(["-p", "plimsoll", "--project-directory"]);
        command.arg(self.place(source, &self.project.directory));
        for file in &self.project.files {
            command.arg("-f").arg(self.place(source, file));
        }
        let overlay = self.project.overlay.iter().map(|file| self.place(source, file));
        for file in overlay.filter(|file| file.is_file()) {
            command.arg("-f").arg(file);
        }
        for file in &self.project.env_files {
            command.arg("--env-file").arg(self.place(source, file));
        }
        // Services of other profiles are no less changed.
        let profiles = if self.project.profiles.is_empty() {
            vec!["*".to_owned()]
        } else {
            self.project.profiles.clone()
        };
        for profile in &profiles {
            command.args(["--profile", profile]);
        }
        command.args(["config", "--format", "json"]);
        let ran = program::run(&mut command, yard.deadline, &yard.stop)?;
        if !ran.ok {
            return Err(Trouble::Fault(format!("Compose refuses it: {}", ran.complaint())));
        }
        serde_json::from_str(&ran.stdout)
            .map_err(|_| Trouble::Cannot("what `compose config` prints is no JSON".to_owned()))
    }

    /// The services that the changes touch: their own settings, or a file of what they build.
    fn touched(&self, yard: &Yard, compose: &Path) -> Result<BTreeSet<String>, Trouble> {
        let none = BTreeMap::new();
        let mut seen = Vec::new();
        for texts in [&none, &self.changed] {
            let folder = self.prepared(yard, texts)?;
            let source = folder.join("source");
            let model = self.understood(yard, compose, &source)?;
            // Two copies lie in two places, which is no difference.
            let text = model.to_string().replace(&*source.to_string_lossy(), "");
            let _ = std::fs::remove_dir_all(&folder);
            seen.push(serde_json::from_str::<Value>(&text).unwrap_or_default());
        }
        let [before, after] = seen.as_slice() else { return Ok(BTreeSet::new()) };
        let services =
            |model: &Value| model.get("services").and_then(Value::as_object).cloned().unwrap_or_default();
        let (old, new) = (services(before), services(after));
        let around = |model: &Value| {
            ["networks", "volumes", "secrets", "configs"]
                .map(|key| model.get(key).cloned().unwrap_or_default())
        };
        let everywhere = around(before) != around(after);
        let changed: Vec<PathBuf> =
            self.changed.keys().map(|path| self.place(Path::new("/"), path)).collect();
        let builds = |service: &Value| {
            let Some(build) = service.get("build") else { return false };
            let text = |key: &str| build.get(key).and_then(Value::as_str).unwrap_or_default();
            let context = Path::new("/").join(text("context").trim_start_matches('/'));
            let dockerfile = super::lexical(&context.join(text("dockerfile")));
            changed
                .iter()
                .any(|path| *path == dockerfile || (is_context(path) && path.parent() == Some(&*context)))
        };
        let touched: BTreeSet<String> = new
            .iter()
            .filter(|(name, service)| everywhere || old.get(*name) != Some(*service) || builds(service))
            .map(|(name, _)| name.clone())
            .collect();
        // What changes may be no part of what runs: then the whole project says whether it still stands.
        let mut tried = if touched.is_empty() { new.keys().cloned().collect() } else { touched };
        // A test may go by way of a service that did not change.
        let names: Vec<String> = new.keys().cloned().collect();
        for written in self.smokes {
            let smoke = Smoke::read(written, &names).map_err(Trouble::Cannot)?;
            let asked = |name: &String, service: &Value| {
                let Kind::Fetch(what) = &smoke.kind else { return smoke.service.as_ref() == Some(name) };
                smoke.service.as_ref().unwrap_or(&what.host) == name
                    || (smoke.service.is_none() && model::published(service).contains_key(&what.port))
            };
            tried.extend(
                new.iter().filter(|(name, service)| asked(name, service)).map(|(name, _)| name.clone()),
            );
        }
        Ok(tried)
    }

    /// Builds what has to be built.
    fn images(
        &self,
        yard: &Yard,
        compose: &Path,
        model: &Value,
        services: &BTreeSet<String>,
        folder: &Path,
    ) -> Result<BTreeMap<String, String>, Trouble> {
        let mut images = BTreeMap::new();
        for name in services {
            let service = model.get("services").and_then(|all| all.get(name));
            let Some(build) =
                service.and_then(|service| service.get("build")).filter(|build| build.is_object())
            else {
                continue;
            };
            let tag = yard.name(&format!("compose-{}-{}", self.turn.get(), name.to_ascii_lowercase()));
            let job = Job { build, tag: &tag, folder };
            builder::build(yard, Some(compose), &job).map_err(|trouble| trouble.of(name))?;
            images.insert(name.clone(), tag);
        }
        Ok(images)
    }

    fn started(
        &self,
        yard: &Yard,
        (compose, file, name, source): (&Path, &Path, &str, &Path),
        tried: &BTreeSet<String>,
        published: &BTreeMap<String, BTreeMap<u16, u16>>,
        reference: Option<&Observation>,
    ) -> Result<Observation, Trouble> {
        let mut command = Command::new(compose);
        builder::surroundings(yard, &mut command, source);
        command.args(["-p", name, "-f"]).arg(file);
        command.arg("--project-directory").arg(self.place(source, &self.project.directory));
        command.args(["up", "--detach", "--no-build", "--quiet-pull"]).args(tried);
        let ran = program::run(&mut command, yard.deadline, &yard.stop)?;
        let labels = Labels::from([
            (LABEL.to_owned(), yard.run.clone()),
            ("com.docker.compose.project".to_owned(), name.to_owned()),
        ]);
        let mut targets = Vec::new();
        for container in yard.lookout().containers(true, &labels)? {
            let service = container.labels.get("com.docker.compose.service").cloned().unwrap_or_default();
            if let Some(published) = published.get(&service)
                && let Some(whole) = yard.lookout().container(&container.id)?
            {
                targets.push(Target::of(&service, &whole, published.clone()));
            }
        }
        targets.sort_by(|a, b| a.service.cmp(&b.service));
        if !ran.ok {
            return Err(Trouble::Fault(format!("it cannot be started: {}", ran.complaint())));
        }
        if let Some(name) = tried.iter().find(|name| targets.iter().all(|target| target.service != **name)) {
            return Err(Trouble::Cannot(format!("Compose starts no container of {name}")));
        }
        let names: Vec<String> = tried.iter().cloned().collect();
        let smokes = self.smokes.iter().map(|written| Smoke::read(written, &names));
        let smokes: Vec<Smoke> = smokes.collect::<Result<_, _>>().map_err(Trouble::Cannot)?;
        watch(yard, &targets, &smokes, reference)
    }
}

/// Whether a change of this file changes what a build gets.
fn is_context(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    name.ends_with(".dockerignore") || matches!(name, "package.json" | "package-lock.json")
}
