//! A package manager's cache that stays in a layer.

use plimsoll_posture::{Plane, Posture, Recipe, Run, ShellCommand, Stage};

use crate::node_package_manager::{self, Manager};
use crate::system_packages::{self, Action, Family};
use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict, stage_steps};

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
    ],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Stage(check),
};

/// A cache: who fills it, where it lies, what keeps it out.
struct Cache {
    name: &'static str,
    paths: &'static [&'static str],
    fix: &'static str,
}

const APT: Cache = Cache {
    name: "apt",
    paths: &["/var/lib/apt", "/var/cache/apt"],
    fix: "end the same RUN with `rm -rf /var/lib/apt/lists/*`",
};
const APK: Cache =
    Cache { name: "apk", paths: &["/var/cache/apk", "/etc/apk/cache"], fix: "use `apk add --no-cache`" };
const DNF: Cache = Cache {
    name: "dnf",
    paths: &["/var/cache/dnf", "/var/cache/yum", "/var/cache/libdnf5"],
    fix: "end the same RUN with `dnf clean all` (or `yum clean all`)",
};
const ZYPPER: Cache =
    Cache { name: "zypper", paths: &["/var/cache/zypp"], fix: "end the same RUN with `zypper clean --all`" };
const PIP: Cache =
    Cache { name: "pip", paths: &["/.cache/pip", "/.cache"], fix: "use `pip install --no-cache-dir`" };
const NPM: Cache = Cache {
    name: "npm",
    paths: &["/.npm"],
    fix: "use `RUN --mount=type=cache,target=/root/.npm npm ci`, or end the RUN with `npm cache clean --force`",
};
const YARN: Cache = Cache {
    name: "yarn",
    paths: &["/.cache/yarn", "/.yarn", "/.cache"],
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
            let Some((cache, kept)) = fills(command) else { continue };
            seen = true;
            let switched_off = match cache.name {
                "pip" => {
                    stage_steps::env_before(recipe, stage, step, "PIP_NO_CACHE_DIR").is_some()
                        || command.assignments.iter().any(|(name, _)| &**name == "PIP_NO_CACHE_DIR")
                }
                _ => false,
            };
            if !kept || switched_off || reported.contains(&cache.name) || cleaned(run, cache) {
                continue;
            }
            reported.push(cache.name);
            findings.push(Finding::place(
                stage.place(command.at),
                Plane::Declared,
                format!("{}'s cache stays in this layer", cache.name),
                format!("stage `{}` keeps {}'s cache", stage.label(), cache.name),
                cache.fix,
            ));
        }
    }
    let nothing = if seen { Verdict::absent() } else { Verdict::NotApplicable("no packages are installed") };
    Verdict::from_findings(findings, nothing)
}

/// The cache that a command fills, and whether its own options leave it there.
fn fills(command: &ShellCommand) -> Option<(&'static Cache, bool)> {
    if let Some(packages) = system_packages::read(command) {
        let fills = matches!(packages.action, Action::Update | Action::Install | Action::UpgradeAll);
        return fills.then(|| match packages.family {
            Family::Apt => (&APT, true),
            Family::Apk => (&APK, !command.has_argument(&["--no-cache"])),
            Family::Dnf => (&DNF, true),
            Family::Zypper => (&ZYPPER, true),
        });
    }
    if let Some(install) = node_package_manager::read(command) {
        return match install.manager {
            Manager::Npm if install.action != node_package_manager::Action::Prune => Some((&NPM, true)),
            Manager::Yarn => Some((&YARN, true)),
            _ => None,
        };
    }
    let program = command.effective_program()?;
    let words = command.arguments();
    let pip = program == "pip" || program == "pip3" || program.starts_with("pip3.");
    let module = program.starts_with("python")
        && words.first().is_some_and(|word| &*word.text == "-m")
        && words.get(1).is_some_and(|word| &*word.text == "pip");
    let installs = words.iter().any(|word| &*word.text == "install");
    (installs && (pip || module)).then(|| {
        let off = words.iter().any(|word| word.text.starts_with("--no-cache-dir"));
        (&PIP, !off)
    })
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
    mounted || run.commands.iter().any(|command| cleans(command, cache))
}

fn cleans(command: &ShellCommand, cache: &Cache) -> bool {
    let Some(program) = command.effective_program() else { return false };
    let words = command.arguments();
    let says = |first: &str, second: &str| {
        let mut operands = words.iter().map(|word| &*word.text).filter(|text| !text.starts_with('-'));
        operands.next() == Some(first) && (second.is_empty() || operands.next() == Some(second))
    };
    match program {
        "rm" => words.iter().any(|word| {
            let text = word.text.trim_end_matches(['*', '/']);
            cache.paths.iter().any(|path| text.starts_with(path) || text.ends_with(path))
                || cache.name == "apt" && text == "/var/lib/apt/lists"
                || text == "/var/cache" && cache.paths.iter().any(|path| path.starts_with("/var/cache"))
        }),
        "find" => {
            words.iter().any(|word| cache.paths.iter().any(|path| word.text.starts_with(path)))
                && command.has_argument(&["-delete", "rm"])
        }
        // For apt only the lists count: the official images clear the archives by themselves.
        "yum" | "dnf" | "microdnf" | "tdnf" | "dnf5" => cache.name == "dnf" && says("clean", ""),
        "zypper" => cache.name == "zypper" && (says("clean", "") || says("cc", "")),
        "npm" => cache.name == "npm" && says("cache", ""),
        "yarn" => cache.name == "yarn" && says("cache", "clean"),
        "pip" | "pip3" => cache.name == "pip" && says("cache", "purge"),
        "apk" => cache.name == "apk" && says("cache", "clean"),
        _ => false,
    }
}
