//! The program runs behind a shell that does not pass signals on.

use plimsoll_posture::{Claim, CommandForm, CommandLine, Fact, Known, Layer, Posture, Service};

use crate::image_base::{built_from, is_known};
use crate::{
    Control, Finding, Foothold, Remedy, Scope, Settings, Severity, Standing, Verdict, exec_form,
    recipe_change,
};

pub(super) static CONTROL: Control = Control {
    id: "shell-form-command",
    title: "program runs behind a shell",
    page: include_str!("shell_form_command.md"),
    severity: Severity::Low,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[
        "DL3025",
        "DD019",
        "JSONArgsRecommended",
        "KICS: Not Using JSON In CMD And ENTRYPOINT Arguments",
    ],
    covered_by: &["malformed-exec-form", "package-manager-as-pid1"],
    standing: Standing::Ordinary,
    scope: Scope::Process(check),
};

fn check(service: &Service, posture: &Posture, _: &Settings) -> Verdict {
    let mut findings = Vec::new();
    let mut seen = None;
    for (instruction, fact) in [("ENTRYPOINT", &service.entrypoint), ("CMD", &service.command)] {
        let Some(claim) = own(fact) else { continue };
        seen = Some(claim);
        let command = match &claim.value {
            Known::Value(command) => command,
            Known::Unknown(reason) => return Verdict::Unknown(reason.clone()),
        };
        if command.form == CommandForm::Shell && !replaces_the_shell(command) {
            let what = if service.runtime { "service" } else { "image" };
            let finding = Finding::at(
                claim,
                "`sh -c` becomes PID 1",
                format!("{what} `{}` starts its program behind a shell", service.name()),
                match has_several(command) {
                    true => "put the commands into a script that ends in `exec program`, and name it in a JSON list".to_owned(),
                    false => {
                        format!("write {instruction} as a JSON list: `{instruction} [\"program\", \"argument\"]`")
                    }
                },
            );
            findings.push(match remedy(service, posture, instruction, claim) {
                Some(remedy) => finding.remedied(remedy),
                None => finding,
            });
        }
    }
    match seen {
        Some(claim) => Verdict::from_findings(findings, Verdict::pass(claim)),
        None => Verdict::NotApplicable("no command is declared"),
    }
}

/// The claim of the project's own files; what a base image does is not theirs to change. Compose has no shell form.
fn own(fact: &Fact<CommandLine>) -> Option<&Claim<CommandLine>> {
    fact.effective().filter(|claim| claim.layer == Layer::Image)
}

/// Several commands, for which a JSON list has no room.
fn has_several(command: &CommandLine) -> bool {
    command.words.first().is_some_and(|text| {
        let script = text.expose().trim_end_matches([';', '&', ' ']);
        script.contains([';', '|']) || script.contains("&&")
    })
}

/// `exec program` replaces the shell, so that signals arrive.
fn replaces_the_shell(command: &CommandLine) -> bool {
    command.words.first().is_some_and(|text| {
        let script = text.expose();
        let last = script.rsplit(['&', ';', '|']).next().unwrap_or(script);
        script.trim().is_empty() || last.trim_start().starts_with("exec ")
    })
}

/// The same words as a list, where no shell is needed to read them.
fn remedy(
    service: &Service,
    posture: &Posture,
    instruction: &str,
    claim: &Claim<CommandLine>,
) -> Option<Remedy> {
    let (recipe, _) = built_from(service, posture)?;
    let (stage, step) = recipe_change::step_at(recipe, claim.at.span)?;
    let words = exec_form::plain_words(step.written.value.expose())?;
    let shell = stage.image.config.shell.value();
    if shell.and_then(|shell| shell.first()).is_some_and(|shell| !shell.ends_with("sh")) {
        return None;
    }
    let given = |fact: &Fact<CommandLine>| {
        fact.effective().and_then(|claim| claim.value.value()).is_some_and(|line| !line.words.is_empty())
    };
    let changes =
        vec![recipe_change::reword(stage, step.written.at, recipe_change::json_list(words.iter().copied()))];
    if instruction == "ENTRYPOINT" {
        // A list takes the words of CMD as arguments, which the shell form does not.
        if given(&service.command) {
            return None;
        }
    } else if given(&service.entrypoint) {
        return Some(Remedy::risky(
            changes,
            "the entrypoint gets the words themselves instead of `/bin/sh -c` and one text",
        ));
    }
    let known = is_known(service, posture) && words.first().is_some_and(|word| exec_form::is_program(word));
    Some(if known {
        Remedy::safe(changes, "the words mean nothing to a shell, and the program is started all the same")
    } else {
        Remedy::risky(changes, "a script without a `#!` line starts only behind a shell")
    })
}
