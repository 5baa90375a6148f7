//! npm or another package manager is the first process.

use plimsoll_posture::{Claim, CommandForm, CommandLine, Known, Layer, Posture, Reason, Service};

use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

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
    Verdict::fail(Finding::at(
        claim,
        format!("`{manager}` becomes PID 1"),
        format!("{what} `{}` starts its program through `{manager}`", service.name()),
        direct_start(command, service, posture),
    ))
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

/// `node FILE` when `package.json` tells what the script starts.
fn direct_start(command: &CommandLine, service: &Service, posture: &Posture) -> String {
    let script = {
        let mut words = command.arguments().filter(|word| !word.starts_with('-'));
        match words.nth(1) {
            Some("run" | "run-script") => words.next(),
            other => other,
        }
    };
    let app = service
        .build
        .as_ref()
        .and_then(|build| build.stage)
        .and_then(|id| posture.recipes.get(id.recipe.0))
        .or_else(|| posture.recipes.first().filter(|_| !service.runtime))
        .and_then(|recipe| recipe.context)
        .and_then(|id| posture.contexts.get(id.0))
        .and_then(|context| posture.app(context));
    let started = app.and_then(|app| {
        app.scripts.iter().find(|(name, ..)| Some(&**name) == script).map(|(_, command, _)| command.clone())
    });
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
