//! Builds images of a trial: by the engine's own builder, which needs nothing else, or by BuildKit where a Dockerfile asks
//! for what only that can do, through a Compose that is at hand, or else the `docker` command with buildx.
//!
//! A build may do what `docker build` does: fetch its base image, and packages from the network. Deliberately absent: the
//! cache of BuildKit, which belongs to the engine.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use plimsoll_engine::{BuildOrder, EngineError};
use serde_json::{Value, json};

use super::context::Context;
use super::yard::Yard;
use super::{Trouble, program};

/// What the engine's builder says of a Dockerfile that it cannot build, in small letters.
const BEYOND: &[&str] =
    &["requires buildkit", "unknown instruction", "unknown flag", "dockerfile parse error", "need buildkit"];
/// Build arguments that only BuildKit sets.
const PLATFORM: &[&str] =
    &["TARGETPLATFORM", "TARGETARCH", "TARGETOS", "BUILDPLATFORM", "BUILDARCH", "BUILDOS"];
/// Keys of `build` that the engine's builder understands as well.
const PLAIN: &[&str] = &["context", "dockerfile", "args", "target", "labels", "network", "dockerfile_inline"];

/// What is built: `build` of a Compose model, its paths absolute.
pub(super) struct Job<'j> {
    pub(super) build: &'j Value,
    /// The image's name.
    pub(super) tag: &'j str,
    /// Where a file may be written for it.
    pub(super) folder: &'j Path,
}

/// Builds. What the project's own recipe does wrong is a [`Trouble::Fault`].
pub(super) fn build(yard: &Yard, compose: Option<&Path>, job: &Job<'_>) -> Result<(), Trouble> {
    yard.check()?;
    let text = |key: &str| job.build.get(key).and_then(Value::as_str);
    let folder =
        PathBuf::from(text("context").ok_or_else(|| Trouble::Cannot("the build has no context".to_owned()))?);
    if !folder.is_dir() {
        return Err(Trouble::Cannot(format!("the build context {} is no directory here", folder.display())));
    }
    let dockerfile = match text("dockerfile_inline") {
        Some(inline) => {
            let place = job.folder.join(format!("{}.Dockerfile", job.tag.replace([':', '/'], "-")));
            std::fs::write(&place, inline).map_err(|error| Trouble::Cannot(error.to_string()))?;
            place
        }
        None => folder.join(text("dockerfile").unwrap_or("Dockerfile")),
    };
    let recipe = std::fs::read_to_string(&dockerfile)
        .map_err(|error| Trouble::Fault(format!("its Dockerfile cannot be read: {}", error.kind())))?;
    let unusual: Vec<&str> = job
        .build
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(key, value)| !PLAIN.contains(&key.as_str()) && !value.is_null())
        .map(|(key, _)| key.as_str())
        .collect();
    let own = folder_ignore(&dockerfile);
    let why = match () {
        () if !unusual.is_empty() => format!("`build.{}`", unusual.join("`, `build.")),
        () if PLATFORM.iter().any(|name| recipe.contains(name)) => "arguments for the platform".to_owned(),
        () if own => "an ignore file beside the Dockerfile".to_owned(),
        () => match plainly(yard, job, &folder, &dockerfile) {
            Err(Trouble::Fault(message)) if beyond(&message) => format!("what it says ({message})"),
            other => return other,
        },
    };
    match compose {
        Some(program) => by_buildkit(yard, program, job, &folder, &dockerfile),
        None if unusual.is_empty() && has_buildx(yard, job.folder)? => {
            let mut command = Command::new("docker");
            surroundings(yard, &mut command, job.folder);
            command.args(buildx(yard.labels(), job, &folder, &dockerfile));
            finished(&program::run(&mut command, yard.deadline, &yard.stop)?)
        }
        None => Err(Trouble::Cannot(format!(
            "its Dockerfile needs BuildKit for {why}, and neither Compose nor `docker buildx` is there to reach it: \
             install the Compose plugin, or name the program in PLIMSOLL_DOCKER_COMPOSE"
        ))),
    }
}

/// `NAME.dockerignore`, which the engine's own builder does not know.
fn folder_ignore(dockerfile: &Path) -> bool {
    let mut name = dockerfile.as_os_str().to_owned();
    name.push(".dockerignore");
    Path::new(&name).exists()
}

fn beyond(message: &str) -> bool {
    let small = message.to_ascii_lowercase();
    BEYOND.iter().any(|word| small.contains(word))
}

fn plainly(yard: &Yard, job: &Job<'_>, folder: &Path, dockerfile: &Path) -> Result<(), Trouble> {
    let context = Context::of(folder, dockerfile);
    let text = |key: &str| job.build.get(key).and_then(Value::as_str).map(str::to_owned);
    let mut labels = yard.labels();
    labels
        .extend(pairs(job.build.get("labels")).into_iter().filter_map(|(name, value)| Some((name, value?))));
    let order = BuildOrder {
        dockerfile: context.name.clone(),
        tag: Some(job.tag.to_owned()),
        target: text("target"),
        args: pairs(job.build.get("args")),
        labels,
        network: text("network"),
    };
    match yard.build(&order, &mut |out| context.write(out)) {
        Ok(_) => Ok(()),
        Err(EngineError::Build(message)) => {
            Err(Trouble::Fault(format!("its image cannot be built: {message}")))
        }
        // A Dockerfile that cannot be parsed is refused before the build begins.
        Err(EngineError::Refused { status: 400..=500, message, .. }) => {
            Err(Trouble::Fault(format!("its image cannot be built: {message}")))
        }
        Err(other) => Err(other.into()),
    }
}

/// Names and values of a map, or of a list of `NAME=VALUE`.
pub(super) fn pairs(value: Option<&Value>) -> BTreeMap<String, Option<String>> {
    let text = |value: &Value| match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    };
    match value {
        // What Compose prints is quoted once more for Compose.
        Some(Value::Object(map)) => map
            .iter()
            .map(|(name, value)| (name.clone(), text(value).map(|value| value.replace("$$", "$"))))
            .collect(),
        Some(Value::Array(list)) => list
            .iter()
            .filter_map(Value::as_str)
            .map(|pair| match pair.split_once('=') {
                Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
                None => (pair.to_owned(), None),
            })
            .collect(),
        _ => BTreeMap::new(),
    }
}

fn by_buildkit(
    yard: &Yard,
    compose: &Path,
    job: &Job<'_>,
    folder: &Path,
    dockerfile: &Path,
) -> Result<(), Trouble> {
    let mut build = job.build.clone();
    if let Value::Object(map) = &mut build {
        map.insert("context".to_owned(), json!(folder));
        map.insert("dockerfile".to_owned(), json!(dockerfile));
        map.remove("dockerfile_inline");
        let mut labels: BTreeMap<String, Option<String>> = pairs(map.get("labels"));
        labels.extend(yard.labels().into_iter().map(|(name, value)| (name, Some(value))));
        map.insert("labels".to_owned(), json!(labels));
        // Names that others use, and places that others read.
        for key in ["tags", "cache_to", "cache_from", "platforms", "pull", "no_cache"] {
            map.remove(key);
        }
        if let Some(key) = ["ssh", "entitlements", "privileged"].iter().find(|key| map.contains_key(**key)) {
            return Err(Trouble::Cannot(format!("`build.{key}` gives the build what a trial must not have")));
        }
    }
    let model = json!({ "name": "plimsoll", "services": { "image": { "build": build, "image": job.tag } } });
    let place = job.folder.join("build.json");
    std::fs::write(&place, model.to_string()).map_err(|error| Trouble::Cannot(error.to_string()))?;
    let mut command = Command::new(compose);
    surroundings(yard, &mut command, job.folder);
    command.args(["--progress", "plain", "-f"]).arg(&place).args(["build", "image"]);
    finished(&program::run(&mut command, yard.deadline, &yard.stop)?)
}

fn finished(ran: &program::Ran) -> Result<(), Trouble> {
    match ran.ok {
        true => Ok(()),
        false => Err(Trouble::Fault(format!("its image cannot be built: {}", ran.complaint()))),
    }
}

/// Whether the `docker` command is there and has buildx.
fn has_buildx(yard: &Yard, folder: &Path) -> Result<bool, Trouble> {
    let mut command = Command::new("docker");
    surroundings(yard, &mut command, folder);
    match program::run(command.args(["buildx", "version"]), yard.deadline, &yard.stop) {
        Ok(ran) => Ok(ran.ok),
        Err(Trouble::Stopped) => Err(Trouble::Stopped),
        Err(_) => Ok(false),
    }
}

/// The arguments of `docker` for a build that needs nothing but what both builders know.
fn buildx(own: plimsoll_engine::Labels, job: &Job<'_>, folder: &Path, dockerfile: &Path) -> Vec<String> {
    let text = |path: &Path| path.to_string_lossy().into_owned();
    let mut all = ["buildx", "build", "--load", "--progress", "plain"].map(str::to_owned).to_vec();
    let mut add = |option: &str, value: String| all.extend([option.to_owned(), value]);
    add("--tag", job.tag.to_owned());
    add("--file", text(dockerfile));
    for key in ["target", "network"] {
        if let Some(value) = job.build.get(key).and_then(Value::as_str) {
            add(&format!("--{key}"), value.to_owned());
        }
    }
    for (name, value) in pairs(job.build.get("args")) {
        add("--build-arg", value.map_or(name.clone(), |value| format!("{name}={value}")));
    }
    let mut labels = pairs(job.build.get("labels"));
    labels.extend(own.into_iter().map(|(name, value)| (name, Some(value))));
    for (name, value) in labels {
        add("--label", format!("{name}={}", value.unwrap_or_default()));
    }
    all.push(text(folder));
    all
}

/// What Compose gets of the environment: where the engine is, and what a program needs to run at all.
pub(super) fn surroundings(yard: &Yard, command: &mut Command, folder: &Path) {
    command.env_clear().current_dir(folder).envs(yard.address.variables());
    for name in ["PATH", "HOME", "DOCKER_CONFIG", "TMPDIR", "XDG_RUNTIME_DIR"] {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_in_both_notations() {
        let map = pairs(Some(&json!({ "A": "1$$2", "B": null, "C": 3 })));
        assert_eq!(map["A"].as_deref(), Some("1$2"));
        assert_eq!((map["B"].as_deref(), map["C"].as_deref()), (None, Some("3")));
        let list = pairs(Some(&json!(["A=1=2", "B"])));
        assert_eq!((list["A"].as_deref(), list["B"].as_deref()), (Some("1=2"), None));
    }

    #[test]
    fn buildx_gets_the_same_build() {
        let build = json!({ "target": "final", "args": { "A": "1$$2", "B": null }, "labels": { "x": "y" } });
        let job = Job { build: &build, tag: "trial:1", folder: Path::new("/t") };
        let own = plimsoll_engine::Labels::from([("run".to_owned(), "1".to_owned())]);
        let expected = "buildx build --load --progress plain --tag trial:1 --file /c/Dockerfile --target final \
                        --build-arg A=1$2 --build-arg B --label run=1 --label x=y /c";
        assert_eq!(buildx(own, &job, Path::new("/c"), Path::new("/c/Dockerfile")).join(" "), expected);
    }

    #[test]
    fn what_only_buildkit_can_do_is_known_by_the_words_of_the_builder() {
        for message in [
            "the --mount option requires BuildKit. Refer to https://docs.docker.com/go/buildkit/",
            "dockerfile parse error line 3: unknown instruction: NPM",
            "Unknown flag: link",
        ] {
            assert!(beyond(message), "{message}");
        }
        assert!(!beyond("COPY failed: file not found in build context"));
    }
}
