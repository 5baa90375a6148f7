//! Which install of a stage leaves development dependencies in `node_modules`.
//!
//! Deliberately absent: what follows from it.

use plimsoll_posture::{Recipe, Run, ShellCommand, Stage, Step, StepKind};

use crate::node_package_manager::{self, Action, Install};
use crate::stage_steps;

/// The last install of a stage that leaves development dependencies in `node_modules`, if nothing removes them after.
pub(crate) fn left_behind<'a>(
    recipe: &'a Recipe,
    stage: &'a Stage,
    installs: &mut bool,
) -> Option<(&'a Step, Install<'a>)> {
    let mut left = None;
    for (at, step) in stage_steps::lineage(recipe, stage) {
        let StepKind::Run(run) = &step.kind else { continue };
        for command in &run.commands {
            if removes_modules(command) {
                left = None;
                continue;
            }
            let Some(install) = node_package_manager::read(command) else { continue };
            let production = install.omits_dev || production_environment(recipe, at, step, run, command);
            match install.action {
                Action::Add => {}
                Action::Prune => left = left.filter(|_| !production),
                Action::Loose | Action::Frozen => {
                    *installs = true;
                    // `npm ci` empties node_modules first; the others remove what production does not need.
                    left = (!production).then_some((step, install));
                }
            }
        }
    }
    left
}

/// `NODE_ENV=production` makes npm, yarn 1 and pnpm leave development dependencies out, unless `--include=dev` or
/// `--production=false` says otherwise.
fn production_environment(
    recipe: &Recipe,
    stage: &Stage,
    step: &Step,
    run: &Run,
    command: &ShellCommand,
) -> bool {
    if command.has_argument(&["--include=dev", "--production=false", "--prod=false", "--include"]) {
        return false;
    }
    let own =
        command.assignments.iter().find(|(name, _)| &**name == "NODE_ENV").map(|(_, value)| &*value.text);
    let exported = || {
        run.commands
            .iter()
            .take_while(|other| other.at.start < command.at.start)
            .filter(|other| other.program() == Some("export"))
            .flat_map(ShellCommand::arguments)
            .find_map(|word| word.text.strip_prefix("NODE_ENV="))
    };
    let value = own.or_else(exported).or_else(|| stage_steps::env_before(recipe, stage, step, "NODE_ENV"));
    value == Some("production")
}

fn removes_modules(command: &ShellCommand) -> bool {
    command.effective_program() == Some("rm")
        && command.arguments().iter().any(|word| word.text.trim_end_matches('/').ends_with("node_modules"))
}
