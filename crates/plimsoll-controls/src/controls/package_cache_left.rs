//! A package manager's cache that stays in a layer.

use plimsoll_posture::{
    BuiltImage, FileTrait, Plane, Posture, Recipe, Run, ShellCommand, Stage, Step, StepKind,
};

use crate::node_package_manager::{self, Manager};
use crate::system_packages::{self, Action, Family};
use crate::{
    Applicability, Control, Finding, Foothold, Remedy, Scope, Settings, Severity, Standing, Verdict,
    language_packages, layers, recipe_change, stage_steps,
};

pub(super) static CONTROL: Control = Control {
    id: "package-cache-left",
    title: "package manager's cache stays in the image",
    page: include_str!("package_cache_left.md"),
    severity: Severity::Low,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[
        "DL3009",
        "DL3019",
        "DL3032",
        "DL3036",
        "DL3040",
        "DL3042",
        "DL3060",
        "DS-0015",
        "DS-0019",
        "DS-0020",
        "DS-0025",
        "DS-0027",
        "DKL-DI-0004",
        "DKL-DI-0005",
        "KICS: Apt Get Install Lists Were Not Deleted",
        "KICS: Apk Add Using Local Cache Path",
        "KICS: Yum Clean All Missing",
        "KICS: Missing Dnf Clean All",
        "KICS: Missing Zypper Clean",
        "KICS: Pip install Keeping Cached Packages",
    ],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::StageAndBuilt(check, contents),
};

/// Less than this is what a package manager leaves of itself: an empty index, a lock.
const LITTLE: u64 = 100_000;

fn contents(image: &BuiltImage, _: &Posture, _: &Settings) -> Verdict {
    let caches = image.files.iter().filter(|file| {
        file.noted == FileTrait::PackageCache && file.hidden_by.is_none() && file.bytes >= LITTLE
    });
    let findings = caches.map(|cache| {
        let (path, size) = (&cache.path, layers::size(cache.bytes));
        layers::finding(
            image,
            cache.layer,
            size.clone(),
            format!("`/{path}` keeps {size} of a package manager's cache, in {}", layers::layer(image, cache.layer)),
            format!("remove `/{path}` in the step that fills it, or mount a cache there: `RUN --mount=type=cache,target=/{path}`"),
        )
    });
    Verdict::from_findings(findings.collect(), layers::pass(image))
}

/// A cache: who fills it, where it lies, what keeps it out.
struct Cache {
    name: &'static str,
    paths: &'static [&'static str],
    /// Variables that switch it off; `/dev/null`, `off` and `1` alike.
    variables: &'static [&'static str],
    fix: &'static str,
}

/// Only the lists: the official images of Debian and Ubuntu drop the archives after every install by themselves.
const APT: Cache = Cache {
    name: "apt",
    paths: &["/var/lib/apt"],
    variables: &[],
    fix: "end the same RUN with `rm -rf /var/lib/apt/lists/*`",
};
const APK: Cache = Cache {
    name: "apk",
    paths: &["/var/cache/apk", "/etc/apk/cache"],
    variables: &[],
    fix: "use `apk add --no-cache`",
};
const DNF: Cache = Cache {
    name: "dnf",
    paths: &["/var/cache/dnf", "/var/cache/yum", "/var/cache/libdnf5", "/var/cache/tdnf"],
    variables: &[],
    fix: "end the same RUN with `dnf clean all` (or `yum clean all`)",
};
const ZYPPER: Cache = Cache {
    name: "zypper",
    paths: &["/var/cache/zypp"],
    variables: &[],
    fix: "end the same RUN with `zypper clean --all`",
};
const PIP: Cache = Cache {
    name: "pip",
    paths: &["/.cache/pip", "/.cache"],
    variables: &["PIP_NO_CACHE_DIR"],
    fix: "use `pip install --no-cache-dir`",
};
const UV: Cache = Cache {
    name: "uv",
    paths: &["/.cache/uv", "/.cache"],
    variables: &["UV_NO_CACHE"],
    fix: "use `uv --no-cache`, or mount a cache at /root/.cache/uv",
};
const POETRY: Cache = Cache {
    name: "poetry",
    paths: &["/.cache/pypoetry", "/.cache"],
    variables: &[],
    fix: "use `poetry install --no-cache`, or mount a cache at /root/.cache/pypoetry",
};
const NPM: Cache = Cache {
    name: "npm",
    paths: &["/.npm"],
    variables: &[],
    fix: "use `RUN --mount=type=cache,target=/root/.npm npm ci`, or end the RUN with `npm cache clean --force`",
};
const YARN: Cache = Cache {
    name: "yarn",
    paths: &["/.cache/yarn", "/.yarn", "/.cache"],
    variables: &[],
    fix: "end the same RUN with `yarn cache clean`, or mount a cache",
};

fn check(stage: &Stage, recipe: &Recipe, _: &Posture, _: &Settings) -> Verdict {
    if !stage.ships {
        return Verdict::NotApplicable("the stage's layers are not part of an image that runs");
    }
    let mut findings = Vec::new();
    let mut seen = false;
    for (step, run) in stage.runs() {
        let mut reported: Vec<&str> = Vec::new();
        for command in &run.commands {
            let Some((cache, tool, kept)) = fills(command) else { continue };
            seen = true;
            let switched_off = cache.variables.iter().any(|variable| {
                let on_command = command.assignments.iter().any(|(name, _)| &**name == *variable);
                on_command
                    || run.script.expose().contains(variable)
                    || stage_steps::env_before(recipe, stage, step, variable).is_some()
            });
            if !kept || switched_off || reported.contains(&cache.name) || cleaned(run, cache) {
                continue;
            }
            reported.push(cache.name);
            let finding = Finding::place(
                stage.place(command.at),
                Plane::Declared,
                format!("{tool}'s cache stays in this layer"),
                format!("stage `{}` keeps {tool}'s cache", stage.label()),
                cache.fix,
            );
            findings.push(match remedy(recipe, stage, step, run, cache, tool) {
                Some(remedy) => finding.remedied(remedy),
                None => finding,
            });
        }
    }
    let nothing = if seen { Verdict::absent() } else { Verdict::NotApplicable("no packages are installed") };
    Verdict::from_findings(findings, nothing)
}

/// Options that keep the cache away are safe; a command more at the end of the step may fail where the tool does.
fn remedy(
    recipe: &Recipe,
    stage: &Stage,
    step: &Step,
    run: &Run,
    cache: &Cache,
    tool: &str,
) -> Option<Remedy> {
    let filling = || {
        run.commands
            .iter()
            .filter(|command| fills(command).is_some_and(|(own, _, kept)| kept && own.name == cache.name))
    };
    let (option, applicability) = match cache.name {
        "apk" | "poetry" => ("--no-cache", Applicability::Safe),
        "pip" if tool == "pip" => ("--no-cache-dir", Applicability::Safe),
        "uv" => ("--no-cache", Applicability::Safe),
        _ => ("", Applicability::Risky),
    };
    if applicability == Applicability::Safe {
        let changes: Option<Vec<_>> = filling()
            .map(|command| {
                let word = match cache.name {
                    "uv" => command.effective_words().first(),
                    "apk" => system_packages::read(command).map(|packages| packages.verb),
                    "poetry" => command.subcommand(),
                    _ => command.arguments().iter().find(|word| &*word.text == "install"),
                };
                recipe_change::add_option(stage, word?, option)
            })
            .collect();
        return Some(Remedy::safe(
            changes?,
            "what is installed is the same: only the downloads are not kept",
        ));
    }
    if !recipe_change::runs_as_root(stage, step) || filling().any(|command| command.program() == Some("sudo"))
    {
        return None;
    }
    let (command, why) = match cache.name {
        // A later install without an update of its own would find no lists.
        "apt" if relies_on_lists(recipe, step) => return None,
        "apt" => (
            "rm -rf /var/lib/apt/lists/*".to_owned(),
            "a script that installs packages later without `apt-get update` would find none",
        ),
        "dnf" => {
            (format!("{tool} clean all"), "one command more, which fails where the tool's configuration does")
        }
        "zypper" => (
            "zypper clean --all".to_owned(),
            "one command more, which fails where the tool's configuration does",
        ),
        "npm" => (
            "npm cache clean --force".to_owned(),
            "one command more, which fails where npm is removed before",
        ),
        "yarn" => {
            ("yarn cache clean".to_owned(), "one command more, which fails where yarn is removed before")
        }
        _ => return None,
    };
    Some(Remedy::risky(vec![recipe_change::append(stage, step, run, &command)?], why))
}

/// Whether a later step of the recipe, or a command behind the last update, installs from lists that an earlier step left.
fn relies_on_lists(recipe: &Recipe, step: &Step) -> bool {
    let later =
        recipe.stages.iter().flat_map(|stage| &stage.steps).filter(|other| other.at.start > step.at.start);
    later.into_iter().any(|other| {
        let StepKind::Run(run) = &other.kind else { return false };
        let mut updated = false;
        !run.understood
            || run.commands.iter().any(|command| {
                let Some(packages) = system_packages::read(command) else { return false };
                updated |= packages.family == Family::Apt && packages.action == Action::Update;
                packages.family == Family::Apt
                    && !updated
                    && matches!(packages.action, Action::Install | Action::UpgradeAll)
            })
    })
}

/// The cache that a command fills, the tool's name, and whether its own options leave it there.
fn fills(command: &ShellCommand) -> Option<(&'static Cache, &str, bool)> {
    if let Some(packages) = system_packages::read(command) {
        let fills = matches!(packages.action, Action::Update | Action::Install | Action::UpgradeAll);
        return match packages.family {
            // An install reads the lists; a refresh writes them.
            Family::Apt if packages.action == Action::Update => Some((&APT, "apt", true)),
            Family::Apt => fills.then_some((&APT, "apt", false)),
            Family::Apk => fills.then(|| (&APK, "apk", !command.has_argument(&["--no-cache"]))),
            Family::Dnf => fills.then_some((&DNF, packages.tool, true)),
            Family::Zypper => fills.then_some((&ZYPPER, "zypper", true)),
        };
    }
    if let Some(install) = node_package_manager::read(command) {
        return match install.manager {
            Manager::Npm if install.action != node_package_manager::Action::Prune => {
                Some((&NPM, "npm", true))
            }
            Manager::Yarn => Some((&YARN, "yarn", true)),
            // pnpm and bun link the files of their stores into the project: they lie there once.
            _ => None,
        };
    }
    let words = command.arguments();
    let has = |start: &str| words.iter().any(|word| word.text.starts_with(start));
    let verb = command.subcommand().map_or("", |word| &*word.text);
    match command.effective_program()? {
        "uv" => matches!(verb, "pip" | "sync" | "add" | "tool")
            .then(|| (&UV, "uv", !has("--no-cache") && !command.has_short('n'))),
        "poetry" => matches!(verb, "install" | "add" | "update" | "sync")
            .then(|| (&POETRY, "poetry", !has("--no-cache"))),
        "pipenv" => matches!(verb, "install" | "sync").then_some((&PIP, "pipenv", true)),
        "pipx" => None,
        _ => {
            let (tool, _) = language_packages::pip(command)?;
            Some((&PIP, tool, tool == "pip" && !has("--no-cache-dir")))
        }
    }
}

/// Whether the same RUN removes the cache, or a mount keeps it out of the layer.
fn cleaned(run: &Run, cache: &Cache) -> bool {
    let mounted = run.mounts.iter().filter(|mount| matches!(&*mount.kind, "cache" | "tmpfs")).any(|mount| {
        mount.target.as_deref().is_some_and(|target| {
            let target = target.trim_end_matches('/');
            cache
                .paths
                .iter()
                .any(|path| target.starts_with(path) || target.ends_with(path) || path.starts_with(target))
        })
    });
    let mut directory = "";
    mounted
        || run.commands.iter().any(|command| {
            if command.effective_program() == Some("cd") {
                directory = command.arguments().first().map_or("", |word| &*word.text);
            }
            cleans(command, cache, directory)
        })
}

fn cleans(command: &ShellCommand, cache: &Cache, directory: &str) -> bool {
    let Some(program) = command.effective_program() else { return false };
    let words = command.arguments();
    let says = |first: &str, second: &str| {
        let mut operands = words.iter().map(|word| &*word.text).filter(|text| !text.starts_with('-'));
        operands.next() == Some(first) && (second.is_empty() || operands.next() == Some(second))
    };
    match program {
        "rm" => words.iter().any(|word| {
            removes(&word.text, cache)
                || directory.starts_with('/')
                    && !word.text.starts_with(['/', '~', '$', '-'])
                    && removes(&format!("{}/{}", directory.trim_end_matches('/'), word.text), cache)
        }),
        "find" => {
            words.iter().any(|word| cache.paths.iter().any(|path| word.text.starts_with(path)))
                && command.has_argument(&["-delete", "rm"])
        }
        "yum" | "dnf" | "microdnf" | "tdnf" | "dnf5" => cache.name == "dnf" && says("clean", ""),
        "zypper" => cache.name == "zypper" && (says("clean", "") || says("cc", "")),
        "apt-get" | "apt" => cache.name == "apt" && says("distclean", ""),
        "npm" => cache.name == "npm" && says("cache", ""),
        "yarn" => cache.name == "yarn" && says("cache", "clean"),
        "pip" | "pip3" => cache.name == "pip" && says("cache", "purge"),
        "uv" => cache.name == "uv" && (says("cache", "clean") || says("cache", "prune") || says("clean", "")),
        "poetry" => cache.name == "poetry" && says("cache", "clear"),
        "apk" => cache.name == "apk" && says("cache", "clean"),
        _ => false,
    }
}

/// `rm -rf /var/lib/apt/lists/*`, `~/.cache`, `/var/cache/*`, `/var/lib/apt/lists/*archive*`, `/var/{cache,lib/apt}`.
fn removes(text: &str, cache: &Cache) -> bool {
    let text = text.trim_end_matches(['*', '/']);
    let braces = text.split_once('{').and_then(|(head, rest)| {
        let (inside, _) = rest.split_once('}')?;
        Some(inside.split(',').any(|part| removes(&format!("{head}{part}"), cache)))
    });
    braces == Some(true)
        || cache.paths.iter().any(|path| text.starts_with(path) || text.ends_with(path))
        || matches!(text, "/var/cache" | "/var/lib") && cache.paths.iter().any(|path| path.starts_with(text))
}
