//! Packages that run code of their own while they are installed, and nothing in the project that restrains them.

use plimsoll_posture::{
    Dependencies, DependencyKind, Joined, Lockfile, Origin, Plane, Posture, Provenance, Reason, Recipe,
    RegistrySettings, ScriptRule, ScriptsRun, Stage,
};

use crate::dependency_install::{Site, sites};
use crate::node_package_manager::{Action, Manager};
use crate::{
    Control, Evidence, Finding, Foothold, Remedy, Scope, Settings, Severity, Standing, Verdict,
    node_package_manager, recipe_change, stage_steps,
};

pub(super) static CONTROL: Control = Control {
    id: "unrestrained-install-scripts",
    title: "packages run code when they are installed",
    page: include_str!("unrestrained_install_scripts.md"),
    severity: Severity::Low,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::App(check),
};

/// Packages that are named in the message, and as places beside the first.
const NAMED: usize = 3;
/// More packages than this are not written into a build step.
const MOST_BUILT: usize = 8;

fn check(app: &Dependencies, posture: &Posture, _: &Settings) -> Verdict {
    let with_packages = app.lockfiles.iter().filter(|lockfile| !lockfile.packages.is_empty());
    let mut verdict = Verdict::NotApplicable("no lockfile pins a package");
    for lockfile in with_packages {
        match of_lockfile(app, lockfile, posture) {
            // One finding is enough: the others are the same packages, as other tools see them.
            fail @ Verdict::Fail(_) => return fail,
            unknown @ Verdict::Unknown(_) => verdict = unknown,
            other if !matches!(verdict, Verdict::Unknown(_)) => verdict = other,
            _ => {}
        }
    }
    verdict
}

fn of_lockfile(app: &Dependencies, lockfile: &Lockfile, posture: &Posture) -> Verdict {
    let pass = |at: Provenance| Verdict::Pass(Evidence { at: Some(at), plane: Plane::Declared });
    let manager = manager(&lockfile.format);
    let rules = || app.registry.scripts.iter().filter(|rule| rule.managers.contains(&manager));
    let open = rules().find(|rule| rule.run == ScriptsRun::Everybody);
    let restraint = rules().find(|rule| rule.run != ScriptsRun::Everybody);
    match (open, restraint) {
        (Some(open), _) => return Verdict::fail(everybody(open)),
        (None, Some(rule)) => return pass(RegistrySettings::place(rule.at, rule.key)),
        // Both run scripts of listed packages only, unless told otherwise.
        (None, None) if matches!(manager, "bun" | "deno") => return pass(lockfile.place()),
        (None, None) => {}
    }
    let installs = installs(app, manager, posture);
    let restrained = installs.iter().filter(|install| install.is_restrained()).count();
    if let Some(first) = installs.first().filter(|_| restrained == installs.len()) {
        return pass(first.place());
    }
    if lockfile.packages.iter().all(|package| package.install_script.is_none()) {
        return Verdict::Unknown(Reason::MissingSource("node_modules".into()));
    }
    let running = running(lockfile);
    let Some((first, others)) = running.split_first() else { return pass(lockfile.place()) };
    let names: Vec<&str> = running.iter().map(|(name, _)| *name).collect();
    let message = match running.len() {
        1 => format!("`{}` has a package that runs code when it is installed: `{}`", lockfile.name, first.0),
        count => {
            let named: Vec<String> = names.iter().take(NAMED).map(|name| format!("`{name}`")).collect();
            let more = count - named.len();
            let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
            let list = named.join(", ");
            format!(
                "`{}` has {count} packages that run code when they are installed: {list}{rest}",
                lockfile.name
            )
        }
    };
    let mut finding =
        Finding::place(first.1.clone(), Plane::Declared, "runs a script", message, fix(manager, &names));
    for (_, at) in others.iter().take(NAMED) {
        finding = finding.near(at.clone(), "runs a script");
    }
    for install in installs.iter().filter(|install| !install.is_restrained()).take(NAMED) {
        finding = finding.near(install.place(), "scripts run here");
    }
    Verdict::fail(finding.remedied_by(remedy(app, lockfile, &installs, posture)))
}

/// Which package manager wrote a lockfile, by the names that rules have for them.
fn manager(format: &str) -> &'static str {
    match format.split(' ').next().unwrap_or("") {
        "yarn" if format == "yarn 1" => "yarn",
        "yarn" => "berry",
        "pnpm" => "pnpm",
        "bun" => "bun",
        "deno" => "deno",
        _ => "npm",
    }
}

fn everybody(rule: &ScriptRule) -> Finding {
    Finding::place(
        RegistrySettings::place(rule.at, rule.key),
        Plane::Declared,
        "everybody's scripts run",
        format!("`{}` lets every package run code when it is installed", rule.key),
        "remove it, and list those that have something to build under `onlyBuiltDependencies`",
    )
}

/// The packages that run code, each name once with its first place: what the program needs before what only work on it
/// does, what the project asks for before the rest.
fn running(lockfile: &Lockfile) -> Vec<(&str, Provenance)> {
    let mut packages: Vec<_> = lockfile
        .packages
        .iter()
        .filter(|package| package.install_script == Some(true) && package.origin != Origin::File)
        .collect();
    packages.sort_by_key(|package| {
        (package.kind == DependencyKind::Development, !package.is_direct(), package.at)
    });
    let mut found: Vec<(&str, Provenance)> = Vec::new();
    for package in packages {
        if found.iter().all(|(name, _)| **name != *package.name) {
            found.push((&package.name, package.place()));
        }
    }
    found
}

fn fix(manager: &str, names: &[&str]) -> String {
    match manager {
        "npm" => {
            let built: Vec<&str> = names.iter().copied().take(NAMED).collect();
            let more = if names.len() > NAMED { " …" } else { "" };
            format!(
                "install with `npm ci --ignore-scripts`, then `npm rebuild {}{more}` for what has to be built",
                built.join(" ")
            )
        }
        "pnpm" => {
            "list those that have to be built under `onlyBuiltDependencies`; pnpm 10 asks for it".to_owned()
        }
        _ => "install without scripts, and build by name what has to be built".to_owned(),
    }
}

/// One install in a Dockerfile that is built from the application's directory.
struct Install<'a> {
    recipe: &'a Recipe,
    stage: &'a Stage,
    site: Site<'a>,
}

impl Install<'_> {
    fn place(&self) -> Provenance {
        self.stage.place(self.site.install.command.at)
    }

    /// Whether it runs nobody's scripts: by an option, or by a variable that the package manager reads.
    fn is_restrained(&self) -> bool {
        const VARIABLES: [&str; 2] = ["npm_config_ignore_scripts", "NPM_CONFIG_IGNORE_SCRIPTS"];
        let command = self.site.install.command;
        let berry =
            || stage_steps::env_before(self.recipe, self.stage, self.site.step, "YARN_ENABLE_SCRIPTS");
        let variable = |name| stage_steps::env_before(self.recipe, self.stage, self.site.step, name);
        let assigned = command
            .assignments
            .iter()
            .any(|(name, word)| VARIABLES.contains(&&**name) && matches!(&*word.text, "true" | "1"));
        command.has_argument(&["--ignore-scripts", "--ignore-scripts=true", "--mode=skip-build"])
            || assigned
            || VARIABLES.into_iter().filter_map(variable).any(|value| matches!(value, "true" | "1"))
            || berry().is_some_and(|value| matches!(value, "false" | "0"))
    }
}

/// The installs of all reached stages by the package manager that wrote the lockfile.
fn installs<'a>(app: &Dependencies, manager: &str, posture: &'a Posture) -> Vec<Install<'a>> {
    let own = |install: Manager| match install {
        Manager::Npm => manager == "npm",
        Manager::Yarn => matches!(manager, "yarn" | "berry"),
        Manager::Pnpm => manager == "pnpm",
        Manager::Bun => manager == "bun",
    };
    let built_here = |recipe: &&Recipe| {
        let context = recipe.context.and_then(|id| posture.contexts.get(id.0));
        context.is_some_and(|context| context.path == app.directory)
    };
    let recipes = posture.recipes.iter().filter(built_here);
    let stages = recipes.flat_map(|recipe| {
        recipe.stages.iter().filter(|stage| stage.reached).map(move |stage| (recipe, stage))
    });
    stages
        .flat_map(|(recipe, stage)| sites(stage).into_iter().map(move |site| Install { recipe, stage, site }))
        .filter(|install| own(install.site.install.manager))
        .collect()
}

/// `npm ci --ignore-scripts && npm rebuild NAMES`: those that run code today do so, and nobody that comes later.
fn remedy(
    app: &Dependencies,
    lockfile: &Lockfile,
    installs: &[Install<'_>],
    posture: &Posture,
) -> Option<Remedy> {
    const OWN: [&str; 7] =
        ["preinstall", "install", "postinstall", "prepublish", "preprepare", "prepare", "postprepare"];
    // Scripts of the project itself would not run either.
    let manifest = posture.apps.iter().find(|own| own.directory == app.directory)?;
    if manifest.scripts.iter().any(|(name, ..)| OWN.contains(&&**name)) {
        return None;
    }
    let open: Vec<&Install<'_>> = installs.iter().filter(|install| !install.is_restrained()).collect();
    let changes: Option<Vec<_>> = open.iter().map(|install| restrained(lockfile, install)).collect();
    let changes: Vec<_> = changes?.into_iter().flatten().collect();
    (!changes.is_empty()).then(|| {
        Remedy::risky(
            changes,
            "a package that comes later and has something to build has to be added to `npm rebuild`",
        )
    })
}

/// The changes of one install; `None` where its words cannot be told from what stands around them.
fn restrained(lockfile: &Lockfile, install: &Install<'_>) -> Option<Vec<plimsoll_posture::Change>> {
    let Install { stage, site, .. } = install;
    let command = site.install.command;
    let at = site.run.commands.iter().position(|own| own.at == command.at)?;
    let next = site.run.commands.get(at + 1);
    let joined = next.is_none_or(|next| matches!(next.joined, Joined::Sequence | Joined::And));
    let plain = site.install.manager == Manager::Npm
        && matches!(site.install.action, Action::Frozen | Action::Loose)
        && command.pipeline_length == 1
        && command.depth == 0
        && !command.substituted
        && !site.run.exec_form
        && !site.run.own_interpreter
        && site.run.understood;
    let names: Vec<&str> = running(lockfile)
        .into_iter()
        .filter(|(name, _)| {
            let of_name = || lockfile.packages.iter().filter(move |package| *package.name == **name);
            !site.install.omits_dev || of_name().any(|package| package.kind != DependencyKind::Development)
        })
        .map(|(name, _)| name)
        .collect();
    let named = |name: &str| {
        name.bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'@' | b'/' | b'.' | b'_' | b'-'))
    };
    if !plain || !joined || names.len() > MOST_BUILT || !names.iter().all(|name| named(name)) {
        return None;
    }
    let verb = node_package_manager::operands(command)
        .into_iter()
        .next()
        .filter(|verb| recipe_change::is_bare(verb))?;
    let rebuild =
        if names.is_empty() { String::new() } else { format!(" && npm rebuild {}", names.join(" ")) };
    if verb.at.end == command.at.end {
        return Some(vec![recipe_change::add_behind(stage, verb.at, format!(" --ignore-scripts{rebuild}"))]);
    }
    let mut changes = vec![recipe_change::add_option(stage, verb, "--ignore-scripts")?];
    if !rebuild.is_empty() {
        changes.push(recipe_change::add_behind(stage, command.at, rebuild));
    }
    Some(changes)
}
