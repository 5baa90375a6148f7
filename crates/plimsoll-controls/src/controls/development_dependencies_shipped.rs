//! Development dependencies in an image that runs.

use plimsoll_posture::{Change, CopyFrom, Plane, Posture, Provenance, Recipe, Stage, Step, StepKind};

use crate::node_package_manager::{self, Install, Manager};
use crate::{
    Control, Finding, Foothold, Remedy, Scope, Settings, Severity, Standing, Verdict, development_install,
    recipe_change, stage_division, stage_steps,
};

pub(super) static CONTROL: Control = Control {
    id: "development-dependencies-shipped",
    title: "image ships development dependencies",
    page: include_str!("development_dependencies_shipped.md"),
    severity: Severity::Medium,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Stage(check),
};

fn check(stage: &Stage, recipe: &Recipe, posture: &Posture, _: &Settings) -> Verdict {
    if !recipe.targets.contains(&stage.index) {
        return Verdict::NotApplicable("the stage is not run");
    }
    let app =
        recipe.context.and_then(|id| posture.contexts.get(id.0)).and_then(|context| posture.app(context));
    if let Some(app) = app.filter(|app| app.dev_dependencies.is_empty() && app.read.value().is_some()) {
        return Verdict::Pass(crate::Evidence { at: Some(app.place()), plane: Plane::Declared });
    }
    let mut installs = false;
    if let Some((step, install)) = development_install::left_behind(recipe, stage, &mut installs) {
        let advice = format!(
            "use `{}`; where a build needs them, build in a stage of its own",
            install.manager.production_install()
        );
        let at = stage.place(install.command.at);
        let found = finding(stage, at, "installs development dependencies too", &advice);
        return Verdict::fail(match without_development(recipe, stage, step, &install) {
            Some(change) => found.remedied(Remedy::risky(
                vec![change],
                "a program that loads a development dependency when it runs does not start",
            )),
            // What builds needs them: then what runs is another stage.
            None => found.remedied_or(stage_division::remedy(recipe, stage, posture)),
        });
    }
    for (_, step) in stage_steps::lineage(recipe, stage) {
        let StepKind::Copy(copy) = &step.kind else { continue };
        let CopyFrom::Stage(from) = copy.from else { continue };
        let Some(other) = recipe.stages.get(from) else { continue };
        let Some((step, install)) = development_install::left_behind(recipe, other, &mut installs) else {
            continue;
        };
        let directory = step.workdir.as_deref().unwrap_or("/");
        let taken = copy
            .sources
            .iter()
            .find(|source| source.path.value().is_some_and(|path| takes_modules(path, directory)));
        if let Some(source) = taken {
            let advice = format!(
                "install with `{}` in a stage of its own and copy its node_modules",
                install.manager.production_install()
            );
            let found = finding(stage, stage.place(source.at), "brings node_modules along", &advice);
            return Verdict::fail(
                found.near(other.place(install.command.at), "installed with development dependencies"),
            );
        }
    }
    if installs { Verdict::absent() } else { Verdict::NotApplicable("no Node dependencies are installed") }
}

fn finding(stage: &Stage, at: Provenance, label: &str, advice: &str) -> Finding {
    Finding::place(
        at,
        Plane::Declared,
        label,
        format!("stage `{}` ships development dependencies", stage.label()),
        advice,
    )
}

/// Whether a copied path holds `directory/node_modules`: the folder itself, or one above it.
fn takes_modules(path: &str, directory: &str) -> bool {
    let path = path.trim_end_matches("/.").trim_end_matches('/');
    let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
    let modules = format!("{}/node_modules", directory.trim_end_matches('/'));
    path == modules || path == "/" || modules.starts_with(&format!("{path}/"))
}

/// The install without development dependencies, where no later step of the image builds with them.
fn without_development(recipe: &Recipe, stage: &Stage, step: &Step, install: &Install<'_>) -> Option<Change> {
    let builds = stage_steps::lineage(recipe, stage).any(|(_, other)| {
        let StepKind::Run(run) = &other.kind else { return false };
        run.commands.iter().filter(|command| command.at.start > install.command.at.start).any(|command| {
            let program = command.effective_program().unwrap_or("");
            let tool = matches!(
                program,
                "npx" | "tsc" | "webpack" | "vite" | "ng" | "gulp" | "grunt" | "nest" | "next" | "make"
            );
            let script = matches!(program, "npm" | "yarn" | "pnpm" | "bun")
                && node_package_manager::read(command).is_none();
            let harmless = command.has_argument(&["cache", "config", "set", "--version", "-v"]);
            tool || script && !harmless || !run.understood
        })
    });
    let own = stage.steps.iter().any(|other| other.at == step.at) && !step.on_build;
    if builds || !own {
        return None;
    }
    // npm before 7 knows `--only` and not `--omit`.
    let old =
        stage.image.knowledge.lines.iter().any(|line| {
            &*line.product == "Node.js" && line.cycle.parse::<u32>().is_ok_and(|major| major < 16)
        });
    let option = match install.manager {
        Manager::Npm if old => "--only=production",
        Manager::Npm => "--omit=dev",
        Manager::Yarn | Manager::Bun => "--production",
        Manager::Pnpm => "--prod",
    };
    let verb = node_package_manager::operands(install.command).into_iter().next();
    recipe_change::add_option(stage, verb.or_else(|| install.command.effective_words().first())?, option)
}
