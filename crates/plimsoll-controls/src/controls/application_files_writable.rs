//! The service's account owns the code that it runs.

use plimsoll_posture::{Plane, Posture, Recipe, Stage, StepKind, UserSpec};

use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict, stage_steps};

pub(super) static CONTROL: Control = Control {
    id: "application-files-writable",
    title: "service can overwrite its own program",
    page: include_str!("application_files_writable.md"),
    severity: Severity::Low,
    foothold: Foothold::Service,
    since: "0.1.0",
    peers: &["DH010"],
    covered_by: &["world-writable-files"],
    standing: Standing::Ordinary,
    scope: Scope::Stage(check),
};

fn check(stage: &Stage, recipe: &Recipe, _: &Posture, _: &Settings) -> Verdict {
    if !recipe.targets.contains(&stage.index) {
        return Verdict::NotApplicable("the stage is not run");
    }
    let Some(user) = stage.image.config.user.effective() else { return Verdict::absent() };
    let Some(runtime) = user.value.value() else {
        return user.value.reason().map_or_else(Verdict::absent, |reason| Verdict::Unknown(reason.clone()));
    };
    if runtime.is_root() == Some(true) {
        return Verdict::NotApplicable("root may write everywhere");
    }
    let message = || format!("stage `{}` gives its program to the account that runs it", stage.label());
    let fix = "leave the code to root, readable by all; give the account only the directory it writes";
    let mut findings = Vec::new();
    for (at, step) in stage_steps::lineage(recipe, stage) {
        match &step.kind {
            StepKind::Copy(copy) => {
                let owned = copy.chown.as_ref().filter(|chown| same_account(&chown.value, runtime));
                if let Some(chown) = owned.filter(|_| !is_data(&copy.destination.value)) {
                    findings.push(
                        Finding::place(
                            at.place(chown.at),
                            Plane::Declared,
                            "owner and runtime user are one",
                            message(),
                            fix,
                        )
                        .near(user.at.clone(), "the service runs as this account"),
                    );
                }
            }
            StepKind::Run(run) => {
                for command in
                    run.commands.iter().filter(|command| command.effective_program() == Some("chown"))
                {
                    let recursive = command.has_short('R') || command.has_argument(&["--recursive"]);
                    let mut operands = command.arguments().iter().filter(|word| !word.text.starts_with('-'));
                    let owner = operands.next().filter(|word| same_account(&word.text, runtime));
                    let code = owner.is_some()
                        && operands.any(|word| is_code(&word.text, step.workdir.as_deref(), stage));
                    if recursive && code {
                        findings.push(
                            Finding::place(
                                at.place(command.at),
                                Plane::Declared,
                                "owner and runtime user are one",
                                message(),
                                fix,
                            )
                            .near(user.at.clone(), "the service runs as this account"),
                        );
                    }
                }
            }
            _ => {}
        }
    }
    Verdict::from_findings(findings, Verdict::pass(user))
}

fn same_account(owner: &str, runtime: &UserSpec) -> bool {
    let owner = owner.split([':', '.']).next().unwrap_or("");
    // The account `node` of the official images is uid 1000 under either name.
    owner == &*runtime.user || matches!((owner, &*runtime.user), ("node", "1000") | ("1000", "node"))
}

/// Directories whose name says that the service writes there.
fn is_data(path: &str) -> bool {
    path.trim_end_matches('/').rsplit('/').next().is_some_and(|name| {
        matches!(
            name,
            "data"
                | "uploads"
                | "upload"
                | "cache"
                | ".cache"
                | "logs"
                | "log"
                | "tmp"
                | "storage"
                | "var"
                | "run"
                | "db"
        )
    })
}

/// The working directory of the program, or a directory above it.
fn is_code(path: &str, workdir: Option<&str>, stage: &Stage) -> bool {
    let home = stage.image.config.workdir.value().map_or("/", |workdir| &**workdir);
    let home = home.trim_end_matches('/');
    let absolute = match path {
        "." | "./" => workdir.unwrap_or("/").to_owned(),
        path if path.starts_with('/') => path.to_owned(),
        path => format!("{}/{path}", workdir.unwrap_or("/").trim_end_matches('/')),
    };
    let absolute = absolute.trim_end_matches('/');
    !home.is_empty() && (home == absolute || home.starts_with(&format!("{absolute}/")))
}
