//! Dependencies are installed by range instead of by lockfile.

use plimsoll_posture::{Change, Plane, Posture, Recipe, ShellCommand, Stage};

use crate::dependency_install::Arrival;
use crate::node_package_manager::{self, Action, Manager};
use crate::{
    Control, Finding, Foothold, Remedy, Scope, Settings, Severity, Standing, Verdict, dependency_install,
    recipe_change,
};

pub(super) static CONTROL: Control = Control {
    id: "lockfile-not-enforced",
    title: "dependencies are installed without enforcing the lockfile",
    page: include_str!("lockfile_not_enforced.md"),
    severity: Severity::Medium,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &["DD010"],
    covered_by: &["lockfile-missing", "lockfile-not-copied"],
    standing: Standing::Ordinary,
    scope: Scope::Stage(check),
};

fn check(stage: &Stage, recipe: &Recipe, posture: &Posture, _: &Settings) -> Verdict {
    if !stage.reached {
        return Verdict::NotApplicable("the stage is never built");
    }
    let app =
        recipe.context.and_then(|id| posture.contexts.get(id.0)).and_then(|context| posture.app(context));
    let sites = dependency_install::sites(stage);
    let mut findings = Vec::new();
    let mut frozen = false;
    for (_, command) in stage.commands() {
        let Some(install) = node_package_manager::read(command) else { continue };
        frozen |= install.action == Action::Frozen;
        if install.action != Action::Loose {
            continue;
        }
        let fix = match app {
            Some(app) if app.lockfiles.is_empty() => {
                format!(
                    "commit a lockfile, copy it before this step, and use `{}`",
                    install.manager.frozen_install()
                )
            }
            _ => format!("use `{}`", install.manager.frozen_install()),
        };
        let mut finding = Finding::place(
            stage.place(command.at),
            Plane::Declared,
            "installs whatever the ranges allow today",
            format!("stage `{}` installs dependencies without enforcing the lockfile", stage.label()),
            fix,
        );
        if let Some(app) = app.filter(|app| app.lockfiles.is_empty()) {
            finding = finding.near(app.place(), "no lockfile stands beside it");
        }
        let lockfile = app.and_then(|app| {
            let names = dependency_install::lockfiles(install.manager);
            names.iter().find(|name| app.lockfiles.iter().any(|own| **own == ***name))
        });
        let site = sites.iter().find(|site| site.install.command.at == command.at);
        if let Some((site, name)) = site.zip(lockfile)
            && dependency_install::arrival(recipe, stage, site, name) == Arrival::There
            && let Some(change) = enforced(stage, command, install.manager)
        {
            finding = finding.remedied(Remedy::risky(
                vec![change],
                "the build stops where package.json and the lockfile do not fit together",
            ));
        }
        findings.push(finding);
    }
    let nothing = if frozen {
        Verdict::absent()
    } else {
        Verdict::NotApplicable("no Node dependencies are installed here")
    };
    Verdict::from_findings(findings, nothing)
}

/// The same command, held to the lockfile; `None` where it has options that the other command may not know.
fn enforced(stage: &Stage, command: &ShellCommand, manager: Manager) -> Option<Change> {
    const COMMON: &[&str] = &[
        "--audit=false",
        "--force",
        "--ignore-scripts",
        "--legacy-peer-deps",
        "--loglevel",
        "--no-audit",
        "--no-fund",
        "--no-optional",
        "--no-progress",
        "--omit",
        "--only",
        "--prefer-offline",
        "--prod",
        "--production",
        "--quiet",
        "--registry",
        "--silent",
        "--unsafe-perm",
        "--verbose",
        "-q",
        "-s",
    ];
    let verb = node_package_manager::operands(command).into_iter().next();
    if manager == Manager::Npm {
        let known = command
            .arguments()
            .iter()
            .filter(|word| word.text.starts_with('-'))
            .all(|word| word.literal && COMMON.contains(&word.text.split('=').next().unwrap_or("")));
        let verb = verb.filter(|verb| known && recipe_change::is_bare(verb))?;
        return Some(recipe_change::reword(stage, verb.at, "ci"));
    }
    let before = verb.or_else(|| command.effective_words().first())?;
    recipe_change::add_option(stage, before, "--frozen-lockfile")
}
