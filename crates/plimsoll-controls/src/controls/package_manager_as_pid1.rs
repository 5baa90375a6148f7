//! npm or another package manager is the first process.

use plimsoll_posture::{App, Claim, CommandForm, CommandLine, Known, Layer, Posture, Reason, Service};

use crate::image_base::built_from;
use crate::{
    Control, Finding, Foothold, Remedy, Scope, Settings, Severity, Standing, Verdict, exec_form,
    recipe_change,
};

pub(super) static CONTROL: Control = Control {
    id: "package-manager-as-pid1",
    title: "package manager runs as the first process",
    page: include_str!("package_manager_as_pid1.md"),
    severity: Severity::Medium,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Process(check),
};

fn check(service: &Service, posture: &Posture, _: &Settings) -> Verdict {
    let Some(claim) = first_process(service) else {
        return match service.image.value() {
            Some(image) if service.build.is_none() && service.runtime => {
                Verdict::Unknown(Reason::ImageNotInspected(image.text.clone()))
            }
            _ => Verdict::NotApplicable("no command is declared"),
        };
    };
    let command = match &claim.value {
        Known::Value(command) => command,
        Known::Unknown(reason) => return Verdict::Unknown(reason.clone()),
    };
    let Some(manager) = package_manager(command) else { return Verdict::pass(claim) };
    let what = if service.runtime { "service" } else { "image" };
    let finding = Finding::at(
        claim,
        format!("`{manager}` becomes PID 1"),
        format!("{what} `{}` starts its program through `{manager}`", service.name()),
        direct_start(command, service, posture),
    );
    Verdict::fail(match remedy(claim, command, service, posture) {
        Some(remedy) => finding.remedied(remedy),
        None => finding,
    })
}

/// The entrypoint when the project sets one; the command otherwise: an entrypoint of a known base image (node's
/// `docker-entrypoint.sh`) ends in `exec "$@"`.
fn first_process(service: &Service) -> Option<&Claim<CommandLine>> {
    let own_entrypoint = service
        .entrypoint
        .effective()
        .filter(|claim| claim.layer > Layer::Base)
        .filter(|claim| claim.value.value().is_none_or(|command| !command.words.is_empty()));
    match own_entrypoint {
        Some(claim) if claim.value.value().is_none_or(|command| !is_init(command.program())) => Some(claim),
        _ => service.command.effective(),
    }
}

fn is_init(program: Option<&str>) -> bool {
    matches!(program, Some("tini" | "dumb-init" | "docker-entrypoint.sh"))
}

/// The package manager that ends up as the first process, behind an init and its options.
fn package_manager(command: &CommandLine) -> Option<&'static str> {
    let mut words = command.arguments().skip_while(|word| {
        let program = word.rsplit('/').next();
        is_init(program) || word.starts_with('-') || *word == "exec" || word.contains('=')
    });
    let first = words.next()?;
    let mut program = first.rsplit('/').next()?;
    if matches!(program, "sh" | "bash" | "ash") && words.next() == Some("-c") {
        program = words.next()?.split_whitespace().next()?;
    }
    ["npm", "yarn", "pnpm", "npx"].into_iter().find(|name| *name == program)
}

/// The script of the manifest that the package manager is asked for, and the manifest.
fn script<'a>(command: &CommandLine, service: &Service, posture: &'a Posture) -> Option<(&'a str, &'a App)> {
    let name = {
        let mut words = command.arguments().filter(|word| !word.starts_with('-'));
        match words.nth(1) {
            Some("run" | "run-script") => words.next(),
            other => other,
        }
    }?;
    let recipe = service
        .build
        .as_ref()
        .and_then(|build| build.stage)
        .and_then(|id| posture.recipes.get(id.recipe.0))
        .or_else(|| posture.recipes.first().filter(|_| !service.runtime))?;
    let app = posture.app(posture.contexts.get(recipe.context?.0)?)?;
    let found = app.scripts.iter().find(|(own, ..)| **own == *name)?;
    Some((&found.1, app))
}

/// The list that starts what the script starts, in the place of the command.
fn remedy(
    claim: &Claim<CommandLine>,
    command: &CommandLine,
    service: &Service,
    posture: &Posture,
) -> Option<Remedy> {
    let (started, app) = script(command, service, posture)?;
    let words = exec_form::plain_words(started).filter(|words| words.first() == Some(&"node"))?;
    // `npm start` with nothing but the script's name: options and an init before it would have to be carried over.
    let asked: Vec<&str> = command.arguments().collect();
    let name = match asked.as_slice() {
        ["npm" | "yarn" | "pnpm", "run" | "run-script", name] | ["npm" | "yarn" | "pnpm", name] => *name,
        _ => return None,
    };
    let around = [format!("pre{name}"), format!("post{name}")];
    if app.scripts.iter().any(|(own, ..)| around.iter().any(|other| **own == **other)) {
        return None;
    }
    let (recipe, _) = built_from(service, posture)?;
    let (stage, step) = recipe_change::step_at(recipe, claim.at.span)?;
    Some(Remedy::risky(
        vec![recipe_change::reword(stage, step.written.at, recipe_change::json_list(words))],
        "the program is started from the working directory, and sees none of the variables that a package manager sets",
    ))
}

/// `node FILE` when `package.json` tells what the script starts.
fn direct_start(command: &CommandLine, service: &Service, posture: &Posture) -> String {
    let started = script(command, service, posture).map(|(started, _)| started);
    match started {
        Some(started) if started.starts_with("node ") && !started.contains(['&', '|', ';', '"', '\'']) => {
            let words: Vec<String> = started.split_whitespace().map(|word| format!("\"{word}\"")).collect();
            format!("start it directly: CMD [{}]", words.join(", "))
        }
        _ if command.form == CommandForm::Shell => {
            "start the program directly in exec form: CMD [\"node\", \"FILE\"]".into()
        }
        _ => "start the program directly: CMD [\"node\", \"FILE\"]".into(),
    }
}
