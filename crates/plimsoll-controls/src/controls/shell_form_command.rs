//! The program runs behind a shell that does not pass signals on.

use plimsoll_posture::{CommandForm, CommandLine, Fact, Known, Layer, Posture, Service};

use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

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

fn check(service: &Service, _: &Posture, _: &Settings) -> Verdict {
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
            findings.push(Finding::at(
                claim,
                "`sh -c` becomes PID 1",
                format!("{what} `{}` starts its program behind a shell", service.name()),
                match has_several(command) {
                    true => "put the commands into a script that ends in `exec program`, and name it in a JSON list".to_owned(),
                    false => {
                        format!("write {instruction} as a JSON list: `{instruction} [\"program\", \"argument\"]`")
                    }
                },
            ));
        }
    }
    match seen {
        Some(claim) => Verdict::from_findings(findings, Verdict::pass(claim)),
        None => Verdict::NotApplicable("no command is declared"),
    }
}

/// The claim of the project's own files; what a base image does is not theirs to change. Compose has no shell form.
fn own(fact: &Fact<CommandLine>) -> Option<&plimsoll_posture::Claim<CommandLine>> {
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
