//! Puts one scenario together: what the lenses read of a compose project and its Dockerfiles, or of one Dockerfile,
//! joined into a posture.
//!
//! Deliberately absent: which scenarios there are (see `discover`), and any judgement.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use plimsoll_lens::compose::{self, Loaded, ProjectFiles};
use plimsoll_lens::context::Context;
use plimsoll_lens::pragma::Comment;
use plimsoll_lens::{EntryKind, World, app, context, dockerfile, entrypoint, git, images, linter, proxy};
use plimsoll_packages::database::Database;
use plimsoll_packages::vex::Statement;
use plimsoll_packages::{engine, installed};
use plimsoll_posture::{
    Complaint, ComplaintKind, ContextId, CopyFrom, CopySourceKind, ImageChain, ImageReference, Known, Place,
    Posture, Provenance, Recipe, RecipeId, Refusal, Service, StageId, assemble, join_image,
};
use plimsoll_report::{Input, InputStatus, ScenarioKind};
use plimsoll_text::{SourceId, SourceKind, Sources, Span, Stretch};

use crate::archives::{self, Archive};
use crate::dependencies;
use crate::paths;
use crate::read_lockfiles::ReadLockfiles;
use crate::running::{self, Joined};
use crate::shellcheck::Linter;

/// Everything that was read for one scenario.
#[derive(Debug)]
pub struct Assembled {
    /// The path or paths that name it.
    pub name: String,
    /// What it is.
    pub kind: ScenarioKind,
    /// The facts.
    pub posture: Posture,
    /// The documents.
    pub sources: Sources,
    /// What could not be read.
    pub complaints: Vec<Complaint>,
    /// All comments of all documents.
    pub comments: Vec<Comment>,
    /// What could not be opened at all.
    pub unread: Vec<Input>,
    /// Names of the compose files that came by `include`.
    pub included: BTreeSet<String>,
    /// What a bill of materials states of vulnerabilities, with its place.
    pub statements: Vec<(Span, Statement)>,
    /// The files that `secrets:` mounts, relative to the root.
    secret_files: Vec<String>,
}

/// What is given to builds from outside, and what scenarios of one run share.
#[derive(Debug, Default)]
pub struct Surroundings {
    /// `--build-arg`.
    pub build_args: BTreeMap<String, String>,
    /// Whoever looks at the scripts of build steps, when asked for.
    pub linter: Option<Linter>,
    /// Archives of images that were given beside the project.
    pub archives: Vec<Arc<Archive>>,
    /// What engines said of their hosts.
    pub(crate) observations: Vec<Joined>,
    /// Digests that an engine told, by name and tag.
    pub digests: Arc<BTreeMap<String, Arc<str>>>,
    /// The advisories that everything is judged by.
    pub database: Database,
    /// Lockfiles that were read already.
    pub(crate) lockfiles: Arc<ReadLockfiles>,
    /// Contexts without ignore file, by directory: many Dockerfiles may lie in one.
    contexts: Mutex<HashMap<String, Context>>,
}

impl Surroundings {
    /// With these build arguments.
    #[must_use]
    pub fn new(build_args: BTreeMap<String, String>) -> Self {
        Self { build_args, ..Self::default() }
    }

    fn context(
        &self,
        world: &dyn World,
        sources: &mut Sources,
        directory: &str,
        dockerfile: &str,
    ) -> Context {
        let own = format!("{dockerfile}.dockerignore");
        let known = {
            let contexts = self.contexts.lock().unwrap_or_else(PoisonError::into_inner);
            contexts.get(directory).cloned()
        };
        if let Some(known) = known.filter(|_| world.kind(&own).is_none()) {
            return known;
        }
        let read = context::read(world, sources, directory, dockerfile);
        if read.context.ignore.is_none() && read.complaints.is_empty() {
            let mut contexts = self.contexts.lock().unwrap_or_else(PoisonError::into_inner);
            contexts.insert(directory.to_owned(), read.clone());
        }
        read
    }
}

impl Assembled {
    pub(crate) fn new(name: String, kind: ScenarioKind) -> Self {
        Self {
            name,
            kind,
            posture: Posture::default(),
            sources: Sources::new(),
            complaints: Vec::new(),
            comments: Vec::new(),
            unread: Vec::new(),
            included: BTreeSet::new(),
            statements: Vec::new(),
            secret_files: Vec::new(),
        }
    }

    /// Paths of the Dockerfiles that it builds.
    pub fn dockerfiles(&self) -> impl Iterator<Item = &str> {
        self.posture.recipes.iter().map(|recipe| &*self.sources.get(recipe.source).name)
    }

    /// Names of its services; for a Dockerfile alone, the name of its image.
    pub fn service_names(&self) -> impl Iterator<Item = &str> {
        self.posture.services.iter().map(Service::name)
    }

    /// The bytes of every secret that was seen. A sighting without a length is a name only, of a file or a variable, and
    /// may be shown.
    #[must_use]
    pub fn sensitive(&self) -> Vec<Span> {
        let services = self.posture.services.iter().flat_map(|service| &service.sightings);
        let recipes = self.posture.recipes.iter().flat_map(|recipe| &recipe.sightings);
        let built = self.posture.built.iter().flat_map(|image| &image.sightings);
        let searched = self.posture.search.iter().flat_map(|search| &search.found);
        let searched = searched.flat_map(|file| &file.sightings);
        let mut spans: Vec<Span> = services
            .chain(recipes)
            .chain(built)
            .chain(&self.posture.project.sightings)
            .chain(searched)
            .filter(|sighting| sighting.length > 0)
            .map(|sighting| sighting.at.at.span)
            .collect();
        let registries = self.posture.dependencies.iter().flat_map(|app| &app.registry.credentials);
        spans.extend(registries.map(|credential| credential.at));
        spans.extend(self.posture.dependencies.iter().flat_map(|app| &app.masked));
        let proxies = self.posture.services.iter().filter_map(|service| service.proxy.as_ref());
        spans.extend(proxies.flat_map(|proxy| &proxy.masked).copied());
        spans.extend(self.posture.host.iter().flat_map(|host| &host.masked));
        spans.sort();
        spans.dedup();
        spans
    }

    /// Every document that was read and every one that was not.
    #[must_use]
    pub fn inputs(&self) -> Vec<Input> {
        let partial = |id: SourceId| {
            self.complaints.iter().any(|complaint| {
                complaint.at.source == id
                    && matches!(complaint.kind, ComplaintKind::Invalid | ComplaintKind::Skipped)
            })
        };
        let read =
            self.sources.iter().filter(|source| source.kind != SourceKind::Builtin).map(|source| Input {
                name: source.name.to_string(),
                lens: lens_of(source.kind),
                status: if partial(source.id) { InputStatus::Partial } else { InputStatus::Read },
            });
        read.chain(self.unread.iter().cloned()).collect()
    }
}

fn lens_of(kind: SourceKind) -> &'static str {
    match kind {
        SourceKind::Dockerfile => "dockerfile",
        SourceKind::Compose => "compose",
        SourceKind::EnvFile => "env-file",
        SourceKind::Dockerignore => "dockerignore",
        SourceKind::Manifest => "manifest",
        SourceKind::Config => "config",
        SourceKind::Proxy => "proxy",
        SourceKind::ImageConfig => "image",
        SourceKind::Other | SourceKind::Builtin => "",
    }
}

/// A Dockerfile that no compose project builds. `text` is given for standard input, which has no context.
#[must_use]
pub fn of_dockerfile(
    world: &dyn World,
    path: &str,
    text: Option<&[u8]>,
    surroundings: &Surroundings,
) -> Assembled {
    let mut assembled = Assembled::new(path.to_owned(), ScenarioKind::Dockerfile);
    assembled.posture.digests.clone_from(&surroundings.digests);
    let bytes = match text {
        Some(text) => text.to_vec(),
        None => match world.read(path) {
            Ok(bytes) => bytes,
            Err(error) => {
                assembled.unread.push(unread(path, "dockerfile", &error));
                return assembled;
            }
        },
    };
    let id = assembled.sources.add(path, SourceKind::Dockerfile, &bytes);
    let options = dockerfile::Options { args: surroundings.build_args.clone(), contexts: Vec::new() };
    let reading = dockerfile::read(&assembled.sources, id, &options);
    assembled.complaints.extend(reading.complaints);
    assembled.comments.extend(reading.comments);
    let mut recipe = reading.recipe;
    lint(&mut assembled, &mut recipe, &reading.document, surroundings);
    if let Some(last) = recipe.stages.len().checked_sub(1) {
        recipe.aim(vec![last]);
    }
    if text.is_none() {
        let directory = likely_context(world, path, &recipe);
        surround(world, &mut assembled, &mut recipe, &directory, path, surroundings);
    }
    if let Some(last) = recipe.last() {
        let mut service = Service::new(recipe.subject.clone(), false);
        join_image(&mut service, &last.image);
        assembled.posture.services.push(service);
    }
    assembled.posture.recipes.push(recipe);
    if text.is_none() {
        proxies(world, &mut assembled, None);
    }
    finish(&mut assembled, &surroundings.database);
    assembled
}

/// An application that nothing here builds, by one of its lockfiles.
#[must_use]
pub fn of_application(world: &dyn World, lockfile: &str, surroundings: &Surroundings) -> Assembled {
    let mut assembled = Assembled::new(lockfile.to_owned(), ScenarioKind::App);
    let directory = paths::parent(lockfile);
    if let Some((app, complaints)) = app::read(world, &mut assembled.sources, &directory) {
        assembled.complaints.extend(complaints);
        assembled.posture.apps.push(app);
    }
    depend(world, &mut assembled, &directory, surroundings);
    finish(&mut assembled, &surroundings.database);
    assembled
}

/// A compose project. Text of standard input is given where `project.files` holds `-`.
#[must_use]
pub fn of_project(
    world: &dyn World,
    project: &ProjectFiles,
    stdin: Option<&[u8]>,
    surroundings: &Surroundings,
) -> Assembled {
    let mut assembled = Assembled::new(name_of(project), ScenarioKind::Compose);
    assembled.posture.digests.clone_from(&surroundings.digests);
    if let Some(bytes) = stdin {
        assembled.sources.add("<stdin>", SourceKind::Compose, bytes);
    }
    let mut loaded = compose::load(world, &mut assembled.sources, project);
    assembled.complaints.append(&mut loaded.complaints);
    assembled.comments.append(&mut loaded.comments);
    let name = |id: &SourceId| assembled.sources.get(*id).name.to_string();
    assembled.included = loaded.included.iter().map(name).collect();
    assembled.secret_files = secret_files(&loaded);
    let claims = compose::claims::claims(&loaded, &assembled.sources, &world.root_path());
    assembled.complaints.extend(claims.complaints);
    assembled.posture.services = claims.services;
    assembled.posture.networks = claims.networks;
    assembled.posture.volumes = claims.volumes;
    assembled.posture.project = claims.project;
    assembled.posture.project.refusals = refusals(&assembled);
    track(world, &mut assembled, &project.directory);
    for order in orders(&mut assembled, &loaded) {
        build(world, &mut assembled, order, surroundings);
    }
    let built = built_images(&assembled.posture);
    for service in &mut assembled.posture.services {
        if service.build.is_some() {
            continue;
        }
        let name = service.image.value().map(full_name);
        if let Some((_, chain)) = name.and_then(|name| built.iter().find(|(own, _)| *own == name)) {
            join_image(service, chain);
            continue;
        }
        if let Some(claim) = service.image.effective()
            && let Known::Value(reference) = &claim.value
        {
            let at = Provenance::new("images", claim.at.span, claim.at.route.clone());
            let chain = images::look_up(reference, &at);
            join_image(service, &chain);
        }
    }
    archives::join(surroundings, &mut assembled);
    running::join(&surroundings.observations, world, project, &mut assembled);
    proxies(world, &mut assembled, Some(&loaded.model));
    finish(&mut assembled, &surroundings.database);
    assembled
}

/// Asks git about the env files that hold secrets.
fn track(world: &dyn World, assembled: &mut Assembled, directory: &str) {
    let posture = &mut assembled.posture;
    let sightings = posture.services.iter().flat_map(|service| &service.sightings);
    let files: BTreeSet<SourceId> = sightings
        .chain(&posture.project.sightings)
        .filter(|sighting| sighting.place == Place::EnvFile)
        .map(|sighting| sighting.at.at.span.source)
        .collect();
    if files.is_empty() {
        return;
    }
    let Some(repository) = git::Repository::around(world, directory) else { return };
    for file in files {
        let name = &assembled.sources.get(file).name;
        if let Some(tracking) = repository.tracking(world, name) {
            posture.project.tracking.insert(file, tracking);
        }
    }
}

/// The files that `secrets:` mounts.
fn secret_files(loaded: &Loaded) -> Vec<String> {
    let all = loaded.model.get("secrets").and_then(|secrets| secrets.as_map());
    all.into_iter()
        .flat_map(|all| &all.entries)
        .filter_map(|secret| secret.value.get("file")?.as_text())
        .filter(|file| file.unset.is_empty() && !file.text.starts_with('/'))
        .map(|file| file.text.to_string())
        .collect()
}

/// Reads the configuration of the proxies among the services.
fn proxies(world: &dyn World, assembled: &mut Assembled, model: Option<&compose::Node>) {
    let told = proxy::read(world, &mut assembled.sources, &mut assembled.posture, model);
    assembled.complaints.extend(told);
}

/// Complaints that a newer Compose, another place, or the file that this one is a part of may not have.
const ELSEWHERE: [&str; 4] = ["unknown-key", "no-image", "env-file-not-found", "file-not-found"];

/// What Compose refuses, of all that the lens complained of. A line with a variable may be sound where the variable is
/// set.
fn refusals(assembled: &Assembled) -> Vec<Refusal> {
    let refused = |complaint: &&Complaint| {
        let source = assembled.sources.get(complaint.at.source);
        let lines = source.text.get(..complaint.at.end as usize).unwrap_or_default();
        let start = lines.get(..complaint.at.start as usize).and_then(|head| head.rfind('\n')).unwrap_or(0);
        let behind = source.text.get(complaint.at.end as usize..).and_then(|rest| rest.lines().next());
        let variable = lines.get(start..).is_some_and(|text| text.contains('$'))
            || behind.is_some_and(|text| text.contains('$'));
        complaint.kind == ComplaintKind::Invalid
            && source.kind == SourceKind::Compose
            && !ELSEWHERE.contains(&complaint.code)
            && !variable
    };
    let refusal = |complaint: &Complaint| Refusal {
        at: Provenance::new("compose", complaint.at, complaint.code),
        message: complaint.message.clone(),
        cure: complaint.cure.clone(),
    };
    assembled.complaints.iter().filter(refused).map(refusal).collect()
}

/// What the project builds and tags: a service that names such an image runs that build.
fn built_images(posture: &Posture) -> Vec<(String, ImageChain)> {
    let built = |service: &Service| {
        let stage = service.build.as_ref()?.stage?;
        let stage = posture.recipes.get(stage.recipe.0)?.stages.get(stage.stage)?;
        Some((full_name(service.image.value()?), stage.image.clone()))
    };
    posture.services.iter().filter_map(built).collect()
}

/// The reference with what an absent registry and an absent tag mean.
fn full_name(image: &ImageReference) -> String {
    let tag = image.tag.as_deref().unwrap_or("latest");
    let digest = image.digest.as_deref().unwrap_or_default();
    format!("{}/{}:{tag}@{digest}", image.registry, image.repository)
}

/// The name of a project's scenario.
pub(crate) fn name_of(project: &ProjectFiles) -> String {
    let names: Vec<&str> =
        project.files.iter().map(|file| if file == "-" { "<stdin>" } else { file.as_str() }).collect();
    match names.as_slice() {
        // The pair that Compose makes by itself goes by the name of its base.
        [base, second] if second.contains(".override.") => (*base).to_owned(),
        names => names.join(" + "),
    }
}

fn unread(path: &str, lens: &'static str, error: &std::io::Error) -> Input {
    let reason = match error.kind() {
        std::io::ErrorKind::NotFound => "not found".to_owned(),
        std::io::ErrorKind::PermissionDenied if error.get_ref().is_none() => "permission denied".to_owned(),
        _ => error.get_ref().map_or_else(|| error.kind().to_string(), ToString::to_string),
    };
    Input { name: path.to_owned(), lens, status: InputStatus::Skipped(reason) }
}

pub(crate) fn finish(assembled: &mut Assembled, database: &Database) {
    dependencies::join(&mut assembled.posture, database);
    for image in &mut assembled.posture.built {
        installed::judge(image, database);
        image.lines = archives::lines(image);
    }
    if let Some(host) = &mut assembled.posture.host {
        engine::judge(host, database);
    }
    assemble(&mut assembled.posture);
    assembled.complaints.sort_by_key(|complaint| complaint.at);
    assembled.complaints.dedup();
}

/// One Dockerfile of a project with the services that build it.
struct Order {
    /// Its path, or the name of the inline document.
    path: String,
    /// The inline document's text and where it is written.
    inline: Option<(String, Vec<Stretch>)>,
    context: String,
    /// The arguments of the first service that builds it.
    args: BTreeMap<String, String>,
    /// The arguments of the services that give others, by their index.
    differing: BTreeMap<usize, BTreeMap<String, String>>,
    contexts: Vec<String>,
    /// Indices into the posture's services.
    services: Vec<usize>,
    at: Span,
}

/// Which Dockerfiles the services build, in the order of the services.
fn orders(assembled: &mut Assembled, loaded: &Loaded) -> Vec<Order> {
    let mut orders: Vec<Order> = Vec::new();
    for (index, service) in assembled.posture.services.iter().enumerate() {
        let Some(build) = &service.build else { continue };
        let model = loaded.model.get("services").and_then(|all| all.get(service.name())?.get("build"));
        let Known::Value(context) = &build.context else { continue };
        if is_remote(context) {
            assembled.unread.push(Input {
                name: context.to_string(),
                lens: "dockerfile",
                status: InputStatus::Skipped("a remote build context: nothing is fetched".to_owned()),
            });
            continue;
        }
        let inline = model
            .filter(|_| build.inline)
            .and_then(|build| build.get("dockerfile_inline"))
            .and_then(|node| node.as_text().map(|text| (text.text.to_string(), text.stretches(node.at))));
        let path = match (&inline, &build.dockerfile) {
            (Some(_), _) => {
                let file = &assembled.sources.get(build.at.source).name;
                format!("{file}#services.{}.build.dockerfile_inline", service.name())
            }
            (None, Some(Known::Value(file))) => paths::join(context, file),
            (None, Some(Known::Unknown(_))) => continue,
            (None, None) => paths::join(context, "Dockerfile"),
        };
        let args: BTreeMap<String, String> = build
            .args
            .effective()
            .filter_map(|(name, claim)| Some((name.to_owned(), claim.value.value()?.expose().to_owned())))
            .collect();
        let contexts = model
            .and_then(|build| build.get("additional_contexts")?.as_map())
            .map(|map| map.entries.iter().map(|entry| entry.key.to_string()).collect())
            .unwrap_or_default();
        match orders.iter_mut().find(|order| order.path == path && order.context == **context) {
            Some(order) => {
                order.services.push(index);
                if args != order.args {
                    order.differing.insert(index, args);
                }
            }
            None => orders.push(Order {
                path,
                inline,
                context: context.to_string(),
                args,
                differing: BTreeMap::new(),
                contexts,
                services: vec![index],
                at: build.at,
            }),
        }
    }
    orders
}

/// Whether Docker would fetch the context instead of reading a directory.
fn is_remote(context: &str) -> bool {
    context.contains("://") || context.starts_with("git@") || context.starts_with("github.com/")
}

fn build(world: &dyn World, assembled: &mut Assembled, order: Order, surroundings: &Surroundings) {
    let id = match &order.inline {
        Some((text, stretches)) => {
            assembled.sources.add_inner(&order.path, SourceKind::Dockerfile, text, stretches.clone())
        }
        None => match world.read(&order.path) {
            Ok(bytes) => assembled.sources.add(&order.path, SourceKind::Dockerfile, &bytes),
            Err(error) => {
                let input = unread(&order.path, "dockerfile", &error);
                let InputStatus::Skipped(reason) = &input.status else { return };
                assembled.complaints.push(Complaint {
                    kind: ComplaintKind::Missing,
                    code: "missing-dockerfile",
                    at: order.at,
                    message: format!("the Dockerfile {} is not read: {reason}", order.path),
                    cure: Some("correct `build.context` or `build.dockerfile`".to_owned()),
                });
                assembled.unread.push(input);
                return;
            }
        },
    };
    let mut args = order.args;
    args.extend(surroundings.build_args.clone());
    let mut options = dockerfile::Options { args, contexts: order.contexts };
    let reading = dockerfile::read(&assembled.sources, id, &options);
    assembled.complaints.extend(reading.complaints);
    assembled.comments.extend(reading.comments);
    let mut recipe = reading.recipe;
    lint(assembled, &mut recipe, &reading.document, surroundings);
    // The file is one recipe, judged once; the image that other arguments give is the service's own.
    let mut own_images = BTreeMap::new();
    for (index, mut args) in order.differing {
        args.extend(surroundings.build_args.clone());
        options.args = args;
        let images: Vec<ImageChain> = dockerfile::read(&assembled.sources, id, &options)
            .recipe
            .stages
            .into_iter()
            .map(|stage| stage.image)
            .collect();
        own_images.insert(index, images);
    }
    let recipe_id = RecipeId(assembled.posture.recipes.len());
    let mut targets = Vec::new();
    for &index in &order.services {
        let Some(service) = assembled.posture.services.get_mut(index) else { continue };
        recipe.built_by.push(service.subject.name.clone());
        let Some(build) = &mut service.build else { continue };
        let stage = match &build.target {
            None => recipe.stages.len().checked_sub(1),
            Some(target) => recipe.find_stage(&target.value, recipe.stages.len()),
        };
        build.stage = stage.map(|stage| StageId { recipe: recipe_id, stage });
        targets.extend(stage);
    }
    targets.sort_unstable();
    targets.dedup();
    if targets.is_empty() {
        targets.extend(recipe.stages.len().checked_sub(1));
    }
    recipe.aim(targets);
    if let [only] = recipe.built_by.as_slice() {
        let only = only.clone();
        recipe.subject.service = Some(only.clone());
        for stage in &mut recipe.stages {
            stage.subject.service = Some(only.clone());
        }
    }
    for sighting in &mut recipe.sightings {
        if let Some(stage) = &mut sighting.stage {
            stage.recipe = recipe_id;
        }
    }
    surround(world, assembled, &mut recipe, &order.context, &order.path, surroundings);
    for &index in &order.services {
        let Some(service) = assembled.posture.services.get_mut(index) else { continue };
        let stage = service.build.as_ref().and_then(|build| build.stage);
        let Some(built) = stage.and_then(|id| recipe.stages.get(id.stage)) else { continue };
        match own_images.get(&index).and_then(|images| images.get(built.index)) {
            Some(own) => {
                join_image(service, own);
                service.steps_down.clone_from(&built.image.steps_down);
            }
            None => join_image(service, &built.image),
        }
    }
    assembled.posture.recipes.push(recipe);
}

/// Asks the linter about the scripts of a recipe, when there is one.
fn lint(
    assembled: &mut Assembled,
    recipe: &mut Recipe,
    document: &dockerfile::Document,
    surroundings: &Surroundings,
) {
    let Some(Linter(linter)) = &surroundings.linter else { return };
    let source = assembled.sources.get(recipe.source);
    let scripts = dockerfile::scripts(source, document);
    match linter::remarks(source, &scripts, &**linter) {
        Ok(remarks) => recipe.linted = Some(remarks),
        Err(message) => assembled.complaints.push(Complaint {
            kind: ComplaintKind::Missing,
            code: "linter-failed",
            at: Span::whole(recipe.source),
            message,
            cure: Some("run it by hand, or leave `--shellcheck` out".to_owned()),
        }),
    }
}

/// Reads the build context and the application in it.
fn surround(
    world: &dyn World,
    assembled: &mut Assembled,
    recipe: &mut Recipe,
    directory: &str,
    dockerfile: &str,
    surroundings: &Surroundings,
) {
    let mut read = surroundings.context(world, &mut assembled.sources, directory, dockerfile);
    read.add_secrets(world, &assembled.secret_files);
    context::fill(recipe, &read, world);
    entrypoint::fill(recipe, &read, world, &mut assembled.sources);
    assembled.complaints.extend(read.complaints);
    let contexts = &mut assembled.posture.contexts;
    let at = contexts
        .iter()
        .position(|known| known.path == read.context.path && known.ignore == read.context.ignore)
        .unwrap_or_else(|| {
            contexts.push(read.context);
            contexts.len() - 1
        });
    recipe.context = Some(ContextId(at));
    if assembled.posture.apps.iter().any(|app| &*app.directory == directory) {
        return;
    }
    if let Some((app, complaints)) = app::read(world, &mut assembled.sources, directory) {
        assembled.complaints.extend(complaints);
        assembled.posture.apps.push(app);
    }
    depend(world, assembled, directory, surroundings);
}

/// Reads what the application of a directory depends on, once.
fn depend(world: &dyn World, assembled: &mut Assembled, directory: &str, surroundings: &Surroundings) {
    let Assembled { posture, sources, complaints, .. } = assembled;
    if !posture.dependencies.iter().any(|app| &*app.directory == directory) {
        let Surroundings { database, lockfiles, .. } = surroundings;
        let read = dependencies::read(world, sources, posture, directory, database, lockfiles);
        complaints.extend(read.unwrap_or_default());
    }
}

/// The directory that a Dockerfile nobody builds is most likely built from: its own, or the nearest above it that
/// holds everything it copies.
fn likely_context(world: &dyn World, path: &str, recipe: &Recipe) -> String {
    let own = paths::parent(path);
    let copied: Vec<&str> = recipe
        .stages
        .iter()
        .flat_map(|stage| stage.copies())
        .filter(|(_, copy)| copy.from == CopyFrom::Context)
        .flat_map(|(_, copy)| &copy.sources)
        .filter(|source| source.kind == CopySourceKind::Path)
        .filter_map(|source| source.path.value().map(|path| path.trim_start_matches('/')))
        .filter(|path| !path.is_empty() && !path.contains(['*', '?', '[', '$']))
        .collect();
    let mut directory = own.clone();
    loop {
        let holds = |path: &&str| {
            matches!(world.kind(&paths::join(&directory, path)), Some(EntryKind::File | EntryKind::Directory))
        };
        if copied.iter().all(holds) {
            return directory;
        }
        if directory == "." || directory.starts_with("..") {
            return own;
        }
        directory = paths::parent(&directory);
    }
}
