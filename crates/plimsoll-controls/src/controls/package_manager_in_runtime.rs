//! npm stays in an image that only runs `node`.

use plimsoll_posture::{Flavour, Plane, Posture, Recipe, ShellCommand, Stage, StepKind, program_name};

use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict, stage_steps};

pub(super) static CONTROL: Control = Control {
    id: "package-manager-in-runtime",
    title: "image keeps npm although it only runs node",
    page: include_str!("package_manager_in_runtime.md"),
    severity: Severity::Info,
    foothold: Foothold::Service,
    since: "0.1.0",
    peers: &[],
    covered_by: &[],
    standing: Standing::Style,
    scope: Scope::Stage(check),
};

fn check(stage: &Stage, recipe: &Recipe, _: &Posture, _: &Settings) -> Verdict {
    if !recipe.targets.contains(&stage.index) {
        return Verdict::NotApplicable("the stage is not run");
    }
    let node = stage.image.knowledge.lines.iter().any(|line| &*line.product == "Node.js");
    let lean = matches!(stage.image.knowledge.flavour, Some(Flavour::Distroless | Flavour::Scratch));
    if !node || lean {
        return Verdict::NotApplicable("the base image is not known to bring npm");
    }
    let config = &stage.image.config;
    let words = [&config.entrypoint, &config.command];
    let runs_node = words
        .iter()
        .filter_map(|fact| fact.value())
        .any(|line| line.arguments().any(|word| program_name(word) == "node"));
    let needs = words.iter().filter_map(|fact| fact.value()).any(|line| {
        line.arguments().any(|word| matches!(program_name(word), "npm" | "npx" | "yarn" | "pnpm"))
    });
    if !runs_node || needs {
        return Verdict::NotApplicable("the command is not `node` alone");
    }
    let removed = stage_steps::lineage(recipe, stage).any(|(_, step)| match &step.kind {
        StepKind::Run(run) => run.commands.iter().any(removes_npm),
        _ => false,
    });
    if removed {
        return Verdict::absent();
    }
    Verdict::fail(Finding::place(
        stage.place(stage.base_at),
        Plane::Assumed,
        "brings npm and Yarn along",
        format!("stage `{}` only runs `node` and keeps npm", stage.label()),
        "remove it with the last step as root: `RUN rm -rf /usr/local/lib/node_modules /opt/yarn*`, or use a \
         distroless image",
    ))
}

fn removes_npm(command: &ShellCommand) -> bool {
    let names = |text: &str| {
        let text = text.trim_end_matches(['/', '*']);
        text.ends_with("/lib/node_modules") || text.ends_with("node_modules/npm")
    };
    match command.effective_program() {
        Some("rm") => command.arguments().iter().any(|word| names(&word.text)),
        Some("npm") => command.has_argument(&["uninstall", "rm", "remove"]) && command.has_argument(&["npm"]),
        _ => false,
    }
}
