//! NODE_ENV=production in force while a build stage installs what the build needs.

use plimsoll_posture::{Known, Plane, Posture, Reason, Recipe, ShellCommand, Stage, StepKind, program_name};

use crate::application::{of_recipe, program};
use crate::dependency_install::{Site, sites};
use crate::stage_steps;
use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "production-install-before-build",
    title: "build stage installs without the tools that its build calls",
    page: include_str!("production_install_before_build.md"),
    severity: Severity::Low,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Stage(check),
};

fn check(stage: &Stage, recipe: &Recipe, posture: &Posture, _: &Settings) -> Verdict {
    if !stage.reached {
        return Verdict::NotApplicable("the stage is never built");
    }
    let installs = sites(stage);
    let Some(site) = installs.iter().find(|site| is_production(recipe, stage, site)) else {
        return Verdict::NotApplicable("no install of the stage leaves development dependencies out");
    };
    // A later install without the restriction brings them after all.
    if installs
        .iter()
        .any(|other| other.step.at.start > site.step.at.start && !is_production(recipe, stage, other))
    {
        return Verdict::absent();
    }
    let after = stage
        .commands()
        .filter(|(_, command)| command.at.start > site.install.command.at.start)
        .filter_map(|(_, command)| Some((command, build_of(command)?)));
    let mut open = None;
    for (command, build) in after {
        let Some(app) = of_recipe(recipe, posture) else {
            open = open.or(Some(Reason::MissingSource("package.json".into())));
            continue;
        };
        if let Known::Unknown(reason) = &app.read {
            open = open.or(Some(reason.clone()));
            continue;
        }
        let text: &str = match build {
            Build::Script(name) => match app.scripts.iter().find(|(own, ..)| **own == *name) {
                Some((_, text, _)) => text,
                None => continue,
            },
            Build::Tool(name) => name,
        };
        let missing = text
            .split(['&', ';', '|'])
            .filter_map(|part| {
                let words: Vec<&str> = part.split_whitespace().collect();
                program(&words).first().map(|word| program_name(word))
            })
            .find_map(|tool| {
                let package = package_of(tool);
                let is = |all: &[std::sync::Arc<str>]| all.iter().any(|own| &**own == package);
                (is(&app.dev_dependencies) && !is(&app.dependencies)).then_some((tool, package))
            });
        let Some((tool, package)) = missing else { continue };
        let mut finding = Finding::place(
            stage.place(command.at),
            Plane::Declared,
            format!("needs `{package}`, a development dependency"),
            format!("stage `{}` builds with `{tool}`, which its install has left out", stage.label()),
            "install with development dependencies in this stage, and set NODE_ENV=production in the last one only",
        )
        .near(stage.place(site.install.command.at), "installs for production");
        if let Some(at) = environment_place(recipe, stage, site) {
            finding = finding.near(at, "because of this");
        }
        return Verdict::fail(finding);
    }
    open.map_or_else(Verdict::absent, Verdict::Unknown)
}

fn is_production(recipe: &Recipe, stage: &Stage, site: &Site<'_>) -> bool {
    let command = site.install.command;
    if command.has_argument(&["--include=dev", "--production=false", "--prod=false", "--include"]) {
        return false;
    }
    let own =
        command.assignments.iter().find(|(name, _)| &**name == "NODE_ENV").map(|(_, value)| &*value.text);
    let value = own.or_else(|| stage_steps::env_before(recipe, stage, site.step, "NODE_ENV"));
    site.install.omits_dev || value == Some("production")
}

fn environment_place(
    recipe: &Recipe,
    stage: &Stage,
    site: &Site<'_>,
) -> Option<plimsoll_posture::Provenance> {
    if site.install.omits_dev {
        return None;
    }
    let steps = stage_steps::lineage(recipe, stage).take_while(|(_, step)| step.at != site.step.at);
    let mut place = None;
    for (at, step) in steps {
        if let StepKind::Env(pairs) = &step.kind
            && let Some((name, _)) = pairs.iter().find(|(name, _)| &*name.value == "NODE_ENV")
        {
            place = Some(at.place(name.at));
        }
    }
    place
}

/// What a command builds with.
enum Build<'a> {
    /// A script of the manifest.
    Script(&'a str),
    /// A tool by its name.
    Tool(&'a str),
}

fn build_of(command: &ShellCommand) -> Option<Build<'_>> {
    let words: Vec<&str> = command.words.iter().map(|word| &*word.text).collect();
    if let Some(name) = crate::application::script_of(&words) {
        return (name == "build" || name.starts_with("build:") || name == "compile")
            .then_some(Build::Script(name));
    }
    let tool = program_name(program(&words).first()?);
    TOOLS.iter().find(|(own, _)| *own == tool).map(|(own, _)| Build::Tool(own))
}

/// Tools that build, with the package that brings each.
const TOOLS: &[(&str, &str)] = &[
    ("tsc", "typescript"),
    ("nest", "@nestjs/cli"),
    ("ng", "@angular/cli"),
    ("vue-cli-service", "@vue/cli-service"),
    ("webpack", "webpack-cli"),
    ("babel", "@babel/cli"),
    ("swc", "@swc/cli"),
    ("vue-tsc", "vue-tsc"),
    ("tsc-alias", "tsc-alias"),
    ("vite", "vite"),
    ("rollup", "rollup"),
    ("esbuild", "esbuild"),
    ("tsup", "tsup"),
    ("next", "next"),
    ("nuxt", "nuxt"),
    ("astro", "astro"),
    ("react-scripts", "react-scripts"),
    ("parcel", "parcel"),
    ("rimraf", "rimraf"),
    ("turbo", "turbo"),
    ("nx", "nx"),
    ("gulp", "gulp"),
    ("grunt", "grunt-cli"),
];

fn package_of(tool: &str) -> &str {
    TOOLS.iter().find(|(own, _)| *own == tool).map_or(tool, |(_, package)| package)
}
